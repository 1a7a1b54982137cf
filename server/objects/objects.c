#include "server/objects/objects.h"

#include <string.h>

#include "core/sigv4-parse.h"
#include "server/objects/actions.h"
#include "server/objects/permit.h"
#include "server/objects/route.h"
#include "server/objects/s3-audit.h"
#include "server/objects/s3-error.h"
#include "server/objects/sweeper.h"
#include "store/records/bucket.h"

#define POOL_THREADS       8
#define MAX_DOCUMENT_BYTES (4 * 1024 * 1024) /* 10,000 parts with checksums, or 1,000 long keys */
#define DEFAULT_MAX_OBJECT (G_GUINT64_CONSTANT (5) << 30)

struct Objects {
  ObjectsConfig config;
  char **host_names; /* the configuration's and localhost */
  ContentStore *contents;
  GThreadPool *pool;
  Sweeper *sweeper;
  GMutex lock; /* guards the rest */
  GCond idle;
  guint running; /* jobs handed to the pool and not done */
  gboolean is_quiet;
};

/* --- the pool --- */

typedef enum {
  JOB_JUDGE, /* early: who is it? */
  JOB_RUN    /* the request is complete */
} JobKind;

typedef struct {
  S3Request *request; /* a reference */
  JobKind kind;
} Job;

/* FALSE: the server is stopping. */
static gboolean
pool_push (Objects *objects, S3Request *request, JobKind kind)
{
  g_mutex_lock (&objects->lock);
  gboolean is_quiet = objects->is_quiet;
  if (!is_quiet)
    objects->running++;
  g_mutex_unlock (&objects->lock);
  if (is_quiet)
    return FALSE;
  Job *job = g_new (Job, 1);
  *job = (Job){ .request = s3_request_ref (request), .kind = kind };
  g_thread_pool_push (objects->pool, job, NULL);
  return TRUE;
}

/* --- taking a request apart, on the event loop --- */

/* A copy: it is also looked at while the connection may end. */
static Sigv4Request
signed_request_of (S3Request *request)
{
  gsize n;
  const HttpHeader *from = http_exchange_headers (request->exchange, &n);
  Arena *arena = request->arena;
  Sigv4Header *headers = arena_new0_n (arena, Sigv4Header, n);
  for (gsize i = 0; i < n; i++)
    headers[i] = (Sigv4Header){ .name = arena_strdup (arena, from[i].name),
                                .value = arena_strdup (arena, from[i].value) };
  return (Sigv4Request){
    .method = arena_strdup (arena, http_exchange_method (request->exchange)),
    .path = arena_strdup (arena, http_exchange_path (request->exchange)),
    .query = arena_strdup (arena, http_exchange_query (request->exchange)),
    .headers = headers,
    .n_headers = n,
  };
}

/* x-amz-expected-bucket-owner and the like: all buckets are this account's. */
static gboolean
check_expected_owners (S3Request *request, GError **error)
{
  static const char *const headers[] = { "x-amz-expected-bucket-owner",
                                         "x-amz-source-expected-bucket-owner" };
  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++) {
    const char *owner = s3_request_header (request, headers[i]);
    if (owner == NULL || strcmp (owner, request->config->arn->account_id) == 0)
      continue;
    if (strlen (owner) != 12 || strspn (owner, "0123456789") != 12) {
      g_set_error (error, S3_ERROR, S3_ERR_INVALID_BUCKET_OWNER,
                   "the value of %s must be an account id: 12 digits", headers[i]);
      return FALSE;
    }
    g_set_error (error, S3_ERROR, S3_ERR_ACCESS_DENIED,
                 "the bucket is not owned by the account that %s names", headers[i]);
    return FALSE;
  }
  return TRUE;
}

static gboolean
parse_length (const S3Request *request, const char *name, gint64 *out, GError **error)
{
  const char *text = s3_request_header (request, name);
  *out = -1;
  if (text == NULL || g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, out, NULL))
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_INVALID_ARGUMENT, "%s is not a length", name);
  return FALSE;
}

