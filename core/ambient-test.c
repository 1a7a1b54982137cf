#include "core/ambient.h"

#include <string.h>

static void
test_system_clock_is_in_milliseconds (void)
{
  gint64 expected = g_get_real_time () / 1000;

  g_assert_cmpint (ABS (ambient_now_ms (ambient_system ()) - expected), <, 60000);
}

static void
test_system_random_fills_everything (void)
{
  guint8 seen[1000] = { 0 };

  for (guint round = 0; round < 20; round++) {
    guint8 bytes[1000] = { 0 };

    ambient_random (ambient_system (), bytes, sizeof bytes);
    for (gsize i = 0; i < sizeof bytes; i++)
      seen[i] |= bytes[i];
  }
  for (gsize i = 0; i < sizeof seen; i++)
    g_assert_cmpuint (seen[i], !=, 0);
}

static void
test_fake_repeats_itself (void)
{
  AmbientFake one = { .now_ms = 1234, .seed = 7 };
  AmbientFake two = { .now_ms = 1234, .seed = 7 };
  AmbientFake other = { .now_ms = 1234, .seed = 8 };
  Ambient a = ambient_fake (&one);
  Ambient b = ambient_fake (&two);
  Ambient c = ambient_fake (&other);
  guint8 x[37], y[37], z[37];

  ambient_random (&a, x, sizeof x);
  ambient_random (&b, y, sizeof y);
  ambient_random (&c, z, sizeof z);
  g_assert_cmpmem (x, sizeof x, y, sizeof y);
  g_assert_true (memcmp (x, z, sizeof x) != 0);
  ambient_random (&a, z, sizeof z);
  g_assert_true (memcmp (x, z, sizeof x) != 0);
}

static void
test_fake_clock_moves_when_told (void)
{
  AmbientFake fake = { .now_ms = 5 };
  Ambient ambient = ambient_fake (&fake);

  g_assert_cmpint (ambient_now_ms (&ambient), ==, 5);
  fake.now_ms += 1000;
  g_assert_cmpint (ambient_now_ms (&ambient), ==, 1005);
  g_assert_cmpint (ambient_monotonic_us (&ambient), ==, 1005000);
}

static void
test_random_below_is_uniform (void)
{
  AmbientFake fake = { .seed = 3 };
  Ambient ambient = ambient_fake (&fake);
  guint counts[36] = { 0 };

  for (guint i = 0; i < 36000; i++)
    counts[ambient_random_below (&ambient, 36)]++;
  for (guint i = 0; i < 36; i++) {
    g_assert_cmpuint (counts[i], >, 800);
    g_assert_cmpuint (counts[i], <, 1200);
  }
  g_assert_cmpuint (ambient_random_below (&ambient, 1), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ambient/system-clock-is-in-milliseconds",
                   test_system_clock_is_in_milliseconds);
  g_test_add_func ("/ambient/system-random-fills-everything", test_system_random_fills_everything);
  g_test_add_func ("/ambient/fake-repeats-itself", test_fake_repeats_itself);
  g_test_add_func ("/ambient/fake-clock-moves-when-told", test_fake_clock_moves_when_told);
  g_test_add_func ("/ambient/random-below-is-uniform", test_random_below_is_uniform);
  return g_test_run ();
}
