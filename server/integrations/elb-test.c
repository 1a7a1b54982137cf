#include "server/integrations/elb.h"

#include "server/integrations/test-aws.h"

#define NOW_MS G_GINT64_CONSTANT (1790000000000)
#define OPEN(action)                                                                               \
  "<" action "Response xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/\">"       \
  "<" action "Result>"
#define CLOSE(action)                                                                              \
  "</" action "Result><ResponseMetadata><RequestId>83c88b9d-12b7-11e3-8b82-87b12EXAMPLE"           \
  "</RequestId></ResponseMetadata></" action "Response>"
#define GONE "Instance is not currently registered with the LoadBalancer."

typedef struct {
  AmbientFake fake;
  Ambient ambient;
  TestAws *aws;
  AwsClient *client;
  Arena *arena;
  BalancerSettings settings;
  BalancerAsk ask;
  BalancerSaid said;
  const char *state, *description; /* of i-1 */
  const char *error_action, *error_code;
} Fixture;

static char *
answer (const TestAwsCall *call, guint *status, gpointer data)
{
  Fixture *f = data;
  g_assert_cmpstr (test_aws_parameter (call, "LoadBalancerName"), ==, "old");
  g_assert_cmpstr (test_aws_parameter (call, "Instances.member.1.InstanceId"), ==, "i-1");
  if (g_strcmp0 (f->error_action, call->action) == 0) {
    *status = 400;
    return g_strdup_printf ("<ErrorResponse xmlns=\"http://x/\"><Error><Type>Sender</Type><Code>%s"
                            "</Code><Message>why</Message></Error><RequestId>r</RequestId>"
                            "</ErrorResponse>",
                            f->error_code);
  }
  if (strcmp (call->action, "DescribeInstanceHealth") == 0)
    return g_strdup_printf (
        OPEN ("DescribeInstanceHealth") "<InstanceStates><member><Description>%s</Description>"
                                        "<InstanceId>i-1</InstanceId><State>%s</State>"
                                        "<ReasonCode>Instance</ReasonCode></member></"
                                        "InstanceStates>" CLOSE ("DescribeInstanceHealth"),
        f->description, f->state);
  if (strcmp (call->action, "RegisterInstancesWithLoadBalancer") == 0) {
    f->state = "OutOfService";
    f->description = "Instance registration is still in progress.";
    return g_strdup (
        OPEN ("RegisterInstancesWithLoadBalancer") "<Instances><member><InstanceId>i-1</"
                                                   "InstanceId></member></Instances>" CLOSE (
                                                       "RegisterInstancesWithLoadBalancer"));
  }
  g_assert_cmpstr (call->action, ==, "DeregisterInstancesFromLoadBalancer");
  f->state = "InService";
  f->description = "Instance deregistration currently in progress.";
  return g_strdup (OPEN ("DeregisterInstancesFromLoadBalancer") "<Instances/>" CLOSE (
      "DeregisterInstancesFromLoadBalancer"));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->fake = (AmbientFake){ .now_ms = NOW_MS, .seed = 3 };
  f->ambient = ambient_fake (&f->fake);
  f->aws = test_aws_start (answer, f, NOW_MS);
  f->client = aws_client_new (&f->aws->settings, &f->ambient);
  f->arena = arena_new ();
  f->settings =
      (BalancerSettings){ .name = "old", .driver = BALANCER_DRIVER_ELB, .aws_name = "old" };
  f->ask = (BalancerAsk){ .balancer = &f->settings,
                          .instance = "i-1",
                          .is_ec2 = TRUE,
                          .asked_ms = NOW_MS,
                          .now_ms = NOW_MS };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  aws_client_free (f->client);
  test_aws_stop (f->aws);
  arena_free (f->arena);
}

typedef void (*Wish) (gpointer, const BalancerAsk *, Arena *, BalancerSaid *);

static void
expect (Fixture *f, Wish wish, ErrandOutcome outcome, const char *message)
{
  wish (f->client, &f->ask, f->arena, &f->said);
  g_assert_cmpstr (f->said.message, ==, message);
  g_assert_cmpint (f->said.outcome, ==, outcome);
}

