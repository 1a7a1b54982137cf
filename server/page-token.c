#include "server/page-token.h"

#include "core/digest.h"

#include <string.h>

/* Sixteen bytes of the hash, then the position; all in base64 with the URL alphabet, without padding. */
#define MAC_SIZE  16
#define MAX_TOKEN 8192

static void
authenticate (const PageTokenKey *key, const char *scope, const char *position, gsize n_position,
              guint8 out[DIGEST_SHA256_SIZE])
{
  /* The scope goes in as a hash of fixed length, so that no two pairs run together to the same bytes. */
  g_autoptr (GByteArray) message = g_byte_array_new ();
  guint8 scope_hash[DIGEST_SHA256_SIZE];
  digest_sha256 (scope, strlen (scope), scope_hash);
  g_byte_array_append (message, scope_hash, sizeof scope_hash);
  g_byte_array_append (message, (const guint8 *)position, (guint)n_position);
  digest_hmac_sha256 (key->bytes, sizeof key->bytes, message->data, message->len, out);
}

char *
page_token_seal (const PageTokenKey *key, const char *scope, const char *position, Arena *arena)
{
  guint8 mac[DIGEST_SHA256_SIZE];
  authenticate (key, scope, position, strlen (position), mac);
  g_autoptr (GByteArray) plain = g_byte_array_new ();
  g_byte_array_append (plain, mac, MAC_SIZE);
  g_byte_array_append (plain, (const guint8 *)position, (guint)strlen (position));
  g_autofree char *text = g_base64_encode (plain->data, plain->len);
  text[strcspn (text, "=")] = '\0';
  return arena_strdup (arena, g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_'));
}

const char *
page_token_open (const PageTokenKey *key, const char *scope, const char *token, Arena *arena)
{
  gsize length = strnlen (token, MAX_TOKEN + 1);
  if (length > MAX_TOKEN || length % 4 == 1 ||
      strspn (token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != length)
    return NULL;
  g_autofree char *padded = g_strdup_printf ("%s%.*s", token, (int)((4 - length % 4) % 4), "==");
  gsize n;
  g_autofree guint8 *plain =
      g_base64_decode (g_strdelimit (g_strdelimit (padded, "-", '+'), "_", '/'), &n);
  if (n < MAC_SIZE)
    return NULL;
  const char *position = (const char *)plain + MAC_SIZE;
  gsize n_position = n - MAC_SIZE;
  guint8 mac[DIGEST_SHA256_SIZE];
  authenticate (key, scope, position, n_position, mac);
  if (!digest_equal (mac, plain, MAC_SIZE) || memchr (position, '\0', n_position) != NULL)
    return NULL;
  return arena_strndup (arena, position, n_position);
}
