#include "core/announcement.h"

static void
test_names_are_bits (void)
{
  const char *const names[] = { "DeploymentStart", "InstanceReady", "Nonsense", "DeploymentStart" };
  g_assert_cmpint (announcement_bits (names, G_N_ELEMENTS (names)), ==, 1 | 1 << 9);
  g_assert_cmpint (announcement_bits (NULL, 0), ==, 0);
  g_assert_cmpint (ANNOUNCEMENT_EVERYTHING, ==, 0x3ef);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/announcement/names-are-bits", test_names_are_bits);
  return g_test_run ();
}
