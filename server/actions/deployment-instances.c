#include "proto/api-error.h"
#include "server/actions/count-limit.h"
#include "server/actions/deployment-actions.h"
#include "server/actions/deployment-view.h"
#include "server/actions/target-id.h"

#include <string.h>

/* The older forms of deployment-targets.c: ListDeploymentInstances, GetDeploymentInstance,
 * BatchGetDeploymentInstances: api.md 3.6. */

/* The older forms know no ECS services. */
static const DeploymentRecord *
find_deployment (ApiCall *call, StoreTx *tx, const char *id, DeploymentNature *out_nature,
                 GError **error)
{
  const DeploymentRecord *deployment = deployment_view_find (call, tx, id, error);
  if (deployment == NULL || !deployment_view_nature (deployment, call->arena, out_nature, error))
    return NULL;
  if (out_nature->platform != COMPUTE_PLATFORM_ECS)
    return deployment;
  api_error_set (error, API_ERR_INVALID_COMPUTE_PLATFORM,
                 "The deployment %s is for the ECS compute platform: use the operations on "
                 "deployment targets",
                 id);
  return NULL;
}

gboolean
action_list_deployment_instances (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListDeploymentInstancesInput *input = call->input;
  ApiListDeploymentInstancesOutput *out = output;
  const char *statuses = NULL;
  TargetRecordList page;
  DeploymentNature nature;
  const DeploymentRecord *deployment =
      find_deployment (call, tx, input->deployment_id, &nature, error);
  if (deployment == NULL)
    return FALSE;
  if (input->instance_type_filter != NULL && input->instance_type_filter->n > 0 &&
      (nature.platform != COMPUTE_PLATFORM_SERVER || !nature.blue_green)) {
    api_error_set (error, API_ERR_INVALID_DEPLOYMENT_INSTANCE_TYPE,
                   "instanceTypeFilter is for blue/green deployments to servers only");
    return FALSE;
  }
  if (!deployment_view_check_started (deployment, error))
    return FALSE;
  if (input->instance_status_filter != NULL)
    statuses = deployment_view_statuses (input->instance_status_filter->items,
                                         input->instance_status_filter->n, call->arena);
  if (!deployment_view_page (call, tx, deployment->id,
                             input->instance_type_filter != NULL
                                 ? deployment_view_label (input->instance_type_filter->items,
                                                          input->instance_type_filter->n)
                                 : TARGET_UNLABELLED,
                             statuses, input->next_token, &page, &out->next_token, error))
    return FALSE;
  ApiInstancesList *list = arena_new0 (call->arena, ApiInstancesList);
  list->n = page.n;
  list->items = arena_new0_n (call->arena, const char *, page.n);
  for (gsize i = 0; i < page.n; i++)
    list->items[i] = page.items[i]->target_id;
  out->instances_list = list;
  return TRUE;
}

/* A plain id, or an instance's ARN. */
static gboolean
check_id (const DeploymentNature *nature, const char *id, GError **error)
{
  if (target_id_check (nature->platform, id) == TARGET_ID_GOOD ||
      (g_str_has_prefix (id, "arn:") && strstr (id, ":instance/") != NULL))
    return TRUE;
  api_error_set (error, API_ERR_INVALID_INSTANCE_NAME,
                 "%s is neither an EC2 instance id nor the name of an on-premises instance", id);
  return FALSE;
}

/* By its id, or by its ARN: the last part of an ARN is an EC2 id, or <name>_<suffix>. *out NULL: not of this deployment. */
static gboolean
find_instance (ApiCall *call, StoreTx *tx, const char *deployment_id, const char *id,
               TargetRecord **out, GError **error)
{
  static const char marker[] = ":instance/";
  const char *resource = g_str_has_prefix (id, "arn:") ? strstr (id, marker) : NULL;
  if (resource == NULL)
    return target_record_by_target_id (tx, deployment_id, id, call->arena, out, error);
  resource += strlen (marker);
  const char *suffix = strrchr (resource, '_');
  const char *name =
      suffix != NULL ? arena_strndup (call->arena, resource, (gsize)(suffix - resource)) : resource;
  if (!target_record_by_target_id (tx, deployment_id, name, call->arena, out, error))
    return FALSE;
  if (*out != NULL && strcmp ((*out)->target_arn, id) != 0)
    *out = NULL;
  return TRUE;
}

static const ApiInstanceSummary *
show_instance (StoreTx *tx, const TargetRecord *record, Arena *arena, GError **error)
{
  ApiInstanceSummary *summary = arena_new0 (arena, ApiInstanceSummary);
  summary->deployment_id = record->deployment_id;
  summary->instance_id = record->target_arn; /* as the public service shows it */
  summary->status = target_status_name (record->status);
  summary->instance_type = deployment_view_show_label (record);
  summary->lifecycle_events =
      deployment_view_events (tx, record, arena, &summary->last_updated_at, error);
  return summary->lifecycle_events != NULL ? summary : NULL;
}

gboolean
action_get_deployment_instance (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetDeploymentInstanceInput *input = call->input;
  ApiGetDeploymentInstanceOutput *out = output;
  TargetRecord *record;
  DeploymentNature nature;
  const DeploymentRecord *deployment =
      find_deployment (call, tx, input->deployment_id, &nature, error);
  if (deployment == NULL || !check_id (&nature, input->instance_id, error) ||
      !find_instance (call, tx, deployment->id, input->instance_id, &record, error))
    return FALSE;
  if (record == NULL) {
    api_error_set (error, API_ERR_INSTANCE_DOES_NOT_EXIST, "The deployment %s has no instance %s",
                   deployment->id, input->instance_id);
    return FALSE;
  }
  out->instance_summary = show_instance (tx, record, call->arena, error);
  return out->instance_summary != NULL;
}

gboolean
action_batch_get_deployment_instances (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiBatchGetDeploymentInstancesInput *input = call->input;
  ApiBatchGetDeploymentInstancesOutput *out = output;
  const ApiInstancesList *ids = input->instance_ids;
  DeploymentNature nature;
  if (!count_limit_check (ids->n, call->env->quotas->batch_deployment_instances,
                          API_ERR_BATCH_LIMIT_EXCEEDED, "ids in instanceIds", error))
    return FALSE;
  const DeploymentRecord *deployment =
      find_deployment (call, tx, input->deployment_id, &nature, error);
  if (deployment == NULL)
    return FALSE;
  for (gsize i = 0; i < ids->n; i++)
    if (!check_id (&nature, ids->items[i], error))
      return FALSE;
  g_autoptr (GString) unknown = g_string_new (NULL);
  ApiInstanceSummaryList *list = arena_new0 (call->arena, ApiInstanceSummaryList);
  list->items = arena_new0_n (call->arena, const ApiInstanceSummary *, ids->n);
  for (gsize i = 0; i < ids->n; i++) {
    TargetRecord *record;
    if (!find_instance (call, tx, deployment->id, ids->items[i], &record, error))
      return FALSE;
    if (record == NULL) {
      g_string_append_printf (unknown, "%s%s", unknown->len > 0 ? ", " : "", ids->items[i]);
      continue;
    }
    list->items[list->n] = show_instance (tx, record, call->arena, error);
    if (list->items[list->n++] == NULL)
      return FALSE;
  }
  out->instances_summary = list;
  out->error_message = unknown->len == 0
                           ? ""
                           : arena_printf (call->arena, "Not in the deployment %s: %s",
                                           deployment->id, unknown->str);
  return TRUE;
}
