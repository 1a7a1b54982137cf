#include "agent/command-run.h"

#include <errno.h>
#include <string.h>

#include "agent/backoff.h"
#include "agent/executor.h"
#include "agent/installer.h"
#include "agent/spec-envelope.h"

#define FIRST_CALL_PAUSE_MS  200
#define PAUSE_PIECE_MS       50
#define PICKUP_PATIENCE_MS   (G_GINT64_CONSTANT (3600) * 1000)
#define REPORT_PATIENCE_MS   (G_GINT64_CONSTANT (24) * 3600 * 1000)
#define STOPPING_PATIENCE_MS (G_GINT64_CONSTANT (5) * 1000)

typedef struct {
  const CommandContext *context;
  CommandService *service;
  const ApiHostCommand *command;
  Arena *arena;
  const DeploymentSpec *spec;
} Conversation;

void
command_report_clear (CommandReport *report)
{
  g_clear_pointer (&report->payload, g_free);
  report->ended = FALSE;
}

static gint64
now_ms (const CommandContext *context)
{
  return ambient_now_ms (context->host->ambient);
}

/* Attempts of one call. */
typedef struct {
  const CommandContext *context;
  CommandService *service;
  const char *what;
  gint64 started_ms;
  gint64 patience_ms;
  gint64 stopping_since_ms; /* 0: not stopping */
  guint failures;
} Attempts;

static Attempts
attempts_begin (const CommandContext *context, CommandService *service, const char *what,
                gint64 patience_ms)
{
  return (Attempts){ .context = context,
                     .service = service,
                     .what = what,
                     .patience_ms = patience_ms,
                     .started_ms = now_ms (context) };
}

/*
 * Has the agent been asked to stop for long enough? A stop leaves a call a moment to get through; a result that does not is
 * on disk, and the next start reports it.
 */
static gboolean
stopping_for_long (Attempts *attempts)
{
  const CommandContext *context = attempts->context;
  if (!context->stopped (context->stopped_ctx))
    return FALSE;
  if (command_service_is_aborted (attempts->service))
    return TRUE;
  if (attempts->stopping_since_ms == 0)
    attempts->stopping_since_ms = now_ms (context);
  return now_ms (context) - attempts->stopping_since_ms >=
         MIN (attempts->patience_ms, STOPPING_PATIENCE_MS);
}

/* After a failure: waits, and says whether to try again. */
static gboolean
attempts_again (Attempts *attempts, const GError *error)
{
  AgentLog *log = attempts->context->host->log;

  if (command_service_failure (attempts->service) == CALL_REFUSED)
    return FALSE;
  gint64 spent_ms = now_ms (attempts->context) - attempts->started_ms;
  if (spent_ms > attempts->patience_ms || spent_ms < 0 || stopping_for_long (attempts))
    return FALSE;
  attempts->failures++;
  agent_log (log, attempts->failures == 1 ? AGENT_LOG_WARN : AGENT_LOG_DEBUG,
             "%s: %s; trying again", attempts->what, error->message);
  gint64 left_ms =
      backoff_call_ms (attempts->failures, FIRST_CALL_PAUSE_MS, attempts->context->host->ambient);
  for (; left_ms > 0 && !stopping_for_long (attempts); left_ms -= PAUSE_PIECE_MS)
    g_usleep ((gulong)MIN (left_ms, PAUSE_PIECE_MS) * 1000);
  return TRUE;
}

