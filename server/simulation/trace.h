#pragma once

#include <glib.h>

/* What happened in a simulated world, a line each: the last ones are kept, all of them make up a hash by which two runs can
 * be told to be the same.
 *
 * Threads: one at a time. */

typedef struct Trace Trace;

/* print: every line goes to the standard output as well. */
typedef enum {
  TRACE_KEEP,
  TRACE_PRINT
} TraceMode;

Trace *trace_new (TraceMode mode) G_GNUC_WARN_UNUSED_RESULT;
void trace_free (Trace *trace); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Trace, trace_free)

/* now_ms: virtual, since the world began. */
void trace_line (Trace *trace, gint64 now_ms, const char *format, ...) G_GNUC_PRINTF (3, 4);
guint64 trace_hash (const Trace *trace);
guint64 trace_n_lines (const Trace *trace);
/* The last lines, each with its end. */
void trace_append_last (const Trace *trace, GString *out);
