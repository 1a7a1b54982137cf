#include "server/integrations/aws-keys.h"

#include <glib/gstdio.h>
#include <string.h>

#include "server/files.h"
#include "server/integrations/aws-error.h"

typedef struct {
  char *dir, *path;
  AwsSettings settings;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("slipway-keys-XXXXXX", NULL);
  g_assert_nonnull (f->dir);
  f->path = g_build_filename (f->dir, "aws.ini", NULL);
  f->settings = (AwsSettings){ .credentials_file = f->path, .profile = "default" };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  g_rmdir (f->dir);
  g_free (f->path);
  g_free (f->dir);
}

static void
write_file (Fixture *f, const char *text, guint mode)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (files_write_unsynced (f->path, text, -1, (int)mode, &error));
}

static void
expect_refused (Fixture *f, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (aws_keys_read (&f->settings, &error));
  g_assert_error (error, AWS_ERROR, AWS_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, f->path));
  g_assert_nonnull (strstr (error->message, part));
  g_assert_null (strstr (error->message, "hush"));
}

#define KEYS "aws_access_key_id = AKID\naws_secret_access_key = hush\n"

static void
test_profiles (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  write_file (f, "[default]\n" KEYS "[other]\n" KEYS "aws_session_token = t\n", 0600);
  g_autoptr (Credentials) keys = aws_keys_read (&f->settings, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (keys->access_key_id, ==, "AKID");
  g_assert_null (keys->session_token);
  f->settings.profile = "other";
  g_autoptr (Credentials) other = aws_keys_read (&f->settings, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (other->session_token, ==, "t");
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  expect_refused (f, "No such file");
  write_file (f, "[default]\n" KEYS, 0640);
  expect_refused (f, "chmod 600");
  write_file (f, "[default]\naws_secret_access_key = hush\n", 0600);
  expect_refused (f, "no section [default]");
  g_unlink (f->path);
  g_assert_cmpint (g_mkdir (f->path, 0700), ==, 0);
  expect_refused (f, "");
  g_rmdir (f->path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/aws-keys/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("a-profile-has-keys", test_profiles);
  ADD ("what-cannot-be-used-is-named", test_refusals);
  return g_test_run ();
}
