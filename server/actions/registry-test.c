#include "server/actions/registry.h"

#include <string.h>

/* docs/api-coverage.md says of each operation whether it is there. */
static void
coverage_page_tells_the_truth (void)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("SLIPWAY_SOURCE_ROOT"), "docs", "api-coverage.md", NULL);
  g_autofree char *page = NULL;
  g_autoptr (GError) error = NULL;
  g_file_get_contents (path, &page, NULL, &error);
  g_assert_no_error (error);
  for (guint op = 0; op < API_N_OPS; op++) {
    const char *name = api_operation ((ApiOp)op)->name;
    const char *state = action_registry_row ((ApiOp)op) != NULL ? "there" : "not yet";
    g_autofree char *row = g_strdup_printf ("\n| %s | %s |", name, state);
    if (strstr (page, row) == NULL)
      g_error ("docs/api-coverage.md must say that %s is %s", name, state);
  }
}

static void
unknown_number_has_no_row (void)
{
  g_assert_null (action_registry_row (API_N_OPS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/registry/coverage-page-tells-the-truth", coverage_page_tells_the_truth);
  g_test_add_func ("/registry/unknown-number-has-no-row", unknown_number_has_no_row);
  return g_test_run ();
}
