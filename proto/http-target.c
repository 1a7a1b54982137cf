#include "proto/http-target.h"

#include <string.h>

#include <curl/curl.h>

#include "proto/http-client.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CURLU, curl_url_cleanup)

void
http_target_clear (HttpTarget *target)
{
  g_free (target->origin);
  g_free (target->host);
  g_free (target->path);
  g_free (target->query);
}

static char *
url_part (CURLU *url, CURLUPart part)
{
  char *text = NULL;

  if (curl_url_get (url, part, &text, 0) != CURLUE_OK)
    return NULL;
  char *copy = g_strdup (text);
  curl_free (text);
  return copy;
}

gboolean
http_target_parse (const char *text, HttpTarget *target, GError **error)
{
  g_autoptr (CURLU) url = curl_url ();

  if (curl_url_set (url, CURLUPART_URL, text, CURLU_PATH_AS_IS) != CURLUE_OK) {
    g_set_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS, "\"%s\" is not a URL", text);
    return FALSE;
  }
  g_autofree char *scheme = url_part (url, CURLUPART_SCHEME);
  g_autofree char *host = url_part (url, CURLUPART_HOST);
  g_autofree char *port = url_part (url, CURLUPART_PORT);
  gboolean https = g_strcmp0 (scheme, "https") == 0;
  if (host == NULL || (!https && g_strcmp0 (scheme, "http") != 0)) {
    g_set_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS,
                 "\"%s\" is not an http or https URL", text);
    return FALSE;
  }
  gboolean usual = port == NULL || strcmp (port, https ? "443" : "80") == 0;
  target->host = usual ? g_strdup (host) : g_strdup_printf ("%s:%s", host, port);
  target->origin = g_strdup_printf ("%s://%s", scheme, target->host);
  target->path = url_part (url, CURLUPART_PATH);
  target->query = url_part (url, CURLUPART_QUERY);
  return TRUE;
}
