#include "proto/api-types.h"
#include "server/simulation/ledger-private.h"
#include "store/records/deployment-group.h"
#include "store/records/deployment-stage.h"

#include <string.h>

/* The rules that a commit must keep. */

/* ---- courses ---- */

static gboolean
is_final (DeploymentStatus status)
{
  return status == DEPLOYMENT_SUCCEEDED || status == DEPLOYMENT_FAILED ||
         status == DEPLOYMENT_STOPPED;
}

/* How far it is; within a stage it may go back and forth. */
static int
deployment_stage (DeploymentStatus status)
{
  switch (status) {
  case DEPLOYMENT_CREATED:
    return 0;
  case DEPLOYMENT_QUEUED:
    return 1;
  case DEPLOYMENT_IN_PROGRESS:
  case DEPLOYMENT_BAKING:
  case DEPLOYMENT_READY:
    return 2;
  default:
    return 3;
  }
}

static void
check_new_deployment (Ledger *ledger, LedgerDeployment *deployment, const DeploymentRecord *row)
{
  LedgerGroup *group = ledger_group (ledger, row->group_id);
  gboolean exempt =
      row->creator == CREATOR_AUTOSCALING || row->creator == CREATOR_AUTOSCALING_TERMINATION;
  if (row->status != DEPLOYMENT_CREATED && row->complete_ms == 0)
    ledger_break (ledger, RULE_DEPLOYMENT_COURSE, "%s begins as %s", row->id,
                  deployment_status_name (row->status));
  if (!exempt && group->active != NULL)
    ledger_break (ledger, RULE_ONE_ACTIVE, "%s and %s are active in one group", group->active->id,
                  row->id);
  if (!exempt)
    group->active = deployment;
  gboolean by_itself = exempt || row->creator == CREATOR_AUTO_UPDATE;
  ledger->counts.follow_ups += row->creator == CREATOR_AUTO_UPDATE;
  group->n_follow_ups += row->creator == CREATOR_AUTO_UPDATE;
  if (by_itself && row->revision_number != group->good_revision)
    ledger_break (ledger, RULE_SCALED,
                  "%s brings revision %" G_GINT64_FORMAT
                  ", where the last good one is %" G_GINT64_FORMAT,
                  row->id, row->revision_number, group->good_revision);
  if (row->rollback_of != NULL) {
    ledger->counts.rollbacks++;
    if (row->revision_number != group->good_revision)
      ledger_break (ledger, RULE_ROLLBACK,
                    "%s rolls back to revision %" G_GINT64_FORMAT
                    ", where the last good one is %" G_GINT64_FORMAT,
                    row->id, row->revision_number, group->good_revision);
  }
}

void
rules_deployment_row (Ledger *ledger, LedgerDeployment *deployment, const DeploymentRecord *row)
{
  if (deployment->group == NULL) {
    check_new_deployment (ledger, deployment, row);
    return;
  }
  if (deployment_stage (row->status) < deployment_stage (deployment->status) ||
      is_final (row->status) != (row->complete_ms != 0) ||
      (deployment->start_ms != 0 && deployment->start_ms != row->start_ms))
    ledger_break (ledger, RULE_DEPLOYMENT_COURSE, "%s goes from %s to %s", row->id,
                  deployment_status_name (deployment->status),
                  deployment_status_name (row->status));
  if (deployment->ending != DEPLOYMENT_ERROR_NONE && row->ending != deployment->ending)
    ledger_break (ledger, RULE_DEPLOYMENT_COURSE, "%s was ending with %s and is with %s", row->id,
                  deployment_error_name (deployment->ending), deployment_error_name (row->ending));
}

gboolean
ledger_has_ended (TargetStatus status, gboolean is_new)
{
  return is_new || status == TARGET_SUCCEEDED || status == TARGET_FAILED ||
         status == TARGET_SKIPPED;
}

