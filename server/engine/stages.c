#include "core/deployment-machine.h"
#include "server/actions/wave-rules.h"
#include "server/engine/effects.h"
#include "server/engine/private.h"
#include "store/records/deployment-stage.h"

/* Zones (deployments.md 2.8) and waves (ours) of a deployment. A stage's row is written when the deployment is made, when the stage
 * begins and when it ends; in between where its targets are follows from the deployment's counters, so the end of a target
 * costs one read of that row, however many targets and stages there are. Nothing is read where there are none. */

/* One that was stored before such a time was refused is not watched for longer. */
#define MAX_MONITOR_S (30 * 24 * 3600)

/* ---- which there are ---- */

static gboolean
is_a_persons (DeploymentCreator creator)
{
  return creator == CREATOR_USER || creator == CREATOR_CLOUD_FORMATION;
}

/* What the service itself starts waits for nobody: a known-good revision goes out without a stop unless the settings want the
 * zones kept apart, and a single new instance is no fleet. */
static gboolean
is_zoned (const Engine *engine, const DeploymentRecord *deployment, const ApiDeploymentInfo *info)
{
  if (info->zonal_config == NULL || deployment->creator == CREATOR_AUTOSCALING ||
      deployment->creator == CREATOR_AUTOSCALING_TERMINATION)
    return FALSE;
  return (deployment->creator != CREATOR_ROLLBACK &&
          deployment->creator != CREATOR_CLOUD_FORMATION_ROLLBACK) ||
         engine->config.policy.zonal_rollbacks;
}

StageNeeds
stages_need (const Engine *engine, const DeploymentRecord *deployment,
             const ApiDeploymentInfo *info)
{
  if (is_zoned (engine, deployment, info))
    return STAGES_BY_ZONE;
  return info->waves != NULL && info->waves->n > 0 && is_a_persons (deployment->creator)
             ? STAGES_BY_WAVE
             : STAGES_NONE;
}

static ZoneRules
zone_rules (const ApiZonalConfig *given)
{
  ZoneRules rules = { .minimum = { MINIMUM_HEALTHY_FLEET_PERCENT, 0 },
                      .first_monitor_s = STAGE_MONITOR_AS_OTHERS };
  const ApiMinimumHealthyHostsPerZone *minimum = given->minimum_healthy_hosts_per_zone;
  if (given->first_zone_monitor_duration_in_seconds != NULL)
    rules.first_monitor_s = MIN (*given->first_zone_monitor_duration_in_seconds, MAX_MONITOR_S);
  if (given->monitor_duration_in_seconds != NULL)
    rules.monitor_s = MIN (*given->monitor_duration_in_seconds, MAX_MONITOR_S);
  if (minimum != NULL && minimum_healthy_type_from_name (minimum->type, &rules.minimum.type))
    rules.minimum.value = minimum->value != NULL ? *minimum->value : 0;
  return rules;
}

static StageHost *
hosts_of (const CandidateList *candidates, Arena *arena)
{
  StageHost *hosts = arena_new0_n (arena, StageHost, MAX (candidates->n, 1));
  for (gsize i = 0; i < candidates->n; i++) {
    const Candidate *candidate = &candidates->items[i];
    hosts[i] = (StageHost){ .zone = candidate->zone,
                            .unhealthy = candidate->health == CANDIDATE_UNHEALTHY,
                            .tags = candidate->tags.items,
                            .n_tags = candidate->tags.n };
  }
  return hosts;
}

gboolean
stages_plan (const Engine *engine, const DeploymentRecord *deployment,
             const ApiDeploymentInfo *info, CandidateList *candidates, Arena *arena, StageList *out,
             GError **error)
{
  Waves waves;
  *out = (StageList){ 0 };
  switch (stages_need (engine, deployment, info)) {
  case STAGES_NONE:
    return TRUE;
  case STAGES_BY_ZONE: {
    ZoneRules rules = zone_rules (info->zonal_config);
    stages_by_zone (hosts_of (candidates, arena), candidates->n, &rules, arena, out);
    break;
  }
  case STAGES_BY_WAVE:
    if (!wave_rules_read (info->waves, arena, &waves, error))
      return FALSE;
    stages_by_wave (hosts_of (candidates, arena), candidates->n, waves.items, waves.n, arena, out);
    break;
  }
  Candidate *ordered = arena_new0_n (arena, Candidate, MAX (candidates->n, 1));
  for (gsize i = 0; i < candidates->n; i++)
    ordered[i] = candidates->items[out->order[i]];
  candidates->items = ordered;
  return TRUE;
}

Refusal
stages_judge_plan (const DeploymentRecord *deployment, const StageList *stages, Arena *arena)
{
  const Stage *stage = stages_find_impossible (stages);
  if (stage == NULL)
    return (Refusal){ DEPLOYMENT_ERROR_NONE, NULL };
  return (Refusal){
    DEPLOYMENT_ERROR_HEALTH_CONSTRAINTS_INVALID,
    arena_printf (arena,
                  "Deployment configuration %s needs %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                  " hosts healthy in zone %s, so none may be taken down there; choose another "
                  "minimumHealthyHostsPerZone or add hosts to the zone",
                  deployment->config_name, stage->minimum_healthy, stage->n, stage->name)
  };
}

