#pragma once

#include "core/arena.h"
#include "core/digest.h"
#include "core/enum-names.h"

/*
 * AWS Signature Version 4: verifying a request's signature (api.md 1.6), in the header form and the presigned query form, for
 * JSON services and for S3. Taking the credentials apart is in sigv4-parse.h, signing in sigv4-sign.h, the chunk signatures of S3
 * uploads in sigv4-chunks.h.
 *
 * It does not know keys: the caller parses, looks the access key up, derives (and caches) the signing key, verifies.
 *
 *   Sigv4Auth auth;
 *   if (!sigv4_parse (&request, arena, &auth, error)) ...
 *   secret = look up auth.access_key_id
 *   sigv4_derive_key (secret, auth.date, auth.region, auth.service, key);   // good for the whole day: cache it
 *   if (!sigv4_verify (&request, &auth, &rules, key, now_ms, body_sha256, error)) ...
 *
 * Thread rule: any thread; no state but a per-thread hash context.
 */

/* One header as it arrived: name in any case, value untrimmed or trimmed. Repeated headers come repeatedly, in order. */
typedef struct {
  const char *name;
  const char *value;
} Sigv4Header;

/* All borrowed. path and query are as they stood on the request line: undecoded. */
typedef struct {
  const char *method;
  const char *path;  /* "" counts as "/" */
  const char *query; /* without "?"; NULL or "" for none */
  const Sigv4Header *headers;
  gsize n_headers;
} Sigv4Request;

/* S3 neither normalises the path nor encodes it a second time. */
typedef enum {
  SIGV4_DIALECT_JSON,
  SIGV4_DIALECT_S3
} Sigv4Dialect;

#define SIGV4_MAX_SKEW_JSON_S    300
#define SIGV4_MAX_SKEW_S3_S      900
#define SIGV4_MAX_EXPIRES_S      604800
#define SIGV4_MAX_SIGNED_HEADERS 100
#define SIGV4_KEY_SIZE           DIGEST_SHA256_SIZE

/* What x-amz-content-sha256 says. */
#define SIGV4_PAYLOAD_LIST(X)                                                                      \
  X (SIGV4_PAYLOAD_ABSENT, "")                                                                     \
  X (SIGV4_PAYLOAD_HASH, "hash") /* 64 hex digits */                                               \
  X (SIGV4_PAYLOAD_UNSIGNED, "UNSIGNED-PAYLOAD")                                                   \
  X (SIGV4_PAYLOAD_CHUNKS, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")                                   \
  X (SIGV4_PAYLOAD_CHUNKS_TRAILER, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")                   \
  X (SIGV4_PAYLOAD_UNSIGNED_TRAILER, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")                         \
  X (SIGV4_PAYLOAD_OTHER, "other") /* any other text */

ENUM_NAMES_TYPE (Sigv4Payload, SIGV4_PAYLOAD_LIST);
ENUM_NAMES_DECLARE (Sigv4Payload, sigv4_payload)

/* The credentials of a request, taken apart. Strings live in the arena given to sigv4_parse. */
typedef struct {
  gboolean presigned;
  const char *access_key_id;
  const char *scope; /* date/region/service/aws4_request, as sent */
  const char *date;  /* yyyymmdd */
  const char *region;
  const char *service;
  const char *terminator;
  const char *amz_date;        /* yyyymmddThhmmssZ, also when it came in a Date header */
  gint64 time_ms;              /* the same instant */
  gint64 expires_s;            /* presigned: 1 .. 604800; else 0 */
  const char *session_token;   /* NULL when there is none */
  const char **signed_headers; /* lower-case names in the order sent */
  gsize n_signed_headers;
  const char *signed_headers_text; /* a;b;c */
  guint8 signature[DIGEST_SHA256_SIZE];
  Sigv4Payload payload;
  const char *payload_text; /* x-amz-content-sha256 as sent; NULL when absent */
  guint8
      payload_sha256[DIGEST_SHA256_SIZE]; /* for SIGV4_PAYLOAD_HASH: the hash the body must have */
} Sigv4Auth;

/* What a service accepts. */
typedef struct {
  Sigv4Dialect dialect;
  const char *const *services; /* NULL-terminated; NULL: any */
  const char *const *regions;  /* NULL-terminated; NULL: any */
  gint64 max_skew_s;
} Sigv4Rules;

/* Texts are as AWS words them where people look for them. */
#define SIGV4_ERROR (sigv4_error_quark ())
GQuark sigv4_error_quark (void);
typedef enum {               /*                              JSON services                S3 */
  SIGV4_ERROR_MISSING_TOKEN, /* not signed at all            MissingAuthenticationToken   AccessDenied */
  SIGV4_ERROR_INCOMPLETE, /* a part missing or unreadable IncompleteSignature          AuthorizationHeaderMalformed or, presigned, AuthorizationQueryParametersError */
  SIGV4_ERROR_SCOPE, /* date, region, service, end   InvalidSignature             AuthorizationHeaderMalformed */
  SIGV4_ERROR_UNSIGNED_HEADER, /* host or x-amz-* not signed   InvalidSignature             AccessDenied */
  SIGV4_ERROR_EXPIRED, /* "Signature expired: ..."     InvalidSignature             RequestTimeTooSkewed */
  SIGV4_ERROR_NOT_YET_CURRENT, /* "Signature not yet ..."      InvalidSignature             RequestTimeTooSkewed */
  SIGV4_ERROR_PRESIGNED_EXPIRED, /* past X-Amz-Expires           InvalidSignature             AccessDenied */
  SIGV4_ERROR_PAYLOAD, /* body is not what was signed  InvalidSignature             XAmzContentSHA256Mismatch */
  SIGV4_ERROR_PAYLOAD_KIND, /* a kind not accepted here     InvalidSignature             InvalidRequest */
  SIGV4_ERROR_MISMATCH /* the signature is wrong       InvalidSignature             SignatureDoesNotMatch */
} Sigv4Error;

/* HMAC chain over "AWS4" + secret: date, region, service, aws4_request. */
void sigv4_derive_key (const char *secret, const char *date, const char *region,
                       const char *service, guint8 out[SIGV4_KEY_SIZE]);

/*
 * Everything that needs no body: scope, clock, signed headers. Called by sigv4_verify; on its own for refusing early.
 * Raises SCOPE, UNSIGNED_HEADER, EXPIRED, NOT_YET_CURRENT, PRESIGNED_EXPIRED, PAYLOAD_KIND.
 */
gboolean sigv4_check (const Sigv4Request *request, const Sigv4Auth *auth, const Sigv4Rules *rules,
                      gint64 now_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * The whole verdict. body_sha256 is the hash of the raw body bytes; for JSON services it must be given, and must equal
 * x-amz-content-sha256 where that is present. For S3 it may be NULL while the body has not been read: then the signature is
 * verified over x-amz-content-sha256 as sent, and for SIGV4_PAYLOAD_HASH the caller compares the body with auth->payload_sha256
 * when it has arrived (absent: a presigned request, UNSIGNED-PAYLOAD).
 */
gboolean sigv4_verify (const Sigv4Request *request, const Sigv4Auth *auth, const Sigv4Rules *rules,
                       const guint8 key[SIGV4_KEY_SIZE], gint64 now_ms, const guint8 *body_sha256,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
