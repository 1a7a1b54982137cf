#include "proto/api-error.h"
#include "server/actions/count-limit.h"
#include "server/actions/deployment-actions.h"
#include "server/actions/deployment-view.h"
#include "server/actions/target-id.h"
#include "server/actions/target-wait.h"

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
  return TRUE;
}

/* NULL: not asked for. A filter without values is none. */
typedef struct {
  const ApiFilterValueList *statuses, *labels;
} Filters;

static gboolean
read_filters (const ApiTargetFilters *filters, Filters *out, GError **error)
{
  *out = (Filters){ NULL, NULL };
  for (gsize i = 0; filters != NULL && i < filters->n; i++) {
    if (filters->values[i]->n == 0)
      continue;
    if (strcmp (filters->keys[i], "TargetStatus") == 0)
      out->statuses = filters->values[i];
    else
      out->labels = filters->values[i];
  }
  return (out->statuses == NULL || check_statuses (out->statuses, error)) &&
         (out->labels == NULL || check_labels (out->labels, error));
}

static gboolean
check_labelled (const DeploymentNature *nature, GError **error)
{
  if (nature->platform == COMPUTE_PLATFORM_SERVER && nature->blue_green)
    return TRUE;
  api_error_set (error, API_ERR_INVALID_DEPLOYMENT_INSTANCE_TYPE,
                 "ServerInstanceLabel is for blue/green deployments to servers only");
  return FALSE;
}

gboolean
action_list_deployment_targets (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListDeploymentTargetsInput *input = call->input;
  ApiListDeploymentTargetsOutput *out = output;
  Filters filters;
  DeploymentNature nature;
  TargetRecordList page;
  if (!read_filters (input->target_filters, &filters, error))
    return FALSE;
  const DeploymentRecord *deployment = deployment_view_find (call, tx, input->deployment_id, error);
  if (deployment == NULL || !deployment_view_nature (deployment, call->arena, &nature, error) ||
      (filters.labels != NULL && !check_labelled (&nature, error)) ||
      !deployment_view_check_started (deployment, error))
    return FALSE;
  const char *statuses =
      filters.statuses != NULL
          ? deployment_view_statuses (filters.statuses->items, filters.statuses->n, call->arena)
          : NULL;
  if (!deployment_view_page (call, tx, deployment->id,
                             filters.labels != NULL
                                 ? deployment_view_label (filters.labels->items, filters.labels->n)
                                 : TARGET_UNLABELLED,
                             statuses, input->next_token, &page, &out->next_token, error))
    return FALSE;
  ApiTargetIdList *list = arena_new0 (call->arena, ApiTargetIdList);
  list->n = page.n;
  list->items = arena_new0_n (call->arena, const char *, page.n);
  for (gsize i = 0; i < page.n; i++)
    list->items[i] = page.items[i]->target_id;
  out->target_ids = list;
  return TRUE;
}

/* bad_name: the error for a name that no instance can have. */
static gboolean
check_id (const DeploymentNature *nature, const char *id, ApiErrorCode bad_name, GError **error)
{
  TargetIdVerdict verdict = target_id_check (nature->platform, id);
  if (verdict == TARGET_ID_GOOD)
    return TRUE;
  if (verdict == TARGET_ID_NO_NAME)
    api_error_set (error, bad_name, "%s is not the name of an instance", id);
  else if (nature->platform == COMPUTE_PLATFORM_ECS) /* the public service's text */
    api_error_set (error, API_ERR_INVALID_DEPLOYMENT_TARGET_ID,
                   "Invalid id %s for ECS deployment, valid Id should be in format "
                   "<cluster-name>:<service-name>",
                   id);
  else
    api_error_set (error, API_ERR_INVALID_DEPLOYMENT_TARGET_ID, "Invalid id %s for %s deployment",
                   id, compute_platform_name (nature->platform));
  return FALSE;
}

/* NEEDSWORK: Lambda and ECS targets, with their own shapes, come with their platforms. */
static const ApiDeploymentTarget *
show_target (ApiCall *call, StoreTx *tx, const TargetRecord *record, GError **error)
{
  Arena *arena = call->arena;
  ApiInstanceTarget *instance = arena_new0 (arena, ApiInstanceTarget);
  instance->deployment_id = record->deployment_id;
  instance->target_id = record->target_id;
  instance->target_arn = record->target_arn;
  instance->status = target_status_name (record->status);
  instance->instance_label = deployment_view_show_label (record);
  instance->lifecycle_events =
      deployment_view_events (tx, record, arena, &instance->last_updated_at, error);
  if (instance->lifecycle_events == NULL ||
      !target_wait_describe (call, tx, record, &instance->waits_for, error))
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
  return show_target (call, tx, record, error);
}

gboolean
action_get_deployment_target (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetDeploymentTargetInput *input = call->input;
  ApiGetDeploymentTargetOutput *out = output;
  DeploymentNature nature;
  const DeploymentRecord *deployment = deployment_view_find (call, tx, input->deployment_id, error);
  if (deployment == NULL || !deployment_view_nature (deployment, call->arena, &nature, error) ||
      !check_id (&nature, input->target_id, API_ERR_INVALID_INSTANCE_NAME, error) ||
      !deployment_view_check_started (deployment, error))
    return FALSE;
  out->deployment_target = find_target (call, tx, deployment->id, input->target_id, error);
  return out->deployment_target != NULL;
}

/* Lambda and ECS deployments have one target, and one may be asked for. */
static gboolean
check_batch (ApiCall *call, const DeploymentNature *nature, const ApiTargetIdList *ids,
             GError **error)
{
  gint64 limit =
      nature->platform == COMPUTE_PLATFORM_SERVER ? call->env->quotas->batch_deployment_targets : 1;
  if (!count_limit_check (ids->n, limit, API_ERR_DEPLOYMENT_TARGET_LIST_SIZE_EXCEEDED,
                          "ids in targetIds", error))
    return FALSE;
  for (gsize i = 0; i < ids->n; i++)
    if (!check_id (nature, ids->items[i], API_ERR_INVALID_DEPLOYMENT_TARGET_ID, error))
      return FALSE;
  return TRUE;
}

gboolean
action_batch_get_deployment_targets (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiBatchGetDeploymentTargetsInput *input = call->input;
  ApiBatchGetDeploymentTargetsOutput *out = output;
  const ApiTargetIdList *ids = input->target_ids;
  DeploymentNature nature;
  const DeploymentRecord *deployment = deployment_view_find (call, tx, input->deployment_id, error);
  if (deployment == NULL || !deployment_view_nature (deployment, call->arena, &nature, error) ||
      !check_batch (call, &nature, ids, error) ||
      !deployment_view_check_started (deployment, error))
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
