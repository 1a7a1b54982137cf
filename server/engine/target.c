#include "server/engine/effects.h"
#include "server/engine/private.h"
#include "server/host-commands/command-id.h"

/* One target of a running deployment. What happens to it costs the same however large the deployment is: its row, its
 * command's row, now and then its timer; the deployment's row only when it ends. */

gint64
command_pickup_ms (const Engine *engine, const HostCommandRecord *command)
{
  const EngineTimes *times = &engine->config.times;
  /* A target that starts over has had its long wait: its first event comes after one that ended (deployments.md 3.5). */
  return command->step == 0 && command->attempt == 1 ? times->first_pickup_ms : times->pickup_ms;
}

gint64
command_deadline (const Engine *engine, const HostCommandRecord *command)
{
  switch (command->status) {
  case COMMAND_PENDING:
    return command->since_ms + command_pickup_ms (engine, command);
  case COMMAND_IN_PROGRESS:
    return command->acknowledge_ms +
           (lifecycle_event_performer (command->event) == LIFECYCLE_BY_SERVICE
                ? traffic_limit_ms (engine, command->event)
                : engine->config.times.event_ms);
  case COMMAND_WAITING:
  case COMMAND_HELD:
  case COMMAND_SUCCEEDED:
  case COMMAND_FAILED:
    break;
  }
  return -1;
}

/* A timer that is due too early only looks and is set again, so it is moved forward in time only; most events of a target
 * never touch it. */
gboolean
command_arm (Engine *engine, StoreTx *tx, HostCommandRecord *command, GError **error)
{
  gint64 deadline_ms = command_deadline (engine, command);
  if (deadline_ms < 0 || (command->armed_ms != 0 && command->armed_ms <= deadline_ms))
    return TRUE;
  command->armed_ms = deadline_ms;
  return engine_set_timer (engine, tx, command->deployment_id, command->ordinal, TIMER_TARGET,
                           deadline_ms, error);
}

static gboolean
host_is_free (StoreTx *tx, const char *host_arn, Arena *arena, gboolean *out, GError **error)
{
  HostCommandRecord *other;
  if (!host_command_record_of_host (tx, host_arn, arena, &other, error))
    return FALSE;
  *out = other == NULL;
  return TRUE;
}

gboolean
target_run (Engine *engine, StoreTx *tx, TargetRecord *record, gint64 now_ms, Arena *arena,
            GError **error)
{
  const LifecyclePlan *plan = lifecycle_plan (record->plan);
  Target target;
  TargetAction action;
  if (!engine_read_target (record, arena, &target, error))
    return FALSE;
  if (!target_start (&target, &action))
    return TRUE; /* it runs already, or has ended */

  gsize step = target_step (&target);
  HostCommandRecord command = { .deployment_id = record->deployment_id,
                                .ordinal = record->ordinal,
                                .host_arn = record->host_arn,
                                .attempt = record->attempt,
                                .step = (gint64)step,
                                .event = plan->events[step],
                                .since_ms = now_ms };
  if (!host_command_record_next_turn (tx, record->host_arn, &command.turn, error))
    return FALSE;
  gboolean is_free = command.turn == 1; /* most hosts have no other */
  if (!is_free && !host_is_free (tx, record->host_arn, arena, &is_free, error))
    return FALSE;
  command.status = is_free ? COMMAND_PENDING : COMMAND_WAITING;
  record->status = target.status;
  record->update_ms = now_ms;
  if (!command_arm (engine, tx, &command, error) ||
      !host_command_record_insert (tx, &command, error) ||
      !target_record_update (tx, record, error))
    return FALSE;
  if (command.status == COMMAND_PENDING)
    effect_offer (engine, tx, &command);
  return TRUE;
}

/* Its turn on its host, which is free, has come. */
static gboolean
take_host (Engine *engine, StoreTx *tx, HostCommandRecord *command, gint64 now_ms, GError **error)
{
  CommandAction action;
  if (!command_machine_step (&command->status, COMMAND_EV_TURN, &action))
    g_assert_not_reached (); /* it waited */
  command->since_ms = now_ms;
  if (!command_arm (engine, tx, command, error) || !host_command_record_update (tx, command, error))
    return FALSE;
  effect_offer (engine, tx, command);
  return TRUE;
}

/* If the host is free the next deployment's target that waits for it, if there is one, has it now. One that is paused has nothing
 * to do there: it lets others by, and comes back to it when it is resumed. */
static gboolean
pass_host_on (Engine *engine, StoreTx *tx, const char *host_arn, gint64 now_ms, Arena *arena,
              GError **error)
{
  HostCommandRecord *next;
  if (!host_command_record_next_of_host (tx, host_arn, arena, &next, error))
    return FALSE;
  return next == NULL || take_host (engine, tx, next, now_ms, error);
}

