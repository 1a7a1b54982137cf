#include "core/deployment-machine.h"
#include "core/scheduler.h"
#include "server/actions/service-role.h"
#include "server/engine/effects.h"
#include "server/engine/private.h"
#include "server/engine/replacement.h"
#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/revision.h"

/* A deployment's beginning: its targets are written down, and how many of them must stay healthy; once (deployments.md
 * 2.1). */

/* What was there when the deployment was created may be gone. */
static gboolean
find_missing (StoreTx *tx, const DeploymentRecord *deployment, const ApiDeploymentInfo *info,
              const DeploymentGroupRecord *group, Arena *arena, Refusal *out, GError **error)
{
  ApplicationRecord *application;
  RevisionRecord *revision;
  if (!application_record_by_id (tx, deployment->application_id, arena, &application, error) ||
      !revision_record_by_number (tx, deployment->application_id, deployment->revision_number,
                                  arena, &revision, error))
    return FALSE;
  if (application == NULL || application->deleted_ms != 0)
    *out =
        (Refusal){ DEPLOYMENT_ERROR_APPLICATION_MISSING,
                   arena_printf (arena, "Application %s was deleted before the deployment started",
                                 deployment->application_name) };
  else if (group == NULL || group->deleted_ms != 0)
    *out = (Refusal){ DEPLOYMENT_ERROR_DEPLOYMENT_GROUP_MISSING,
                      arena_printf (arena,
                                    "Deployment group %s was deleted before the deployment started",
                                    deployment->group_name) };
  else if (revision == NULL)
    *out = (Refusal){ DEPLOYMENT_ERROR_REVISION_MISSING,
                      arena_printf (arena,
                                    "Revision %" G_GINT64_FORMAT
                                    " of application %s was deleted before the deployment started",
                                    deployment->revision_number, deployment->application_name) };
  else if (info->revision != NULL && info->revision->git_hub_location != NULL &&
           application->github_token_name != NULL && !application->github_token_is_there)
    *out = (Refusal){ DEPLOYMENT_ERROR_MISSING_GITHUB_TOKEN,
                      arena_printf (arena,
                                    "The GitHub account token %s of application %s was deleted "
                                    "before the deployment started; put it again, or link the "
                                    "application to another",
                                    application->github_token_name, deployment->application_name) };
  return TRUE;
}

/* So may the group's role, where roles are looked at. */
static gboolean
find_role (const Engine *engine, StoreTx *tx, const DeploymentGroupRecord *group, Arena *arena,
           Refusal *out, GError **error)
{
  ServiceRole role;
  if (!engine->config.policy.check_service_roles)
    return TRUE;
  if (!service_role_look (tx, group->service_role_arn, engine->config.arn, arena, &role, error))
    return FALSE;
  if (role != SERVICE_ROLE_GOOD)
    *out = (Refusal){ DEPLOYMENT_ERROR_IAM_ROLE_MISSING,
                      arena_printf (arena,
                                    "The service role %s of deployment group %s cannot be assumed: "
                                    "it %s; give the group another, or make the role again",
                                    group->service_role_arn, group->name,
                                    service_role_complain (role)) };
  return TRUE;
}

/* Why no target is left. */
static gboolean
nothing_selected (Engine *engine, const DeploymentGroupRecord *group, gsize n_selected,
                  Arena *arena, const char **out, GError **error)
{
  if (n_selected == 0)
    return candidates_describe (engine, group, arena, out, error);
  *out = arena_printf (arena,
                       "All %" G_GSIZE_FORMAT
                       " instances of deployment group %s have this revision already, "
                       "and only outdated ones were asked for",
                       n_selected, group->name);
  return TRUE;
}

/* How many of the first targets are unhealthy, where that shall count (deployments.md 2.5). */
static gint64
count_unhealthy (const Engine *engine, const CandidateList *candidates, const StageList *stages)
{
  gint64 n = 0;
  if (!engine->config.policy.health_aware || stages->n > 0)
    return 0;
  for (gsize i = 0; i < candidates->n; i++)
    n += candidates->items[i].health == CANDIDATE_UNHEALTHY;
  return n;
}

/* deployments.md 2.6 */
SchedulerRule
deployment_scheduler_rule (const Engine *engine, const DeploymentRecord *deployment)
{
  if (deployment->creator == CREATOR_AUTOSCALING ||
      deployment->creator == CREATOR_AUTOSCALING_TERMINATION)
    return SCHEDULER_ONE_ALWAYS_RUNS;
  return scheduler_rule_for_config (deployment->config_name,
                                    engine->config.policy.half_of_one_refused
                                        ? SCHEDULER_BY_THE_NUMBERS
                                        : SCHEDULER_ONE_ALWAYS_RUNS);
}

