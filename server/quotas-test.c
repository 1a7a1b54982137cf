#include "server/quotas.h"

static void
defaults_are_within_their_range (void)
{
  Quotas quotas;
  quotas_init (&quotas);
  for (gsize i = 0; quotas_row (i) != NULL; i++) {
    const QuotaRow *row = quotas_row (i);
    g_autoptr (GError) error = NULL;
    g_assert_true (quotas_set (&quotas, row->name, row->fallback, &error));
    g_assert_false (quotas_set (&quotas, row->name, row->greatest + 1, &error));
    g_assert_error (error, QUOTAS_ERROR, QUOTAS_ERROR_VALUE);
  }
  g_assert_cmpint (quotas.applications, ==, 1000);
  g_assert_cmpint (quotas.items_per_page, ==, 100);
}

static void
names_may_be_written_with_dashes (void)
{
  Quotas quotas;
  quotas_init (&quotas);
  g_autoptr (GError) error = NULL;
  g_assert_true (quotas_set (&quotas, "deployment-groups", 7, &error));
  g_assert_cmpint (quotas.deployment_groups, ==, 7);
  g_assert_false (quotas_set (&quotas, "deployment-group", 7, &error));
  g_assert_error (error, QUOTAS_ERROR, QUOTAS_ERROR_NAME);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quotas/defaults-are-within-their-range", defaults_are_within_their_range);
  g_test_add_func ("/quotas/names-may-be-written-with-dashes", names_may_be_written_with_dashes);
  return g_test_run ();
}
