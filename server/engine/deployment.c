#include "core/deployment-machine.h"
#include "proto/shape.h"
#include "server/engine/effects.h"
#include "server/engine/follow-ups.h"
#include "server/engine/private.h"
#include "server/engine/replacement.h"
#include "store/records/deployment-group.h"
#include "store/records/instance.h"

/* A deployment as a whole: it sees counters, never the list of its targets, but for the ones it starts. */

DeploymentRecord *
deployment_load (StoreTx *tx, const char *id, Arena *arena, GError **error)
{
  DeploymentRecord *record;
  if (!deployment_record_by_id (tx, id, arena, &record, error))
    return NULL;
  if (record == NULL)
    g_set_error (error, STORE_ERROR, STORE_ERROR_SCHEMA, "deployment %s is not there", id);
  return record;
}

const ApiDeploymentInfo *
engine_deployment_info (const DeploymentRecord *deployment, Arena *arena, GError **error)
{
  gpointer decoded;
  if (!shape_from_text (&api_shape_deployment_info, deployment->info_json, arena, &decoded,
                        error)) {
    g_prefix_error (error, "cannot read the stored part of deployment %s: ", deployment->id);
    return NULL;
  }
  return decoded != NULL ? decoded : arena_new0 (arena, ApiDeploymentInfo);
}

/* ---- its end ---- */

DeploymentEvent
deployment_closing_event (DeploymentError code)
{
  switch (code) {
  case DEPLOYMENT_ERROR_NONE:
    return DEPLOYMENT_EV_SUCCEED;
  case DEPLOYMENT_ERROR_MANUAL_STOP:
  case DEPLOYMENT_ERROR_ALARM_ACTIVE:
    return DEPLOYMENT_EV_STOP;
  default:
    return DEPLOYMENT_EV_FAIL;
  }
}

static Metric
metric_of_end (DeploymentStatus status)
{
  switch (status) {
  case DEPLOYMENT_SUCCEEDED:
    return METRIC_DEPLOYMENTS_SUCCEEDED;
  case DEPLOYMENT_STOPPED:
    return METRIC_DEPLOYMENTS_STOPPED;
  default:
    return METRIC_DEPLOYMENTS_FAILED;
  }
}

/* The group's target revision moves. Deployments to one new instance do not move it (deployments.md 4.2). */
static gboolean
move_target_revision (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena, GError **error)
{
  DeploymentGroupRecord *group;
  if (deployment->creator == CREATOR_AUTOSCALING ||
      deployment->creator == CREATOR_AUTOSCALING_TERMINATION)
    return TRUE;
  if (!deployment_group_record_by_id (tx, deployment->group_id, arena, &group, error))
    return FALSE;
  if (group != NULL && group->target_revision_number != 0 && deployment->n_failed > 0 &&
      !target_health_record_forget_failed (tx, deployment->group_id, deployment->id,
                                           group->target_revision_number, error))
    return FALSE;
  return deployment_group_record_set_succeeded (tx, deployment->group_id, deployment->id,
                                                deployment->revision_number, error);
}

gboolean
deployment_close (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, DeploymentError code,
                  const char *message, gint64 now_ms, Arena *arena, GError **error)
{
  return deployment_close_as (engine, tx, deployment, deployment_closing_event (code), code,
                              message, now_ms, arena, error);
}

/* What waits is Skipped. The counters of a deployment with phases were those of its last; from now on they are those of all its
 * targets. */
static gboolean
close_targets (StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms, GError **error)
{
  gboolean phases = deployment->course != COURSE_IN_PLACE;
  if ((phases || deployment->n_pending > 0) &&
      !target_record_skip_waiting (tx, deployment->id, now_ms, error))
    return FALSE;
  deployment->n_skipped += deployment->n_pending;
  deployment->n_pending = 0;
  if (!phases)
    return TRUE;
  TargetCounts counts;
  if (!target_record_count (tx, deployment->id, &counts, error))
    return FALSE;
  deployment->n_succeeded = counts.n[TARGET_SUCCEEDED];
  deployment->n_failed = counts.n[TARGET_FAILED];
  deployment->n_skipped = counts.n[TARGET_SKIPPED];
  deployment->n_targets = deployment->n_succeeded + deployment->n_failed + deployment->n_skipped;
  return TRUE;
}

