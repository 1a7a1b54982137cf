#include "server/engine/simulated-cloud.h"

/* Which EC2 instances a deployment has: deployments.md 8.1, 3.3. */

#define BY_ROLE "'ec2TagFilters':[{'Key':'role','Value':'web','Type':'KEY_AND_VALUE'}]"

static const char *
deploy (Fleet *fleet, const char *group)
{
  const char *id = fleet_deploy (
      fleet,
      &(FleetOrder){ .revision = 1, .group = group, .config = "CodeDeployDefault.AllAtOnce" });
  fleet_run (fleet);
  return id;
}

static void
read_target (StoreTx *tx, gpointer data)
{
  FleetFind *find = data;
  g_autoptr (GError) error = NULL;
  TargetRecord *record;
  FLEET_CHECK (
      target_record_by_target_id (tx, find->id, find->name, find->fleet->arena, &record, &error),
      error);
  find->out = record;
}

static const TargetRecord *
target (Fleet *fleet, const char *id, const char *name)
{
  FleetFind find = { .fleet = fleet, .id = id, .name = name };
  fleet_in_tx (fleet, STORE_READ, read_target, &find);
  return find.out;
}

static void
expect_message (Fleet *fleet, const char *id, const char *part)
{
  const char *message = fleet_deployment (fleet, id)->error_message;
  if (message == NULL || strstr (message, part) == NULL)
    g_error ("%s ends with \"%s\", which lacks \"%s\"", id, message, part);
}

static void
test_tagged_instances_run_or_are_stopped (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{" BY_ROLE "}");
  cloud_add (cloud, "i-running", "running", "role=web,a=b", NULL, NULL);
  cloud_add (cloud, "i-stopped", "stopped", "role=web", NULL, NULL);
  cloud_add (cloud, "i-terminated", "terminated", "role=web", NULL, NULL);
  cloud_add (cloud, "i-leaving", "shutting-down", "role=web", NULL, NULL);
  cloud_add (cloud, "i-other", "running", "role=Web", NULL, NULL);
  const char *id = deploy (fleet, "cloud");
  fleet_later (fleet, 3601); /* the stopped one does not answer */
  fleet_expect (fleet, id, "Succeeded 1/1/0");
  const TargetRecord *record = target (fleet, id, "i-running");
  g_assert_cmpstr (record->target_arn, ==, "arn:aws:ec2:eu-west-3:123456789012:instance/i-running");
  g_assert_cmpstr (record->host_arn, ==, record->target_arn);
  g_assert_cmpstr (record->zone, ==, "eu-west-3a");
  g_assert_cmpstr (g_ptr_array_index (cloud->calls, 0), ==,
                   "list-fleet {\"tagGroups\":[[{\"Key\":\"role\",\"Value\":\"web\",\"Type\":"
                   "\"KEY_AND_VALUE\"}]],\"autoScalingGroups\":[]}");
}

/* 156 */
static void
test_sets_are_anded (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (
      fleet, "cloud",
      "{'ec2TagSet':{'ec2TagSetList':["
      "[{'Key':'role','Value':'web','Type':'KEY_AND_VALUE'},{'Key':'old','Type':'KEY_ONLY'}],"
      "[{'Value':'1','Type':'VALUE_ONLY'}]]}}");
  cloud_add (cloud, "i-1", "running", "role=web,tier=1", NULL, NULL);
  cloud_add (cloud, "i-2", "running", "old=x,n=1", NULL, NULL);
  cloud_add (cloud, "i-3", "running", "role=web", NULL, NULL);
  cloud_add (cloud, "i-4", "running", "tier=1", NULL, NULL);
  const char *id = deploy (fleet, "cloud");
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  g_assert_nonnull (target (fleet, id, "i-1"));
  g_assert_nonnull (target (fleet, id, "i-2"));
}

/* 157: what is found twice is one target */
static void
test_tags_groups_and_registered_hosts_are_united (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (
      fleet, "cloud",
      "{" BY_ROLE ",'autoScalingGroups':[{'name':'workers'}],"
      "'onPremisesInstanceTagFilters':[{'Key':'role','Value':'web','Type':'KEY_AND_VALUE'}]}");
  cloud_add (cloud, "i-1", "running", "role=web", "workers", "InService");
  cloud_add (cloud, "i-2", "running", "", "workers", "InService");
  cloud_add (cloud, "i-3", "running", "", "workers", "Pending:Wait");
  cloud_add (cloud, "i-4", "running", "", "others", "InService");
  cloud_add (cloud, "i-5", "running", "role=web", NULL, NULL);
  const char *id = deploy (fleet, "cloud");
  fleet_expect (fleet, id, "Succeeded 5/0/0");
  g_assert_nonnull (target (fleet, id, "web-01"));
  g_assert_null (target (fleet, id, "i-3"));
  g_assert_null (target (fleet, id, "i-4"));
}

