#include "server/store-location.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "server/files.h"
#include "server/installation.h"

gboolean
store_location_check_argument (const char *url, GError **error)
{
  g_auto (StoreUrl) described = { 0 };
  if (!store_url_describe (url, &described, error))
    return FALSE;
  if (!described.has_password)
    return TRUE;
  g_set_error (
      error, INSTALLATION_ERROR, INSTALLATION_ERROR_ARGUMENT,
      "the URL of %s has a password, which everybody on this machine can read on a command "
      "line: put the password into ~/.pgpass and leave it out, or the URL into a file of "
      "mode 0600 for slipwayd init --store-file FILE",
      described.name);
  return FALSE;
}

gboolean
store_location_check_file (const char *url, const char *path, GError **error)
{
  g_auto (StoreUrl) described = { 0 };
  struct stat status;
  if (!store_url_describe (url, &described, error))
    return FALSE;
  if (!described.has_password || stat (path, &status) != 0 || (status.st_mode & 077) == 0)
    return TRUE;
  g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_CONTENT,
               "%s holds the password of %s and is open to other users (mode %04o): chmod 600 %s, "
               "and change the password if somebody may have read it",
               path, described.name, status.st_mode & 07777, path);
  return FALSE;
}

char *
store_location_read_file (const char *path, GError **error)
{
  char *text = NULL;
  if (!files_read (path, STORE_LOCATION_MAX_BYTES, &text, NULL, error))
    return NULL;
  g_strstrip (text);
  if (*text == '\0' || strpbrk (text, "\r\n") != NULL) {
    g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_ARGUMENT,
                 "%s must hold one line: the store's URL", path);
    store_location_free (text);
    return NULL;
  }
  if (!store_location_check_file (text, path, error))
    g_clear_pointer (&text, store_location_free);
  return text;
}

void
store_location_free (char *url)
{
  if (url != NULL)
    explicit_bzero (url, strlen (url));
  g_free (url);
}

char *
store_location_setting (const char *url)
{
  GString *line = g_string_sized_new (2 * strlen (url) + 16); /* so that no copy is left behind */
  g_string_append (line, "store: \"");
  for (const char *at = url; *at != '\0'; at++) {
    if (*at == '"' || *at == '\\')
      g_string_append_c (line, '\\');
    g_string_append_c (line, *at);
  }
  g_string_append (line, "\"\n");
  return g_string_free (line, FALSE);
}
