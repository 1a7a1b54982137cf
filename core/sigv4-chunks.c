#include "core/sigv4-chunks.h"

#include <string.h>

#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

gboolean
sigv4_chunks_init (Sigv4Chunks *chain, const char *amz_date, const char *scope,
                   const guint8 key[SIGV4_KEY_SIZE], const guint8 seed[DIGEST_SHA256_SIZE],
                   GError **error)
{
  int n = g_snprintf (chain->prefix, sizeof chain->prefix, "%s\n%s\n", amz_date, scope);

  if (n < 0 || (gsize)n >= sizeof chain->prefix) {
    g_set_error_literal (error, SIGV4_ERROR, SIGV4_ERROR_INCOMPLETE,
                         "the credential's scope is too long");
    return FALSE;
  }
  memcpy (chain->key, key, sizeof chain->key);
  memcpy (chain->previous, seed, sizeof chain->previous);
  return TRUE;
}

/* middle: what stands between the previous signature and the data's hash. */
static void
advance (Sigv4Chunks *chain, const char *algorithm, const char *middle, const guint8 *sha256,
         guint8 *out)
{
  char previous[DIGEST_SHA256_HEX_SIZE];
  char hash[DIGEST_SHA256_HEX_SIZE];
  char text[sizeof chain->prefix + 3 * DIGEST_SHA256_HEX_SIZE + 64];
  int n;

  digest_hex (chain->previous, sizeof chain->previous, previous);
  digest_hex (sha256, DIGEST_SHA256_SIZE, hash);
  n = g_snprintf (text, sizeof text, "%s\n%s%s\n%s%s", algorithm, chain->prefix, previous, middle,
                  hash);
  g_assert (n > 0 && (gsize)n < sizeof text);
  digest_hmac_sha256 (chain->key, sizeof chain->key, text, (gsize)n, chain->previous);
  memcpy (out, chain->previous, sizeof chain->previous);
}

void
sigv4_chunks_sign (Sigv4Chunks *chain, const guint8 data_sha256[DIGEST_SHA256_SIZE],
                   guint8 out[DIGEST_SHA256_SIZE])
{
  advance (chain, "AWS4-HMAC-SHA256-PAYLOAD", EMPTY_SHA256 "\n", data_sha256, out);
}

void
sigv4_chunks_sign_trailer (Sigv4Chunks *chain, const guint8 trailer_sha256[DIGEST_SHA256_SIZE],
                           guint8 out[DIGEST_SHA256_SIZE])
{
  advance (chain, "AWS4-HMAC-SHA256-TRAILER", "", trailer_sha256, out);
}

static gboolean
compare (const guint8 expected[DIGEST_SHA256_SIZE], const char *signature, const char *what,
         GError **error)
{
  guint8 given[DIGEST_SHA256_SIZE];

  if (signature != NULL && digest_unhex (signature, given, sizeof given) &&
      digest_equal (expected, given, sizeof given))
    return TRUE;
  g_set_error (error, SIGV4_ERROR, SIGV4_ERROR_MISMATCH, "the signature of %s is %s", what,
               signature == NULL ? "missing" : "wrong");
  return FALSE;
}

gboolean
sigv4_chunks_verify (Sigv4Chunks *chain, const guint8 data_sha256[DIGEST_SHA256_SIZE],
                     const char *signature, GError **error)
{
  guint8 expected[DIGEST_SHA256_SIZE];

  sigv4_chunks_sign (chain, data_sha256, expected);
  return compare (expected, signature, "a chunk", error);
}

gboolean
sigv4_chunks_verify_trailer (Sigv4Chunks *chain, const guint8 trailer_sha256[DIGEST_SHA256_SIZE],
                             const char *signature, GError **error)
{
  guint8 expected[DIGEST_SHA256_SIZE];

  sigv4_chunks_sign_trailer (chain, trailer_sha256, expected);
  return compare (expected, signature, "the trailer", error);
}
