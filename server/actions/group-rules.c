#include "server/actions/group-rules.h"

#include "proto/api-enums.h"
#include "proto/api-error.h"
#include "server/actions/count-limit.h"
#include "server/actions/tag-rules.h"
#include "server/actions/wave-rules.h"

#define IS_EMPTY(list)    ((list) == NULL || (list)->n == 0)
#define FLAG_IS_SET(flag) ((flag) != NULL && *(flag))

/* Sets the error and is FALSE: for `return refuse (...)`. */
G_GNUC_PRINTF (3, 4)
static gboolean
refuse (GError **error, ApiErrorCode code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  api_error_set (error, code, "%s", text);
  return FALSE;
}

/* --- what a request gives --- */

static const ApiAutoScalingGroupList *
auto_scaling_groups (const ApiAutoScalingGroupNameList *names, Arena *arena)
{
  if (names == NULL)
    return NULL;
  ApiAutoScalingGroupList *list = arena_new0 (arena, ApiAutoScalingGroupList);
  list->n = names->n;
  list->items = arena_alloc_n (arena, names->n, sizeof *list->items);
  for (gsize i = 0; i < names->n; i++) {
    ApiAutoScalingGroup *group = arena_new0 (arena, ApiAutoScalingGroup);
    group->name = names->items[i];
    list->items[i] = group;
  }
  return list;
}

/* The two inputs have these members in common, by the same names and of the same types. */
#define TAKE_GIVEN(given, input, arena)                                                            \
  do {                                                                                             \
    (given)->ec2_tag_filters = (input)->ec2_tag_filters;                                           \
    (given)->ec2_tag_set = (input)->ec2_tag_set;                                                   \
    (given)->on_premises_instance_tag_filters = (input)->on_premises_instance_tag_filters;         \
    (given)->on_premises_tag_set = (input)->on_premises_tag_set;                                   \
    (given)->auto_scaling_groups = auto_scaling_groups ((input)->auto_scaling_groups, arena);      \
    (given)->trigger_configurations = (input)->trigger_configurations;                             \
    (given)->alarm_configuration = (input)->alarm_configuration;                                   \
    (given)->auto_rollback_configuration = (input)->auto_rollback_configuration;                   \
    (given)->outdated_instances_strategy = (input)->outdated_instances_strategy;                   \
    (given)->new_hosts_strategy = (input)->new_hosts_strategy;                                     \
    (given)->deployment_style = (input)->deployment_style;                                         \
    (given)->blue_green_deployment_configuration = (input)->blue_green_deployment_configuration;   \
    (given)->load_balancer_info = (input)->load_balancer_info;                                     \
    (given)->ecs_services = (input)->ecs_services;                                                 \
    (given)->termination_hook_enabled = (input)->termination_hook_enabled;                         \
    (given)->waves = (input)->waves;                                                               \
  } while (0)

ApiDeploymentGroupInfo *
group_rules_given_by_create (const ApiCreateDeploymentGroupInput *input, Arena *arena)
{
  ApiDeploymentGroupInfo *given = arena_new0 (arena, ApiDeploymentGroupInfo);
  TAKE_GIVEN (given, input, arena);
  given->deployment_group_name = input->deployment_group_name;
  return given;
}

ApiDeploymentGroupInfo *
group_rules_given_by_update (const ApiUpdateDeploymentGroupInput *input, Arena *arena)
{
  ApiDeploymentGroupInfo *given = arena_new0 (arena, ApiDeploymentGroupInfo);
  TAKE_GIVEN (given, input, arena);
  given->deployment_group_name = input->current_deployment_group_name;
  return given;
}

/* --- what can be said of a request alone --- */

static gboolean
check_counts (const ApiDeploymentGroupInfo *given, const Quotas *quotas, GError **error)
{
  gsize groups = given->auto_scaling_groups != NULL ? given->auto_scaling_groups->n : 0;
  gsize triggers = given->trigger_configurations != NULL ? given->trigger_configurations->n : 0;
  return count_limit_check (groups, quotas->auto_scaling_groups, API_ERR_INVALID_AUTO_SCALING_GROUP,
                            "Auto Scaling groups", error) &&
         count_limit_check (triggers, quotas->triggers, API_ERR_TRIGGER_TARGETS_LIMIT_EXCEEDED,
                            "triggers", error);
}

