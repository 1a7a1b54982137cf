#include "proto/api-error.h"
#include "proto/api-types.h"
#include "server/actions/deployment-actions.h"
#include "server/engine/engine.h"
#include "server/host-commands/command-hub.h"
#include "server/host-commands/diagnostics.h"
#include "server/host-commands/specification.h"
#include "server/host-identity.h"
#include "store/records/target.h"

#include <string.h>

/* What host agents ask: agent.md 1. Only hosts get here (server/authorize.h); each speaks for itself only: its identifier is
 * who signed (server/host-identity.h). */

static const char *
host_arn_of (const ApiCall *call)
{
  return host_identity_of (call->principal, &call->env->arn, call->arena);
}

static gboolean
check_identifier (const ApiCall *call, const char *host_identifier, GError **error)
{
  if (strcmp (host_identifier, host_arn_of (call)) == 0)
    return TRUE;
  api_error_set (error, API_ERR_ACCESS_DENIED,
                 "The request is signed by %s and may not speak for host %s", call->principal->arn,
                 host_identifier);
  return FALSE;
}

/* ---- poll ---- */

static void
answer_poll (gpointer data, const HubCommand *command)
{
  ApiCall *call = data;
  ApiPollHostCommandOutput output = { 0 };
  if (command != NULL) {
    ApiHostCommand *shown = arena_new0 (call->arena, ApiHostCommand);
    shown->host_command_identifier = arena_strdup (call->arena, command->command_id);
    shown->host_identifier = arena_strdup (call->arena, command->host_arn);
    shown->deployment_execution_id =
        specification_execution_id (&call->env->arn, command->deployment_id, call->arena);
    shown->command_name = arena_strdup (call->arena, command->name);
    output.host_command = shown;
  }
  api_call_answer (call, &output);
}

static gboolean
poller_is_gone (gpointer data)
{
  return api_call_is_abandoned (data);
}

void
action_poll_host_command (ApiCall *call)
{
  const ApiPollHostCommandInput *input = call->input;
  g_autoptr (GError) error = NULL;
  if (!check_identifier (call, input->host_identifier, &error)) {
    api_call_fail (call, error);
    return;
  }
  command_hub_poll (call->env->hub, host_arn_of (call),
                    &(HubPoll){ answer_poll, poller_is_gone, call });
}

/* ---- specification ---- */

gboolean
action_get_deployment_specification (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetDeploymentSpecificationInput *input = call->input;
  ApiGetDeploymentSpecificationOutput *out = output;
  TargetRecord *target = NULL;
  if (!check_identifier (call, input->host_identifier, error))
    return FALSE;
  const char *deployment_id = specification_deployment_id (input->deployment_execution_id);
  if (deployment_id != NULL &&
      !target_record_by_host (tx, deployment_id, host_arn_of (call), call->arena, &target, error))
    return FALSE;
  if (target == NULL) {
    api_error_set (error, API_ERR_CLIENT, "No deployment %s has %s as a target",
                   input->deployment_execution_id, host_arn_of (call));
    return FALSE;
  }
  const char *envelope = specification_get (call->env->specifications, call->env->signer, tx,
                                            deployment_id, call->arena, error);
  if (envelope == NULL)
    return FALSE;
  ApiSpecificationEnvelope *generic = arena_new0 (call->arena, ApiSpecificationEnvelope);
  generic->format = "PKCS7/JSON";
  generic->payload = envelope;
  ApiDeploymentSpecification *specification = arena_new0 (call->arena, ApiDeploymentSpecification);
  specification->generic_envelope = generic;
  out->deployment_system = "CodeDeploy";
  out->deployment_specification = specification;
  return TRUE;
}

/* ---- reports ---- */

static const char *
payload_of (const ApiDiagnosticsEnvelope *envelope)
{
  return envelope != NULL ? envelope->payload : NULL;
}

/* A report about a command that is not this host's tells it nothing but that. */
static gboolean
report (ApiCall *call, StoreTx *tx, const char *command_id, EngineReport what,
        const EventDiagnostics *diagnostics, EngineAnswer *out_answer, GError **error)
{
  if (!engine_report (call->env->engine, tx, host_arn_of (call), command_id, what, diagnostics,
                      call->now_ms, out_answer, error))
    return FALSE;
  if (*out_answer == ENGINE_ANSWER_UNKNOWN || *out_answer == ENGINE_ANSWER_FOREIGN) {
    api_error_set (error, API_ERR_CLIENT, "%s has no host command %s", host_arn_of (call),
                   command_id);
    return FALSE;
  }
  return TRUE;
}

static const char *
status_of (EngineAnswer answer)
{
  switch (answer) {
  case ENGINE_ANSWER_SUCCEEDED:
    return command_status_name (COMMAND_SUCCEEDED);
  case ENGINE_ANSWER_FAILED:
    return command_status_name (COMMAND_FAILED);
  default:
    return command_status_name (COMMAND_IN_PROGRESS);
  }
}

gboolean
action_put_host_command_acknowledgement (ApiCall *call, StoreTx *tx, gpointer output,
                                         GError **error)
{
  const ApiPutHostCommandAcknowledgementInput *input = call->input;
  ApiPutHostCommandAcknowledgementOutput *out = output;
  EngineAnswer answer;
  gboolean noop = diagnostics_says_noop (payload_of (input->diagnostics));
  if (!report (call, tx, input->host_command_identifier,
               noop ? ENGINE_REPORT_NOOP : ENGINE_REPORT_ACKNOWLEDGED, NULL, &answer, error))
    return FALSE;
  out->command_status = status_of (answer);
  return TRUE;
}

gboolean
action_put_host_command_complete (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiPutHostCommandCompleteInput *input = call->input;
  CommandStatus status;
  EngineAnswer answer;
  if (!command_status_from_name (input->command_status, &status) ||
      (status != COMMAND_SUCCEEDED && status != COMMAND_FAILED)) {
    api_error_set (error, API_ERR_CLIENT, "A command completes Succeeded or Failed, not %s",
                   input->command_status);
    return FALSE;
  }
  gboolean success = status == COMMAND_SUCCEEDED;
  EventDiagnostics diagnostics = diagnostics_from_payload (
      payload_of (input->diagnostics), success ? DIAGNOSTICS_OF_SUCCESS : DIAGNOSTICS_OF_FAILURE,
      call->arena);
  return report (call, tx, input->host_command_identifier,
                 success ? ENGINE_REPORT_SUCCEEDED : ENGINE_REPORT_FAILED, &diagnostics, &answer,
                 error);
}

/* No agent is known to call this; it says that the command is still at work, which is what an acknowledgement says. */
gboolean
action_post_host_command_update (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiPostHostCommandUpdateInput *input = call->input;
  ApiPostHostCommandUpdateOutput *out = output;
  EngineAnswer answer;
  if (!report (call, tx, input->host_command_identifier, ENGINE_REPORT_ACKNOWLEDGED, NULL, &answer,
               error))
    return FALSE;
  out->command_status = status_of (answer);
  return TRUE;
}
