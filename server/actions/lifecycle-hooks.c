#include "core/states.h"
#include "proto/api-error.h"
#include "server/actions/deployment-actions.h"
#include "server/actions/deployment-view.h"
#include "server/engine/engine.h"

/* PutLifecycleEventHookExecutionStatus: api.md 3.5. */

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (GError **error, ApiErrorCode code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  api_error_set (error, code, "%s", text);
  return FALSE;
}

gboolean
action_put_lifecycle_event_hook_execution_status (ApiCall *call, StoreTx *tx, gpointer output,
                                                  GError **error)
{
  const ApiPutLifecycleEventHookExecutionStatusInput *input = call->input;
  ApiPutLifecycleEventHookExecutionStatusOutput *out = output;
  const char *id = input->lifecycle_event_hook_execution_id;
  DeploymentNature nature;
  EventStatus status;
  EngineHook result;
  if (!event_status_from_name (input->status, &status) ||
      (status != EVENT_SUCCEEDED && status != EVENT_FAILED))
    return refuse (error, API_ERR_INVALID_LIFECYCLE_EVENT_HOOK_EXECUTION_STATUS,
                   "A hook ends Succeeded or Failed, not %s", input->status);
  const DeploymentRecord *deployment = deployment_view_find (call, tx, input->deployment_id, error);
  if (deployment == NULL || !deployment_view_nature (deployment, call->arena, &nature, error))
    return FALSE;
  if (nature.platform == COMPUTE_PLATFORM_SERVER)
    return refuse (error, API_ERR_UNSUPPORTED_ACTION_FOR_DEPLOYMENT_TYPE,
                   "The deployment %s is for the Server compute platform: its hosts report "
                   "themselves",
                   deployment->id);
  if (!engine_hook_report (call->env->engine, tx, deployment->id, id,
                           status == EVENT_SUCCEEDED ? ENGINE_REPORT_SUCCEEDED
                                                     : ENGINE_REPORT_FAILED,
                           call->now_ms, &result, error))
    return FALSE;
  switch (result) {
  case ENGINE_HOOK_TAKEN:
    out->lifecycle_event_hook_execution_id = id;
    return TRUE;
  case ENGINE_HOOK_ENDED:
    return refuse (error, API_ERR_LIFECYCLE_EVENT_ALREADY_COMPLETED,
                   "The lifecycle event of the hook execution %s has ended already", id);
  case ENGINE_HOOK_UNKNOWN:
    break;
  }
  return refuse (error, API_ERR_INVALID_LIFECYCLE_EVENT_HOOK_EXECUTION_ID,
                 "No hook of the deployment is executed under the id %s", id);
}
