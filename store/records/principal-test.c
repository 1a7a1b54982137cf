#include "store/records/principal.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

#include "store/migrations.h"
#include "store/records/access-key.h"
#include "store/records/iam-policy.h"
#include "store/records/iam-role.h"
#include "store/records/resource-tag.h"
#include "store/test-database.h"

#define ROLE    "arn:aws:iam::123456789012:role/r"
#define SESSION "arn:aws:sts::123456789012:assumed-role/r/s"

static Principal
user (const char *path, const char *name, const char *arn)
{
  return (
      Principal){ .arn = arn, .kind = PRINCIPAL_USER, .path = path, .name = name, .create_ms = 7 };
}

static Principal
session (void)
{
  return (Principal){ .arn = SESSION,
                      .kind = PRINCIPAL_SESSION,
                      .path = "/",
                      .name = "s",
                      .role_arn = ROLE,
                      .create_ms = 7 };
}

static gboolean
put_key (StoreTx *tx, const char *id, const char *principal_arn, gint64 expire_ms, GError **error)
{
  static const guint8 token[ACCESS_KEY_TOKEN_HASH_SIZE];
  const AccessKey key = { .id = id,
                          .principal_arn = principal_arn,
                          .secret_sealed = token,
                          .secret_sealed_size = sizeof token,
                          .token_sha256 = expire_ms == 0 ? NULL : token,
                          .expire_ms = expire_ms };
  return access_key_record_insert (tx, &key, error);
}

static gboolean
names_are_unique (StoreTx *tx, gpointer arena, GError **error)
{
  const Principal bob = user ("/", "bob", "arn:bob"), other = user ("/x/", "Bob", "arn:x/Bob");
  Principal *same, *taken_by, *found, *none;
  gboolean first, second;
  if (!principal_record_insert (tx, &bob, &first, error) ||
      !principal_record_insert (tx, &other, &second, error) ||
      !principal_record_ensure (tx, &bob, arena, &same, error) ||
      !principal_record_ensure (tx, &other, arena, &taken_by, error) ||
      !principal_record_by_name (tx, "BOB", arena, &found, error) ||
      !principal_record_by_name (tx, "arn:bob", arena, &none, error))
    return FALSE;
  g_assert_false (first);
  g_assert_true (second);
  g_assert_cmpstr (same->arn, ==, "arn:bob");
  g_assert_null (taken_by);
  g_assert_cmpstr (found->name, ==, "bob");
  g_assert_null (none);
  return TRUE;
}

static gboolean
sessions_are_not_users (StoreTx *tx, gpointer arena, GError **error)
{
  const Principal bob = user ("/", "bob", "arn:bob"), s = session ();
  gboolean taken;
  Principal *by_name, *by_arn;
  PrincipalList users;
  gint64 n = 0;
  if (!principal_record_insert (tx, &bob, &taken, error) ||
      !principal_record_insert (tx, &s, &taken, error) ||
      !principal_record_by_name (tx, "s", arena, &by_name, error) ||
      !principal_record_by_arn (tx, SESSION, arena, &by_arn, error) ||
      !principal_record_list (tx, "/", NULL, 10, arena, &users, error) ||
      !principal_record_count (tx, 10, &n, error))
    return FALSE;
  g_assert_null (by_name);
  g_assert_cmpint (by_arn->kind, ==, PRINCIPAL_SESSION);
  g_assert_cmpstr (by_arn->role_arn, ==, ROLE);
  g_assert_cmpuint (users.n, ==, 1);
  g_assert_cmpint (n, ==, 1);
  return TRUE;
}

static gboolean
has_policy (StoreTx *tx, const char *owner, gboolean *out, GError **error)
{
  return iam_policy_record_has_any (tx, owner, out, error);
}

static gboolean
what_goes_takes_its_own_along (StoreTx *tx, gpointer arena, GError **error)
{
  const Principal bob = user ("/", "bob", "arn:bob");
  gboolean taken, deleted, own, of_key, of_other;
  TagList tags;
  if (!principal_record_insert (tx, &bob, &taken, error) ||
      !put_key (tx, "ASIA1", "arn:bob", 100, error) ||
      !iam_policy_record_put (tx, "arn:bob", "p", "{}", error) ||
      !iam_policy_record_put (tx, "ASIA1", "session", "{}", error) ||
      !iam_attachment_record_add (tx, "arn:eve", "arn:p", error) ||
      !resource_tag_record_put (tx, "arn:bob", "k", "v", error) ||
      !principal_record_delete (tx, "arn:bob", &deleted, error) ||
      !has_policy (tx, "arn:bob", &own, error) || !has_policy (tx, "ASIA1", &of_key, error) ||
      !has_policy (tx, "arn:eve", &of_other, error) ||
      !resource_tag_record_list (tx, "arn:bob", arena, &tags, error))
    return FALSE;
  g_assert_true (deleted);
  g_assert_false (own);
  g_assert_false (of_key);
  g_assert_true (of_other);
  g_assert_cmpuint (tags.n, ==, 0);
  return TRUE;
}

