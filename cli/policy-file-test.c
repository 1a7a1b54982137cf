#include "cli/policy-file.h"

#include <glib/gstdio.h>
#include <string.h>

#include "cli/exit-status.h"

static void
test_files (void)
{
  static const char good[] = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": "
                             "\"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]}";
  static const char *const bad[] = { "", "{", "[]", "{\"Statement\": [{\"Effect\": \"Maybe\"}]}" };
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("policy-file-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "policy.json", NULL);
  g_autofree char *large = g_strnfill (POLICY_FILE_MAX_BYTES + 1, ' ');
  g_autofree char *text = NULL;

  g_assert_false (policy_file_read (path, POLICY_DOCUMENT_IDENTITY, &text, &error));
  g_assert_error (error, CLI_ERROR, CLI_EXIT_INPUT);
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (path, good, -1, NULL));
  g_assert_true (policy_file_read (path, POLICY_DOCUMENT_IDENTITY, &text, &error));
  g_assert_cmpstr (text, ==, good);
  g_assert_false (policy_file_read (path, POLICY_DOCUMENT_TRUST, &text, &error));
  g_assert_error (error, CLI_ERROR, CLI_EXIT_INPUT);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_true (g_file_set_contents (path, bad[i], -1, NULL));
    g_assert_false (policy_file_read (path, POLICY_DOCUMENT_IDENTITY, &text, &error));
    g_assert_error (error, CLI_ERROR, CLI_EXIT_INPUT);
    g_clear_error (&error);
  }
  g_assert_true (g_file_set_contents (path, large, -1, NULL));
  g_assert_false (policy_file_read (path, POLICY_DOCUMENT_IDENTITY, &text, &error));
  g_assert_nonnull (strstr (error->message, "more than"));
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy-file/read-and-judged", test_files);
  return g_test_run ();
}
