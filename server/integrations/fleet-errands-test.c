#include "server/integrations/fleet-errands.h"

#include "server/engine/fleet-text.h"
#include "server/integrations/test-aws.h"

#define NOW_MS G_GINT64_CONSTANT (1790000000000)

/* EC2 and Auto Scaling with a little memory. */
typedef struct {
  AmbientFake fake;
  Ambient ambient;
  TestAws *aws;
  AwsClient *client;
  gint64 end_us, tries; /* of errands */
  FleetErrands errands;
  ErrandPerformer performers[ERRAND_N_KINDS];
  Arena *arena;
  guint status;               /* of every answer; 200: as asked */
  const char *code;           /* of a refusal */
  const char *refused_action; /* NULL: every one */
  gboolean in_pages;          /* groups come after an empty page */
  gboolean copy_is_there;
  guint in_service; /* of the copy */
  GString *actions;
} Fixture;

#define ASG_ARN(name)                                                                              \
  "<AutoScalingGroupARN>arn:aws:autoscaling:eu-west-3:123456789012:autoScalingGroup:uuid:"         \
  "autoScalingGroupName/" name "</AutoScalingGroupARN>"

static const char original_group[] =
    "<member><AutoScalingGroupName>web</AutoScalingGroupName>" ASG_ARN (
        "web") "<LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><LaunchTemplateName>t"
               "</LaunchTemplateName><Version>7</Version></LaunchTemplate><MinSize>1</MinSize>"
               "<MaxSize>2</MaxSize><DefaultCooldown>300</"
               "DefaultCooldown><AvailabilityZones><member>"
               "eu-west-3a</member><member>eu-west-3b</member></"
               "AvailabilityZones><VPCZoneIdentifier>"
               "subnet-1,subnet-2</VPCZoneIdentifier><HealthCheckType>ELB</HealthCheckType>"
               "<TargetGroupARNs><member>arn:tg</member></TargetGroupARNs><LoadBalancerNames/>"
               "<TerminationPolicies><member>Default</member></TerminationPolicies><Tags><member>"
               "<Key>role</Key><Value>web</Value><PropagateAtLaunch>true</PropagateAtLaunch></"
               "member>"
               "<member><Key>aws:cloudformation:stack-name</Key><Value>x</"
               "Value><PropagateAtLaunch>true"
               "</PropagateAtLaunch></member></Tags><EnabledMetrics><member><Metric>GroupMinSize</"
               "Metric>"
               "<Granularity>1Minute</Granularity></member></EnabledMetrics><Instances><member>"
               "<InstanceId>i-1</InstanceId><AvailabilityZone>eu-west-3a</"
               "AvailabilityZone><LifecycleState>"
               "InService</LifecycleState></member><member><InstanceId>i-2</"
               "InstanceId><AvailabilityZone>"
               "eu-west-3b</AvailabilityZone><LifecycleState>InService</LifecycleState></"
               "member><member>"
               "<InstanceId>i-3</InstanceId><AvailabilityZone>eu-west-3a</"
               "AvailabilityZone><LifecycleState>"
               "Pending:Wait</LifecycleState></member></Instances></member>";

