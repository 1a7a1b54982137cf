#include "server/integrations/prometheus.h"

#include "proto/http-client.h"
#include "proto/json-doc.h"
#include "server/files.h"

#include <string.h>

/* An answer must come well within the time in which alarms must have been read. */
#define CONNECT_TIMEOUT_S 5
#define TIMEOUT_S         10
#define MAX_ANSWER_BYTES  (16 * 1024 * 1024)
#define MAX_KEY_BYTES     (16 * 1024)

/* A rule is listed with all the instances that fire. */
static const JsonDocLimits answer_limits = { .max_bytes = MAX_ANSWER_BYTES,
                                             .max_depth = 32,
                                             .max_values = 1000000 };

/* What a server answered: data, or a reading for all who asked. */
typedef struct {
  json_t *document; /* NULL: failed */
  const json_t *data;
  AlarmReading failure;
} Answer;

static AlarmReading reading (AlarmState state, Arena *arena, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static AlarmReading
reading (AlarmState state, Arena *arena, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *why = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return (AlarmReading){ state, arena_strdup (arena, why) };
}

/* ---- the request ---- */

/* "Bearer TOKEN" or "Basic ..."; NULL with *error unset: nothing is asked for. */
static char *
authorization (const AlarmSettings *alarm, GError **error)
{
  const char *path = alarm->token_file != NULL ? alarm->token_file : alarm->password_file;
  g_autofree char *text = NULL;
  gsize length;
  if (path == NULL || !files_read (path, MAX_KEY_BYTES, &text, &length, error))
    return NULL;
  g_strchomp (text);
  char *header;
  if (strpbrk (text, "\r\n") != NULL) { /* would begin another header */
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s has more than one line", path);
    explicit_bzero (text, length);
    return NULL;
  }
  if (alarm->token_file != NULL) {
    header = g_strconcat ("Bearer ", text, NULL);
  } else {
    g_autofree char *encoded = g_base64_encode ((const guchar *)text, strlen (text));
    header = g_strconcat ("Basic ", encoded, NULL);
  }
  explicit_bzero (text, length);
  return header;
}

/* What all questions of one reading share. */
typedef struct {
  const Ambient *ambient;
  gint64 end_us;
  Arena *arena;
} Reader;

/* 0: there is none. */
static guint
time_left_s (const Reader *reader)
{
  gint64 left_us = reader->end_us - ambient_monotonic_us (reader->ambient);
  return (guint)CLAMP ((left_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC, 0, TIMEOUT_S);
}

static HttpClientAnswer *
send_request (const AlarmSettings *alarm, const char *path_and_query, const Reader *reader,
              guint timeout_s, GError **error)
{
  const HttpClientSettings settings = { .ca_file = alarm->ca_file,
                                        .connect_timeout_s = CONNECT_TIMEOUT_S,
                                        .timeout_s = timeout_s,
                                        .ambient = reader->ambient };
  g_autoptr (GError) unreadable = NULL;
  g_autofree char *key = authorization (alarm, &unreadable);
  if (unreadable != NULL) {
    g_propagate_error (error, g_steal_pointer (&unreadable));
    return NULL;
  }
  g_autoptr (HttpClient) client = http_client_new (&settings, error);
  if (client == NULL)
    return NULL;
  g_autofree char *url = g_strconcat (alarm->url, path_and_query, NULL);
  const HttpClientHeader header = { "Authorization", key };
  const HttpClientRequest request = { .method = "GET",
                                      .url = url,
                                      .headers = &header,
                                      .n_headers = key != NULL ? 1 : 0,
                                      .max_answer_bytes = MAX_ANSWER_BYTES };
  HttpClientAnswer *answer = http_client_send (client, &request, error);
  if (key != NULL)
    explicit_bzero (key, strlen (key));
  return answer;
}

/* A query that is wrong, or a key that is not good, stays so. */
static AlarmState
state_of_status (guint status)
{
  return status == 400 || status == 401 || status == 403 ? ALARM_UNKNOWN : ALARM_UNREADABLE;
}

static void
read_answer (guint status, const char *body, gsize length, const char *what, Arena *arena,
             Answer *out)
{
  g_autoptr (json_t) document = json_doc_parse (body, length, &answer_limits, NULL);
  const char *said = json_doc_text (document, "error");
  if (status != 200) {
    out->failure = reading (state_of_status (status), arena, "%s answered %u%s%.300s", what, status,
                            said != NULL ? ": " : "", said != NULL ? said : "");
    return;
  }
  const json_t *data = json_object_get (document, "data");
  if (g_strcmp0 (json_doc_text (document, "status"), "success") != 0 || data == NULL) {
    out->failure = reading (ALARM_UNREADABLE, arena, "%s did not answer as Prometheus does", what);
    return;
  }
  out->data = data;
  out->document = g_steal_pointer (&document);
}

/* The answer's document is the caller's. */
static Answer
ask (const AlarmSettings *alarm, const char *path_and_query, const Reader *reader)
{
  Answer out = { 0 };
  g_autoptr (GError) error = NULL;
  guint timeout_s = time_left_s (reader);
  if (timeout_s == 0) {
    out.failure = (AlarmReading){ ALARM_UNREADABLE, "it was not read in time" };
    return out;
  }
  g_autoptr (HttpClientAnswer) got =
      send_request (alarm, path_and_query, reader, timeout_s, &error);
  if (got == NULL) {
    out.failure = reading (ALARM_UNREADABLE, reader->arena, "%s", error->message);
    return out;
  }
  gsize length;
  const char *body = http_client_answer_body (got, &length);
  read_answer (http_client_answer_status (got), body, length, alarm->url, reader->arena, &out);
  return out;
}

/* ---- rules ---- */

/* What the rules of one name say together. */
typedef struct {
  gboolean found, fires, judged;
  const char *failure; /* why one could not be judged */
} RuleSum;

static void
add_rule (RuleSum *sum, const json_t *rule)
{
  const char *health = json_doc_text (rule, "health");
  sum->found = TRUE;
  sum->fires |= g_strcmp0 (json_doc_text (rule, "state"), "firing") == 0;
  sum->judged |= g_strcmp0 (health, "unknown") != 0;
  if (g_strcmp0 (health, "err") == 0) {
    const char *why = json_doc_text (rule, "lastError");
    sum->failure = why != NULL ? why : "for a reason that it does not tell";
  }
}

static AlarmReading
judge_rule (const json_t *data, const AlarmSettings *alarm, Arena *arena)
{
  RuleSum sum = { 0 };
  const json_t *groups = json_object_get (data, "groups");
  for (gsize i = 0; i < json_array_size (groups); i++) {
    const json_t *rules = json_object_get (json_array_get (groups, i), "rules");
    for (gsize k = 0; k < json_array_size (rules); k++) {
      const json_t *rule = json_array_get (rules, k);
      if (g_strcmp0 (json_doc_text (rule, "type"), "alerting") == 0 &&
          g_strcmp0 (json_doc_text (rule, "name"), alarm->alert) == 0)
        add_rule (&sum, rule);
    }
  }
  if (!sum.found)
    return reading (ALARM_UNKNOWN, arena, "%s has no alerting rule %s", alarm->url, alarm->alert);
  if (sum.fires)
    return (AlarmReading){ ALARM_ACTIVE, NULL };
  if (sum.failure != NULL)
    return reading (ALARM_UNREADABLE, arena, "%s cannot judge the rule %s: %.300s", alarm->url,
                    alarm->alert, sum.failure);
  return (AlarmReading){ sum.judged ? ALARM_QUIET : ALARM_NO_DATA, NULL };
}

static gboolean
has_same_server (const AlarmSettings *a, const AlarmSettings *b)
{
  return strcmp (a->url, b->url) == 0 && g_strcmp0 (a->token_file, b->token_file) == 0 &&
         g_strcmp0 (a->password_file, b->password_file) == 0 &&
         g_strcmp0 (a->ca_file, b->ca_file) == 0;
}

/* The rules of alarms[first]'s server, for it and for all later ones that have the same. */
static void
read_rules (const AlarmSettings *const *alarms, gsize first, gsize n, gboolean *done,
            const Reader *reader, AlarmReading *out)
{
  Answer answer = ask (alarms[first], "/api/v1/rules?type=alert", reader);
  for (gsize i = first; i < n; i++) {
    if (alarms[i]->alert == NULL || done[i] || !has_same_server (alarms[first], alarms[i]))
      continue;
    done[i] = TRUE;
    out[i] = answer.document != NULL ? judge_rule (answer.data, alarms[i], reader->arena)
                                     : answer.failure;
  }
  json_decref (answer.document);
}

/* ---- expressions ---- */

/* ["timestamp", "value"] of a scalar. */
static gboolean
scalar_is_true (const json_t *result)
{
  const char *text = json_string_value (json_array_get (result, 1));
  return text != NULL && g_ascii_strtod (text, NULL) != 0; /* NaN too */
}

static AlarmReading
judge_result (const json_t *data, const AlarmSettings *alarm, Arena *arena)
{
  const char *type = json_doc_text (data, "resultType");
  const json_t *result = json_object_get (data, "result");
  if (g_strcmp0 (type, "vector") == 0)
    return (AlarmReading){ json_array_size (result) > 0 ? ALARM_ACTIVE : ALARM_QUIET, NULL };
  if (g_strcmp0 (type, "scalar") == 0)
    return (AlarmReading){ scalar_is_true (result) ? ALARM_ACTIVE : ALARM_QUIET, NULL };
  return reading (ALARM_UNKNOWN, arena,
                  "the expression gives a %s, where an alarm's gives a vector or a scalar",
                  type != NULL ? type : "result without a type");
}

AlarmReading
prometheus_judge (guint status, const char *body, gsize length, const AlarmSettings *alarm,
                  Arena *arena)
{
  Answer answer = { 0 };
  read_answer (status, body, length, alarm->url, arena, &answer);
  AlarmReading found = answer.document == NULL     ? answer.failure
                       : alarm->expression != NULL ? judge_result (answer.data, alarm, arena)
                                                   : judge_rule (answer.data, alarm, arena);
  json_decref (answer.document);
  return found;
}

static AlarmReading
read_expression (const AlarmSettings *alarm, const Reader *reader)
{
  g_autofree char *escaped = g_uri_escape_string (alarm->expression, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/api/v1/query?query=", escaped, NULL);
  Answer answer = ask (alarm, path, reader);
  AlarmReading found =
      answer.document != NULL ? judge_result (answer.data, alarm, reader->arena) : answer.failure;
  json_decref (answer.document);
  return found;
}

static void
read_alarms (gpointer ctx, const AlarmSettings *const *alarms, gsize n, gint64 end_us, Arena *arena,
             AlarmReading *out)
{
  const Reader reader = { ctx, end_us, arena };
  gboolean *done = arena_alloc_n (arena, n, sizeof *done);
  memset (done, 0, n * sizeof *done);
  for (gsize i = 0; i < n; i++) {
    if (alarms[i]->expression != NULL)
      out[i] = read_expression (alarms[i], &reader);
    else if (!done[i])
      read_rules (alarms, i, n, done, &reader, out);
  }
}

const AlarmOps prometheus_alarms = { read_alarms };
