#include "server/notifications/sinks.h"

#include "proto/http-client.h"
#include "proto/http-target.h"
#include "proto/json-doc.h"
#include "server/files.h"
#include "server/notifications/payload.h"
#include "server/notifications/webhook-signature.h"

#include <string.h>

#define CONNECT_TIMEOUT_S 10
#define TIMEOUT_S         20
#define MAX_ANSWER_BYTES  (64 * 1024)
#define MAX_SECRET_BYTES  4096
#define MAX_IDLE_CLIENTS  4

/* Connections to webhooks that trust the same CA. */
typedef struct {
  char *ca_file; /* NULL: the system's */
  GPtrArray *idle;
} ClientPool;

struct Sinks {
  const Integrations *integrations;
  AwsClient *aws;
  const ArnScope *scope;
  const Ambient *ambient;
  const char **receivers; /* of integrations->events, in its order */
  Arena *arena;
  GMutex lock;
  GPtrArray *pools; /* ClientPool */
};

static void
pool_free (gpointer data)
{
  ClientPool *pool = data;
  g_ptr_array_unref (pool->idle);
  g_free (pool->ca_file);
  g_free (pool);
}

/* The query of a URL may hold a secret. */
static const char *
name_receiver (const EventsSettings *events, Arena *arena)
{
  if (events->driver == EVENTS_DRIVER_EVENTBRIDGE)
    return arena_printf (arena, "eventbridge:%s", events->bus);
  return arena_printf (arena, "cloudevents:%.*s", (int)strcspn (events->url, "?"), events->url);
}

Sinks *
sinks_new (const Integrations *integrations, AwsClient *aws, const ArnScope *scope,
           const Ambient *ambient)
{
  Sinks *sinks = g_new0 (Sinks, 1);
  sinks->integrations = integrations;
  sinks->aws = aws;
  sinks->scope = scope;
  sinks->ambient = ambient;
  sinks->arena = arena_new ();
  sinks->pools = g_ptr_array_new_with_free_func (pool_free);
  g_mutex_init (&sinks->lock);
  sinks->receivers = arena_alloc_n (sinks->arena, integrations->n_events + 1, sizeof (char *));
  for (gsize i = 0; i < integrations->n_events; i++)
    sinks->receivers[i] = name_receiver (&integrations->events[i], sinks->arena);
  sinks->receivers[integrations->n_events] = NULL;
  return sinks;
}

void
sinks_free (Sinks *sinks)
{
  if (sinks == NULL)
    return;
  g_ptr_array_unref (sinks->pools);
  g_mutex_clear (&sinks->lock);
  arena_free (sinks->arena);
  g_free (sinks);
}

const char *const *
sinks_receivers (const Sinks *sinks)
{
  return sinks->receivers;
}

gboolean
sinks_reaches (gpointer data, const char *target_arn)
{
  const Sinks *sinks = data;
  TriggerSettings trigger;
  return integrations_find_trigger (sinks->integrations, target_arn, &trigger, NULL);
}

/* ---- webhooks ---- */

static ClientPool *
find_pool (Sinks *sinks, const char *ca_file)
{
  for (guint i = 0; i < sinks->pools->len; i++) {
    ClientPool *pool = g_ptr_array_index (sinks->pools, i);
    if (g_strcmp0 (pool->ca_file, ca_file) == 0)
      return pool;
  }
  ClientPool *pool = g_new (ClientPool, 1);
  *pool = (ClientPool){ g_strdup (ca_file),
                        g_ptr_array_new_with_free_func ((GDestroyNotify)http_client_free) };
  g_ptr_array_add (sinks->pools, pool);
  return pool;
}

static HttpClient *
take_client (Sinks *sinks, const char *ca_file, GError **error)
{
  HttpClient *client = NULL;
  g_mutex_lock (&sinks->lock);
  ClientPool *pool = find_pool (sinks, ca_file);
  if (pool->idle->len > 0)
    client = g_ptr_array_steal_index (pool->idle, pool->idle->len - 1);
  g_mutex_unlock (&sinks->lock);
  const HttpClientSettings settings = { .ca_file = ca_file,
                                        .connect_timeout_s = CONNECT_TIMEOUT_S,
                                        .timeout_s = TIMEOUT_S,
                                        .ambient = sinks->ambient };
  return client != NULL ? client : http_client_new (&settings, error);
}

