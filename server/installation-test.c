#include "server/installation.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/files.h"
#include "store/test-database.h"

typedef struct {
  char *base;
  char *dir;
  GError *error;
  InstallationPlan plan;
} Fixture;

static int
remove_entry (const char *path, const struct stat *status, int type, struct FTW *where)
{
  return remove (path);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->base = g_dir_make_tmp ("slipway-installation-XXXXXX", &f->error);
  g_assert_no_error (f->error);
  f->dir = g_build_filename (f->base, "data", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  /* NOLINTNEXTLINE(concurrency-mt-unsafe): unsafe with FTW_CHDIR only */
  nftw (f->base, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  g_clear_error (&f->error);
  g_free (f->base);
  g_free (f->dir);
}

static void
init (Fixture *f)
{
  gboolean ok = installation_init (f->dir, &f->plan, ambient_system (), &f->error);
  g_assert_no_error (f->error);
  g_assert_true (ok);
}

static int
mode_of (Fixture *f, const char *name)
{
  struct stat status;
  g_autofree char *path = g_build_filename (f->dir, name, NULL);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  return (int)(status.st_mode & 0777);
}

static void
test_init (Fixture *f, gconstpointer data)
{
  f->plan.account_id = "210987654321";
  f->plan.region = "eu-west-1";
  init (f);
  static const char *const secret[] = { "secrets.key",     "slipway.db", "admin.credentials",
                                        "pki/server.key",  "pki/ca.key", "slipwayd.yml",
                                        "integrations.yml" };
  for (gsize i = 0; i < G_N_ELEMENTS (secret); i++)
    g_assert_cmpint (mode_of (f, secret[i]), ==, 0600);
  g_assert_cmpint (mode_of (f, "."), ==, 0700);
  g_assert_cmpint (mode_of (f, "pki"), ==, 0700);

  g_autoptr (Installation) opened =
      installation_open (f->dir, INSTALLATION_EXCLUSIVE, NULL, &f->error);
  g_assert_no_error (f->error);
  g_assert_cmpstr (opened->arn.account_id, ==, "210987654321");
  g_assert_cmpstr (opened->arn.region, ==, "eu-west-1");
}

static void
assert_refused (Fixture *f, int code, const char *says)
{
  g_assert_error (f->error, INSTALLATION_ERROR, code);
  if (strstr (f->error->message, says) == NULL)
    g_error ("\"%s\" does not say \"%s\"", f->error->message, says);
  g_clear_error (&f->error);
}

static void
test_init_again (Fixture *f, gconstpointer data)
{
  init (f);
  g_assert_false (installation_init (f->dir, &f->plan, ambient_system (), &f->error));
  assert_refused (f, INSTALLATION_ERROR_EXISTS, "initialised already; nothing was changed");
  /* Somebody else's folder. */
  g_assert_false (installation_init (f->base, &f->plan, ambient_system (), &f->error));
  assert_refused (f, INSTALLATION_ERROR_EXISTS, "not empty, there is data");
}

static void
test_init_arguments (Fixture *f, gconstpointer data)
{
  f->plan.region = "eu west";
  g_assert_false (installation_init (f->dir, &f->plan, ambient_system (), &f->error));
  g_assert_nonnull (strstr (f->error->message, "region is \"eu west\""));
  g_clear_error (&f->error);
  g_assert_false (g_file_test (f->dir, G_FILE_TEST_EXISTS));

  const char *const names[] = { "bad name!", NULL };
  f->plan = (InstallationPlan){ .extra_names = names };
  g_assert_false (installation_init (f->dir, &f->plan, ambient_system (), &f->error));
  g_assert_nonnull (strstr (f->error->message, "bad name!"));
  g_clear_error (&f->error);
  g_assert_false (g_file_test (f->dir, G_FILE_TEST_EXISTS));
}

static void
test_lock (Fixture *f, gconstpointer data)
{
  init (f);
  g_autoptr (Installation) first =
      installation_open (f->dir, INSTALLATION_EXCLUSIVE, NULL, &f->error);
  g_assert_no_error (f->error);
  g_assert_null (installation_open (f->dir, INSTALLATION_EXCLUSIVE, NULL, &f->error));
  assert_refused (f, INSTALLATION_ERROR_LOCKED, "another slipwayd serves");
  g_autoptr (Installation) beside =
      installation_open (f->dir, INSTALLATION_SHARED, NULL, &f->error);
  g_assert_no_error (f->error);
  g_assert_nonnull (beside);
}

static void
test_overrides (Fixture *f, gconstpointer data)
{
  static const char *const good[] = { "poll_wait_s=7", "listen=[::1]:0", NULL };
  static const char *const bad[] = { "poll_wait_s", NULL };
  init (f);
  g_autoptr (Installation) opened =
      installation_open (f->dir, INSTALLATION_SHARED, good, &f->error);
  g_assert_no_error (f->error);
  g_assert_cmpint (opened->settings.poll_wait_s, ==, 7);
  g_assert_cmpstr (opened->settings.listen, ==, "[::1]:0");
  g_assert_null (installation_open (f->dir, INSTALLATION_SHARED, bad, &f->error));
  assert_refused (f, INSTALLATION_ERROR_ARGUMENT, "NAME=VALUE");
}

static void
test_damage (Fixture *f, gconstpointer data)
{
  g_assert_null (installation_open (f->dir, INSTALLATION_SHARED, NULL, &f->error));
  assert_refused (f, INSTALLATION_ERROR_MISSING, "slipwayd init --data");
  init (f);
  g_autofree char *secrets = g_build_filename (f->dir, "secrets.key", NULL);
  g_assert_true (files_write (secrets, "12", -1, 0600, &f->error));
  g_assert_null (installation_open (f->dir, INSTALLATION_SHARED, NULL, &f->error));
  assert_refused (f, INSTALLATION_ERROR_CONTENT, "secrets.key");
  g_autofree char *other = g_strnfill (64, 'a');
  g_assert_true (files_write (secrets, other, -1, 0600, &f->error));
  g_assert_null (installation_open (f->dir, INSTALLATION_SHARED, NULL, &f->error));
  assert_refused (f, INSTALLATION_ERROR_CONTENT, "restore the secrets.key that was with it");
  g_assert_cmpint (g_unlink (secrets), ==, 0);
  g_assert_null (installation_open (f->dir, INSTALLATION_SHARED, NULL, &f->error));
  assert_refused (f, INSTALLATION_ERROR_CONTENT, "restore it from a backup");
}

static void
test_open_secrets (Fixture *f, gconstpointer data)
{
  init (f);
  g_autofree char *secrets = g_build_filename (f->dir, "secrets.key", NULL);
  g_assert_cmpint (g_chmod (secrets, 0640), ==, 0);
  g_assert_null (installation_open (f->dir, INSTALLATION_SHARED, NULL, &f->error));
  assert_refused (f, INSTALLATION_ERROR_CONTENT, "chmod 600");
  g_assert_cmpint (g_chmod (secrets, 0400), ==, 0);
  g_autoptr (Installation) installation =
      installation_open (f->dir, INSTALLATION_SHARED, NULL, &f->error);
  g_assert_no_error (f->error);
}

/* On SQLite in a file of its own, on PostgreSQL in the test's database. */
static void
test_other_database (Fixture *f, gconstpointer data)
{
  g_autofree char *on_disk = g_strdup_printf ("sqlite:%s/elsewhere.db", f->base);
  g_autofree char *url = test_database_new_blank (on_disk);
  f->plan.store_url = url;
  init (f);
  g_autofree char *own = g_build_filename (f->dir, "slipway.db", NULL);
  g_assert_false (g_file_test (own, G_FILE_TEST_EXISTS));
  {
    g_autoptr (Installation) opened =
        installation_open (f->dir, INSTALLATION_EXCLUSIVE, NULL, &f->error);
    g_assert_no_error (f->error);
    g_assert_cmpstr (opened->settings.store, ==, url);
  }
  /* Another data folder may not have it, at init or later. */
  g_autofree char *dir = g_build_filename (f->base, "other", NULL);
  g_assert_false (installation_init (dir, &f->plan, ambient_system (), &f->error));
  assert_refused (f, INSTALLATION_ERROR_EXISTS, "another data folder");
  g_assert_false (g_file_test (dir, G_FILE_TEST_EXISTS));
  g_assert_true (installation_init (dir, &(InstallationPlan){ 0 }, ambient_system (), &f->error));
  g_autofree char *setting = g_strconcat ("store=", url, NULL);
  const char *const overrides[] = { setting, NULL };
  g_assert_null (installation_open (dir, INSTALLATION_SHARED, overrides, &f->error));
  assert_refused (f, INSTALLATION_ERROR_CONTENT, "belongs to another data folder");
}

static void
test_lost_database (Fixture *f, gconstpointer data)
{
  init (f);
  g_autofree char *database = g_build_filename (f->dir, "slipway.db", NULL);
  g_assert_cmpint (g_unlink (database), ==, 0);
  g_assert_null (installation_open (f->dir, INSTALLATION_SHARED, NULL, &f->error));
  assert_refused (f, INSTALLATION_ERROR_CONTENT, "is empty");
}

static void
test_unusable_database (Fixture *f, gconstpointer data)
{
  f->plan.store_url = "postgresql://127.0.0.1:1/slipway";
  g_assert_false (installation_init (f->dir, &f->plan, ambient_system (), &f->error));
  g_assert_error (f->error, STORE_ERROR, STORE_ERROR_OPEN);
  g_assert_false (g_file_test (f->dir, G_FILE_TEST_EXISTS));
}

typedef struct {
  const char *path;
  const char *name;
  const char *arn; /* NULL: refused */
  PrincipalKind kind;
} UserRow;

static const UserRow users[] = {
  { "/", "admin", "arn:aws:iam::123456789012:user/admin", PRINCIPAL_ADMINISTRATOR },
  { "/AWS/CodeDeploy/", "web-1", "arn:aws:iam::123456789012:user/AWS/CodeDeploy/web-1",
    PRINCIPAL_HOST },
  { "/teams/a/", "x@y", "arn:aws:iam::123456789012:user/teams/a/x@y", PRINCIPAL_ADMINISTRATOR },
  { "", "a", NULL, 0 },
  { "/a", "a", NULL, 0 },
  { "a/", "a", NULL, 0 },
  { "//", "a", NULL, 0 },
  { "/", "", NULL, 0 },
  { "/", "a/b", NULL, 0 },
  { "/", "a b", NULL, 0 },
  { "/", "a]\n[default", NULL, 0 },
  { "/a\nb/", "a", NULL, 0 },
};

static void
test_user (gconstpointer data)
{
  const UserRow *row = data;
  const ArnScope scope = { "aws", "us-east-1", "123456789012" };
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  Principal principal;
  gboolean ok = installation_principal (&scope, row->path, row->name, 5, arena, &principal, &error);
  g_assert_cmpint (ok, ==, row->arn != NULL);
  if (!ok) {
    g_assert_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_ARGUMENT);
    return;
  }
  g_assert_cmpstr (principal.arn, ==, row->arn);
  g_assert_cmpint (principal.kind, ==, row->kind);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, fn) g_test_add (path, Fixture, NULL, set_up, fn, tear_down)
  ADD ("/installation/init-makes-private-files", test_init);
  ADD ("/installation/init-again-changes-nothing", test_init_again);
  ADD ("/installation/bad-arguments-make-nothing", test_init_arguments);
  ADD ("/installation/one-server-at-a-time", test_lock);
  ADD ("/installation/the-command-line-wins", test_overrides);
  ADD ("/installation/secrets-that-others-can-read-are-refused", test_open_secrets);
  ADD ("/installation/damage-is-named", test_damage);
  ADD ("/installation/database-of-another-folder-is-refused", test_other_database);
  ADD ("/installation/lost-database-is-not-made-anew", test_lost_database);
  ADD ("/installation/nothing-is-made-without-the-database", test_unusable_database);
  for (gsize i = 0; i < G_N_ELEMENTS (users); i++) {
    g_autofree char *path = g_strdup_printf ("/installation/users/%zu", i);
    g_test_add_data_func (path, &users[i], test_user);
  }
  return g_test_run ();
}
