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

/* What may be a secret is not told: users, passwords, queries. */
static void
refuse (const char *text, const char *what, GError **error)
{
  const char *slashes = strstr (text, "://");
  const char *authority = slashes != NULL ? slashes + strlen ("://") : text;
  const char *end = text + strcspn (text, "?#");
  const char *at = g_strrstr_len (authority, MAX (end - authority, 0), "@");
  const char *from = at != NULL ? at + 1 : authority;
  g_set_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS, "\"%.*s%.*s\" %s",
               (int)(authority - text), text, (int)MAX (end - from, 0), from, what);
}

gboolean
http_target_parse (const char *text, HttpTarget *target, GError **error)
{
  g_autoptr (CURLU) url = curl_url ();

  if (curl_url_set (url, CURLUPART_URL, text, CURLU_PATH_AS_IS) != CURLUE_OK) {
    refuse (text, "is not a URL", error);
    return FALSE;
  }
  g_autofree char *scheme = url_part (url, CURLUPART_SCHEME);
  g_autofree char *host = url_part (url, CURLUPART_HOST);
  g_autofree char *port = url_part (url, CURLUPART_PORT);
  gboolean https = g_strcmp0 (scheme, "https") == 0;
  if (host == NULL || (!https && g_strcmp0 (scheme, "http") != 0)) {
    refuse (text, "is not an http or https URL", error);
    return FALSE;
  }
  gboolean usual = port == NULL || strcmp (port, https ? "443" : "80") == 0;
  target->host = usual ? g_strdup (host) : g_strdup_printf ("%s:%s", host, port);
  target->origin = g_strdup_printf ("%s://%s", scheme, target->host);
  target->path = url_part (url, CURLUPART_PATH);
  target->query = url_part (url, CURLUPART_QUERY);
  return TRUE;
}
