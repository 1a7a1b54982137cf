#include "server/notifications/payload.h"

#include "core/time-iso8601.h"
#include "proto/json-doc.h"

#include <string.h>

/* SNS takes a subject of less than 100 characters. */
#define MAX_SUBJECT 99

json_t *
payload_read_fact (const NotificationRecord *record, GError **error)
{
  return json_doc_parse (record->fact_json, strlen (record->fact_json), NULL, error);
}

static gboolean
is_of_instance (const json_t *fact)
{
  return json_object_get (fact, "instanceId") != NULL;
}

static const char *
text_or_empty (const json_t *fact, const char *key)
{
  const char *text = json_doc_text (fact, key);
  return text != NULL ? text : "";
}

static gint64
number_of (const json_t *fact, const char *key)
{
  return json_integer_value (json_object_get (fact, key));
}

static void
set_text (json_t *object, const char *key, const char *text)
{
  if (text != NULL)
    json_object_set_new (object, key, json_string (text));
}

static char *
dump (const json_t *json, Arena *arena)
{
  char *text = json_dumps (json, JSON_COMPACT);
  g_assert (text != NULL); /* it was made of JSON, or of texts out of JSON */
  char *kept = arena_strdup (arena, text);
  free (text);
  return kept;
}

/* A text that holds JSON, as real messages have them. */
static void
set_json_as_text (json_t *object, const char *key, json_t *value, Arena *arena)
{
  json_object_set_new (object, key, json_string (dump (value, arena)));
  json_decref (value);
}

/* ---- SNS ---- */

/* "InProgress" -> "IN_PROGRESS" */
static char *
shout (const char *status, Arena *arena)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (const char *c = status; *c != '\0'; c++) {
    if (c > status && g_ascii_isupper (*c))
      g_string_append_c (text, '_');
    g_string_append_c (text, g_ascii_toupper (*c));
  }
  return arena_strdup (arena, text->str);
}

/* "Thu Oct 13 15:50:45 UTC 2022", out of "Thu, 13 Oct 2022 15:50:45 GMT"; null when there is no such time. */
static json_t *
date_text (gint64 time_ms)
{
  char http[TIME_HTTP_SIZE];
  if (time_ms == 0)
    return json_null ();
  time_format_http (time_ms, http);
  g_autofree char *text = g_strdup_printf ("%.3s %.3s %.2s %.8s UTC %.4s", http, http + 8, http + 5,
                                           http + 17, http + 12);
  return json_string (text);
}

/* Seconds and milliseconds, as text. */
static void
set_epoch (json_t *object, const char *key, gint64 time_ms)
{
  if (time_ms == 0)
    return;
  g_autofree char *text =
      g_strdup_printf ("%" G_GINT64_FORMAT ".%03d", time_ms / 1000, (int)(time_ms % 1000));
  json_object_set_new (object, key, json_string (text));
}

static void
fill_deployment_message (json_t *message, const json_t *fact, Arena *arena)
{
  const json_t *failure = json_object_get (fact, "error");
  const json_t *rolling = json_object_get (fact, "rollback");
  json_t *rollback = json_object ();
  set_text (message, "applicationName", json_doc_text (fact, "application"));
  set_text (message, "deploymentId", json_doc_text (fact, "deploymentId"));
  set_text (message, "deploymentGroupName", json_doc_text (fact, "group"));
  json_object_set_new (message, "createTime", date_text (number_of (fact, "createMs")));
  json_object_set_new (message, "completeTime", date_text (number_of (fact, "completeMs")));
  set_json_as_text (message, "deploymentOverview", json_incref (json_object_get (fact, "overview")),
                    arena);
  set_text (message, "status", shout (text_or_empty (fact, "status"), arena));
  if (failure != NULL) {
    json_t *information = json_object ();
    set_text (information, "ErrorCode", json_doc_text (failure, "code"));
    set_text (information, "ErrorMessage", json_doc_text (failure, "message"));
    set_json_as_text (message, "errorInformation", information, arena);
  }
  set_text (rollback, "RollbackMessage", json_doc_text (rolling, "message"));
  set_text (rollback, "RollbackTriggeringDeploymentId", json_doc_text (rolling, "rollbackOf"));
  set_json_as_text (message, "rollbackInformation", rollback, arena);
}

static void
fill_instance_message (json_t *message, const json_t *fact)
{
  const json_t *events = json_object_get (fact, "events");
  json_t *list = json_array ();
  set_text (message, "deploymentId", json_doc_text (fact, "deploymentId"));
  set_text (message, "instanceId", json_doc_text (fact, "instanceArn"));
  set_epoch (message, "lastUpdatedAt", number_of (fact, "updateMs"));
  set_text (message, "instanceStatus", json_doc_text (fact, "status"));
  for (gsize i = 0; i < json_array_size (events); i++) {
    const json_t *event = json_array_get (events, i);
    json_t *shown = json_object ();
    set_text (shown, "LifecycleEvent", json_doc_text (event, "name"));
    set_text (shown, "LifecycleEventStatus", json_doc_text (event, "status"));
    set_epoch (shown, "StartTime", number_of (event, "startMs"));
    set_epoch (shown, "EndTime", number_of (event, "endMs"));
    json_array_append_new (list, shown);
  }
  json_object_set_new (message, "lifecycleEvents", list);
}

char *
payload_sns_message (const ArnScope *scope, const NotificationRecord *record, const json_t *fact,
                     Arena *arena)
{
  g_autoptr (json_t) message = json_object ();
  set_text (message, "region", scope->region);
  set_text (message, "accountId", scope->account_id);
  set_text (message, "eventTriggerName", record->trigger_name);
  if (is_of_instance (fact))
    fill_instance_message (message, fact);
  else
    fill_deployment_message (message, fact, arena);
  return dump (message, arena);
}