/* ---- beginning and ending one ---- */

static gboolean
begin_stage (StoreTx *tx, DeploymentRecord *deployment, DeploymentStageRecord *record,
             gint64 now_ms, GError **error)
{
  deployment->stage = record->ordinal;
  record->before_succeeded = deployment->n_succeeded;
  record->before_failed = deployment->n_failed;
  record->start_ms = now_ms;
  return deployment_stage_record_update (tx, record, error);
}

gboolean
stages_insert (StoreTx *tx, DeploymentRecord *deployment, const StageList *stages, gint64 now_ms,
               Arena *arena, GError **error)
{
  DeploymentStageRecord *first;
  deployment->n_stages = (gint64)stages->n;
  if (stages->n == 0)
    return TRUE;
  for (gsize i = 0; i < stages->n; i++) {
    const DeploymentStageRecord record = { .deployment_id = deployment->id,
                                           .ordinal = (gint64)i,
                                           .stage = stages->items[i] };
    if (!deployment_stage_record_insert (tx, &record, error))
      return FALSE;
  }
  return deployment_stage_record_next (tx, deployment->id, 0, arena, &first, error) &&
         (first == NULL || begin_stage (tx, deployment, first, now_ms, error));
}

static SchedulerCounts
present_counts (const DeploymentRecord *deployment, const DeploymentStageRecord *record)
{
  const SchedulerCounts whole = { .pending = deployment->n_pending,
                                  .running = deployment->n_running,
                                  .succeeded = deployment->n_succeeded,
                                  .failed = deployment->n_failed };
  const SchedulerCounts before = { .succeeded = record->before_succeeded,
                                   .failed = record->before_failed };
  return stage_counts (&record->stage, deployment->n_targets, &whole, &before);
}

/* ---- what it may do ---- */

static const char *
failure_text (const DeploymentRecord *deployment, const DeploymentStageRecord *record,
              StageVerdict verdict, const SchedulerCounts *counts, Arena *arena)
{
  const Stage *stage = &record->stage;
  const char *first =
      deployment->first_failure != NULL ? deployment->first_failure : "no target failed";
  const char *kind = stage_kind_name (stage->kind);
  switch (verdict) {
  case STAGE_TOO_MANY_FAILED:
    return arena_printf (arena,
                         "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " targets of %s %s failed, "
                         "where at most %" G_GINT64_FORMAT " may. First failure: %s",
                         counts->failed, stage->n, kind, stage->name, stage->tolerated, first);
  case STAGE_CANNOT_BE_REACHED:
    return arena_printf (arena,
                         "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " targets of %s %s failed, "
                         "where %" G_GINT64_FORMAT " must succeed. First failure: %s",
                         counts->failed, stage->n, kind, stage->name, stage->needed, first);
  case STAGE_BUDGET_IS_SPENT:
    return arena_printf (arena,
                         "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " targets of %s %s failed and "
                         "%" G_GINT64_FORMAT " were not started, where %" G_GINT64_FORMAT
                         " must stay healthy. First failure: %s",
                         counts->failed, stage->n, kind, stage->name, counts->pending,
                         stage->minimum_healthy, first);
  case STAGE_GOES_ON:
  case STAGE_IS_DONE:
    break;
  }
  return NULL;
}

static gboolean
has_stages (const DeploymentRecord *deployment)
{
  return deployment->n_stages > 0 && deployment->phase == DEPLOYMENT_PHASE_INSTALL;
}

gboolean
stages_look (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena, StageView *out,
             GError **error)
{
  *out = (StageView){ .may_start = G_MAXINT64 };
  if (!has_stages (deployment))
    return TRUE;
  if (!deployment_stage_record_get (tx, deployment->id, deployment->stage, arena, &out->record,
                                    error))
    return FALSE;
  if (out->record == NULL) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_SCHEMA,
                 "%s is at its stage %" G_GINT64_FORMAT ", which is not there", deployment->id,
                 deployment->stage);
    return FALSE;
  }
  SchedulerCounts counts = present_counts (deployment, out->record);
  StageVerdict verdict = stage_verdict (&out->record->stage, &counts);
  out->may_start = stage_may_start (&out->record->stage, &counts);
  out->done = verdict == STAGE_IS_DONE;
  out->failure = failure_text (deployment, out->record, verdict, &counts, arena);
  return TRUE;
}

/* ---- from one to the next ---- */

