#include "core/ids.h"
#include "proto/json-doc.h"
#include "proto/shape.h"
#include "server/engine/private.h"
#include "store/records/notification.h"

/* Telling others what happens in deployments (deployments.md 7.2, 7.3): a row for each who listens, in the transaction of the change itself.
 * Who delivers them, and in which words, is server/notifications/.
 *
 * Who listens is settled when a deployment is created, so that a change on one of ten thousand hosts that nobody wants to hear of
 * costs a look at a number. A row holds what happened as a JSON object, the same for every receiver:
 *
 *   {"state":"FAILURE","deploymentId","application","group","groupId","creator","status":"Failed","createMs","completeMs",
 *    "overview":{"Succeeded":1,...},"error":{"code","message"},"rollback":{"message","rollbackOf","rollbackId"}}
 *   {"state":"SUCCESS","deploymentId","application","group","groupId","instanceId","instanceArn","status":"Succeeded","updateMs",
 *    "events":[{"name":"Install","status":"Succeeded","startMs","endMs"}]}
 *
 * Members that do not apply are absent. */

/* ---- what happened ---- */

/* EventBridge's words (deployments.md 7.3); a rollback that is in progress has none. */
static const char *const states[ANNOUNCEMENT_N] = {
  [ANNOUNCEMENT_DEPLOYMENT_START] = "START",     [ANNOUNCEMENT_DEPLOYMENT_SUCCESS] = "SUCCESS",
  [ANNOUNCEMENT_DEPLOYMENT_FAILURE] = "FAILURE", [ANNOUNCEMENT_DEPLOYMENT_STOP] = "STOP",
  [ANNOUNCEMENT_DEPLOYMENT_READY] = "READY",     [ANNOUNCEMENT_INSTANCE_START] = "START",
  [ANNOUNCEMENT_INSTANCE_SUCCESS] = "SUCCESS",   [ANNOUNCEMENT_INSTANCE_FAILURE] = "FAILURE",
  [ANNOUNCEMENT_INSTANCE_READY] = "READY",
};

/* Texts that hosts and people gave may be anything. */
static void
set_text (json_t *object, const char *key, const char *text)
{
  if (text == NULL)
    return;
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  json_object_set_new (object, key, json_string (valid));
}

static void
set_time (json_t *object, const char *key, gint64 time_ms)
{
  if (time_ms != 0)
    json_object_set_new (object, key, json_integer (time_ms));
}

static json_t *
fact_of (const DeploymentRecord *deployment, Announcement what)
{
  json_t *fact = json_object ();
  set_text (fact, "state", states[what]);
  set_text (fact, "deploymentId", deployment->id);
  set_text (fact, "application", deployment->application_name);
  set_text (fact, "group", deployment->group_name);
  set_text (fact, "groupId", deployment->group_id);
  set_text (fact, "creator", deployment_creator_name (deployment->creator));
  return fact;
}

static json_t *
deployment_fact (const DeploymentRecord *deployment, Announcement what)
{
  json_t *fact = fact_of (deployment, what);
  set_text (fact, "status", deployment_status_name (deployment->status));
  set_time (fact, "createMs", deployment->create_ms);
  set_time (fact, "completeMs", deployment->complete_ms);
  json_object_set_new (
      fact, "overview",
      json_pack ("{s:I, s:I, s:I, s:I, s:I}", "Succeeded", (json_int_t)deployment->n_succeeded,
                 "Failed", (json_int_t)deployment->n_failed, "Skipped",
                 (json_int_t)deployment->n_skipped, "InProgress", (json_int_t)deployment->n_running,
                 "Pending", (json_int_t)deployment->n_pending));
  if (deployment->error_code != DEPLOYMENT_ERROR_NONE) {
    json_t *error = json_object ();
    set_text (error, "code", deployment_error_name (deployment->error_code));
    set_text (error, "message", deployment->error_message);
    json_object_set_new (fact, "error", error);
  }
  json_t *rollback = json_object ();
  set_text (rollback, "message", deployment->rollback_message);
  set_text (rollback, "rollbackOf", deployment->rollback_of);
  set_text (rollback, "rollbackId", deployment->rollback_id);
  if (json_object_size (rollback) > 0)
    json_object_set (fact, "rollback", rollback);
  json_decref (rollback);
  return fact;
}

