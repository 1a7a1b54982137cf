#include "server/engine/plan.h"

#include "server/engine/simulated-cloud.h"

/* Plans of deployments to hosts that only other services know, and what becomes of a deployment that carries one out
 * (docs/deploying.md). The API around it: server/actions/plan-test.c. */

#define BY_ROLE "'ec2TagFilters':[{'Key':'role','Value':'web','Type':'KEY_AND_VALUE'}]"
#define COPY                                                                                       \
  "{'blueGreenDeploymentConfiguration':{'greenFleetProvisioningOption':{'action':"                 \
  "'COPY_AUTO_SCALING_GROUP'}}}"
#define DISCOVER(role)                                                                             \
  "{'blueGreenDeploymentConfiguration':{'greenFleetProvisioningOption':{'action':"                 \
  "'DISCOVER_EXISTING'}},'targetInstances':{'tagFilters':[{'Key':'role','Value':'" role            \
  "','Type':'KEY_AND_VALUE'}]}}"

static const char half[] = "CodeDeployDefault.HalfAtATime";

/* ---- planning ---- */

typedef struct {
  Fleet *fleet;
  const FleetOrder *order;
  DeploymentRecord draft;
  const DeploymentGroupRecord *group;
  ErrandReadingList readings;
  DeploymentPlan *plan;
  const char *changed;
} Planning;

static void
ask_body (StoreTx *tx, gpointer data)
{
  Planning *planning = data;
  g_autoptr (GError) error = NULL;
  planning->draft = fleet_draft (planning->fleet, planning->order, tx);
  FLEET_CHECK (engine_plan_questions (planning->fleet->engine, &planning->draft, planning->group,
                                      planning->fleet->arena, &planning->readings, &error),
               error);
}

static void
plan_body (StoreTx *tx, gpointer data)
{
  Planning *planning = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_plan_deployment (planning->fleet->engine, tx, &planning->draft,
                                       planning->group, &planning->readings,
                                       planning->fleet->fake.now_ms, planning->fleet->arena,
                                       planning->plan, &error),
               error);
}

static void
check_body (StoreTx *tx, gpointer data)
{
  Planning *planning = data;
  g_autoptr (GError) error = NULL;
  planning->draft = fleet_draft (planning->fleet, planning->order, tx);
  FLEET_CHECK (engine_plan_check (planning->fleet->engine, tx, &planning->draft, planning->group,
                                  planning->order->plan_token, planning->fleet->arena,
                                  &planning->changed, &error),
               error);
}

/* What the cloud, or a rule for errands, says to each question. */
static void
answer (Planning *planning)
{
  for (gsize i = 0; i < planning->readings.n; i++) {
    ErrandReading *reading = &planning->readings.items[i];
    const ErrandRecord errand = { .owner_id = "plan",
                                  .ordinal = ERRAND_NO_TARGET,
                                  .kind = reading->kind,
                                  .request_json = reading->request_json,
                                  .tries = 1 };
    reading->result = fleet_errand_result (planning->fleet, &errand, NULL);
  }
}

static void
plan (Fleet *fleet, const FleetOrder *order, DeploymentPlan *out)
{
  Planning planning = { .fleet = fleet,
                        .order = order,
                        .group = fleet_group (fleet, order->group != NULL ? order->group : "blog"),
                        .plan = out };
  fleet_in_tx (fleet, STORE_WRITE, ask_body, &planning);
  answer (&planning);
  fleet_in_tx (fleet, STORE_READ, plan_body, &planning);
}

static const char *
token_of (Fleet *fleet, const FleetOrder *order)
{
  g_auto (DeploymentPlan) made = { 0 };
  plan (fleet, order, &made);
  g_assert_nonnull (made.token);
  return made.token;
}

/* What CreateDeployment would find. */
static const char *
changed_since (Fleet *fleet, const FleetOrder *order)
{
  Planning planning = { .fleet = fleet,
                        .order = order,
                        .group =
                            fleet_group (fleet, order->group != NULL ? order->group : "blog") };
  fleet_in_tx (fleet, STORE_WRITE, check_body, &planning);
  return planning.changed;
}

/* ---- expecting ---- */

/* "i-1 i-2" */
static void
expect_hosts (const PlanHostList *hosts, const char *expected)
{
  g_autoptr (GString) names = g_string_new (NULL);
  for (gsize i = 0; i < hosts->n; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "", hosts->items[i].target_id);
  g_assert_cmpstr (names->str, ==, expected);
}