static gboolean
target_has_ended (TargetStatus status)
{
  return ledger_has_ended (status, FALSE);
}

static void
check_events (Ledger *ledger, const LedgerDeployment *deployment, const LedgerTarget *before,
              const LedgerTarget *now, gint64 ordinal)
{
  for (gsize i = 0; i < before->n_ended; i++) {
    gboolean healed = before->events[i] == EVENT_FAILED && now->events[i] == EVENT_SUCCEEDED &&
                      before->status == TARGET_IN_PROGRESS;
    if (before->events[i] != now->events[i] && !healed)
      ledger_break (ledger, RULE_EVENTS,
                    "event %" G_GSIZE_FORMAT " of target %" G_GINT64_FORMAT
                    " of %s was %s and is %s",
                    i, ordinal, deployment->id, event_status_name (before->events[i]),
                    event_status_name (now->events[i]));
  }
}

void
rules_target_row (Ledger *ledger, LedgerDeployment *deployment, const LedgerTarget *before,
                  const LedgerTarget *now, gint64 ordinal)
{
  if (target_has_ended (before->status)) {
    if (before->row_hash != now->row_hash)
      ledger_break (ledger, RULE_TARGET_END,
                    "target %" G_GINT64_FORMAT " of %s, which is %s, was changed", ordinal,
                    deployment->id, target_status_name (before->status));
    return;
  }
  if (before->status == TARGET_IN_PROGRESS && now->status == TARGET_PENDING)
    ledger_break (ledger, RULE_TARGET_COURSE, "target %" G_GINT64_FORMAT " of %s waits again",
                  ordinal, deployment->id);
  /* A last attempt that no host began is taken back when the deployment ends. */
  gboolean taken_back = now->attempt == before->attempt - 1 && target_has_ended (now->status);
  if (now->attempt == before->attempt)
    check_events (ledger, deployment, before, now, ordinal);
  else if (now->attempt != before->attempt + 1 && !taken_back)
    ledger_break (ledger, RULE_EVENTS,
                  "target %" G_GINT64_FORMAT " of %s went from attempt %" G_GINT64_FORMAT
                  " to %" G_GINT64_FORMAT,
                  ordinal, deployment->id, before->attempt, now->attempt);
}

/* ---- a target ---- */

static gint64
deadline_of (const Ledger *ledger, const LedgerTarget *target)
{
  const EngineTimes *times = &ledger->times;
  gboolean first = target->command_step == 0 && target->command_attempt == 1;
  if (target->command_status != COMMAND_IN_PROGRESS)
    return target->since_ms + (first ? times->first_pickup_ms : times->pickup_ms);
  switch (target->plan->events[target->command_step]) {
  case LIFECYCLE_BLOCK_TRAFFIC:
    return target->acknowledge_ms + times->block_traffic_ms;
  case LIFECYCLE_ALLOW_TRAFFIC:
    return target->acknowledge_ms + times->allow_traffic_ms;
  default:
    return target->acknowledge_ms + times->event_ms;
  }
}

static void
check_start (Ledger *ledger, const LedgerDeployment *deployment, const LedgerTarget *target,
             gint64 ordinal)
{
  if (ledger_is_kept (deployment) || deployment->ending != DEPLOYMENT_ERROR_NONE)
    ledger_break (ledger, RULE_PAUSE,
                  "target %" G_GINT64_FORMAT " of %s was started although it %s", ordinal,
                  deployment->id, deployment->paused ? "is paused" : "waits or ends");
  gboolean leaves = target->plan == lifecycle_plan (LIFECYCLE_PLAN_BLUE) ||
                    target->plan == lifecycle_plan (LIFECYCLE_PLAN_ROLLBACK_GREEN);
  if (deployment->entering_open > 0 && leaves)
    ledger_break (ledger, RULE_BLUE_GREEN,
                  "host %" G_GINT64_FORMAT " of %s lets its traffic go while %" G_GINT64_FORMAT
                  " that take its place are not done",
                  ordinal, deployment->id, deployment->entering_open);
  gboolean of_stage =
      ordinal >= deployment->stage_first && ordinal < deployment->stage_first + deployment->stage_n;
  if (deployment->n_stages > 0 && deployment->phase == DEPLOYMENT_PHASE_INSTALL && !of_stage)
    ledger_break (ledger, RULE_STAGES,
                  "target %" G_GINT64_FORMAT
                  " of %s was started, which is not of its stage %" G_GINT64_FORMAT,
                  ordinal, deployment->id, deployment->stage);
}

