#include "proto/api-error.h"
#include "server/actions/catalog.h"
#include "server/actions/count-limit.h"
#include "server/actions/deployment-actions.h"
#include "server/actions/deployment-view.h"
#include "server/actions/page.h"
#include "server/engine/engine.h"

#include <string.h>

/* GetDeployment, BatchGetDeployments, ListDeployments, StopDeployment, ContinueDeployment: api.md 3.5. */

gboolean
action_get_deployment (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetDeploymentInput *input = call->input;
  ApiGetDeploymentOutput *out = output;
  const DeploymentRecord *deployment = deployment_view_find (call, tx, input->deployment_id, error);
  if (deployment == NULL)
    return FALSE;
  out->deployment_info = deployment_view_info (tx, deployment, call->arena, error);
  return out->deployment_info != NULL;
}

gboolean
action_batch_get_deployments (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiBatchGetDeploymentsInput *input = call->input;
  ApiBatchGetDeploymentsOutput *out = output;
  const ApiDeploymentsList *ids = input->deployment_ids;
  if (!count_limit_check (ids->n, call->env->quotas->batch_deployments,
                          API_ERR_BATCH_LIMIT_EXCEEDED, "ids in deploymentIds", error))
    return FALSE;
  ApiDeploymentsInfoList *list = arena_new0 (call->arena, ApiDeploymentsInfoList);
  list->items = arena_new0_n (call->arena, const ApiDeploymentInfo *, ids->n);
  for (gsize i = 0; i < ids->n; i++) {
    DeploymentRecord *deployment;
    if (!deployment_record_by_id (tx, ids->items[i], call->arena, &deployment, error))
      return FALSE;
    if (deployment == NULL || deployment_record_went_with_application (deployment))
      continue; /* api.md 3.5: unknown ids are left out */
    const ApiDeploymentInfo *info = deployment_view_info (tx, deployment, call->arena, error);
    if (info == NULL)
      return FALSE;
    list->items[list->n++] = info;
  }
  out->deployments_info = list;
  return TRUE;
}

/* ---- ListDeployments ---- */

static gboolean
find_listed_group (ApiCall *call, StoreTx *tx, const ApiListDeploymentsInput *input,
                   const char **out_group_id, GError **error)
{
  *out_group_id = NULL;
  if (input->application_name == NULL && input->deployment_group_name == NULL)
    return TRUE;
  if (input->application_name == NULL) {
    api_error_set (error, API_ERR_APPLICATION_NAME_REQUIRED, NULL);
    return FALSE;
  }
  if (input->deployment_group_name == NULL) {
    api_error_set (error, API_ERR_DEPLOYMENT_GROUP_NAME_REQUIRED, NULL);
    return FALSE;
  }
  const ApplicationRecord *application =
      catalog_find_application (call, tx, input->application_name, error);
  const DeploymentGroupRecord *group =
      application != NULL
          ? catalog_find_group (call, tx, application, input->deployment_group_name, error)
          : NULL;
  if (group == NULL)
    return FALSE;
  *out_group_id = group->id;
  return TRUE;
}

static gboolean
read_time_range (const ApiTimeRange *range, DeploymentQuery *query, GError **error)
{
  query->from_ms = range != NULL && range->start != NULL ? *range->start : G_MININT64;
  query->before_ms = range != NULL && range->end != NULL ? *range->end : G_MAXINT64;
  if (query->from_ms <= query->before_ms)
    return TRUE;
  api_error_set (error, API_ERR_INVALID_TIME_RANGE, "createTimeRange must not start after its end");
  return FALSE;
}

/* A position is "<time>:<id>". */
static void
read_position (const char *position, DeploymentQuery *query)
{
  if (position == NULL)
    return;
  char *rest;
  query->after_ms = g_ascii_strtoll (position, &rest, 10);
  query->after_id = *rest == ':' ? rest + 1 : "";
}

