#include "agent/credentials-provider.h"

#include <glib/gstdio.h>
#include <string.h>

/* A provider that does as it is told. */
typedef struct {
  const char *id; /* NULL: fails with code */
  int code;
  gint64 fresh_until_ms, expires_ms;
  gboolean changed;
  guint asked;
} Told;

static gboolean
told_fetch (gpointer ctx, CredentialsAnswer *out, GError **error)
{
  Told *told = ctx;
  told->asked++;
  told->changed = FALSE;
  if (told->id == NULL) {
    g_set_error_literal (error, CREDENTIALS_SOURCE_ERROR, told->code, "told to have none");
    return FALSE;
  }
  *out = (CredentialsAnswer){ credentials_new (told->id, "secret", NULL), told->fresh_until_ms,
                              told->expires_ms };
  return TRUE;
}

static gboolean
told_has_changed (gpointer ctx)
{
  return ((Told *)ctx)->changed;
}

typedef struct {
  AmbientFake clock;
  Ambient ambient;
  Told first, second;
  CredentialsSource *source;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->clock.now_ms = 1000;
  f->ambient = ambient_fake (&f->clock);
  f->source = credentials_source_new (NULL, &f->ambient);
  Told *both[] = { &f->first, &f->second };
  for (gsize i = 0; i < G_N_ELEMENTS (both); i++)
    credentials_source_add (f->source, (CredentialsProvider){ .name = "told",
                                                              .fetch = told_fetch,
                                                              .has_changed = told_has_changed,
                                                              .ctx = both[i] });
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  credentials_source_free (f->source);
}

/* The key's id, or "" with no keys. */
static char *
get_id (CredentialsSource *source, guint *generation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Credentials) keys = credentials_source_get (source, generation, &error);
  g_assert_true ((keys == NULL) == (error != NULL));
  return g_strdup (keys != NULL ? keys->access_key_id : "");
}

static void
expect (Fixture *f, const char *id, guint generation)
{
  guint got = 0;
  g_autofree char *text = get_id (f->source, &got);
  g_assert_cmpstr (text, ==, id);
  g_assert_cmpuint (got, ==, generation);
}

static void
test_order (Fixture *f, gconstpointer data)
{
  f->second.id = "second";
  expect (f, "second", 1);
  expect (f, "second", 1);
  g_assert_cmpuint (f->first.asked, ==, 1);
  g_assert_cmpuint (f->second.asked, ==, 1);
}

static void
test_failing (Fixture *f, gconstpointer data)
{
  f->first.code = CREDENTIALS_SOURCE_ERROR_FAILED;
  f->second.id = "second";
  expect (f, "", 0);
  g_assert_cmpuint (f->second.asked, ==, 0);
  f->first.code = CREDENTIALS_SOURCE_ERROR_NONE;
  f->second.id = NULL;
  expect (f, "", 0);
  f->second.id = "second";
  expect (f, "second", 1);
}

static void
test_fresh (Fixture *f, gconstpointer data)
{
  f->first.id = "one";
  f->first.fresh_until_ms = 2000;
  expect (f, "one", 1);
  f->first.id = "two";
  f->clock.now_ms = 1999;
  expect (f, "one", 1);
  f->clock.now_ms = 2000;
  f->first.fresh_until_ms = 9000;
  expect (f, "two", 2);
  f->first.changed = TRUE;
  expect (f, "two", 2);
  g_assert_cmpuint (f->first.asked, ==, 3);
}

static void
test_kept (Fixture *f, gconstpointer data)
{
  f->first = (Told){ .id = "one", .fresh_until_ms = 2000, .expires_ms = 100000 };
  expect (f, "one", 1);
  f->first.id = NULL;
  f->first.code = CREDENTIALS_SOURCE_ERROR_FAILED;
  f->clock.now_ms = 3000;
  expect (f, "one", 1);
  expect (f, "one", 1);
  g_assert_cmpuint (f->first.asked, ==, 2);
  f->clock.now_ms = 100000;
  expect (f, "", 1);
}

