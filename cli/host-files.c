#include "cli/host-files.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AGENT_FILE    "codedeployagent.yml"
#define IDENTITY_FILE "codedeploy.onpremises.yml"
#define HOST_CA_FILE  "ca.pem"
#define SIGNER_FILE   "signer-ca.pem"

G_DEFINE_QUARK (host - files - error - quark, host_files_error)

char *
host_files_config_path (const char *root)
{
  return g_build_filename (root, AGENT_FILE, NULL);
}

/* A YAML scalar in single quotes holds everything but line breaks, and a quote is doubled. */
static void
append_line (GString *text, const char *prefix, const char *key, const char *value)
{
  g_auto (GStrv) parts = g_strsplit (value, "'", -1);
  g_autofree char *doubled = g_strjoinv ("''", parts);
  g_strdelimit (doubled, "\r\n", ' ');
  g_string_append_printf (text, "%s%s: '%s'\n", prefix, key, doubled);
}

static void
append_path (GString *text, const char *key, const char *root, const char *name)
{
  g_autofree char *path = g_build_filename (root, name, NULL);
  append_line (text, ":", key, path);
}

char *
host_files_agent_yaml (const HostFiles *files)
{
  GString *text = g_string_new ("---\n");
  append_path (text, "root_dir", files->root, "deployment-root");
  append_path (text, "log_dir", files->root, "log");
  append_path (text, "pid_dir", files->root, "state/.pid");
  append_path (text, "on_premises_config_file", files->root, IDENTITY_FILE);
  append_line (text, ":", "deploy_control_endpoint", files->endpoint);
  append_line (text, ":", "s3_endpoint_override", files->endpoint);
  if (files->host_ca_pem != NULL) {
    append_path (text, "ssl_ca_bundle", files->root, HOST_CA_FILE);
  }
  if (files->signer_ca_pem != NULL) {
    append_path (text, "spec_signer_ca", files->root, SIGNER_FILE);
  }
  /* A server of one's own is asked again soon when it was away; ten seconds are made for a service far away. */
  g_string_append (text, ":wait_between_runs: 1\n:poll_backoff_first: 1\n:max_revisions: 5\n");
  return g_string_free (text, FALSE);
}

char *
host_files_identity_yaml (const HostFiles *files)
{
  GString *text = g_string_new ("---\n");
  append_line (text, "", "aws_access_key_id", files->access_key_id);
  append_line (text, "", "aws_secret_access_key", files->secret_access_key);
  append_line (text, "", "iam_user_arn", files->iam_user_arn);
  append_line (text, "", "region", files->region);
  return g_string_free (text, FALSE);
}

gboolean
host_files_prepare (const char *root, GError **error)
{
  if (g_mkdir_with_parents (root, 0755) != 0) {
    g_set_error (error, HOST_FILES_ERROR, HOST_FILES_ERROR_WRITE,
                 "cannot make the folder \"%s\": %s", root, g_strerror (errno));
    return FALSE;
  }
  g_autofree char *config = host_files_config_path (root);
  if (g_file_test (config, G_FILE_TEST_EXISTS)) {
    g_set_error (error, HOST_FILES_ERROR, HOST_FILES_ERROR_EXISTS,
                 "\"%s\" is there already: that folder is the home of another host's agent",
                 config);
    return FALSE;
  }
  if (access (root, W_OK | X_OK) != 0) {
    g_set_error (error, HOST_FILES_ERROR, HOST_FILES_ERROR_WRITE, "cannot write into \"%s\": %s",
                 root, g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

/* Whole or not at all: a temporary file of the right mode, synced, renamed; the folder is synced by the caller. */
static gboolean
write_file (const HostFiles *files, const char *name, const char *text, int mode, GError **error)
{
  g_autofree char *path = g_build_filename (files->root, name, NULL);
  GFileSetContentsFlags flags = G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE;
  g_autoptr (GError) reason = NULL;
  if (!g_file_set_contents_full (path, text, -1, flags, mode, &reason)) {
    g_set_error (error, HOST_FILES_ERROR, HOST_FILES_ERROR_WRITE, "cannot write \"%s\": %s", path,
                 reason->message);
    return FALSE;
  }
  return TRUE;
}

gboolean
host_files_write (const HostFiles *files, GError **error)
{
  g_autofree char *identity = host_files_identity_yaml (files);
  g_autofree char *agent = host_files_agent_yaml (files);
  gboolean good = write_file (files, IDENTITY_FILE, identity, 0600, error);
  explicit_bzero (identity, strlen (identity));
  good = good && (files->host_ca_pem == NULL ||
                  write_file (files, HOST_CA_FILE, files->host_ca_pem, 0644, error));
  good = good && (files->signer_ca_pem == NULL ||
                  write_file (files, SIGNER_FILE, files->signer_ca_pem, 0644, error));
  return good && write_file (files, AGENT_FILE, agent, 0644, error);
}