static gboolean
plan_upload (const Objects *objects, S3Request *request, S3BodyKind body, GError **error)
{
  gboolean is_content =
      body == BODY_CONTENT && s3_request_header (request, "x-amz-copy-source") == NULL;
  UploadPlan plan = { .contents = is_content ? objects->contents : NULL,
                      .max_bytes =
                          is_content ? objects->config.max_object_size : MAX_DOCUMENT_BYTES,
                      .payload = request->auth.payload,
                      .is_refused = &request->is_refused,
                      .payload_sha256 = request->auth.payload_sha256,
                      .content_md5 = s3_request_header (request, "Content-MD5") };
  gint64 content_length;
  if (!parse_length (request, "x-amz-decoded-content-length", &plan.decoded_length, error) ||
      !parse_length (request, "Content-Length", &content_length, error))
    return FALSE;
  gint64 announced = plan.decoded_length >= 0 ? plan.decoded_length : content_length;
  if (announced >= 0 && (guint64)announced > plan.max_bytes) {
    s3_error_detail_number (request, "ProposedSize", announced);
    s3_error_detail_number (request, "MaxSizeAllowed", (gint64)plan.max_bytes);
    g_set_error (error, S3_ERROR, S3_ERR_ENTITY_TOO_LARGE,
                 "the body is larger than the %" G_GUINT64_FORMAT " bytes allowed here",
                 plan.max_bytes);
    return FALSE;
  }
  /* in CompleteMultipartUpload the header is about the object, not about the document */
  gboolean about_object = request->route->action == s3_complete_multipart_upload ||
                          request->route->action == s3_create_multipart_upload;
  plan.has_checksum = !about_object && s3_request_wants_checksum (request, &plan.algorithm);
  if (plan.has_checksum) {
    plan.checksum = s3_request_header (request, checksum_header (plan.algorithm));
    const char *trailer = s3_request_header (request, "x-amz-trailer");
    ChecksumAlgorithm in_trailer;
    plan.expects_trailer =
        plan.checksum == NULL && trailer != NULL && checksum_from_header (trailer, &in_trailer);
  }
  request->upload = upload_new (&plan);
  return TRUE;
}

/* For the log line: what is known so far. */
static void
note (S3Request *request)
{
  const char *method = request->route->method;
  http_exchange_note (
      request->exchange, request->principal != NULL ? request->principal->arn : NULL,
      request->route->name, strcmp (method, "GET") != 0 && strcmp (method, "HEAD") != 0);
}

/* Everything that can be said without a key and without the body. */
static gboolean
take_apart (const Objects *objects, S3Request *request, GError **error)
{
  const HttpExchange *exchange = request->exchange;
  if (!s3_address_parse (s3_request_header (request, "Host"),
                         (const char *const *)objects->host_names, http_exchange_path (exchange),
                         http_exchange_query (exchange), request->arena, &request->address, error))
    return FALSE;
  request->signed_request = signed_request_of (request);
  request->peer = arena_strdup (request->arena, http_exchange_peer_network (exchange));
  request->peer_ip = http_exchange_peer_ip (exchange, request->arena);
  request->is_tls = http_exchange_is_tls (exchange);
  if (!sigv4_is_signed (&request->signed_request)) {
    g_set_error (error, S3_ERROR, S3_ERR_ACCESS_DENIED,
                 "the request is not signed: nothing here is public");
    return FALSE;
  }
  static const char *const services[] = { "s3", NULL };
  const Sigv4Rules rules = { .dialect = SIGV4_DIALECT_S3,
                             .services = services,
                             .max_skew_s = SIGV4_MAX_SKEW_S3_S };
  if (!sigv4_parse (&request->signed_request, request->arena, &request->auth, error) ||
      !sigv4_check (&request->signed_request, &request->auth, &rules, request->now_ms, error))
    return FALSE;
  const S3Route *route = s3_route_find (request, error);
  if (route == NULL)
    return FALSE;
  request->route = route;
  note (request);
  const char *version_id = s3_request_param (request, "versionId");
  if (version_id != NULL && *version_id == '\0')
    return s3_invalid_argument (request, "versionId", "", "a version id cannot be empty", error);
  return check_expected_owners (request, error) && s3_route_check_headers (request, error) &&
         plan_upload (objects, request, route->body, error);
}