/* What a plan says is all in one text: "blocks CODE: message\n" ... */
static char *
findings_text (const DeploymentPlan *made)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < made->findings->len; i++) {
    const PlanFinding *finding = &g_array_index (made->findings, PlanFinding, i);
    g_string_append_printf (text, "%s %s: %s\n",
                            finding->severity == PLAN_BLOCKS ? "blocks" : "warns", finding->code,
                            finding->message);
  }
  return g_strdup (text->str);
}

static void
expect_finding (const DeploymentPlan *made, const char *part)
{
  g_autofree char *text = findings_text (made);
  if (strstr (text, part) == NULL)
    g_error ("no \"%s\" in\n%s", part, text);
}

static void
expect_no_finding (const DeploymentPlan *made, const char *part)
{
  g_autofree char *text = findings_text (made);
  if (strstr (text, part) != NULL)
    g_error ("\"%s\" in\n%s", part, text);
}

static void
expect_stale (Fleet *fleet, const char *id, const char *part)
{
  const DeploymentRecord *deployment = fleet_deployment (fleet, id);
  fleet_expect (fleet, id, "Failed PLAN_IS_STALE 0/0/0");
  if (strstr (deployment->error_message, part) == NULL)
    g_error ("no \"%s\" in \"%s\"", part, deployment->error_message);
}

/* ---- EC2 ---- */

/* i-1 and i-2 by tags, i-3 in an Auto Scaling group, web-01 registered. */
static Cloud *
mixed_group (Fleet *fleet)
{
  Cloud *cloud = cloud_new (fleet);
  cloud_add_group (
      fleet, "cloud",
      "{" BY_ROLE ",'autoScalingGroups':[{'name':'workers'}],"
      "'onPremisesInstanceTagFilters':[{'Key':'role','Value':'web','Type':'KEY_AND_VALUE'}]}");
  cloud_add (cloud, "i-1", "running", "role=web", NULL, NULL);
  cloud_add (cloud, "i-2", "running", "role=web", NULL, NULL);
  cloud_add (cloud, "i-3", "running", "", "workers", "InService");
  cloud_add (cloud, "i-4", "running", "", "workers", "Pending:Wait");
  return cloud;
}

static void
test_instances_are_in_the_plan (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  g_autoptr (Cloud) cloud = mixed_group (fleet);
  g_auto (DeploymentPlan) made = { 0 };
  plan (fleet, &(FleetOrder){ .revision = 1, .group = "cloud", .config = half }, &made);
  expect_hosts (&made.hosts, "i-1 i-2 i-3 web-01");
  g_assert_cmpint (made.scheduler.minimum_healthy, ==, 2);
  g_assert_cmpint (deployment_plan_batch (&made, NULL), ==, 2);
  g_assert_false (made.has_gaps);
  expect_finding (
      &made,
      "warns HOST_NOT_SEEN: 4 of 4 hosts have not been heard of since this server was started at ");
  expect_no_finding (&made, "INSTANCES_NOT_LISTED");
}

static void
test_an_instance_that_polls_is_seen (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  g_autoptr (Cloud) cloud = mixed_group (fleet);
  g_auto (DeploymentPlan) made = { 0 };
  fleet_run (fleet); /* all hosts poll */
  plan (fleet, &(FleetOrder){ .revision = 1, .group = "cloud" }, &made);
  expect_no_finding (&made, "HOST_NOT_SEEN");
  g_assert_cmpint (made.hosts.items[0].last_seen_ms, !=, 0);
  fleet_host (fleet, "i-2")->dead = TRUE;
  fleet_later (fleet, 200);
  g_auto (DeploymentPlan) later = { 0 };
  plan (fleet, &(FleetOrder){ .revision = 1, .group = "cloud" }, &later);
  expect_finding (&later, "HOST_NOT_SEEN: 1 of 4 hosts have not been heard of for 150 s: i-2. ");
}

static void
test_health_and_quota_count_instances (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = mixed_group (fleet);
  g_auto (DeploymentPlan) unreachable = { 0 };
  plan (fleet, &(FleetOrder){ .revision = 1, .group = "cloud", .config = "HOST_COUNT:3" },
        &unreachable);
  expect_finding (&unreachable, "blocks HEALTH_CONSTRAINTS_INVALID: ");
  expect_finding (&unreachable, "needs 3 of 3 hosts healthy");
  fleet->quotas.instances_per_deployment = 2;
  g_auto (DeploymentPlan) many = { 0 };
  plan (fleet, &(FleetOrder){ .revision = 1, .group = "cloud" }, &many);
  expect_finding (&many, "blocks OVER_MAX_INSTANCES: ");
}