static json_t *
target_fact (const DeploymentRecord *deployment, const TargetRecord *record, const Target *target,
             Announcement what)
{
  json_t *fact = fact_of (deployment, what);
  json_t *events = json_array ();
  set_text (fact, "instanceId", record->target_id);
  set_text (fact, "instanceArn", record->target_arn);
  set_text (fact, "status", target_status_name (record->status));
  set_time (fact, "updateMs", record->update_ms);
  for (gsize i = 0; i < target->n_events; i++) {
    json_t *event = json_object ();
    set_text (event, "name", lifecycle_event_name (target->events[i].event));
    set_text (event, "status", event_status_name (target->events[i].status));
    set_time (event, "startMs", target->events[i].start_ms);
    set_time (event, "endMs", target->events[i].end_ms);
    json_array_append_new (events, event);
  }
  json_object_set_new (fact, "events", events);
  return fact;
}

/* ---- to whom ---- */

typedef struct {
  Engine *engine;
  gint64 due_ms;
} AudienceWake;

static void
wake_now (gpointer data)
{
  const AudienceWake *wake = data;
  const EngineAudience *audience = wake->engine->config.audience;
  audience->wake (audience->wake_ctx, wake->due_ms);
}

void
engine_wake_audience (Engine *engine, StoreTx *tx, gint64 due_ms)
{
  if (engine->config.audience == NULL || engine->config.audience->wake == NULL)
    return;
  AudienceWake *wake = g_new (AudienceWake, 1);
  *wake = (AudienceWake){ engine, due_ms };
  store_tx_on_commit (tx, wake_now, wake, g_free);
}

static gboolean
put_for_all (Engine *engine, StoreTx *tx, const char *deployment_id, Announcement what, gint64 bits,
             const json_t *fact, gint64 now_ms, Arena *arena, GError **error)
{
  ListenerRecordList listeners;
  if (!listener_record_list (tx, deployment_id, arena, &listeners, error))
    return FALSE;
  char *text = json_dumps (fact, JSON_COMPACT);
  g_assert (text != NULL); /* every text of it was made valid */
  const char *fact_json = arena_strdup (arena, text);
  free (text);
  for (gsize i = 0; i < listeners.n; i++) {
    const ListenerRecord *listener = listeners.items[i];
    char id[IDS_UUID_SIZE];
    if ((listener->events & bits) == 0)
      continue;
    ids_new_uuid (engine->config.ambient, id);
    const NotificationRecord notification = { .id = id,
                                              .deployment_id = deployment_id,
                                              .sink = listener->sink,
                                              .trigger_name = listener->trigger_name,
                                              .event = announcement_name (what),
                                              .fact_json = fact_json,
                                              .create_ms = now_ms };
    if (!notification_record_put (tx, &notification, error))
      return FALSE;
  }
  engine_wake_audience (engine, tx, now_ms);
  return TRUE;
}

/* ---- who listens ---- */

typedef struct {
  Engine *engine;
  char *deployment_id, *trigger, *sink;
} UnreachedEffect;

static void
unreached_effect_free (gpointer data)
{
  UnreachedEffect *effect = data;
  g_free (effect->deployment_id);
  g_free (effect->trigger);
  g_free (effect->sink);
  g_free (effect);
}

static void
log_unreached_now (gpointer data)
{
  const UnreachedEffect *effect = data;
  log_warning (effect->engine->config.log, "trigger-reaches-nobody",
               log_text ("deployment", effect->deployment_id),
               log_text ("trigger", effect->trigger), log_text ("target", effect->sink),
               log_text ("remedy", "name the target under triggers in integrations.yml, or give "
                                   "that file a section aws"));
}

static void
warn_unreached (Engine *engine, StoreTx *tx, const char *deployment_id,
                const ApiTriggerConfig *trigger)
{
  if (engine->config.log == NULL)
    return;
  UnreachedEffect *effect = g_new (UnreachedEffect, 1);
  *effect = (UnreachedEffect){ engine, g_strdup (deployment_id), g_strdup (trigger->trigger_name),
                               g_strdup (trigger->trigger_target_arn) };
  store_tx_on_commit (tx, log_unreached_now, effect, unreached_effect_free);
}

static gboolean
add_listener (StoreTx *tx, DeploymentRecord *deployment, gint64 *ordinal, const char *sink,
              const char *trigger_name, gint64 events, GError **error)
{
  const ListenerRecord listener = { deployment->id, (*ordinal)++, sink, trigger_name, events };
  deployment->announces |= events;
  return events == 0 || listener_record_insert (tx, &listener, error);
}

