#include "core/ids.h"
#include "proto/api-enums.h"
#include "proto/api-error.h"
#include "server/actions/catalog-actions.h"
#include "server/actions/catalog.h"
#include "server/actions/count-limit.h"
#include "server/actions/group-rules.h"
#include "server/actions/page.h"
#include "server/actions/service-role.h"
#include "server/actions/tags.h"
#include "server/engine/engine.h"
#include "store/records/deployment.h"

/* Deployment groups: api.md 3.2. */

/* --- writing --- */

/* The configuration that the group will name: of its platform, or none was named and it is the default. */
static const char *
choose_config (ApiCall *call, StoreTx *tx, const char *named, ComputePlatform platform,
               GError **error)
{
  if (named == NULL)
    return deploy_config_default (platform)->name;
  const DeployConfig *config = catalog_find_config (call, tx, named, error);
  if (config == NULL)
    return NULL;
  if (config->platform != platform) {
    api_error_set (error, API_ERR_INVALID_DEPLOYMENT_CONFIG_NAME,
                   "%s is a configuration for %s, the application is for %s", named,
                   compute_platform_name (config->platform), compute_platform_name (platform));
    return NULL;
  }
  return named;
}

static gboolean
accept_write (DeploymentGroupWrite result, const DeploymentGroupRecord *record, GError **error)
{
  switch (result) {
  case DEPLOYMENT_GROUP_NAME_TAKEN:
    api_error_set (error, API_ERR_DEPLOYMENT_GROUP_ALREADY_EXISTS,
                   "A deployment group with the name %s already exists in the application",
                   record->name);
    return FALSE;
  case DEPLOYMENT_GROUP_ECS_SERVICE_TAKEN:
    api_error_set (error, API_ERR_ECS_SERVICE_MAPPING_LIMIT_EXCEEDED,
                   "The ECS service %s belongs to another deployment group", record->ecs_service);
    return FALSE;
  case DEPLOYMENT_GROUP_WRITTEN:
    break;
  }
  return TRUE;
}

static char *
settings_text (const ApiDeploymentGroupInfo *whole, Arena *arena)
{
  g_autofree char *text = shape_to_text (&api_shape_deployment_group_info, whole);
  return arena_strdup (arena, text);
}

static gboolean
wants_new_hosts (const ApiDeploymentGroupInfo *whole)
{
  return api_new_hosts_strategy_from_name (whole->new_hosts_strategy) ==
         API_NEW_HOSTS_STRATEGY_UPDATE;
}

/* What follows from a group's new settings; before NULL: it is new. */
static gboolean
settings_changed (ApiCall *call, StoreTx *tx, const DeploymentGroupRecord *record,
                  const ApiDeploymentGroupInfo *before, const ApiDeploymentGroupInfo *whole,
                  const ApiAutoScalingGroupList **out_left, GError **error)
{
  return engine_hooks_changed (call->env->engine, tx, record->id, before, whole, call->now_ms,
                               call->arena, out_left, error) &&
         (!record->new_hosts ||
          engine_group_takes_new_hosts (call->env->engine, tx, record->id, call->now_ms, error));
}

static gboolean
check_group_limit (ApiCall *call, StoreTx *tx, const ApplicationRecord *application, GError **error)
{
  gint64 limit = call->env->quotas->deployment_groups, count;
  if (!deployment_group_record_count (tx, application->id, limit + 1, &count, error))
    return FALSE;
  if (count <= limit)
    return TRUE;
  api_error_set (error, API_ERR_DEPLOYMENT_GROUP_LIMIT_EXCEEDED,
                 "The application %s has %" G_GINT64_FORMAT
                 " deployment groups already, the most that are allowed",
                 application->name, limit);
  return FALSE;
}