static void
test_waves_by_tags_of_instances (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = mixed_group (fleet);
  cloud_add (cloud, "i-9", "running", "role=web,canary=yes", NULL, NULL);
  g_auto (DeploymentPlan) made = { 0 };
  plan (fleet,
        &(FleetOrder){ .revision = 1,
                       .group = "cloud",
                       .waves = "[{'name':'canary','tagFilters':[{'Key':'canary','Value':'yes',"
                                "'Type':'KEY_AND_VALUE'}]},{'name':'rest'}]" },
        &made);
  expect_hosts (&made.hosts, "i-9 i-1 i-2 i-3");
  g_assert_cmpuint (made.stages.n, ==, 2);
  g_assert_cmpint (made.stages.items[0].n, ==, 1);
}

static void
test_what_is_not_listed_is_a_gap (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = mixed_group (fleet);
  const ErrandResult away = { .outcome = ERRAND_NOT_YET, .message = "no answer within 5 s" };
  const ErrandResult refused = { .outcome = ERRAND_REFUSED,
                                 .code = DEPLOYMENT_ERROR_IAM_ROLE_PERMISSIONS,
                                 .message = "EC2: not authorized" };
  const ErrandResult odd = { .outcome = ERRAND_DONE, .answer_json = "{\"instances\":[{}]}" };
  const FleetOrder order = { .revision = 1, .group = "cloud" };
  g_auto (DeploymentPlan) silent = { 0 };
  fleet_tell_errand (fleet, ERRAND_LIST_FLEET, NULL, &away, 1);
  plan (fleet, &order, &silent);
  expect_finding (&silent,
                  "warns INSTANCES_NOT_LISTED: The EC2 instances with the tags (role=web), "
                  "or in service in the Auto Scaling groups workers could not be listed "
                  "right now: no answer within 5 s.");
  expect_no_finding (&silent, "NO_INSTANCES");
  g_assert_true (silent.has_gaps);
  g_assert_null (silent.token);

  g_auto (DeploymentPlan) closed = { 0 };
  fleet_tell_errand (fleet, ERRAND_LIST_FLEET, NULL, &refused, 1);
  plan (fleet, &order, &closed);
  expect_finding (&closed, "blocks IAM_ROLE_PERMISSIONS: The EC2 instances");
  g_assert_null (closed.token);

  g_auto (DeploymentPlan) malformed = { 0 };
  fleet_tell_errand (fleet, ERRAND_LIST_FLEET, NULL, &odd, 1);
  plan (fleet, &order, &malformed);
  expect_finding (&malformed, "blocks INTERNAL_ERROR: The list of EC2 instances cannot be read");
  g_assert_null (malformed.token);
}

static void
test_nobody_is_a_block (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{" BY_ROLE "}");
  g_auto (DeploymentPlan) made = { 0 };
  plan (fleet, &(FleetOrder){ .revision = 1, .group = "cloud" }, &made);
  expect_finding (&made, "blocks NO_INSTANCES: ");
  expect_finding (&made, "There are no EC2 instances with the tags (role=web)");
}

/* ---- blue/green ---- */

static void
test_a_copy_is_counted (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{'autoScalingGroups':[{'name':'workers'}]}");
  const FleetOrder order = {
    .revision = 1, .group = "cloud", .config = half, .target_group = "shop", .blue_green = COPY
  };
  g_auto (DeploymentPlan) empty = { 0 };
  plan (fleet, &order, &empty);
  expect_finding (&empty, "blocks NO_INSTANCES: No instance of Auto Scaling group workers is in");
  for (int i = 1; i <= 4; i++)
    cloud_add (cloud, arena_printf (fleet->arena, "i-%d", i), "running", "", "workers",
               i < 4 ? "InService" : "Pending");
  g_auto (DeploymentPlan) made = { 0 };
  plan (fleet, &order, &made);
  expect_hosts (&made.hosts, "");
  expect_hosts (&made.originals, "i-1 i-2 i-3");
  g_assert_cmpstr (made.copied, ==, "workers");
  g_assert_cmpuint (made.n_copied, ==, 3);
  g_assert_cmpint (made.scheduler.minimum_healthy, ==, 2);
  g_assert_cmpint (deployment_plan_batch (&made, NULL), ==, 1);
  expect_finding (&made, "HOST_NOT_SEEN: 3 of 3 hosts");
  expect_no_finding (&made, "blocks");

  g_auto (DeploymentPlan) zoned = { 0 };
  FleetOrder by_zone = order;
  by_zone.zones = "{}";
  plan (fleet, &by_zone, &zoned);
  expect_finding (&zoned, "warns ZONES_NOT_KNOWN: ");
}

