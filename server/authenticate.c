#include "server/authenticate.h"

#include <string.h>

#include "core/sigv4-parse.h"
#include "proto/api-error.h"

#define MAX_TOLD_KEY_ID 64

G_DEFINE_QUARK (slipway_authenticate_error, authenticate_error)

#define SIGNING_NAME_TEXT(name) name,
static const char *const api_services[] = { AUTHENTICATE_API_NAMES (SIGNING_NAME_TEXT) NULL };
static const char *const object_services[] = { "s3", NULL };

void
authentication_clear (Authentication *authentication)
{
  g_clear_pointer (&authentication->key, keyring_key_unref);
  authentication->principal = NULL;
}

/* ---- the parts ---- */

static Sigv4Rules
rules_for (const Authenticator *authenticator, AuthenticateService service, const Sigv4Auth *auth)
{
  const Settings *settings = authenticator->settings;
  gboolean api = service == AUTHENTICATE_API;
  /* Those of identity are global services: clients sign for the partition's first region, wherever they are. */
  gboolean global = strcmp (auth->service, "iam") == 0 || strcmp (auth->service, "sts") == 0;
  return (Sigv4Rules){
    .dialect = api ? SIGV4_DIALECT_JSON : SIGV4_DIALECT_S3,
    .services = api ? api_services : object_services,
    .regions = global || settings->allowed_regions[0] == NULL ? NULL : settings->allowed_regions,
    .max_skew_s = api ? settings->clock_skew_s : MAX (SIGV4_MAX_SKEW_S3_S, settings->clock_skew_s),
  };
}

static void
describe_request (const HttpExchange *exchange, Arena *arena, Sigv4Request *out)
{
  gsize n = 0;
  const HttpHeader *headers = http_exchange_headers (exchange, &n);
  Sigv4Header *copies = arena_new0_n (arena, Sigv4Header, n + 1);
  for (gsize i = 0; i < n; i++)
    copies[i] = (Sigv4Header){ headers[i].name, headers[i].value };
  *out = (Sigv4Request){
    .method = http_exchange_method (exchange),
    .path = http_exchange_path (exchange),
    .query = http_exchange_query (exchange),
    .headers = copies,
    .n_headers = n,
  };
}

static gboolean
check_key (const KeyringKey *key, const Sigv4Auth *auth, gint64 now_ms, GError **error)
{
  if (key == NULL || keyring_key_is_disabled (key)) {
    g_set_error_literal (error, AUTHENTICATE_ERROR, AUTHENTICATE_ERROR_UNKNOWN_KEY,
                         "The security token included in the request is invalid.");
    return FALSE;
  }
  if (!keyring_key_token_matches (key, auth->session_token)) {
    g_set_error_literal (error, AUTHENTICATE_ERROR, AUTHENTICATE_ERROR_TOKEN,
                         "The security token included in the request is invalid.");
    return FALSE;
  }
  gint64 expire_ms = keyring_key_expire_ms (key);
  if (expire_ms != 0 && now_ms >= expire_ms) {
    g_set_error_literal (error, AUTHENTICATE_ERROR, AUTHENTICATE_ERROR_TOKEN_EXPIRED,
                         "The security token included in the request is expired");
    return FALSE;
  }
  return TRUE;
}

/* May this peer have a key looked up? Keys that are found cost it nothing. */
static gboolean
may_look_up (const Authenticator *authenticator, const char *peer, GError **error)
{
  if (rate_limiter_allows (authenticator->limiter, RATE_UNKNOWN_KEYS, peer, NULL))
    return TRUE;
  g_set_error_literal (error, AUTHENTICATE_ERROR, AUTHENTICATE_ERROR_THROTTLED, "Rate exceeded");
  return FALSE;
}

static void
count_unknown_key (const Authenticator *authenticator, const char *peer)
{
  if (!rate_limiter_take (authenticator->limiter, RATE_UNKNOWN_KEYS, peer, NULL))
    return; /* several look-ups at once: the limit is reached all the same */
}

/* With the key at hand: the verdict. */
static gboolean
verify (const Authenticator *authenticator, AuthenticateService service, KeyringKey *key,
        const Sigv4Request *request, const Sigv4Auth *auth, const guint8 *body_sha256,
        guint8 out_key[SIGV4_KEY_SIZE], GError **error)
{
  gint64 now_ms = ambient_now_ms (authenticator->ambient);
  Sigv4Rules rules = rules_for (authenticator, service, auth);
  if (!check_key (key, auth, now_ms, error))
    return FALSE;
  keyring_key_derive (key, auth->date, auth->region, auth->service, out_key);
  return sigv4_verify (request, auth, &rules, out_key, now_ms, body_sha256, error);
}

