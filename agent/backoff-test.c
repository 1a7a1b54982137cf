#include "agent/backoff.h"

static void
test_poll (void)
{
  static const gint64 seconds[] = { 10, 13, 17, 21, 27, 34, 44, 56, 71, 90, 90, 90 };
  for (guint n = 1; n <= G_N_ELEMENTS (seconds); n++)
    g_assert_cmpint (backoff_poll_ms (n, 10000, 0), ==, seconds[n - 1] * 1000);
  g_assert_cmpint (backoff_poll_ms (0, 10000, 0), ==, 0);
  g_assert_cmpint (backoff_poll_ms (1, 10000, 4000), ==, 6000);
  g_assert_cmpint (backoff_poll_ms (1, 10000, 15000), ==, 0);
  g_assert_cmpint (backoff_poll_ms (10, 100, 0), ==, 900);
}

static void
test_call (void)
{
  AmbientFake fake = { .seed = 1 };
  Ambient ambient = ambient_fake (&fake);
  for (guint n = 1; n < 20; n++) {
    gint64 base = n < 9 ? MIN (200 << (n - 1), 30000) : 30000;
    gint64 pause = backoff_call_ms (n, 200, &ambient);
    g_assert_cmpint (pause, >=, base);
    g_assert_cmpint (pause, <=, base + base / 4);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backoff/28-29-polls-pause-like-the-official-agent", test_poll);
  g_test_add_func ("/backoff/37-calls-pause-twice-as-long-each-time", test_call);
  return g_test_run ();
}