static void
test_replacements_are_listed (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{" BY_ROLE "}");
  cloud_add (cloud, "i-1", "running", "role=web", NULL, NULL);
  const FleetOrder order = {
    .revision = 1, .group = "cloud", .target_group = "shop", .blue_green = DISCOVER ("green")
  };
  g_auto (DeploymentPlan) nobody = { 0 };
  plan (fleet, &order, &nobody);
  expect_finding (&nobody, "blocks NO_INSTANCES: The deployment's targetInstances select no");
  cloud_add (cloud, "i-8", "running", "role=green", NULL, NULL);
  cloud_add (cloud, "i-9", "running", "role=green", NULL, NULL);
  g_auto (DeploymentPlan) made = { 0 };
  plan (fleet, &order, &made);
  expect_hosts (&made.hosts, "i-8 i-9");
  expect_hosts (&made.originals, "i-1");
  g_assert_null (made.copied);
  expect_no_finding (&made, "blocks");

  g_auto (DeploymentPlan) same = { 0 };
  const FleetOrder itself = {
    .revision = 1, .group = "cloud", .target_group = "shop", .blue_green = DISCOVER ("web")
  };
  plan (fleet, &itself, &same);
  expect_finding (&same, "are in deployment group cloud already");
}

static void
test_registered_hosts_need_a_balancer_that_takes_them (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_add_tagged_host (fleet, "green-01", "green");
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  const FleetOrder order = { .revision = 1,
                             .target_group = "shop",
                             .blue_green = DISCOVER ("green") };
  g_auto (DeploymentPlan) refused = { 0 };
  plan (fleet, &order, &refused);
  expect_finding (&refused, "blocks ELB_INVALID_INSTANCE: Instance web-01 is an on-premises");
  fleet->carries_registered = TRUE;
  g_auto (DeploymentPlan) made = { 0 };
  plan (fleet, &order, &made);
  expect_hosts (&made.hosts, "green-01");
  expect_hosts (&made.originals, "web-01");
  expect_no_finding (&made, "blocks");
}

/* ---- carrying it out ---- */

static void
test_what_was_planned_is_carried_out (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  g_autoptr (Cloud) cloud = mixed_group (fleet);
  FleetOrder order = { .revision = 1, .group = "cloud" };
  order.plan_token = token_of (fleet, &order);
  g_assert_null (changed_since (fleet, &order));
  const char *id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 4/0/0");
}

static void
test_an_instance_that_came_makes_it_stale (void)
{
  static const char *const on_failure[] = { "DEPLOYMENT_FAILURE", NULL };
  g_autoptr (Fleet) fleet = fleet_new (1);
  g_autoptr (Cloud) cloud = mixed_group (fleet);
  FleetOrder order = { .revision = 1, .group = "cloud", .rollback_events = on_failure };
  const char *good = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  fleet_expect (fleet, good, "Succeeded 4/0/0");

  order.plan_token = token_of (fleet, &order);
  cloud_add (cloud, "i-5", "running", "role=web", NULL, NULL);
  g_assert_null (changed_since (fleet, &order)); /* nobody is asked there */
  const char *id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  expect_stale (fleet, id,
                "the plan was for 5 hosts, and deployment group cloud has 6 now; new is "
                "i-5. Nothing was begun");
  g_assert_null (fleet_deployment (fleet, id)->rollback_id);
  order.plan_token = token_of (fleet, &order);
  id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 6/0/0");
}

static void
test_other_changes_of_instances_make_it_stale (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{" BY_ROLE "}");
  for (int i = 1; i <= 3; i++)
    cloud_add (cloud, arena_printf (fleet->arena, "i-%d", i), "running", "role=web", NULL, NULL);
  FleetOrder order = { .revision = 1, .group = "cloud" };
  order.plan_token = token_of (fleet, &order);
  cloud_instance (cloud, "i-2")->state = "terminated";
  const char *id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  expect_stale (fleet, id, "the plan was for 3 hosts, and deployment group cloud has 2 now.");
  cloud_add (cloud, "i-6", "running", "role=web", NULL, NULL);
  id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  expect_stale (fleet, id, "deployment group cloud has as many hosts as then, but others.");
}