static void
give_back (Sinks *sinks, const char *ca_file, HttpClient *client)
{
  g_mutex_lock (&sinks->lock);
  ClientPool *pool = find_pool (sinks, ca_file);
  gboolean kept = pool->idle->len < MAX_IDLE_CLIENTS;
  if (kept)
    g_ptr_array_add (pool->idle, client);
  g_mutex_unlock (&sinks->lock);
  if (!kept)
    http_client_free (client);
}

typedef struct {
  const char *url, *secret_file, *ca_file, *content_type;
  const char *id, *body;
} Hook;

static char *
sign (const Sinks *sinks, const Hook *hook, gint64 now_s, Arena *arena, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GBytes) secret = NULL;
  gsize length;
  if (!files_read (hook->secret_file, MAX_SECRET_BYTES, &text, &length, error))
    return NULL;
  gboolean good = webhook_secret_read (text, &secret, error);
  explicit_bzero (text, length);
  if (!good) {
    g_prefix_error (error, "%s: ", hook->secret_file);
    return NULL;
  }
  return webhook_sign (secret, hook->id, now_s, hook->body, strlen (hook->body), arena);
}

/* Any answer from 200 to 299 means that it was taken. Redirects are not followed: the signature is for whom it was meant. */
static gboolean
post (Sinks *sinks, const Hook *hook, Arena *arena, GError **error)
{
  HttpClientHeader headers[5];
  gsize n = 0;
  gint64 now_s = ambient_now_ms (sinks->ambient) / 1000;
  headers[n++] = (HttpClientHeader){ "Content-Type", hook->content_type };
  headers[n++] = (HttpClientHeader){ "webhook-id", hook->id };
  headers[n++] =
      (HttpClientHeader){ "webhook-timestamp", arena_printf (arena, "%" G_GINT64_FORMAT, now_s) };
  if (hook->secret_file != NULL) {
    const char *signature = sign (sinks, hook, now_s, arena, error);
    if (signature == NULL)
      return FALSE;
    headers[n++] = (HttpClientHeader){ "webhook-signature", signature };
  }
  HttpClient *client = take_client (sinks, hook->ca_file, error);
  if (client == NULL)
    return FALSE;
  const HttpClientRequest request = { .method = "POST",
                                      .url = hook->url,
                                      .headers = headers,
                                      .n_headers = n,
                                      .body = hook->body,
                                      .body_length = strlen (hook->body),
                                      .max_answer_bytes = MAX_ANSWER_BYTES };
  g_autoptr (HttpClientAnswer) answer = http_client_send (client, &request, error);
  give_back (sinks, hook->ca_file, client);
  if (answer == NULL)
    return FALSE;
  guint status = http_client_answer_status (answer);
  if (status >= 200 && status < 300)
    return TRUE;
  g_auto (HttpTarget) target = { 0 }; /* path and query may be secrets: of some chats they are */
  g_set_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_PROTOCOL,
               "%s answered %u, where 200 to 299 mean that it was taken%s",
               http_target_parse (hook->url, &target, NULL) ? target.origin : "it", status,
               status >= 300 && status < 400 ? "; redirects are not followed" : "");
  return FALSE;
}

/* ---- AWS ---- */

static AwsCaller
call_aws (const Sinks *sinks)
{
  return (AwsCaller){ sinks->aws,
                      ambient_monotonic_us (sinks->ambient) + TIMEOUT_S * G_USEC_PER_SEC };
}

