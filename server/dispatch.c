#include "server/dispatch.h"

#include <string.h>

#include "core/digest.h"
#include "proto/api-error.h"
#include "server/actions/registry.h"
#include "server/audit.h"
#include "server/authorize.h"
#include "server/errand-reader.h"
#include "server/wire-query.h"

#define TARGET_HEADER        "X-Amz-Target"
#define AGENT_VERSION_HEADER "x-amz-codedeploy-agent-version"
#define CONVERSATION_HEADER  "x-slipway-conversation"

/* One request on its way; freed by its answer. */
typedef struct {
  ApiCall call; /* first: parked actions give it back */
  const Dispatcher *dispatcher;
  const WireProtocol *wire;
  HttpExchange *exchange;
  Arena *arena;
  Authentication authentication;
  Caller caller;
  const ActionRow *row;
  gpointer output;
  gint64 retry_after_s; /* told to the client when not 0 */
  GError *failure;      /* while its event is written */
} Request;

/* ---- answering ---- */

static void
request_free (Request *request)
{
  authentication_clear (&request->authentication);
  g_clear_error (&request->failure);
  arena_free (request->arena);
  g_free (request);
}

static void
answer_text (Request *request, guint status, char *text, gsize length)
{
  char retry_after[24];
  const HttpHeader headers[] = { { "Content-Type", request->wire->content_type },
                                 { "Retry-After", retry_after } };
  gsize n_headers = request->retry_after_s > 0 ? 2 : 1;
  HttpExchange *exchange = request->exchange;
  g_autoptr (GBytes) body = g_bytes_new_take (text, length);
  g_snprintf (retry_after, sizeof retry_after, "%" G_GINT64_FORMAT, request->retry_after_s);
  request_free (request);
  http_exchange_answer (exchange, status, headers, n_headers, body);
}

static void
answer_output (Request *request, gconstpointer output)
{
  gsize length = 0;
  char *text =
      request->wire->encode_output (request->call.op, output, request->call.request_id, &length);
  answer_text (request, 200, text, length);
}

static void
answer_error (Request *request, const GError *error)
{
  if (error->domain != API_ERROR)
    log_failure (request->dispatcher->env->log, "internal-failure",
                 log_text ("operation", request->call.op == NULL ? "" : request->call.op->name),
                 log_text ("domain", g_quark_to_string (error->domain)), log_error_field (error),
                 log_text ("id", http_exchange_request_id (request->exchange)));
  if (g_error_matches (error, API_ERROR, API_ERR_ACCESS_DENIED))
    http_exchange_note_denied (request->exchange);
  gsize length = 0;
  guint status = 0;
  char *text = request->wire->encode_error (error, request->call.request_id, &status, &length);
  answer_text (request, status, text, length);
}

void
api_call_answer (ApiCall *call, gconstpointer output)
{
  answer_output ((Request *)call, output);
}

void
api_call_fail (ApiCall *call, const GError *error)
{
  answer_error ((Request *)call, error);
}

gboolean
api_call_is_abandoned (const ApiCall *call)
{
  return http_exchange_is_abandoned (((const Request *)call)->exchange);
}

/* ---- a call that fails ---- */

static gboolean
is_recorded (const Request *request)
{
  return request->row != NULL && audit_is_recorded (request->call.op, request->row->mode);
}

static gboolean
failure_work (StoreTx *tx, gpointer data, GError **error)
{
  Request *request = data;
  return audit_write_call (&request->call, NULL, request->failure, tx, error);
}

static void
failure_done (gpointer data, const GError *error)
{
  Request *request = data;
  if (error != NULL) /* the caller learns what is wrong with the call all the same */
    log_failure (request->dispatcher->env->log, "audit-failed", log_error_field (error),
                 log_text ("operation", request->call.op->name),
                 log_text ("id", request->call.request_id));
  answer_error (request, request->failure);
}

/* Answers with an error, once the attempt is in the audit. */
static void
fail (Request *request, const GError *error)
{
  if (!is_recorded (request)) {
    answer_error (request, error);
    return;
  }
  request->failure = g_error_copy (error);
  store_submit (request->dispatcher->env->store, STORE_WRITE, failure_work, failure_done, request);
}

/* ---- the action ---- */

static gboolean
action_work (StoreTx *tx, gpointer data, GError **error)
{
  Request *request = data;
  request->output = api_new_output (request->call.op, request->arena);
  return authorize_call (&request->call, tx, error) &&
         request->row->action (&request->call, tx, request->output, error) &&
         (!is_recorded (request) ||
          audit_write_call (&request->call, request->output, NULL, tx, error));
}

static void run_action (Request *request);