static gboolean
check_alarms (const ApiAlarmConfiguration *alarms, const Quotas *quotas, GError **error)
{
  if (alarms == NULL)
    return TRUE;
  if (FLAG_IS_SET (alarms->enabled) && IS_EMPTY (alarms->alarms))
    return refuse (error, API_ERR_INVALID_ALARM_CONFIG,
                   "alarmConfiguration is enabled but names no alarm");
  return count_limit_check (alarms->alarms != NULL ? alarms->alarms->n : 0, quotas->alarms,
                            API_ERR_ALARMS_LIMIT_EXCEEDED, "alarms", error);
}

static gboolean
check_rollback (const ApiAutoRollbackConfiguration *rollback, GError **error)
{
  if (rollback != NULL && FLAG_IS_SET (rollback->enabled) && IS_EMPTY (rollback->events))
    return refuse (error, API_ERR_INVALID_AUTO_ROLLBACK_CONFIG,
                   "autoRollbackConfiguration is enabled but names no event");
  return TRUE;
}

static gboolean
copies_fleet (const ApiBlueGreenDeploymentConfiguration *blue_green)
{
  return blue_green != NULL && blue_green->green_fleet_provisioning_option != NULL &&
         api_green_fleet_provisioning_action_from_name (
             blue_green->green_fleet_provisioning_option->action) ==
             API_GREEN_FLEET_PROVISIONING_ACTION_COPY_AUTO_SCALING_GROUP;
}

static gboolean
check_fleet_to_copy (const ApiAutoScalingGroupList *groups, GError **error)
{
  if (groups != NULL && groups->n == 1)
    return TRUE;
  /* The public service's text, its spelling included. */
  return refuse (error, API_ERR_INVALID_BLUE_GREEN_DEPLOYMENT_CONFIGURATION,
                 "Exactly one AutoScaling group must be specifed when selecting the"
                 " COPY_AUTO_SCALING_GROUP green fleet provisioning option.");
}

static gboolean
check_minutes (const gint64 *minutes, gint64 limit, const char *name, GError **error)
{
  if (minutes == NULL || *minutes <= limit)
    return TRUE;
  return refuse (error, API_ERR_INVALID_BLUE_GREEN_DEPLOYMENT_CONFIGURATION,
                 "%s is %" G_GINT64_FORMAT "; at most %" G_GINT64_FORMAT " is allowed", name,
                 *minutes, limit);
}

/* A time of 0 beside an action that does not wait is what consoles and Terraform send. */
static gboolean
check_blue_green (const ApiDeploymentGroupInfo *given, const Quotas *quotas, GError **error)
{
  const ApiBlueGreenDeploymentConfiguration *blue_green =
      given->blue_green_deployment_configuration;
  if (blue_green == NULL)
    return TRUE;
  const ApiDeploymentReadyOption *ready = blue_green->deployment_ready_option;
  if (ready != NULL && ready->wait_time_in_minutes != NULL && *ready->wait_time_in_minutes > 0 &&
      api_deployment_ready_action_from_name (ready->action_on_timeout) !=
          API_DEPLOYMENT_READY_ACTION_STOP_DEPLOYMENT)
    return refuse (error, API_ERR_INVALID_BLUE_GREEN_DEPLOYMENT_CONFIGURATION,
                   "waitTimeInMinutes needs the actionOnTimeout STOP_DEPLOYMENT");
  const ApiBlueInstanceTerminationOption *terminate =
      blue_green->terminate_blue_instances_on_deployment_success;
  if (terminate != NULL && terminate->termination_wait_time_in_minutes != NULL &&
      *terminate->termination_wait_time_in_minutes > 0 &&
      api_instance_action_from_name (terminate->action) != API_INSTANCE_ACTION_TERMINATE)
    return refuse (error, API_ERR_INVALID_BLUE_GREEN_DEPLOYMENT_CONFIGURATION,
                   "terminationWaitTimeInMinutes needs the action TERMINATE");
  if (terminate != NULL &&
      !check_minutes (terminate->termination_wait_time_in_minutes, quotas->termination_wait_minutes,
                      "terminationWaitTimeInMinutes", error))
    return FALSE;
  return !copies_fleet (blue_green) || check_fleet_to_copy (given->auto_scaling_groups, error);
}

