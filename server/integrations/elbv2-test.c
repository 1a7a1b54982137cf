#include "server/integrations/elbv2.h"

#include "server/integrations/aws-balancer.h"
#include "server/integrations/test-aws.h"

#define NOW_MS G_GINT64_CONSTANT (1790000000000)
#define ARN    "arn:aws:elasticloadbalancing:eu-west-3:123456789012:targetgroup/api/6d0ecf831eec9f09"
#define OPEN(action)                                                                               \
  "<" action "Response xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\">"
#define CLOSE(action)                                                                              \
  "<ResponseMetadata><RequestId>c98a36f7-0b57-11e6-9a4b-EXAMPLE</RequestId></"                     \
  "ResponseMetadata></" action "Response>"

/* A target group "api" of port 80, of which a test says what state the instance's registrations have. */
typedef struct {
  AmbientFake fake;
  Ambient ambient;
  TestAws *aws;
  AwsClient *client;
  Elbv2 *elbv2;
  Arena *arena;
  BalancerSettings settings;
  BalancerAsk ask;
  BalancerSaid said;
  const char *type;
  const char *state, *reason, *description; /* of i-1; state NULL: it is not registered */
  const char *port;
  const char *error_action, *error_code; /* what is refused */
} Fixture;

static char *
describe_groups (Fixture *f, const TestAwsCall *call, guint *status)
{
  const char *name = test_aws_parameter (call, "Names.member.1");
  if (g_strcmp0 (name, "api") != 0 &&
      g_strcmp0 (test_aws_parameter (call, "TargetGroupArns.member.1"), ARN) != 0) {
    *status = 400;
    return g_strdup ("<ErrorResponse xmlns=\"http://x/\"><Error><Type>Sender</Type>"
                     "<Code>TargetGroupNotFound</Code><Message>One or more target groups not "
                     "found</Message></Error><RequestId>r</RequestId></ErrorResponse>");
  }
  return g_strdup_printf (
      OPEN ("DescribeTargetGroups") "<DescribeTargetGroupsResult><TargetGroups>"
                                    "<member><TargetGroupArn>" ARN "</TargetGroupArn>"
                                    "<HealthCheckIntervalSeconds>30</HealthCheckIntervalSeconds>"
                                    "<TargetGroupName>api</TargetGroupName><Port>80</Port>"
                                    "<HealthyThresholdCount>5</HealthyThresholdCount>"
                                    "<TargetType>%s</TargetType></member></TargetGroups>"
                                    "</DescribeTargetGroupsResult>" CLOSE ("DescribeTargetGroups"),
      f->type);
}

static void
append_target (GString *out, const char *id, const char *port, const char *state,
               const char *reason, const char *description)
{
  g_string_append_printf (out,
                          "<member><Target><Id>%s</Id><Port>%s</Port></Target><TargetHealth>"
                          "<State>%s</State>",
                          id, port, state);
  if (reason != NULL)
    g_string_append_printf (out, "<Reason>%s</Reason><Description>%s</Description>", reason,
                            description);
  g_string_append (out, "</TargetHealth></member>");
}

static char *
describe_health (Fixture *f, const TestAwsCall *call)
{
  gboolean one = test_aws_parameter (call, "Targets.member.1.Id") != NULL;
  GString *out = g_string_new (OPEN ("DescribeTargetHealth") "<DescribeTargetHealthResult>"
                                                             "<TargetHealthDescriptions>");
  if (!one)
    append_target (out, "i-2", "80", "healthy", NULL, NULL);
  if (f->state != NULL)
    append_target (out, "i-1", f->port, f->state, f->reason, f->description);
  else if (one)
    append_target (out, "i-1", "80", "unused", "Target.NotRegistered",
                   "Target is not registered to the target group");
  g_string_append (out, "</TargetHealthDescriptions></DescribeTargetHealthResult>" CLOSE (
                            "DescribeTargetHealth"));
  return g_string_free (out, FALSE);
}

