#include "proto/api-error.h"
#include "server/actions/deployment-actions.h"
#include "server/actions/deployment-view.h"

#include <string.h>

/* ListDeploymentTargets, GetDeploymentTarget, BatchGetDeploymentTargets: api.md 3.6. */

static gboolean
check_statuses (const ApiFilterValueList *values, GError **error)
{
  for (gsize i = 0; i < values->n; i++) {
    TargetStatus status;
    if (target_status_from_name (values->items[i], &status))
      continue;
    api_error_set (error, API_ERR_INVALID_INSTANCE_STATUS, "%s is not a target status",
                   values->items[i]);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_labels (const ApiFilterValueList *values, GError **error)
{
  for (gsize i = 0; i < values->n; i++) {
    if (strcmp (values->items[i], "Blue") == 0 || strcmp (values->items[i], "Green") == 0)
      continue;
    api_error_set (error, API_ERR_INVALID_INSTANCE_TYPE, "%s is neither Blue nor Green",
                   values->items[i]);
    return FALSE;
  }
  api_error_set (error, API_ERR_INVALID_DEPLOYMENT_INSTANCE_TYPE,
                 "ServerInstanceLabel is for blue/green deployments only");
  return FALSE;
}

static gboolean
read_filters (const ApiTargetFilters *filters, Arena *arena, const char **out_statuses,
              GError **error)
{
  *out_statuses = NULL;
  for (gsize i = 0; filters != NULL && i < filters->n; i++) {
    const ApiFilterValueList *values = filters->values[i];
    if (values == NULL)
      continue;
    if (strcmp (filters->keys[i], "TargetStatus") != 0)
      return check_labels (values, error);
    if (!check_statuses (values, error))
      return FALSE;
    *out_statuses = deployment_view_statuses (values->items, values->n, arena);
  }
  return TRUE;
}

gboolean
action_list_deployment_targets (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListDeploymentTargetsInput *input = call->input;
  ApiListDeploymentTargetsOutput *out = output;
  const char *statuses;
  TargetRecordList page;
  const DeploymentRecord *deployment =
      deployment_view_find_started (call, tx, input->deployment_id, error);
  if (deployment == NULL || !read_filters (input->target_filters, call->arena, &statuses, error) ||
      !deployment_view_page (call, tx, deployment->id, statuses, input->next_token, &page,
                             &out->next_token, error))
    return FALSE;
  ApiTargetIdList *list = arena_new0 (call->arena, ApiTargetIdList);
  list->n = page.n;
  list->items = arena_new0_n (call->arena, const char *, page.n);
  for (gsize i = 0; i < page.n; i++)
    list->items[i] = page.items[i]->target_id;
  out->target_ids = list;
  return TRUE;
}

static const ApiDeploymentTarget *
show_target (const TargetRecord *record, Arena *arena, GError **error)
{
  ApiInstanceTarget *instance = arena_new0 (arena, ApiInstanceTarget);
  instance->deployment_id = record->deployment_id;
  instance->target_id = record->target_id;
  instance->target_arn = record->target_arn;
  instance->status = target_status_name (record->status);
  instance->lifecycle_events =
      deployment_view_events (record, arena, &instance->last_updated_at, error);
  if (instance->lifecycle_events == NULL)
    return NULL;
  ApiDeploymentTarget *target = arena_new0 (arena, ApiDeploymentTarget);
  target->deployment_target_type = "InstanceTarget";
  target->instance_target = instance;
  return target;
}

static const ApiDeploymentTarget *
find_target (ApiCall *call, StoreTx *tx, const char *deployment_id, const char *target_id,
             GError **error)
{
  TargetRecord *record;
  if (!target_record_by_target_id (tx, deployment_id, target_id, call->arena, &record, error))
    return NULL;
  if (record == NULL) {
    api_error_set (error, API_ERR_DEPLOYMENT_TARGET_DOES_NOT_EXIST,
                   "The deployment %s has no target %s", deployment_id, target_id);
    return NULL;
  }
  return show_target (record, call->arena, error);
}

gboolean
action_get_deployment_target (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetDeploymentTargetInput *input = call->input;
  ApiGetDeploymentTargetOutput *out = output;
  const DeploymentRecord *deployment =
      deployment_view_find_started (call, tx, input->deployment_id, error);
  if (deployment == NULL)
    return FALSE;
  out->deployment_target = find_target (call, tx, deployment->id, input->target_id, error);
  return out->deployment_target != NULL;
}

gboolean
action_batch_get_deployment_targets (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiBatchGetDeploymentTargetsInput *input = call->input;
  ApiBatchGetDeploymentTargetsOutput *out = output;
  const ApiTargetIdList *ids = input->target_ids;
  const DeploymentRecord *deployment =
      deployment_view_find_started (call, tx, input->deployment_id, error);
  if (deployment == NULL)
    return FALSE;
  ApiDeploymentTargetList *list = arena_new0 (call->arena, ApiDeploymentTargetList);
  list->items = arena_new0_n (call->arena, const ApiDeploymentTarget *, ids->n);
  for (; list->n < ids->n; list->n++) {
    list->items[list->n] = find_target (call, tx, deployment->id, ids->items[list->n], error);
    if (list->items[list->n] == NULL)
      return FALSE;
  }
  out->deployment_targets = list;
  return TRUE;
}