static gboolean
record_health (StoreTx *tx, const DeploymentRecord *deployment, const TargetRecord *record,
               const Target *target, GError **error)
{
  if (!lifecycle_plan_installs (lifecycle_plan (record->plan)))
    return TRUE; /* only traffic was moved, or it ends */
  if (target_has_turned_back (target) && target_failed_event ((Target *)target) == NULL)
    return TRUE; /* it is as it was */
  if (record->status == TARGET_SUCCEEDED)
    return target_health_record_succeeded (tx, deployment->group_id, record->target_arn,
                                           deployment->id, deployment->revision_number, error);
  if (record->status == TARGET_FAILED)
    return target_health_record_failed (tx, deployment->group_id, record->target_arn,
                                        deployment->id, error);
  return TRUE;
}

static void
count_end (DeploymentRecord *deployment, const TargetRecord *record, Target *target, Arena *arena)
{
  deployment->n_running--;
  if (record->status == TARGET_SUCCEEDED || record->status == TARGET_READY) {
    deployment->n_succeeded++;
  } else if (record->status == TARGET_FAILED) {
    deployment->n_failed++;
    if (deployment->first_failure == NULL)
      deployment->first_failure = target_describe_failure (record, target, arena);
  } else {
    deployment->n_skipped++;
  }
}

/* The target has ended, or its walk in this phase has: writes it, counts it, and gives its host away. */
static gboolean
finish (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, const HostCommandRecord *command,
        TargetRecord *record, Target *target, gint64 now_ms, Arena *arena, GError **error)
{
  record->status = target->status;
  record->update_ms = now_ms;
  effect_withdraw (engine, tx, command);
  if (!target_record_update (tx, record, error) ||
      !host_command_record_delete (tx, command->deployment_id, command->ordinal, error) ||
      !timer_record_delete (tx, command->deployment_id, command->ordinal, TIMER_TARGET, error) ||
      !record_health (tx, deployment, record, target, error) ||
      !pass_host_on (engine, tx, command->host_arn, now_ms, arena, error))
    return FALSE;
  count_end (deployment, record, target, arena);
  return announce_target (engine, tx, deployment, record, now_ms, arena, error);
}

static gboolean
load_target (StoreTx *tx, const HostCommandRecord *command, Arena *arena, TargetRecord **out_record,
             Target *out_target, GError **error)
{
  if (!target_record_get (tx, command->deployment_id, command->ordinal, arena, out_record, error))
    return FALSE;
  if (*out_record == NULL) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_SCHEMA,
                 "%s has a command for its target %" G_GINT64_FORMAT ", which is not there",
                 command->deployment_id, command->ordinal);
    return FALSE;
  }
  return engine_read_target (*out_record, arena, out_target, error);
}

/* A command that is pending goes to its host, or is begun by the service; one that is held, to nobody. */
static gboolean
hand_over (Engine *engine, StoreTx *tx, HostCommandRecord *command, const TargetRecord *record,
           gint64 now_ms, Arena *arena, GError **error)
{
  if (command->status == COMMAND_PENDING &&
      lifecycle_event_performer (command->event) == LIFECYCLE_BY_SERVICE &&
      !traffic_begin (engine, tx, command, record, now_ms, arena, error))
    return FALSE;
  if (!command_arm (engine, tx, command, error) || !host_command_record_update (tx, command, error))
    return FALSE;
  if (command->status == COMMAND_PENDING)
    effect_offer (engine, tx, command);
  return TRUE;
}

/* The event that the target is at is its command's from now on. */
static gboolean
send_present (Engine *engine, StoreTx *tx, HostCommandRecord *command, TargetRecord *record,
              const Target *target, gint64 now_ms, Arena *arena, GError **error)
{
  gsize step = target_step (target);
  /* Nothing takes its place in the hub, where it still is when nobody has picked it up. */
  if (command->paused ||
      lifecycle_event_performer (target->events[step].event) == LIFECYCLE_BY_SERVICE)
    effect_withdraw (engine, tx, command);
  command->attempt = record->attempt;
  command->step = (gint64)step;
  command->event = target->events[step].event;
  command->status = command->paused ? COMMAND_HELD : COMMAND_PENDING;
  command->since_ms = now_ms;
  command->acknowledge_ms = 0;
  record->update_ms = now_ms;
  return hand_over (engine, tx, command, record, now_ms, arena, error) &&
         target_record_update (tx, record, error);
}

/* The deployment ends, and the target, which is at no event, with it; but its host may get its traffic back first. */
static gboolean
leave_off (StoreTx *tx, const DeploymentRecord *deployment, TargetRecord *record, Target *target,
           gint64 now_ms, Arena *arena, TargetAction *out_action, GError **error)
{
  gboolean turns_back;
  if (!turn_back_judge (tx, deployment, record, target, target_step (target), arena, &turns_back,
                        error))
    return FALSE;
  *out_action = TARGET_ACT_SEND;
  if (turns_back)
    target_turn_back (target, now_ms);
  else if (!target_end_early (target, now_ms, out_action))
    g_assert_not_reached (); /* it runs, and no event of it does */
  else
    turn_back_tell (target, arena);
  record->events_json = target_events_to_text (target, arena);
  return TRUE;
}