/* 163, 17 */
static void
test_the_list_is_made_once (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  const ErrandResult busy = { .outcome = ERRAND_NOT_YET, .again_ms = 5000, .message = "busy" };
  cloud_add_group (fleet, "cloud", "{" BY_ROLE "}");
  cloud_add (cloud, "i-1", "running", "role=web", NULL, NULL);
  fleet_tell_errand (fleet, ERRAND_LIST_FLEET, NULL, &busy, 1);
  const char *id = deploy (fleet, "cloud");
  const DeploymentRecord *waiting = fleet_deployment (fleet, id);
  g_assert_cmpint (waiting->status, ==, DEPLOYMENT_CREATED);
  g_assert_cmpint (waiting->wait, ==, DEPLOYMENT_WAIT_FLEET);
  fleet_tell (fleet, "i-1", LIFECYCLE_INSTALL, DEED_HANG);
  fleet_later (fleet, 5);
  cloud_add (cloud, "i-2", "running", "role=web", NULL, NULL);
  fleet_later (fleet, 5000);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
  g_assert_cmpint (fleet_deployment (fleet, id)->wait, ==, DEPLOYMENT_WAIT_NONE);
  g_assert_cmpuint (cloud->calls->len, ==, 1);
}

static void
test_a_kill_while_it_is_asked_for_does_no_harm (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  const ErrandResult busy = { .outcome = ERRAND_NOT_YET, .again_ms = 5000, .message = "busy" };
  cloud_add_group (fleet, "cloud", "{" BY_ROLE "}");
  cloud_add (cloud, "i-1", "running", "role=web", NULL, NULL);
  fleet_tell_errand (fleet, ERRAND_LIST_FLEET, NULL, &busy, 1);
  const char *id = deploy (fleet, "cloud");
  fleet_restart (fleet);
  fleet_host (fleet, "i-1")->polling = FALSE;
  fleet_later (fleet, 5);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

static void
test_what_cannot_be_listed_ends_it (void)
{
  static const struct {
    DeploymentError code;
    const char *expected;
  } refusals[] = {
    { DEPLOYMENT_ERROR_IAM_ROLE_PERMISSIONS, "Failed IAM_ROLE_PERMISSIONS 0/0/0" },
    { DEPLOYMENT_ERROR_THROTTLED, "Failed THROTTLED 0/0/0" },
    { DEPLOYMENT_ERROR_NONE, "Failed INTERNAL_ERROR 0/0/0" },
  };
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{" BY_ROLE ",'autoScalingGroups':[{'name':'workers'}]}");
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++) {
    const ErrandResult refused = { .outcome = ERRAND_REFUSED,
                                   .code = refusals[i].code,
                                   .message = "EC2: not authorized" };
    fleet_tell_errand (fleet, ERRAND_LIST_FLEET, NULL, &refused, 1);
    const char *id = deploy (fleet, "cloud");
    fleet_expect (fleet, id, refusals[i].expected);
    expect_message (fleet, id,
                    "The EC2 instances with the tags (role=web), or in service in the Auto Scaling "
                    "groups workers cannot be listed: EC2: not authorized");
  }
  const ErrandResult odd = { .outcome = ERRAND_DONE, .answer_json = "{\"instances\":[{}]}" };
  fleet_tell_errand (fleet, ERRAND_LIST_FLEET, NULL, &odd, 1);
  fleet_expect (fleet, deploy (fleet, "cloud"), "Failed INTERNAL_ERROR 0/0/0");
}

static void
test_it_does_not_wait_for_ever (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  const ErrandResult busy = { .outcome = ERRAND_NOT_YET,
                              .again_ms = 60000,
                              .message = "EC2 is busy" };
  cloud_add_group (fleet, "cloud", "{" BY_ROLE "}");
  fleet_tell_errand (fleet, ERRAND_LIST_FLEET, NULL, &busy, FLEET_ALWAYS);
  const char *id = deploy (fleet, "cloud");
  fleet_later (fleet, 899);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_CREATED);
  fleet_later (fleet, 1);
  fleet_expect (fleet, id, "Failed TIMEOUT 0/0/0");
  expect_message (fleet, id, "EC2 is busy");
  fleet_later (fleet, 3600);
}

