#include "agent/bundle-url.h"

#include <arpa/inet.h>
#include <string.h>

#define MAX_REASON_BYTES 300
#define GITEA_SUFFIX     "/api/v1"

static void
append_encoded (GString *out, const char *text, const char *also)
{
  for (const guchar *at = (const guchar *)text; *at != '\0'; at++) {
    if (g_ascii_isalnum (*at) || strchr ("-._~", *at) != NULL ||
        (also[0] != '\0' && *at == (guchar)also[0]))
      g_string_append_c (out, (char)*at);
    else
      g_string_append_printf (out, "%%%02X", *at);
  }
}

/* Where the host begins, behind the scheme. */
static const char *
host_of (const char *url)
{
  const char *scheme_end = strstr (url, "://");
  return scheme_end != NULL ? scheme_end + 3 : url;
}

static gboolean
is_address (const char *host)
{
  guint8 parsed[sizeof (struct in6_addr)];
  g_autofree char *name = g_strndup (host, strcspn (host, ":/"));
  return host[0] == '[' || inet_pton (AF_INET, name, parsed) == 1;
}

static gboolean
fits_host (const char *endpoint, const char *bucket)
{
  gboolean dotted = strchr (bucket, '.') != NULL && g_str_has_prefix (endpoint, "https:");
  return !dotted && !is_address (host_of (endpoint));
}

char *
bundle_url_s3 (const char *endpoint, BundleS3Addressing addressing, const SpecRevision *revision)
{
  g_autoptr (GString) url = g_string_new (NULL);
  if (addressing == BUNDLE_S3_VIRTUAL && fits_host (endpoint, revision->bucket)) {
    const char *host = host_of (endpoint);
    g_string_append_len (url, endpoint, host - endpoint);
    append_encoded (url, revision->bucket, "");
    g_string_append_printf (url, ".%s", host);
  } else {
    g_string_append_printf (url, "%s/", endpoint);
    append_encoded (url, revision->bucket, "");
  }
  g_string_append_c (url, '/');
  append_encoded (url, revision->key, "/");
  if (revision->version != NULL) {
    g_string_append (url, "?versionId=");
    append_encoded (url, revision->version, "");
  }
  return g_string_free (g_steal_pointer (&url), FALSE);
}

char *
bundle_url_github (const char *endpoint, const SpecRevision *revision, GError **error)
{
  const char *type = revision->bundle_type != NULL ? revision->bundle_type : "tar";
  gboolean zip = strcmp (type, "zip") == 0;
  if (strcmp (type, "tar") != 0 && !zip) {
    g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED,
                 "GitHub makes bundles of type tar and zip, not \"%s\"", type);
    return NULL;
  }
  g_autoptr (GString) url = g_string_new (endpoint);
  while (url->len > 0 && url->str[url->len - 1] == '/')
    g_string_truncate (url, url->len - 1);
  gboolean gitea = g_str_has_suffix (url->str, GITEA_SUFFIX);
  g_string_append (url, "/repos/");
  append_encoded (url, revision->account, "");
  g_string_append_c (url, '/');
  append_encoded (url, revision->repository, "");
  g_string_append (url, gitea ? "/archive/" : zip ? "/zipball/" : "/tarball/");
  append_encoded (url, revision->commit_id, "");
  if (gitea)
    g_string_append (url, zip ? ".zip" : ".tar.gz");
  return g_string_free (g_steal_pointer (&url), FALSE);
}

/* Length of scheme, host and port. */
static gsize
origin_length (const char *url)
{
  const char *host = host_of (url);
  return (gsize)(host - url) + strcspn (host, "/?#");
}

char *
bundle_url_redirect (const char *url, const char *location, gboolean *out_same_server)
{
  gsize n = origin_length (url);

  if (location[0] == '/' && location[1] != '/') {
    *out_same_server = TRUE;
    return g_strdup_printf ("%.*s%s", (int)n, url, location);
  }
  gboolean down = g_str_has_prefix (url, "https://") && !g_str_has_prefix (location, "https://");
  if (down || (!g_str_has_prefix (location, "https://") && !g_str_has_prefix (location, "http://")))
    return NULL;
  *out_same_server = origin_length (location) == n && g_ascii_strncasecmp (url, location, n) == 0;
  return g_strdup (location);
}

static char *
without_quotes (const char *etag)
{
  GString *out = g_string_new (NULL);
  for (; *etag != '\0'; etag++)
    if (*etag != '"')
      g_string_append_c (out, *etag);
  return g_string_free (out, FALSE);
}

gboolean
bundle_etags_match (const char *one, const char *other)
{
  g_autofree char *a = without_quotes (one);
  g_autofree char *b = without_quotes (other);
  return strcmp (a, b) == 0;
}

/* The text of an XML element up to its end, with the five predefined entities undone. */
static void
append_xml_text (GString *out, const char *xml)
{
  static const struct {
    const char *entity;
    char character;
  } entities[] = {
    { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' },
  };
  while (*xml != '\0' && *xml != '<') {
    gsize i = 0;
    while (i < G_N_ELEMENTS (entities) && !g_str_has_prefix (xml, entities[i].entity))
      i++;
    g_string_append_c (out, i < G_N_ELEMENTS (entities) ? entities[i].character : *xml);
    xml += i < G_N_ELEMENTS (entities) ? strlen (entities[i].entity) : 1;
  }
}

char *
bundle_s3_reason (const char *body, gsize n)
{
  g_autofree char *start = g_utf8_make_valid (body != NULL ? body : "", (gssize)MIN (n, 2000));
  const char *code = strstr (start, "<Code>");
  const char *message = strstr (start, "<Message>");
  if (code == NULL)
    return g_strndup (g_strstrip (start), MAX_REASON_BYTES);
  g_autoptr (GString) out = g_string_new (NULL);
  append_xml_text (out, code + strlen ("<Code>"));
  if (message != NULL) {
    g_string_append (out, ": ");
    append_xml_text (out, message + strlen ("<Message>"));
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}