void
rules_target (Ledger *ledger, const LedgerDeployment *deployment, LedgerTarget *target,
              gint64 ordinal)
{
  if (!target->known || deployment->complete_ms != 0)
    return;
  gboolean runs = target->status == TARGET_IN_PROGRESS;
  if (target->just_started)
    check_start (ledger, deployment, target, ordinal);
  target->just_started = FALSE;
  if (runs != target->has_command)
    ledger_break (ledger, RULE_TIMERS, "target %" G_GINT64_FORMAT " of %s is %s and has %s command",
                  ordinal, deployment->id, target_status_name (target->status),
                  target->has_command ? "a" : "no");
  if (!runs || target->command_status == COMMAND_WAITING || target->command_status == COMMAND_HELD)
    return;
  if (deployment->paused && target->command_status == COMMAND_PENDING)
    ledger_break (ledger, RULE_PAUSE,
                  "target %" G_GINT64_FORMAT " of %s, which is paused, has a command for its host",
                  ordinal, deployment->id);
  if (target->timer_ms == 0 || target->timer_ms > deadline_of (ledger, target))
    ledger_break (ledger, RULE_TIMERS,
                  "the command of target %" G_GINT64_FORMAT
                  " of %s must be looked at in time, and its timer %s",
                  ordinal, deployment->id, target->timer_ms == 0 ? "is not there" : "is too late");
}

/* ---- a deployment ---- */

static gint64
may_start (const LedgerDeployment *d)
{
  gint64 may = ledger_budget (d) - d->n_running - d->n_failed;
  if (d->batch > 0)
    may = MIN (may, d->batch - d->n_running);
  return MIN (may, d->n_pending);
}

/* What a deployment that waits as a whole waits for; a person has no timer. */
static gboolean
will_be_woken (const LedgerDeployment *d)
{
  switch (d->wait) {
  case DEPLOYMENT_WAIT_FLEET: /* for a list of its hosts, or for a service that is at work for it */
    return d->timers[d->start_ms == 0 ? TIMER_FLEET : TIMER_WAIT] != 0;
  case DEPLOYMENT_WAIT_READY:
  case DEPLOYMENT_WAIT_TERMINATION:
    return d->paused || d->timers[TIMER_WAIT] != 0;
  case DEPLOYMENT_WAIT_MONITOR:
    return d->timers[TIMER_MONITOR] != 0;
  case DEPLOYMENT_WAIT_BAKE:
    return d->paused || d->timers[TIMER_BAKE] != 0;
  default:
    return TRUE;
  }
}

