#include "server/integrations/autoscaling-copy.h"

#include <string.h>

#include "server/integrations/autoscaling-query.h"
#include "server/integrations/autoscaling.h"

/* ---- answers as requests ---- */

/* An element of an answer, as the parameter of a request of the same name: lists are numbered, structures dotted. */
static void
add_node (AwsQuery *query, const XmlNode *node, const char *name, Arena *arena)
{
  if (node == NULL)
    return;
  if (node->first == NULL) {
    if (*node->text != '\0')
      aws_query_add (query, node->text, "%s", name);
    return;
  }
  guint i = 0;
  for (const XmlNode *child = node->first; child != NULL; child = child->next)
    add_node (query, child,
              strcmp (child->name, "member") == 0
                  ? arena_printf (arena, "%s.member.%u", name, ++i)
                  : arena_printf (arena, "%s.%s", name, child->name),
              arena);
}

static void
add_members (AwsQuery *query, const XmlNode *from, const char *const *names, gsize n, Arena *arena)
{
  for (gsize i = 0; i < n; i++)
    add_node (query, xml_node_find (from, names[i]), names[i], arena);
}

static const XmlNode *
call (AutoscalingCopy *copy, const AwsQuery *query, GError **error)
{
  return aws_client_query (&copy->caller, query, copy->arena, &copy->code, error);
}

static AwsQuery
query_for (const char *action, const char *name)
{
  AwsQuery query = autoscaling_query (action);
  aws_query_add (&query, name, "AutoScalingGroupName");
  return query;
}

/* ---- the group ---- */

/* Of a template's id and name a request takes one. */
static void
add_template (AwsQuery *query, const XmlNode *template, const char *name, Arena *arena)
{
  for (const XmlNode *child = template != NULL ? template->first : NULL; child != NULL;
       child = child->next)
    if (strcmp (child->name, "LaunchTemplateName") != 0 ||
        xml_node_find (template, "LaunchTemplateId") == NULL)
      add_node (query, child, arena_printf (arena, "%s.%s", name, child->name), arena);
}

static void
add_mixed_instances (AwsQuery *query, const XmlNode *policy, Arena *arena)
{
  static const char prefix[] = "MixedInstancesPolicy.LaunchTemplate";
  guint i = 0;
  add_node (query, xml_node_find (policy, "InstancesDistribution"),
            "MixedInstancesPolicy.InstancesDistribution", arena);
  add_template (query, xml_node_find (policy, "LaunchTemplate/LaunchTemplateSpecification"),
                arena_printf (arena, "%s.LaunchTemplateSpecification", prefix), arena);
  const XmlNode *member = xml_node_find (policy, "LaunchTemplate/Overrides/member");
  for (; member != NULL; member = xml_node_next (member)) {
    const char *name = arena_printf (arena, "%s.Overrides.member.%u", prefix, ++i);
    for (const XmlNode *child = member->first; child != NULL; child = child->next)
      if (strcmp (child->name, "LaunchTemplateSpecification") == 0)
        add_template (query, child, arena_printf (arena, "%s.%s", name, child->name), arena);
      else
        add_node (query, child, arena_printf (arena, "%s.%s", name, child->name), arena);
  }
}

static void
add_tag (AwsQuery *query, guint number, const char *key, const char *value, const char *propagates)
{
  aws_query_add (query, key, "Tags.member.%u.Key", number);
  aws_query_add (query, value, "Tags.member.%u.Value", number);
  aws_query_add (query, propagates, "Tags.member.%u.PropagateAtLaunch", number);
}

/* Those of aws: are nobody's to set; one of an earlier copy is replaced. */
static void
add_tags (AwsQuery *query, const XmlNode *source, const char *deployment_id)
{
  guint n = 0;
  const XmlNode *member = xml_node_find (source, "Tags/member");
  for (; member != NULL; member = xml_node_next (member)) {
    const char *key = xml_node_text (member, "Key");
    const char *value = xml_node_text (member, "Value");
    const char *propagates = xml_node_text (member, "PropagateAtLaunch");
    if (key == NULL || g_str_has_prefix (key, "aws:") ||
        strcmp (key, AUTOSCALING_PROVISIONING_TAG) == 0)
      continue;
    add_tag (query, ++n, key, value != NULL ? value : "",
             propagates != NULL ? propagates : "false");
  }
  add_tag (query, ++n, AUTOSCALING_PROVISIONING_TAG, deployment_id, "true");
}