void
deployment_add_note (DeploymentRecord *deployment, const char *text, Arena *arena)
{
  char *line = g_strdelimit (arena_strdup (arena, text), "\n", ' ');
  deployment->note =
      deployment->note == NULL ? line : arena_printf (arena, "%s\n%s", deployment->note, line);
}

/* A rollback, where one is wanted, also removes what the deployment had made; without one it stays. */
static gboolean
turn_back (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms, Arena *arena,
           GError **error)
{
  if (!deployment_roll_back (engine, tx, deployment, now_ms, arena, error))
    return FALSE;
  if (deployment->fleet_name != NULL && deployment->rollback_id == NULL)
    deployment_add_note (
        deployment,
        arena_printf (
            arena, "The Auto Scaling group %s, which was made for the deployment, is left as it is",
            deployment->fleet_name),
        arena);
  return deployment_record_update (tx, deployment, error);
}

gboolean
deployment_close_as (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, DeploymentEvent how,
                     DeploymentError code, const char *message, gint64 now_ms, Arena *arena,
                     GError **error)
{
  DeploymentAction action;
  if (!deployment_machine_step (&deployment->status, how, &action))
    return TRUE; /* it has ended before */
  g_assert (action == DEPLOYMENT_ACT_CLOSE);
  deployment->complete_ms = now_ms;
  deployment->error_code = code;
  deployment->error_message = message;
  deployment->wait = DEPLOYMENT_WAIT_NONE;
  deployment->wait_until_ms = 0;
  deployment->paused_ms = 0;
  deployment->paused_by = NULL;
  gint64 passed_ms = deployment->status == DEPLOYMENT_SUCCEEDED ? now_ms : 0;
  if (!stages_end (tx, deployment, passed_ms, arena, error) ||
      !close_targets (tx, deployment, now_ms, error))
    return FALSE;
  /* Its row is written before a rollback is: a group has one active deployment at any time. */
  if (!timer_record_delete_all (tx, deployment->id, error) ||
      !errand_record_delete_all (tx, deployment->id, error) ||
      !fleet_record_delete (tx, deployment->id, error) ||
      !deployment_record_update (tx, deployment, error))
    return FALSE;
  effect_count (engine, tx, metric_of_end (deployment->status));
  effect_log_end (engine, tx, deployment);
  gboolean ok = deployment->status == DEPLOYMENT_SUCCEEDED
                    ? move_target_revision (tx, deployment, arena, error)
                    : turn_back (engine, tx, deployment, now_ms, arena, error);
  return ok && announce_end (engine, tx, deployment, now_ms, arena, error) &&
         scaling_deployment_ended (engine, tx, deployment, now_ms, arena, error) &&
         follow_up_after (engine, tx, deployment, now_ms, arena, error) &&
         new_hosts_after (engine, tx, deployment, now_ms, arena, error);
}

/* ---- its course ---- */

char *
deployment_health_message (const DeploymentRecord *deployment, Arena *arena)
{
  return arena_printf (arena,
                       "The deployment failed because too many targets failed: %" G_GINT64_FORMAT
                       " of %" G_GINT64_FORMAT " failed and %" G_GINT64_FORMAT
                       " were not started, where at least %" G_GINT64_FORMAT
                       " must succeed (deployment configuration %s). First failure: %s",
                       deployment->n_failed, deployment->n_targets, deployment->n_pending,
                       MAX (deployment->minimum_healthy, 1), deployment->config_name,
                       deployment->first_failure != NULL ? deployment->first_failure
                                                         : "no target ended with success");
}

