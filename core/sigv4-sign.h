#pragma once

#include "core/sigv4.h"

/*
 * Signing requests as a client: headers, or a presigned query.
 *
 * Thread rule: any thread. Results live in the caller's arena.
 */
typedef struct {
  const char *access_key_id;
  const char *secret_access_key;
  const char *session_token; /* NULL when there is none */
} Sigv4Credentials;

typedef struct {
  const Sigv4Credentials *credentials;
  Sigv4Dialect dialect;
  const char *region;
  const char *service;
  gint64 time_ms;
} Sigv4Signer;

/* Headers to add to a request; at most four. */
typedef struct {
  gsize n;
  Sigv4Header headers[4];
  guint8 key[SIGV4_KEY_SIZE];           /* for sigv4-chunks: the signing key */
  guint8 signature[DIGEST_SHA256_SIZE]; /* and the seed signature */
} Sigv4Signature;

/*
 * Signs all headers of the request (a Host header must be among them) but authorization, connection, user-agent, expect,
 * transfer-encoding and x-amzn-trace-id, and those it adds: X-Amz-Date, X-Amz-Security-Token with a session token, and with the S3
 * dialect X-Amz-Content-Sha256. payload is the hex hash of the body or a keyword of Sigv4Payload; NULL: no body.
 */
void sigv4_sign_headers (const Sigv4Signer *signer, const Sigv4Request *request,
                         const char *payload, Arena *arena, Sigv4Signature *out);

/*
 * The whole query string (the request's own query included) of a presigned request; the same headers are signed, which
 * should be Host alone for a link that people can paste. payload NULL: UNSIGNED-PAYLOAD for S3, no body for others.
 * expires_s: 1 .. 604800.
 */
char *sigv4_presign_query (const Sigv4Signer *signer, const Sigv4Request *request,
                           const char *payload, gint64 expires_s, Arena *arena);