/* The action goes on with what it wanted to know. */
static void
questions_answered (gpointer data)
{
  Request *request = data;
  request->call.readings = g_steal_pointer (&request->call.questions);
  request->call.now_ms = ambient_now_ms (request->dispatcher->env->ambient);
  run_action (request);
}

static void
action_done (gpointer data, const GError *error)
{
  Request *request = data;
  if (error != NULL)
    fail (request, error);
  else if (request->call.questions != NULL)
    errand_reader_ask (request->dispatcher->env->reader, request->call.questions, request->arena,
                       questions_answered, request);
  else if (request->row->finish != NULL)
    request->row->finish (&request->call, request->output);
  else
    answer_output (request, request->output);
}

static gboolean
authorize_work (StoreTx *tx, gpointer data, GError **error)
{
  Request *request = data;
  return authorize_call (&request->call, tx, error);
}

static void
authorize_done (gpointer data, const GError *error)
{
  Request *request = data;
  if (error != NULL)
    fail (request, error);
  else
    request->row->parked (&request->call);
}

/* An action that waits has no transaction to ask for permission in. */
static void
run_parked (Request *request)
{
  g_autoptr (GError) error = NULL;
  if (authorize_needs_store (&request->call)) {
    store_submit (request->dispatcher->env->store, STORE_READ, authorize_work, authorize_done,
                  request);
    return;
  }
  (void)!authorize_call (&request->call, NULL, &error);
  authorize_done (request, error);
}

static void
run_action (Request *request)
{
  const ActionRow *row = request->row;
  if (row->parked != NULL)
    run_parked (request);
  else
    store_submit (request->dispatcher->env->store, row->mode, action_work, action_done, request);
}

/* ---- the way to it ---- */

static gboolean
find_action (Request *request, GError **error)
{
  request->row = action_registry_row (request->call.op->id);
  if (request->row != NULL)
    return TRUE;
  api_error_set (error, API_ERR_UNKNOWN_OPERATION, "%s is not available in this version yet",
                 request->call.op->name);
  return FALSE;
}

/* A request that changes something is worth a line in the log; what hosts do all the time is not. */
static void
note (Request *request)
{
  const ApiOperation *op = request->call.op;
  http_exchange_note (request->exchange, request->caller.principal->arn, op->name,
                      request->row != NULL && request->row->mode == STORE_WRITE &&
                          op->service != API_SERVICE_HOST_COMMANDS);
}

static void
fill_caller (Request *request)
{
  const HttpExchange *exchange = request->exchange;
  const char *user_agent = http_exchange_header (exchange, "User-Agent");
  request->caller = (Caller){
    .principal = request->authentication.principal,
    .identity = keyring_key_identity (request->authentication.key),
    .access_key_id = request->authentication.auth.access_key_id,
    .source_ip = http_exchange_peer_ip (exchange, request->arena),
    .user_agent = user_agent == NULL ? "" : user_agent,
    .is_tls = http_exchange_is_tls (exchange),
  };
  request->call.caller = &request->caller;
  request->call.principal = request->caller.principal;
}

static gboolean
find_operation (Request *request, GError **error)
{
  if (!request->wire->find_operation (request->exchange, request->arena, &request->call.op,
                                      error) ||
      !authenticate_scope_fits (&request->authentication.auth, request->call.op, error))
    return FALSE;
  gboolean found = find_action (request, error);
  note (request);
  return found;
}

static gboolean
decode (Request *request, GError **error)
{
  gpointer input = NULL;
  if (!request->wire->decode (request->call.op, request->exchange, request->arena, &input, error))
    return FALSE;
  request->call.input = input;
  return TRUE;
}

static RateClass
rate_class (const Request *request)
{
  if (request->row == NULL)
    return RATE_READS; /* of an operation that is none */
  if (request->call.op->service == API_SERVICE_HOST_COMMANDS)
    return RATE_HOST_COMMANDS;
  return request->row->mode == STORE_WRITE ? RATE_WRITES : RATE_READS;
}

/* Too many are answered at once: nothing is decoded, asked or written for them. */
static gboolean
is_within_rate (Request *request, GError **error)
{
  if (rate_limiter_take (request->dispatcher->authenticator->limiter, rate_class (request),
                         request->caller.principal->arn, &request->retry_after_s))
    return TRUE;
  api_error_set (error, API_ERR_THROTTLING, NULL);
  return FALSE;
}

static void
answer_refusal (Request *request, const GError *refusal)
{
  g_autoptr (GError) error = NULL;
  authenticate_error_to_api (refusal, &error);
  if (api_error_code (error) == API_ERR_INTERNAL_FAILURE)
    answer_error (request, refusal); /* logs what happened, tells the caller nothing */
  else
    answer_error (request, error);
}

