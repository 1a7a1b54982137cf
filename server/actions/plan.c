#include "server/engine/plan.h"

#include "proto/api-error.h"
#include "server/actions/deployment-actions.h"
#include "server/actions/deployment-draft.h"

/* PlanDeployment: ours (docs/deploying.md). */

gboolean
plan_check_token (ApiCall *call, StoreTx *tx, const DeploymentDraft *draft, const char *token,
                  GError **error)
{
  const char *changed;
  if (token == NULL)
    return TRUE;
  if (!engine_plan_check (call->env->engine, tx, &draft->record, draft->group, token, call->arena,
                          &changed, error))
    return FALSE;
  if (changed == NULL)
    return TRUE;
  api_error_set (error, API_ERR_PLAN_IS_STALE, "The plan has gone stale: %s; look at a new plan",
                 changed);
  return FALSE;
}

/* ---- what it says ---- */

static const char *
stage_of (const DeploymentPlan *plan, gint64 ordinal)
{
  for (gsize i = 0; i < plan->stages.n; i++)
    if (ordinal < plan->stages.items[i].first + plan->stages.items[i].n)
      return plan->stages.items[i].name;
  return NULL;
}

static ApiPlannedHost *
show_host (const PlanHost *host, Arena *arena)
{
  ApiPlannedHost *shown = arena_new0 (arena, ApiPlannedHost);
  shown->target_id = host->target_id;
  shown->zone = host->zone;
  shown->health = plan_health_name (host->health);
  if (host->last_seen_ms != 0)
    shown->last_seen_time = arena_int64 (arena, host->last_seen_ms);
  return shown;
}

static const ApiPlannedHostList *
show_hosts (const DeploymentPlan *plan, Arena *arena)
{
  const PlanHostList *hosts = &plan->hosts;
  ApiPlannedHostList *list = arena_new0 (arena, ApiPlannedHostList);
  list->n = hosts->n;
  list->items = arena_new0_n (arena, const ApiPlannedHost *, MAX (hosts->n, 1));
  for (gsize i = 0; i < hosts->n; i++) {
    ApiPlannedHost *shown = show_host (&hosts->items[i], arena);
    shown->stage = stage_of (plan, (gint64)i);
    list->items[i] = shown;
  }
  return list;
}

/* Of a deployment that replaces a fleet: whom, and with what that is not there yet. */
static void
show_replacement (const DeploymentPlan *plan, Arena *arena, ApiPlanDeploymentOutput *out)
{
  const PlanHostList *hosts = &plan->originals;
  if (hosts->n > 0) {
    ApiPlannedHostList *list = arena_new0 (arena, ApiPlannedHostList);
    list->n = hosts->n;
    list->items = arena_new0_n (arena, const ApiPlannedHost *, hosts->n);
    for (gsize i = 0; i < hosts->n; i++)
      list->items[i] = show_host (&hosts->items[i], arena);
    out->originals = list;
  }
  if (plan->copied != NULL) {
    ApiPlannedCopy *copy = arena_new0 (arena, ApiPlannedCopy);
    copy->auto_scaling_group_name = plan->copied;
    if (!plan->has_gaps)
      copy->instances = arena_int64 (arena, (gint64)plan->n_copied);
    out->copy = copy;
  }
}

static const ApiPlannedStageList *
show_stages (const DeploymentPlan *plan, Arena *arena)
{
  if (plan->stages.n == 0)
    return NULL;
  ApiPlannedStageList *list = arena_new0 (arena, ApiPlannedStageList);
  list->n = plan->stages.n;
  list->items = arena_new0_n (arena, const ApiPlannedStage *, list->n);
  for (gsize i = 0; i < list->n; i++) {
    const Stage *stage = &plan->stages.items[i];
    ApiPlannedStage *shown = arena_new0 (arena, ApiPlannedStage);
    shown->name = stage->name;
    shown->kind = stage_kind_name (stage->kind);
    shown->hosts = arena_int64 (arena, stage->n);
    shown->batch_size = arena_int64 (arena, deployment_plan_batch (plan, stage));
    if (stage->minimum_healthy > 0)
      shown->minimum_healthy_hosts = arena_int64 (arena, stage->minimum_healthy);
    if (stage->kind == STAGE_WAVE) {
      shown->must_succeed = arena_int64 (arena, stage->needed);
      shown->may_fail = arena_int64 (arena, stage->tolerated);
    }
    if (stage->wait_s > 0)
      shown->wait_in_seconds = arena_int64 (arena, stage->wait_s);
    if (stage->approval)
      shown->approval = arena_bool (arena, TRUE);
    list->items[i] = shown;
  }
  return list;
}