static void
expect_calls (Fixture *f, const char *actions)
{
  g_autofree char *made = test_aws_take_calls (f->aws);
  g_autoptr (GString) names = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (made, "\n", -1);
  for (char **line = lines; *line != NULL && **line != '\0'; line++) {
    g_assert_true (g_str_has_prefix (*line, "elasticloadbalancing Action="));
    g_assert_nonnull (strstr (*line, "&Version=2012-06-01&"));
    const char *name = *line + strlen ("elasticloadbalancing Action=");
    g_string_append_printf (names, "%.*s ", (int)strcspn (name, "&"), name);
  }
  g_assert_cmpstr (names->str, ==, actions);
}

static void
test_block (Fixture *f, gconstpointer data)
{
  f->state = "InService";
  f->description = "N/A";
  expect (f, elb_balancer.block, ERRAND_NOT_YET, "classic load balancer old: i-1 is draining");
  expect_calls (f, "DescribeInstanceHealth DeregisterInstancesFromLoadBalancer ");
  expect (f, elb_balancer.block, ERRAND_NOT_YET,
          "classic load balancer old: i-1 is draining: Instance deregistration currently in "
          "progress.");
  expect_calls (f, "DescribeInstanceHealth ");
  f->state = "OutOfService";
  f->description = GONE;
  expect (f, elb_balancer.block, ERRAND_DONE, NULL);
  f->error_action = "DescribeInstanceHealth";
  f->error_code = "InvalidInstance";
  expect (f, elb_balancer.block, ERRAND_DONE, NULL);
}

/* One that is unhealthy would get traffic again if it recovered. */
static void
test_block_out_of_service (Fixture *f, gconstpointer data)
{
  f->state = "OutOfService";
  f->description = "Instance has failed at least the UnhealthyThreshold number of health checks "
                   "consecutively.";
  expect (f, elb_balancer.block, ERRAND_NOT_YET, "classic load balancer old: i-1 is draining");
  expect_calls (f, "DescribeInstanceHealth DeregisterInstancesFromLoadBalancer ");
}

static void
test_allow (Fixture *f, gconstpointer data)
{
  f->state = "OutOfService";
  f->description = GONE;
  expect (f, elb_balancer.allow, ERRAND_NOT_YET,
          "classic load balancer old: i-1 is registered: its health checks have to pass");
  expect_calls (f, "DescribeInstanceHealth RegisterInstancesWithLoadBalancer ");
  expect (f, elb_balancer.allow, ERRAND_NOT_YET,
          "classic load balancer old: i-1 is OutOfService: Instance registration is still in "
          "progress.");
  f->state = "InService";
  f->description = "N/A";
  expect (f, elb_balancer.allow, ERRAND_DONE, NULL);
  f->description = "Instance deregistration currently in progress.";
  expect (f, elb_balancer.allow, ERRAND_NOT_YET,
          "classic load balancer old: i-1 is registered: its health checks have to pass");
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  f->error_action = "DescribeInstanceHealth";
  f->error_code = "LoadBalancerNotFound";
  expect (f, elb_balancer.allow, ERRAND_REFUSED,
          "classic load balancer old: elasticloadbalancing DescribeInstanceHealth: HTTP 400 "
          "LoadBalancerNotFound: why");
  g_assert_cmpint (f->said.code, ==, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID);
  f->error_action = "RegisterInstancesWithLoadBalancer";
  f->error_code = "InvalidInstance";
  f->state = "OutOfService";
  f->description = GONE;
  expect (f, elb_balancer.allow, ERRAND_REFUSED,
          "classic load balancer old: elasticloadbalancing RegisterInstancesWithLoadBalancer: HTTP "
          "400 InvalidInstance: why");
  g_assert_cmpint (f->said.code, ==, DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE);
  f->ask.is_ec2 = FALSE;
  f->ask.instance = "web-01";
  expect (f, elb_balancer.block, ERRAND_REFUSED,
          "classic load balancer old takes EC2 instances only, and web-01 is a registered host");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/elb/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("blocking-deregisters-and-waits-for-draining", test_block);
  ADD ("blocking-deregisters-what-is-out-of-service", test_block_out_of_service);
  ADD ("allowing-registers-and-waits-for-service", test_allow);
  ADD ("refusals", test_refusals);
  return g_test_run ();
}
