#include "server/engine/simulated-cloud.h"

/* Instances that come and go by themselves: deployments.md 6.4, 6.5, 1.7. */

#define WORKERS "{'autoScalingGroups':[{'name':'workers'}]}"

static const char *
deploy (Fleet *fleet, gint64 revision)
{
  return fleet_deploy (
      fleet, &(FleetOrder){ .revision = revision, .group = "cloud", .config = "HOST_COUNT:0" });
}

typedef struct {
  Fleet *fleet;
  gint64 from_ms;
  DeploymentRecordList list;
} Listing;

static void
list_deployments (StoreTx *tx, gpointer data)
{
  Listing *listing = data;
  g_autoptr (GError) error = NULL;
  const DeploymentQuery query = { .group_id = fleet_group_id (listing->fleet, "cloud"),
                                  .before_ms = G_MAXINT64,
                                  .limit = 100 };
  FLEET_CHECK (deployment_record_list (tx, &query, listing->fleet->arena, &listing->list, &error),
               error);
}

/* The latest deployment of the group, by that creator; NULL: none. */
static const DeploymentRecord *
latest_by (Fleet *fleet, DeploymentCreator creator)
{
  Listing listing = { .fleet = fleet };
  fleet_in_tx (fleet, STORE_READ, list_deployments, &listing);
  for (gsize i = 0; i < listing.list.n; i++) {
    const DeploymentRecord *deployment = fleet_deployment (fleet, listing.list.items[i]->id);
    if (deployment->creator == creator)
      return deployment;
  }
  return NULL;
}

static guint
count_by (Fleet *fleet, DeploymentCreator creator)
{
  Listing listing = { .fleet = fleet };
  guint n = 0;
  fleet_in_tx (fleet, STORE_READ, list_deployments, &listing);
  for (gsize i = 0; i < listing.list.n; i++)
    n += fleet_deployment (fleet, listing.list.items[i]->id)->creator == creator;
  return n;
}

static guint
count_calls (const Cloud *cloud, const char *call)
{
  guint n = 0;
  for (guint i = 0; i < cloud->calls->len; i++)
    n += strcmp (g_ptr_array_index (cloud->calls, i), call) == 0;
  return n;
}

/* A group with one instance in service, which has revision 1. */
static Cloud *
scaled (Fleet *fleet, const char *settings)
{
  Cloud *cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", settings);
  cloud_add (cloud, "i-1", "running", "", "workers", "InService");
  const char *id = deploy (fleet, 1);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  return cloud;
}

static void
test_a_new_instance_gets_the_last_good_revision (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = scaled (fleet, WORKERS);
  g_assert_cmpuint (g_hash_table_size (cloud->hooks), ==, 1); /* put when first deployed to */
  cloud_add (cloud, "i-2", "running", "", "workers", "Pending:Wait");
  fleet_later (fleet, 20);
  const DeploymentRecord *deployment = latest_by (fleet, CREATOR_AUTOSCALING);
  fleet_expect (fleet, deployment->id, "Succeeded 1/0/0");
  g_assert_cmpint (deployment->revision_number, ==, 1);
  g_assert_cmpstr (cloud_instance (cloud, "i-2")->lifecycle, ==, "InService");
  g_assert_cmpuint (count_calls (cloud, "heartbeat i-2"), ==, 1);
  fleet_later (fleet, 60);
  fleet_later (fleet, 60);
  g_assert_cmpuint (count_by (fleet, CREATOR_AUTOSCALING), ==, 1);
  g_assert_cmpuint (count_calls (cloud, "CONTINUE i-2"), ==, 1);
}

/* 135 */
static void
test_one_that_fails_is_abandoned (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = scaled (fleet, WORKERS);
  cloud_add (cloud, "i-2", "running", "", "workers", "Pending:Wait");
  fleet_tell (fleet, "i-2", LIFECYCLE_INSTALL, DEED_FAIL);
  fleet_later (fleet, 20);
  fleet_expect (fleet, latest_by (fleet, CREATOR_AUTOSCALING)->id,
                "Failed HEALTH_CONSTRAINTS 0/1/0");
  g_assert_cmpuint (count_calls (cloud, "ABANDON i-2"), ==, 1);
}

