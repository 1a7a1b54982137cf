#include "server/simulation/trace.h"

#include <string.h>

static void
test_hash_tells_runs_apart (void)
{
  g_autoptr (Trace) a = trace_new (TRACE_KEEP), b = trace_new (TRACE_KEEP),
                    c = trace_new (TRACE_KEEP);
  trace_line (a, 1500, "%s polls", "web-01");
  trace_line (b, 1500, "%s polls", "web-01");
  trace_line (c, 1501, "%s polls", "web-01");
  g_assert_cmpuint (trace_hash (a), ==, trace_hash (b));
  g_assert_cmpuint (trace_hash (a), !=, trace_hash (c));
}

static void
test_last_lines_are_kept (void)
{
  g_autoptr (Trace) trace = trace_new (TRACE_KEEP);
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < 1000; i++)
    trace_line (trace, i, "line %d", i);
  trace_append_last (trace, text);
  g_assert_nonnull (strstr (text->str, "0.999 line 999\n"));
  g_assert_null (strstr (text->str, "line 0\n"));
  g_assert_cmpuint (trace_n_lines (trace), ==, 1000);
}

static void
test_long_lines_are_cut (void)
{
  g_autoptr (Trace) trace = trace_new (TRACE_KEEP);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *much = g_strnfill (1000, 'x');
  trace_line (trace, 0, "%s", much);
  trace_append_last (trace, text);
  g_assert_cmpuint (text->len, <=, 400);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trace/hash-tells-runs-apart", test_hash_tells_runs_apart);
  g_test_add_func ("/trace/last-lines-are-kept", test_last_lines_are_kept);
  g_test_add_func ("/trace/long-lines-are-cut", test_long_lines_are_cut);
  return g_test_run ();
}