static Refusal
judge_budget (const DeploymentRecord *deployment, const SchedulerPlan *plan, Arena *arena)
{
  if (scheduler_can_begin (plan))
    return (Refusal){ DEPLOYMENT_ERROR_NONE, NULL };
  return (Refusal){
    DEPLOYMENT_ERROR_HEALTH_CONSTRAINTS_INVALID,
    arena_printf (
        arena,
        "Deployment configuration %s needs %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
        " hosts healthy, so none may be taken down; choose another configuration or add hosts",
        deployment->config_name, plan->minimum_healthy, plan->n_targets)
  };
}

static gboolean
begin (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, const StageList *stages,
       gint64 now_ms, Arena *arena, GError **error)
{
  SchedulerPlan plan = deployment_scheduler_plan (deployment);
  Refusal refusal = judge_budget (deployment, &plan, arena);
  if (refusal.code == DEPLOYMENT_ERROR_NONE)
    refusal = stages_judge_plan (deployment, stages, arena);
  if (refusal.code != DEPLOYMENT_ERROR_NONE)
    return deployment_close (engine, tx, deployment, refusal.code, refusal.message, now_ms, arena,
                             error);
  DeploymentAction action;
  if (deployment->start_ms != 0) /* it waited for its replacements to be made */
    return deployment_advance (engine, tx, deployment, ENGINE_BATCH, now_ms, arena, error);
  if (!deployment_machine_step (&deployment->status, DEPLOYMENT_EV_START, &action))
    return TRUE;
  deployment->start_ms = now_ms;
  return announce_deployment (engine, tx, deployment, ANNOUNCEMENT_DEPLOYMENT_ROLLBACK, now_ms,
                              arena, error) &&
         engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_TOTAL,
                           now_ms + deployment_total_ms (engine, deployment), error) &&
         deployment_advance (engine, tx, deployment, ENGINE_BATCH, now_ms, arena, error);
}

gboolean
deployment_begin (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                  const ApiDeploymentInfo *info, CandidateList *candidates, LifecyclePlanKind walk,
                  gint64 now_ms, Arena *arena, GError **error)
{
  StageList stages;
  if (!stages_plan (engine, deployment, info, candidates, arena, &stages, error))
    return FALSE;
  SchedulerPlan plan = scheduler_plan (&deployment->healthy, (gint64)candidates->n,
                                       deployment_scheduler_rule (engine, deployment));
  deployment->n_targets = deployment->n_pending = plan.n_targets;
  deployment->minimum_healthy = plan.minimum_healthy;
  deployment->n_unhealthy = count_unhealthy (engine, candidates, &stages);
  return candidates_insert (tx, deployment, candidates, walk, now_ms, error) &&
         stages_insert (tx, deployment, &stages, now_ms, arena, error) &&
         begin (engine, tx, deployment, &stages, now_ms, arena, error);
}

/* deployments.md 1.1, 1.2, 1.7 */
static LifecyclePlanKind
choose_walk (const DeploymentRecord *deployment, const ApiDeploymentInfo *info)
{
  gboolean balanced = traffic_is_controlled (info);
  if (deployment->creator == CREATOR_AUTOSCALING_TERMINATION)
    return balanced ? LIFECYCLE_PLAN_TERMINATION_BALANCED : LIFECYCLE_PLAN_TERMINATION;
  return balanced ? LIFECYCLE_PLAN_IN_PLACE_BALANCED : LIFECYCLE_PLAN_IN_PLACE;
}

static gboolean
start_in_place (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                const ApiDeploymentInfo *info, const DeploymentGroupRecord *group, gint64 now_ms,
                Arena *arena, GError **error)
{
  CandidateList candidates;
  Refusal refusal;
  const char *nothing;
  if (!candidates_resolve (engine, tx, deployment, info, group, NULL, arena, &candidates, error) ||
      !nothing_selected (engine, group, candidates.n_selected, arena, &nothing, error) ||
      !candidates_judge (engine, tx, deployment, &candidates, nothing, arena, &refusal, error))
    return FALSE;
  if (refusal.code != DEPLOYMENT_ERROR_NONE)
    return deployment_close (engine, tx, deployment, refusal.code, refusal.message, now_ms, arena,
                             error);
  return deployment_begin (engine, tx, deployment, info, &candidates,
                           choose_walk (deployment, info), now_ms, arena, error);
}

