#include "server/notifications/webhook-signature.h"

#include "core/digest.h"

#include <openssl/crypto.h>
#include <string.h>

#define PREFIX      "whsec_"
#define VERSION     "v1,"
#define LEAST_BYTES 16

/* GLib decodes whatever there is; a library of a receiver does not. */
static gboolean
is_base64 (const char *text)
{
  gsize length = strlen (text);
  gsize letters = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  gsize padding = strspn (text + letters, "=");
  return letters + padding == length && length % 4 == 0 && padding <= 2;
}

gboolean
webhook_secret_read (const char *text, GBytes **out, GError **error)
{
  g_autofree char *line = g_strdup (text);
  gsize length = 0;
  guchar *bytes;
  g_strchomp (line);
  if (g_str_has_prefix (line, PREFIX) && !is_base64 (line + strlen (PREFIX))) {
    explicit_bzero (line, strlen (line));
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                 "the secret is not base64 behind " PREFIX
                 "; `openssl rand -hex 32` makes a good one, without " PREFIX);
    return FALSE;
  }
  if (g_str_has_prefix (line, PREFIX)) {
    bytes = g_base64_decode (line + strlen (PREFIX), &length);
  } else {
    length = strlen (line);
    bytes = g_memdup2 (line, length);
  }
  explicit_bzero (line, strlen (line));
  if (length < LEAST_BYTES) {
    g_free (bytes);
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                 "the secret has less than %d bytes; `openssl rand -hex 32` makes a good one",
                 LEAST_BYTES);
    return FALSE;
  }
  *out = g_bytes_new_take (bytes, length);
  return TRUE;
}

static void
digest_of (GBytes *secret, const char *id, const char *timestamp, const char *body,
           gsize body_length, guint8 out[DIGEST_SHA256_SIZE])
{
  g_autoptr (GString) signed_text = g_string_new (NULL);
  gsize key_size;
  gconstpointer key = g_bytes_get_data (secret, &key_size);
  g_string_append_printf (signed_text, "%s.%s.", id, timestamp);
  g_string_append_len (signed_text, body, (gssize)body_length);
  digest_hmac_sha256 (key, key_size, signed_text->str, signed_text->len, out);
}

char *
webhook_sign (GBytes *secret, const char *id, gint64 timestamp_s, const char *body,
              gsize body_length, Arena *arena)
{
  guint8 digest[DIGEST_SHA256_SIZE];
  g_autofree char *timestamp = g_strdup_printf ("%" G_GINT64_FORMAT, timestamp_s);
  digest_of (secret, id, timestamp, body, body_length, digest);
  g_autofree char *text = g_base64_encode (digest, sizeof digest);
  return arena_printf (arena, VERSION "%s", text);
}

gboolean
webhook_verify (GBytes *secret, const char *id, const char *timestamp, const char *signatures,
                const char *body, gsize body_length, gint64 now_s, gint64 tolerance_s)
{
  guint8 digest[DIGEST_SHA256_SIZE];
  gint64 sent_s;
  if (!g_ascii_string_to_signed (timestamp, 10, 0, G_MAXINT64 / 2, &sent_s, NULL) ||
      ABS (now_s - sent_s) > tolerance_s)
    return FALSE;
  digest_of (secret, id, timestamp, body, body_length, digest);
  g_auto (GStrv) all = g_strsplit (signatures, " ", 8);
  gboolean found = FALSE;
  for (char **one = all; *one != NULL; one++) {
    gsize length = 0;
    if (!g_str_has_prefix (*one, VERSION))
      continue;
    g_autofree guchar *bytes = g_base64_decode (*one + strlen (VERSION), &length);
    found |= length == sizeof digest && CRYPTO_memcmp (bytes, digest, sizeof digest) == 0;
  }
  return found;
}
