#include "proto/api-operation.h"

#include <string.h>

#include "proto/api-types.h"
#include "proto/shape-table.h"

/* A request body and what decoding it says: the error's name, or "" when it is good. */
typedef struct {
  ApiOp op;
  const char *body;
  const char *error;
  const char *text; /* found in the message; NULL: not looked at */
} Case;

static const Case cases[] = {
  /* JSON and types, api.md 1.3, 1.4 and checklist 9-15 */
  { API_OP_GET_APPLICATION, "{", "SerializationException", "line 1" },
  { API_OP_GET_APPLICATION, "[]", "SerializationException", "START_ARRAY" },
  { API_OP_GET_APPLICATION, "5", "SerializationException", NULL },
  { API_OP_GET_APPLICATION, "{\"applicationName\":\"a\"} x", "SerializationException", NULL },
  { API_OP_GET_APPLICATION, "{\"applicationName\":5}", "SerializationException",
    "applicationName: NUMBER_VALUE can not be converted to a String" },
  { API_OP_GET_APPLICATION, "{\"applicationName\":true}", "SerializationException", NULL },
  { API_OP_GET_APPLICATION, "{\"applicationName\":\"a\",\"applicationName\":\"b\"}",
    "SerializationException", NULL },
  { API_OP_GET_APPLICATION, "{\"applicationName\":\"a\\u0000b\"}", "SerializationException", NULL },
  { API_OP_GET_APPLICATION, "{\"applicationName\":\"\xff\"}", "SerializationException", NULL },
  { API_OP_GET_APPLICATION, "\xef\xbb\xbf{\"applicationName\":\"a\"}", "SerializationException",
    NULL },
  { API_OP_GET_APPLICATION, "{\"applicationName\":\"a\",\"zzz\":{\"x\":[1,{\"y\":null}]}}", "",
    NULL },
  { API_OP_GET_APPLICATION, "{\"applicationName\":null}", "ApplicationNameRequiredException",
    "applicationName" },
  { API_OP_LIST_APPLICATIONS, "", "", NULL },
  { API_OP_LIST_APPLICATIONS, "{}", "", NULL },
  { API_OP_STOP_DEPLOYMENT, "{\"deploymentId\":\"d-ABCDEFGH1\",\"autoRollbackEnabled\":\"true\"}",
    "SerializationException", "STRING_VALUE can not be converted to a Boolean" },
  { API_OP_STOP_DEPLOYMENT, "{\"deploymentId\":\"d-ABCDEFGH1\",\"autoRollbackEnabled\":null}", "",
    NULL },
  { API_OP_CREATE_DEPLOYMENT_CONFIG,
    "{\"deploymentConfigName\":\"c\",\"minimumHealthyHosts\":{\"type\":\"HOST_COUNT\",\"value\":3."
    "5}}",
    "SerializationException", "minimumHealthyHosts: value" },
  { API_OP_CREATE_DEPLOYMENT_CONFIG,
    "{\"deploymentConfigName\":\"c\",\"minimumHealthyHosts\":{\"type\":\"HOST_COUNT\",\"value\":"
    "\"3\"}}",
    "SerializationException", NULL },
  { API_OP_CREATE_DEPLOYMENT_CONFIG,
    "{\"deploymentConfigName\":\"c\",\"minimumHealthyHosts\":{\"type\":\"HOST_COUNT\",\"value\":"
    "2147483648}}",
    "SerializationException", NULL },
  { API_OP_LIST_DEPLOYMENTS, "{\"createTimeRange\":{\"start\":\"2020-01-01T00:00:00Z\"}}",
    "SerializationException", NULL },
  { API_OP_LIST_DEPLOYMENTS, "{\"createTimeRange\":{\"start\":1e300}}", "SerializationException",
    NULL },
  { API_OP_LIST_DEPLOYMENTS, "{\"createTimeRange\":{\"start\":1.4084807321e9,\"end\":null}}", "",
    NULL },
  /* types of the whole document before any rule, api.md 1.5 */
  { API_OP_CREATE_DEPLOYMENT, "{\"applicationName\":\"\",\"description\":7}",
    "SerializationException", NULL },
  /* rules in input order */
  { API_OP_CREATE_DEPLOYMENT_GROUP, "{\"deploymentGroupName\":\"\"}",
    "ApplicationNameRequiredException", NULL },
  { API_OP_CREATE_DEPLOYMENT_GROUP, "{\"applicationName\":\"a\",\"deploymentGroupName\":\"\"}",
    "DeploymentGroupNameRequiredException", NULL },
  { API_OP_CREATE_DEPLOYMENT_GROUP,
    "{\"applicationName\":\"a\",\"deploymentGroupName\":\"g\",\"deploymentConfigName\":\"a b\"}",
    "RoleRequiredException", NULL },
  { API_OP_CREATE_DEPLOYMENT_GROUP,
    "{\"applicationName\":\"a\",\"deploymentGroupName\":\"g\",\"serviceRoleArn\":\"abc\"}",
    "InvalidRoleException", "Cannot assume role provided. abc" },
  /* names, checklist 46-50 */
  { API_OP_CREATE_APPLICATION, "{\"applicationName\":\"a b\"}", "InvalidApplicationNameException",
    "\"a b\"" },
  { API_OP_CREATE_APPLICATION, "{\"applicationName\":\"\xc3\xa9\"}",
    "InvalidApplicationNameException", NULL },
  { API_OP_CREATE_APPLICATION, "{\"applicationName\":\"A+b=c,d.e@f_g-1\"}", "", NULL },
  { API_OP_CREATE_APPLICATION, "{\"applicationName\":\"\"}", "ApplicationNameRequiredException",
    NULL },
  { API_OP_CREATE_APPLICATION, "{\"applicationName\":\"a\",\"computePlatform\":\"server\"}",
    "InvalidComputePlatformException", "is not one of Server, Lambda, ECS" },
  { API_OP_CREATE_APPLICATION, "{\"applicationName\":\"a\",\"computePlatform\":\"Kubernetes\"}",
    "InvalidComputePlatformException", NULL },
  { API_OP_CREATE_APPLICATION,
    "{\"applicationName\":\"a\",\"tags\":[{\"Key\":\"k\",\"Value\":\"1\"},{\"Key\":\"k\"}]}",
    "InvalidTagsToAddException", "tags has \"k\" twice" },
  { API_OP_CREATE_APPLICATION, "{\"applicationName\":\"a\",\"tags\":[{\"Value\":\"1\"}]}",
    "InvalidTagsToAddException", "tags[0].Key" },
  { API_OP_CREATE_APPLICATION, "{\"applicationName\":\"a\",\"tags\":[null]}",
    "InvalidTagsToAddException", NULL },
  { API_OP_CREATE_APPLICATION, "{\"applicationName\":\"a\",\"tags\":[]}", "", NULL },
  { API_OP_UPDATE_APPLICATION, "{}", "ApplicationNameRequiredException", NULL },
  { API_OP_UPDATE_APPLICATION, "{\"applicationName\":\"a\",\"newApplicationName\":\"\"}",
    "InvalidApplicationNameException", NULL },
  { API_OP_BATCH_GET_APPLICATIONS, "{\"applicationNames\":[]}", "ApplicationNameRequiredException",
    NULL },
  { API_OP_BATCH_GET_APPLICATIONS, "{\"applicationNames\":[\"a\",\"b c\"]}",
    "InvalidApplicationNameException", "applicationNames[1]" },
  /* groups */
  { API_OP_UPDATE_DEPLOYMENT_GROUP,
    "{\"applicationName\":\"a\",\"currentDeploymentGroupName\":\"g\",\"newDeploymentGroupName\":"
    "\"\"}",
    "InvalidDeploymentGroupNameException", NULL },
  { API_OP_UPDATE_DEPLOYMENT_GROUP,
    "{\"applicationName\":\"a\",\"currentDeploymentGroupName\":\"g\",\"deploymentStyle\":{"
    "\"deploymentType\":"
    "\"ROLLING\"}}",
    "InvalidDeploymentStyleException", "deploymentStyle.deploymentType" },
  { API_OP_UPDATE_DEPLOYMENT_GROUP,
    "{\"applicationName\":\"a\",\"currentDeploymentGroupName\":\"g\",\"ec2TagFilters\":[{\"Key\":"
    "\"k\","
    "\"Value\":\"\",\"Type\":\"EQUALS\"}]}",
    "InvalidEC2TagException", "ec2TagFilters[0].Type" },
  { API_OP_UPDATE_DEPLOYMENT_GROUP,
    "{\"applicationName\":\"a\",\"currentDeploymentGroupName\":\"g\","
    "\"onPremisesInstanceTagFilters\":[{"
    "\"Type\":\"EQUALS\"}]}",
    "InvalidTagException", NULL },
  { API_OP_UPDATE_DEPLOYMENT_GROUP,
    "{\"applicationName\":\"a\",\"currentDeploymentGroupName\":\"g\",\"onPremisesTagSet\":{"
    "\"onPremisesTagSetList\":[[]]}}",
    "InvalidTagException", "onPremisesTagSet.onPremisesTagSetList[0] is empty" },
  { API_OP_UPDATE_DEPLOYMENT_GROUP,
    "{\"applicationName\":\"a\",\"currentDeploymentGroupName\":\"g\",\"alarmConfiguration\":{"
    "\"alarms\":[{"
    "\"name\":\"x\"},{\"name\":\"x\"}]}}",
    "InvalidAlarmConfigException", NULL },
  { API_OP_UPDATE_DEPLOYMENT_GROUP,
    "{\"applicationName\":\"a\",\"currentDeploymentGroupName\":\"g\",\"alarmConfiguration\":{"
    "\"alarms\":[null]"
    "}}",
    "InvalidAlarmConfigException", NULL },
  { API_OP_UPDATE_DEPLOYMENT_GROUP,
    "{\"applicationName\":\"a\",\"currentDeploymentGroupName\":\"g\",\"triggerConfigurations\":[{"
    "\"triggerName\":\"t\",\"triggerTargetArn\":\"arn:aws:sns:us-east-1:123456789012:t\","
    "\"triggerEvents\":["
    "\"Nope\"]}]}",
    "InvalidTriggerConfigException", "triggerConfigurations[0].triggerEvents[0]" },
  { API_OP_UPDATE_DEPLOYMENT_GROUP,
    "{\"applicationName\":\"a\",\"currentDeploymentGroupName\":\"g\",\"outdatedInstancesStrategy\":"
    "\"X\"}",
    "InvalidInputException", NULL },
  { API_OP_UPDATE_DEPLOYMENT_GROUP,
    "{\"applicationName\":\"a\",\"currentDeploymentGroupName\":\"g\",\"loadBalancerInfo\":{"
    "\"targetGroupPairInfoList\":[{\"targetGroups\":[{\"name\":\"\"}]}]}}",
    "InvalidTargetGroupPairException", NULL },
  /* configurations */
  { API_OP_CREATE_DEPLOYMENT_CONFIG,
    "{\"deploymentConfigName\":\"c\",\"minimumHealthyHosts\":{\"type\":\"HOST_COUNT\",\"value\":-1}"
    "}",
    "InvalidMinimumHealthyHostValueException", NULL },
  { API_OP_CREATE_DEPLOYMENT_CONFIG,
    "{\"deploymentConfigName\":\"c\",\"minimumHealthyHosts\":{\"type\":\"MOST_CONCURRENCY\","
    "\"value\":1}}",
    "InvalidMinimumHealthyHostValueException", NULL },
  { API_OP_CREATE_DEPLOYMENT_CONFIG,
    "{\"deploymentConfigName\":\"c\",\"trafficRoutingConfig\":{\"type\":\"TimeBasedCanary\","
    "\"timeBasedCanary\":{\"canaryPercentage\":100,\"canaryInterval\":5}}}",
    "InvalidTrafficRoutingConfigurationException", "canaryPercentage is 100, at most 99" },
  /* revisions */
  { API_OP_REGISTER_APPLICATION_REVISION, "{\"applicationName\":\"a\"}",
    "RevisionRequiredException", "RevisionLocation must be specified" },
  { API_OP_REGISTER_APPLICATION_REVISION, "{\"applicationName\":\"a\",\"revision\":{\"zzz\":1}}",
    "RevisionRequiredException", NULL },
  { API_OP_REGISTER_APPLICATION_REVISION,
    "{\"applicationName\":\"a\",\"revision\":{\"revisionType\":\"S3\",\"s3Location\":{\"bucket\":"
    "\"b\",\"key\":"
    "\"k\",\"bundleType\":\"rar\"}}}",
    "InvalidRevisionException", NULL },
  { API_OP_LIST_APPLICATION_REVISIONS, "{\"applicationName\":\"a\",\"sortBy\":\"size\"}",
    "InvalidSortByException", NULL },
  { API_OP_LIST_APPLICATION_REVISIONS, "{\"applicationName\":\"a\",\"s3Bucket\":\"a/b\"}",
    "InvalidBucketNameFilterException", NULL },
  { API_OP_LIST_APPLICATION_REVISIONS, "{\"applicationName\":\"a\",\"nextToken\":\"\"}",
    "InvalidNextTokenException", NULL },
  /* deployments */
  { API_OP_CREATE_DEPLOYMENT, "{\"applicationName\":\"a\"}", "DeploymentGroupNameRequiredException",
    NULL },
  { API_OP_CREATE_DEPLOYMENT,
    "{\"applicationName\":\"a\",\"deploymentGroupName\":\"g\",\"revision\":{}}",
    "RevisionRequiredException", NULL },
  { API_OP_CREATE_DEPLOYMENT,
    "{\"applicationName\":\"a\",\"deploymentGroupName\":\"g\",\"description\":\"\"}", "", NULL },
  { API_OP_CREATE_DEPLOYMENT,
    "{\"applicationName\":\"a\",\"deploymentGroupName\":\"g\",\"fileExistsBehavior\":\"KEEP\"}",
    "InvalidFileExistsBehaviorException", NULL },
  { API_OP_CREATE_DEPLOYMENT,
    "{\"applicationName\":\"a\",\"deploymentGroupName\":\"g\",\"targetInstances\":{\"ec2TagSet\":{"
    "\"ec2TagSetList\":[[]]}}}",
    "InvalidTargetInstancesException", NULL },
  { API_OP_GET_DEPLOYMENT, "{\"deploymentId\":\"d-123\"}", "InvalidDeploymentIdException",
    "\"d-123\"" },
  { API_OP_GET_DEPLOYMENT, "{\"deploymentId\":\"d-ABCDEFGHIJ\"}", "InvalidDeploymentIdException",
    NULL },
  { API_OP_GET_DEPLOYMENT, "{\"deploymentId\":\"d-ABCDEFGH1\"}", "", NULL },
  { API_OP_CONTINUE_DEPLOYMENT, "{}", "DeploymentIdRequiredException", NULL },
  { API_OP_CONTINUE_DEPLOYMENT, "{\"deploymentId\":\"d-ABCDEFGH1\",\"deploymentWaitType\":\"X\"}",
    "InvalidDeploymentWaitTypeException", NULL },
  { API_OP_LIST_DEPLOYMENTS, "{\"includeOnlyStatuses\":[\"Done\"]}",
    "InvalidDeploymentStatusException", NULL },
  { API_OP_LIST_DEPLOYMENT_TARGETS,
    "{\"deploymentId\":\"d-ABCDEFGH1\",\"targetFilters\":{\"Foo\":[]}}",
    "InvalidTargetFilterNameException", NULL },
  { API_OP_BATCH_GET_DEPLOYMENT_TARGETS, "{\"deploymentId\":\"d-ABCDEFGH1\",\"targetIds\":[]}",
    "DeploymentTargetIdRequiredException", NULL },
  /* on-premises instances and tags */
  { API_OP_REGISTER_ON_PREMISES_INSTANCE, "{\"instanceName\":\"i-abc\"}",
    "InvalidInstanceNameException", "must not start with \"i-\"" },
  { API_OP_REGISTER_ON_PREMISES_INSTANCE, "{\"instanceName\":\"h\"}", "", NULL },
  { API_OP_REGISTER_ON_PREMISES_INSTANCE, "{\"instanceName\":\"h\",\"iamUserArn\":\"\"}",
    "IamUserArnRequiredException", NULL },
  { API_OP_REGISTER_ON_PREMISES_INSTANCE, "{\"instanceName\":\"h\",\"iamUserArn\":\"x\"}",
    "InvalidIamUserArnException", "Iam User ARN x is not in a valid format" },
  { API_OP_REGISTER_ON_PREMISES_INSTANCE,
    "{\"instanceName\":\"h\",\"iamUserArn\":\"arn:aws:iam::123456789012:user/AWS/CodeDeploy/h\"}",
    "", NULL },
  { API_OP_LIST_ON_PREMISES_INSTANCES, "{\"registrationStatus\":\"Gone\"}",
    "InvalidRegistrationStatusException", NULL },
  { API_OP_LIST_ON_PREMISES_INSTANCES, "{\"tagFilters\":[{\"Type\":\"X\"}]}",
    "InvalidTagFilterException", NULL },
  { API_OP_ADD_TAGS_TO_ON_PREMISES_INSTANCES, "{\"instanceNames\":[\"h\"],\"tags\":[]}",
    "TagRequiredException", NULL },
  { API_OP_TAG_RESOURCE, "{\"ResourceArn\":\"x\",\"Tags\":[{\"Key\":\"k\"}]}",
    "InvalidArnException", NULL },
  { API_OP_TAG_RESOURCE, "{\"ResourceArn\":\"arn:aws:s3:::b\"}", "TagRequiredException", NULL },
  { API_OP_TAG_RESOURCE, "{\"resourceArn\":\"arn:aws:s3:::b\"}", "ResourceArnRequiredException",
    NULL },
  { API_OP_DELETE_RESOURCES_BY_EXTERNAL_ID, "{\"externalId\":\"\"}", "", NULL },
  /* host commands and our own */
  { API_OP_POLL_HOST_COMMAND, "{}", "ClientException", NULL },
  { API_OP_PUT_HOST_COMMAND_COMPLETE,
    "{\"HostCommandIdentifier\":\"x\",\"CommandStatus\":\"Done\"}", "ClientException", NULL },
  { API_OP_GET_DEPLOYMENT_SPECIFICATION,
    "{\"DeploymentExecutionId\":\"a/b/c/arn:x:deployment/d-1\",\"HostIdentifier\":\"h\"}", "",
    NULL },
  { API_OP_GET_DEPLOYMENT_SPECIFICATION,
    "{\"DeploymentExecutionId\":\"a/b/c\",\"HostIdentifier\":\"h\"}", "ClientException", NULL },
  { API_OP_REGISTER_HOST, "{\"instanceName\":\"h h\"}", "InvalidInstanceNameException", NULL },
};