static char *
ending_message (Engine *engine, const DeploymentRecord *deployment, Arena *arena)
{
  if (deployment->error_message != NULL)
    return arena_strdup (arena, deployment->error_message);
  switch (deployment->ending) {
  case DEPLOYMENT_ERROR_MANUAL_STOP:
    return deployment->first_failure == NULL
               ? arena_strdup (arena, "The deployment was stopped by a user")
               : arena_printf (
                     arena,
                     "The deployment was stopped by a user. The first of %" G_GINT64_FORMAT
                     " hosts that had begun and did not succeed: %s",
                     deployment->n_failed, deployment->first_failure);
  case DEPLOYMENT_ERROR_TIMEOUT:
    return arena_printf (arena,
                         "The deployment did not end within %" G_GINT64_FORMAT
                         " s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " targets succeeded%s%s",
                         deployment_total_ms (engine, deployment) / 1000, deployment->n_succeeded,
                         deployment->n_targets,
                         deployment->first_failure != NULL ? ". First failure: " : "",
                         deployment->first_failure != NULL ? deployment->first_failure : "");
  default:
    return arena_printf (arena, "The deployment was ended: %s",
                         deployment_error_name (deployment->ending));
  }
}

/* Moving traffic takes no host down: after the installation one target may always be at it, though the configuration needs all that
 * are left. How many must succeed is for phase_end to say. */
SchedulerPlan
deployment_scheduler_plan (const DeploymentRecord *deployment)
{
  gint64 minimum = deployment->minimum_healthy;
  if (deployment->phase != DEPLOYMENT_PHASE_INSTALL)
    minimum = MIN (minimum, deployment->n_targets - 1);
  /* In place, while it goes on, only those are Skipped whose hosts vanished before their turn. */
  gint64 vanished = deployment->course == COURSE_IN_PLACE ? deployment->n_skipped : 0;
  return (SchedulerPlan){ .n_targets = deployment->n_targets - vanished,
                          .minimum_healthy = minimum,
                          .maximum_batch = deployment->options.maximum_batch,
                          .n_unhealthy = deployment->n_unhealthy };
}

gint64
deployment_total_ms (const Engine *engine, const DeploymentRecord *deployment)
{
  gint64 minutes = deployment->options.timeout_minutes;
  if (minutes > 0)
    return minutes * 60 * 1000;
  return deployment->course == COURSE_IN_PLACE ? engine->config.times.total_ms
                                               : engine->config.times.blue_green_total_ms;
}

static SchedulerCounts
counts_of (const DeploymentRecord *deployment)
{
  return (SchedulerCounts){ .pending = deployment->n_pending,
                            .running = deployment->n_running,
                            .succeeded = deployment->n_succeeded,
                            .failed = deployment->n_failed };
}

/* deployments.md 8.3, the switch; a fleet that is cut into stages, or replaced, keeps its numbers. */
static gboolean
host_has_vanished (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                   const TargetRecord *target, Arena *arena, gboolean *out, GError **error)
{
  InstanceRecord *instance;
  *out = FALSE;
  if (!engine->config.policy.skip_vanished || deployment->course != COURSE_IN_PLACE ||
      deployment->n_stages > 0 || deployment->n_unhealthy > 0 ||
      candidate_is_ec2 (target->host_arn))
    return TRUE;
  if (!instance_record_by_iam_arn (tx, target->host_arn, arena, &instance, error))
    return FALSE;
  *out = instance == NULL;
  return TRUE;
}

static gboolean
skip_target (StoreTx *tx, TargetRecord *target, gint64 now_ms, GError **error)
{
  target->status = TARGET_SKIPPED;
  target->update_ms = now_ms;
  return target_record_update (tx, target, error);
}

/* A replacement that was Ready has started before: it is told of once. */
static gboolean
start_target (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment, TargetRecord *target,
              gint64 now_ms, Arena *arena, GError **error)
{
  gboolean first = target->status == TARGET_PENDING;
  return target_run (engine, tx, target, now_ms, arena, error) &&
         (!first || announce_target (engine, tx, deployment, target, now_ms, arena, error));
}