static void
check_moves (Ledger *ledger, const LedgerDeployment *d)
{
  gboolean starts = d->status == DEPLOYMENT_CREATED || d->status == DEPLOYMENT_QUEUED;
  if (starts && d->timers[TIMER_START] == 0 && d->timers[TIMER_ALARMS] == 0 && !ledger_is_kept (d))
    ledger_break (ledger, RULE_TIMERS, "%s is %s, and nothing will start it", d->id,
                  deployment_status_name (d->status));
  if (!will_be_woken (d))
    ledger_break (ledger, RULE_TIMERS, "%s waits (%s), and nothing ends that", d->id,
                  deployment_wait_name (d->wait));
  if (starts || d->ending != DEPLOYMENT_ERROR_NONE)
    return;
  if (d->timers[TIMER_TOTAL] == 0 && !d->paused && !d->has_baked)
    ledger_break (ledger, RULE_TIMERS, "%s runs without a limit", d->id);
  if (ledger_is_kept (d))
    return;
  if (ledger_replaces (d)) { /* it has more than its limit */
    if (d->n_running == 0 && d->n_left < (d->has_baked ? 1 : 2))
      ledger_break (ledger, RULE_TIMERS, "%s is at its phase %s, and nothing moves", d->id,
                    deployment_phase_name (d->phase));
    return;
  }
  if (d->n_stages == 0 && may_start (d) > 0 && d->timers[TIMER_BATCH] == 0)
    ledger_break (ledger, RULE_TIMERS,
                  "%s may start %" G_GINT64_FORMAT " more, and nothing does it", d->id,
                  may_start (d));
  if (d->n_running == 0 && d->timers[TIMER_BATCH] == 0)
    ledger_break (ledger, RULE_TIMERS, "%s is %s, and nothing moves", d->id,
                  deployment_status_name (d->status));
}

gboolean
rules_stage (Ledger *ledger, StoreTx *tx, LedgerDeployment *d, GError **error)
{
  DeploymentStageRecordList all;
  gint64 before = -1;
  if (!deployment_stage_record_list (tx, d->id, ledger->arena, &all, error))
    return FALSE;
  for (gsize i = 0; i < all.n; i++) {
    const DeploymentStageRecord *stage = all.items[i];
    if (stage->ordinal < d->stage && stage->stage.n > 0)
      before = stage->ordinal;
    if (stage->ordinal < d->stage && stage->stage.n > 0 && stage->end_ms == 0)
      ledger_break (ledger, RULE_STAGES, "stage %" G_GINT64_FORMAT " of %s was left unfinished",
                    stage->ordinal, d->id);
    if (stage->ordinal != d->stage)
      continue;
    d->stage_first = stage->stage.first;
    d->stage_n = stage->stage.n;
    if (before >= 0 && all.items[before]->stage.approval && stage->approve_ms == 0)
      ledger_break (ledger, RULE_STAGES, "stage %" G_GINT64_FORMAT " of %s began unapproved",
                    d->stage, d->id);
  }
  return TRUE;
}

void
rules_deployment (Ledger *ledger, const LedgerDeployment *d)
{
  if (d->group == NULL) {
    ledger_break (ledger, RULE_LEFTOVERS, "rows of %s, which is not there, were written", d->id);
    return;
  }
  rules_counters (ledger, d);
  if (d->complete_ms != 0) {
    if (d->n_left != 0)
      ledger_break (ledger, RULE_LEFTOVERS,
                    "%" G_GINT64_FORMAT " timers, commands or errands of %s are left", d->n_left,
                    d->id);
    return;
  }
  rules_budget (ledger, d);
  if (d->batch > 0 && d->n_running > d->batch)
    ledger_break (ledger, RULE_BATCH, "%" G_GINT64_FORMAT " run in %s at a time", d->n_running,
                  d->id);
  check_moves (ledger, d);
}

/* ---- its end ---- */

static gboolean
is_asked_for (const ApiDeploymentInfo *info, const char *event)
{
  const ApiAutoRollbackConfiguration *configuration = info->auto_rollback_configuration;
  if (configuration == NULL || configuration->enabled == NULL || !*configuration->enabled ||
      configuration->events == NULL)
    return FALSE;
  for (gsize i = 0; i < configuration->events->n; i++)
    if (g_str_equal (configuration->events->items[i], event))
      return TRUE;
  return FALSE;
}

