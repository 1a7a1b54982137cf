#include "core/digest.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

/*
 * Fetching an algorithm takes a lock and a search in libcrypto, many times the cost of hashing a small request. Each
 * thread therefore keeps its own fetched algorithms and contexts.
 */
typedef struct {
  EVP_MD *sha256;
  EVP_MD_CTX *sha256_ctx;
  EVP_MAC_CTX *hmac_ctx;
} ThreadTools;

struct Digest {
  EVP_MD *md;
  EVP_MD_CTX *ctx;
};

static void
must (int ok, const char *what)
{
  if (ok != 1)
    g_error ("libcrypto cannot %s: %s", what, ERR_error_string (ERR_get_error (), NULL));
}

static void
thread_tools_free (gpointer data)
{
  ThreadTools *tools = data;

  EVP_MAC_CTX_free (tools->hmac_ctx);
  EVP_MD_CTX_free (tools->sha256_ctx);
  EVP_MD_free (tools->sha256);
  g_free (tools);
}

static ThreadTools *
thread_tools (void)
{
  static GPrivate tools_of_thread = G_PRIVATE_INIT (thread_tools_free);
  ThreadTools *tools = g_private_get (&tools_of_thread);

  if (G_UNLIKELY (tools == NULL)) {
    char sha256[] = "SHA256";
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string ("digest", sha256, 0),
                            OSSL_PARAM_construct_end () };
    EVP_MAC *hmac = EVP_MAC_fetch (NULL, "HMAC", NULL);

    tools = g_new0 (ThreadTools, 1);
    tools->sha256 = EVP_MD_fetch (NULL, "SHA256", NULL);
    tools->sha256_ctx = EVP_MD_CTX_new ();
    must (hmac != NULL && tools->sha256 != NULL && tools->sha256_ctx != NULL,
          "provide SHA-256 and HMAC");
    tools->hmac_ctx = EVP_MAC_CTX_new (hmac);
    EVP_MAC_free (hmac);
    must (tools->hmac_ctx != NULL && EVP_MAC_CTX_set_params (tools->hmac_ctx, params),
          "prepare HMAC");
    g_private_set (&tools_of_thread, tools);
  }
  return tools;
}

void
digest_sha256 (gconstpointer data, gsize n, guint8 out[DIGEST_SHA256_SIZE])
{
  ThreadTools *tools = thread_tools ();

  must (EVP_DigestInit_ex2 (tools->sha256_ctx, tools->sha256, NULL), "start a hash");
  must (EVP_DigestUpdate (tools->sha256_ctx, data, n), "hash");
  must (EVP_DigestFinal_ex (tools->sha256_ctx, out, NULL), "finish a hash");
}

void
digest_sha256_hex (gconstpointer data, gsize n, char out[DIGEST_SHA256_HEX_SIZE])
{
  guint8 hash[DIGEST_SHA256_SIZE];

  digest_sha256 (data, n, hash);
  digest_hex (hash, sizeof hash, out);
}

void
digest_hmac_sha256 (gconstpointer key, gsize key_size, gconstpointer data, gsize n,
                    guint8 out[DIGEST_SHA256_SIZE])
{
  ThreadTools *tools = thread_tools ();
  gsize size;

  /* Without a key EVP_MAC_init would go on with the one before. */
  must (EVP_MAC_init (tools->hmac_ctx, key_size == 0 ? (const guint8 *)"" : key, key_size, NULL),
        "key HMAC");
  must (EVP_MAC_update (tools->hmac_ctx, data, n), "compute HMAC");
  must (EVP_MAC_final (tools->hmac_ctx, out, &size, DIGEST_SHA256_SIZE), "finish HMAC");
}

static const struct {
  const char *name;
  gsize size;
} algorithms[] = {
  [DIGEST_MD5] = { "MD5", 16 },
  [DIGEST_SHA1] = { "SHA1", 20 },
  [DIGEST_SHA256] = { "SHA256", 32 },
  [DIGEST_SHA512] = { "SHA512", 64 },
};

Digest *
digest_new (DigestAlgorithm algorithm)
{
  Digest *digest;

  g_assert ((gsize)algorithm < G_N_ELEMENTS (algorithms));
  digest = g_new (Digest, 1);
  digest->md = EVP_MD_fetch (NULL, algorithms[algorithm].name, NULL);
  digest->ctx = EVP_MD_CTX_new ();
  must (digest->md != NULL && digest->ctx != NULL, "provide the hash");
  must (EVP_DigestInit_ex2 (digest->ctx, digest->md, NULL), "start a hash");
  return digest;
}

void
digest_free (Digest *digest)
{
  if (digest == NULL)
    return;
  EVP_MD_CTX_free (digest->ctx);
  EVP_MD_free (digest->md);
  g_free (digest);
}

void
digest_update (Digest *digest, gconstpointer data, gsize n)
{
  must (EVP_DigestUpdate (digest->ctx, data, n), "hash");
}

gsize
digest_finish (Digest *digest, guint8 *out)
{
  guint size = 0;

  must (EVP_DigestFinal_ex (digest->ctx, out, &size), "finish a hash");
  must (EVP_DigestInit_ex2 (digest->ctx, digest->md, NULL), "start a hash");
  return size;
}

gsize
digest_size (DigestAlgorithm algorithm)
{
  g_assert ((gsize)algorithm < G_N_ELEMENTS (algorithms));
  return algorithms[algorithm].size;
}

void
digest_hex (const guint8 *bytes, gsize n, char *out)
{
  static const char digits[] = "0123456789abcdef";

  for (gsize i = 0; i < n; i++) {
    out[2 * i] = digits[bytes[i] >> 4];
    out[2 * i + 1] = digits[bytes[i] & 15];
  }
  out[2 * n] = '\0';
}

gboolean
digest_unhex (const char *text, guint8 *out, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    int high = g_ascii_xdigit_value (text[2 * i]);
    /* A text that ends early must not be read past its end. */
    int low = high < 0 ? -1 : g_ascii_xdigit_value (text[2 * i + 1]);

    if (low < 0)
      return FALSE;
    out[i] = (guint8)(high << 4 | low);
  }
  return text[2 * n] == '\0';
}

gboolean
digest_equal (gconstpointer a, gconstpointer b, gsize n)
{
  return CRYPTO_memcmp (a, b, n) == 0;
}