static void
check_case (const Case *c)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  gpointer input = NULL;
  const ApiOperation *op = api_operation (c->op);

  gboolean good = api_decode_input (op, c->body, strlen (c->body), arena, &input, &error);
  g_autofree char *line =
      g_strdup_printf ("%.200s: %.200s", c->body, good ? "good" : error->message);
  g_autofree char *shown = g_strescape (line, "\"");
  g_test_message ("%s %s", op->name, shown);
  g_assert_cmpstr (good ? "" : api_error_name (api_error_code (error)), ==, c->error);
  if (!good && c->text != NULL)
    g_assert_nonnull (strstr (error->message, c->text));
  if (!good && api_error_code (error) != API_ERR_SERIALIZATION)
    g_assert_true (api_operation_lists_error (op, api_error_code (error)));
}

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i]);
}

static char *
repeated (const char *before, const char *piece, guint n, const char *after)
{
  GString *text = g_string_new (before);

  for (guint i = 0; i < n; i++)
    g_string_append (text, piece);
  g_string_append (text, after);
  return g_string_free (text, FALSE);
}

/* Bodies too long to write out. */
static void
test_limits (void)
{
  const struct {
    ApiOp op;
    const char *before, *piece, *after;
    guint n;
    const char *error;
  } rows[] = {
    { API_OP_CREATE_APPLICATION, "{\"applicationName\":\"", "a", "\"}", 100, "" },
    { API_OP_CREATE_APPLICATION, "{\"applicationName\":\"", "a", "\"}", 101,
      "InvalidApplicationNameException" },
    { API_OP_REGISTER_APPLICATION_REVISION,
      "{\"applicationName\":\"a\",\"revision\":{\"revisionType\":\"S3\"},\"description\":\"",
      "\xc3\xa9", "\"}", 256, "" },
    { API_OP_REGISTER_APPLICATION_REVISION,
      "{\"applicationName\":\"a\",\"revision\":{\"revisionType\":\"S3\"},\"description\":\"",
      "\xc3\xa9", "\"}", 257, "DescriptionTooLongException" },
    /* how many there may be is a quota: the action's */
    { API_OP_BATCH_GET_APPLICATIONS, "{\"applicationNames\":[\"b\"", ",\"a\"", "]}", 1000, "" },
    { API_OP_PUT_HOST_COMMAND_COMPLETE,
      "{\"HostCommandIdentifier\":\"x\",\"CommandStatus\":\"Failed\",\"Diagnostics\":{\"Format\":"
      "\"JSON\",\"Payload\":\"",
      "log line\\n", "\"}}", 20000, "" },
    { API_OP_LIST_APPLICATIONS, "{\"x\":", "[", "", 40, "SerializationException" },
    { API_OP_LIST_APPLICATIONS, "{\"x\":[0", ",0", "]}", 60000, "SerializationException" },
    { API_OP_LIST_APPLICATIONS, "{\"x\":\"", "aaaaaaaaaaaaaaaa", "\"}", 65536,
      "SerializationException" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *body = repeated (rows[i].before, rows[i].piece, rows[i].n, rows[i].after);
    Case c = { rows[i].op, body, rows[i].error, NULL };
    check_case (&c);
  }
}

static void
test_values (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  gpointer value = NULL;
  const char *body =
      "{\"applicationName\":\"a\",\"deploymentGroupName\":\"g\",\"deploymentConfigName\":\"\","
      "\"ignoreApplicationStopFailures\":true,\"unknown\":[],\"description\":null,"
      "\"revision\":{\"revisionType\":\"S3\",\"s3Location\":{\"bucket\":\"b\",\"key\":\"k\","
      "\"bundleType\":\"yaml\"}},"
      "\"autoRollbackConfiguration\":{\"enabled\":false,\"events\":[\"DEPLOYMENT_FAILURE\"]}}";

  gboolean good = api_decode_input (api_operation (API_OP_CREATE_DEPLOYMENT), body, strlen (body),
                                    arena, &value, &error);
  g_assert_no_error (error);
  g_assert_true (good);
  const ApiCreateDeploymentInput *input = value;
  g_assert_cmpstr (input->application_name, ==, "a");
  g_assert_null (input->deployment_config_name);
  g_assert_null (input->description);
  g_assert_true (*input->ignore_application_stop_failures);
  g_assert_null (input->update_outdated_instances_only);
  g_assert_cmpstr (input->revision->s3_location->bundle_type, ==, "YAML");
  g_assert_false (*input->auto_rollback_configuration->enabled);
  g_assert_cmpuint (input->auto_rollback_configuration->events->n, ==, 1);
  g_assert_cmpstr (input->auto_rollback_configuration->events->items[0], ==, "DEPLOYMENT_FAILURE");
}

static void
test_targets (void)
{
  g_assert_cmpint (api_operation_by_target ("CodeDeploy_20141006.GetApplication")->id, ==,
                   API_OP_GET_APPLICATION);
  const char *const polls[] = { "CodeDeployCommandService_v20141006.PollHostCommand",
                                "CodeDeployCommandService.PollHostCommand",
                                "ApolloDeployControlService_mock.PollHostCommand" };
  for (guint i = 0; i < G_N_ELEMENTS (polls); i++)
    g_assert_cmpint (api_operation_by_target (polls[i])->id, ==, API_OP_POLL_HOST_COMMAND);
  g_assert_cmpint (api_operation_by_target (
                       "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents")
                       ->id,
                   ==, API_OP_LOOKUP_EVENTS);
  g_assert_cmpint (api_operation_by_target ("Slipway_20261101.RegisterHost")->id, ==,
                   API_OP_REGISTER_HOST);

  const char *const none[] = { NULL,
                               "",
                               ".",
                               "GetApplication",
                               "CodeDeploy_20141006.",
                               "CodeDeploy_20141006.NoSuchOp",
                               "CodeDeploy_20141006.getapplication",
                               "CodeDeploy_20150101.GetApplication",
                               "CodeDeploy_20141006.PollHostCommand",
                               "CodeDeploy_2014100.GetApplication",
                               "Slipway_20261101.GetApplication" };
  for (guint i = 0; i < G_N_ELEMENTS (none); i++)
    g_assert_null (api_operation_by_target (none[i]));
}

/* api.md 1.2: ten operations answer with an empty body, three with {}. */
static void
test_empty_answers (void)
{
  guint without = 0;
  guint braces = 0;

  for (guint i = 0; i < API_N_OPS; i++) {
    g_autoptr (Arena) arena = arena_new ();
    const ApiOperation *op = api_operation ((ApiOp)i);
    gsize length = 99;
    g_autofree char *body = api_encode_output (op, api_new_output (op, arena), &length);
    g_assert_cmpuint (length, ==, strlen (body));
    g_assert_cmpstr (body, ==, op->output != NULL ? "{}" : "");
    if (op->service == API_SERVICE_CODEDEPLOY) {
      without += op->output == NULL;
      braces += op->output != NULL && op->output->n_members == 0;
    }
  }
  g_assert_cmpuint (without, ==, 10);
  g_assert_cmpuint (braces, ==, 3);
}

/* Every operation takes what the client's side makes of it, and does not mind an empty structure in any place. */
static void
test_both_sides_agree (void)
{
  for (guint i = 0; i < API_N_OPS; i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    const ApiOperation *op = api_operation ((ApiOp)i);
    gpointer value = NULL;
    gsize length = 0;
    gboolean good = shape_from_text (op->input, "{}", arena, &value, &error);
    g_assert_true (good);
    g_autofree char *body = api_encode_input (op, value, &length);
    g_assert_cmpstr (body, ==, "{}");
    good = api_decode_output (op, "{\"later\":1}", 11, arena, &value, &error);
    g_assert_no_error (error);
    g_assert_true (good && (value != NULL) == (op->output != NULL));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/api-operation/bad-members-raise-their-own-exception", test_cases);
  g_test_add_func ("/api-operation/limits-hold-at-the-edge", test_limits);
  g_test_add_func ("/api-operation/decodes-into-the-generated-structures", test_values);
  g_test_add_func ("/api-operation/target-header-names-one-operation", test_targets);
  g_test_add_func ("/api-operation/answers-without-members", test_empty_answers);
  g_test_add_func ("/api-operation/both-sides-agree", test_both_sides_agree);
  return g_test_run ();
}
