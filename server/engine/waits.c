#include "core/deployment-machine.h"
#include "server/engine/private.h"

/* Ending the waits of a deployment early: deployments.md 5.3. */

gboolean
engine_end_ready_wait (Engine *engine, StoreTx *tx, const char *deployment_id, gint64 now_ms,
                       EngineWait *out_result, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  DeploymentAction action;
  DeploymentRecord *deployment = deployment_load (tx, deployment_id, arena, error);
  if (deployment == NULL)
    return FALSE;
  *out_result = ENGINE_WAIT_NONE;
  if (deployment->status != DEPLOYMENT_READY || deployment->ending != DEPLOYMENT_ERROR_NONE ||
      !deployment_machine_step (&deployment->status, DEPLOYMENT_EV_CONTINUE, &action))
    return TRUE;
  *out_result = ENGINE_WAIT_ENDED;
  return deployment_advance (engine, tx, deployment, ENGINE_BATCH, now_ms, arena, error);
}
