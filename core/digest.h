#pragma once

#include <glib.h>

/*
 * Hashes over bytes in memory, and hex. A thin layer over libcrypto so that the rest of the program does not see it.
 * Checksums that are not cryptographic (CRC) are not here.
 *
 * Thread rule: functions without a Digest argument may be called from any thread; a Digest belongs to one thread at a time.
 * Failure of the library is a programming error (a hash it was built without) and aborts.
 */
#define DIGEST_SHA256_SIZE     32
#define DIGEST_SHA256_HEX_SIZE 65 /* with the terminating NUL */
#define DIGEST_MAX_SIZE        64

typedef enum {
  DIGEST_MD5,
  DIGEST_SHA1,
  DIGEST_SHA256,
  DIGEST_SHA512
} DigestAlgorithm;

/* One shot. data may be NULL when n is 0. */
void digest_sha256 (gconstpointer data, gsize n, guint8 out[DIGEST_SHA256_SIZE]);
void digest_sha256_hex (gconstpointer data, gsize n, char out[DIGEST_SHA256_HEX_SIZE]);
void digest_hmac_sha256 (gconstpointer key, gsize key_size, gconstpointer data, gsize n,
                         guint8 out[DIGEST_SHA256_SIZE]);

/* Piece by piece. After digest_finish the Digest starts afresh and can be used again. */
typedef struct Digest Digest;
Digest *digest_new (DigestAlgorithm algorithm) G_GNUC_WARN_UNUSED_RESULT;
void digest_free (Digest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Digest, digest_free)
void digest_update (Digest *digest, gconstpointer data, gsize n);
/* out has room for DIGEST_MAX_SIZE bytes or digest_size (algorithm). Returns the size. */
gsize digest_finish (Digest *digest, guint8 *out);
gsize digest_size (DigestAlgorithm algorithm);

/* Lower-case hex; out has 2 * n + 1 bytes. */
void digest_hex (const guint8 *bytes, gsize n, char *out);
/* Reads exactly 2 * n hex digits of either case and nothing after; FALSE when it is anything else. */
gboolean digest_unhex (const char *text, guint8 *out, gsize n) G_GNUC_WARN_UNUSED_RESULT;

/* Equal, in a time that depends on n alone. For signatures and other secrets. */
gboolean digest_equal (gconstpointer a, gconstpointer b, gsize n) G_GNUC_WARN_UNUSED_RESULT;