static gboolean
check_load_balancer (const ApiLoadBalancerInfo *info, const Quotas *quotas, GError **error)
{
  if (info == NULL)
    return TRUE;
  for (gsize i = 0; info->elb_info_list != NULL && i < info->elb_info_list->n; i++)
    if (info->elb_info_list->items[i]->name == NULL)
      return refuse (error, API_ERR_INVALID_LOAD_BALANCER_INFO,
                     "element %" G_GSIZE_FORMAT " of elbInfoList has no name", i);
  for (gsize i = 0; info->target_group_info_list != NULL && i < info->target_group_info_list->n;
       i++)
    if (info->target_group_info_list->items[i]->name == NULL)
      return refuse (error, API_ERR_INVALID_LOAD_BALANCER_INFO,
                     "element %" G_GSIZE_FORMAT " of targetGroupInfoList has no name", i);
  const ApiTargetGroupPairInfoList *pairs = info->target_group_pair_info_list;
  for (gsize i = 0; pairs != NULL && i < pairs->n; i++) {
    const ApiTargetGroupPairInfo *pair = pairs->items[i];
    if (pair->target_groups == NULL || pair->target_groups->n != 2)
      return refuse (error, API_ERR_INVALID_TARGET_GROUP_PAIR,
                     "a target group pair must have exactly two target groups");
    if (pair->prod_traffic_route == NULL || IS_EMPTY (pair->prod_traffic_route->listener_arns))
      return refuse (error, API_ERR_INVALID_TARGET_GROUP_PAIR,
                     "a target group pair must have a prodTrafficRoute with a listener");
    const ApiTrafficRoute *routes[] = { pair->prod_traffic_route, pair->test_traffic_route };
    for (gsize r = 0; r < G_N_ELEMENTS (routes); r++)
      if (routes[r] != NULL && routes[r]->listener_arns != NULL &&
          !count_limit_check (routes[r]->listener_arns->n, quotas->listeners,
                              API_ERR_INVALID_LOAD_BALANCER_INFO, "listeners of a traffic route",
                              error))
        return FALSE;
  }
  return TRUE;
}

gboolean
group_rules_check_given (const ApiDeploymentGroupInfo *given, const Quotas *quotas, Arena *arena,
                         GError **error)
{
  Waves waves;
  return tag_rules_check_ec2 (given->ec2_tag_filters, given->ec2_tag_set, quotas, arena, error) &&
         tag_rules_check_on_premises (given->on_premises_instance_tag_filters,
                                      given->on_premises_tag_set, quotas, arena, error) &&
         check_counts (given, quotas, error) &&
         check_alarms (given->alarm_configuration, quotas, error) &&
         check_rollback (given->auto_rollback_configuration, error) &&
         check_blue_green (given, quotas, error) &&
         check_load_balancer (given->load_balancer_info, quotas, error) &&
         wave_rules_read (given->waves, arena, &waves, error);
}

/* --- the group as a whole --- */

#define PICK(member) (given->member != NULL ? given->member : stored->member)

static void
merge_tags (ApiDeploymentGroupInfo *whole, const ApiDeploymentGroupInfo *stored,
            const ApiDeploymentGroupInfo *given)
{
  /* Filling one form empties the other; both filled in one request was refused. */
  const ApiEC2TagFilterList *flat = PICK (ec2_tag_filters);
  const ApiEC2TagSet *set = PICK (ec2_tag_set);
  gboolean set_given =
      given->ec2_tag_set != NULL && !IS_EMPTY (given->ec2_tag_set->ec2_tag_set_list);
  if (!IS_EMPTY (flat) && !set_given)
    whole->ec2_tag_filters = flat;
  if (set != NULL && !IS_EMPTY (set->ec2_tag_set_list) && IS_EMPTY (given->ec2_tag_filters))
    whole->ec2_tag_set = set;

  const ApiTagFilterList *our_flat = PICK (on_premises_instance_tag_filters);
  const ApiOnPremisesTagSet *our_set = PICK (on_premises_tag_set);
  gboolean our_set_given = given->on_premises_tag_set != NULL &&
                           !IS_EMPTY (given->on_premises_tag_set->on_premises_tag_set_list);
  if (!IS_EMPTY (our_flat) && !our_set_given)
    whole->on_premises_instance_tag_filters = our_flat;
  if (our_set != NULL && !IS_EMPTY (our_set->on_premises_tag_set_list) &&
      IS_EMPTY (given->on_premises_instance_tag_filters))
    whole->on_premises_tag_set = our_set;
}

static const ApiAlarmConfiguration *
whole_alarms (const ApiAlarmConfiguration *from, Arena *arena)
{
  if (from == NULL || (!FLAG_IS_SET (from->enabled) && IS_EMPTY (from->alarms)))
    return NULL;
  ApiAlarmConfiguration *alarms = arena_new0 (arena, ApiAlarmConfiguration);
  alarms->enabled = arena_bool (arena, FLAG_IS_SET (from->enabled));
  alarms->ignore_poll_alarm_failure =
      arena_bool (arena, FLAG_IS_SET (from->ignore_poll_alarm_failure));
  alarms->alarms = from->alarms;
  alarms->baking_time_in_minutes = from->baking_time_in_minutes;
  return alarms;
}