char *
payload_sns_subject (const ArnScope *scope, const json_t *fact, Arena *arena)
{
  char *subject = arena_printf (
      arena, "%s: AWS CodeDeploy %s in %s to %s", shout (text_or_empty (fact, "status"), arena),
      text_or_empty (fact, "deploymentId"), scope->region, text_or_empty (fact, "application"));
  for (char *c = subject; *c != '\0'; c++)
    if (*c < ' ' || *c > '~')
      *c = '?';
  if (strlen (subject) > MAX_SUBJECT)
    subject[MAX_SUBJECT] = '\0';
  return subject;
}

/* ---- EventBridge ---- */

json_t *
payload_event_entry (const ArnScope *scope, const NotificationRecord *record, const json_t *fact,
                     const char *bus, const char *source)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *application = text_or_empty (fact, "application");
  const char *group = text_or_empty (fact, "group");
  gboolean of_instance = is_of_instance (fact);
  json_t *resources = json_array ();
  if (of_instance)
    json_array_append_new (resources, json_string (text_or_empty (fact, "instanceArn")));
  json_array_append_new (resources,
                         json_string (arn_for_deployment_group (arena, scope, application, group)));
  json_array_append_new (resources, json_string (arn_for_application (arena, scope, application)));
  g_autoptr (json_t) detail = json_object ();
  set_text (detail, "region", scope->region);
  set_text (detail, "deploymentId", json_doc_text (fact, "deploymentId"));
  set_text (detail, "instanceGroupId", json_doc_text (fact, "groupId"));
  set_text (detail, "deploymentGroup", group);
  set_text (detail, "state", json_doc_text (fact, "state"));
  set_text (detail, "application", application);
  if (of_instance)
    set_text (detail, "instanceId", json_doc_text (fact, "instanceId"));
  return json_pack ("{s:I, s:s, s:o, s:s, s:s, s:s}", "Time",
                    (json_int_t)(record->create_ms / 1000), "Source", source, "Resources",
                    resources, "DetailType",
                    of_instance ? "CodeDeploy Instance State-change Notification"
                                : "CodeDeploy Deployment State-change Notification",
                    "Detail", dump (detail, arena), "EventBusName", bus);
}

/* ---- CloudEvents ---- */

static void
set_iso (json_t *object, const char *key, gint64 time_ms)
{
  char text[TIME_ISO8601_SIZE];
  if (time_ms == 0)
    return;
  time_format_iso8601 (time_ms, text);
  json_object_set_new (object, key, json_string (text));
}

static void
copy_all (json_t *to, const json_t *fact, const char *const *keys)
{
  for (; *keys != NULL; keys++)
    if (json_object_get (fact, *keys) != NULL)
      json_object_set (to, *keys, json_object_get (fact, *keys));
}

static json_t *
cloud_data (const ArnScope *scope, const NotificationRecord *record, const json_t *fact)
{
  static const char *const names[] = { "application", "group",      "groupId",     "deploymentId",
                                       "creator",     "instanceId", "instanceArn", "state",
                                       "status",      NULL };
  static const char *const sums[] = { "overview", "error", "rollback", NULL };
  json_t *data = json_object ();
  const json_t *events = json_object_get (fact, "events");
  set_text (data, "event", record->event);
  set_text (data, "region", scope->region);
  set_text (data, "accountId", scope->account_id);
  copy_all (data, fact, names);
  set_iso (data, "createTime", number_of (fact, "createMs"));
  set_iso (data, "completeTime", number_of (fact, "completeMs"));
  set_iso (data, "updateTime", number_of (fact, "updateMs"));
  copy_all (data, fact, sums);
  if (events == NULL)
    return data;
  json_t *list = json_array ();
  for (gsize i = 0; i < json_array_size (events); i++) {
    const json_t *event = json_array_get (events, i);
    json_t *shown = json_object ();
    set_text (shown, "name", json_doc_text (event, "name"));
    set_text (shown, "status", json_doc_text (event, "status"));
    set_iso (shown, "startTime", number_of (event, "startMs"));
    set_iso (shown, "endTime", number_of (event, "endMs"));
    json_array_append_new (list, shown);
  }
  json_object_set_new (data, "lifecycleEvents", list);
  return data;
}

char *
payload_cloud_event (const ArnScope *scope, const NotificationRecord *record, const json_t *fact,
                     Arena *arena)
{
  gboolean of_instance = is_of_instance (fact);
  const char *id = text_or_empty (fact, "deploymentId");
  g_autofree char *state = g_ascii_strdown (text_or_empty (fact, "state"), -1);
  g_autoptr (json_t) event = json_object ();
  set_text (event, "specversion", "1.0");
  set_text (event, "id", record->id);
  set_text (event, "source",
            arn_for_deployment_group (arena, scope, text_or_empty (fact, "application"),
                                      text_or_empty (fact, "group")));
  set_text (event, "type",
            arena_printf (arena, "slipway.%s.%s", of_instance ? "instance" : "deployment", state));
  set_text (event, "subject",
            of_instance ? arena_printf (arena, "%s/%s", id, text_or_empty (fact, "instanceId"))
                        : id);
  set_iso (event, "time", record->create_ms);
  set_text (event, "datacontenttype", "application/json");
  json_object_set_new (event, "data", cloud_data (scope, record, fact));
  return dump (event, arena);
}
