#pragma once

#include <glib.h>

/*
 * Gives memory back that an idle agent has no use for: free heap, and the pages of programs and libraries that starting up or
 * the last command brought in. The kernel would keep the latter mapped for as long as nobody else wants them; what is
 * needed again comes back from the page cache.
 *
 * Thread rule: any thread, at any time. Never fails; does what it can.
 */
void idle_memory_give_back (void);

/* One mapping of this process. */
typedef struct {
  gsize start, end;
  gboolean of_file; /* private, readable, not writable, backed by a file */
} IdleMapping;

/* The first line of a mapping in /proc/PID/smaps; FALSE for every other line. */
gboolean idle_memory_parse_mapping (const char *line, IdleMapping *out);
/* Its line "Anonymous: N kB": pages that are not the file's any more. */
gboolean idle_memory_parse_anonymous (const char *line, gsize *out_kib);
