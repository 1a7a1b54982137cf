#pragma once

#include "core/ambient.h"
#include "core/sigv4.h"
#include "proto/api-operation.h"
#include "server/http-server.h"
#include "server/keyring.h"
#include "server/log.h"
#include "server/rate-limit.h"
#include "server/settings.h"
#include "store/store.h"

/* Who sent this request? Signature version 4, for the JSON services and for objects, over the access keys of the store.
 *
 * Keys come from the keyring's cache; one that is not there is read by a store thread, so the answer may come later
 * and on another thread. What the principal may do is not asked here. A peer that names too many keys that do not exist is
 * not looked up keys for: whoever has none costs the store nothing (the setting rate_unknown_keys).
 *
 * A signature that does not hold is told in the log, with the key and the peer: it is nobody's, so the audit cannot have it. Requests
 * without a signature are not: browsers and monitors make them.
 *
 * Errors, to be put into words by the caller: those of SIGV4_ERROR, and of AUTHENTICATE_ERROR; a store failure
 * keeps its STORE_ERROR. Messages hold no secrets. */
#define AUTHENTICATE_ERROR (authenticate_error_quark ())
GQuark authenticate_error_quark (void);
typedef enum {                    /*                            JSON services        S3 */
  AUTHENTICATE_ERROR_UNKNOWN_KEY, /* no such key, or disabled   UnrecognizedClient   InvalidAccessKeyId */
  AUTHENTICATE_ERROR_TOKEN,       /* token missing or wrong     UnrecognizedClient   InvalidToken */
  AUTHENTICATE_ERROR_TOKEN_EXPIRED, /* a temporary key's end      ExpiredToken         ExpiredToken */
  AUTHENTICATE_ERROR_THROTTLED      /* peer tries too many keys   Throttling           SlowDown */
} AuthenticateError;

/* The names that requests to POST / may be signed for: the one place to add a service's (api.md 1.6 and 8, agent.md 1.2). The first is
 * the one that a refusal recommends. */
#define AUTHENTICATE_API_NAMES(X)                                                                  \
  X ("codedeploy")                                                                                 \
  X ("codedeploy-commands")                                                                        \
  X ("codedeploy-commands-secure")                                                                 \
  X ("iam")                                                                                        \
  X ("sts")                                                                                        \
  X ("cloudtrail")

typedef enum {
  AUTHENTICATE_API,    /* any of our JSON services; 300 s of skew (a setting) */
  AUTHENTICATE_OBJECTS /* s3 */
} AuthenticateService;

/* What it stands on; constant after start. */
typedef struct {
  Keyring *keyring;
  Store *store;
  const Settings *settings;
  const Ambient *ambient;
  Metrics *metrics;
  RateLimiter *limiter; /* NULL: no limits */
  const Log *log;       /* NULL: none */
} Authenticator;

/* The answer. In the caller's arena, but for key, which authentication_clear gives back. */
typedef struct {
  Sigv4Request request;
  Sigv4Auth auth;
  const Principal *principal; /* lives as long as key */
  KeyringKey *key;
} Authentication;

void authentication_clear (Authentication *authentication);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Authentication, authentication_clear)

typedef enum {
  AUTHENTICATE_ACCEPTED,
  AUTHENTICATE_REFUSED, /* *error is set */
  AUTHENTICATE_NEEDS_KEY /* grammar, scope and clock are right; the key has to be read: use authenticate () */
} AuthenticateVerdict;

/* Never blocks, never waits. body_sha256 as in sigv4_verify: NULL while the body is not there (objects only). */
AuthenticateVerdict authenticate_now (const Authenticator *authenticator,
                                      const HttpExchange *exchange, AuthenticateService service,
                                      const guint8 *body_sha256, Arena *arena, Authentication *out,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* error NULL: accepted, and *authentication (the one given) is filled. */
typedef void (*AuthenticateDone) (gpointer data, const GError *error);

/* The same, reading the key if needed: done is called exactly once, before the return or later from a store thread. All
 * arguments live until then; body_sha256 (32 bytes) is copied. */
void authenticate (const Authenticator *authenticator, const HttpExchange *exchange,
                   AuthenticateService service, const guint8 *body_sha256, Arena *arena,
                   Authentication *out, AuthenticateDone done, gpointer data);

/* For callers on a thread of their own that have taken the request apart themselves: blocks while the key is read. Verifies
 * over x-amz-content-sha256 as sent. peer: http_exchange_peer_network. *out: the caller's key, to be given back with keyring_key_unref; out_signing_key is for chunk
 * signatures. */
gboolean authenticate_blocking (const Authenticator *authenticator, AuthenticateService service,
                                const Sigv4Request *request, const Sigv4Auth *auth,
                                const char *peer, KeyringKey **out,
                                guint8 out_signing_key[SIGV4_KEY_SIZE], GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Is the request signed for the service of the operation that it turned out to be for? The services share an endpoint, their names must
 * not: a signature for one is none for another. Raises InvalidSignatureException, in API_ERROR. */
gboolean authenticate_scope_fits (const Sigv4Auth *auth, const ApiOperation *op, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The error as the JSON services say it, in API_ERROR. */
void authenticate_error_to_api (const GError *from, GError **error);
