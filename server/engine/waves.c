#include "server/engine/private.h"
#include "store/records/deployment-stage.h"

/* Waves (ours) are stages, and stages.c has what all stages have in common; here is the approval that some wait for before they begin. */

gboolean
engine_awaited_stage (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena,
                      DeploymentStageRecord **out, GError **error)
{
  *out = NULL;
  return deployment->wait != DEPLOYMENT_WAIT_APPROVAL || deployment->complete_ms != 0 ||
         deployment->ending != DEPLOYMENT_ERROR_NONE ||
         deployment_stage_record_next (tx, deployment->id, deployment->stage + 1, arena, out,
                                       error);
}

gboolean
engine_approve_deployment (Engine *engine, StoreTx *tx, const char *deployment_id,
                           const char *wave_name, const char *by, gint64 now_ms, Arena *arena,
                           EngineApproval *out_result, const char **out_wave, GError **error)
{
  DeploymentStageRecord *next;
  StageView view = { 0 };
  DeploymentRecord *deployment = deployment_load (tx, deployment_id, arena, error);
  if (deployment == NULL || !engine_awaited_stage (tx, deployment, arena, &next, error))
    return FALSE;
  *out_wave = next != NULL ? next->stage.name : NULL;
  *out_result = next == NULL ? ENGINE_APPROVAL_NOT_AWAITED
                : wave_name != NULL && !g_str_equal (wave_name, next->stage.name)
                    ? ENGINE_APPROVAL_OF_ANOTHER
                    : ENGINE_APPROVAL_TAKEN;
  if (*out_result != ENGINE_APPROVAL_TAKEN)
    return TRUE;
  deployment->wait = DEPLOYMENT_WAIT_NONE;
  next->approve_ms = now_ms;
  next->approved_by = by;
  return deployment_stage_record_update (tx, next, error) &&
         stages_begin_next (tx, deployment, now_ms, arena, &view, error) &&
         deployment_advance (engine, tx, deployment, ENGINE_BATCH, now_ms, arena, error);
}
