#include "cli/credentials-file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

G_DEFINE_QUARK (credentials - file - error - quark, credentials_file_error)

char *
credentials_file_text (const NewCredentials *credentials)
{
  GString *text = g_string_sized_new (512); /* no copy is left behind by growing */
  g_string_append_printf (text, "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
                          credentials->profile != NULL ? credentials->profile : "default",
                          credentials->access_key_id, credentials->secret_access_key);
  if (credentials->session_token != NULL) {
    g_string_append_printf (text, "aws_session_token = %s\n", credentials->session_token);
  }
  return g_string_free (text, FALSE);
}

gboolean
credentials_file_prepare (const char *path, CredentialsFileMode mode, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  if (mode == CREDENTIALS_FILE_NEW && g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, CREDENTIALS_FILE_ERROR, CREDENTIALS_FILE_ERROR_EXISTS,
                 "\"%s\" is there already and may hold other keys: give another file", path);
    return FALSE;
  }
  if (access (folder, W_OK | X_OK) != 0) {
    g_set_error (error, CREDENTIALS_FILE_ERROR, CREDENTIALS_FILE_ERROR_WRITE,
                 "cannot write into \"%s\": %s", folder, g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

gboolean
credentials_file_write (const char *path, const NewCredentials *credentials, GError **error)
{
  g_autoptr (GError) reason = NULL;
  char *text = credentials_file_text (credentials);
  GFileSetContentsFlags flags = G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE;
  gboolean written = g_file_set_contents_full (path, text, -1, flags, 0600, &reason);
  explicit_bzero (text, strlen (text));
  g_free (text);
  if (!written) {
    g_set_error (error, CREDENTIALS_FILE_ERROR, CREDENTIALS_FILE_ERROR_WRITE,
                 "cannot write \"%s\": %s", path, reason->message);
  }
  return written;
}
