#include "core/ip-range.h"

static gboolean
contains (const char *range, const char *address)
{
  IpRange parsed;
  g_assert_true (ip_range_parse (range, &parsed));
  return ip_range_contains (&parsed, address);
}

static void
test_version_4 (void)
{
  g_assert_true (contains ("192.0.2.0/24", "192.0.2.255"));
  g_assert_false (contains ("192.0.2.0/24", "192.0.3.0"));
  g_assert_true (contains ("192.0.2.77/24", "192.0.2.1"));
  g_assert_true (contains ("192.0.2.128/25", "192.0.2.128"));
  g_assert_false (contains ("192.0.2.128/25", "192.0.2.127"));
  g_assert_true (contains ("10.1.2.3", "10.1.2.3"));
  g_assert_false (contains ("10.1.2.3", "10.1.2.4"));
  g_assert_true (contains ("0.0.0.0/0", "203.0.113.9"));
}

static void
test_version_6 (void)
{
  g_assert_true (contains ("2001:db8::/32", "2001:db8:ffff::1"));
  g_assert_false (contains ("2001:db8::/32", "2001:db9::1"));
  g_assert_true (contains ("2001:db8::8/125", "2001:DB8::f"));
  g_assert_false (contains ("2001:db8::8/125", "2001:db8::10"));
  g_assert_true (contains ("::1", "::1"));
  g_assert_true (contains ("::/0", "2001:db8::1"));
}

static void
test_versions_do_not_mix_but_for_mapped_addresses (void)
{
  g_assert_false (contains ("0.0.0.0/0", "2001:db8::1"));
  g_assert_true (contains ("192.0.2.0/24", "::ffff:192.0.2.9"));
  g_assert_true (contains ("::ffff:192.0.2.0/120", "192.0.2.9"));
  g_assert_false (contains ("2001:db8::/32", "192.0.2.1"));
  g_assert_false (contains ("::/0", "192.0.2.1"));
}

static void
test_what_is_no_range_is_refused (void)
{
  static const char *const bad[] = { "",
                                     "192.0.2",
                                     "192.0.2.0/",
                                     "192.0.2.0/33",
                                     "1.2.3.4/ 8",
                                     "192.0.2.0/+8",
                                     "2001:db8::/129",
                                     "/8",
                                     "1.2.3.4/08x",
                                     "host.example",
                                     "192.0.2.0/24/24",
                                     "2001:db8::1%1" };
  IpRange range;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    if (ip_range_parse (bad[i], &range))
      g_error ("%s was taken", bad[i]);
  g_assert_false (contains ("0.0.0.0/0", "somewhere"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ip-range/version-4", test_version_4);
  g_test_add_func ("/ip-range/version-6", test_version_6);
  g_test_add_func ("/ip-range/versions-do-not-mix-but-for-mapped-addresses",
                   test_versions_do_not_mix_but_for_mapped_addresses);
  g_test_add_func ("/ip-range/what-is-no-range-is-refused", test_what_is_no_range_is_refused);
  return g_test_run ();
}