/* The caller's permit, which lives in arena; key is the signing key. Blocks. */
static Permit *
admit (const Objects *objects, const S3Request *request, Arena *arena, guint8 key[SIGV4_KEY_SIZE],
       GError **error)
{
  g_autoptr (KeyringKey) caller = NULL;
  if (!authenticate_blocking (objects->config.authenticator, AUTHENTICATE_OBJECTS,
                              &request->signed_request, &request->auth, request->peer, &caller, key,
                              error))
    return NULL;
  return permit_new (request, caller, arena);
}

/* On the pool, while the body comes: the upload of a stranger, or of somebody who may not, is stopped as soon as that is
 * known. */
static void
pool_judge (Objects *objects, S3Request *request)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  guint8 key[SIGV4_KEY_SIZE];
  g_autoptr (Permit) permit = admit (objects, request, arena, key, &error);
  if (permit == NULL || !permit_request (permit, &error))
    g_atomic_int_set (&request->is_refused, TRUE);
  explicit_bzero (key, sizeof key);
}

/* Refuses before the body comes what can be refused without the store; the rest is judged while the body comes, if that may be
 * large. */
static gboolean
judge_early (Objects *objects, S3Request *request, GError **error)
{
  g_auto (Authentication) authentication = { 0 };
  AuthenticateVerdict verdict =
      authenticate_now (objects->config.authenticator, request->exchange, AUTHENTICATE_OBJECTS,
                        NULL, request->arena, &authentication, error);
  if (verdict == AUTHENTICATE_REFUSED)
    return FALSE;
  gboolean is_settled =
      verdict == AUTHENTICATE_ACCEPTED && permit_is_unlimited (authentication.key);
  if (!is_settled && request->route->body == BODY_CONTENT)
    pool_push (objects, request, JOB_JUDGE);
  return TRUE;
}

static gboolean
query_is_presigned (const char *query)
{
  return strstr (query, "X-Amz-Signature=") != NULL || strstr (query, "X-Amz-Credential=") != NULL;
}

static gboolean
route_accepts (const HttpExchange *head, gpointer ctx)
{
  const char *authorization = http_exchange_header (head, "Authorization");
  if (authorization != NULL)
    return strstr (authorization, "/s3/aws4_request") != NULL ||
           strcmp (http_exchange_path (head), "/") != 0;
  return query_is_presigned (http_exchange_query (head)) ||
         strcmp (http_exchange_path (head), "/") != 0;
}

static void
request_destroy (gpointer data)
{
  s3_request_unref (data);
}

static gboolean
route_plan (HttpExchange *head, HttpBodyPlan *out_plan, gpointer ctx)
{
  Objects *objects = ctx;
  g_autoptr (GError) error = NULL;
  S3Request *request = s3_request_new (&objects->config, objects->contents, head);
  http_exchange_set_data (head, request, request_destroy);
  if (!take_apart (objects, request, &error) || !judge_early (objects, request, &error)) {
    g_clear_pointer (&request->upload, upload_free); /* nobody else has it yet */
    s3_answer_error (request, error);
    return FALSE;
  }
  *out_plan = (HttpBodyPlan){ .sink = &upload_sink, .sink_self = request->upload };
  return TRUE;
}

static void
route_handle (HttpExchange *exchange, gpointer ctx)
{
  Objects *objects = ctx;
  S3Request *request = http_exchange_data (exchange);
  if (pool_push (objects, request, JOB_RUN))
    return;
  g_autoptr (GError) error =
      g_error_new (S3_ERROR, S3_ERR_SERVICE_UNAVAILABLE, "the server is stopping: try again");
  s3_answer_error (request, error);
}

/* --- judging and doing, on the pool --- */

static gboolean
is_within_rate (const Objects *objects, S3Request *request, GError **error)
{
  gint64 retry_s = 0;
  if (rate_limiter_take (objects->config.authenticator->limiter, RATE_OBJECTS,
                         request->principal->arn, &retry_s))
    return TRUE;
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, retry_s);
  s3_answer_header (request, "Retry-After", text);
  g_set_error (error, S3_ERROR, S3_ERR_SLOW_DOWN, "Please reduce your request rate.");
  return FALSE;
}

static gboolean
run_request (const Objects *objects, S3Request *request, GError **error)
{
  guint8 key[SIGV4_KEY_SIZE];
  request->permit = admit (objects, request, request->arena, key, error);
  if (request->permit == NULL)
    return FALSE;
  request->principal = permit_principal (request->permit);
  note (request);
  gboolean sound =
      is_within_rate (objects, request, error) && permit_request (request->permit, error) &&
      upload_check (request->upload, http_exchange_body_error (request->exchange), error) &&
      upload_verify_chunks (request->upload, &request->auth, key, error);
  explicit_bzero (key, sizeof key);
  return sound && request->route->action (request, error);
}