static char *
describe_groups (Fixture *f, const TestAwsCall *call)
{
  g_autoptr (GString) text = g_string_new (
      "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>");
  gboolean has_token = test_aws_parameter (call, "NextToken") != NULL;
  for (guint i = 1; i <= 2; i++) {
    g_autofree char *key = g_strdup_printf ("AutoScalingGroupNames.member.%u", i);
    const char *name = test_aws_parameter (call, key);
    if (g_strcmp0 (name, "web") == 0 && (!f->in_pages || has_token))
      g_string_append (text, original_group);
    if (g_strcmp0 (name, "copy") != 0 || !f->copy_is_there)
      continue;
    g_string_append (text, "<member><AutoScalingGroupName>copy</AutoScalingGroupName>" ASG_ARN (
                               "copy") "<Instances>");
    for (guint n = 0; n < f->in_service; n++)
      g_string_append_printf (text,
                              "<member><InstanceId>i-c%u</InstanceId><AvailabilityZone>eu-west-3a"
                              "</AvailabilityZone><LifecycleState>InService</LifecycleState>"
                              "</member>",
                              n);
    g_string_append (text, "</Instances></member>");
  }
  g_string_append (text, "</AutoScalingGroups>");
  if (f->in_pages && !has_token)
    g_string_append (text, "<NextToken>more</NextToken>");
  g_string_append (text, "</DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

#define INSTANCE(id, state, key, value)                                                            \
  "<item><reservationId>r</reservationId><ownerId>123456789012</ownerId><instancesSet><item>"      \
  "<instanceId>" id "</instanceId><instanceState><code>16</code><name>" state                      \
  "</name></instanceState><placement><availabilityZone>eu-west-3a</availabilityZone></placement>"  \
  "<tagSet><item><key>" key "</key><value>" value "</value></item></tagSet></item>"                \
  "</instancesSet></item>"

static char *
describe_instances (const TestAwsCall *call)
{
  if (test_aws_parameter (call, "NextToken") == NULL)
    return g_strdup (
        "<DescribeInstancesResponse><reservationSet>" INSTANCE ("i-a", "running", "role", "web")
            INSTANCE ("i-b", "stopping", "role",
                      "web") "</reservationSet><nextToken>more</nextToken>"
                             "</DescribeInstancesResponse>");
  return g_strdup (
      "<DescribeInstancesResponse><reservationSet>" INSTANCE ("i-c", "stopped", "role", "web")
          INSTANCE ("i-d", "running", "role",
                    "w?b") "</reservationSet></DescribeInstancesResponse>");
}

#define HOOK_OF(name, whose)                                                                       \
  "<member><LifecycleHookName>" name "</LifecycleHookName><NotificationMetadata>" whose            \
  "</NotificationMetadata></member>"

static char *
answer (const TestAwsCall *call, guint *status, gpointer data)
{
  Fixture *f = data;
  g_string_append_printf (f->actions, "%s%s", f->actions->len > 0 ? " " : "", call->action);
  if (f->status != 200 &&
      (f->refused_action == NULL || strcmp (f->refused_action, call->action) == 0)) {
    *status = f->status;
    return g_strdup_printf ("<ErrorResponse><Error><Code>%s</Code><Message>No active Lifecycle "
                            "Action found</Message></Error></ErrorResponse>",
                            f->code);
  }
  if (strcmp (call->action, "DescribeInstances") == 0)
    return describe_instances (call);
  if (strcmp (call->action, "DescribeAutoScalingGroups") == 0)
    return describe_groups (f, call);
  if (strcmp (call->action, "CreateAutoScalingGroup") == 0)
    f->copy_is_there = TRUE;
  if (strcmp (call->action, "DescribePolicies") == 0)
    return g_strdup ("<R><DescribePoliciesResult><ScalingPolicies><member><PolicyName>up"
                     "</PolicyName><PolicyType>SimpleScaling</PolicyType><AdjustmentType>"
                     "ChangeInCapacity</AdjustmentType><ScalingAdjustment>2</ScalingAdjustment>"
                     "<Alarms><member><AlarmName>busy</AlarmName></member></Alarms></member>"
                     "</ScalingPolicies></DescribePoliciesResult></R>");
  if (strcmp (call->action, "PutScalingPolicy") == 0)
    return g_strdup ("<R><PutScalingPolicyResult><PolicyARN>arn:policy</PolicyARN>"
                     "</PutScalingPolicyResult></R>");
  if (strcmp (call->action, "DescribeAlarms") == 0)
    return g_strdup ("<R><DescribeAlarmsResult><MetricAlarms><member><MetricName>CPU</MetricName>"
                     "<Dimensions><member><Name>AutoScalingGroupName</Name><Value>web</Value>"
                     "</member></Dimensions><EvaluationPeriods>2</EvaluationPeriods><Threshold>80.0"
                     "</Threshold><ComparisonOperator>GreaterThanThreshold</ComparisonOperator>"
                     "</member></MetricAlarms></DescribeAlarmsResult></R>");
  if (strcmp (call->action, "DescribeNotificationConfigurations") == 0)
    return g_strdup ("<R><DescribeNotificationConfigurationsResult><NotificationConfigurations>"
                     "<member><TopicARN>arn:topic</TopicARN><NotificationType>autoscaling:"
                     "EC2_INSTANCE_LAUNCH</NotificationType></member></NotificationConfigurations>"
                     "</DescribeNotificationConfigurationsResult></R>");
  if (strcmp (call->action, "DescribeLifecycleHooks") == 0)
    return g_strdup (
        "<R><DescribeLifecycleHooksResult><LifecycleHooks>" HOOK_OF (
            "CodeDeploy-managed-automatic-launch-deployment-hook-dg-1", "g")
            HOOK_OF ("CodeDeploy-managed-automatic-launch-deployment-hook-dg-2-1", "other")
                HOOK_OF ("CodeDeploy-managed-automatic-termination-deployment-hook-dg-2", "g")
                    HOOK_OF ("mine", "g") "</LifecycleHooks>"
                                          "</DescribeLifecycleHooksResult></R>");
  return g_strdup ("<R/>");
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->fake = (AmbientFake){ .now_ms = NOW_MS, .seed = 7 };
  f->ambient = ambient_fake (&f->fake);
  f->actions = g_string_new (NULL);
  f->status = 200;
  f->tries = 1;
  f->aws = test_aws_start (answer, f, NOW_MS);
  f->client = aws_client_new (&f->aws->settings, &f->ambient);
  f->errands = (FleetErrands){ { f->client, 0 }, "aws", "eu-west-3" };
  fleet_errands_install (&f->errands, f->performers);
  f->arena = arena_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  aws_client_free (f->client);
  test_aws_stop (f->aws);
  arena_free (f->arena);
  g_string_free (f->actions, TRUE);
}

/* request: JSON with ' for ". */
static ErrandResult
perform (Fixture *f, ErrandKind kind, const char *request, const char *state)
{
  ErrandResult result = { 0 };
  const ErrandRecord errand = { .owner_id = "d-1",
                                .kind = kind,
                                .tries = f->tries,
                                .request_json =
                                    g_strdelimit (arena_strdup (f->arena, request), "'", '"'),
                                .state_json = state };
  g_string_truncate (f->actions, 0);
  f->performers[kind].perform (f->performers[kind].ctx, &errand, f->end_us, f->arena, &result);
  return result;
}

#define BY_ROLE "{'tagGroups':[[{'Key':'role','Value':'web','Type':'KEY_AND_VALUE'}]],"

static void
test_list (Fixture *f, gconstpointer data)
{
  const ErrandResult result =
      perform (f, ERRAND_LIST_FLEET, BY_ROLE "'autoScalingGroups':['web']}", NULL);
  FleetMemberList list;
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (result.outcome, ==, ERRAND_DONE);
  g_assert_true (fleet_members_parse (result.answer_json, f->arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 4); /* i-b stops, i-d has another tag, i-3 is not in service */
  static const char *const ids[] = { "i-a", "i-c", "i-1", "i-2" };
  for (gsize i = 0; i < list.n; i++)
    g_assert_cmpstr (list.items[i].id, ==, ids[i]);
  g_assert_cmpstr (list.items[0].arn, ==, "arn:aws:ec2:eu-west-3:123456789012:instance/i-a");
  g_assert_cmpstr (list.items[2].arn, ==, "arn:aws:ec2:eu-west-3:123456789012:instance/i-1");
  g_assert_cmpstr (list.items[0].zone, ==, "eu-west-3a");
  g_assert_cmpstr (f->actions->str, ==,
                   "DescribeInstances DescribeInstances DescribeAutoScalingGroups");
  g_autofree char *calls = test_aws_take_calls (f->aws);
  g_assert_nonnull (strstr (calls, "ec2 Action=DescribeInstances&Version=2016-11-15&"
                                   "Filter.1.Name=instance-state-name&"));
  g_assert_nonnull (strstr (calls, "&Filter.2.Name=tag%3Arole&Filter.2.Value.1=web&"));
  g_assert_nonnull (strstr (calls, "&NextToken=more"));
}

/* * and ? in a tag's value are no wildcards. */
static void
test_wildcards (Fixture *f, gconstpointer data)
{
  perform (f, ERRAND_LIST_FLEET,
           "{'tagGroups':[[{'Key':'role','Value':'w?*b','Type':'KEY_AND_VALUE'}]],"
           "'autoScalingGroups':[]}",
           NULL);
  g_autofree char *calls = test_aws_take_calls (f->aws);
  g_assert_nonnull (strstr (calls, "Filter.2.Value.1=w%5C%3F%5C%2Ab&"));
}

static void
test_watch (Fixture *f, gconstpointer data)
{
  const ErrandResult result =
      perform (f, ERRAND_WATCH_SCALING, "{'tagGroups':[],'autoScalingGroups':['web']}", NULL);
  g_assert_cmpint (result.outcome, ==, ERRAND_DONE);
  g_assert_nonnull (strstr (result.answer_json, "\"lifecycleState\":\"Pending:Wait\""));
}

static void
test_failures (Fixture *f, gconstpointer data)
{
  static const struct {
    guint status;
    const char *code, *request;
    ErrandOutcome outcome;
    DeploymentError error;
  } rows[] = {
    { 403, "UnauthorizedOperation", BY_ROLE "'autoScalingGroups':[]}", ERRAND_REFUSED,
      DEPLOYMENT_ERROR_IAM_ROLE_PERMISSIONS },
    { 403, "AccessDenied", "{'tagGroups':[],'autoScalingGroups':['web']}", ERRAND_REFUSED,
      DEPLOYMENT_ERROR_AUTO_SCALING_IAM_ROLE_PERMISSIONS },
    { 403, "OptInRequired", BY_ROLE "'autoScalingGroups':[]}", ERRAND_REFUSED,
      DEPLOYMENT_ERROR_NO_EC2_SUBSCRIPTION },
    { 401, "AuthFailure", BY_ROLE "'autoScalingGroups':[]}", ERRAND_REFUSED,
      DEPLOYMENT_ERROR_IAM_ROLE_MISSING },
    { 503, "Unavailable", BY_ROLE "'autoScalingGroups':[]}", ERRAND_NOT_YET, 0 },
    { 503, "RequestLimitExceeded", BY_ROLE "'autoScalingGroups':[]}", ERRAND_NOT_YET, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    f->status = rows[i].status;
    f->code = rows[i].code;
    const ErrandResult result = perform (f, ERRAND_LIST_FLEET, rows[i].request, NULL);
    g_assert_cmpint (result.outcome, ==, rows[i].outcome);
    g_assert_nonnull (result.message);
    if (result.outcome == ERRAND_REFUSED)
      g_assert_cmpint (result.code, ==, rows[i].error);
    else
      g_assert_cmpint (result.again_ms, >, 0);
  }
  f->status = 200;
  const ErrandResult unknown =
      perform (f, ERRAND_LIST_FLEET, "{'tagGroups':[],'autoScalingGroups':['web','nobody']}", NULL);
  g_assert_cmpint (unknown.code, ==, DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION);
  g_assert_cmpstr (unknown.message, ==,
                   "there is no Auto Scaling group nobody in region eu-west-3");
  g_assert_cmpint (perform (f, ERRAND_LIST_FLEET, "{}", NULL).outcome, ==, ERRAND_REFUSED);
}

#define HOOK "{'autoScalingGroup':'web','hook':'h','transition':'launch','metadata':'dg',"

static void
test_hooks (Fixture *f, gconstpointer data)
{
  ErrandResult result = perform (f, ERRAND_KEEP_HOOK, HOOK "'present':true}", NULL);
  g_assert_cmpint (result.outcome, ==, ERRAND_DONE);
  g_autofree char *put = test_aws_take_calls (f->aws);
  g_assert_cmpstr (put, ==,
                   "autoscaling Action=PutLifecycleHook&Version=2011-01-01&AutoScalingGroupName="
                   "web&LifecycleHookName=h&LifecycleTransition=autoscaling%3AEC2_INSTANCE_"
                   "LAUNCHING&NotificationMetadata=dg&HeartbeatTimeout=600&DefaultResult=ABANDON");
  g_assert_cmpint (perform (f, ERRAND_KEEP_HOOK, HOOK "'present':false}", NULL).outcome, ==,
                   ERRAND_DONE);
  f->status = 400;
  f->code = "ValidationError"; /* the hook is gone */
  g_assert_cmpint (perform (f, ERRAND_KEEP_HOOK, HOOK "'present':false}", NULL).outcome, ==,
                   ERRAND_DONE);
  f->code = "LimitExceeded";
  result = perform (f, ERRAND_KEEP_HOOK, HOOK "'present':true}", NULL);
  g_assert_cmpint (result.code, ==, DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION);
  g_assert_cmpint (perform (f, ERRAND_KEEP_HOOK, "{}", NULL).outcome, ==, ERRAND_REFUSED);
}

#define WAITING "{'autoScalingGroup':'web','hook':'h','instance':'i-3',"

static void
test_lifecycle_actions (Fixture *f, gconstpointer data)
{
  ErrandResult result = perform (f, ERRAND_LIFECYCLE_ACTION, WAITING "'result':null}", NULL);
  g_assert_cmpint (result.outcome, ==, ERRAND_NOT_YET);
  g_assert_cmpint (result.again_ms, <=, 300 * 1000); /* 136 */
  g_assert_cmpstr (f->actions->str, ==, "RecordLifecycleActionHeartbeat");
  result = perform (f, ERRAND_LIFECYCLE_ACTION, WAITING "'result':'ABANDON'}", NULL);
  g_assert_cmpint (result.outcome, ==, ERRAND_DONE);
  g_autofree char *calls = test_aws_take_calls (f->aws);
  g_assert_nonnull (strstr (calls, "Action=CompleteLifecycleAction&Version=2011-01-01&"
                                   "AutoScalingGroupName=web&LifecycleHookName=h&"
                                   "LifecycleActionResult=ABANDON&InstanceId=i-3"));
  f->status = 400;
  f->code = "ValidationError"; /* it waits no longer */
  g_assert_cmpint (
      perform (f, ERRAND_LIFECYCLE_ACTION, WAITING "'result':'CONTINUE'}", NULL).outcome, ==,
      ERRAND_DONE);
  g_assert_cmpint (perform (f, ERRAND_LIFECYCLE_ACTION, WAITING "'result':null}", NULL).outcome, ==,
                   ERRAND_DONE);
}

#define COPY "{'autoScalingGroup':'web','name':'copy','deploymentId':'d-1'}"

/* 122, in the order of deployments.md 6.6 */
static void
test_copy (Fixture *f, gconstpointer data)
{
  ErrandResult result = perform (f, ERRAND_COPY_FLEET, COPY, NULL);
  g_assert_cmpint (result.outcome, ==, ERRAND_NOT_YET);
  g_assert_cmpstr (result.message, ==, "Auto Scaling group copy: 0 of 2 instances in service");
  g_assert_cmpstr (f->actions->str, ==,
                   "DescribeAutoScalingGroups CreateAutoScalingGroup DescribePolicies "
                   "PutScalingPolicy DescribeAlarms PutMetricAlarm "
                   "DescribeNotificationConfigurations PutNotificationConfiguration "
                   "DescribeScheduledActions EnableMetricsCollection UpdateAutoScalingGroup "
                   "SuspendProcesses");
  g_autofree char *calls = test_aws_take_calls (f->aws);
  static const char *const parts[] = {
    "Action=CreateAutoScalingGroup&Version=2011-01-01&AutoScalingGroupName=copy&"
    "LaunchTemplate.LaunchTemplateId=lt-1&LaunchTemplate.Version=7&",
    "&AvailabilityZones.member.2=eu-west-3b&VPCZoneIdentifier=subnet-1%2Csubnet-2&MaxSize=2&",
    "&MinSize=0&DesiredCapacity=0&Tags.member.1.Key=role&Tags.member.1.Value=web&"
    "Tags.member.1.PropagateAtLaunch=true&Tags.member.2.Key=CodeDeployProvisioningDeploymentId&"
    "Tags.member.2.Value=d-1&",
    "monitoring Action=PutMetricAlarm&Version=2010-08-01&AlarmName=busy-copy&MetricName=CPU&"
    "EvaluationPeriods=2&Threshold=80.0&ComparisonOperator=GreaterThanThreshold&"
    "Dimensions.member.1.Name=AutoScalingGroupName&Dimensions.member.1.Value=copy&"
    "AlarmActions.member.1=arn%3Apolicy",
    "Action=UpdateAutoScalingGroup&Version=2011-01-01&AutoScalingGroupName=copy&MinSize=1&"
    "DesiredCapacity=2",
    "Action=SuspendProcesses&Version=2011-01-01&AutoScalingGroupName=copy&"
    "ScalingProcesses.member.1=AddToLoadBalancer&ScalingProcesses.member.2=AlarmNotification&"
    "ScalingProcesses.member.3=ScheduledActions",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (strstr (calls, parts[i]) == NULL)
      g_error ("no %s in\n%s", parts[i], calls);
  g_assert_null (strstr (calls, "aws%3Acloudformation"));

  f->in_service = 2;
  result = perform (f, ERRAND_COPY_FLEET, COPY, result.state_json);
  g_assert_cmpint (result.outcome, ==, ERRAND_DONE);
  g_assert_cmpstr (f->actions->str, ==, "DescribeAutoScalingGroups");
  g_assert_nonnull (strstr (result.answer_json, "\"autoScalingGroup\":\"copy\""));
  g_assert_nonnull (strstr (result.answer_json, "instance/i-c1"));
}

/* Cut at any call, the next try makes what is missing. */
static void
test_copy_is_cut (Fixture *f, gconstpointer data)
{
  static const char *const actions[] = { "CreateAutoScalingGroup",  "PutScalingPolicy",
                                         "PutMetricAlarm",          "PutNotificationConfiguration",
                                         "EnableMetricsCollection", "UpdateAutoScalingGroup",
                                         "SuspendProcesses" };
  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++) {
    f->copy_is_there = FALSE;
    f->in_service = 0;
    f->status = 503;
    f->code = "Unavailable";
    f->refused_action = actions[i];
    ErrandResult result = perform (f, ERRAND_COPY_FLEET, COPY, NULL);
    g_assert_cmpint (result.outcome, ==, ERRAND_NOT_YET);
    g_assert_null (result.state_json);
    f->status = 200;
    result = perform (f, ERRAND_COPY_FLEET, COPY, NULL);
    g_assert_true (g_str_has_suffix (f->actions->str, "SuspendProcesses"));
    f->in_service = 2;
    result = perform (f, ERRAND_COPY_FLEET, COPY, result.state_json);
    g_assert_cmpint (result.outcome, ==, ERRAND_DONE);
  }
  f->status = 400;
  f->code = "LimitExceeded";
  f->refused_action = "CreateAutoScalingGroup";
  f->copy_is_there = FALSE;
  g_assert_cmpint (perform (f, ERRAND_COPY_FLEET, COPY, NULL).code, ==,
                   DEPLOYMENT_ERROR_RESOURCE_LIMIT_EXCEEDED);
  f->code = "AlreadyExists";
  g_assert_cmpint (perform (f, ERRAND_COPY_FLEET, COPY, NULL).outcome, ==, ERRAND_NOT_YET);
}

/* 123 */
static void
test_swap_and_retire (Fixture *f, gconstpointer data)
{
  static const char swap[] = "{'from':'web','to':'copy','groupId':'g','groupName':'dg'}";
  g_assert_cmpint (perform (f, ERRAND_SWAP_FLEET, swap, NULL).code, ==,
                   DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION);
  f->copy_is_there = TRUE;
  g_assert_cmpint (perform (f, ERRAND_SWAP_FLEET, swap, NULL).outcome, ==, ERRAND_DONE);
  g_assert_cmpstr (f->actions->str, ==,
                   "DescribeAutoScalingGroups AttachLoadBalancerTargetGroups ResumeProcesses "
                   "DescribeLifecycleHooks DeleteLifecycleHook DeleteLifecycleHook");
  g_autofree char *calls = test_aws_take_calls (f->aws);
  g_assert_null (strstr (calls, "LifecycleHookName=mine"));
  g_assert_null (strstr (calls, "hook-dg-2-1"));

  g_assert_cmpint (
      perform (f, ERRAND_RETIRE_FLEET, "{'autoScalingGroup':'web','instances':['i-1']}", NULL)
          .outcome,
      ==, ERRAND_DONE);
  g_assert_cmpint (perform (f, ERRAND_RETIRE_FLEET, "{'instances':['i-1','i-2']}", NULL).outcome,
                   ==, ERRAND_DONE);
  g_autofree char *ends = test_aws_take_calls (f->aws);
  g_assert_nonnull (strstr (ends, "Action=DeleteAutoScalingGroup&Version=2011-01-01&"
                                  "AutoScalingGroupName=web&ForceDelete=true"));
  g_assert_nonnull (strstr (ends, "ec2 Action=TerminateInstances&Version=2016-11-15&"
                                  "InstanceId.1=i-1&InstanceId.2=i-2"));
  f->status = 400;
  f->code = "InvalidInstanceID.NotFound";
  g_assert_cmpint (perform (f, ERRAND_RETIRE_FLEET, "{'instances':['i-1','i-2']}", NULL).outcome,
                   ==, ERRAND_DONE);
  f->code = "ScalingActivityInProgress";
  g_assert_cmpint (
      perform (f, ERRAND_RETIRE_FLEET, "{'autoScalingGroup':'web','instances':[]}", NULL).outcome,
      ==, ERRAND_NOT_YET);
}

static void
test_pages_of_groups (Fixture *f, gconstpointer data)
{
  f->in_pages = TRUE;
  const ErrandResult result =
      perform (f, ERRAND_WATCH_SCALING, "{'tagGroups':[],'autoScalingGroups':['web']}", NULL);
  g_assert_cmpint (result.outcome, ==, ERRAND_DONE);
  g_assert_nonnull (strstr (result.answer_json, "i-1"));
  g_assert_cmpstr (f->actions->str, ==, "DescribeAutoScalingGroups DescribeAutoScalingGroups");
}

/* A heartbeat of an instance that has waited for long is no list that never comes. */
static void
test_throttled (Fixture *f, gconstpointer data)
{
  f->status = 400;
  f->code = "Throttling";
  f->tries = 31;
  g_assert_cmpint (perform (f, ERRAND_LIST_FLEET, BY_ROLE "'autoScalingGroups':[]}", NULL).code, ==,
                   DEPLOYMENT_ERROR_THROTTLED);
  g_assert_cmpint (perform (f, ERRAND_LIFECYCLE_ACTION, WAITING "'result':null}", NULL).outcome, ==,
                   ERRAND_NOT_YET);
}

static void
test_late (Fixture *f, gconstpointer data)
{
  f->end_us = ambient_monotonic_us (&f->ambient);
  const ErrandResult result =
      perform (f, ERRAND_LIST_FLEET, BY_ROLE "'autoScalingGroups':[]}", NULL);
  g_assert_cmpint (result.outcome, ==, ERRAND_NOT_YET);
  g_assert_cmpstr (result.message, ==, "ec2 DescribeInstances was not asked in time");
  g_assert_cmpstr (f->actions->str, ==, "");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } cases[] = {
    { "/fleet-errands/list", test_list },
    { "/fleet-errands/tags-are-no-wildcards", test_wildcards },
    { "/fleet-errands/watch-tells-who-waits", test_watch },
    { "/fleet-errands/failures", test_failures },
    { "/fleet-errands/hooks-come-and-go", test_hooks },
    { "/fleet-errands/136-lifecycle-actions", test_lifecycle_actions },
    { "/fleet-errands/122-copy", test_copy },
    { "/fleet-errands/a-copy-that-is-cut-goes-on", test_copy_is_cut },
    { "/fleet-errands/123-swap-and-retire", test_swap_and_retire },
    { "/fleet-errands/groups-come-in-pages", test_pages_of_groups },
    { "/fleet-errands/throttled", test_throttled },
    { "/fleet-errands/nothing-is-asked-when-the-time-is-over", test_late },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].test, tear_down);
  return g_test_run ();
}