gboolean
action_list_deployments (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListDeploymentsInput *input = call->input;
  ApiListDeploymentsOutput *out = output;
  gsize limit = (gsize)call->env->quotas->items_per_page;
  DeploymentQuery query = { .limit = limit + 1 };
  const char *position;
  if (input->external_id != NULL && input->application_name != NULL) {
    api_error_set (error, API_ERR_INVALID_INPUT,
                   "externalId and applicationName exclude each other");
    return FALSE;
  }
  if (!read_time_range (input->create_time_range, &query, error) ||
      !find_listed_group (call, tx, input, &query.group_id, error) ||
      !page_begin (call, input->next_token, &position, error))
    return FALSE;
  ApiDeploymentsList *list = arena_new0 (call->arena, ApiDeploymentsList);
  out->deployments = list;
  if (input->external_id != NULL)
    return TRUE; /* no deployment here has one */
  read_position (position, &query);
  if (input->include_only_statuses != NULL)
    query.statuses = deployment_view_statuses (input->include_only_statuses->items,
                                               input->include_only_statuses->n, call->arena);
  DeploymentRecordList page;
  if (!deployment_record_list (tx, &query, call->arena, &page, error))
    return FALSE;
  list->n = MIN (page.n, limit);
  list->items = arena_new0_n (call->arena, const char *, list->n);
  for (gsize i = 0; i < list->n; i++)
    list->items[i] = page.items[i]->id;
  if (page.n > limit) {
    const DeploymentRecord *last = page.items[limit - 1];
    out->next_token = page_end (
        call, arena_printf (call->arena, "%" G_GINT64_FORMAT ":%s", last->create_ms, last->id));
  }
  return TRUE;
}

/* ---- ending and continuing ---- */

static gboolean
refuse_completed (const char *id, GError **error)
{
  api_error_set (error, API_ERR_DEPLOYMENT_ALREADY_COMPLETED,
                 "The deployment %s has already completed", id);
  return FALSE;
}

static gboolean
check_group_is_there (ApiCall *call, StoreTx *tx, const DeploymentRecord *deployment,
                      GError **error)
{
  DeploymentGroupRecord *group;
  if (!deployment_group_record_by_id (tx, deployment->group_id, call->arena, &group, error))
    return FALSE;
  if (group != NULL && group->deleted_ms == 0)
    return TRUE;
  api_error_set (error, API_ERR_DEPLOYMENT_GROUP_DOES_NOT_EXIST,
                 "No Deployment Group found for name: %s", deployment->group_name);
  return FALSE;
}

/* What the service itself deploys to one new instance, or what a stack drives, is not a user's to stop. */
static gboolean
check_stoppable (const DeploymentRecord *deployment, GError **error)
{
  switch (deployment->creator) {
  case CREATOR_AUTOSCALING:
  case CREATOR_AUTOSCALING_TERMINATION:
  case CREATOR_CLOUD_FORMATION:
  case CREATOR_CLOUD_FORMATION_ROLLBACK:
    api_error_set (error, API_ERR_UNSUPPORTED_ACTION_FOR_DEPLOYMENT_TYPE,
                   "The deployment %s was created by %s and cannot be stopped", deployment->id,
                   deployment_creator_name (deployment->creator));
    return FALSE;
  default:
    return TRUE;
  }
}

static StopRollback
stop_rollback (const gboolean *flag)
{
  if (flag == NULL)
    return STOP_ROLLBACK_AS_CONFIGURED;
  return *flag ? STOP_ROLLBACK_YES : STOP_ROLLBACK_NO;
}

