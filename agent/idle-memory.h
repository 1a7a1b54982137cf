#pragma once

#include <glib.h>

/*
 * Gives memory back that an idle agent has no use for: free heap, and the pages of program and library code that starting up or
 * the last command brought in. The kernel would keep the latter mapped for as long as nobody else wants them; what is
 * needed again comes back from the page cache.
 *
 * Thread rule: any thread, at any time. Never fails; does what it can.
 */
void idle_memory_give_back (void);

/* Is this line of /proc/self/maps code that has never been written to: readable, executable, private, of a file? */
gboolean idle_memory_is_code (const char *maps_line, gsize *out_start, gsize *out_end);