/* The rate limit's refusals leave no trace in the store: they must stay cheap. */
static void
fail (S3Request *request, const GError *error)
{
  if (request->permit != NULL && s3_audit_is_recorded (request) &&
      !g_error_matches (error, S3_ERROR, S3_ERR_SLOW_DOWN))
    s3_audit_failure (request, error);
  s3_answer_error (request, error);
}

static void
pool_run (gpointer data, gpointer user_data)
{
  Objects *objects = user_data;
  g_autofree Job *job = data;
  g_autoptr (GError) error = NULL;
  if (job->kind == JOB_JUDGE)
    pool_judge (objects, job->request);
  else if (!run_request (objects, job->request, &error))
    fail (job->request, error);
  s3_request_unref (job->request);
  g_mutex_lock (&objects->lock);
  if (--objects->running == 0)
    g_cond_broadcast (&objects->idle);
  g_mutex_unlock (&objects->lock);
}

/* --- making and ending --- */

static char **
all_host_names (const char *const *configured)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_strv_builder_add (builder, "localhost");
  for (gsize i = 0; configured != NULL && configured[i] != NULL; i++)
    g_strv_builder_add (builder, configured[i]);
  return g_strv_builder_end (builder);
}

Objects *
objects_new (const ObjectsConfig *config, GError **error)
{
  g_autoptr (ContentStore) contents =
      content_store_new (config->data_dir, config->store, config->log, error);
  if (contents == NULL)
    return NULL;
  Objects *objects = g_new0 (Objects, 1);
  objects->config = *config;
  if (objects->config.max_object_size == 0)
    objects->config.max_object_size = DEFAULT_MAX_OBJECT;
  objects->host_names = all_host_names (config->host_names);
  objects->contents = g_steal_pointer (&contents);
  g_mutex_init (&objects->lock);
  g_cond_init (&objects->idle);
  objects->pool = g_thread_pool_new (pool_run, objects, POOL_THREADS, FALSE, NULL);
  const SweeperConfig sweeper = { .store = config->store,
                                  .contents = objects->contents,
                                  .ambient = config->ambient,
                                  .log = config->log,
                                  .abort_after_ms = config->abort_uploads_ms };
  objects->sweeper = sweeper_start (&sweeper);
  return objects;
}

HttpRoute
objects_route (Objects *objects)
{
  return (HttpRoute){
    .accepts = route_accepts, .plan = route_plan, .handle = route_handle, .ctx = objects
  };
}

void
objects_quiesce (Objects *objects)
{
  g_mutex_lock (&objects->lock);
  objects->is_quiet = TRUE;
  while (objects->running > 0)
    g_cond_wait (&objects->idle, &objects->lock);
  g_mutex_unlock (&objects->lock);
}

void
objects_free (Objects *objects)
{
  if (objects == NULL)
    return;
  sweeper_stop (objects->sweeper);
  g_thread_pool_free (objects->pool, FALSE, TRUE);
  content_store_free (objects->contents);
  g_mutex_clear (&objects->lock);
  g_cond_clear (&objects->idle);
  g_strfreev (objects->host_names);
  g_free (objects);
}

typedef struct {
  const char *name;
  gint64 now_ms;
} EnsureBucket;

static gboolean
ensure_bucket_work (StoreTx *tx, gpointer data, GError **error)
{
  const EnsureBucket *ensure = data;
  gboolean taken;
  return bucket_record_insert (tx, ensure->name, ensure->now_ms, &taken, error);
}

gboolean
objects_ensure_bucket (Store *store, const char *name, gint64 now_ms, GError **error)
{
  EnsureBucket ensure = { .name = name, .now_ms = now_ms };
  if (!s3_bucket_name_is_allowed (name)) {
    g_set_error (error, S3_ERROR, S3_ERR_INVALID_BUCKET_NAME, "\"%s\" cannot be a bucket's name",
                 name);
    return FALSE;
  }
  return store_run (store, STORE_WRITE, ensure_bucket_work, &ensure, error);
}
