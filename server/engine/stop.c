#include "server/engine/private.h"
#include "server/engine/replacement.h"

gboolean
engine_stop_deployment (Engine *engine, StoreTx *tx, const char *deployment_id,
                        StopRollback rollback, gint64 now_ms, EngineStop *out_result,
                        GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  DeploymentRecord *deployment = deployment_load (tx, deployment_id, arena, error);
  if (deployment == NULL)
    return FALSE;
  if (deployment->complete_ms != 0) {
    *out_result = deployment->error_code == DEPLOYMENT_ERROR_MANUAL_STOP ? ENGINE_STOP_SUCCEEDED
                                                                         : ENGINE_STOP_COMPLETED;
    return TRUE;
  }
  if (replacement_is_past_return (deployment)) {
    *out_result = ENGINE_STOP_TOO_LATE;
    return TRUE;
  }
  if (deployment->ending == DEPLOYMENT_ERROR_NONE) {
    deployment->stop_rollback = rollback;
    if (!deployment_begin_ending (engine, tx, deployment, DEPLOYMENT_ERROR_MANUAL_STOP, NULL,
                                  now_ms, arena, error))
      return FALSE;
  } else if (rollback != STOP_ROLLBACK_AS_CONFIGURED && rollback != deployment->stop_rollback) {
    deployment->stop_rollback = rollback;
    if (!deployment_record_update (tx, deployment, error))
      return FALSE;
  }
  *out_result = deployment->complete_ms != 0 ? ENGINE_STOP_SUCCEEDED : ENGINE_STOP_PENDING;
  return TRUE;
}