gboolean
target_leave (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, HostCommandRecord *command,
              gint64 now_ms, Arena *arena, GError **error)
{
  TargetRecord *record;
  Target target;
  TargetAction action;
  if (!load_target (tx, command, arena, &record, &target, error))
    return FALSE;
  if (command->attempt > 1 && command->step == 0 &&
      !attempt_take_back (record, &target, arena, error))
    return FALSE;
  if (!leave_off (tx, deployment, record, &target, now_ms, arena, &action, error))
    return FALSE;
  return action == TARGET_ACT_SEND
             ? send_present (engine, tx, command, record, &target, now_ms, arena, error)
             : finish (engine, tx, deployment, command, record, &target, now_ms, arena, error);
}

gboolean
target_release (Engine *engine, StoreTx *tx, HostCommandRecord *command, gint64 now_ms,
                Arena *arena, GError **error)
{
  TargetRecord *record;
  Target target;
  CommandAction action;
  gboolean is_free;
  if (command->status == COMMAND_WAITING)
    return host_is_free (tx, command->host_arn, arena, &is_free, error) &&
           (!is_free || take_host (engine, tx, command, now_ms, error));
  if (!command_machine_step (&command->status, COMMAND_EV_RELEASE, &action))
    return TRUE; /* it was not held */
  command->since_ms = now_ms;
  return load_target (tx, command, arena, &record, &target, error) &&
         hand_over (engine, tx, command, record, now_ms, arena, error);
}

/* What a failure comes to. One that ends a host's part in an ending deployment keeps nobody from giving it its traffic back, unless
 * the host may still be at it. */
static gboolean
judge_failure (StoreTx *tx, const DeploymentRecord *deployment, const HostCommandRecord *command,
               CommandAction ended, const TargetRecord *record, const Target *target, Arena *arena,
               TargetOutcome *out, GError **error)
{
  gboolean turns_back;
  gboolean is_over = ended == COMMAND_ACT_FAIL ||
                     lifecycle_event_performer (command->event) == LIFECYCLE_BY_SERVICE;
  if (!attempt_judge_failure (deployment, command, ended, arena, out, error))
    return FALSE;
  if (*out != TARGET_EVENT_FAILED || !command->last || !is_over)
    return TRUE;
  if (!turn_back_judge (tx, deployment, record, target, (gsize)command->step + 1, arena,
                        &turns_back, error))
    return FALSE;
  if (turns_back)
    *out = TARGET_EVENT_FAILED_IGNORED;
  return TRUE;
}

/* Ends the present event, and says what comes next. deployment: as target_report_end reads it. */
static gboolean
end_event (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
           const HostCommandRecord *command, CommandAction ended,
           const EventDiagnostics *diagnostics, TargetRecord *record, Target *target, gint64 now_ms,
           Arena *arena, TargetAction *out_action, GError **error)
{
  TargetOutcome outcome = TARGET_EVENT_PASSED;
  EventDiagnostics kept;
  if (ended != COMMAND_ACT_PASS &&
      !judge_failure (tx, deployment, command, ended, record, target, arena, &outcome, error))
    return FALSE;
  if (!attempt_diagnostics (record, command, outcome, diagnostics, arena, &kept, error))
    return FALSE;
  if (!target_end_event (target, (gsize)command->step, outcome, &kept, now_ms, out_action)) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_SCHEMA,
                 "%s has a command for event %" G_GINT64_FORMAT
                 " of target \"%s\", which is at another",
                 command->deployment_id, command->step, record->target_id);
    return FALSE;
  }
  if (*out_action == TARGET_ACT_SEND && command->last)
    return leave_off (tx, deployment, record, target, now_ms, arena, out_action, error);
  record->events_json =
      target_events_append (record->events_json, &target->events[command->step], arena);
  if (*out_action == TARGET_ACT_START_OVER)
    attempt_start_next (engine, tx, record, target, arena);
  return TRUE;
}

gboolean
target_report_end (Engine *engine, StoreTx *tx, HostCommandRecord *command, CommandAction ended,
                   const EventDiagnostics *diagnostics, gint64 now_ms, Arena *arena, GError **error)
{
  TargetRecord *record;
  Target target;
  TargetAction action;
  DeploymentRecord *deployment = NULL;
  if (!load_target (tx, command, arena, &record, &target, error))
    return FALSE;
  if (lifecycle_event_performer (command->event) == LIFECYCLE_BY_SERVICE &&
      !traffic_forget (tx, command, error))
    return FALSE;
  /* Most events pass, and need nothing of it. */
  if (ended != COMMAND_ACT_PASS || command->last) {
    deployment = deployment_load (tx, command->deployment_id, arena, error);
    if (deployment == NULL)
      return FALSE;
  }
  if (!end_event (engine, tx, deployment, command, ended, diagnostics, record, &target, now_ms,
                  arena, &action, error))
    return FALSE;
  if (action != TARGET_ACT_FINISH)
    return send_present (engine, tx, command, record, &target, now_ms, arena, error);

  if (deployment == NULL)
    deployment = deployment_load (tx, command->deployment_id, arena, error);
  return deployment != NULL &&
         finish (engine, tx, deployment, command, record, &target, now_ms, arena, error) &&
         deployment_advance (engine, tx, deployment, ENGINE_REFILL, now_ms, arena, error);
}