static const ApiAutoRollbackConfiguration *
whole_rollback (const ApiAutoRollbackConfiguration *from, Arena *arena)
{
  if (from == NULL || (!FLAG_IS_SET (from->enabled) && IS_EMPTY (from->events)))
    return NULL;
  ApiAutoRollbackConfiguration *rollback = arena_new0 (arena, ApiAutoRollbackConfiguration);
  rollback->enabled = arena_bool (arena, FLAG_IS_SET (from->enabled));
  rollback->events = from->events;
  return rollback;
}

static const ApiDeploymentStyle *
whole_style (const ApiDeploymentStyle *from, ComputePlatform platform, Arena *arena)
{
  gboolean server = platform == COMPUTE_PLATFORM_SERVER;
  ApiDeploymentStyle *style = arena_new0 (arena, ApiDeploymentStyle);
  style->deployment_type = from != NULL ? from->deployment_type : NULL;
  style->deployment_option = from != NULL ? from->deployment_option : NULL;
  if (style->deployment_type == NULL)
    style->deployment_type = api_deployment_type_name (server ? API_DEPLOYMENT_TYPE_IN_PLACE
                                                              : API_DEPLOYMENT_TYPE_BLUE_GREEN);
  if (style->deployment_option == NULL)
    style->deployment_option =
        api_deployment_option_name (server ? API_DEPLOYMENT_OPTION_WITHOUT_TRAFFIC_CONTROL
                                           : API_DEPLOYMENT_OPTION_WITH_TRAFFIC_CONTROL);
  return style;
}

static gboolean
is_blue_green (const ApiDeploymentStyle *style)
{
  return api_deployment_type_from_name (style->deployment_type) == API_DEPLOYMENT_TYPE_BLUE_GREEN;
}

static const ApiBlueGreenDeploymentConfiguration *
whole_blue_green (const ApiBlueGreenDeploymentConfiguration *from, const ApiDeploymentStyle *style,
                  ComputePlatform platform, Arena *arena)
{
  if (from == NULL ||
      (from->deployment_ready_option == NULL && from->green_fleet_provisioning_option == NULL &&
       from->terminate_blue_instances_on_deployment_success == NULL))
    return NULL;
  if (platform != COMPUTE_PLATFORM_SERVER || !is_blue_green (style) ||
      from->green_fleet_provisioning_option != NULL)
    return from;
  ApiBlueGreenDeploymentConfiguration *blue_green =
      arena_memdup (arena, from, sizeof (ApiBlueGreenDeploymentConfiguration));
  ApiGreenFleetProvisioningOption *discover = arena_new0 (arena, ApiGreenFleetProvisioningOption);
  discover->action = api_green_fleet_provisioning_action_name (
      API_GREEN_FLEET_PROVISIONING_ACTION_DISCOVER_EXISTING);
  blue_green->green_fleet_provisioning_option = discover;
  return blue_green;
}

static gboolean
balancer_is_empty (const ApiLoadBalancerInfo *info)
{
  return info == NULL ||
         (IS_EMPTY (info->elb_info_list) && IS_EMPTY (info->target_group_info_list) &&
          IS_EMPTY (info->target_group_pair_info_list));
}

