#include "server/integrations/aws-client.h"

#include <string.h>

#include "core/failure.h"
#include "proto/http-client.h"
#include "server/integrations/aws-keys.h"

#define MAX_IDLE_CLIENTS  16
#define CONNECT_TIMEOUT_S 10
#define MAX_CODE          100
#define MAX_MESSAGE       500
/* A service that throttles: first so long, then twice that, up to the last. */
#define FIRST_PAUSE_MS 500
#define LAST_PAUSE_MS  30000

/* What a service's throttling has come to. */
typedef struct {
  gint64 until_us; /* of the monotonic clock */
  gint64 pause_ms; /* the latest */
} Pause;

struct AwsClient {
  const AwsSettings *settings;
  const Ambient *ambient;
  GMutex lock;
  gboolean aborted;
  GPtrArray *idle;    /* HttpClient */
  GPtrArray *busy;    /* the same, of calls in progress */
  GHashTable *pauses; /* service -> Pause */
};

AwsClient *
aws_client_new (const AwsSettings *settings, const Ambient *ambient)
{
  AwsClient *client = g_new0 (AwsClient, 1);
  client->settings = settings;
  client->ambient = ambient;
  g_mutex_init (&client->lock);
  client->idle = g_ptr_array_new_with_free_func ((GDestroyNotify)http_client_free);
  client->busy = g_ptr_array_new ();
  client->pauses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return client;
}

void
aws_client_free (AwsClient *client)
{
  if (client == NULL)
    return;
  g_assert (client->busy->len == 0);
  g_ptr_array_unref (client->idle);
  g_ptr_array_unref (client->busy);
  g_hash_table_unref (client->pauses);
  g_mutex_clear (&client->lock);
  g_free (client);
}

void
aws_client_abort (AwsClient *client)
{
  g_mutex_lock (&client->lock);
  client->aborted = TRUE;
  for (guint i = 0; i < client->busy->len; i++)
    http_client_abort (g_ptr_array_index (client->busy, i));
  g_mutex_unlock (&client->lock);
}

/* ---- the pool ---- */

static HttpClient *
take_http (AwsClient *client, GError **error)
{
  HttpClient *http = NULL;
  g_mutex_lock (&client->lock);
  gboolean aborted = client->aborted;
  if (!aborted && client->idle->len > 0)
    http = g_ptr_array_steal_index_fast (client->idle, client->idle->len - 1);
  g_mutex_unlock (&client->lock);
  if (http == NULL && !aborted) {
    const HttpClientSettings settings = {
      .ca_file = client->settings->ca_file,
      .connect_timeout_s = (guint)MIN (CONNECT_TIMEOUT_S, client->settings->timeout_s),
      .timeout_s = (guint)client->settings->timeout_s,
      .ambient = client->ambient,
    };
    g_autoptr (GError) problem = NULL;
    http = http_client_new (&settings, &problem);
    if (http == NULL) {
      failure_record (error, AWS_ERROR, AWS_ERROR_SETTINGS, "%s", problem->message);
      return NULL;
    }
  }
  g_mutex_lock (&client->lock);
  aborted = client->aborted;
  if (http != NULL && !aborted)
    g_ptr_array_add (client->busy, http);
  g_mutex_unlock (&client->lock);
  if (!aborted)
    return http;
  http_client_free (http);
  failure_record (error, AWS_ERROR, AWS_ERROR_ABORTED, "the server is stopping");
  return NULL;
}

static void
give_http_back (AwsClient *client, HttpClient *http)
{
  g_mutex_lock (&client->lock);
  g_ptr_array_remove_fast (client->busy, http);
  gboolean keep = client->idle->len < MAX_IDLE_CLIENTS;
  if (keep)
    g_ptr_array_add (client->idle, http);
  g_mutex_unlock (&client->lock);
  if (!keep)
    http_client_free (http);
}

/* ---- throttling ---- */

gint64
aws_client_pause_ms (AwsClient *client, const char *service)
{
  g_mutex_lock (&client->lock);
  const Pause *pause = g_hash_table_lookup (client->pauses, service);
  gint64 left_us = pause == NULL ? 0 : pause->until_us - ambient_monotonic_us (client->ambient);
  g_mutex_unlock (&client->lock);
  return left_us <= 0 ? 0 : (left_us + 999) / 1000;
}

/* A part of the pause is left to chance, so that those who wait don't come back all at once. */
static void
lengthen_pause (AwsClient *client, const char *service)
{
  g_mutex_lock (&client->lock);
  Pause *pause = g_hash_table_lookup (client->pauses, service);
  if (pause == NULL) {
    pause = g_new0 (Pause, 1);
    g_hash_table_insert (client->pauses, g_strdup (service), pause);
  }
  pause->pause_ms =
      pause->pause_ms == 0 ? FIRST_PAUSE_MS : MIN (2 * pause->pause_ms, LAST_PAUSE_MS);
  gint64 chance_ms =
      ambient_random_below (client->ambient, (guint32)(pause->pause_ms / 2)) + pause->pause_ms / 2;
  pause->until_us = ambient_monotonic_us (client->ambient) + chance_ms * 1000;
  g_mutex_unlock (&client->lock);
}

