#include "agent/bundle-etag.h"

#include <string.h>

static void
test_plain (void)
{
  static const char *const plain[] = { "\"0a1b\"", "W/\"e\"", "e", "~!" };
  static const char *const not_plain[] = { "", " ", "two words", "x\n", "\tx", "\x7f", "\xc3\xbc" };
  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    g_assert_true (bundle_etag_is_plain (plain[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (not_plain); i++)
    g_assert_false (bundle_etag_is_plain (not_plain[i]));
  g_autofree char *longest = g_strnfill (1024, 'e');
  g_autofree char *too_long = g_strnfill (1025, 'e');
  g_assert_true (bundle_etag_is_plain (longest));
  g_assert_false (bundle_etag_is_plain (too_long));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bundle-etag/plain-is-printable-without-blanks", test_plain);
  return g_test_run ();
}
