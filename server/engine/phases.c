#include "server/engine/private.h"
#include "server/engine/replacement.h"

/* From phase to phase: core/course.h says which there are. A deployment in place has one, and never comes here but to end it. */

/* Where the phase's numbers begin among the deployment's targets. */
static gint64
first_ordinal (const CoursePhase *phase)
{
  return phase->label == TARGET_BLUE ? TARGET_FIRST_BLUE : 0;
}

/* They are started in order, so the pending ones are the last n_pending; what is Ready is found by its index. */
gboolean
phase_next_targets (StoreTx *tx, const DeploymentRecord *deployment, gsize limit, Arena *arena,
                    TargetRecordList *out, GError **error)
{
  const CoursePhase *phase = course_phase (deployment->course, deployment->phase);
  if (phase->before == TARGET_READY)
    return target_record_ready (tx, deployment->id, limit, arena, out, error);
  gint64 from = first_ordinal (phase) + deployment->n_targets - deployment->n_pending;
  return target_record_pending (tx, deployment->id, from, limit, arena, out, error);
}

/* How many targets walk in the phase: those that the one before left Ready, or all of its label. */
static gboolean
count_targets (StoreTx *tx, const DeploymentRecord *deployment, const CoursePhase *phase,
               gint64 *out, GError **error)
{
  TargetCounts counts;
  if (phase->before != TARGET_READY)
    return target_record_count_label (tx, deployment->id, phase->label, out, error);
  if (!target_record_count (tx, deployment->id, &counts, error))
    return FALSE;
  *out = counts.n[TARGET_READY];
  return TRUE;
}

static void
reset_counters (const Engine *engine, DeploymentRecord *deployment, const CoursePhase *phase,
                gint64 n)
{
  deployment->phase = phase->phase;
  deployment->n_unhealthy = 0;
  deployment->n_targets = deployment->n_pending = n;
  deployment->n_running = deployment->n_succeeded = 0;
  deployment->n_failed = deployment->n_skipped = 0;
  deployment->first_failure = NULL;
  deployment->minimum_healthy = 0;
  if (phase->rule == PHASE_BY_CONFIGURATION)
    deployment->minimum_healthy =
        scheduler_plan (&deployment->healthy, n, deployment_scheduler_rule (engine, deployment))
            .minimum_healthy;
}

/* The service's own phases, or the end. */
static gboolean
serve (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, const CoursePhase *phase,
       gint64 now_ms, Arena *arena, GError **error)
{
  if (phase == NULL)
    return deployment_close (engine, tx, deployment, DEPLOYMENT_ERROR_NONE, NULL, now_ms, arena,
                             error);
  g_assert (phase->rule == PHASE_OF_SERVICE);
  deployment->phase = phase->phase;
  return phase->phase == DEPLOYMENT_PHASE_SWAP
             ? replacement_swap (engine, tx, deployment, now_ms, arena, error)
             : replacement_retire (engine, tx, deployment, now_ms, arena, error);
}

/* All targets have walked. Alarms are watched for a while longer where that is wanted: before the originals of a replaced fleet
 * end, so that there is a way back. */
static gboolean
work_is_done (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, const CoursePhase *phase,
              gint64 now_ms, Arena *arena, GError **error)
{
  gboolean baking;
  if (!alarms_bake (engine, tx, deployment, now_ms, arena, &baking, error))
    return FALSE;
  return baking ? deployment_record_update (tx, deployment, error)
                : serve (engine, tx, deployment, phase, now_ms, arena, error);
}

gboolean
phase_enter (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, const CoursePhase *phase,
             gint64 now_ms, Arena *arena, GError **error)
{
  gboolean served =
      deployment->phase == DEPLOYMENT_PHASE_SWAP || deployment->phase == DEPLOYMENT_PHASE_RETIRE;
  if (served)
    return serve (engine, tx, deployment, phase, now_ms, arena, error);
  if (phase == NULL || phase->rule == PHASE_OF_SERVICE)
    return work_is_done (engine, tx, deployment, phase, now_ms, arena, error);
  gint64 n;
  if (!count_targets (tx, deployment, phase, &n, error))
    return FALSE;
  if (n == 0)
    return phase_enter (engine, tx, deployment,
                        course_next_phase (deployment->course, phase->phase), now_ms, arena, error);
  reset_counters (engine, deployment, phase, n);
  return deployment_advance (engine, tx, deployment, ENGINE_BATCH, now_ms, arena, error);
}

gboolean
phase_baked (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms, Arena *arena,
             GError **error)
{
  DeploymentAction action;
  const CoursePhase *phase = course_next_phase (deployment->course, deployment->phase);
  while (phase != NULL && phase->rule != PHASE_OF_SERVICE) /* those that had no targets */
    phase = course_next_phase (deployment->course, phase->phase);
  if (phase != NULL &&
      !deployment_machine_step (&deployment->status, DEPLOYMENT_EV_CONTINUE, &action))
    return TRUE;
  return serve (engine, tx, deployment, phase, now_ms, arena, error);
}

gboolean
phase_leave (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms, Arena *arena,
             GError **error)
{
  return stages_end (tx, deployment, now_ms, arena, error) &&
         phase_enter (engine, tx, deployment,
                      course_next_phase (deployment->course, deployment->phase), now_ms, arena,
                      error);
}

/* The configuration's number of hosts counts in later phases too, as far as there are so many (deployments.md 2.7). */
static gboolean
has_passed (const DeploymentRecord *deployment, const CoursePhase *phase)
{
  if (phase->rule == PHASE_OF_ALL)
    return deployment->n_failed == 0;
  return deployment->n_succeeded >= MIN (deployment->minimum_healthy, deployment->n_targets);
}

/* Replacements are installed; traffic is sent to them when somebody says so. */
static gboolean
await_ready (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 minutes,
             gint64 now_ms, Arena *arena, GError **error)
{
  DeploymentAction action;
  if (!deployment_machine_step (&deployment->status, DEPLOYMENT_EV_AWAIT_READY, &action))
    g_assert_not_reached (); /* targets have walked, so it is in progress */
  return deployment_begin_wait (engine, tx, deployment, DEPLOYMENT_WAIT_READY,
                                now_ms + minutes * 60 * 1000, error) &&
         deployment_record_update (tx, deployment, error) &&
         announce_deployment (engine, tx, deployment, ANNOUNCEMENT_DEPLOYMENT_READY, now_ms, arena,
                              error);
}

gboolean
phase_end (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms, Arena *arena,
           GError **error)
{
  const CoursePhase *phase = course_phase (deployment->course, deployment->phase);
  if (!has_passed (deployment, phase))
    return deployment_close (engine, tx, deployment, DEPLOYMENT_ERROR_HEALTH_CONSTRAINTS,
                             deployment_health_message (deployment, arena), now_ms, arena, error);
  if (deployment->paused_ms != 0 && course_next_phase (deployment->course, phase->phase) != NULL)
    return deployment_record_update (tx, deployment, error); /* once it is resumed */
  if (deployment->course == COURSE_BLUE_GREEN && phase->phase == DEPLOYMENT_PHASE_INSTALL) {
    const ApiDeploymentInfo *info = engine_deployment_info (deployment, arena, error);
    if (info == NULL)
      return FALSE;
    const BlueGreenOptions options = blue_green_options (engine, info);
    if (options.stops_unless)
      return await_ready (engine, tx, deployment, options.ready_minutes, now_ms, arena, error);
  }
  return phase_leave (engine, tx, deployment, now_ms, arena, error);
}