static gboolean
fetch_specification (Conversation *conversation, const ApiGetDeploymentSpecificationOutput **out,
                     GError **error)
{
  Attempts attempts = attempts_begin (conversation->context, conversation->service,
                                      "fetching the deployment specification", PICKUP_PATIENCE_MS);
  for (;;) {
    g_autoptr (GError) problem = NULL;
    if (command_service_specification (conversation->service,
                                       conversation->command->deployment_execution_id,
                                       conversation->arena, out, &problem))
      return TRUE;
    if (!attempts_again (&attempts, problem)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  }
}

static gboolean
acknowledge (Conversation *conversation, gboolean is_noop, const char **out_status, GError **error)
{
  Attempts attempts = attempts_begin (conversation->context, conversation->service,
                                      "acknowledging the command", PICKUP_PATIENCE_MS);
  for (;;) {
    g_autoptr (GError) problem = NULL;
    if (command_service_acknowledge (conversation->service,
                                     conversation->command->host_command_identifier, is_noop,
                                     conversation->arena, out_status, &problem))
      return TRUE;
    if (!attempts_again (&attempts, problem)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  }
}

gboolean
command_run_report (const CommandContext *context, CommandService *service,
                    const char *deployment_id, const CommandOutcome *outcome)
{
  AgentLog *log = context->host->log;
  Attempts attempts =
      attempts_begin (context, service, "reporting the command's result", REPORT_PATIENCE_MS);

  for (;;) {
    g_autoptr (GError) problem = NULL;
    if (command_service_complete (service, outcome->command_id, outcome->succeeded,
                                  outcome->payload, &problem))
      break;
    if (command_service_failure (service) == CALL_REFUSED) {
      /* an answer, and not one to argue with: the service has had its report, or never wants it */
      agent_log (log, AGENT_LOG_WARN, "the service does not take the result of command %s: %s",
                 outcome->command_id, problem->message);
      break;
    }
    if (!attempts_again (&attempts, problem)) {
      agent_log (log, AGENT_LOG_ERROR, "gave up reporting the result of command %s: %s",
                 outcome->command_id, problem->message);
      return FALSE;
    }
  }

  g_autoptr (GError) error = NULL;
  if (!command_journal_forget (context->host, deployment_id, outcome->command_id, &error))
    agent_log (log, AGENT_LOG_WARN, "%s", error->message);
  return TRUE;
}

/* The Install's result is on disk: its journal can go. A journal that stays is settled by the next start, or Install. */
static void
settle (const AgentHost *host, const char *deployment_id)
{
  g_autoptr (GError) error = NULL;
  if (deployment_id != NULL && !installer_settle (host, deployment_id, &error))
    agent_log (host->log, AGENT_LOG_WARN, "%s", error->message);
}

/* Reports what is in result; remembers it on disk first. */
static CommandFate
finish (Conversation *conversation, const CommandResult *result, CommandReport *out)
{
  const AgentHost *host = conversation->context->host;
  const char *deployment_id = conversation->spec != NULL ? conversation->spec->deployment_id : NULL;
  g_autoptr (GError) error = NULL;

  out->ended = TRUE;
  out->succeeded = result->code == DIAGNOSTICS_OK;
  out->payload = diagnostics_payload (result);
  CommandOutcome outcome = {
    .command_id = conversation->command->host_command_identifier,
    .succeeded = out->succeeded,
    .payload = out->payload,
  };
  if (!out->succeeded)
    agent_log (host->log, AGENT_LOG_ERROR, "%s: %s failed with code %d: %s",
               deployment_id != NULL ? deployment_id : "deployment unknown",
               conversation->command->command_name, (int)result->code, result->message);
  /* without the record a crash before the answer reports code 7 instead: still no second run */
  if (command_journal_finish (host, &outcome, &error))
    settle (host, deployment_id);
  else
    agent_log (host->log, AGENT_LOG_WARN, "%s", error->message);
  return command_run_report (conversation->context, conversation->service, deployment_id, &outcome)
             ? COMMAND_REPORTED
             : COMMAND_UNREPORTED;
}

static CommandFate
finish_with_error (Conversation *conversation, const GError *error, CommandReport *out)
{
  g_auto (CommandResult) result = { 0 };
  command_result_set_error (&result, error);
  return finish (conversation, &result, out);
}

static CommandFate
drop (Conversation *conversation, const GError *error)
{
  agent_log (conversation->context->host->log, AGENT_LOG_WARN,
             "left the command %s alone before it began: %s", conversation->command->command_name,
             error->message);
  return COMMAND_DROPPED;
}

static gboolean
was_refused (const Conversation *conversation)
{
  return command_service_failure (conversation->service) == CALL_REFUSED;
}

/* The command is not worked on: a start that follows leaves it alone. */
static void
let_go (const Conversation *conversation)
{
  const AgentHost *host = conversation->context->host;
  g_autoptr (GError) error = NULL;
  if (!command_journal_unaccept (host, conversation->command->host_command_identifier, &error))
    agent_log (host->log, AGENT_LOG_WARN, "%s", error->message);
}

/* Until the command may run. FALSE: *out_fate says how it ended instead. */
static gboolean
prepare (Conversation *conversation, CommandFate *out_fate, CommandReport *out)
{
  const CommandContext *context = conversation->context;
  const char *name = conversation->command->command_name;
  const ApiGetDeploymentSpecificationOutput *answer;
  const char *status = NULL;
  gboolean is_noop = FALSE;
  g_autoptr (GError) error = NULL;

  if (!fetch_specification (conversation, &answer, &error)) {
    *out_fate = was_refused (conversation) ? finish_with_error (conversation, error, out)
                                           : drop (conversation, error);
    return FALSE;
  }
  conversation->spec = spec_envelope_open (answer, context->verifier, conversation->arena, &error);
  if (conversation->spec == NULL ||
      !executor_is_noop (context->host, name, conversation->spec, &is_noop, &error)) {
    *out_fate = finish_with_error (conversation, error, out);
    return FALSE;
  }
  if (!command_journal_accept (context->host, conversation->command, &error)) {
    *out_fate = finish_with_error (conversation, error, out);
    return FALSE;
  }
  if (!acknowledge (conversation, is_noop, &status, &error)) {
    if (was_refused (conversation))
      let_go (conversation);
    *out_fate = drop (conversation, error);
    return FALSE;
  }
  if (g_strcmp0 (status, "Succeeded") == 0 || (g_strcmp0 (status, "Failed") == 0 && !is_noop)) {
    agent_log (context->host->log, AGENT_LOG_INFO, "%s: the service says that %s is over (%s)",
               conversation->spec->deployment_id, name, status);
    let_go (conversation);
    *out_fate = COMMAND_REPORTED;
    return FALSE;
  }
  if (g_strcmp0 (status, "Failed") == 0) {
    CommandResult noop = { .message = (char *)"Succeeded: CompletedNoopCommand" };
    *out_fate = finish (conversation, &noop, out);
    return FALSE;
  }
  return TRUE;
}

static CommandFate
execute (Conversation *conversation, CommandReport *out)
{
  const CommandContext *context = conversation->context;
  const ApiHostCommand *command = conversation->command;
  const AgentHost *host = context->host;
  g_auto (CommandResult) result = { 0 };
  g_autoptr (GError) error = NULL;

  if (!command_journal_begin (host, conversation->spec->deployment_id,
                              command->host_command_identifier, &error))
    return finish_with_error (conversation, error, out);
  gint64 began_ms = now_ms (context);
  BundleFetchContext fetch = { host, context->credentials, context->stopped, context->stopped_ctx };
  BundleContext bundle = { host, bundle_fetch, &fetch };
  agent_log (host->log, AGENT_LOG_INFO, "%s: %s begins", conversation->spec->deployment_id,
             command->command_name);
  executor_run (&bundle, command->command_name, conversation->spec, &result);
  agent_log (host->log, AGENT_LOG_INFO, "%s: %s ended after %" G_GINT64_FORMAT " ms with code %d",
             conversation->spec->deployment_id, command->command_name, now_ms (context) - began_ms,
             (int)result.code);
  return finish (conversation, &result, out);
}

CommandFate
command_run (const CommandContext *context, CommandService *service, const ApiHostCommand *command,
             CommandReport *out_report)
{
  g_autoptr (Arena) arena = arena_new ();
  Conversation conversation = { context, service, command, arena, NULL };
  CommandOutcome recorded;
  CommandFate fate;

  if (command_journal_lookup (context->host, command->host_command_identifier, arena, &recorded)) {
    agent_log (context->host->log, AGENT_LOG_INFO,
               "command %s had ended before; its result is sent again", command->command_name);
    return command_run_report (context, service, NULL, &recorded) ? COMMAND_REPORTED
                                                                  : COMMAND_UNREPORTED;
  }
  if (!prepare (&conversation, &fate, out_report))
    return fate;
  return execute (&conversation, out_report);
}

/* What became of a command that was cut off. */
static void
judge_interrupted (const AgentHost *host, CommandOutcome *outcome, Arena *arena)
{
  g_auto (CommandResult) result = { 0 };
  g_autoptr (GError) error = NULL;
  InstallRecovery recovery = INSTALL_NOTHING_LEFT;

  if (!installer_recover (host, outcome->deployment_id, &recovery, &error)) {
    command_result_set_error (&result, error);
  } else if (recovery != INSTALL_FINISHED) {
    result.code = DIAGNOSTICS_FAILED_AFTER_RESTART;
    result.message =
        g_strdup ("Failed: the host agent was restarted while this lifecycle event was running");
  } else {
    result.message = g_strdup ("Succeeded: ");
  }
  g_autofree char *payload = diagnostics_payload (&result);
  outcome->succeeded = result.code == DIAGNOSTICS_OK;
  outcome->payload = arena_strdup (arena, payload);
  agent_log (host->log, AGENT_LOG_WARN, "%s: command %s was interrupted by the agent's end; %s",
             outcome->deployment_id, outcome->command_id,
             outcome->succeeded ? "its Install is finished now" : "reporting it as failed");
}

void
command_run_recover (const CommandContext *context, CommandOutcome *outcome, Arena *arena)
{
  const AgentHost *host = context->host;
  g_autoptr (GError) error = NULL;

  if (outcome->payload == NULL) {
    judge_interrupted (host, outcome, arena);
    /* with the record a crash before the answer does not judge again, when the Install's journal is gone */
    if (!command_journal_finish (host, outcome, &error)) {
      agent_log (host->log, AGENT_LOG_WARN, "%s", error->message);
      return;
    }
  }
  settle (host, outcome->deployment_id);
}