static char *
answer (const TestAwsCall *call, guint *status, gpointer data)
{
  Fixture *f = data;
  if (g_strcmp0 (f->error_action, call->action) == 0) {
    *status = 400;
    return g_strdup_printf ("<ErrorResponse xmlns=\"http://x/\"><Error><Type>Sender</Type><Code>%s"
                            "</Code><Message>why</Message></Error><RequestId>r</RequestId>"
                            "</ErrorResponse>",
                            f->error_code);
  }
  if (strcmp (call->action, "DescribeTargetGroups") == 0)
    return describe_groups (f, call, status);
  if (strcmp (call->action, "DescribeTargetHealth") == 0)
    return describe_health (f, call);
  if (strcmp (call->action, "DescribeTargetGroupAttributes") == 0)
    return g_strdup (OPEN (
        "DescribeTargetGroupAttributes") "<DescribeTargetGroupAttributesResult><Attributes><member>"
                                         "<Value>300</"
                                         "Value><Key>deregistration_delay.timeout_seconds</Key></"
                                         "member>"
                                         "</Attributes></"
                                         "DescribeTargetGroupAttributesResult>" CLOSE (
                                             "DescribeTargetGroupAttributes"));
  if (strcmp (call->action, "RegisterTargets") == 0) {
    f->state = "initial";
    f->port = "80";
    f->reason = "Elb.RegistrationInProgress";
    f->description = "Target registration is in progress";
    return g_strdup (OPEN ("RegisterTargets") "<RegisterTargetsResult/>" CLOSE ("RegisterTargets"));
  }
  g_assert_cmpstr (call->action, ==, "DeregisterTargets");
  f->state = "draining";
  f->reason = "Target.DeregistrationInProgress";
  f->description = "Target deregistration is in progress";
  return g_strdup (
      OPEN ("DeregisterTargets") "<DeregisterTargetsResult/>" CLOSE ("DeregisterTargets"));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->fake = (AmbientFake){ .now_ms = NOW_MS, .seed = 3 };
  f->ambient = ambient_fake (&f->fake);
  f->aws = test_aws_start (answer, f, NOW_MS);
  f->client = aws_client_new (&f->aws->settings, &f->ambient);
  f->elbv2 = elbv2_new (f->client, &f->ambient);
  f->arena = arena_new ();
  f->settings =
      (BalancerSettings){ .name = "front", .driver = BALANCER_DRIVER_ELBV2, .aws_name = "api" };
  f->ask = (BalancerAsk){ .balancer = &f->settings,
                          .instance = "i-1",
                          .is_ec2 = TRUE,
                          .asked_ms = NOW_MS,
                          .now_ms = NOW_MS };
  f->type = "instance";
  f->port = "80";
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  elbv2_free (f->elbv2);
  aws_client_free (f->client);
  test_aws_stop (f->aws);
  arena_free (f->arena);
}

static void
block (Fixture *f)
{
  elbv2_balancer.block (f->elbv2, &f->ask, f->arena, &f->said);
}

static void
allow (Fixture *f)
{
  elbv2_balancer.allow (f->elbv2, &f->ask, f->arena, &f->said);
}

static void
expect_waits (Fixture *f, const char *message)
{
  g_assert_cmpstr (f->said.message, ==, message);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_NOT_YET);
  g_assert_cmpint (f->said.again_ms, >=, 1);
}

static void
expect_refused (Fixture *f, DeploymentError code, const char *part)
{
  g_assert_cmpint (f->said.outcome, ==, ERRAND_REFUSED);
  g_assert_cmpstr (deployment_error_name (f->said.code), ==, deployment_error_name (code));
  if (strstr (f->said.message, part) == NULL)
    g_error ("\"%s\" does not say \"%s\"", f->said.message, part);
}

#define CALL(action, rest) "elasticloadbalancing Action=" action "&Version=2015-12-01" rest "\n"
#define GROUP                                                                                      \
  "&TargetGroupArn=arn%3Aaws%3Aelasticloadbalancing%3Aeu-west-3%3A123456789012%3A"                 \
  "targetgroup%2Fapi%2F6d0ecf831eec9f09"
#define LOOKUP                                                                                     \
  CALL ("DescribeTargetGroups", "&Names.member.1=api")                                             \
  CALL ("DescribeTargetGroupAttributes", GROUP)
#define ID "&Targets.member.1.Id=i-1"

static void
expect_calls (Fixture *f, const char *calls)
{
  g_autofree char *made = test_aws_take_calls (f->aws);
  g_autofree char *lines = g_strconcat (made, *made != '\0' ? "\n" : "", NULL);
  g_assert_cmpstr (lines, ==, calls);
}

static void
test_block (Fixture *f, gconstpointer data)
{
  f->state = "healthy";
  block (f);
  expect_waits (f, "target group api: i-1 is draining, up to 300 s");
  expect_calls (f,
                LOOKUP CALL ("DescribeTargetHealth", GROUP) CALL ("DeregisterTargets", GROUP ID));
  block (f);
  expect_waits (f,
                "target group api: i-1 is draining (Target deregistration is in progress), up to "
                "300 s");
  expect_calls (f, CALL ("DescribeTargetHealth", GROUP));
  f->state = NULL;
  block (f);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_DONE);
  expect_calls (f, CALL ("DescribeTargetHealth", GROUP));
}

/* AWS leaves a registration with a port of its own alone unless that port is named. */
static void
test_block_own_port (Fixture *f, gconstpointer data)
{
  f->state = "unhealthy";
  f->port = "8081";
  block (f);
  expect_calls (f, LOOKUP CALL ("DescribeTargetHealth", GROUP)
                       CALL ("DeregisterTargets", GROUP ID "&Targets.member.1.Port=8081"));
}

