#include "proto/api-error.h"
#include "server/actions/deployment-actions.h"
#include "server/actions/deployment-view.h"
#include "server/engine/engine.h"

/* PauseDeployment, ResumeDeployment, ApproveDeployment: ours (docs/deploying.md). */

static const DeploymentRecord *
find_active (ApiCall *call, StoreTx *tx, const char *id, GError **error)
{
  const DeploymentRecord *deployment = deployment_view_find (call, tx, id, error);
  if (deployment == NULL || deployment->complete_ms == 0)
    return deployment;
  api_error_set (error, API_ERR_DEPLOYMENT_ALREADY_COMPLETED,
                 "The deployment %s has already completed", id);
  return NULL;
}

/* The result of what was asked of one that has not ended. as_before: what is wrong then. */
static gboolean
accept (EnginePause result, const char *id, const char *as_before, GError **error)
{
  switch (result) {
  case ENGINE_PAUSE_CHANGED:
    return TRUE;
  case ENGINE_PAUSE_AS_BEFORE:
    api_error_set (error, API_ERR_INVALID_DEPLOYMENT_STATUS, "The deployment %s %s", id, as_before);
    return FALSE;
  case ENGINE_PAUSE_ENDING:
    api_error_set (error, API_ERR_INVALID_DEPLOYMENT_STATUS,
                   "The deployment %s is ending: it only waits for what hosts have begun", id);
    return FALSE;
  case ENGINE_PAUSE_COMPLETED:
    break;
  }
  g_assert_not_reached (); /* it was looked at in the same transaction */
}

gboolean
action_pause_deployment (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiPauseDeploymentInput *input = call->input;
  ApiPauseDeploymentOutput *out = output;
  EnginePause result;
  const DeploymentRecord *deployment = find_active (call, tx, input->deployment_id, error);
  if (deployment == NULL ||
      !engine_pause_deployment (call->env->engine, tx, deployment->id, call->principal->arn,
                                call->now_ms, &result, error) ||
      !accept (result, deployment->id, "is paused already", error))
    return FALSE;
  engine_log_deed (call->env->engine, tx, "deployment-paused", deployment->id, call->principal->arn,
                   call->request_id);
  out->paused_since = arena_int64 (call->arena, call->now_ms);
  out->status_message =
      deployment->n_running > 0
          ? "Events that hosts have begun run to their end; nothing else is started until the "
            "deployment is resumed"
          : "Nothing is started until the deployment is resumed";
  return TRUE;
}

gboolean
action_resume_deployment (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiResumeDeploymentInput *input = call->input;
  EnginePause result;
  const DeploymentRecord *deployment = find_active (call, tx, input->deployment_id, error);
  if (deployment == NULL ||
      !engine_resume_deployment (call->env->engine, tx, deployment->id, call->now_ms, &result,
                                 error) ||
      !accept (result, deployment->id, "is not paused", error))
    return FALSE;
  engine_log_deed (call->env->engine, tx, "deployment-resumed", deployment->id,
                   call->principal->arn, call->request_id);
  return TRUE;
}

gboolean
action_approve_deployment (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiApproveDeploymentInput *input = call->input;
  ApiApproveDeploymentOutput *out = output;
  EngineApproval result;
  const DeploymentRecord *deployment = find_active (call, tx, input->deployment_id, error);
  if (deployment == NULL ||
      !engine_approve_deployment (call->env->engine, tx, deployment->id, input->wave_name,
                                  call->principal->arn, call->now_ms, call->arena, &result,
                                  &out->wave_name, error))
    return FALSE;
  switch (result) {
  case ENGINE_APPROVAL_TAKEN:
    engine_log_deed (call->env->engine, tx, "deployment-approved", deployment->id,
                     call->principal->arn, call->request_id);
    out->status_message =
        deployment->paused_ms != 0
            ? arena_printf (call->arena,
                            "Wave %s of deployment %s begins once the deployment is resumed",
                            out->wave_name, deployment->id)
            : arena_printf (call->arena, "Wave %s of deployment %s begins", out->wave_name,
                            deployment->id);
    return TRUE;
  case ENGINE_APPROVAL_NOT_AWAITED:
    api_error_set (error, API_ERR_INVALID_DEPLOYMENT_STATUS,
                   "The deployment %s does not wait for an approval", deployment->id);
    return FALSE;
  case ENGINE_APPROVAL_OF_ANOTHER:
    api_error_set (error, API_ERR_INVALID_INPUT,
                   "The deployment %s waits for the approval of wave %s, not of %s", deployment->id,
                   out->wave_name, input->wave_name);
    return FALSE;
  }
  g_assert_not_reached ();
}
