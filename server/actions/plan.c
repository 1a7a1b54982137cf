#include "server/engine/plan.h"

#include "proto/api-error.h"
#include "proto/shape.h"
#include "server/actions/deployment-actions.h"
#include "server/actions/deployment-draft.h"

/* PlanDeployment: ours (docs/deploying.md). */

/* ---- its token ---- */

/* Everything that the deployment rests on beside its hosts; what people say of it is not in it. */
static char *
identity_of (const DeploymentDraft *draft, Arena *arena)
{
  const DeploymentRecord *record = &draft->record;
  ApiDeploymentInfo info = draft->info;
  info.description = NULL;
  g_autofree char *fixed = shape_to_text (&api_shape_deployment_info, &info);
  return arena_printf (arena,
                       "%s\n%s\n%s\n%s\n%s %" G_GINT64_FORMAT "\n%" G_GINT64_FORMAT
                       " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n%s",
                       record->application_id, record->group_id, draft->group->settings_json,
                       record->config_name, minimum_healthy_type_name (record->healthy.type),
                       record->healthy.value, record->options.timeout_minutes,
                       record->options.retries, record->options.maximum_batch, fixed);
}

gboolean
plan_check_token (ApiCall *call, StoreTx *tx, const DeploymentDraft *draft, const char *token,
                  GError **error)
{
  g_auto (DeploymentPlan) plan = { 0 };
  if (token == NULL)
    return TRUE;
  if (!engine_plan_deployment (call->env->engine, tx, &draft->record, draft->group, call->now_ms,
                               call->arena, &plan, error))
    return FALSE;
  if (g_str_equal (deployment_plan_token (&plan, identity_of (draft, call->arena), call->arena),
                   token))
    return TRUE;
  api_error_set (
      error, API_ERR_PLAN_IS_STALE,
      "The plan has gone stale: since it was made the hosts of group %s or their health, "
      "the group itself, the deployment configuration or the revision have changed, or "
      "this is not the request that was planned; look at a new plan",
      draft->group->name);
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

static const ApiPlannedHostList *
show_hosts (const DeploymentPlan *plan, Arena *arena)
{
  ApiPlannedHostList *list = arena_new0 (arena, ApiPlannedHostList);
  list->n = plan->n_hosts;
  list->items = arena_new0_n (arena, const ApiPlannedHost *, plan->n_hosts);
  for (gsize i = 0; i < plan->n_hosts; i++) {
    const PlanHost *host = &plan->hosts[i];
    ApiPlannedHost *shown = arena_new0 (arena, ApiPlannedHost);
    shown->target_id = host->target_id;
    shown->zone = host->zone;
    shown->stage = stage_of (plan, (gint64)i);
    shown->health = plan_health_name (host->health);
    if (host->last_seen_ms != 0)
      shown->last_seen_time = arena_int64 (arena, host->last_seen_ms);
    list->items[i] = shown;
  }
  return list;
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

gboolean
action_plan_deployment (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  ApiPlanDeploymentOutput *out = output;
  Arena *arena = call->arena;
  const ApiCreateDeploymentInput input = as_creation (call->input);
  DeploymentDraft draft;
  g_auto (DeploymentPlan) plan = { 0 };
  if (!deployment_draft (call, tx, &input, NULL, &draft, error) ||
      !engine_plan_deployment (call->env->engine, tx, &draft.record, draft.group, call->now_ms,
                               arena, &plan, error) ||
      !find_limits (call, tx, &draft, &plan, error))
    return FALSE;
  if (draft.record.note != NULL)
    deployment_plan_find (&plan, PLAN_WARNS, "WAVES_NOT_USED", draft.record.note);
  out->plan_token = deployment_plan_token (&plan, identity_of (&draft, arena), arena);
  out->deployment_config_name = draft.record.config_name;
  out->revision = draft.revision;
  out->minimum_healthy_hosts = arena_int64 (arena, plan.scheduler.minimum_healthy);
  out->failure_budget = arena_int64 (arena, scheduler_budget (&plan.scheduler));
  out->batch_size = arena_int64 (arena, deployment_plan_batch (&plan, NULL));
  out->hosts = show_hosts (&plan, arena);
  out->stages = show_stages (&plan, arena);
  out->findings = show_findings (&plan, arena);
  out->seen_since = arena_int64 (arena, plan.seen_since_ms);
  return TRUE;
}