gboolean
action_create_deployment_group (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiCreateDeploymentGroupInput *input = call->input;
  ApiCreateDeploymentGroupOutput *out = output;
  const Quotas *quotas = call->env->quotas;
  const ApiDeploymentGroupInfo *given = group_rules_given_by_create (input, call->arena);
  if (!group_rules_check_given (given, quotas, call->arena, error) ||
      !tags_check (input->tags, quotas->resource_tags, error))
    return FALSE;

  const ApplicationRecord *application =
      catalog_find_application (call, tx, input->application_name, error);
  if (application == NULL)
    return FALSE;
  ComputePlatform platform = application->compute_platform;
  ApiDeploymentGroupInfo *whole = group_rules_merge (NULL, given, platform, call->arena);
  if (!group_rules_check_whole (whole, given, platform, quotas, error) ||
      !service_role_check (call, tx, input->service_role_arn, error))
    return FALSE;
  const char *config = choose_config (call, tx, input->deployment_config_name, platform, error);
  if (config == NULL)
    return FALSE;

  char id[IDS_UUID_SIZE];
  ids_new_uuid (call->env->ambient, id);
  whole->auto_scaling_groups =
      engine_name_hooks (call->env->engine, NULL, whole, input->deployment_group_name, call->arena);
  DeploymentGroupRecord record = { .id = arena_strdup (call->arena, id),
                                   .application_id = application->id,
                                   .name = input->deployment_group_name,
                                   .deployment_config_name = config,
                                   .service_role_arn = input->service_role_arn,
                                   .settings_json = settings_text (whole, call->arena),
                                   .ecs_service = group_rules_ecs_service (whole, call->arena),
                                   .new_hosts = wants_new_hosts (whole),
                                   .create_ms = call->now_ms };
  DeploymentGroupWrite result;
  const ApiAutoScalingGroupList *left;
  if (!deployment_group_record_insert (tx, &record, &result, error) ||
      !accept_write (result, &record, error) || !check_group_limit (call, tx, application, error) ||
      !settings_changed (call, tx, &record, NULL, whole, &left, error) ||
      !tags_put (tx, record.id, input->tags, error))
    return FALSE;
  out->deployment_group_id = record.id;
  return TRUE;
}

gboolean
action_update_deployment_group (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiUpdateDeploymentGroupInput *input = call->input;
  ApiUpdateDeploymentGroupOutput *out = output;
  const ApiDeploymentGroupInfo *given = group_rules_given_by_update (input, call->arena);
  if (!group_rules_check_given (given, call->env->quotas, call->arena, error))
    return FALSE;

  const ApplicationRecord *application =
      catalog_find_application (call, tx, input->application_name, error);
  if (application == NULL)
    return FALSE;
  DeploymentGroupRecord *record =
      catalog_find_group (call, tx, application, input->current_deployment_group_name, error);
  if (record == NULL)
    return FALSE;
  const ApiDeploymentGroupInfo *stored = catalog_group_settings (record, call->arena, error);
  if (stored == NULL)
    return FALSE;
  ComputePlatform platform = application->compute_platform;
  ApiDeploymentGroupInfo *whole = group_rules_merge (stored, given, platform, call->arena);
  if (!group_rules_check_whole (whole, given, platform, call->env->quotas, error))
    return FALSE;

  if (input->deployment_config_name != NULL) {
    record->deployment_config_name =
        choose_config (call, tx, input->deployment_config_name, platform, error);
    if (record->deployment_config_name == NULL)
      return FALSE;
  }
  if (input->new_deployment_group_name != NULL)
    record->name = input->new_deployment_group_name;
  if (input->service_role_arn != NULL) {
    if (!service_role_check (call, tx, input->service_role_arn, error))
      return FALSE;
    record->service_role_arn = input->service_role_arn;
  }
  whole->auto_scaling_groups =
      engine_name_hooks (call->env->engine, stored, whole, record->name, call->arena);
  record->settings_json = settings_text (whole, call->arena);
  record->new_hosts = wants_new_hosts (whole);
  record->ecs_service = group_rules_ecs_service (whole, call->arena);
  DeploymentGroupWrite result;
  return deployment_group_record_update (tx, record, &result, error) &&
         accept_write (result, record, error) &&
         settings_changed (call, tx, record, stored, whole, &out->hooks_not_cleaned_up, error);
}

