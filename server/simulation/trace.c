#include "server/simulation/trace.h"

#include <stdio.h>

#define KEPT_LINES 80
#define LINE_SIZE  400

struct Trace {
  TraceMode mode;
  guint64 hash;
  guint64 n_lines;
  char lines[KEPT_LINES][LINE_SIZE]; /* a ring */
};

Trace *
trace_new (TraceMode mode)
{
  Trace *trace = g_new0 (Trace, 1);
  trace->mode = mode;
  trace->hash = 0xcbf29ce484222325u;
  return trace;
}

void
trace_free (Trace *trace)
{
  g_free (trace);
}

void
trace_line (Trace *trace, gint64 now_ms, const char *format, ...)
{
  char *line = trace->lines[trace->n_lines++ % KEPT_LINES];
  int n = g_snprintf (line, LINE_SIZE, "%10.3f ", (double)now_ms / 1000);
  va_list args;
  va_start (args, format);
  g_vsnprintf (line + n, LINE_SIZE - (gulong)n, format, args);
  va_end (args);
  for (const char *at = line; *at != '\0'; at++) /* FNV-1a */
    trace->hash = (trace->hash ^ (guint8)*at) * 0x100000001b3u;
  if (trace->mode == TRACE_PRINT)
    puts (line);
}

guint64
trace_hash (const Trace *trace)
{
  return trace->hash;
}

guint64
trace_n_lines (const Trace *trace)
{
  return trace->n_lines;
}

void
trace_append_last (const Trace *trace, GString *out)
{
  guint64 first = trace->n_lines > KEPT_LINES ? trace->n_lines - KEPT_LINES : 0;
  for (guint64 i = first; i < trace->n_lines; i++)
    g_string_append_printf (out, "%s\n", trace->lines[i % KEPT_LINES]);
}