/* The order is that of api.md 1.5, with the rate as soon as it is known of what; permission is asked inside the action's
 * transaction. */
static void
on_authenticated (gpointer data, const GError *refusal)
{
  Request *request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) too_many = NULL;
  if (refusal != NULL) {
    answer_refusal (request, refusal);
    return;
  }
  fill_caller (request);
  gboolean found = find_operation (request, &error);
  if (!is_within_rate (request, &too_many))
    answer_error (request, too_many);
  else if (found && decode (request, &error))
    run_action (request);
  else
    fail (request, error);
}

static const char *
signed_service (const HttpExchange *exchange, char *buffer, gsize size)
{
  return dispatch_signed_service (http_exchange_header (exchange, "Authorization"), buffer, size);
}

static const WireProtocol *
choose_wire (const HttpExchange *exchange)
{
  char buffer[64];
  const char *service = signed_service (exchange, buffer, sizeof buffer);
  return wire_query_is_meant (exchange, service) ? &wire_query : &wire_json;
}

static Request *
request_new (const Dispatcher *dispatcher, HttpExchange *exchange)
{
  Request *request = g_new0 (Request, 1);
  request->dispatcher = dispatcher;
  request->wire = choose_wire (exchange);
  request->exchange = exchange;
  request->arena = arena_new ();
  request->call = (ApiCall){
    .arena = request->arena,
    .request_id = http_exchange_request_id (exchange),
    .agent_version = http_exchange_header (exchange, AGENT_VERSION_HEADER),
    .short_conversation =
        g_strcmp0 (http_exchange_header (exchange, CONVERSATION_HEADER), "short") == 0,
    .now_ms = http_exchange_begin_ms (exchange),
    .env = dispatcher->env,
  };
  return request;
}

static void
handle (HttpExchange *exchange, gpointer ctx)
{
  const Dispatcher *dispatcher = ctx;
  Request *request = request_new (dispatcher, exchange);
  guint8 body_sha256[DIGEST_SHA256_SIZE];
  gsize length = 0;
  const char *body = http_exchange_body (exchange, &length);
  digest_sha256 (body, length, body_sha256);
  authenticate (dispatcher->authenticator, exchange, AUTHENTICATE_API, body_sha256, request->arena,
                &request->authentication, on_authenticated, request);
}

static void
too_large (HttpExchange *exchange, gpointer ctx)
{
  g_autoptr (GError) error = NULL;
  api_error_set (&error, API_ERR_REQUEST_ENTITY_TOO_LARGE,
                 "the request body is larger than %d bytes", API_MAX_REQUEST_BYTES);
  answer_error (request_new (ctx, exchange), error);
}

/* ---- whose request is it ---- */

const char *
dispatch_signed_service (const char *authorization, char *buffer, gsize size)
{
  const char *credential = authorization == NULL ? NULL : strstr (authorization, "Credential=");
  if (credential == NULL)
    return NULL;
  /* key id / date / region / service / aws4_request */
  const char *at = credential + strlen ("Credential=");
  for (int slashes = 0; slashes < 3; slashes++) {
    at = strpbrk (at, "/, ");
    if (at == NULL || *at != '/')
      return NULL;
    at++;
  }
  gsize length = strcspn (at, "/, ");
  if (at[length] != '/' || length == 0 || length >= size)
    return NULL;
  memcpy (buffer, at, length);
  buffer[length] = '\0';
  return buffer;
}

static gboolean
accepts (const HttpExchange *head, gpointer ctx)
{
  char buffer[64];
  const char *service = signed_service (head, buffer, sizeof buffer);
  if (http_exchange_header (head, TARGET_HEADER) != NULL)
    return TRUE;
  if (service != NULL)
    return strcmp (service, "s3") != 0;
  /* Not signed in its headers: a link into the objects has a signature in its query, or a path. */
  return strcmp (http_exchange_path (head), "/") == 0 &&
         (strstr (http_exchange_query (head), "X-Amz-Signature=") == NULL ||
          wire_query_is_meant (head, NULL));
}

static gboolean
plan (HttpExchange *head, HttpBodyPlan *out_plan, gpointer ctx)
{
  out_plan->cap = API_MAX_REQUEST_BYTES;
  return TRUE;
}

HttpRoute
dispatch_route (const Dispatcher *dispatcher)
{
  return (HttpRoute){
    .accepts = accepts,
    .plan = plan,
    .handle = handle,
    .too_large = too_large,
    .ctx = (gpointer)dispatcher,
  };
}