static void
test_allow (Fixture *f, gconstpointer data)
{
  allow (f);
  expect_waits (f, "target group api: i-1 is registered; it has to pass 5 health checks in a row, "
                   "one every 30 s");
  expect_calls (f,
                LOOKUP CALL ("DescribeTargetHealth", GROUP ID) CALL ("RegisterTargets", GROUP ID));
  allow (f);
  expect_waits (f, "target group api: i-1 is initial (Target registration is in progress); it has "
                   "to pass 5 health checks in a row, one every 30 s");
  f->state = "unhealthy";
  f->description = "Health checks failed with these codes: [502]";
  allow (f);
  expect_waits (f, "target group api: i-1 is unhealthy (Health checks failed with these codes: "
                   "[502]); it has to pass 5 health checks in a row, one every 30 s");
  f->state = "healthy";
  f->reason = NULL;
  allow (f);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_DONE);
  f->state = "draining";
  allow (f);
  g_assert_cmpstr (f->state, ==, "initial");
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  f->ask.is_ec2 = FALSE;
  f->ask.instance = "web-01";
  allow (f);
  expect_refused (f, DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE,
                  "target group api takes EC2 instances only, and web-01 is a registered host");
  expect_calls (f, "");
  f->ask.is_ec2 = TRUE;
  f->ask.instance = "i-1";
  f->type = "ip";
  allow (f);
  expect_refused (f, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID, "targets of type ip");
  f->settings.aws_name = "other";
  block (f);
  expect_refused (f, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID,
                  "target group other: elasticloadbalancing DescribeTargetGroups: HTTP 400 "
                  "TargetGroupNotFound: One or more target groups not found");
}

static void
test_errors_of_calls (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *action, *code;
    DeploymentError means;
    const char *part;
  } cases[] = {
    { "RegisterTargets", "InvalidTarget", DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE, "InvalidTarget" },
    { "RegisterTargets", "TooManyTargets", DEPLOYMENT_ERROR_RESOURCE_LIMIT_EXCEEDED, "why" },
    { "RegisterTargets", "AccessDenied", DEPLOYMENT_ERROR_IAM_ROLE_PERMISSIONS,
      "target group api: the keys for AWS give no permission: elasticloadbalancing "
      "RegisterTargets: HTTP 400 AccessDenied: why" },
    { "DescribeTargetHealth", "TargetGroupNotFound",
      DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID, "TargetGroupNotFound" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    f->state = NULL;
    f->error_action = cases[i].action;
    f->error_code = cases[i].code;
    allow (f);
    expect_refused (f, cases[i].means, cases[i].part);
  }
  /* A group that was made anew has another ARN: it is looked up again. */
  f->error_action = NULL;
  g_free (test_aws_take_calls (f->aws));
  allow (f);
  expect_calls (f,
                LOOKUP CALL ("DescribeTargetHealth", GROUP ID) CALL ("RegisterTargets", GROUP ID));
}

static void
test_passing_trouble (Fixture *f, gconstpointer data)
{
  f->error_action = "DescribeTargetHealth";
  f->error_code = "Throttling";
  allow (f);
  expect_waits (f, "target group api: AWS throttles calls to it: elasticloadbalancing "
                   "DescribeTargetHealth: HTTP 400 Throttling: why");
  g_assert_cmpint (f->said.again_ms, ==, aws_client_pause_ms (f->client, "elasticloadbalancing"));
  f->fake.now_ms += f->said.again_ms;
  f->aws->now_ms = f->ask.now_ms = f->fake.now_ms;
  f->error_code = "ExpiredToken";
  allow (f);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_NOT_YET);
  f->ask.now_ms += AWS_BALANCER_KEYS_MS;
  allow (f);
  expect_refused (f, DEPLOYMENT_ERROR_IAM_ROLE_PERMISSIONS, "ExpiredToken");
}

static void
test_by_arn (Fixture *f, gconstpointer data)
{
  f->settings.aws_name = ARN;
  f->state = "healthy";
  allow (f);
  g_assert_cmpint (f->said.outcome, ==, ERRAND_DONE);
  g_autofree char *calls = test_aws_take_calls (f->aws);
  g_assert_nonnull (strstr (calls, "&TargetGroupArns.member.1=arn%3Aaws"));
}

static void
test_group_is_looked_up_again (Fixture *f, gconstpointer data)
{
  f->state = "healthy";
  allow (f);
  expect_calls (f, LOOKUP CALL ("DescribeTargetHealth", GROUP ID));
  f->fake.now_ms += 299 * 1000;
  f->aws->now_ms = f->fake.now_ms;
  allow (f);
  expect_calls (f, CALL ("DescribeTargetHealth", GROUP ID));
  f->fake.now_ms += 1000;
  f->aws->now_ms = f->fake.now_ms;
  allow (f);
  expect_calls (f, LOOKUP CALL ("DescribeTargetHealth", GROUP ID));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/elbv2/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("blocking-deregisters-and-waits-for-draining", test_block);
  ADD ("blocking-names-a-port-of-its-own", test_block_own_port);
  ADD ("allowing-registers-and-waits-for-health", test_allow);
  ADD ("hosts-and-groups-of-other-kinds-are-refused", test_refusals);
  ADD ("errors-of-calls-become-deployment-errors", test_errors_of_calls);
  ADD ("throttling-and-expired-keys-are-waited-for", test_passing_trouble);
  ADD ("a-group-may-be-named-by-its-arn", test_by_arn);
  ADD ("a-group-is-kept-for-five-minutes", test_group_is_looked_up_again);
  return g_test_run ();
}
