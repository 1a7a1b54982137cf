#include "proto/http-wire.h"

#include <string.h>

static gboolean
is_secret (const char *name)
{
  static const char *const names[] = {
    "Authorization", "Proxy-Authorization", "X-Amz-Security-Token", "X-aws-ec2-metadata-token",
    "Cookie",        "Set-Cookie"
  };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (names[i], name) == 0)
      return TRUE;
  return FALSE;
}

/* A URL up to its query, and what follows the URL. */
static void
append_without_query (GString *out, const char *text)
{
  const char *query = strchr (text, '?');
  if (query == NULL) {
    g_string_append (out, text);
    return;
  }
  gsize n = strcspn (query, " ");
  g_string_append_len (out, text, query - text);
  g_string_append_printf (out, "?(%zu bytes)%s", n - 1, query + n);
}

static void
describe_line (char direction, const char *text, HttpWireLine line, gpointer ctx)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *colon = strchr (text, ':');
  const char *blank = strchr (text, ' ');
  gboolean is_header = colon != NULL && (blank == NULL || colon < blank);

  g_string_append_printf (out, "%c ", direction);
  if (is_header) {
    g_autofree char *name = g_strndup (text, (gsize)(colon - text));
    const char *value = colon + 1 + strspn (colon + 1, " \t");
    g_string_append_printf (out, "%s: ", name);
    if (is_secret (name))
      g_string_append_printf (out, "(%zu bytes)", strlen (value));
    else
      append_without_query (out, value);
  } else {
    append_without_query (out, text);
  }
  line (ctx, out->str);
}

void
http_wire_describe (char direction, const char *bytes, gsize n, HttpWireLine line, gpointer ctx)
{
  const char *end = bytes + n;

  while (bytes < end) {
    const char *stop = memchr (bytes, '\n', (gsize)(end - bytes));
    gsize length = (gsize)((stop != NULL ? stop : end) - bytes);
    g_autofree char *text = g_strchomp (g_strndup (bytes, length));
    if (text[0] != '\0')
      describe_line (direction, text, line, ctx);
    bytes += length + 1;
  }
}

void
http_wire_tell_end (const char *method, const char *origin, const gint64 *size, const GError *error,
                    HttpWireLine line, gpointer ctx)
{
  g_autofree char *text =
      error != NULL
          ? g_strdup_printf ("= %s %s: %s", method, origin, error->message)
          : g_strdup_printf ("= %s %s: %" G_GINT64_FORMAT " bytes", method, origin, *size);
  line (ctx, text);
}
