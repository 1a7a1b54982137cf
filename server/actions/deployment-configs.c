#include "core/ids.h"
#include "core/names.h"
#include "proto/api-enums.h"
#include "proto/api-error.h"
#include "server/actions/catalog-actions.h"
#include "server/actions/catalog.h"
#include "server/actions/page.h"
#include "store/records/deployment-config.h"
#include "store/records/deployment.h"

#include <stdlib.h>
#include <string.h>

/* Deployment configurations: api.md 3.3 and 2.4. */

/* --- making one --- */

static gboolean
refuse (GError **error, ApiErrorCode code, const char *text)
{
  api_error_set (error, code, "%s", text);
  return FALSE;
}

static gboolean
check_minimum (const ApiCreateDeploymentConfigInput *input, ComputePlatform platform,
               GError **error)
{
  const ApiErrorCode code = API_ERR_INVALID_MINIMUM_HEALTHY_HOST_VALUE;
  const ApiMinimumHealthyHosts *given = input->minimum_healthy_hosts;
  if (platform != COMPUTE_PLATFORM_SERVER)
    return given == NULL ||
           refuse (error, code, "minimumHealthyHosts is for the Server compute platform only");
  if (given == NULL)
    return refuse (error, code, "minimumHealthyHosts must be given");
  MinimumHealthy minimum = { .value = *given->value };
  if (!minimum_healthy_type_from_name (given->type, &minimum.type) ||
      !minimum_healthy_is_settable (&minimum))
    return refuse (error, code,
                   "minimumHealthyHosts must be HOST_COUNT of 0 or more, or FLEET_PERCENT of 0 to"
                   " 99");
  return TRUE;
}

static gboolean
check_span (gint64 minutes, gint64 limit, GError **error)
{
  if (minutes <= limit)
    return TRUE;
  api_error_set (error, API_ERR_INVALID_TRAFFIC_ROUTING_CONFIGURATION,
                 "The shift would take %" G_GINT64_FORMAT " minutes; at most %" G_GINT64_FORMAT
                 " are allowed",
                 minutes, limit);
  return FALSE;
}

/* The percentage is 1 to 99 and each interval at least 1 already. longest: minutes. */
static gboolean
check_routing (const ApiCreateDeploymentConfigInput *input, ComputePlatform platform,
               gint64 longest, GError **error)
{
  const ApiErrorCode code = API_ERR_INVALID_TRAFFIC_ROUTING_CONFIGURATION;
  const ApiTrafficRoutingConfig *given = input->traffic_routing_config;
  if (platform == COMPUTE_PLATFORM_SERVER)
    return given == NULL ||
           refuse (error, code,
                   "trafficRoutingConfig is for the Lambda and ECS compute platforms only");
  if (given == NULL)
    return refuse (error, code, "trafficRoutingConfig must be given");
  const ApiTimeBasedCanary *canary = given->time_based_canary;
  const ApiTimeBasedLinear *linear = given->time_based_linear;
  switch (api_traffic_routing_type_from_name (given->type)) {
  case API_TRAFFIC_ROUTING_TYPE_ALL_AT_ONCE:
    return (canary == NULL && linear == NULL) ||
           refuse (error, code, "AllAtOnce takes neither timeBasedCanary nor timeBasedLinear");
  case API_TRAFFIC_ROUTING_TYPE_TIME_BASED_CANARY:
    if (canary == NULL || linear != NULL || canary->canary_percentage == NULL ||
        canary->canary_interval == NULL)
      return refuse (error, code,
                     "TimeBasedCanary needs timeBasedCanary with canaryPercentage and"
                     " canaryInterval, and nothing else");
    return check_span (*canary->canary_interval, longest, error);
  case API_TRAFFIC_ROUTING_TYPE_TIME_BASED_LINEAR: {
    if (linear == NULL || canary != NULL || linear->linear_percentage == NULL ||
        linear->linear_interval == NULL)
      return refuse (error, code,
                     "TimeBasedLinear needs timeBasedLinear with linearPercentage and"
                     " linearInterval, and nothing else");
    /* The first part shifts at once; an interval passes before each of the others. */
    gint64 parts = (100 + *linear->linear_percentage - 1) / *linear->linear_percentage;
    return check_span ((parts - 1) * *linear->linear_interval, longest, error);
  }
  case API_TRAFFIC_ROUTING_TYPE_NONE:
    break;
  }
  return refuse (error, code, "trafficRoutingConfig has no type");
}

static gboolean
check_zones (const ApiZonalConfig *zones, ComputePlatform platform, GError **error)
{
  const ApiErrorCode code = API_ERR_INVALID_ZONAL_DEPLOYMENT_CONFIGURATION;
  if (zones == NULL)
    return TRUE;
  if (platform != COMPUTE_PLATFORM_SERVER)
    return refuse (error, code, "zonalConfig is for the Server compute platform only");
  const ApiMinimumHealthyHostsPerZone *given = zones->minimum_healthy_hosts_per_zone;
  if (given == NULL)
    return TRUE;
  MinimumHealthy minimum = { .value = given->value != NULL ? *given->value : 0 };
  if (!minimum_healthy_type_from_name (given->type, &minimum.type) ||
      !minimum_healthy_is_settable (&minimum))
    return refuse (error, code,
                   "minimumHealthyHostsPerZone must be HOST_COUNT of 0 or more, or FLEET_PERCENT of"
                   " 0 to 99");
  return TRUE;
}