static void
test_profiles (void)
{
  g_autoptr (Credentials) keys = credentials_provider_parse_profile (
      "[other]\naws_access_key_id = no\n[default]\r\n# aws_access_key_id = no\n"
      "AWS_Access_Key_ID=a b\n aws_secret_access_key =  s=1 \naws_session_token=t\n[last]\n"
      "aws_secret_access_key = no");
  g_assert_cmpstr (keys->access_key_id, ==, "a b");
  g_assert_cmpstr (keys->secret_access_key, ==, "s=1");
  g_assert_cmpstr (keys->session_token, ==, "t");
  static const char *const bad[] = { "", "[default]\naws_access_key_id = a\n",
                                     "aws_access_key_id=a\naws_secret_access_key=b\n",
                                     "[default]\naws_access_key_id=\naws_secret_access_key=b" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (credentials_provider_parse_profile (bad[i]));
}

static void
write_file (const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_file_set_contents (path, text, -1, &error); /* a new file renamed into place */
  g_assert_no_error (error);
}

#define MINUTE_MS (G_GINT64_CONSTANT (60) * 1000)

static void
test_session_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("credentials-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *path = g_build_filename (folder, "session", NULL);
  AmbientFake clock = { .now_ms = 1000 };
  Ambient ambient = ambient_fake (&clock);
  const AgentIdentity identity = { .mode = IDENTITY_CREDENTIALS_FILE, .credentials_file = path };
  g_autoptr (CredentialsSource) source =
      credentials_source_for_identity (&identity, NULL, NULL, &ambient);
  guint generation = 0;
  const struct {
    const char *text, *id;
    gint64 later_ms;
  } steps[] = {
    { NULL, "", 0 },
    { "[default]\naws_access_key_id=one\naws_secret_access_key=s\n", "one", 0 },
    { "[default]\naws_access_key_id=two\naws_secret_access_key=s\n", "two", 1 },
    { "[default]\naws_acc", "two", 1 },
    { "[default]\naws_access_key_id=three\naws_secret_access_key=s\n", "three", 26 * MINUTE_MS },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++) {
    if (steps[i].text != NULL)
      write_file (path, steps[i].text);
    clock.now_ms += steps[i].later_ms;
    g_autofree char *id = get_id (source, &generation);
    g_assert_cmpstr (id, ==, steps[i].id);
  }
  g_assert_cmpuint (generation, ==, 3);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_on_premises (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("credentials-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *path = g_build_filename (folder, "onpremises.yml", NULL);
  AmbientFake clock = { .now_ms = 1000 };
  Ambient ambient = ambient_fake (&clock);
  const AgentIdentity identity = { .mode = IDENTITY_STATIC_KEYS, .on_premises_file = path };
  g_autoptr (CredentialsSource) source =
      credentials_source_for_identity (&identity, NULL, NULL, &ambient);
  guint generation = 0;

  for (guint i = 1; i <= 2; i++) {
    g_autofree char *text = g_strdup_printf (
        "iam_user_arn: a\nregion: r\naws_access_key_id: k%u\naws_secret_access_key: s\n", i);
    g_autofree char *expected = g_strdup_printf ("k%u", i);
    write_file (path, text);
    g_autofree char *id = get_id (source, &generation);
    g_assert_cmpstr (id, ==, expected);
    g_assert_cmpuint (generation, ==, i);
  }
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_environment (void)
{
  AmbientFake clock = { .now_ms = 1000 };
  Ambient ambient = ambient_fake (&clock);
  const AgentIdentity identity = { .mode = IDENTITY_ENVIRONMENT };
  static const char *const names[] = { "AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY",
                                       "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY",
                                       "AWS_SESSION_TOKEN" };
  guint generation = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_unsetenv (names[i]);
  g_setenv ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", TRUE);
  g_autoptr (CredentialsSource) none =
      credentials_source_for_identity (&identity, NULL, NULL, &ambient);
  g_autoptr (GError) error = NULL;
  g_assert_null (credentials_source_get (none, &generation, &error));
  g_assert_error (error, CREDENTIALS_SOURCE_ERROR, CREDENTIALS_SOURCE_ERROR_NONE);
  g_assert_nonnull (strstr (error->message, "environment"));
  g_assert_nonnull (strstr (error->message, "/nonexistent"));

  g_setenv ("AWS_ACCESS_KEY", "k", TRUE);
  g_setenv ("AWS_SECRET_KEY", "s", TRUE);
  g_autoptr (CredentialsSource) source =
      credentials_source_for_identity (&identity, NULL, NULL, &ambient);
  g_autofree char *id = get_id (source, &generation);
  g_assert_cmpstr (id, ==, "k");
}

#define ADD(name, function)                                                                        \
  g_test_add ("/credentials-source/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("the-first-provider-that-has-keys-is-asked-once", test_order);
  ADD ("a-provider-that-fails-ends-the-search", test_failing);
  ADD ("keys-are-asked-for-again-when-stale-or-changed", test_fresh);
  ADD ("keys-that-hold-outlive-a-provider-that-fails", test_kept);
  g_test_add_func ("/credentials-source/profiles", test_profiles);
  g_test_add_func ("/credentials-source/141-a-rewritten-session-file", test_session_file);
  g_test_add_func ("/credentials-source/a-changed-on-premises-file", test_on_premises);
  g_test_add_func ("/credentials-source/the-environment", test_environment);
  return g_test_run ();
}
