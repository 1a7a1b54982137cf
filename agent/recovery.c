#include "agent/recovery.h"

#include <string.h>

#include "agent/command-journal.h"
#include "agent/command-lock.h"
#include "agent/diagnostics.h"
#include "agent/installer.h"
#include "agent/leftovers.h"
#include "agent/lifecycle-event.h"
#include "agent/running-script.h"

typedef struct {
  const AgentHost *host;
  Channel *channel;
  Arena *arena;
  CommandLockWait wait;
} Recovery;

static void
warn (const Recovery *recovery, const GError *error)
{
  agent_log (recovery->host->log, AGENT_LOG_WARN, "%s", error->message);
}

/* --- what has ended, or was cut off --------------------------------------------------------- */

/* FALSE: the network process is gone. A report that was given up is kept, and that is all right. */
static gboolean
report (const Recovery *recovery, const CommandOutcome *outcome)
{
  ChannelMessage answer, message = { .kind = CHANNEL_REPORT,
                                     .command_id = outcome->command_id,
                                     .succeeded = outcome->succeeded != FALSE,
                                     .payload = outcome->payload };
  ChannelFailure failure;
  g_autoptr (GError) error = NULL;

  if (worker_ask (recovery->channel, &message, -1, CHANNEL_REPORTED, recovery->arena, &answer,
                  &failure, &error)) {
    g_autoptr (GError) problem = NULL;
    if (!command_journal_forget (recovery->host, NULL, outcome->command_id, &problem))
      warn (recovery, problem);
    return TRUE;
  }
  agent_log (recovery->host->log, AGENT_LOG_ERROR,
             "the report of command %s is kept for the next start: %s", outcome->command_id,
             error->message);
  return g_error_matches (error, CHANNEL_ERROR, CHANNEL_ERROR_FAILED);
}

/* rerun_interrupted_hooks: back to where it was accepted. */
static gboolean
rewind_hooks (const Recovery *recovery, const CommandOutcome *interrupted)
{
  const AgentHost *host = recovery->host;
  ApiHostCommand command;
  g_autoptr (GError) error = NULL;

  if (!host->config->rerun_interrupted_hooks ||
      !command_journal_accepted_one (host, interrupted->command_id, recovery->arena, &command) ||
      !lifecycle_event_is_hook (command.command_name))
    return FALSE;
  if (!command_journal_rewind (host, interrupted->deployment_id, &error)) {
    warn (recovery, error);
    return FALSE;
  }
  agent_log (host->log, AGENT_LOG_WARN, "%s: %s was interrupted; it is run again",
             interrupted->deployment_id, command.command_name);
  return TRUE;
}

/* What became of a command that was cut off. */
static char *
judge_interrupted (const Recovery *recovery, CommandOutcome *outcome)
{
  g_auto (CommandResult) result = { 0 };
  InstallRecovery install = INSTALL_NOTHING_LEFT;
  AgentHost host = *recovery->host;
  g_autoptr (AgentLog) about = agent_log_about (host.log, outcome->deployment_id, NULL);
  g_autoptr (GError) error = NULL;

  host.log = about;
  if (!installer_recover (&host, outcome->deployment_id, &install, &error)) {
    command_result_set_error (&result, error);
  } else if (install != INSTALL_FINISHED) {
    result.code = DIAGNOSTICS_FAILED_AFTER_RESTART;
    result.message =
        g_strdup ("Failed: the host agent was restarted while this lifecycle event was running");
  } else {
    result.message = g_strdup ("Succeeded: ");
  }
  outcome->succeeded = result.code == DIAGNOSTICS_OK;
  agent_log (host.log, AGENT_LOG_WARN, "command %s was interrupted; %s", outcome->command_id,
             outcome->succeeded ? "its Install is finished now" : "reporting it as failed");
  return diagnostics_payload (&result);
}

