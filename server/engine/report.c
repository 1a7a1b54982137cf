#include "server/engine/effects.h"
#include "server/engine/private.h"
#include "server/host-commands/command-id.h"

/* What hosts say about commands (deployments.md 10.3-10.5, agent.md 1.10). */

static CommandEvent
event_of (EngineReport report, LifecycleEvent event)
{
  switch (report) {
  case ENGINE_REPORT_ACKNOWLEDGED:
    return COMMAND_EV_ACK;
  case ENGINE_REPORT_NOOP:
    return lifecycle_event_may_be_noop (event) ? COMMAND_EV_ACK_NOOP : COMMAND_EV_ACK;
  case ENGINE_REPORT_SUCCEEDED:
    return COMMAND_EV_SUCCEED;
  case ENGINE_REPORT_FAILED:
    return COMMAND_EV_FAIL;
  }
  g_assert_not_reached ();
}

static const EventDiagnostics plain_success = { DIAGNOSTICS_SUCCESS, "", "Succeeded", "" };

/* The command has ended before: the answer is what it ended with. A success that comes late for an event whose failure
 * was ignored heals it. */
static gboolean
answer_late (StoreTx *tx, const char *host_arn, const CommandId *id, EngineReport report,
             const EventDiagnostics *diagnostics, gint64 now_ms, Arena *arena,
             EngineAnswer *out_answer, GError **error)
{
  TargetRecord *record;
  Target target;
  gsize step = (gsize)id->step;
  if (!target_record_get (tx, id->deployment_id, id->ordinal, arena, &record, error))
    return FALSE;
  if (record == NULL) {
    *out_answer = ENGINE_ANSWER_UNKNOWN;
    return TRUE;
  }
  if (g_strcmp0 (record->host_arn, host_arn) != 0) {
    *out_answer = ENGINE_ANSWER_FOREIGN;
    return TRUE;
  }
  if (!engine_read_target (record, arena, &target, error))
    return FALSE;
  if (id->attempt != record->attempt) {
    /* Of an attempt that is over, or that was taken back before a host had begun it: not to be run. */
    gboolean taken_back = id->attempt == record->attempt + 1 &&
                          state_machine_is_final (&target_machine, record->status);
    *out_answer =
        id->attempt < record->attempt || taken_back ? ENGINE_ANSWER_FAILED : ENGINE_ANSWER_UNKNOWN;
    return TRUE;
  }
  if (step >= target.n_events || target.events[step].status == EVENT_PENDING ||
      lifecycle_event_performer (target.events[step].event) == LIFECYCLE_BY_SERVICE) {
    *out_answer = ENGINE_ANSWER_UNKNOWN;
    return TRUE;
  }
  if (report == ENGINE_REPORT_SUCCEEDED && target_heal_event (&target, step, diagnostics, now_ms)) {
    record->update_ms = now_ms;
    record->events_json = target_events_to_text (&target, arena);
    if (!target_record_update (tx, record, error))
      return FALSE;
  }
  *out_answer = target.events[step].status == EVENT_SUCCEEDED ? ENGINE_ANSWER_SUCCEEDED
                                                              : ENGINE_ANSWER_FAILED;
  return TRUE;
}

static gboolean
begin_event (Engine *engine, StoreTx *tx, HostCommandRecord *command, gint64 now_ms, GError **error)
{
  command->acknowledge_ms = now_ms;
  if (!command_arm (engine, tx, command, error) || !host_command_record_update (tx, command, error))
    return FALSE;
  return TRUE;
}

gboolean
engine_report (Engine *engine, StoreTx *tx, const char *host_arn, const char *command_id,
               EngineReport report, const EventDiagnostics *diagnostics, gint64 now_ms,
               EngineAnswer *out_answer, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  CommandId id;
  HostCommandRecord *command;
  if (!command_id_parse (command_id, &id)) {
    *out_answer = ENGINE_ANSWER_UNKNOWN;
    return TRUE;
  }
  /* Whatever it says. So a hub that has missed the command's end hands it out once more, and not for ever. */
  effect_withdraw_heard_of (engine, tx, host_arn, command_id);
  if (diagnostics == NULL)
    diagnostics = &plain_success;
  if (!host_command_record_get (tx, id.deployment_id, id.ordinal, arena, &command, error))
    return FALSE;
  if (command == NULL || command->step != id.step || command->attempt != id.attempt)
    return answer_late (tx, host_arn, &id, report, diagnostics, now_ms, arena, out_answer, error);
  if (g_strcmp0 (command->host_arn, host_arn) != 0) {
    *out_answer = ENGINE_ANSWER_FOREIGN;
    return TRUE;
  }

  CommandAction action;
  if (lifecycle_event_performer (command->event) == LIFECYCLE_BY_SERVICE) {
    *out_answer = ENGINE_ANSWER_UNKNOWN; /* no host was ever told of it */
    return TRUE;
  }
  if (!command_machine_step (&command->status, event_of (report, command->event), &action)) {
    *out_answer =
        ENGINE_ANSWER_UNKNOWN; /* it was never handed out: another deployment has the host */
    return TRUE;
  }
  switch (action) {
  case COMMAND_ACT_NOTHING:
    *out_answer = ENGINE_ANSWER_IN_PROGRESS;
    return TRUE;
  case COMMAND_ACT_BEGIN:
    *out_answer = ENGINE_ANSWER_IN_PROGRESS;
    return begin_event (engine, tx, command, now_ms, error);
  case COMMAND_ACT_PASS:
  case COMMAND_ACT_FAIL:
    *out_answer = action == COMMAND_ACT_PASS ? ENGINE_ANSWER_SUCCEEDED : ENGINE_ANSWER_FAILED;
    effect_count (engine, tx, METRIC_COMMANDS_COMPLETED);
    return target_report_end (engine, tx, command, action, diagnostics, now_ms, arena, error);
  case COMMAND_ACT_GIVE_UP:
  case COMMAND_ACT_OFFER:
  case COMMAND_ACT_HOLD:
  case COMMAND_ACT_DROP:
    break;
  }
  g_assert_not_reached (); /* no report leads there */
}
