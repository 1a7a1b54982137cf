#include "agent/respawn.h"

static void
test_growing (void)
{
  const gint64 expected[] = { 5000, 10000, 20000, 40000, 60000, 60000, 60000 };
  Respawn respawn = { .first_ms = 5000 };
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_assert_cmpint (respawn_is_unhealthy (&respawn), ==, i >= RESPAWN_UNHEALTHY_AT);
    g_assert_cmpint (respawn_after_end_ms (&respawn, 100), ==, expected[i]);
  }
}

static void
test_settings (void)
{
  Respawn none = { .first_ms = 0 }, quick = { .first_ms = 100 }, slow = { .first_ms = 3600000 };
  g_assert_cmpint (respawn_after_end_ms (&none, 0), ==, RESPAWN_LEAST_MS);
  g_assert_cmpint (respawn_after_end_ms (&quick, 0), ==, 100);
  g_assert_cmpint (respawn_after_end_ms (&quick, 0), ==, 200);
  g_assert_cmpint (respawn_after_end_ms (&slow, 0), ==, RESPAWN_LONGEST_MS);
}

static void
test_long_failing (void)
{
  Respawn respawn = { .first_ms = 0, .failures = G_MAXUINT - 1 };
  g_assert_cmpint (respawn_after_end_ms (&respawn, 0), ==, RESPAWN_LONGEST_MS);
}

static void
test_health (void)
{
  Respawn respawn = { .first_ms = 5000, .failures = 5 };
  g_assert_cmpint (respawn_after_end_ms (&respawn, 59999), ==, 60000);
  g_assert_cmpint (respawn_after_end_ms (&respawn, 60000), ==, 5000);
  g_assert_false (respawn_is_unhealthy (&respawn));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/respawn/pauses-grow-up-to-a-minute", test_growing);
  g_test_add_func ("/respawn/the-first-pause-is-a-setting", test_settings);
  g_test_add_func ("/respawn/failing-for-long-does-not-overflow", test_long_failing);
  g_test_add_func ("/respawn/a-minute-of-health-begins-anew", test_health);
  return g_test_run ();
}