/* 134, 160, 137: during another deployment the old revision, afterwards the new one */
static void
test_one_that_comes_meanwhile_is_brought_up_to_date (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = scaled (fleet, WORKERS);
  fleet_tell (fleet, "i-1", LIFECYCLE_VALIDATE_SERVICE, DEED_HANG);
  const char *id = deploy (fleet, 2);
  fleet_run (fleet);
  cloud_add (cloud, "i-2", "running", "", "workers", "Pending:Wait");
  fleet_later (fleet, 20);
  const DeploymentRecord *first = latest_by (fleet, CREATOR_AUTOSCALING);
  fleet_expect (fleet, first->id, "Succeeded 1/0/0");
  g_assert_cmpint (first->revision_number, ==, 1);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  g_assert_null (latest_by (fleet, CREATOR_AUTO_UPDATE));

  fleet_report (fleet, "i-1", fleet_command_id (fleet, id, "i-1", 6), ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet_later (fleet, 20);
  const DeploymentRecord *update = latest_by (fleet, CREATOR_AUTO_UPDATE);
  fleet_expect (fleet, update->id, "Succeeded 1/0/0");
  g_assert_cmpstr (update->root_id, ==, id);
  g_assert_cmpint (update->revision_number, ==, 2);
  fleet_expect_events (fleet, update->id, "i-2", "SSSSSSS");
  fleet_later (fleet, 60);
  g_assert_cmpuint (count_by (fleet, CREATOR_AUTO_UPDATE), ==, 1);
}

/* 138 */
static void
test_ignore_leaves_it_outdated (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = scaled (
      fleet, "{'autoScalingGroups':[{'name':'workers'}],'outdatedInstancesStrategy':'IGNORE'}");
  fleet_tell (fleet, "i-1", LIFECYCLE_VALIDATE_SERVICE, DEED_HANG);
  const char *id = deploy (fleet, 2);
  fleet_run (fleet);
  cloud_add (cloud, "i-2", "running", "", "workers", "Pending:Wait");
  fleet_later (fleet, 20);
  fleet_report (fleet, "i-1", fleet_command_id (fleet, id, "i-1", 6), ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  g_assert_null (latest_by (fleet, CREATOR_AUTO_UPDATE));
}

/* One whose own deployment ends later than the one that made it outdated. */
static void
test_one_that_is_done_later_is_brought_up_to_date_too (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = scaled (fleet, WORKERS);
  fleet_tell (fleet, "i-1", LIFECYCLE_VALIDATE_SERVICE, DEED_HANG);
  fleet_tell_times (fleet, "i-2", LIFECYCLE_VALIDATE_SERVICE, DEED_HANG, 1);
  const char *id = deploy (fleet, 2);
  fleet_run (fleet);
  cloud_add (cloud, "i-2", "running", "", "workers", "Pending:Wait");
  fleet_later (fleet, 20);
  const char *first = latest_by (fleet, CREATOR_AUTOSCALING)->id;
  fleet_report (fleet, "i-1", fleet_command_id (fleet, id, "i-1", 6), ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  g_assert_null (latest_by (fleet, CREATOR_AUTO_UPDATE));
  fleet_report (fleet, "i-2", fleet_command_id (fleet, first, "i-2", 6), ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  fleet_later (fleet, 20);
  g_assert_cmpstr (latest_by (fleet, CREATOR_AUTO_UPDATE)->root_id, ==, id);
  fleet_expect (fleet, latest_by (fleet, CREATOR_AUTO_UPDATE)->id, "Succeeded 1/0/0");
}

/* One that may go on is not in service for a while: nothing would be listed for its update, and nobody would try again. */
static void
test_it_is_brought_up_to_date_once_in_service (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = scaled (fleet, WORKERS);
  cloud->proceeds_slowly = TRUE;
  fleet_tell (fleet, "i-1", LIFECYCLE_VALIDATE_SERVICE, DEED_HANG);
  const char *id = deploy (fleet, 2);
  fleet_run (fleet);
  cloud_add (cloud, "i-2", "running", "", "workers", "Pending:Wait");
  fleet_later (fleet, 20);
  fleet_later (fleet, 20);
  g_assert_cmpstr (cloud_instance (cloud, "i-2")->lifecycle, ==, "Pending:Proceed");
  fleet_report (fleet, "i-1", fleet_command_id (fleet, id, "i-1", 6), ENGINE_REPORT_SUCCEEDED);
  fleet_later (fleet, 200);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  g_assert_null (latest_by (fleet, CREATOR_AUTO_UPDATE));
  g_assert_cmpuint (count_calls (cloud, "CONTINUE i-2"), ==, 1);
  cloud_instance (cloud, "i-2")->lifecycle = "InService";
  fleet_later (fleet, 20);
  const DeploymentRecord *update = latest_by (fleet, CREATOR_AUTO_UPDATE);
  fleet_expect (fleet, update->id, "Succeeded 1/0/0");
  fleet_expect_events (fleet, update->id, "i-2", "SSSSSSS");
  fleet_later (fleet, 200);
  g_assert_cmpuint (count_by (fleet, CREATOR_AUTO_UPDATE), ==, 1);
}

/* 136 */
static void
test_it_is_kept_waiting_by_heartbeats (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = scaled (fleet, WORKERS);
  cloud_add (cloud, "i-2", "running", "", "workers", "Pending:Wait");
  fleet_tell (fleet, "i-2", LIFECYCLE_INSTALL, DEED_HANG);
  fleet_later (fleet, 20);
  for (int minute = 0; minute < 20; minute++)
    fleet_later (fleet, 60);
  guint n = count_calls (cloud, "heartbeat i-2");
  g_assert_cmpuint (n, >=, 5); /* every 240 s */
  const DeploymentRecord *deployment = latest_by (fleet, CREATOR_AUTOSCALING);
  fleet_report (fleet, "i-2", fleet_command_id (fleet, deployment->id, "i-2", 3),
                ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  n = count_calls (cloud, "heartbeat i-2");
  fleet_later (fleet, 1000);
  g_assert_cmpuint (count_calls (cloud, "heartbeat i-2"), ==, n);
  g_assert_cmpuint (count_calls (cloud, "CONTINUE i-2"), ==, 1);
}

static void
test_without_a_good_revision_it_goes_on_at_once (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", WORKERS);
  cloud_add (cloud, "i-1", "running", "", "workers", "Pending:Wait");
  const char *id = deploy (fleet, 1);
  fleet_later (fleet, 20);
  fleet_expect (fleet, id, "Failed NO_INSTANCES 0/0/0");
  g_assert_cmpuint (count_calls (cloud, "CONTINUE i-1"), ==, 1);
  g_assert_null (latest_by (fleet, CREATOR_AUTOSCALING));
}

/* deployments.md 2.6 */
static void
test_it_is_deployed_to_under_any_configuration (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", WORKERS);
  cloud_add (cloud, "i-1", "running", "", "workers", "InService");
  cloud_add (cloud, "i-2", "running", "", "workers", "InService");
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 1, .group = "cloud", .config = "HOST_COUNT:1" });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  cloud_add (cloud, "i-3", "running", "", "workers", "Pending:Wait");
  fleet_later (fleet, 20);
  fleet_expect (fleet, latest_by (fleet, CREATOR_AUTOSCALING)->id, "Succeeded 1/0/0");
}

static void
test_one_that_vanishes_fails_its_deployment (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = scaled (fleet, WORKERS);
  cloud_add (cloud, "i-2", "running", "", "workers", "Pending:Wait");
  fleet_tell (fleet, "i-2", LIFECYCLE_INSTALL, DEED_HANG);
  fleet_later (fleet, 20);
  cloud_instance (cloud, "i-2")->lifecycle = "Terminated";
  fleet_later (fleet, 20);
  fleet_expect (fleet, latest_by (fleet, CREATOR_AUTOSCALING)->id,
                "Failed HEALTH_CONSTRAINTS 0/1/0");
  guint n = cloud->calls->len;
  fleet_later (fleet, 1000);
  g_assert_cmpuint (cloud->calls->len, ==, n);
}

/* A service that cannot be asked now is asked again; nothing is lost. */
static void
test_refusals_are_asked_again (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  const ErrandResult refused = { .outcome = ERRAND_REFUSED,
                                 .code = DEPLOYMENT_ERROR_AUTO_SCALING_IAM_ROLE_PERMISSIONS,
                                 .message = "no permission" };
  cloud_add_group (fleet, "cloud", WORKERS);
  cloud_add (cloud, "i-1", "running", "", "workers", "InService");
  fleet_tell_errand (fleet, ERRAND_KEEP_HOOK, NULL, &refused, 1);
  fleet_tell_errand (fleet, ERRAND_WATCH_SCALING, NULL, &refused, 1);
  fleet_tell_errand (fleet, ERRAND_LIFECYCLE_ACTION, NULL, &refused, 1);
  deploy (fleet, 1);
  fleet_run (fleet);
  g_assert_cmpuint (g_hash_table_size (cloud->hooks), ==, 0);
  cloud_add (cloud, "i-2", "running", "", "workers", "Pending:Wait");
  fleet_later (fleet, 100);
  fleet_expect (fleet, latest_by (fleet, CREATOR_AUTOSCALING)->id, "Succeeded 1/0/0");
  fleet_later (fleet, 300);
  g_assert_cmpuint (g_hash_table_size (cloud->hooks), ==, 1);
  g_assert_cmpstr (cloud_instance (cloud, "i-2")->lifecycle, ==, "InService");
}

static void
test_a_kill_loses_nobody (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (0);
  g_autoptr (Cloud) cloud = scaled (fleet, WORKERS);
  cloud_add (cloud, "i-2", "running", "", "workers", "Pending:Wait");
  fleet_tell_times (fleet, "i-2", LIFECYCLE_INSTALL, DEED_IGNORE, 1);
  fleet_later (fleet, 20);
  fleet_restart (fleet);
  for (guint i = 0; i < fleet->hosts->len; i++)
    ((SimHost *)g_ptr_array_index (fleet->hosts, i))->polling = FALSE;
  fleet_later (fleet, 120);
  fleet_expect (fleet, latest_by (fleet, CREATOR_AUTOSCALING)->id, "Succeeded 1/0/0");
  g_assert_cmpuint (count_calls (cloud, "CONTINUE i-2"), ==, 1);
}

static void
test_it_counts_against_the_account (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = scaled (fleet, WORKERS);
  fleet->quotas.concurrent_deployments = 1;
  fleet_tell (fleet, "i-2", LIFECYCLE_INSTALL, DEED_HANG);
  cloud_add (cloud, "i-2", "running", "", "workers", "Pending:Wait");
  cloud_add (cloud, "i-3", "running", "", "workers", "Pending:Wait");
  fleet_later (fleet, 20);
  g_assert_cmpuint (count_by (fleet, CREATOR_AUTOSCALING), ==, 1);
  cloud_instance (cloud, "i-2")->lifecycle = "Terminated";
  fleet_later (fleet, 20);
  fleet_later (fleet, 20);
  g_assert_cmpstr (cloud_instance (cloud, "i-3")->lifecycle, ==, "InService");
}

/* deployments.md 1.7: whatever comes of it, the instance goes */
static void
test_a_leaving_one_stops_its_application (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud =
      scaled (fleet, "{'autoScalingGroups':[{'name':'workers'}],'terminationHookEnabled':true}");
  g_assert_cmpuint (g_hash_table_size (cloud->hooks), ==, 2);
  cloud_add (cloud, "i-2", "running", "", "workers", "InService");
  cloud_instance (cloud, "i-1")->lifecycle = "Terminating:Wait";
  cloud_instance (cloud, "i-2")->lifecycle = "Terminating:Wait";
  fleet_tell (fleet, "i-2", LIFECYCLE_APPLICATION_STOP, DEED_FAIL);
  fleet_later (fleet, 20);
  g_assert_cmpuint (count_by (fleet, CREATOR_AUTOSCALING_TERMINATION), ==, 2);
  g_assert_cmpuint (count_calls (cloud, "CONTINUE i-1"), ==, 1);
  g_assert_cmpuint (count_calls (cloud, "CONTINUE i-2"), ==, 1);
  fleet_later (fleet, 60);
  g_assert_cmpuint (count_by (fleet, CREATOR_AUTOSCALING_TERMINATION), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scaling/a-new-instance-gets-the-last-good-revision",
                   test_a_new_instance_gets_the_last_good_revision);
  g_test_add_func ("/scaling/135-one-that-fails-is-abandoned", test_one_that_fails_is_abandoned);
  g_test_add_func ("/scaling/134-137-160-one-that-comes-meanwhile-is-brought-up-to-date",
                   test_one_that_comes_meanwhile_is_brought_up_to_date);
  g_test_add_func ("/scaling/138-ignore-leaves-it-outdated", test_ignore_leaves_it_outdated);
  g_test_add_func ("/scaling/one-that-is-done-later-is-brought-up-to-date-too",
                   test_one_that_is_done_later_is_brought_up_to_date_too);
  g_test_add_func ("/scaling/it-is-brought-up-to-date-once-in-service",
                   test_it_is_brought_up_to_date_once_in_service);
  g_test_add_func ("/scaling/136-it-is-kept-waiting-by-heartbeats",
                   test_it_is_kept_waiting_by_heartbeats);
  g_test_add_func ("/scaling/without-a-good-revision-it-goes-on-at-once",
                   test_without_a_good_revision_it_goes_on_at_once);
  g_test_add_func ("/scaling/it-is-deployed-to-under-any-configuration",
                   test_it_is_deployed_to_under_any_configuration);
  g_test_add_func ("/scaling/one-that-vanishes-fails-its-deployment",
                   test_one_that_vanishes_fails_its_deployment);
  g_test_add_func ("/scaling/refusals-are-asked-again", test_refusals_are_asked_again);
  g_test_add_func ("/scaling/a-kill-loses-nobody", test_a_kill_loses_nobody);
  g_test_add_func ("/scaling/a-leaving-one-stops-its-application",
                   test_a_leaving_one_stops_its_application);
  g_test_add_func ("/scaling/it-counts-against-the-account", test_it_counts_against_the_account);
  return g_test_run ();
}