gboolean
autoscaling_copy_create (AutoscalingCopy *copy, const XmlNode *source, const char *name,
                         const char *deployment_id, GError **error)
{
  static const char *const members[] = {
    "LaunchConfigurationName",
    "AvailabilityZones",
    "VPCZoneIdentifier",
    "MaxSize",
    "DefaultCooldown",
    "TerminationPolicies",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "PlacementGroup",
    "CapacityRebalance",
    "ServiceLinkedRoleARN",
    "MaxInstanceLifetime",
    "Context",
    "DesiredCapacityType",
    "DefaultInstanceWarmup",
    "NewInstancesProtectedFromScaleIn",
  };
  g_auto (AwsQuery) query = query_for ("CreateAutoScalingGroup", name);
  g_autoptr (GError) problem = NULL;
  add_template (&query, xml_node_find (source, "LaunchTemplate"), "LaunchTemplate", copy->arena);
  const XmlNode *mixed = xml_node_find (source, "MixedInstancesPolicy");
  if (mixed != NULL)
    add_mixed_instances (&query, mixed, copy->arena);
  add_members (&query, source, members, G_N_ELEMENTS (members), copy->arena);
  aws_query_add (&query, "0", "MinSize");
  aws_query_add (&query, "0", "DesiredCapacity");
  add_tags (&query, source, deployment_id);
  if (call (copy, &query, &problem) != NULL || g_strcmp0 (copy->code, "AlreadyExists") == 0)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* ---- what belongs to it ---- */

static const XmlNode *
alarm_of_name (AutoscalingCopy *copy, const char *name, GError **error)
{
  g_auto (AwsQuery) query = aws_query ("monitoring", "2010-08-01", "DescribeAlarms");
  aws_query_add (&query, name, "AlarmNames.member.1");
  const XmlNode *root = call (copy, &query, error);
  if (root == NULL)
    return NULL;
  const XmlNode *alarm = xml_node_find (root, "DescribeAlarmsResult/MetricAlarms/member");
  return alarm != NULL ? alarm : root; /* gone meanwhile: one without a metric */
}

static void
add_dimensions (AwsQuery *query, const XmlNode *alarm, const char *group)
{
  guint i = 0;
  const XmlNode *member = xml_node_find (alarm, "Dimensions/member");
  for (; member != NULL; member = xml_node_next (member)) {
    const char *key = xml_node_text (member, "Name"), *value = xml_node_text (member, "Value");
    gboolean of_group = g_strcmp0 (key, "AutoScalingGroupName") == 0;
    i++;
    aws_query_add (query, key != NULL ? key : "", "Dimensions.member.%u.Name", i);
    aws_query_add (query,
                   of_group        ? group
                   : value != NULL ? value
                                   : "",
                   "Dimensions.member.%u.Value", i);
  }
}

/* An alarm that moves a policy of the original gets one beside it that moves the copy's. */
static gboolean
copy_alarm (AutoscalingCopy *copy, const char *name, const char *group, const char *policy_arn,
            GError **error)
{
  static const char *const members[] = {
    "AlarmDescription",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "ActionsEnabled",
  };
  const XmlNode *alarm = alarm_of_name (copy, name, error);
  if (alarm == NULL)
    return FALSE;
  if (xml_node_find (alarm, "MetricName") == NULL)
    return TRUE;
  g_auto (AwsQuery) query = aws_query ("monitoring", "2010-08-01", "PutMetricAlarm");
  aws_query_add (&query, arena_printf (copy->arena, "%s-%s", name, group), "AlarmName");
  add_members (&query, alarm, members, G_N_ELEMENTS (members), copy->arena);
  add_dimensions (&query, alarm, group);
  aws_query_add (&query, policy_arn, "AlarmActions.member.1");
  return call (copy, &query, error) != NULL;
}

static gboolean
copy_policy (AutoscalingCopy *copy, const XmlNode *policy, const char *name, GError **error)
{
  static const char *const members[] = {
    "PolicyName",
    "PolicyType",
    "AdjustmentType",
    "MinAdjustmentStep",
    "MinAdjustmentMagnitude",
    "ScalingAdjustment",
    "Cooldown",
    "MetricAggregationType",
    "StepAdjustments",
    "EstimatedInstanceWarmup",
    "TargetTrackingConfiguration",
    "Enabled",
    "PredictiveScalingConfiguration",
  };
  g_auto (AwsQuery) query = query_for ("PutScalingPolicy", name);
  add_members (&query, policy, members, G_N_ELEMENTS (members), copy->arena);
  const XmlNode *root = call (copy, &query, error);
  if (root == NULL)
    return FALSE;
  /* Auto Scaling makes the alarms of target tracking itself. */
  const char *arn = xml_node_text (root, "PutScalingPolicyResult/PolicyARN");
  if (arn == NULL || xml_node_find (policy, "TargetTrackingConfiguration") != NULL)
    return TRUE;
  const XmlNode *alarm = xml_node_find (policy, "Alarms/member");
  for (; alarm != NULL; alarm = xml_node_next (alarm)) {
    const char *alarm_name = xml_node_text (alarm, "AlarmName");
    if (alarm_name != NULL && !copy_alarm (copy, alarm_name, name, arn, error))
      return FALSE;
  }
  return TRUE;
}

/* All pages of what belongs to a group; each element is handed to fn. */
typedef gboolean (*CopyElement) (AutoscalingCopy *copy, const XmlNode *element, const char *name,
                                 GError **error);

#define MOST_PAGES 20

static gboolean
copy_each (AutoscalingCopy *copy, const char *action, const char *list, const char *by,
           const char *source_name, CopyElement fn, const char *name, GError **error)
{
  const char *token = NULL;
  for (guint page = 0; page < MOST_PAGES; page++) {
    g_auto (AwsQuery) query = autoscaling_query (action);
    aws_query_add (&query, source_name, "%s", by);
    if (token != NULL)
      aws_query_add (&query, token, "NextToken");
    const XmlNode *root = call (copy, &query, error);
    if (root == NULL)
      return FALSE;
    const char *result = arena_printf (copy->arena, "%sResult", action);
    const XmlNode *element =
        xml_node_find (root, arena_printf (copy->arena, "%s/%s/member", result, list));
    for (; element != NULL; element = xml_node_next (element))
      if (!fn (copy, element, name, error))
        return FALSE;
    token = xml_node_text (root, arena_printf (copy->arena, "%s/NextToken", result));
    if (token == NULL || *token == '\0')
      return TRUE;
  }
  g_set_error (error, AWS_ERROR, AWS_ERROR_REFUSED, "%s has more than %u pages", action,
               MOST_PAGES);
  return FALSE;
}

static gboolean
copy_notification (AutoscalingCopy *copy, const XmlNode *element, const char *name, GError **error)
{
  g_auto (AwsQuery) query = query_for ("PutNotificationConfiguration", name);
  const char *topic = xml_node_text (element, "TopicARN");
  const char *type = xml_node_text (element, "NotificationType");
  if (topic == NULL || type == NULL)
    return TRUE;
  aws_query_add (&query, topic, "TopicARN");
  aws_query_add (&query, type, "NotificationTypes.member.1");
  return call (copy, &query, error) != NULL;
}

static gboolean
copy_scheduled_action (AutoscalingCopy *copy, const XmlNode *element, const char *name,
                       GError **error)
{
  static const char *const members[] = { "ScheduledActionName", "StartTime", "EndTime",
                                         "Recurrence",          "MinSize",   "MaxSize",
                                         "DesiredCapacity",     "TimeZone" };
  g_auto (AwsQuery) query = query_for ("PutScheduledUpdateGroupAction", name);
  add_members (&query, element, members, G_N_ELEMENTS (members), copy->arena);
  return call (copy, &query, error) != NULL;
}

static gboolean
copy_metrics (AutoscalingCopy *copy, const XmlNode *source, const char *name, GError **error)
{
  const XmlNode *member = xml_node_find (source, "EnabledMetrics/member");
  if (member == NULL)
    return TRUE;
  g_auto (AwsQuery) query = query_for ("EnableMetricsCollection", name);
  const char *granularity = xml_node_text (member, "Granularity");
  guint i = 0;
  aws_query_add (&query, granularity != NULL ? granularity : "1Minute", "Granularity");
  for (; member != NULL; member = xml_node_next (member)) {
    const char *metric = xml_node_text (member, "Metric");
    if (metric != NULL)
      aws_query_add (&query, metric, "Metrics.member.%u", ++i);
  }
  return call (copy, &query, error) != NULL;
}

static gboolean
copy_warm_pool (AutoscalingCopy *copy, const XmlNode *source, const char *name, GError **error)
{
  static const char *const members[] = { "MaxGroupPreparedCapacity", "MinSize", "PoolState",
                                         "InstanceReusePolicy" };
  const XmlNode *pool = xml_node_find (source, "WarmPoolConfiguration");
  if (pool == NULL || pool->first == NULL)
    return TRUE;
  g_auto (AwsQuery) query = query_for ("PutWarmPool", name);
  add_members (&query, pool, members, G_N_ELEMENTS (members), copy->arena);
  return call (copy, &query, error) != NULL;
}

gboolean
autoscaling_copy_settings (AutoscalingCopy *copy, const XmlNode *source, const char *name,
                           GError **error)
{
  const char *from = xml_node_text (source, "AutoScalingGroupName");
  return copy_each (copy, "DescribePolicies", "ScalingPolicies", "AutoScalingGroupName", from,
                    copy_policy, name, error) &&
         copy_each (copy, "DescribeNotificationConfigurations", "NotificationConfigurations",
                    "AutoScalingGroupNames.member.1", from, copy_notification, name, error) &&
         copy_each (copy, "DescribeScheduledActions", "ScheduledUpdateGroupActions",
                    "AutoScalingGroupName", from, copy_scheduled_action, name, error) &&
         copy_metrics (copy, source, name, error) && copy_warm_pool (copy, source, name, error);
}

gboolean
autoscaling_copy_resize (AutoscalingCopy *copy, const char *name, const char *minimum,
                         guint desired, GError **error)
{
  g_auto (AwsQuery) query = query_for ("UpdateAutoScalingGroup", name);
  aws_query_add (&query, minimum, "MinSize");
  aws_query_add (&query, arena_printf (copy->arena, "%u", desired), "DesiredCapacity");
  return call (copy, &query, error) != NULL;
}

gboolean
autoscaling_copy_processes (AutoscalingCopy *copy, const char *name, AutoscalingProcesses what,
                            GError **error)
{
  static const char *const processes[] = { "AddToLoadBalancer", "AlarmNotification",
                                           "ScheduledActions" };
  g_auto (AwsQuery) query =
      query_for (what == AUTOSCALING_SUSPEND ? "SuspendProcesses" : "ResumeProcesses", name);
  for (guint i = 0; i < G_N_ELEMENTS (processes); i++)
    aws_query_add (&query, processes[i], "ScalingProcesses.member.%u", i + 1);
  return call (copy, &query, error) != NULL;
}

/* ---- taking the other's place ---- */

static gboolean
attach (AutoscalingCopy *copy, const XmlNode *source, const char *list, const char *action,
        const char *name, GError **error)
{
  const XmlNode *names = xml_node_find (source, list);
  if (names == NULL || names->first == NULL)
    return TRUE;
  g_auto (AwsQuery) query = query_for (action, name);
  add_node (&query, names, list, copy->arena);
  return call (copy, &query, error) != NULL;
}

gboolean
autoscaling_copy_attach (AutoscalingCopy *copy, const XmlNode *source, const char *name,
                         GError **error)
{
  return attach (copy, source, "LoadBalancerNames", "AttachLoadBalancers", name, error) &&
         attach (copy, source, "TargetGroupARNs", "AttachLoadBalancerTargetGroups", name, error);
}

gboolean
autoscaling_copy_drop_hooks (AutoscalingCopy *copy, const char *name, const char *group_id,
                             GError **error)
{
  g_auto (AwsQuery) query = query_for ("DescribeLifecycleHooks", name);
  const XmlNode *root = call (copy, &query, error);
  if (root == NULL)
    return FALSE;
  const XmlNode *member =
      xml_node_find (root, "DescribeLifecycleHooksResult/LifecycleHooks/member");
  for (; member != NULL; member = xml_node_next (member)) {
    const AutoscalingHook hook = { .group = name,
                                   .name = xml_node_text (member, "LifecycleHookName") };
    const char *whose = xml_node_text (member, "NotificationMetadata");
    if (hook.name != NULL && g_str_has_prefix (hook.name, AUTOSCALING_HOOK_PREFIX) &&
        g_strcmp0 (whose, group_id) == 0 &&
        !autoscaling_delete_hook (&copy->caller, &hook, copy->arena, &copy->code, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
autoscaling_copy_delete (AutoscalingCopy *copy, const char *name, GError **error)
{
  g_auto (AwsQuery) query = query_for ("DeleteAutoScalingGroup", name);
  g_autoptr (GError) problem = NULL;
  aws_query_add (&query, "true", "ForceDelete");
  if (call (copy, &query, &problem) != NULL || autoscaling_is_gone (problem, copy->code))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}
