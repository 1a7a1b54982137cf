#pragma once

#include "core/sigv4.h"

/*
 * The signature chain of aws-chunked uploads: each chunk's signature covers the one before it, the first one the request's
 * own; the empty last chunk is a chunk too; with a trailer, the trailer's signature ends the chain. Framing is
 * not done here: the caller cuts the stream into chunks and hashes their data.
 *
 *   sigv4_chunks_init (&chain, auth.amz_date, auth.scope, key, auth.signature);
 *   for each chunk: sigv4_chunks_verify (&chain, sha256 of its data, its chunk-signature, error)
 *
 * Thread rule: one thread at a time; a plain value.
 */
typedef struct {
  guint8 key[SIGV4_KEY_SIZE];
  guint8 previous[DIGEST_SHA256_SIZE];
  char prefix[256]; /* time and scope, with newlines */
} Sigv4Chunks;

/* FALSE (SIGV4_ERROR_INCOMPLETE) when the scope is longer than any real one. */
gboolean sigv4_chunks_init (Sigv4Chunks *chain, const char *amz_date, const char *scope,
                            const guint8 key[SIGV4_KEY_SIZE], const guint8 seed[DIGEST_SHA256_SIZE],
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The next signature; moves the chain on. */
void sigv4_chunks_sign (Sigv4Chunks *chain, const guint8 data_sha256[DIGEST_SHA256_SIZE],
                        guint8 out[DIGEST_SHA256_SIZE]);
/* trailer_sha256: hash over "name:value\n" of each trailing header but the signature's, in order of arrival. */
void sigv4_chunks_sign_trailer (Sigv4Chunks *chain, const guint8 trailer_sha256[DIGEST_SHA256_SIZE],
                                guint8 out[DIGEST_SHA256_SIZE]);

/* signature: the 64 hex digits that came with the chunk (NULL: MISMATCH). Raises MISMATCH; the chain is useless afterwards. */
gboolean sigv4_chunks_verify (Sigv4Chunks *chain, const guint8 data_sha256[DIGEST_SHA256_SIZE],
                              const char *signature, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean sigv4_chunks_verify_trailer (Sigv4Chunks *chain,
                                      const guint8 trailer_sha256[DIGEST_SHA256_SIZE],
                                      const char *signature, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