gboolean
stages_begin_next (StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms, Arena *arena,
                   StageView *view, GError **error)
{
  if (!deployment_stage_record_next (tx, deployment->id, deployment->stage + 1, arena,
                                     &view->record, error))
    return FALSE;
  if (view->record == NULL)
    return TRUE; /* all that is left was in this one: the deployment is over */
  if (!begin_stage (tx, deployment, view->record, now_ms, error))
    return FALSE;
  SchedulerCounts counts = present_counts (deployment, view->record);
  view->done = FALSE;
  view->may_start = stage_may_start (&view->record->stage, &counts);
  return TRUE;
}

/* It was watched for long enough, if it had to be. */
static gboolean
await_approval_or_begin_next (StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                              Arena *arena, StageView *view, GError **error)
{
  g_assert (view->record != NULL); /* only what has stages waits between them */
  if (!view->record->stage.approval)
    return stages_begin_next (tx, deployment, now_ms, arena, view, error);
  deployment->wait = DEPLOYMENT_WAIT_APPROVAL;
  deployment->wait_until_ms = 0;
  return TRUE;
}

static gboolean
begin_to_watch (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, const Stage *stage,
                gint64 now_ms, GError **error)
{
  DeploymentAction action;
  deployment->wait = DEPLOYMENT_WAIT_MONITOR;
  deployment->wait_until_ms = now_ms + stage->wait_s * 1000;
  /* deployments.md 0.3: only zones bake. */
  if (stage->kind == STAGE_ZONE &&
      !deployment_machine_step (&deployment->status, DEPLOYMENT_EV_BAKE, &action))
    g_assert_not_reached (); /* it is in progress */
  return engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_MONITOR,
                           deployment->wait_until_ms, error);
}

static void
keep_counts (const DeploymentRecord *deployment, DeploymentStageRecord *record)
{
  record->n_succeeded = deployment->n_succeeded - record->before_succeeded;
  record->n_failed = deployment->n_failed - record->before_failed;
}

gboolean
stages_go_on (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, StageView *view,
              gint64 now_ms, Arena *arena, GError **error)
{
  DeploymentStageRecord *record = view->record;
  if (record == NULL || !view->done || record->end_ms != 0)
    return TRUE;
  record->end_ms = now_ms;
  keep_counts (deployment, record);
  if (!deployment_stage_record_update (tx, record, error))
    return FALSE;
  if (record->stage.wait_s > 0)
    return begin_to_watch (engine, tx, deployment, &record->stage, now_ms, error);
  return await_approval_or_begin_next (tx, deployment, now_ms, arena, view, error);
}

gboolean
stages_end (StoreTx *tx, const DeploymentRecord *deployment, gint64 passed_ms, Arena *arena,
            GError **error)
{
  DeploymentStageRecord *record;
  if (!has_stages (deployment))
    return TRUE;
  if (!deployment_stage_record_get (tx, deployment->id, deployment->stage, arena, &record, error))
    return FALSE;
  if (record == NULL || record->start_ms == 0 || record->end_ms != 0)
    return TRUE;
  record->end_ms = passed_ms;
  keep_counts (deployment, record);
  return deployment_stage_record_update (tx, record, error);
}

gboolean
stages_watched (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                Arena *arena, GError **error)
{
  DeploymentAction action;
  StageView view;
  if (deployment->wait != DEPLOYMENT_WAIT_MONITOR || deployment->ending != DEPLOYMENT_ERROR_NONE)
    return TRUE;
  deployment->wait = DEPLOYMENT_WAIT_NONE;
  deployment->wait_until_ms = 0;
  if (deployment->status == DEPLOYMENT_BAKING &&
      !deployment_machine_step (&deployment->status, DEPLOYMENT_EV_CONTINUE, &action))
    g_assert_not_reached ();
  return stages_look (tx, deployment, arena, &view, error) &&
         await_approval_or_begin_next (tx, deployment, now_ms, arena, &view, error) &&
         deployment_advance (engine, tx, deployment, ENGINE_BATCH, now_ms, arena, error);
}

/* ---- as they are shown ---- */

gboolean
engine_list_stages (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena,
                    EngineStageList *out, GError **error)
{
  DeploymentStageRecordList records = { 0 };
  if (deployment->n_stages > 0 &&
      !deployment_stage_record_list (tx, deployment->id, arena, &records, error))
    return FALSE;
  *out = (EngineStageList){ records.n, arena_new0_n (arena, EngineStage, MAX (records.n, 1)) };
  for (gsize i = 0; i < records.n; i++) {
    DeploymentStageRecord *record = records.items[i];
    EngineStage *shown = &out->items[i];
    shown->record = record;
    shown->counts =
        (SchedulerCounts){ .succeeded = record->n_succeeded, .failed = record->n_failed };
    if (record->end_ms != 0)
      continue;
    if (deployment->complete_ms != 0)
      shown->skipped = record->stage.n - shown->counts.succeeded - shown->counts.failed;
    else if (record->start_ms != 0)
      shown->counts = present_counts (deployment, record);
    else
      shown->counts.pending = record->stage.n;
  }
  return TRUE;
}