static gboolean
is_blue_green (const ApiDeploymentInfo *info)
{
  const ApiDeploymentStyle *style = info->deployment_style;
  return style != NULL && g_strcmp0 (style->deployment_type, "BLUE_GREEN") == 0;
}

gboolean
deployment_start (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                  Arena *arena, GError **error)
{
  if (deployment->status != DEPLOYMENT_CREATED && deployment->status != DEPLOYMENT_QUEUED)
    return TRUE;
  DeploymentGroupRecord *group;
  Refusal refusal = { DEPLOYMENT_ERROR_NONE, NULL };
  const ApiDeploymentInfo *info = engine_deployment_info (deployment, arena, error);
  if (info == NULL ||
      !deployment_group_record_by_id (tx, deployment->group_id, arena, &group, error) ||
      !find_missing (tx, deployment, info, group, arena, &refusal, error))
    return FALSE;
  if (refusal.code == DEPLOYMENT_ERROR_NONE &&
      !find_role (engine, tx, group, arena, &refusal, error))
    return FALSE;
  if (refusal.code == DEPLOYMENT_ERROR_NONE)
    refusal = feasibility_judge (deployment, info, arena);
  if (refusal.code != DEPLOYMENT_ERROR_NONE)
    return deployment_close (engine, tx, deployment, refusal.code, refusal.message, now_ms, arena,
                             error);

  gboolean permitted;
  if (!alarms_permit_start (engine, tx, deployment, now_ms, arena, &permitted, error))
    return FALSE;
  if (!permitted)
    return TRUE;

  if (is_blue_green (info) && deployment->rollback_of != NULL)
    return blue_green_start_back (engine, tx, deployment, now_ms, arena, error);
  gboolean listed;
  if (!fleet_ensure_listed (engine, tx, deployment, info, group, now_ms, arena, &listed, error))
    return FALSE;
  if (!listed)
    return TRUE; /* called again when it is */
  if (!plan_judge_start (engine, tx, deployment, info, group, arena, &refusal, error))
    return FALSE;
  if (refusal.code != DEPLOYMENT_ERROR_NONE)
    return deployment_close (engine, tx, deployment, refusal.code, refusal.message, now_ms, arena,
                             error);
  return is_blue_green (info)
             ? blue_green_start (engine, tx, deployment, info, group, now_ms, arena, error)
             : start_in_place (engine, tx, deployment, info, group, now_ms, arena, error);
}

/* ---- what it would be ---- */

void
preview_refuse (StartPreview *preview, Refusal refusal)
{
  if (refusal.code != DEPLOYMENT_ERROR_NONE)
    preview->refusals[preview->n_refusals++] = refusal;
}

static gboolean
preview_in_place (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                  const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                  const FleetTold *told, Arena *arena, StartPreview *out, GError **error)
{
  CandidateList *candidates = &out->candidates;
  const char *nothing;
  Refusal refusal;
  if (!candidates_resolve (engine, tx, deployment, info, group, told, arena, candidates, error) ||
      !nothing_selected (engine, group, candidates->n_selected, arena, &nothing, error) ||
      !candidates_judge (engine, tx, deployment, candidates, nothing, arena, &refusal, error))
    return FALSE;
  preview_refuse (out, refusal);
  return TRUE;
}

gboolean
deployment_preview (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                    const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                    const FleetTold *told, Arena *arena, StartPreview *out, GError **error)
{
  CandidateList *candidates = &out->candidates;
  *out = (StartPreview){ .n_refusals = 0 };
  preview_refuse (out, feasibility_judge (deployment, info, arena));
  if (is_blue_green (info)) {
    if (out->n_refusals == 0 &&
        !blue_green_preview (engine, tx, deployment, info, group, told, arena, out, error))
      return FALSE;
  } else if (!preview_in_place (engine, tx, deployment, info, group, told, arena, out, error)) {
    return FALSE;
  }
  if (!stages_plan (engine, deployment, info, candidates, arena, &out->stages, error))
    return FALSE;
  gsize n = out->copied != NULL ? out->n_copied : candidates->n;
  out->plan = scheduler_plan (&deployment->healthy, (gint64)n,
                              deployment_scheduler_rule (engine, deployment));
  out->plan.maximum_batch = deployment->options.maximum_batch;
  out->plan.n_unhealthy = count_unhealthy (engine, candidates, &out->stages);
  if (n > 0) {
    preview_refuse (out, judge_budget (deployment, &out->plan, arena));
    preview_refuse (out, stages_judge_plan (deployment, &out->stages, arena));
  }
  return TRUE;
}