gboolean
action_stop_deployment (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiStopDeploymentInput *input = call->input;
  ApiStopDeploymentOutput *out = output;
  EngineStop result;
  const DeploymentRecord *deployment = deployment_view_find (call, tx, input->deployment_id, error);
  if (deployment == NULL || !check_stoppable (deployment, error) ||
      (deployment->complete_ms == 0 && !check_group_is_there (call, tx, deployment, error)) ||
      !engine_stop_deployment (call->env->engine, tx, deployment->id,
                               stop_rollback (input->auto_rollback_enabled), call->now_ms, &result,
                               error))
    return FALSE;
  if (result == ENGINE_STOP_COMPLETED)
    return refuse_completed (deployment->id, error);
  if (result == ENGINE_STOP_TOO_LATE) {
    api_error_set (error, API_ERR_UNSUPPORTED_ACTION_FOR_DEPLOYMENT_TYPE,
                   "The deployment %s cannot be stopped any more: the instances that it replaced "
                   "are being terminated",
                   deployment->id);
    return FALSE;
  }
  if (deployment->complete_ms == 0) /* else it was stopped before, which is told again */
    engine_log_deed (call->env->engine, tx, "deployment-stopped", deployment->id,
                     call->principal->arn, call->request_id);
  switch (result) {
  case ENGINE_STOP_PENDING:
    out->status = "Pending";
    out->status_message =
        "Stopping Pending. Events that hosts have begun run to their end; no further commands will "
        "be scheduled in the deployment";
    return TRUE;
  case ENGINE_STOP_SUCCEEDED:
    out->status = "Succeeded";
    out->status_message = "No more commands will be scheduled for execution in the deployment "
                          "instances";
    return TRUE;
  case ENGINE_STOP_COMPLETED:
  case ENGINE_STOP_TOO_LATE:
    break;
  }
  g_assert_not_reached ();
}

/* Of a blue/green deployment that has not ended; in-place ones wait for nobody. */
static DeploymentRecord *
find_waiting (ApiCall *call, StoreTx *tx, const char *id, GError **error)
{
  DeploymentNature nature;
  DeploymentRecord *deployment = deployment_view_find (call, tx, id, error);
  if (deployment == NULL || !deployment_view_nature (deployment, call->arena, &nature, error))
    return NULL;
  if (!nature.blue_green) {
    api_error_set (
        error, API_ERR_UNSUPPORTED_ACTION_FOR_DEPLOYMENT_TYPE,
        "The deployment %s is an in-place deployment: it has no wait that could be ended", id);
    return NULL;
  }
  if (deployment->complete_ms != 0) {
    (void)refuse_completed (id, error);
    return NULL;
  }
  return deployment;
}

gboolean
action_continue_deployment (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiContinueDeploymentInput *input = call->input;
  EngineWait result;
  gboolean termination = g_strcmp0 (input->deployment_wait_type, "TERMINATION_WAIT") == 0;
  const DeploymentRecord *deployment = find_waiting (call, tx, input->deployment_id, error);
  if (deployment == NULL ||
      !engine_end_wait (call->env->engine, tx, deployment->id,
                        termination ? DEPLOYMENT_WAIT_TERMINATION : DEPLOYMENT_WAIT_READY,
                        call->now_ms, &result, error))
    return FALSE;
  if (result == ENGINE_WAIT_ENDED)
    return TRUE;
  if (termination)
    api_error_set (error, API_ERR_INVALID_DEPLOYMENT_STATUS,
                   "The deployment %s does not wait for the termination of its original instances",
                   deployment->id);
  else
    api_error_set (error, API_ERR_DEPLOYMENT_IS_NOT_IN_READY_STATE,
                   "The deployment %s is %s and not Ready", deployment->id,
                   deployment_status_name (deployment->status));
  return FALSE;
}

/* The older form of ContinueDeployment TERMINATION_WAIT; of the errors that it lists, this one says that there is no wait. */
gboolean
action_skip_wait_time_for_instance_termination (ApiCall *call, StoreTx *tx, gpointer output,
                                                GError **error)
{
  const ApiSkipWaitTimeForInstanceTerminationInput *input = call->input;
  EngineWait result;
  const DeploymentRecord *deployment = find_waiting (call, tx, input->deployment_id, error);
  if (deployment == NULL ||
      !engine_end_wait (call->env->engine, tx, deployment->id, DEPLOYMENT_WAIT_TERMINATION,
                        call->now_ms, &result, error))
    return FALSE;
  if (result == ENGINE_WAIT_ENDED)
    return TRUE;
  api_error_set (error, API_ERR_DEPLOYMENT_NOT_STARTED,
                 "The deployment %s has not started to wait for the termination of its original "
                 "instances",
                 deployment->id);
  return FALSE;
}