static void
test_a_stop_ends_the_wait (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  const ErrandResult busy = { .outcome = ERRAND_NOT_YET, .again_ms = 1000, .message = "busy" };
  cloud_add_group (fleet, "cloud", "{" BY_ROLE "}");
  cloud_add (cloud, "i-1", "running", "role=web", NULL, NULL);
  fleet_tell_errand (fleet, ERRAND_LIST_FLEET, NULL, &busy, 1);
  const char *id = deploy (fleet, "cloud");
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_SUCCEEDED);
  fleet_later (fleet, 5);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/0/0");
  g_assert_cmpuint (cloud->calls->len, ==, 0);
}

/* 90 */
static void
test_nobody_is_told_with_what_was_looked_at (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{" BY_ROLE ",'autoScalingGroups':[{'name':'workers'}]}");
  cloud_add (cloud, "i-1", "terminated", "role=web", "workers", "Terminating");
  const char *id = deploy (fleet, "cloud");
  fleet_expect (fleet, id, "Failed NO_INSTANCES 0/0/0");
  expect_message (fleet, id,
                  "There are no EC2 instances with the tags (role=web), or in service in the Auto "
                  "Scaling groups workers");
}

/* 91 */
static void
test_too_many_are_refused (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  fleet->quotas.instances_per_deployment = 1;
  cloud_add_group (fleet, "cloud", "{" BY_ROLE "}");
  cloud_add (cloud, "i-1", "running", "role=web", NULL, NULL);
  cloud_add (cloud, "i-2", "running", "role=web", NULL, NULL);
  fleet_expect (fleet, deploy (fleet, "cloud"), "Failed OVER_MAX_INSTANCES 0/0/0");
}

/* 161 */
static void
test_only_outdated_ones (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{" BY_ROLE "}");
  cloud_add (cloud, "i-1", "running", "role=web", NULL, NULL);
  fleet_expect (fleet, deploy (fleet, "cloud"), "Succeeded 1/0/0");
  cloud_add (cloud, "i-2", "running", "role=web", NULL, NULL);
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .group = "cloud", .outdated_only = TRUE });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  g_assert_nonnull (target (fleet, id, "i-2"));
}

/* Waves and zones see an instance's tags and zone. */
static void
test_waves_by_tags_of_instances (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{" BY_ROLE "}");
  cloud_add (cloud, "i-1", "running", "role=web", NULL, NULL);
  cloud_add (cloud, "i-2", "running", "role=web,canary=yes", NULL, NULL);
  const char *id = fleet_deploy (
      fleet,
      &(FleetOrder){ .revision = 1,
                     .group = "cloud",
                     .config = "HOST_COUNT:0",
                     .waves = "[{'name':'canary','tagFilters':[{'Key':'canary','Value':'yes',"
                              "'Type':'KEY_AND_VALUE'}]},{'name':'rest'}]" });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  g_assert_true (g_str_has_prefix (g_ptr_array_index (fleet->journal, 1), "i-2 "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fleet/156-sets-are-anded", test_sets_are_anded);
  g_test_add_func ("/fleet/157-tags-groups-and-registered-hosts-are-united",
                   test_tags_groups_and_registered_hosts_are_united);
  g_test_add_func ("/fleet/163-the-list-is-made-once", test_the_list_is_made_once);
  g_test_add_func ("/fleet/90-nobody-is-told-with-what-was-looked-at",
                   test_nobody_is_told_with_what_was_looked_at);
  g_test_add_func ("/fleet/91-too-many-are-refused", test_too_many_are_refused);
  g_test_add_func ("/fleet/161-only-outdated-ones", test_only_outdated_ones);
  g_test_add_func ("/fleet/tagged-instances-run-or-are-stopped",
                   test_tagged_instances_run_or_are_stopped);
  g_test_add_func ("/fleet/a-kill-while-it-is-asked-for-does-no-harm",
                   test_a_kill_while_it_is_asked_for_does_no_harm);
  g_test_add_func ("/fleet/what-cannot-be-listed-ends-it", test_what_cannot_be_listed_ends_it);
  g_test_add_func ("/fleet/it-does-not-wait-for-ever", test_it_does_not_wait_for_ever);
  g_test_add_func ("/fleet/waves-by-tags-of-instances", test_waves_by_tags_of_instances);
  g_test_add_func ("/fleet/a-stop-ends-the-wait", test_a_stop_ends_the_wait);
  return g_test_run ();
}
