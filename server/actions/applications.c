#include "core/ids.h"
#include "proto/api-error.h"
#include "server/actions/catalog-actions.h"
#include "server/actions/catalog.h"
#include "server/actions/count-limit.h"
#include "server/actions/page.h"
#include "server/actions/tags.h"
#include "server/engine/engine.h"
#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/deployment.h"
#include "store/records/resource-tag.h"

#include <string.h>

/* Applications: api.md 3.1. */

static gboolean
set_already_exists (const char *name, GError **error)
{
  api_error_set (error, API_ERR_APPLICATION_ALREADY_EXISTS,
                 "An application with the name %s already exists", name);
  return FALSE;
}

gboolean
action_create_application (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiCreateApplicationInput *input = call->input;
  ApiCreateApplicationOutput *out = output;

  ApplicationRecord record = { .name = input->application_name, .create_ms = call->now_ms };
  if (!compute_platform_from_name (input->compute_platform, &record.compute_platform))
    record.compute_platform = COMPUTE_PLATFORM_SERVER; /* absent: other texts are not decoded */
  if (!tags_check (input->tags, call->env->quotas->resource_tags, error))
    return FALSE;

  char id[IDS_UUID_SIZE];
  ids_new_uuid (call->env->ambient, id);
  record.id = arena_strdup (call->arena, id);
  gint64 limit = call->env->quotas->applications, count;
  gboolean taken;
  if (!application_record_insert (tx, &record, &taken, error))
    return FALSE;
  if (taken)
    return set_already_exists (record.name, error);
  if (!application_record_count (tx, limit + 1, &count, error))
    return FALSE;
  if (count > limit) {
    api_error_set (error, API_ERR_APPLICATION_LIMIT_EXCEEDED,
                   "There are %" G_GINT64_FORMAT " applications already, the most that are allowed",
                   limit);
    return FALSE;
  }
  if (!tags_put (tx, record.id, input->tags, error))
    return FALSE;
  out->application_id = record.id;
  return TRUE;
}

static const ApiApplicationInfo *
describe (const ApplicationRecord *record, Arena *arena)
{
  ApiApplicationInfo *info = arena_new0 (arena, ApiApplicationInfo);
  info->application_id = record->id;
  info->application_name = record->name;
  info->create_time = arena_int64 (arena, record->create_ms);
  info->linked_to_git_hub = arena_bool (arena, record->github_token_is_there);
  if (record->github_token_is_there)
    info->git_hub_account_name = record->github_token_name;
  info->compute_platform = compute_platform_name (record->compute_platform);
  return info;
}

gboolean
action_get_application (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetApplicationInput *input = call->input;
  ApiGetApplicationOutput *out = output;
  const ApplicationRecord *record =
      catalog_find_application (call, tx, input->application_name, error);
  if (record == NULL)
    return FALSE;
  out->application = describe (record, call->arena);
  return TRUE;
}

gboolean
action_batch_get_applications (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiBatchGetApplicationsInput *input = call->input;
  ApiBatchGetApplicationsOutput *out = output;
  const ApiApplicationsList *names = input->application_names;
  if (!count_limit_check (names->n, call->env->quotas->batch_applications,
                          API_ERR_BATCH_LIMIT_EXCEEDED, "names in applicationNames", error))
    return FALSE;

  ApiApplicationsInfoList *list = arena_new0 (call->arena, ApiApplicationsInfoList);
  list->items = arena_alloc_n (call->arena, names->n, sizeof *list->items);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (gsize i = 0; i < names->n; i++) {
    ApplicationRecord *record;
    if (!g_hash_table_add (seen, (gpointer)names->items[i]))
      continue;
    if (!application_record_by_name (tx, names->items[i], call->arena, &record, error))
      return FALSE;
    if (record == NULL) {
      api_error_set (error, API_ERR_APPLICATION_DOES_NOT_EXIST, "Applications not found for %s",
                     call->env->arn.account_id);
      return FALSE;
    }
    list->items[list->n++] = describe (record, call->arena);
  }
  out->applications_info = list;
  return TRUE;
}

gboolean
action_list_applications (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListApplicationsInput *input = call->input;
  ApiListApplicationsOutput *out = output;
  gsize limit = (gsize)call->env->quotas->names_per_page;
  const char *after;
  NameList names;
  if (!page_begin (call, input->next_token, &after, error) ||
      !application_record_names (tx, after, limit + 1, call->arena, &names, error))
    return FALSE;
  ApiApplicationsList *list = arena_new0 (call->arena, ApiApplicationsList);
  list->n = MIN (names.n, limit);
  list->items = names.items;
  out->applications = list;
  out->next_token = names.n > limit ? page_end (call, names.items[limit - 1]) : NULL;
  return TRUE;
}

gboolean
action_update_application (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiUpdateApplicationInput *input = call->input;
  const ApplicationRecord *record =
      catalog_find_application (call, tx, input->application_name, error);
  if (record == NULL)
    return FALSE;
  if (input->new_application_name == NULL)
    return TRUE;
  gboolean taken;
  if (!application_record_rename (tx, record->id, input->new_application_name, &taken, error))
    return FALSE;
  return taken ? set_already_exists (input->new_application_name, error) : TRUE;
}

/* Stops what is under way, without a rollback. One that has not started is left to the engine, which ends it with
 * APPLICATION_MISSING. */
static gboolean
stop_deployment_of_group (ApiCall *call, StoreTx *tx, const char *group_id, GError **error)
{
  const char *id;
  DeploymentRecord *deployment;
  EngineStop result;
  if (!deployment_record_active (tx, group_id, call->arena, &id, error))
    return FALSE;
  if (id == NULL)
    return TRUE;
  if (!deployment_record_by_id (tx, id, call->arena, &deployment, error))
    return FALSE;
  engine_log_deed (call->env->engine, tx, "deployment-stopped", id, call->principal->arn,
                   call->request_id);
  return deployment->start_ms == 0 ||
         engine_stop_deployment (call->env->engine, tx, id, STOP_ROLLBACK_NO, call->now_ms, &result,
                                 error);
}

/* Whether that works is not told here (deployments.md 6.4). */
static gboolean
take_hooks_away (ApiCall *call, StoreTx *tx, const char *group_id, GError **error)
{
  DeploymentGroupRecord *group;
  const ApiAutoScalingGroupList *left;
  if (!deployment_group_record_by_id (tx, group_id, call->arena, &group, error))
    return FALSE;
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, call->arena, error);
  return settings != NULL && engine_hooks_changed (call->env->engine, tx, group_id, settings, NULL,
                                                   call->now_ms, call->arena, &left, error);
}

gboolean
action_delete_application (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiDeleteApplicationInput *input = call->input;
  const ApplicationRecord *record =
      catalog_find_application (call, tx, input->application_name, error);
  NameList groups;
  if (record == NULL || !deployment_group_record_ids (tx, record->id, call->arena, &groups, error))
    return FALSE;
  for (gsize i = 0; i < groups.n; i++)
    if (!stop_deployment_of_group (call, tx, groups.items[i], error) ||
        !take_hooks_away (call, tx, groups.items[i], error))
      return FALSE;
  return application_record_delete (tx, record->id, call->now_ms, error);
}