static gboolean
start_targets (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gsize n, gint64 now_ms,
               Arena *arena, GError **error)
{
  TargetRecordList targets;
  if (!phase_next_targets (tx, deployment, n, arena, &targets, error))
    return FALSE;
  gint64 n_skipped = 0;
  for (gsize i = 0; i < targets.n; i++) {
    gboolean vanished;
    if (!host_has_vanished (engine, tx, deployment, targets.items[i], arena, &vanished, error))
      return FALSE;
    n_skipped += vanished;
    if (vanished ? !skip_target (tx, targets.items[i], now_ms, error)
                 : !start_target (engine, tx, deployment, targets.items[i], now_ms, arena, error))
      return FALSE;
  }
  deployment->n_pending -= (gint64)targets.n;
  deployment->n_running += (gint64)targets.n - n_skipped;
  deployment->n_skipped += n_skipped;
  /* As if it had never been selected: neither healthy hosts that are needed nor ones that may fail become more or fewer. */
  deployment->minimum_healthy = MAX (deployment->minimum_healthy - n_skipped, 0);
  return n_skipped == 0 ||
         engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_BATCH, now_ms, error);
}

/* As far as its stage, and whoever keeps it from going on, let it. */
static gsize
may_start_now (const DeploymentRecord *deployment, const StageView *stage, gint64 free_places)
{
  if (deployment->wait != DEPLOYMENT_WAIT_NONE || deployment->paused_ms != 0)
    return 0;
  return (gsize)MIN (free_places, stage->may_start);
}

gboolean
deployment_advance (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gsize limit,
                    gint64 now_ms, Arena *arena, GError **error)
{
  if (deployment_status_is_final (deployment->status))
    return TRUE;
  if (deployment->ending != DEPLOYMENT_ERROR_NONE) {
    if (deployment->n_running > 0 || replacement_work_runs (deployment))
      return deployment_record_update (tx, deployment, error);
    return deployment_close (engine, tx, deployment, deployment->ending,
                             ending_message (engine, deployment, arena), now_ms, arena, error);
  }
  if (deployment->wait != DEPLOYMENT_WAIT_NONE)
    return deployment_record_update (tx, deployment, error);

  StageView stage;
  if (!stages_look (tx, deployment, arena, &stage, error))
    return FALSE;
  if (stage.failure != NULL)
    return deployment_begin_ending (engine, tx, deployment, DEPLOYMENT_ERROR_HEALTH_CONSTRAINTS,
                                    stage.failure, now_ms, arena, error);
  SchedulerPlan plan = deployment_scheduler_plan (deployment);
  SchedulerCounts counts = counts_of (deployment);
  switch (scheduler_verdict (&plan, &counts)) {
  case SCHEDULER_SUCCEED:
    return phase_end (engine, tx, deployment, now_ms, arena, error);
  case SCHEDULER_FAIL:
    return deployment_close (engine, tx, deployment, DEPLOYMENT_ERROR_HEALTH_CONSTRAINTS,
                             deployment_health_message (deployment, arena), now_ms, arena, error);
  case SCHEDULER_GO_ON:
    break;
  }
  if (!stages_go_on (engine, tx, deployment, &stage, now_ms, arena, error))
    return FALSE;
  gsize may = may_start_now (deployment, &stage, scheduler_may_start (&plan, &counts));
  gsize now = MIN (may, limit);
  if (now > 0 && !start_targets (engine, tx, deployment, now, now_ms, arena, error))
    return FALSE;
  if (may > now &&
      !engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_BATCH, now_ms, error))
    return FALSE;
  return deployment_record_update (tx, deployment, error);
}

gboolean
deployment_begin_ending (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                         DeploymentError code, const char *message, gint64 now_ms, Arena *arena,
                         GError **error)
{
  HostCommandRecordList commands;
  if (replacement_is_past_return (deployment))
    return TRUE;
  deployment->ending = code;
  deployment->error_message = message;
  if (deployment->status == DEPLOYMENT_CREATED || deployment->status == DEPLOYMENT_QUEUED)
    return deployment_advance (engine, tx, deployment, 0, now_ms, arena, error);
  if (!host_command_record_mark_last (tx, deployment->id, error) ||
      !host_command_record_unacknowledged (tx, deployment->id, arena, &commands, error))
    return FALSE;
  for (gsize i = 0; i < commands.n; i++)
    if (!target_leave (engine, tx, deployment, commands.items[i], now_ms, arena, error))
      return FALSE;
  return deployment_advance (engine, tx, deployment, 0, now_ms, arena, error);
}