/* What is ours (docs/api-coverage.md): each in its range already. */
static gboolean
check_options (const ApiCreateDeploymentConfigInput *input, ComputePlatform platform,
               GError **error)
{
  /* One of the errors that the operation lists, so that clients made from the public model know it. These three are
   * about the same as minimumHealthyHosts: how far, and how long, a fleet may be worked on. */
  const ApiErrorCode code = API_ERR_INVALID_MINIMUM_HEALTHY_HOST_VALUE;
  if (platform == COMPUTE_PLATFORM_SERVER)
    return TRUE;
  if (input->retries_per_target != NULL)
    return refuse (error, code,
                   "retriesPerTarget is for the Server compute platform only: leave it out");
  if (input->maximum_batch_size != NULL)
    return refuse (error, code,
                   "maximumBatchSize is for the Server compute platform only: leave it out");
  return TRUE;
}

static gboolean
check_config_limit (ApiCall *call, StoreTx *tx, GError **error)
{
  gint64 limit = call->env->quotas->deployment_configs, count;
  if (!deployment_config_record_count (tx, limit + 1, &count, error))
    return FALSE;
  if (count <= limit)
    return TRUE;
  api_error_set (error, API_ERR_DEPLOYMENT_CONFIG_LIMIT_EXCEEDED,
                 "There are %" G_GINT64_FORMAT
                 " custom deployment configurations already, the most that are allowed",
                 limit);
  return FALSE;
}

gboolean
action_create_deployment_config (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiCreateDeploymentConfigInput *input = call->input;
  ApiCreateDeploymentConfigOutput *out = output;
  const char *name = input->deployment_config_name;
  ComputePlatform platform;
  if (!compute_platform_from_name (input->compute_platform, &platform))
    platform = COMPUTE_PLATFORM_SERVER; /* absent: other texts are not decoded */
  if (names_is_reserved_config (name)) {
    api_error_set (error, API_ERR_INVALID_DEPLOYMENT_CONFIG_NAME,
                   "%s: names that start with CodeDeployDefault. are reserved", name);
    return FALSE;
  }
  if (!check_minimum (input, platform, error) ||
      !check_routing (input, platform, call->env->quotas->traffic_shift_minutes, error) ||
      !check_zones (input->zonal_config, platform, error) ||
      !check_options (input, platform, error))
    return FALSE;

  char id[IDS_UUID_SIZE];
  ids_new_uuid (call->env->ambient, id);
  ApiDeploymentConfigInfo settings = {
    .minimum_healthy_hosts = input->minimum_healthy_hosts,
    .traffic_routing_config = input->traffic_routing_config,
    .zonal_config = input->zonal_config,
    .deployment_timeout_in_minutes = input->deployment_timeout_in_minutes,
    .retries_per_target = input->retries_per_target,
    .maximum_batch_size = input->maximum_batch_size,
  };
  g_autofree char *text = shape_to_text (&api_shape_deployment_config_info, &settings);
  DeploymentConfigRecord record = { .id = arena_strdup (call->arena, id),
                                    .name = name,
                                    .compute_platform = platform,
                                    .settings_json = text,
                                    .create_ms = call->now_ms };
  gboolean taken;
  if (!deployment_config_record_insert (tx, &record, &taken, error))
    return FALSE;
  if (taken) {
    api_error_set (error, API_ERR_DEPLOYMENT_CONFIG_ALREADY_EXISTS,
                   "A deployment configuration with the name %s already exists", name);
    return FALSE;
  }
  if (!check_config_limit (call, tx, error))
    return FALSE;
  out->deployment_config_id = record.id;
  return TRUE;
}

gboolean
action_delete_deployment_config (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiDeleteDeploymentConfigInput *input = call->input;
  const char *name = input->deployment_config_name;
  if (names_is_reserved_config (name)) {
    api_error_set (error, API_ERR_INVALID_OPERATION,
                   "%s is predefined; predefined configurations cannot be deleted", name);
    return FALSE;
  }
  gboolean in_group, in_deployment;
  if (!deployment_group_record_uses_config (tx, name, &in_group, error) ||
      !deployment_record_uses_config (tx, name, &in_deployment, error))
    return FALSE;
  if (in_group || in_deployment) {
    api_error_set (error, API_ERR_DEPLOYMENT_CONFIG_IN_USE, "%s is in use by %s", name,
                   in_group ? "a deployment group: name another configuration there first"
                            : "a deployment: wait for its end");
    return FALSE;
  }
  return deployment_config_record_delete (tx, name, error);
}

/* --- reading --- */