static gboolean
add_triggers (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 *ordinal,
              Arena *arena, GError **error)
{
  const EngineAudience *audience = engine->config.audience;
  DeploymentGroupRecord *group;
  gpointer settings = NULL;
  if (audience->reaches == NULL)
    return TRUE;
  if (!deployment_group_record_by_id (tx, deployment->group_id, arena, &group, error))
    return FALSE;
  /* Settings that cannot be read end the deployment when it starts, with a better reason. */
  if (group == NULL ||
      !shape_from_text (&api_shape_deployment_group_info, group->settings_json, arena, &settings,
                        NULL) ||
      settings == NULL)
    return TRUE;
  const ApiTriggerConfigList *triggers =
      ((const ApiDeploymentGroupInfo *)settings)->trigger_configurations;
  for (gsize i = 0; triggers != NULL && i < triggers->n; i++) {
    const ApiTriggerConfig *trigger = triggers->items[i];
    const ApiTriggerEventTypeList *events = trigger->trigger_events;
    if (!audience->reaches (audience->reaches_ctx, trigger->trigger_target_arn))
      warn_unreached (engine, tx, deployment->id, trigger);
    else if (events != NULL && !add_listener (tx, deployment, ordinal, trigger->trigger_target_arn,
                                              trigger->trigger_name,
                                              announcement_bits (events->items, events->n), error))
      return FALSE;
  }
  return TRUE;
}

gboolean
announce_to_whom (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const EngineAudience *audience = engine->config.audience;
  gint64 ordinal = 0;
  deployment->announces = 0;
  if (audience == NULL)
    return TRUE;
  for (const char *const *sink = audience->sinks; sink != NULL && *sink != NULL; sink++)
    if (!add_listener (tx, deployment, &ordinal, *sink, NULL, ANNOUNCEMENT_EVERYTHING, error))
      return FALSE;
  return add_triggers (engine, tx, deployment, &ordinal, arena, error);
}

/* ---- the occasions ---- */

gboolean
announce_deployment (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                     Announcement what, gint64 now_ms, Arena *arena, GError **error)
{
  /* What happens to a rollback is news for whoever wants to hear of rollbacks, too (deployments.md 7.2). */
  gint64 bits = deployment->creator == CREATOR_ROLLBACK
                    ? ANNOUNCEMENT_BIT (ANNOUNCEMENT_DEPLOYMENT_ROLLBACK)
                    : 0;
  if (what != ANNOUNCEMENT_DEPLOYMENT_ROLLBACK)
    bits |= ANNOUNCEMENT_BIT (what);
  if ((deployment->announces & bits) == 0)
    return TRUE;
  g_autoptr (json_t) fact = deployment_fact (deployment, what);
  return put_for_all (engine, tx, deployment->id, what, bits, fact, now_ms, arena, error);
}

gboolean
announce_created (Engine *engine, StoreTx *tx, const DeploymentRecord *created, gint64 now_ms,
                  GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  if (created->announces == 0)
    return TRUE;
  /* With the names of its application and group. */
  const DeploymentRecord *deployment = deployment_load (tx, created->id, arena, error);
  return deployment != NULL &&
         announce_deployment (engine, tx, deployment, ANNOUNCEMENT_DEPLOYMENT_START, now_ms, arena,
                              error);
}

gboolean
announce_end (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment, gint64 now_ms,
              Arena *arena, GError **error)
{
  if (deployment->announces == 0)
    return TRUE;
  Announcement what = deployment->status == DEPLOYMENT_SUCCEEDED ? ANNOUNCEMENT_DEPLOYMENT_SUCCESS
                      : deployment->status == DEPLOYMENT_STOPPED ? ANNOUNCEMENT_DEPLOYMENT_STOP
                                                                 : ANNOUNCEMENT_DEPLOYMENT_FAILURE;
  return announce_deployment (engine, tx, deployment, what, now_ms, arena, error) &&
         listener_record_delete_all (tx, deployment->id, error);
}

gboolean
announce_target (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                 const TargetRecord *record, gint64 now_ms, Arena *arena, GError **error)
{
  static const struct {
    TargetStatus status;
    Announcement what;
  } table[] = {
    { TARGET_IN_PROGRESS, ANNOUNCEMENT_INSTANCE_START },
    { TARGET_SUCCEEDED, ANNOUNCEMENT_INSTANCE_SUCCESS },
    { TARGET_FAILED, ANNOUNCEMENT_INSTANCE_FAILURE },
    { TARGET_READY, ANNOUNCEMENT_INSTANCE_READY },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    gint64 bit = ANNOUNCEMENT_BIT (table[i].what);
    if (table[i].status != record->status || (deployment->announces & bit) == 0)
      continue;
    Target target;
    if (!engine_read_target (record, arena, &target, error))
      return FALSE;
    g_autoptr (json_t) fact = target_fact (deployment, record, &target, table[i].what);
    return put_for_all (engine, tx, deployment->id, table[i].what, bit, fact, now_ms, arena, error);
  }
  return TRUE;
}
