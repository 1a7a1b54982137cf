#include "server/integrations/autoscaling.h"

#include <string.h>

#include "core/arn.h"

#include "server/integrations/autoscaling-query.h"

/* As the public service has them (deployments.md 6.4). */
#define HEARTBEAT_TIMEOUT_S "600"
#define DEFAULT_RESULT      "ABANDON"
/* Groups that one request names: each comes with all its instances, and an answer may have 4 MiB (xml-tree.h). */
#define GROUPS_AT_ONCE 5
/* Of their answer. */
#define MOST_PAGES 20

gboolean
autoscaling_is_gone (const GError *error, const char *code)
{
  /* "Failed to find Auto Scaling group", "No active Lifecycle Action found", "... not found": all ValidationError. */
  return g_error_matches (error, AWS_ERROR, AWS_ERROR_REFUSED) &&
         g_strcmp0 (code, "ValidationError") == 0 &&
         (strstr (error->message, "not found") != NULL ||
          strstr (error->message, "No active") != NULL ||
          strstr (error->message, "Failed to find") != NULL ||
          strstr (error->message, "does not exist") != NULL);
}

/* ---- groups ---- */

static gboolean
describe_some (const AwsCaller *caller, const char *const *names, gsize n, Arena *arena,
               GPtrArray *out, const char **out_code, GError **error)
{
  const char *token = NULL;
  for (guint page = 0; page < MOST_PAGES; page++) {
    g_auto (AwsQuery) query = autoscaling_query ("DescribeAutoScalingGroups");
    for (gsize i = 0; i < n; i++)
      aws_query_add (&query, names[i], "AutoScalingGroupNames.member.%u", (guint)i + 1);
    aws_query_add (&query, "100", "MaxRecords");
    if (token != NULL)
      aws_query_add (&query, token, "NextToken");
    const XmlNode *root = aws_client_query (caller, &query, arena, out_code, error);
    if (root == NULL)
      return FALSE;
    const XmlNode *result = xml_node_find (root, "DescribeAutoScalingGroupsResult");
    const XmlNode *member = xml_node_find (result, "AutoScalingGroups/member");
    for (; member != NULL; member = xml_node_next (member))
      g_ptr_array_add (out, (gpointer)member);
    token = xml_node_text (result, "NextToken");
    if (token == NULL || *token == '\0')
      return TRUE;
  }
  g_set_error (error, AWS_ERROR, AWS_ERROR_REFUSED,
               "autoscaling DescribeAutoScalingGroups has more than %u pages for %zu names",
               MOST_PAGES, n);
  return FALSE;
}

gboolean
autoscaling_describe (const AwsCaller *caller, const char *const *names, gsize n, Arena *arena,
                      GPtrArray *out, const char **out_code, GError **error)
{
  for (gsize from = 0; from < n; from += GROUPS_AT_ONCE)
    if (!describe_some (caller, names + from, MIN (GROUPS_AT_ONCE, n - from), arena, out, out_code,
                        error))
      return FALSE;
  return TRUE;
}

void
autoscaling_read_members (const XmlNode *group, Arena *arena, GArray *out)
{
  Arn arn;
  if (!arn_parse (xml_node_text (group, "AutoScalingGroupARN"), arena, &arn))
    return;
  const ArnScope scope = { arn.partition, arn.region, arn.account_id };
  const XmlNode *item = xml_node_find (group, "Instances/member");
  for (; item != NULL; item = xml_node_next (item)) {
    const char *id = xml_node_text (item, "InstanceId");
    if (id == NULL)
      continue;
    const FleetMember member = { .id = id,
                                 .arn = arn_for_ec2_instance (arena, &scope, id),
                                 .zone = xml_node_text (item, "AvailabilityZone"),
                                 .auto_scaling_group =
                                     xml_node_text (group, "AutoScalingGroupName"),
                                 .lifecycle_state = xml_node_text (item, "LifecycleState") };
    g_array_append_val (out, member);
  }
}

/* ---- hooks ---- */

static AwsQuery
hook_query (const char *action, const AutoscalingHook *hook)
{
  AwsQuery query = autoscaling_query (action);
  aws_query_add (&query, hook->group, "AutoScalingGroupName");
  aws_query_add (&query, hook->name, "LifecycleHookName");
  return query;
}

gboolean
autoscaling_put_hook (const AwsCaller *caller, const AutoscalingHook *hook, Arena *arena,
                      const char **out_code, GError **error)
{
  g_auto (AwsQuery) query = hook_query ("PutLifecycleHook", hook);
  aws_query_add (&query, hook->transition, "LifecycleTransition");
  aws_query_add (&query, hook->metadata, "NotificationMetadata");
  aws_query_add (&query, HEARTBEAT_TIMEOUT_S, "HeartbeatTimeout");
  aws_query_add (&query, DEFAULT_RESULT, "DefaultResult");
  return aws_client_query (caller, &query, arena, out_code, error) != NULL;
}

gboolean
autoscaling_delete_hook (const AwsCaller *caller, const AutoscalingHook *hook, Arena *arena,
                         const char **out_code, GError **error)
{
  g_auto (AwsQuery) query = hook_query ("DeleteLifecycleHook", hook);
  g_autoptr (GError) problem = NULL;
  if (aws_client_query (caller, &query, arena, out_code, &problem) != NULL ||
      autoscaling_is_gone (problem, *out_code))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

gboolean
autoscaling_heartbeat (const AwsCaller *caller, const AutoscalingHook *hook,
                       const char *instance_id, Arena *arena, const char **out_code, GError **error)
{
  g_auto (AwsQuery) query = hook_query ("RecordLifecycleActionHeartbeat", hook);
  aws_query_add (&query, instance_id, "InstanceId");
  return aws_client_query (caller, &query, arena, out_code, error) != NULL;
}

gboolean
autoscaling_complete (const AwsCaller *caller, const AutoscalingHook *hook, const char *instance_id,
                      const char *result, Arena *arena, const char **out_code, GError **error)
{
  g_auto (AwsQuery) query = hook_query ("CompleteLifecycleAction", hook);
  aws_query_add (&query, result, "LifecycleActionResult");
  aws_query_add (&query, instance_id, "InstanceId");
  return aws_client_query (caller, &query, arena, out_code, error) != NULL;
}