/* So many lines a second for each peer as it may try keys: the disk is not for strangers to fill. */
static gboolean
is_worth_a_line (const Authenticator *authenticator, const char *peer, const GError *why)
{
  return !g_error_matches (why, SIGV4_ERROR, SIGV4_ERROR_MISSING_TOKEN) &&
         !g_error_matches (why, AUTHENTICATE_ERROR, AUTHENTICATE_ERROR_THROTTLED) &&
         rate_limiter_take (authenticator->limiter, RATE_TOLD_REFUSALS, peer, NULL);
}

static AuthenticateVerdict
refused (const Authenticator *authenticator, const char *peer, const Sigv4Auth *auth,
         GError **error)
{
  char key_id[MAX_TOLD_KEY_ID + 1] = "";
  metrics_add (authenticator->metrics, METRIC_AUTH_REFUSED, 1);
  if (error == NULL || !is_worth_a_line (authenticator, peer, *error))
    return AUTHENTICATE_REFUSED;
  if (auth->access_key_id != NULL)
    g_strlcpy (key_id, auth->access_key_id, sizeof key_id);
  log_warning (authenticator->log, "signature-refused", log_text ("key", key_id),
               log_error_field (*error), log_text ("peer", peer));
  return AUTHENTICATE_REFUSED;
}

static AuthenticateVerdict
conclude (const Authenticator *authenticator, AuthenticateService service, KeyringKey *key,
          const char *peer, const guint8 *body_sha256, Authentication *out, GError **error)
{
  guint8 signing_key[SIGV4_KEY_SIZE];
  gboolean ok = verify (authenticator, service, key, &out->request, &out->auth, body_sha256,
                        signing_key, error);
  explicit_bzero (signing_key, sizeof signing_key);
  if (!ok)
    return refused (authenticator, peer, &out->auth, error);
  out->key = keyring_key_ref (key);
  out->principal = keyring_key_principal (key);
  return AUTHENTICATE_ACCEPTED;
}

AuthenticateVerdict
authenticate_now (const Authenticator *authenticator, const HttpExchange *exchange,
                  AuthenticateService service, const guint8 *body_sha256, Arena *arena,
                  Authentication *out, GError **error)
{
  const char *peer = http_exchange_peer_network (exchange);
  memset (out, 0, sizeof *out);
  describe_request (exchange, arena, &out->request);
  if (!sigv4_parse (&out->request, arena, &out->auth, error))
    return refused (authenticator, peer, &out->auth, error);
  Sigv4Rules rules = rules_for (authenticator, service, &out->auth);
  /* Before the key, whether that is in memory or not: the answer must not depend on it, and there is no read of the store for
   * what would be refused anyway. */
  if (!sigv4_check (&out->request, &out->auth, &rules, ambient_now_ms (authenticator->ambient),
                    error))
    return refused (authenticator, peer, &out->auth, error);
  g_autoptr (KeyringKey) key = keyring_find (authenticator->keyring, out->auth.access_key_id);
  if (key != NULL)
    return conclude (authenticator, service, key, peer, body_sha256, out, error);
  if (!may_look_up (authenticator, peer, error))
    return refused (authenticator, peer, &out->auth, error);
  return AUTHENTICATE_NEEDS_KEY;
}

/* ---- with a look into the store ---- */

typedef struct {
  const Authenticator *authenticator;
  AuthenticateService service;
  guint8 body_sha256[DIGEST_SHA256_SIZE];
  gboolean has_body;
  Authentication *out;
  const char *id;
  const char *peer;
  AuthenticateDone done;
  gpointer data;
  guint generation;
  KeyringKey *key;
} Lookup;

static gboolean
lookup_work (StoreTx *tx, gpointer data, GError **error)
{
  Lookup *lookup = data;
  g_clear_pointer (&lookup->key, keyring_key_unref);
  return keyring_load (lookup->authenticator->keyring, tx, lookup->id, &lookup->key, error);
}

static void
begin_lookup (Lookup *lookup)
{
  metrics_add (lookup->authenticator->metrics, METRIC_AUTH_KEY_LOOKUPS, 1);
  lookup->generation = keyring_generation (lookup->authenticator->keyring);
}

static void
lookup_done (gpointer data, const GError *store_error)
{
  Lookup *lookup = data;
  const Authenticator *authenticator = lookup->authenticator;
  g_autoptr (GError) error = NULL;
  if (store_error != NULL) {
    lookup->done (lookup->data, store_error);
  } else {
    if (lookup->key != NULL)
      keyring_remember (authenticator->keyring, lookup->key, lookup->generation);
    else
      count_unknown_key (authenticator, lookup->peer);
    AuthenticateVerdict verdict =
        conclude (authenticator, lookup->service, lookup->key, lookup->peer,
                  lookup->has_body ? lookup->body_sha256 : NULL, lookup->out, &error);
    lookup->done (lookup->data, verdict == AUTHENTICATE_ACCEPTED ? NULL : error);
  }
  keyring_key_unref (lookup->key);
  g_free (lookup);
}