static void
end_pause (AwsClient *client, const char *service)
{
  g_mutex_lock (&client->lock);
  g_hash_table_remove (client->pauses, service);
  g_mutex_unlock (&client->lock);
}

/* ---- refusals ---- */

typedef struct {
  const char *service, *region;
  const char *what; /* "elasticloadbalancing DescribeTargetGroups" */
  const char *body;
  gsize length;
  const HttpClientHeader *headers;
  gsize n_headers;
  AwsComplaintRead read_complaint;
} Call;

static gboolean
refuse (AwsClient *client, const Call *call, const HttpClientAnswer *answer, Arena *arena,
        const char **out_code, GError **error)
{
  gsize length = 0;
  const char *body = http_client_answer_body (answer, &length);
  guint status = http_client_answer_status (answer);
  AwsComplaint complaint = { NULL, NULL };
  call->read_complaint (body, length, arena, &complaint);
  AwsError kind = aws_error_judge (status, complaint.code);
  if (kind == AWS_ERROR_THROTTLED)
    lengthen_pause (client, call->service);
  if (out_code != NULL && kind != AWS_ERROR_UNREACHABLE)
    *out_code = complaint.code;
  const char *code = complaint.code != NULL ? complaint.code : "";
  const char *message = complaint.message != NULL ? complaint.message : "";
  g_autofree char *text =
      g_strdup_printf ("HTTP %u%s%.*s%s%.*s", status, *code != '\0' ? " " : "", MAX_CODE, code,
                       *message != '\0' ? ": " : "", MAX_MESSAGE, message);
  g_autofree char *valid = g_utf8_make_valid (text, -1); /* it may be cut in a character */
  return failure_set (error, AWS_ERROR, kind, "%s: %s", call->what, valid);
}

/* ---- one call ---- */

static const char *
find_endpoint (const AwsSettings *settings, const char *service, const char *region, Arena *arena)
{
  for (gsize i = 0; i < settings->n_endpoints; i++)
    if (strcmp (settings->endpoints[i].service, service) == 0)
      return settings->endpoints[i].url;
  return arena_printf (arena, "https://%s.%s.amazonaws.com%s", service, region,
                       g_str_has_prefix (region, "cn-") ? ".cn" : "");
}

static gboolean
fail_transport (const Call *call, const GError *problem, GError **error)
{
  AwsError kind = AWS_ERROR_UNREACHABLE;
  if (g_error_matches (problem, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_ABORTED))
    kind = AWS_ERROR_ABORTED;
  else if (g_error_matches (problem, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS))
    kind = AWS_ERROR_SETTINGS;
  return failure_set (error, AWS_ERROR, kind, "%s: %s", call->what, problem->message);
}

/* It becomes part of a host's name, and comes out of ARNs that people wrote. */
static gboolean
check_region (const Call *call, GError **error)
{
  const char *region = call->region;
  for (const char *at = region; at != NULL && *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && *at != '-')
      return failure_set (error, AWS_ERROR, AWS_ERROR_REFUSED,
                          "%s: \"%.100s\" is no region: letters, digits and -", call->what, region);
  return TRUE;
}

