#include "cli/credentials-file.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

static void
test_text (void)
{
  const NewCredentials lasting = { NULL, "AKIA1", "secret", NULL };
  const NewCredentials temporary = { "ci", "ASIA1", "secret", "token" };
  g_autofree char *first = credentials_file_text (&lasting);
  g_autofree char *second = credentials_file_text (&temporary);
  g_assert_cmpstr (first, ==,
                   "[default]\naws_access_key_id = AKIA1\naws_secret_access_key = secret\n");
  g_assert_cmpstr (second, ==,
                   "[ci]\naws_access_key_id = ASIA1\naws_secret_access_key = secret\n"
                   "aws_session_token = token\n");
}

static void
test_file (void)
{
  const NewCredentials first = { NULL, "AKIA1", "one", NULL };
  const NewCredentials second = { NULL, "AKIA2", "two", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("credentials-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "keys", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "no", "keys", NULL);
  g_autofree char *text = NULL;
  GStatBuf status;

  g_assert_true (credentials_file_prepare (path, CREDENTIALS_FILE_NEW, &error));
  g_assert_true (credentials_file_write (path, &first, &error));
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 07777, ==, 0600);

  g_assert_false (credentials_file_prepare (path, CREDENTIALS_FILE_NEW, &error));
  g_assert_error (error, CREDENTIALS_FILE_ERROR, CREDENTIALS_FILE_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_true (credentials_file_prepare (path, CREDENTIALS_FILE_REPLACE, &error));
  g_assert_true (credentials_file_write (path, &second, &error));
  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_assert_nonnull (g_strstr_len (text, -1, "AKIA2"));

  g_assert_false (credentials_file_prepare (nowhere, CREDENTIALS_FILE_NEW, &error));
  g_assert_error (error, CREDENTIALS_FILE_ERROR, CREDENTIALS_FILE_ERROR_WRITE);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/credentials-file/text", test_text);
  g_test_add_func ("/credentials-file/file-is-private-and-not-overwritten", test_file);
  return g_test_run ();
}