void
authenticate (const Authenticator *authenticator, const HttpExchange *exchange,
              AuthenticateService service, const guint8 *body_sha256, Arena *arena,
              Authentication *out, AuthenticateDone done, gpointer data)
{
  g_autoptr (GError) error = NULL;
  switch (authenticate_now (authenticator, exchange, service, body_sha256, arena, out, &error)) {
  case AUTHENTICATE_ACCEPTED:
    done (data, NULL);
    return;
  case AUTHENTICATE_REFUSED:
    done (data, error);
    return;
  case AUTHENTICATE_NEEDS_KEY:
    break;
  }
  Lookup *lookup = g_new0 (Lookup, 1);
  lookup->authenticator = authenticator;
  lookup->service = service;
  lookup->has_body = body_sha256 != NULL;
  if (body_sha256 != NULL)
    memcpy (lookup->body_sha256, body_sha256, sizeof lookup->body_sha256);
  lookup->out = out;
  lookup->id = out->auth.access_key_id;
  lookup->peer = http_exchange_peer_network (exchange);
  lookup->done = done;
  lookup->data = data;
  begin_lookup (lookup);
  store_submit (authenticator->store, STORE_READ, lookup_work, lookup_done, lookup);
}

gboolean
authenticate_blocking (const Authenticator *authenticator, AuthenticateService service,
                       const Sigv4Request *request, const Sigv4Auth *auth, const char *peer,
                       KeyringKey **out, guint8 out_signing_key[SIGV4_KEY_SIZE], GError **error)
{
  g_autoptr (KeyringKey) key = keyring_find (authenticator->keyring, auth->access_key_id);
  if (key == NULL) {
    Lookup lookup = { .authenticator = authenticator, .id = auth->access_key_id };
    if (!may_look_up (authenticator, peer, error)) {
      (void)refused (authenticator, peer, auth, error);
      return FALSE;
    }
    begin_lookup (&lookup);
    if (!store_run (authenticator->store, STORE_READ, lookup_work, &lookup, error))
      return FALSE;
    key = lookup.key;
    if (key != NULL)
      keyring_remember (authenticator->keyring, key, lookup.generation);
    else
      count_unknown_key (authenticator, peer);
  }
  if (!verify (authenticator, service, key, request, auth, NULL, out_signing_key, error)) {
    (void)refused (authenticator, peer, auth, error);
    return FALSE;
  }
  *out = g_steal_pointer (&key);
  return TRUE;
}

gboolean
authenticate_scope_fits (const Sigv4Auth *auth, const ApiOperation *op, GError **error)
{
  static const char tls_only[] = "-secure"; /* agent.md 1.2: the second name of a service */
  gsize n = strlen (op->signing_name);
  if (strncmp (auth->service, op->signing_name, n) == 0 &&
      (auth->service[n] == '\0' || strcmp (auth->service + n, tls_only) == 0))
    return TRUE;
  api_error_set (error, API_ERR_INVALID_SIGNATURE,
                 "Credential should be scoped to correct service: '%s'.", op->signing_name);
  return FALSE;
}

/* ---- words ---- */

static ApiErrorCode
api_code (const GError *error)
{
  if (error->domain == AUTHENTICATE_ERROR)
    return error->code == AUTHENTICATE_ERROR_TOKEN_EXPIRED ? API_ERR_EXPIRED_TOKEN
           : error->code == AUTHENTICATE_ERROR_THROTTLED   ? API_ERR_THROTTLING
                                                           : API_ERR_UNRECOGNIZED_CLIENT;
  if (error->domain != SIGV4_ERROR)
    return API_ERR_INTERNAL_FAILURE;
  switch ((Sigv4Error)error->code) {
  case SIGV4_ERROR_MISSING_TOKEN:
    return API_ERR_MISSING_AUTHENTICATION_TOKEN;
  case SIGV4_ERROR_INCOMPLETE:
    return API_ERR_INCOMPLETE_SIGNATURE;
  default:
    return API_ERR_INVALID_SIGNATURE;
  }
}

void
authenticate_error_to_api (const GError *from, GError **error)
{
  ApiErrorCode code = api_code (from);
  /* A store's trouble is for the log, not for a caller that we do not know. */
  api_error_set (error, code, code == API_ERR_INTERNAL_FAILURE ? NULL : "%s", from->message);
}