static void
test_registered_hosts_are_compared_at_once (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  g_autoptr (Cloud) cloud = mixed_group (fleet);
  FleetOrder order = { .revision = 1, .group = "cloud" }, registered = { .revision = 1 };
  order.plan_token = token_of (fleet, &order);
  registered.plan_token = token_of (fleet, &registered);
  fleet_add_host (fleet, "web-02");
  g_assert_cmpstr (changed_since (fleet, &order), ==,
                   "the registered hosts of deployment group cloud, their health or zones have "
                   "changed");
  g_assert_cmpstr (changed_since (fleet, &registered), ==,
                   "the plan was for 1 hosts, and deployment group blog has 2 now; new is web-02");
  order.revision = 2;
  g_assert_cmpstr (changed_since (fleet, &order), ==,
                   "this is not the request that was planned; the registered hosts of deployment "
                   "group cloud, their health or zones have changed");
}

/* Hosts that come between its creation and its start are noticed, too. */
static void
test_hosts_that_come_before_the_start_make_it_stale (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  FleetOrder order = { .revision = 1 };
  order.plan_token = token_of (fleet, &order);
  const char *id = fleet_deploy (fleet, &order);
  fleet_add_host (fleet, "web-02");
  fleet_run (fleet);
  expect_stale (fleet, id, "new is web-02");
}

static void
test_health_makes_it_stale (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  FleetOrder order = { .revision = 1 };
  order.plan_token = token_of (fleet, &order);
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_FAIL);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = half });
  fleet_run (fleet);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, !=, DEPLOYMENT_IN_PROGRESS);
  g_assert_nonnull (strstr (changed_since (fleet, &order), "deployment group blog"));
}

static void
test_a_copy_is_carried_out (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{'autoScalingGroups':[{'name':'workers'}]}");
  cloud_add (cloud, "i-1", "running", "", "workers", "InService");
  FleetOrder order = {
    .revision = 1, .group = "cloud", .target_group = "shop", .blue_green = COPY
  };
  order.plan_token = token_of (fleet, &order);
  g_assert_null (changed_since (fleet, &order));
  const char *id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  g_assert_cmpint (fleet_deployment (fleet, id)->error_code, !=, DEPLOYMENT_ERROR_PLAN_IS_STALE);
  g_assert_cmpstr (fleet_deployment (fleet, id)->fleet_name, !=, NULL);

  cloud_add_group (fleet, "other", "{'autoScalingGroups':[{'name':'others'}]}");
  cloud_add (cloud, "i-2", "running", "", "others", "InService");
  order.group = "other";
  order.plan_token = NULL;
  order.plan_token = token_of (fleet, &order);
  cloud_add (cloud, "i-3", "running", "", "others", "InService");
  id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  expect_stale (fleet, id, "new is i-3");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/instances-are-in-the-plan", test_instances_are_in_the_plan);
  g_test_add_func ("/plan/an-instance-that-polls-is-seen", test_an_instance_that_polls_is_seen);
  g_test_add_func ("/plan/health-and-quota-count-instances", test_health_and_quota_count_instances);
  g_test_add_func ("/plan/waves-by-tags-of-instances", test_waves_by_tags_of_instances);
  g_test_add_func ("/plan/what-is-not-listed-is-a-gap", test_what_is_not_listed_is_a_gap);
  g_test_add_func ("/plan/nobody-is-a-block", test_nobody_is_a_block);
  g_test_add_func ("/plan/a-copy-is-counted", test_a_copy_is_counted);
  g_test_add_func ("/plan/replacements-are-listed", test_replacements_are_listed);
  g_test_add_func ("/plan/registered-hosts-need-a-balancer-that-takes-them",
                   test_registered_hosts_need_a_balancer_that_takes_them);
  g_test_add_func ("/plan/what-was-planned-is-carried-out", test_what_was_planned_is_carried_out);
  g_test_add_func ("/plan/an-instance-that-came-makes-it-stale",
                   test_an_instance_that_came_makes_it_stale);
  g_test_add_func ("/plan/other-changes-of-instances-make-it-stale",
                   test_other_changes_of_instances_make_it_stale);
  g_test_add_func ("/plan/registered-hosts-are-compared-at-once",
                   test_registered_hosts_are_compared_at_once);
  g_test_add_func ("/plan/hosts-that-come-before-the-start-make-it-stale",
                   test_hosts_that_come_before_the_start_make_it_stale);
  g_test_add_func ("/plan/health-makes-it-stale", test_health_makes_it_stale);
  g_test_add_func ("/plan/a-copy-is-carried-out", test_a_copy_is_carried_out);
  return g_test_run ();
}