static gboolean
publish (Sinks *sinks, const NotificationRecord *record, const json_t *fact, Arena *arena,
         GError **error)
{
  const AwsCaller caller = call_aws (sinks);
  g_auto (AwsQuery) query = aws_query ("sns", "2010-03-31", "Publish");
  g_auto (GStrv) arn = g_strsplit (record->sink, ":", 6);
  if (g_strv_length (arn) == 6)
    query.region = arn[3]; /* a topic may be in another region than all else */
  aws_query_add (&query, record->sink, "TopicArn");
  aws_query_add (&query, payload_sns_subject (sinks->scope, fact, arena), "Subject");
  aws_query_add (&query, payload_sns_message (sinks->scope, record, fact, arena), "Message");
  if (g_str_has_suffix (record->sink, ".fifo")) { /* ordered, and without doubles, there too */
    aws_query_add (&query, record->deployment_id, "MessageGroupId");
    aws_query_add (&query, record->id, "MessageDeduplicationId");
  }
  return aws_client_query (&caller, &query, arena, NULL, error) != NULL;
}

static gboolean
put_event (Sinks *sinks, const EventsSettings *events, const NotificationRecord *record,
           const json_t *fact, Arena *arena, GError **error)
{
  const AwsCaller caller = call_aws (sinks);
  g_autoptr (json_t) body =
      json_pack ("{s:[o]}", "Entries",
                 payload_event_entry (sinks->scope, record, fact, events->bus, events->source));
  char *text = json_dumps (body, JSON_COMPACT);
  const AwsJsonCall call = { .service = "events",
                             .target = "AWSEvents.PutEvents",
                             .version = "1.1",
                             .body_json = arena_strdup (arena, text) };
  free (text);
  g_autoptr (json_t) answer = aws_client_json (&caller, &call, arena, NULL, error);
  if (answer == NULL)
    return FALSE;
  if (json_integer_value (json_object_get (answer, "FailedEntryCount")) == 0)
    return TRUE;
  const json_t *entry = json_array_get (json_object_get (answer, "Entries"), 0);
  const char *code = json_doc_text (entry, "ErrorCode");
  const char *message = json_doc_text (entry, "ErrorMessage");
  g_set_error (error, AWS_ERROR, AWS_ERROR_REFUSED, "events PutEvents refused the event: %s: %s",
               code != NULL ? code : "no code", message != NULL ? message : "no message");
  return FALSE;
}

/* ---- one notification ---- */

static gboolean
deliver_trigger (Sinks *sinks, const NotificationRecord *record, const json_t *fact, Arena *arena,
                 GError **error)
{
  TriggerSettings trigger;
  if (!integrations_find_trigger (sinks->integrations, record->sink, &trigger, error))
    return FALSE;
  if (trigger.driver == TRIGGER_DRIVER_SNS)
    return publish (sinks, record, fact, arena, error);
  const Hook hook = { .url = trigger.url,
                      .secret_file = trigger.secret_file,
                      .ca_file = trigger.ca_file,
                      .content_type = "application/json",
                      .id = record->id,
                      .body = payload_sns_message (sinks->scope, record, fact, arena) };
  return post (sinks, &hook, arena, error);
}

static gboolean
deliver_event (Sinks *sinks, const EventsSettings *events, const NotificationRecord *record,
               const json_t *fact, Arena *arena, GError **error)
{
  if (events->driver == EVENTS_DRIVER_EVENTBRIDGE)
    return put_event (sinks, events, record, fact, arena, error);
  const Hook hook = { .url = events->url,
                      .secret_file = events->secret_file,
                      .ca_file = events->ca_file,
                      .content_type = "application/cloudevents+json; charset=utf-8",
                      .id = record->id,
                      .body = payload_cloud_event (sinks->scope, record, fact, arena) };
  return post (sinks, &hook, arena, error);
}

gboolean
sinks_deliver (Sinks *sinks, const NotificationRecord *record, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (json_t) fact = payload_read_fact (record, error);
  if (fact == NULL)
    return FALSE;
  if (record->trigger_name != NULL)
    return deliver_trigger (sinks, record, fact, arena, error);
  for (gsize i = 0; i < sinks->integrations->n_events; i++)
    if (strcmp (sinks->receivers[i], record->sink) == 0)
      return deliver_event (sinks, &sinks->integrations->events[i], record, fact, arena, error);
  g_set_error (error, INTEGRATIONS_ERROR, INTEGRATIONS_ERROR_UNKNOWN,
               "%s has no receiver of events %s any more; name it there again, or drop the "
               "notification",
               sinks->integrations->file_name, record->sink);
  return FALSE;
}
