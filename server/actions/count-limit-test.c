#include "server/actions/count-limit.h"

static void
as_many_as_allowed_are_fine (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (count_limit_check (0, 0, API_ERR_BATCH_LIMIT_EXCEEDED, "names", &error));
  g_assert_true (count_limit_check (3, 3, API_ERR_BATCH_LIMIT_EXCEEDED, "names", &error));
  g_assert_no_error (error);
}

static void
one_more_is_refused_and_told (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (count_limit_check (4, 3, API_ERR_BATCH_LIMIT_EXCEEDED, "names", &error));
  g_assert_error (error, API_ERROR, API_ERR_BATCH_LIMIT_EXCEEDED);
  g_assert_cmpstr (error->message, ==, "4 names are more than the 3 that are allowed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/count-limit/as-many-as-allowed-are-fine", as_many_as_allowed_are_fine);
  g_test_add_func ("/count-limit/one-more-is-refused-and-told", one_more_is_refused_and_told);
  return g_test_run ();
}