static const ApiPlanFindingList *
show_findings (const DeploymentPlan *plan, Arena *arena)
{
  ApiPlanFindingList *list = arena_new0 (arena, ApiPlanFindingList);
  list->n = plan->findings->len;
  list->items = arena_new0_n (arena, const ApiPlanFinding *, list->n);
  for (gsize i = 0; i < list->n; i++) {
    const PlanFinding *finding = &g_array_index (plan->findings, PlanFinding, i);
    ApiPlanFinding *shown = arena_new0 (arena, ApiPlanFinding);
    shown->severity = finding->severity == PLAN_BLOCKS ? "blocks" : "warns";
    shown->code = finding->code;
    shown->message = finding->message;
    list->items[i] = shown;
  }
  return list;
}

/* What CreateDeployment would refuse now, and may not refuse later. */
static gboolean
find_limits (ApiCall *call, StoreTx *tx, const DeploymentDraft *draft, DeploymentPlan *plan,
             GError **error)
{
  g_autoptr (GError) refused = NULL;
  if (deployment_draft_check_limits (call, tx, draft, &refused))
    return TRUE;
  if (refused->domain != API_ERROR) {
    g_propagate_error (error, g_steal_pointer (&refused));
    return FALSE;
  }
  deployment_plan_find (plan, PLAN_BLOCKS, api_error_name (api_error_code (refused)),
                        arena_strdup (call->arena, refused->message));
  return TRUE;
}

/* The two inputs have these members in common, by the same names and of the same types. */
static ApiCreateDeploymentInput
as_creation (const ApiPlanDeploymentInput *input)
{
  return (ApiCreateDeploymentInput){
    .application_name = input->application_name,
    .deployment_group_name = input->deployment_group_name,
    .revision = input->revision,
    .deployment_config_name = input->deployment_config_name,
    .description = input->description,
    .ignore_application_stop_failures = input->ignore_application_stop_failures,
    .update_outdated_instances_only = input->update_outdated_instances_only,
    .file_exists_behavior = input->file_exists_behavior,
    .target_instances = input->target_instances,
    .auto_rollback_configuration = input->auto_rollback_configuration,
    .override_alarm_configuration = input->override_alarm_configuration,
    .deployment_mode = input->deployment_mode,
    .waves = input->waves,
  };
}

/* What must be asked of others before it can be planned, once. */
static gboolean
note_questions (ApiCall *call, const DeploymentDraft *draft, GError **error)
{
  ErrandReadingList *questions = arena_new0 (call->arena, ErrandReadingList);
  call->questions = NULL;
  if (call->readings != NULL || call->env->reader == NULL)
    return TRUE;
  if (!engine_plan_questions (call->env->engine, &draft->record, draft->group, call->arena,
                              questions, error))
    return FALSE;
  if (questions->n > 0)
    call->questions = questions;
  return TRUE;
}

gboolean
action_plan_deployment (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  ApiPlanDeploymentOutput *out = output;
  Arena *arena = call->arena;
  const ApiCreateDeploymentInput input = as_creation (call->input);
  DeploymentDraft draft;
  g_auto (DeploymentPlan) plan = { 0 };
  if (!deployment_draft (call, tx, &input, NULL, &draft, error) ||
      !note_questions (call, &draft, error))
    return FALSE;
  if (call->questions != NULL)
    return TRUE;
  if (!engine_plan_deployment (call->env->engine, tx, &draft.record, draft.group, call->readings,
                               call->now_ms, arena, &plan, error) ||
      !find_limits (call, tx, &draft, &plan, error))
    return FALSE;
  if (draft.record.note != NULL)
    deployment_plan_find (&plan, PLAN_WARNS, "WAVES_NOT_USED", draft.record.note);
  out->plan_token = plan.token;
  out->deployment_config_name = draft.record.config_name;
  out->revision = draft.revision;
  out->minimum_healthy_hosts = arena_int64 (arena, plan.scheduler.minimum_healthy);
  out->failure_budget = arena_int64 (arena, scheduler_budget (&plan.scheduler));
  out->batch_size = arena_int64 (arena, deployment_plan_batch (&plan, NULL));
  out->hosts = show_hosts (&plan, arena);
  show_replacement (&plan, arena, out);
  out->stages = show_stages (&plan, arena);
  out->findings = show_findings (&plan, arena);
  out->seen_since = arena_int64 (arena, plan.seen_since_ms);
  return TRUE;
}
