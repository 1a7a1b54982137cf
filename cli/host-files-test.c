#include "cli/host-files.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static const HostFiles sample = { .root = "/srv/o'brien",
                                  .endpoint = "https://127.0.0.1:8600",
                                  .iam_user_arn =
                                      "arn:aws:iam::123456789012:user/AWS/CodeDeploy/web-1",
                                  .access_key_id = "AKID",
                                  .secret_access_key = "s3cret/+",
                                  .region = "us-east-1",
                                  .host_ca_pem = "host\n" };

static void
test_agent_yaml (void)
{
  g_autofree char *text = host_files_agent_yaml (&sample);
  g_assert_nonnull (strstr (text, ":root_dir: '/srv/o''brien/deployment-root'\n"));
  g_assert_nonnull (strstr (text, ":deploy_control_endpoint: 'https://127.0.0.1:8600'\n"));
  g_assert_nonnull (strstr (text, ":ssl_ca_bundle: '/srv/o''brien/ca.pem'\n"));
  g_assert_null (strstr (text, "spec_signer_ca"));
  g_assert_null (strstr (text, "s3cret"));
}

static void
test_write (void)
{
  g_autofree char *folder = g_dir_make_tmp ("slipway-host-XXXXXX", NULL);
  g_autofree char *root = g_build_filename (folder, "web-1", NULL);
  HostFiles files = sample;
  files.root = root;
  g_autoptr (GError) error = NULL;
  g_assert_true (host_files_prepare (root, &error));
  g_assert_no_error (error);
  g_assert_true (host_files_write (&files, &error));
  g_assert_no_error (error);

  g_autofree char *identity = g_build_filename (root, "codedeploy.onpremises.yml", NULL);
  struct stat about;
  g_assert_cmpint (stat (identity, &about), ==, 0);
  g_assert_cmpint (about.st_mode & 07777, ==, 0600);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (identity, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "aws_secret_access_key: 's3cret/+'\n"));

  g_assert_false (host_files_prepare (root, &error));
  g_assert_error (error, HOST_FILES_ERROR, HOST_FILES_ERROR_EXISTS);

  const char *names[] = { "codedeployagent.yml", "codedeploy.onpremises.yml", "ca.pem" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (root, names[i], NULL);
    g_assert_cmpint (g_unlink (path), ==, 0);
  }
  g_rmdir (root);
  g_rmdir (folder);
}

static void
test_not_a_folder (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (host_files_prepare ("/dev/null/home", &error));
  g_assert_error (error, HOST_FILES_ERROR, HOST_FILES_ERROR_WRITE);
  g_assert_nonnull (strstr (error->message, "/dev/null/home"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-files/settings-quote-paths-and-hold-no-secret", test_agent_yaml);
  g_test_add_func ("/host-files/keys-are-for-the-owner-only-and-nothing-is-overwritten",
                   test_write);
  g_test_add_func ("/host-files/a-folder-that-cannot-be-made-is-named", test_not_a_folder);
  return g_test_run ();
}
