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

/* ---- commands in answers ---- */

/* What an answer says of a command. In the short conversation (docs/host-protocol.md) the specification is beside it. */
typedef struct {
  const ApiHostCommand *command; /* NULL: there is none */
  const char *system;            /* NULL: no specification, the host asks for it */
  const ApiDeploymentSpecification *specification;
} ShownCommand;

static const ApiHostCommand *
show_command (const ApiCall *call, const HubCommand *command)
{
  ApiHostCommand *shown = arena_new0 (call->arena, ApiHostCommand);
  shown->host_command_identifier = arena_strdup (call->arena, command->command_id);
  shown->host_identifier = arena_strdup (call->arena, command->host_arn);
  shown->deployment_execution_id =
      specification_execution_id (&call->env->arn, command->deployment_id, call->arena);
  shown->command_name = arena_strdup (call->arena, command->name);
  return shown;
}

static void
show_specification (Arena *arena, const char *envelope, const char **out_system,
                    const ApiDeploymentSpecification **out)
{
  ApiSpecificationEnvelope *generic = arena_new0 (arena, ApiSpecificationEnvelope);
  generic->format = "PKCS7/JSON";
  generic->payload = envelope;
  ApiDeploymentSpecification *specification = arena_new0 (arena, ApiDeploymentSpecification);
  specification->generic_envelope = generic;
  *out_system = "CodeDeploy";
  *out = specification;
}

/* An answer that is whole but for the command's specification. */
typedef struct {
  ApiCall *call;
  ShownCommand shown;
  const char *deployment_id;
  void (*answer) (ApiCall *call, gpointer output, const ShownCommand *shown);
  gpointer output;
} CommandAnswer;

static gboolean
specification_work (StoreTx *tx, gpointer data, GError **error)
{
  CommandAnswer *answer = data;
  const ApiEnv *env = answer->call->env;
  const char *envelope = specification_get (env->specifications, env->signer, tx,
                                            answer->deployment_id, answer->call->arena, error);
  if (envelope == NULL)
    return FALSE;
  show_specification (answer->call->arena, envelope, &answer->shown.system,
                      &answer->shown.specification);
  return TRUE;
}

/* Without the specification the command is there all the same: the host asks for it and is told what is wrong. */
static void
specification_done (gpointer data, const GError *error)
{
  CommandAnswer *answer = data;
  answer->answer (answer->call, answer->output, &answer->shown);
}

/* Answers now, or when the store has been asked for the specification. command NULL: there is none. */
static void
answer_with_command (ApiCall *call, const HubCommand *command, gpointer output,
                     void (*answer) (ApiCall *call, gpointer output, const ShownCommand *shown))
{
  ShownCommand shown = { NULL };
  if (command != NULL)
    shown.command = show_command (call, command);
  const char *envelope = NULL;
  if (command != NULL && call->short_conversation)
    envelope = specification_peek (call->env->specifications, command->deployment_id, call->arena);
  if (envelope != NULL)
    show_specification (call->arena, envelope, &shown.system, &shown.specification);
  if (command == NULL || !call->short_conversation || envelope != NULL) {
    answer (call, output, &shown);
    return;
  }
  CommandAnswer *waiting = arena_new0 (call->arena, CommandAnswer);
  *waiting = (CommandAnswer){ call, shown, arena_strdup (call->arena, command->deployment_id),
                              answer, output };
  store_submit (call->env->store, STORE_READ, specification_work, specification_done, waiting);
}

/* ---- poll ---- */

static void
finish_poll (ApiCall *call, gpointer data, const ShownCommand *shown)
{
  ApiPollHostCommandOutput *output = data;
  output->host_command = shown->command;
  output->deployment_system = shown->system;
  output->deployment_specification = shown->specification;
  api_call_answer (call, output);
}

static void
answer_poll (gpointer data, const HubCommand *command)
{
  ApiCall *call = data;
  answer_with_command (call, command, arena_new0 (call->arena, ApiPollHostCommandOutput),
                       finish_poll);
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

typedef struct {
  ApiCall *call;
  const char *deployment_id; /* NULL: none of ours */
  ApiGetDeploymentSpecificationOutput output;
} SpecificationCall;

static gboolean
fetch_work (StoreTx *tx, gpointer data, GError **error)
{
  SpecificationCall *fetch = data;
  ApiCall *call = fetch->call;
  const ApiGetDeploymentSpecificationInput *input = call->input;
  TargetRecord *target = NULL;
  if (fetch->deployment_id != NULL &&
      !target_record_by_host (tx, fetch->deployment_id, host_arn_of (call), call->arena, &target,
                              error))
    return FALSE;
  if (target == NULL) {
    api_error_set (error, API_ERR_CLIENT, "No deployment %s has %s as a target",
                   input->deployment_execution_id, host_arn_of (call));
    return FALSE;
  }
  const char *envelope = specification_get (call->env->specifications, call->env->signer, tx,
                                            fetch->deployment_id, call->arena, error);
  if (envelope == NULL)
    return FALSE;
  show_specification (call->arena, envelope, &fetch->output.deployment_system,
                      &fetch->output.deployment_specification);
  return TRUE;
}

static void
fetch_done (gpointer data, const GError *error)
{
  SpecificationCall *fetch = data;
  if (error != NULL)
    api_call_fail (fetch->call, error);
  else
    api_call_answer (fetch->call, &fetch->output);
}

/* Who has a command of the deployment is its target; so most are answered from memory. */
void
action_get_deployment_specification (ApiCall *call)
{
  const ApiGetDeploymentSpecificationInput *input = call->input;
  SpecificationCall *fetch = arena_new0 (call->arena, SpecificationCall);
  g_autoptr (GError) error = NULL;
  if (!check_identifier (call, input->host_identifier, &error)) {
    api_call_fail (call, error);
    return;
  }
  fetch->call = call;
  fetch->deployment_id = specification_deployment_id (input->deployment_execution_id);
  const char *envelope = NULL;
  if (fetch->deployment_id != NULL &&
      command_hub_knows (call->env->hub, host_arn_of (call), fetch->deployment_id))
    envelope = specification_peek (call->env->specifications, fetch->deployment_id, call->arena);
  if (envelope == NULL) {
    store_submit (call->env->store, STORE_READ, fetch_work, fetch_done, fetch);
    return;
  }
  show_specification (call->arena, envelope, &fetch->output.deployment_system,
                      &fetch->output.deployment_specification);
  api_call_answer (call, &fetch->output);
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

/* What the report has led to is durable, and the hub has it. */
static const HubCommand *
next_command (ApiCall *call)
{
  return call->short_conversation
             ? command_hub_take (call->env->hub, host_arn_of (call), call->arena)
             : NULL;
}

static void
answer_acknowledgement (ApiCall *call, gpointer data, const ShownCommand *shown)
{
  ApiPutHostCommandAcknowledgementOutput *output = data;
  output->host_command = shown->command;
  output->deployment_system = shown->system;
  output->deployment_specification = shown->specification;
  api_call_answer (call, output);
}

void
finish_put_host_command_acknowledgement (ApiCall *call, gpointer output)
{
  answer_with_command (call, next_command (call), output, answer_acknowledgement);
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

static void
answer_completion (ApiCall *call, gpointer data, const ShownCommand *shown)
{
  ApiPutHostCommandCompleteOutput *output = data;
  output->host_command = shown->command;
  output->deployment_system = shown->system;
  output->deployment_specification = shown->specification;
  api_call_answer (call, output);
}

void
finish_put_host_command_complete (ApiCall *call, gpointer output)
{
  answer_with_command (call, next_command (call), output, answer_completion);
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