static gboolean
wants_rollback (const DeploymentRecord *row, const ApiDeploymentInfo *info)
{
  if (row->creator == CREATOR_ROLLBACK || row->creator == CREATOR_AUTOSCALING ||
      row->creator == CREATOR_AUTOSCALING_TERMINATION || row->status == DEPLOYMENT_SUCCEEDED)
    return FALSE;
  if (row->status == DEPLOYMENT_FAILED)
    return is_asked_for (info, "DEPLOYMENT_FAILURE");
  if (row->error_code == DEPLOYMENT_ERROR_TIMEOUT) /* nobody let it go on */
    return FALSE;
  if (row->error_code == DEPLOYMENT_ERROR_ALARM_ACTIVE)
    return is_asked_for (info, "DEPLOYMENT_STOP_ON_ALARM");
  return row->stop_rollback == STOP_ROLLBACK_YES ||
         (row->stop_rollback == STOP_ROLLBACK_AS_CONFIGURED &&
          is_asked_for (info, "DEPLOYMENT_STOP_ON_REQUEST"));
}

static gboolean
check_rollback (Ledger *ledger, StoreTx *tx, const LedgerGroup *group, const DeploymentRecord *row,
                GError **error)
{
  DeploymentGroupRecord *now;
  const ApiDeploymentInfo *info = engine_deployment_info (row, ledger->arena, error);
  if (info == NULL ||
      !deployment_group_record_by_id (tx, row->group_id, ledger->arena, &now, error))
    return FALSE;
  gboolean possible = now != NULL && now->deleted_ms == 0 && group->good_revision != 0;
  gboolean wanted = wants_rollback (row, info);
  if ((wanted && possible) != (row->rollback_id != NULL))
    ledger_break (ledger, RULE_ROLLBACK, "%s, which is %s, %s rolled back", row->id,
                  deployment_status_name (row->status), row->rollback_id != NULL ? "is" : "is not");
  return TRUE;
}

static void
check_in_time (Ledger *ledger, const LedgerDeployment *d)
{
  /* What its hosts are at when its time is over may go on for an event's time; the rest is the store's and ours. */
  const gint64 slack_ms = 5 * 60 * 1000;
  gint64 start_ms =
      MAX (d->start_ms != 0 ? d->start_ms + d->total_ms : d->create_ms, ledger->calm_ms);
  if (ledger->calm_ms != 0 && !d->was_kept &&
      d->complete_ms > start_ms + ledger->times.event_ms + slack_ms)
    ledger_break (ledger, RULE_ENDS, "%s took %" G_GINT64_FORMAT " s", d->id,
                  (d->complete_ms - d->create_ms) / 1000);
}

gboolean
rules_deployment_end (Ledger *ledger, StoreTx *tx, LedgerDeployment *d, const DeploymentRecord *row,
                      GError **error)
{
  LedgerGroup *group = ledger_group (ledger, row->group_id);
  if (group->active == d)
    group->active = NULL;
  g_ptr_array_remove (ledger->active, d);
  ledger->counts.ended++;
  ledger->counts.succeeded += d->status == DEPLOYMENT_SUCCEEDED;
  ledger->counts.failed += d->status == DEPLOYMENT_FAILED;
  ledger->counts.stopped += d->status == DEPLOYMENT_STOPPED;
  ledger->counts.replaced += d->course == COURSE_BLUE_GREEN && d->status == DEPLOYMENT_SUCCEEDED;
  ledger->counts.moved_back += d->course == COURSE_BLUE_GREEN_BACK && d->n_succeeded > 0;
  rules_verdict (ledger, d, row);
  check_in_time (ledger, d);
  rules_fleet_end (ledger, d, row);
  if (!check_rollback (ledger, tx, group, row, error))
    return FALSE;
  gboolean of_one =
      row->creator == CREATOR_AUTOSCALING || row->creator == CREATOR_AUTOSCALING_TERMINATION;
  if (of_one)
    return TRUE;
  group->ended_well = d->status == DEPLOYMENT_SUCCEEDED;
  if (group->ended_well) {
    group->good_revision = d->revision;
    if (row->root_id == NULL) {
      group->good_create_ms = d->create_ms;
      group->n_follow_ups = 0;
    }
  }
  return TRUE;
}
