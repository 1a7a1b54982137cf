#include "proto/ca-bundle.h"

#include <string.h>
#include <sys/stat.h>

#include <curl/curl.h>

#include "proto/http-client.h"

#define MAX_FILE_BYTES  (4 * 1024 * 1024)
#define MAX_TOTAL_BYTES (16 * 1024 * 1024)

static gboolean
fail (GError **error, const char *path, const char *why)
{
  g_set_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS,
               "cannot read the CA certificates in \"%s\": %s", path, why);
  return FALSE;
}

static gboolean
append_file (GByteArray *out, const char *path, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree char *text = NULL;
  struct stat status;
  gsize n = 0;

  if (stat (path, &status) == 0 && (!S_ISREG (status.st_mode) || status.st_size > MAX_FILE_BYTES ||
                                    out->len + (gsize)status.st_size > MAX_TOTAL_BYTES))
    return fail (error, path, "it is no file, or too large");
  if (!g_file_get_contents (path, &text, &n, &problem))
    return fail (error, path, problem->message);
  g_byte_array_append (out, (const guint8 *)text, (guint)n);
  g_byte_array_append (out, (const guint8 *)"\n", 1);
  return TRUE;
}

/* The system's certificates, where libcurl has them in a file that ours would take the place of. */
static const char *
system_file (void)
{
  const curl_version_info_data *info = curl_version_info (CURLVERSION_NOW);
  return info->capath == NULL ? info->cainfo : NULL;
}

GBytes *
ca_bundle_read (const char *ca_file, const char *directory, GError **error)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GError) problem = NULL;
  const char *first = ca_file != NULL ? ca_file : system_file ();
  const char *name;

  if (first != NULL && !append_file (out, first, error))
    return NULL;
  g_autoptr (GDir) dir = g_dir_open (directory, 0, &problem);
  if (dir == NULL) {
    fail (error, directory, problem->message);
    return NULL;
  }
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);
    if ((g_str_has_suffix (name, ".pem") || g_str_has_suffix (name, ".crt")) &&
        !append_file (out, path, error))
      return NULL;
  }
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}