ApiDeploymentGroupInfo *
group_rules_merge (const ApiDeploymentGroupInfo *stored, const ApiDeploymentGroupInfo *given,
                   ComputePlatform platform, Arena *arena)
{
  static const ApiDeploymentGroupInfo nothing;
  if (stored == NULL)
    stored = &nothing;
  ApiDeploymentGroupInfo *whole = arena_new0 (arena, ApiDeploymentGroupInfo);
  merge_tags (whole, stored, given);
  whole->auto_scaling_groups = PICK (auto_scaling_groups);
  if (whole->auto_scaling_groups == NULL)
    whole->auto_scaling_groups = arena_new0 (arena, ApiAutoScalingGroupList);
  whole->trigger_configurations = PICK (trigger_configurations);
  if (whole->trigger_configurations == NULL)
    whole->trigger_configurations = arena_new0 (arena, ApiTriggerConfigList);
  whole->alarm_configuration = whole_alarms (PICK (alarm_configuration), arena);
  whole->auto_rollback_configuration = whole_rollback (PICK (auto_rollback_configuration), arena);
  whole->outdated_instances_strategy = PICK (outdated_instances_strategy);
  if (whole->outdated_instances_strategy == NULL)
    whole->outdated_instances_strategy =
        api_outdated_instances_strategy_name (API_OUTDATED_INSTANCES_STRATEGY_UPDATE);
  whole->new_hosts_strategy = PICK (new_hosts_strategy);
  whole->deployment_style = whole_style (PICK (deployment_style), platform, arena);
  whole->blue_green_deployment_configuration = whole_blue_green (
      PICK (blue_green_deployment_configuration), whole->deployment_style, platform, arena);
  if (!balancer_is_empty (PICK (load_balancer_info)))
    whole->load_balancer_info = PICK (load_balancer_info);
  whole->ecs_services = IS_EMPTY (PICK (ecs_services)) ? NULL : PICK (ecs_services);
  whole->termination_hook_enabled =
      arena_bool (arena, FLAG_IS_SET (PICK (termination_hook_enabled)));
  whole->waves = IS_EMPTY (PICK (waves)) ? NULL : PICK (waves);
  return whole;
}

/* Targets that only servers have. */
static gboolean
check_no_server_targets (const ApiDeploymentGroupInfo *whole, const ApiDeploymentGroupInfo *given,
                         const char *platform, GError **error)
{
  if (whole->ec2_tag_filters != NULL || whole->ec2_tag_set != NULL)
    return refuse (error, API_ERR_INVALID_EC2_TAG,
                   "For %s deployment group, EC2 tags can not be specified", platform);
  if (whole->on_premises_instance_tag_filters != NULL || whole->on_premises_tag_set != NULL)
    return refuse (error, API_ERR_INVALID_TAG,
                   "For %s deployment group, on-premises tags can not be specified", platform);
  if (given->auto_scaling_groups != NULL)
    return refuse (error, API_ERR_INVALID_AUTO_SCALING_GROUP,
                   "For %s deployment group, autoScalingGroups can not be specified", platform);
  if (whole->waves != NULL)
    return refuse (error, API_ERR_INVALID_INPUT,
                   "For %s deployment group, waves can not be specified", platform);
  if (whole->new_hosts_strategy != NULL)
    return refuse (error, API_ERR_INVALID_INPUT,
                   "For %s deployment group, newHostsStrategy can not be specified", platform);
  return TRUE;
}

static gboolean
has_traffic_control (const ApiDeploymentStyle *style)
{
  return api_deployment_option_from_name (style->deployment_option) ==
         API_DEPLOYMENT_OPTION_WITH_TRAFFIC_CONTROL;
}

static gboolean
check_shifting_style (const ApiDeploymentStyle *style, const char *platform, GError **error)
{
  if (is_blue_green (style) && has_traffic_control (style))
    return TRUE;
  return refuse (error, API_ERR_INVALID_DEPLOYMENT_STYLE,
                 "For %s deployment, the deployment type must be BLUE_GREEN, and deployment option"
                 " must be WITH_TRAFFIC_CONTROL.",
                 platform);
}

static gboolean
check_no_ecs_services (const ApiDeploymentGroupInfo *whole, const char *platform, GError **error)
{
  if (whole->ecs_services == NULL)
    return TRUE;
  return refuse (error, API_ERR_INVALID_ECS_SERVICE,
                 "For %s deployment group, ecsServices can not be specified", platform);
}

static gboolean
check_wait_time (const ApiDeploymentGroupInfo *whole, gint64 limit, GError **error)
{
  const ApiBlueGreenDeploymentConfiguration *blue_green =
      whole->blue_green_deployment_configuration;
  return blue_green == NULL || blue_green->deployment_ready_option == NULL ||
         check_minutes (blue_green->deployment_ready_option->wait_time_in_minutes, limit,
                        "waitTimeInMinutes", error);
}