gboolean
action_delete_deployment_group (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiDeleteDeploymentGroupInput *input = call->input;
  ApiDeleteDeploymentGroupOutput *out = output;
  const ApplicationRecord *application =
      catalog_find_application (call, tx, input->application_name, error);
  if (application == NULL)
    return FALSE;
  const DeploymentGroupRecord *group =
      catalog_find_group (call, tx, application, input->deployment_group_name, error);
  const ApiDeploymentGroupInfo *settings =
      group != NULL ? catalog_group_settings (group, call->arena, error) : NULL;
  return settings != NULL &&
         engine_hooks_changed (call->env->engine, tx, group->id, settings, NULL, call->now_ms,
                               call->arena, &out->hooks_not_cleaned_up, error) &&
         deployment_group_record_delete (tx, group->id, call->now_ms, error);
}

/* --- reading --- */

/* Both kinds of tags are shown in one form: as sets when either is a set, else flat; the kind that is not used is
 * there and empty. */
static void
show_tags (ApiDeploymentGroupInfo *info, Arena *arena)
{
  gboolean as_sets = info->ec2_tag_set != NULL || info->on_premises_tag_set != NULL;
  if (info->ec2_tag_filters == NULL && info->ec2_tag_set == NULL) {
    if (as_sets) {
      ApiEC2TagSet *set = arena_new0 (arena, ApiEC2TagSet);
      set->ec2_tag_set_list = arena_new0 (arena, ApiEC2TagSetList);
      info->ec2_tag_set = set;
    } else {
      info->ec2_tag_filters = arena_new0 (arena, ApiEC2TagFilterList);
    }
  }
  if (info->on_premises_instance_tag_filters == NULL && info->on_premises_tag_set == NULL) {
    if (as_sets) {
      ApiOnPremisesTagSet *set = arena_new0 (arena, ApiOnPremisesTagSet);
      set->on_premises_tag_set_list = arena_new0 (arena, ApiOnPremisesTagSetList);
      info->on_premises_tag_set = set;
    } else {
      info->on_premises_instance_tag_filters = arena_new0 (arena, ApiTagFilterList);
    }
  }
}

static gboolean
show_target_revision (ApiCall *call, StoreTx *tx, const DeploymentGroupRecord *group,
                      ApiDeploymentGroupInfo *info, GError **error)
{
  if (group->target_revision_number == 0)
    return TRUE;
  RevisionRecord *revision;
  if (!revision_record_by_number (tx, group->application_id, group->target_revision_number,
                                  call->arena, &revision, error))
    return FALSE;
  if (revision == NULL)
    return TRUE;
  info->target_revision =
      catalog_stored_location (revision, REVISION_WITHOUT_CONTENT, call->arena, error);
  return info->target_revision != NULL;
}

/* *out NULL: there is none. */
static gboolean
read_last_deployment (ApiCall *call, StoreTx *tx, const char *id, const ApiLastDeploymentInfo **out,
                      GError **error)
{
  DeploymentRecord *record = NULL;
  *out = NULL;
  if (id == NULL)
    return TRUE;
  if (!deployment_record_by_id (tx, id, call->arena, &record, error))
    return FALSE;
  if (record == NULL)
    return TRUE;
  ApiLastDeploymentInfo *info = arena_new0 (call->arena, ApiLastDeploymentInfo);
  info->deployment_id = record->id;
  info->status = deployment_status_name (record->status);
  info->create_time = arena_int64 (call->arena, record->create_ms);
  if (record->complete_ms != 0)
    info->end_time = arena_int64 (call->arena, record->complete_ms);
  *out = info;
  return TRUE;
}