static const ApiTrafficRoutingConfig *
show_routing (const TrafficRouting *routing, Arena *arena)
{
  ApiTrafficRoutingConfig *shown = arena_new0 (arena, ApiTrafficRoutingConfig);
  shown->type = traffic_routing_type_name (routing->type);
  switch (routing->type) {
  case TRAFFIC_ROUTING_CANARY: {
    ApiTimeBasedCanary *canary = arena_new0 (arena, ApiTimeBasedCanary);
    canary->canary_percentage = arena_int64 (arena, routing->percent);
    canary->canary_interval = arena_int64 (arena, routing->minutes);
    shown->time_based_canary = canary;
    break;
  }
  case TRAFFIC_ROUTING_LINEAR: {
    ApiTimeBasedLinear *linear = arena_new0 (arena, ApiTimeBasedLinear);
    linear->linear_percentage = arena_int64 (arena, routing->percent);
    linear->linear_interval = arena_int64 (arena, routing->minutes);
    shown->time_based_linear = linear;
    break;
  }
  case TRAFFIC_ROUTING_ALL_AT_ONCE:
    break;
  }
  return shown;
}

/* They are older than any server: the day of the API's version. */
#define PREDEFINED_CREATE_MS G_GINT64_CONSTANT (1412553600000)

static const ApiDeploymentConfigInfo *
describe_predefined (const DeployConfig *config, Arena *arena)
{
  ApiDeploymentConfigInfo *info = arena_new0 (arena, ApiDeploymentConfigInfo);
  info->deployment_config_id = config->id;
  info->deployment_config_name = config->name;
  info->compute_platform = compute_platform_name (config->platform);
  info->create_time = arena_int64 (arena, PREDEFINED_CREATE_MS);
  if (config->platform == COMPUTE_PLATFORM_SERVER) {
    ApiMinimumHealthyHosts *minimum = arena_new0 (arena, ApiMinimumHealthyHosts);
    minimum->type = minimum_healthy_type_name (config->minimum_healthy.type);
    minimum->value = arena_int64 (arena, config->minimum_healthy.value);
    info->minimum_healthy_hosts = minimum;
  } else {
    info->traffic_routing_config = show_routing (&config->traffic_routing, arena);
  }
  return info;
}

static const ApiDeploymentConfigInfo *
describe_custom (const DeploymentConfigRecord *record, Arena *arena, GError **error)
{
  gpointer decoded;
  if (!shape_from_text (&api_shape_deployment_config_info, record->settings_json, arena, &decoded,
                        error)) {
    g_prefix_error (error, "cannot read the stored settings of deployment configuration \"%s\": ",
                    record->name);
    return NULL;
  }
  ApiDeploymentConfigInfo *info = decoded;
  info->deployment_config_id = record->id;
  info->deployment_config_name = record->name;
  info->compute_platform = compute_platform_name (record->compute_platform);
  info->create_time = arena_int64 (arena, record->create_ms);
  return info;
}

gboolean
action_get_deployment_config (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetDeploymentConfigInput *input = call->input;
  ApiGetDeploymentConfigOutput *out = output;
  const DeployConfig *predefined = deploy_config_find_predefined (input->deployment_config_name);
  if (predefined != NULL) {
    out->deployment_config_info = describe_predefined (predefined, call->arena);
    return TRUE;
  }
  DeploymentConfigRecord *record;
  if (!deployment_config_record_by_name (tx, input->deployment_config_name, call->arena, &record,
                                         error))
    return FALSE;
  if (record == NULL)
    return catalog_refuse_config (input->deployment_config_name, error);
  out->deployment_config_info = describe_custom (record, call->arena, error);
  return out->deployment_config_info != NULL;
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const DeployConfig *const *)a)->id, (*(const DeployConfig *const *)b)->id);
}

static void
append_predefined (ApiDeploymentConfigsList *list)
{
  const DeployConfig *all[DEPLOY_CONFIG_N_PREDEFINED];
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    all[i] = deploy_config_predefined (i);
  qsort (all, G_N_ELEMENTS (all), sizeof all[0], compare_ids);
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    list->items[list->n++] = all[i]->name;
}

/* Custom ones by name, then the predefined ones by id; those come with the last page. */
gboolean
action_list_deployment_configs (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListDeploymentConfigsInput *input = call->input;
  ApiListDeploymentConfigsOutput *out = output;
  gsize limit = (gsize)call->env->quotas->names_per_page;
  const char *after;
  NameList custom;
  if (!page_begin (call, input->next_token, &after, error) ||
      !deployment_config_record_names (tx, after, limit + 1, call->arena, &custom, error))
    return FALSE;
  ApiDeploymentConfigsList *list = arena_new0 (call->arena, ApiDeploymentConfigsList);
  out->deployment_configs_list = list;
  if (custom.n > limit) {
    list->n = limit;
    list->items = custom.items;
    out->next_token = page_end (call, custom.items[limit - 1]);
    return TRUE;
  }
  list->items =
      arena_alloc_n (call->arena, custom.n + DEPLOY_CONFIG_N_PREDEFINED, sizeof *list->items);
  for (gsize i = 0; i < custom.n; i++)
    list->items[list->n++] = custom.items[i];
  append_predefined (list);
  return TRUE;
}