static gboolean
check_server (const ApiDeploymentGroupInfo *whole, const ApiDeploymentGroupInfo *given,
              const Quotas *quotas, GError **error)
{
  const ApiLoadBalancerInfo *balancer = whole->load_balancer_info;
  if (!check_wait_time (whole, quotas->ready_wait_minutes, error))
    return FALSE;
  /* A request without the blue/green block may still have taken the group away that the stored block copies. */
  if (given->blue_green_deployment_configuration == NULL && given->auto_scaling_groups != NULL &&
      copies_fleet (whole->blue_green_deployment_configuration) &&
      !check_fleet_to_copy (whole->auto_scaling_groups, error))
    return FALSE;
  if (has_traffic_control (whole->deployment_style) &&
      (balancer == NULL ||
       (IS_EMPTY (balancer->elb_info_list) && IS_EMPTY (balancer->target_group_info_list))))
    return refuse (error, API_ERR_INVALID_LOAD_BALANCER_INFO,
                   "ELB information has to contain at least 1 ELB.");
  if (!IS_EMPTY (given->waves) && is_blue_green (whole->deployment_style))
    return refuse (error, API_ERR_INVALID_INPUT,
                   "waves is for in-place deployments, and deployment group %s is of type "
                   "BLUE_GREEN: leave out waves, or give it the deploymentType IN_PLACE",
                   given->deployment_group_name);
  return check_no_ecs_services (whole, "Server", error);
}

static gboolean
check_lambda (const ApiDeploymentGroupInfo *whole, const ApiDeploymentGroupInfo *given,
              const Quotas *quotas, GError **error)
{
  return check_no_server_targets (whole, given, "Lambda", error) &&
         check_shifting_style (whole->deployment_style, "Lambda", error) &&
         check_wait_time (whole, quotas->ready_wait_minutes, error) &&
         check_no_ecs_services (whole, "Lambda", error);
}

static gboolean
check_ecs_service (const ApiDeploymentGroupInfo *whole, const ApiDeploymentGroupInfo *given,
                   GError **error)
{
  const ApiECSServiceList *services =
      given->ecs_services != NULL ? given->ecs_services : whole->ecs_services;
  if (services == NULL || services->n != 1)
    return refuse (error, API_ERR_INVALID_ECS_SERVICE,
                   "For ECS deployment group, exactly one ECS service must be specified");
  if (services->items[0]->cluster_name == NULL || services->items[0]->service_name == NULL)
    return refuse (error, API_ERR_INVALID_ECS_SERVICE,
                   "An ECS service must have a clusterName and a serviceName");
  return TRUE;
}

static gboolean
check_ecs (const ApiDeploymentGroupInfo *whole, const ApiDeploymentGroupInfo *given,
           const Quotas *quotas, GError **error)
{
  const ApiLoadBalancerInfo *balancer = whole->load_balancer_info;
  const ApiBlueGreenDeploymentConfiguration *blue_green =
      whole->blue_green_deployment_configuration;
  if (!check_no_server_targets (whole, given, "ECS", error) ||
      !check_shifting_style (whole->deployment_style, "ECS", error))
    return FALSE;
  if (balancer == NULL)
    return refuse (error, API_ERR_INVALID_LOAD_BALANCER_INFO,
                   "For ECS deployment group, loadBalancerInfo must be specified");
  if (balancer->target_group_pair_info_list == NULL ||
      balancer->target_group_pair_info_list->n != 1)
    return refuse (error, API_ERR_INVALID_LOAD_BALANCER_INFO,
                   "For ECS deployment group, targetGroupPairInfoList must have exactly one pair");
  if (blue_green == NULL)
    return refuse (error, API_ERR_INVALID_BLUE_GREEN_DEPLOYMENT_CONFIGURATION,
                   "For ECS deployment group, blueGreenDeploymentConfiguration must be specified");
  if (blue_green->green_fleet_provisioning_option != NULL)
    return refuse (error, API_ERR_INVALID_BLUE_GREEN_DEPLOYMENT_CONFIGURATION,
                   "For ECS deployment group, greenFleetProvisioningOption can not be specified");
  return check_wait_time (whole, quotas->ready_wait_minutes_ecs, error) &&
         check_ecs_service (whole, given, error);
}

gboolean
group_rules_check_whole (const ApiDeploymentGroupInfo *whole, const ApiDeploymentGroupInfo *given,
                         ComputePlatform platform, const Quotas *quotas, GError **error)
{
  switch (platform) {
  case COMPUTE_PLATFORM_LAMBDA:
    return check_lambda (whole, given, quotas, error);
  case COMPUTE_PLATFORM_ECS:
    return check_ecs (whole, given, quotas, error);
  case COMPUTE_PLATFORM_SERVER:
    break;
  }
  return check_server (whole, given, quotas, error);
}

const char *
group_rules_ecs_service (const ApiDeploymentGroupInfo *whole, Arena *arena)
{
  if (whole->ecs_services == NULL)
    return NULL;
  const ApiECSService *service = whole->ecs_services->items[0];
  return arena_printf (arena, "%s:%s", service->cluster_name, service->service_name);
}