static gboolean
a_role_takes_its_sessions_along (StoreTx *tx, gpointer arena, GError **error)
{
  const IamRole role = {
    .arn = ROLE, .path = "/", .name = "r", .description = "", .trust_policy = "{}"
  };
  const Principal s = session (), bob = user ("/", "bob", "arn:bob");
  gboolean taken, limits;
  Principal *gone, *kept;
  AccessKey *key;
  if (!iam_role_record_insert (tx, &role, &taken, error) ||
      !principal_record_insert (tx, &s, &taken, error) ||
      !principal_record_insert (tx, &bob, &taken, error) ||
      !put_key (tx, "ASIA1", SESSION, 100, error) || !put_key (tx, "ASIA2", SESSION, 200, error) ||
      !put_key (tx, "ASIA3", "arn:bob", 200, error) ||
      !iam_policy_record_put (tx, "ASIA2", "session", "{}", error) ||
      !iam_role_record_delete (tx, ROLE, error) ||
      !principal_record_by_arn (tx, SESSION, arena, &gone, error) ||
      !has_policy (tx, "ASIA2", &limits, error) ||
      !access_key_record_find (tx, "ASIA3", arena, &key, &kept, error))
    return FALSE;
  g_assert_null (gone);
  g_assert_false (limits);
  g_assert_nonnull (key);
  g_assert_cmpstr (kept->arn, ==, "arn:bob");
  return TRUE;
}

static gboolean
purging_is_bounded (StoreTx *tx, gpointer arena, GError **error)
{
  const Principal s = session (), bob = user ("/", "bob", "arn:bob");
  gboolean taken;
  AccessKey *first, *second, *fresh, *lasting;
  Principal *of_first, *of_second, *of_fresh, *of_lasting;
  if (!principal_record_insert (tx, &s, &taken, error) ||
      !principal_record_insert (tx, &bob, &taken, error) ||
      !put_key (tx, "ASIA1", SESSION, 10, error) || !put_key (tx, "ASIA2", SESSION, 20, error) ||
      !put_key (tx, "ASIA3", SESSION, 30, error) || !put_key (tx, "AKIA4", "arn:bob", 0, error) ||
      !access_key_record_purge (tx, 30, 1, error) ||
      !access_key_record_find (tx, "ASIA1", arena, &first, &of_first, error) ||
      !access_key_record_find (tx, "ASIA2", arena, &second, &of_second, error))
    return FALSE;
  g_assert_null (first);
  g_assert_nonnull (second);
  if (!access_key_record_purge (tx, 30, 10, error) ||
      !access_key_record_find (tx, "ASIA2", arena, &second, &of_second, error) ||
      !access_key_record_find (tx, "ASIA3", arena, &fresh, &of_fresh, error) ||
      !access_key_record_find (tx, "AKIA4", arena, &lasting, &of_lasting, error))
    return FALSE;
  g_assert_null (second);
  g_assert_nonnull (fresh);
  g_assert_cmpstr (of_fresh->role_arn, ==, ROLE);
  g_assert_nonnull (lasting);
  return TRUE;
}

/* ---- from before ---- */

static void
run_raw (const char *path, const char *sql)
{
  sqlite3 *db = NULL;
  char *message = NULL;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  if (sqlite3_exec (db, sql, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", sql, message);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

static gboolean
read_old_users (StoreTx *tx, gpointer arena, GError **error)
{
  Principal *by_name, *by_arn;
  PrincipalList users;
  if (!principal_record_by_name (tx, "bob", arena, &by_name, error) ||
      !principal_record_by_arn (tx, "arn:b", arena, &by_arn, error) ||
      !principal_record_list (tx, "/", NULL, 10, arena, &users, error))
    return FALSE;
  g_assert_cmpstr (by_name->arn, ==, "arn:a");
  g_assert_cmpint (by_name->kind, ==, PRINCIPAL_ADMINISTRATOR);
  g_assert_cmpstr (by_arn->name, ==, "BOB");
  g_assert_cmpuint (users.n, ==, 3);
  return TRUE;
}

static void
users_from_before_keep_their_identity (void)
{
  g_autofree char *folder = g_dir_make_tmp ("principal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "old.db", NULL);
  g_autofree char *url = g_strconcat ("sqlite:", path, NULL);
  g_autoptr (GError) error = NULL;
  gsize count;
  const Migration *all = migrations_all (&count);
  run_raw (path, "CREATE TABLE schema_migration (number BIGINT PRIMARY KEY, name TEXT)");
  for (gsize i = 0; i < 4; i++) {
    g_autofree char *sql = g_strdup_printf ("INSERT INTO schema_migration VALUES (%d, '%s')",
                                            (int)all[i].number, all[i].name);
    run_raw (path, all[i].sql);
    run_raw (path, sql);
  }
  run_raw (path,
           "INSERT INTO principal VALUES ('arn:a', 'administrator', '/', 'bob', 1),"
           " ('arn:b', 'administrator', '/x/', 'BOB', 2), ('arn:c', 'host', '/y/', 'Bob', 3)");
  g_autoptr (Store) store = store_open (url, &error);
  g_assert_no_error (error);
  g_autoptr (Arena) arena = arena_new ();
  g_assert_true (store_run (store, STORE_READ, read_old_users, arena, &error));
  g_assert_no_error (error);
  store_close (g_steal_pointer (&store));
  for (const char *const *suffix = (const char *const[]){ "", "-wal", "-shm", NULL };
       *suffix != NULL; suffix++) {
    g_autofree char *file = g_strconcat (path, *suffix, NULL);
    g_unlink (file);
  }
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    StoreWork work;
  } cases[] = {
    { "/principal/names-are-unique-in-any-case", names_are_unique },
    { "/principal/sessions-are-not-users", sessions_are_not_users },
    { "/principal/what-goes-takes-its-own-along", what_goes_takes_its_own_along },
    { "/principal/a-role-takes-its-sessions-along", a_role_takes_its_sessions_along },
    { "/principal/purging-is-bounded", purging_is_bounded },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, test_store_case);
  g_test_add_func ("/principal/users-from-before-keep-their-identity",
                   users_from_before_keep_their_identity);
  return g_test_run ();
}