/* The lock is held. FALSE: the network process is gone. */
static gboolean
settle (const Recovery *recovery, const CommandOutcome *pending)
{
  const AgentHost *host = recovery->host;
  CommandOutcome outcome = *pending;
  g_autofree char *payload = NULL;
  g_autoptr (GError) error = NULL;

  /* its worker may have ended well since the list was made */
  if (outcome.payload == NULL &&
      command_journal_lookup (host, pending->command_id, recovery->arena, &outcome))
    outcome.deployment_id = pending->deployment_id;
  if (outcome.payload == NULL) {
    if (!command_journal_is_interrupted (host, pending->deployment_id, pending->command_id) ||
        rewind_hooks (recovery, pending))
      return TRUE;
    payload = judge_interrupted (recovery, &outcome);
    outcome.payload = payload;
    /* with the record a crash before the answer does not judge again, when the Install's journal is gone */
    if (!command_journal_finish (host, &outcome, &error)) {
      warn (recovery, error);
      return report (recovery, &outcome);
    }
  }
  if (outcome.deployment_id != NULL && !installer_settle (host, outcome.deployment_id, &error))
    warn (recovery, error);
  return report (recovery, &outcome);
}

static gboolean
settle_pending (const Recovery *recovery)
{
  g_autoptr (GArray) pending = command_journal_pending (recovery->host, recovery->arena);
  gboolean ok = TRUE;

  for (guint i = 0; i < pending->len && ok; i++) {
    const CommandOutcome *one = &g_array_index (pending, CommandOutcome, i);
    g_autoptr (GError) error = NULL;
    int lock = command_lock_hold (recovery->host, one->command_id, recovery->wait, &error);
    if (error != NULL)
      warn (recovery, error);
    if (lock < 0)
      continue;
    ok = settle (recovery, one);
    command_lock_release (recovery->host, one->command_id, lock);
  }
  return ok;
}

/* --- what had not begun --------------------------------------------------------------------- */

/* A worker between acceptance and begin has it locked. */
static gboolean
is_abandoned (const Recovery *recovery, const char *command_id)
{
  g_autoptr (GError) error = NULL;
  int lock = command_lock_hold (recovery->host, command_id, recovery->wait, &error);
  if (error != NULL)
    warn (recovery, error);
  if (lock < 0)
    return FALSE;
  gboolean abandoned = command_journal_is_accepted (recovery->host, command_id);
  command_lock_release (recovery->host, command_id, lock);
  return abandoned;
}

/* What was acknowledged, or nearly, and never begun: the service does not hand it out again. */
static gboolean
resume_accepted (const Recovery *recovery)
{
  AgentLog *log = recovery->host->log;
  g_autoptr (GArray) accepted = command_journal_accepted (recovery->host, recovery->arena);

  for (guint i = 0; i < accepted->len; i++) {
    const ApiHostCommand *command = &g_array_index (accepted, ApiHostCommand, i);
    ChannelMessage answer, message = { .kind = CHANNEL_RESUME,
                                       .command_id = command->host_command_identifier,
                                       .host_identifier = command->host_identifier,
                                       .execution_id = command->deployment_execution_id,
                                       .command_name = command->command_name };
    ChannelFailure failure;
    g_autoptr (GError) error = NULL;
    if (!is_abandoned (recovery, command->host_command_identifier))
      continue;
    agent_log (log, AGENT_LOG_INFO,
               "command %s was accepted before the agent's end and had not begun; taking it on",
               command->command_name);
    if (worker_ask (recovery->channel, &message, -1, CHANNEL_RESUMED, recovery->arena, &answer,
                    &failure, &error))
      continue;
    agent_log (log, AGENT_LOG_WARN, "%s is left alone: %s", command->command_name, error->message);
    if (!g_error_matches (error, CHANNEL_ERROR, CHANNEL_ERROR_FAILED))
      return FALSE;
  }
  return TRUE;
}

int
recovery_run (const WorkerContext *context, Channel *channel_, RecoveryTime when)
{
  g_autoptr (Channel) channel = channel_;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  Recovery recovery = { context->host, channel, arena,
                        when == RECOVERY_AT_START ? COMMAND_LOCK_WAIT : COMMAND_LOCK_TRY };
  ChannelMessage end = { .kind = CHANNEL_END, .end = CHANNEL_END_OVER };

  if (when != RECOVERY_BESIDE_THREADS)
    leftovers_remove (context->host);
  command_lock_sweep (context->host);
  running_script_end_left_behind (context->host);
  if (!settle_pending (&recovery) || !resume_accepted (&recovery) ||
      !channel_send (channel, &end, -1, &error))
    return WORKER_LEFT;
  return WORKER_DONE;
}
