#include "core/lifecycle.h"
#include "server/engine/effects.h"
#include "server/engine/private.h"

#include <string.h>

/*
 * Attempts of a target, beyond the public service (deployments.md 10.5: it never tries again): as often as the deployment's
 * configuration allows, a target that fails starts its lifecycle again instead of counting as failed. Meanwhile it stays
 * in progress, keeps its place among the running ones and its host's turn, and its rows say which attempt it is in. The
 * commands of each attempt have identifiers of their own, so a host runs a hook once in an attempt, and what it says of an
 * earlier one changes nothing.
 *
 * What is shown is the present attempt; what the one before failed with is told by its first event, and by the one that it
 * fails with itself.
 */

gboolean
attempt_judge_failure (const DeploymentRecord *deployment, const HostCommandRecord *command,
                       CommandAction ended, Arena *arena, TargetOutcome *out, GError **error)
{
  if (lifecycle_event_is_ignorable (command->event)) {
    const ApiDeploymentInfo *info = engine_deployment_info (deployment, arena, error);
    if (info == NULL)
      return FALSE;
    if (info->ignore_application_stop_failures != NULL && *info->ignore_application_stop_failures) {
      *out = TARGET_EVENT_FAILED_IGNORED; /* no failure of the target */
      return TRUE;
    }
  }
  gboolean ending = command->last || deployment->ending != DEPLOYMENT_ERROR_NONE;
  /* Another attempt installs once more: not what an installed host in traffic is for. */
  gboolean installing = deployment->phase == DEPLOYMENT_PHASE_INSTALL;
  gboolean again = ended == COMMAND_ACT_FAIL && !ending && installing &&
                   command->attempt <= deployment->options.retries;
  *out = again ? TARGET_EVENT_FAILED_RETRIED : TARGET_EVENT_FAILED;
  return TRUE;
}

/* The event that the attempt before failed with; there is one in every attempt that was followed by another. */
static gboolean
read_last_failure (const TargetRecord *record, Arena *arena, TargetEvent *out, GError **error)
{
  Target before;
  if (!target_read_failed_attempt (record, arena, &before, error))
    return FALSE;
  const TargetEvent *failed = target_failed_event (&before);
  if (failed == NULL) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_SCHEMA,
                 "target \"%s\" of %s is in attempt %" G_GINT64_FORMAT
                 ", and the one before it is not there",
                 record->target_id, record->deployment_id, record->attempt);
    return FALSE;
  }
  *out = *failed;
  return TRUE;
}

static char *
reason_text (const TargetRecord *record, const TargetEvent *failed, Arena *arena)
{
  return arena_printf (
      arena, "attempt %" G_GINT64_FORMAT ", since attempt %" G_GINT64_FORMAT " failed: %s",
      record->attempt, record->attempt - 1, target_describe_event (failed, arena));
}

/* Then the reason is the event's own message, which need not be read twice. */
static gboolean
is_same_failure (const HostCommandRecord *command, const EventDiagnostics *said,
                 const TargetEvent *failed)
{
  const EventDiagnostics *before = &failed->diagnostics;
  return command->event == failed->event && said->code == before->code &&
         g_strcmp0 (said->script_name, before->script_name) == 0 &&
         g_strcmp0 (said->message, before->message) == 0;
}

gboolean
attempt_diagnostics (const TargetRecord *record, const HostCommandRecord *command,
                     TargetOutcome outcome, const EventDiagnostics *said, Arena *arena,
                     EventDiagnostics *out, GError **error)
{
  TargetEvent failed;
  *out = *said;
  gboolean told =
      command->step == 0 ? outcome != TARGET_EVENT_FAILED_RETRIED : outcome == TARGET_EVENT_FAILED;
  if (record->attempt == 1 || !told)
    return TRUE;
  if (!read_last_failure (record, arena, &failed, error))
    return FALSE;
  gboolean same = outcome == TARGET_EVENT_FAILED && is_same_failure (command, said, &failed);
  const char *remark = same ? arena_printf (arena,
                                            "attempt %" G_GINT64_FORMAT
                                            ", attempt %" G_GINT64_FORMAT " failed the same way",
                                            record->attempt, record->attempt - 1)
                            : reason_text (record, &failed, arena);
  out->message = event_add_remark (said->message, remark, arena);
  return TRUE;
}

gboolean
attempt_show_reason (const TargetRecord *record, Target *target, Arena *arena, GError **error)
{
  TargetEvent failed;
  if (!read_last_failure (record, arena, &failed, error))
    return FALSE;
  target->events[0].has_diagnostics = TRUE;
  target->events[0].diagnostics = failed.diagnostics;
  target->events[0].diagnostics.message = reason_text (record, &failed, arena);
  return TRUE;
}

void
attempt_start_next (Engine *engine, StoreTx *tx, TargetRecord *record, Target *target, Arena *arena)
{
  const TargetEvent *failed = target_failed_event (target);
  record->failed_events_json = record->events_json;
  record->events_json = NULL;
  record->attempt++;
  effect_log_attempt (engine, tx, record, target_describe_event (failed, arena));
  target_start_over (target);
}

gboolean
attempt_take_back (TargetRecord *record, Target *target, Arena *arena, GError **error)
{
  if (!target_read_failed_attempt (record, arena, target, error))
    return FALSE;
  TargetEvent *failed = target_failed_event (target);
  if (failed != NULL)
    failed->diagnostics.message = event_add_remark (
        failed->diagnostics.message,
        arena_printf (arena, "the deployment ended before attempt %" G_GINT64_FORMAT " began",
                      record->attempt),
        arena);
  record->attempt--;
  record->failed_events_json = NULL;
  return TRUE;
}
