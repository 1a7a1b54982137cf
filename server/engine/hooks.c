#include "server/engine/private.h"
#include "store/records/hook-execution.h"

/* Validation hooks of Lambda and ECS deployments: deployments.md 6.9. A platform begins one, calls the function with the id
 * that it gets, and goes on when the function, or whoever knows the id, has reported. */

/* A multiple of 3, so that its base64 has no padding. */
#define ID_BYTES 48

static char *
new_id (Engine *engine, Arena *arena)
{
  guint8 bytes[ID_BYTES];
  ambient_random (engine->config.ambient, bytes, sizeof bytes);
  g_autofree char *text = g_base64_encode (bytes, sizeof bytes);
  return arena_strdup (arena, text);
}

const char *
engine_hook_begin (Engine *engine, StoreTx *tx, const char *deployment_id, const char *target_id,
                   LifecycleEvent event, gint64 now_ms, Arena *arena, GError **error)
{
  const HookExecutionRecord wanted = { .id = new_id (engine, arena),
                                       .deployment_id = deployment_id,
                                       .target_id = target_id,
                                       .event = event,
                                       .create_ms = now_ms };
  HookExecutionRecord *record;
  gboolean taken;
  if (!hook_execution_record_insert (tx, &wanted, &taken, error))
    return NULL;
  if (!taken)
    return wanted.id;
  if (!hook_execution_record_by_event (tx, deployment_id, target_id, event, arena, &record, error))
    return NULL;
  g_assert (record != NULL);
  return record->id;
}

/* NEEDSWORK: the Lambda and ECS platforms, when they come, take their target to its next event here. */
gboolean
engine_hook_report (Engine *engine, StoreTx *tx, const char *deployment_id, const char *id,
                    EngineReport report, gint64 now_ms, EngineHook *out_result, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  HookExecutionRecord *record;
  gboolean changed;
  if (!hook_execution_record_by_id (tx, id, arena, &record, error))
    return FALSE;
  *out_result = ENGINE_HOOK_UNKNOWN;
  if (record == NULL || g_strcmp0 (record->deployment_id, deployment_id) != 0)
    return TRUE;
  DeploymentRecord *deployment = deployment_load (tx, deployment_id, arena, error);
  if (deployment == NULL)
    return FALSE;
  *out_result = ENGINE_HOOK_ENDED;
  if (deployment->complete_ms != 0)
    return TRUE;
  if (!hook_execution_record_complete (
          tx, id, report == ENGINE_REPORT_SUCCEEDED ? EVENT_SUCCEEDED : EVENT_FAILED, now_ms,
          &changed, error))
    return FALSE;
  if (changed)
    *out_result = ENGINE_HOOK_TAKEN;
  return TRUE;
}
