#include "store/migrations.h"

#include "store/store.h"

static void
numbers_have_no_gaps (void)
{
  gsize count;
  const Migration *all = migrations_all (&count);
  g_assert_cmpuint (count, >=, 4);
  for (gsize i = 0; i < count; i++) {
    g_assert_cmpint (all[i].number, ==, (gint64)i + 1);
    g_assert_nonnull (all[i].name);
    g_assert_nonnull (all[i].sql);
  }
  g_assert_cmpstr (all[0].name, ==, "identity");
}

static void
newer_schema_is_refused (void)
{
  gsize count;
  migrations_all (&count);
  g_autoptr (GError) error = NULL;
  g_assert_true (migrations_accept (0, &error));
  g_assert_true (migrations_accept ((gint64)count, &error));
  g_assert_no_error (error);
  g_assert_false (migrations_accept ((gint64)count + 1, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_SCHEMA);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/migrations/numbers-have-no-gaps", numbers_have_no_gaps);
  g_test_add_func ("/migrations/newer-schema-is-refused", newer_schema_is_refused);
  return g_test_run ();
}
