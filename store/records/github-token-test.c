#include "store/records/application.h"
#include "store/records/github-token.h"
#include "store/test-database.h"

#include <string.h>

typedef void (*Body) (StoreTx *tx, Arena *arena);

static gboolean
work (StoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  ((Body)data) (tx, arena);
  return TRUE;
}

static void
in_tx (gconstpointer body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = test_store_new ();
  g_assert_no_error (error);
  g_assert_true (store_run (store, STORE_WRITE, work, (gpointer)body, &error));
  g_assert_no_error (error);
}

static void
put (StoreTx *tx, const char *name, const char *sealed, gint64 create_ms)
{
  const GithubTokenRecord record = { .name = name,
                                     .sealed = (const guint8 *)sealed,
                                     .sealed_size = strlen (sealed),
                                     .create_ms = create_ms };
  TEST_STORE_OK (github_token_record_put (tx, &record, &error));
}

static void
putting_again_replaces (StoreTx *tx, Arena *arena)
{
  GithubTokenRecord *record;
  put (tx, "octo", "one", 1);
  put (tx, "octo", "second", 2);
  TEST_STORE_OK (github_token_record_by_name (tx, "octo", arena, &record, &error));
  g_assert_cmpmem (record->sealed, record->sealed_size, "second", 6);
  g_assert_cmpint (record->create_ms, ==, 2);
  TEST_STORE_OK (github_token_record_by_name (tx, "Octo", arena, &record, &error));
  g_assert_null (record);
}

static void
names_come_in_pages (StoreTx *tx, Arena *arena)
{
  NameList names;
  gint64 count;
  put (tx, "b", "x", 1);
  put (tx, "c", "x", 1);
  put (tx, "a", "x", 1);
  TEST_STORE_OK (github_token_record_names (tx, NULL, 2, arena, &names, &error));
  g_assert_cmpuint (names.n, ==, 2);
  g_assert_cmpstr (names.items[0], ==, "a");
  TEST_STORE_OK (github_token_record_names (tx, "b", 2, arena, &names, &error));
  g_assert_cmpuint (names.n, ==, 1);
  g_assert_cmpstr (names.items[0], ==, "c");
  TEST_STORE_OK (github_token_record_count (tx, 2, &count, &error));
  g_assert_cmpint (count, ==, 2);
}

static void
an_application_knows_whether_its_token_is_there (StoreTx *tx, Arena *arena)
{
  const ApplicationRecord wanted = { .id = "1", .name = "shop", .create_ms = 1 };
  ApplicationRecord *application;
  gboolean taken, deleted;
  TEST_STORE_OK (application_record_insert (tx, &wanted, &taken, &error));
  TEST_STORE_OK (application_record_by_name (tx, "shop", arena, &application, &error));
  g_assert_null (application->github_token_name);
  put (tx, "octo", "x", 1);
  TEST_STORE_OK (application_record_link (tx, "1", "octo", &error));
  TEST_STORE_OK (application_record_by_name (tx, "shop", arena, &application, &error));
  g_assert_cmpstr (application->github_token_name, ==, "octo");
  g_assert_true (application->github_token_is_there);
  TEST_STORE_OK (github_token_record_delete (tx, "octo", &deleted, &error));
  g_assert_true (deleted);
  TEST_STORE_OK (github_token_record_delete (tx, "octo", &deleted, &error));
  g_assert_false (deleted);
  TEST_STORE_OK (application_record_by_id (tx, "1", arena, &application, &error));
  g_assert_cmpstr (application->github_token_name, ==, "octo");
  g_assert_false (application->github_token_is_there);
  TEST_STORE_OK (application_record_link (tx, "1", NULL, &error));
  TEST_STORE_OK (application_record_by_id (tx, "1", arena, &application, &error));
  g_assert_null (application->github_token_name);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/github-token/putting-again-replaces", putting_again_replaces, in_tx);
  g_test_add_data_func ("/github-token/names-come-in-pages", names_come_in_pages, in_tx);
  g_test_add_data_func ("/github-token/an-application-knows-whether-its-token-is-there",
                        an_application_knows_whether_its_token_is_there, in_tx);
  return g_test_run ();
}