/* NULL on failure. */
static const ApiDeploymentGroupInfo *
describe (ApiCall *call, StoreTx *tx, const ApplicationRecord *application,
          const DeploymentGroupRecord *group, GError **error)
{
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, call->arena, error);
  if (settings == NULL)
    return NULL;
  ApiDeploymentGroupInfo *info =
      arena_memdup (call->arena, settings, sizeof (ApiDeploymentGroupInfo));
  info->application_name = application->name;
  info->deployment_group_id = group->id;
  info->deployment_group_name = group->name;
  info->deployment_config_name = group->deployment_config_name;
  info->service_role_arn = group->service_role_arn;
  info->compute_platform = compute_platform_name (application->compute_platform);
  if (application->compute_platform == COMPUTE_PLATFORM_SERVER)
    show_tags (info, call->arena);
  return (read_last_deployment (call, tx, group->last_attempted_deployment_id,
                                &info->last_attempted_deployment, error) &&
          read_last_deployment (call, tx, group->last_successful_deployment_id,
                                &info->last_successful_deployment, error) &&
          show_target_revision (call, tx, group, info, error))
             ? info
             : NULL;
}

gboolean
action_get_deployment_group (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetDeploymentGroupInput *input = call->input;
  ApiGetDeploymentGroupOutput *out = output;
  const ApplicationRecord *application =
      catalog_find_application (call, tx, input->application_name, error);
  if (application == NULL)
    return FALSE;
  const DeploymentGroupRecord *group =
      catalog_find_group (call, tx, application, input->deployment_group_name, error);
  if (group == NULL)
    return FALSE;
  out->deployment_group_info = describe (call, tx, application, group, error);
  return out->deployment_group_info != NULL;
}

gboolean
action_batch_get_deployment_groups (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiBatchGetDeploymentGroupsInput *input = call->input;
  ApiBatchGetDeploymentGroupsOutput *out = output;
  const ApiDeploymentGroupsList *names = input->deployment_group_names;
  if (!count_limit_check (names->n, call->env->quotas->batch_deployment_groups,
                          API_ERR_BATCH_LIMIT_EXCEEDED, "names in deploymentGroupNames", error))
    return FALSE;
  const ApplicationRecord *application =
      catalog_find_application (call, tx, input->application_name, error);
  if (application == NULL)
    return FALSE;

  ApiDeploymentGroupInfoList *list = arena_new0 (call->arena, ApiDeploymentGroupInfoList);
  list->items = arena_alloc_n (call->arena, names->n, sizeof *list->items);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) missing = g_string_new (NULL);
  for (gsize i = 0; i < names->n; i++) {
    DeploymentGroupRecord *group;
    if (!g_hash_table_add (seen, (gpointer)names->items[i]))
      continue;
    if (!deployment_group_record_by_name (tx, application->id, names->items[i], call->arena, &group,
                                          error))
      return FALSE;
    if (group == NULL) {
      g_string_append_printf (missing, "%s%s", missing->len > 0 ? ", " : "", names->items[i]);
      continue;
    }
    const ApiDeploymentGroupInfo *info = describe (call, tx, application, group, error);
    if (info == NULL)
      return FALSE;
    list->items[list->n++] = info;
  }
  out->deployment_groups_info = list;
  out->error_message =
      missing->len > 0
          ? arena_printf (call->arena, "No Deployment Group found for name: %s", missing->str)
          : "";
  return TRUE;
}

gboolean
action_list_deployment_groups (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListDeploymentGroupsInput *input = call->input;
  ApiListDeploymentGroupsOutput *out = output;
  gsize limit = (gsize)call->env->quotas->names_per_page;
  const char *after;
  NameList names;
  if (!page_begin (call, input->next_token, &after, error))
    return FALSE;
  const ApplicationRecord *application =
      catalog_find_application (call, tx, input->application_name, error);
  if (application == NULL || !deployment_group_record_names (tx, application->id, after, limit + 1,
                                                             call->arena, &names, error))
    return FALSE;
  ApiDeploymentGroupsList *list = arena_new0 (call->arena, ApiDeploymentGroupsList);
  list->n = MIN (names.n, limit);
  list->items = names.items;
  out->application_name = application->name;
  out->deployment_groups = list;
  out->next_token = names.n > limit ? page_end (call, names.items[limit - 1]) : NULL;
  return TRUE;
}