/* How long a call may take; 0: there is no time for it any more. */
static guint
time_for_call (const AwsCaller *caller)
{
  guint most_s = (guint)caller->client->settings->timeout_s;
  if (caller->end_us == 0)
    return most_s;
  gint64 left_us = caller->end_us - ambient_monotonic_us (caller->client->ambient);
  gint64 left_s = (left_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC;
  return (guint)CLAMP (left_s, 0, most_s);
}

static HttpClientAnswer *
send_call (const AwsCaller *caller, const Call *call, const Credentials *keys, Arena *arena,
           GError **error)
{
  AwsClient *client = caller->client;
  const char *region = call->region != NULL ? call->region : client->settings->region;
  const HttpClientSigning signing = { keys, region, call->service, 0 };
  g_autoptr (GError) problem = NULL;
  const HttpClientRequest request = {
    .method = "POST",
    .url =
        arena_printf (arena, "%s/", find_endpoint (client->settings, call->service, region, arena)),
    .headers = call->headers,
    .n_headers = call->n_headers,
    .signing = &signing,
    .body = call->body,
    .body_length = call->length,
    .max_answer_bytes = XML_TREE_MAX_BYTES,
    .timeout_s = time_for_call (caller),
  };
  if (request.timeout_s == 0) {
    failure_record (error, AWS_ERROR, AWS_ERROR_LATE, "%s was not asked in time", call->what);
    return NULL;
  }
  HttpClient *http = take_http (client, error);
  if (http == NULL)
    return NULL;
  HttpClientAnswer *answer = http_client_send (http, &request, &problem);
  give_http_back (client, http);
  if (answer == NULL)
    fail_transport (call, problem, error);
  return answer;
}

/* An answer of 2xx. */
static HttpClientAnswer *
perform (const AwsCaller *caller, const Call *call, Arena *arena, const char **out_code,
         GError **error)
{
  AwsClient *client = caller->client;
  if (out_code != NULL)
    *out_code = NULL;
  gint64 pause_ms = aws_client_pause_ms (client, call->service);
  if (pause_ms > 0) {
    failure_record (error, AWS_ERROR, AWS_ERROR_THROTTLED,
                    "%s: the service throttles; it is asked again in %" G_GINT64_FORMAT " ms",
                    call->what, pause_ms);
    return NULL;
  }
  if (!check_region (call, error))
    return NULL;
  g_autoptr (Credentials) keys = aws_keys_read (client->settings, error);
  if (keys == NULL)
    return NULL;
  g_autoptr (HttpClientAnswer) answer = send_call (caller, call, keys, arena, error);
  if (answer == NULL)
    return NULL;
  guint status = http_client_answer_status (answer);
  if (status < 200 || status >= 300) {
    refuse (client, call, answer, arena, out_code, error);
    return NULL;
  }
  end_pause (client, call->service);
  return g_steal_pointer (&answer);
}

/* ---- Query ---- */

AwsQuery
aws_query (const char *service, const char *version, const char *action)
{
  AwsQuery query = { .service = service, .version = version, .action = action };
  query.body = g_string_new (NULL);
  g_string_append_printf (query.body, "Action=%s&Version=%s", action, version);
  return query;
}

void
aws_query_clear (AwsQuery *query)
{
  if (query->body != NULL)
    g_string_free (query->body, TRUE);
  query->body = NULL;
}

void
aws_query_add (AwsQuery *query, const char *value, const char *name, ...)
{
  va_list arguments;
  g_string_append_c (query->body, '&');
  va_start (arguments, name);
  g_string_append_vprintf (query->body, name, arguments);
  va_end (arguments);
  g_string_append_c (query->body, '=');
  g_string_append_uri_escaped (query->body, value, NULL, FALSE);
}

const XmlNode *
aws_client_query (const AwsCaller *caller, const AwsQuery *query, Arena *arena,
                  const char **out_code, GError **error)
{
  static const HttpClientHeader headers[] = {
    { "Content-Type", "application/x-www-form-urlencoded; charset=utf-8" },
  };
  const Call call = {
    .service = query->service,
    .region = query->region,
    .what = arena_printf (arena, "%s %s", query->service, query->action),
    .body = query->body->str,
    .length = query->body->len,
    .headers = headers,
    .n_headers = G_N_ELEMENTS (headers),
    .read_complaint = aws_complaint_read_xml,
  };
  g_autoptr (HttpClientAnswer) answer = perform (caller, &call, arena, out_code, error);
  if (answer == NULL)
    return NULL;
  gsize length = 0;
  const char *body = http_client_answer_body (answer, &length);
  g_autoptr (GError) problem = NULL;
  const XmlNode *root = xml_tree_parse (body, length, arena, &problem);
  if (root == NULL)
    failure_record (error, AWS_ERROR, AWS_ERROR_UNREACHABLE, "%s: the answer makes no sense: %s",
                    call.what, problem->message);
  return root;
}

/* ---- JSON ---- */

json_t *
aws_client_json (const AwsCaller *caller, const AwsJsonCall *call, Arena *arena,
                 const char **out_code, GError **error)
{
  const HttpClientHeader headers[] = {
    { "Content-Type", arena_printf (arena, "application/x-amz-json-%s", call->version) },
    { "X-Amz-Target", call->target },
  };
  const char *dot = strrchr (call->target, '.');
  const Call sent = {
    .service = call->service,
    .region = call->region,
    .what = arena_printf (arena, "%s %s", call->service, dot != NULL ? dot + 1 : call->target),
    .body = call->body_json,
    .length = strlen (call->body_json),
    .headers = headers,
    .n_headers = G_N_ELEMENTS (headers),
    .read_complaint = aws_complaint_read_json,
  };
  g_autoptr (HttpClientAnswer) answer = perform (caller, &sent, arena, out_code, error);
  if (answer == NULL)
    return NULL;
  gsize length = 0;
  const char *body = http_client_answer_body (answer, &length);
  g_autoptr (GError) problem = NULL;
  json_t *doc =
      json_doc_parse (length == 0 ? "{}" : body, length == 0 ? 2 : length, NULL, &problem);
  if (doc == NULL)
    failure_record (error, AWS_ERROR, AWS_ERROR_UNREACHABLE, "%s: the answer makes no sense: %s",
                    sent.what, problem->message);
  return doc;
}
