#pragma once

#include "core/sigv4.h"

/*
 * The texts that a signature covers: canonical request and string to sign. Shared by signing and verifying; others have
 * no use for it but to show a person why two signatures differ.
 *
 * Thread rule: any thread.
 */

/*
 * Appends the canonical request. signed_headers are lower-case names; a name that the request lacks counts as an empty value.
 * X-Amz-Signature is left out of the query. payload is the last line: a hex hash or a keyword.
 */
void sigv4_canonical_request (const Sigv4Request *request, Sigv4Dialect dialect,
                              const char *const *signed_headers, gsize n_signed_headers,
                              const char *payload, GString *out);

/* Appends the path in canonical form. */
void sigv4_canonical_path (const char *path, Sigv4Dialect dialect, GString *out);
/* Appends the query, sorted by encoded name, then value. "+" is a blank for S3, which reads queries so, and itself for others. */
void sigv4_canonical_query (const char *query, Sigv4Dialect dialect, GString *out);
/* Appends text percent-encoded as RFC 3986 unreserved; '/' is kept when keep_slash. */
typedef enum {
  SIGV4_ENCODE_SLASH,
  SIGV4_KEEP_SLASH
} Sigv4Slash;
void sigv4_encode (const char *text, gsize n, Sigv4Slash slash, GString *out);

/* HMAC of the string to sign made of algorithm, time, scope and the canonical request's hash. */
void sigv4_signature (const guint8 key[SIGV4_KEY_SIZE], const char *amz_date, const char *scope,
                      const GString *canonical_request, guint8 out[DIGEST_SHA256_SIZE]);
