#include "server/actions/registry.h"

#include "server/audit.h"

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

/* What changes something leaves an event in the audit, in its own transaction. */
static void
what_changes_something_writes (void)
{
  for (guint op = 0; op < API_N_OPS; op++) {
    const ActionRow *row = action_registry_row ((ApiOp)op);
    if (row != NULL && !audit_is_read_only (api_operation ((ApiOp)op)))
      g_assert_cmpint (row->mode, ==, STORE_WRITE);
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
  g_test_add_func ("/registry/what-changes-something-writes", what_changes_something_writes);
  g_test_add_func ("/registry/unknown-number-has-no-row", unknown_number_has_no_row);
  return g_test_run ();
}
