#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Stopping: deployments.md 4.7. */

/* 116-118, 96 */
static void
test_stop_while_an_event_runs (void)
{
  g_autoptr (Fleet) fleet = fleet_new (4);
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG);
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_IGNORE);
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 1, .config = "CodeDeployDefault.HalfAtATime" });
  fleet_run (fleet);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_PENDING);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_PENDING);
  fleet_expect (fleet, id, "InProgress 0/1/0");
  /* nothing is handed out any more, and what was is refused */
  guint began = fleet->journal->len;
  fleet_later (fleet, 60);
  g_assert_cmpuint (fleet->journal->len, ==, began);
  g_assert_cmpuint (command_hub_n_offered (fleet->hub), ==, 0);
  g_assert_cmpint (fleet_report (fleet, "web-02", fleet_command_id (fleet, id, "web-02", 3),
                                 ENGINE_REPORT_ACKNOWLEDGED),
                   ==, ENGINE_ANSWER_FAILED);
  /* the event that runs ends as it ends */
  g_assert_cmpint (fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 3),
                                 ENGINE_REPORT_SUCCEEDED),
                   ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/2/2");
  fleet_expect_events (fleet, id, "web-01", "SSSS---");
  fleet_expect_events (fleet, id, "web-02", "SSS----");
  fleet_expect_events (fleet, id, "web-03", "-------");
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_SUCCEEDED);
}

static void
test_stop_before_anything_ran (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  const char *created = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  g_assert_cmpint (fleet_stop (fleet, created, STOP_ROLLBACK_AS_CONFIGURED), ==,
                   ENGINE_STOP_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, created, "Stopped MANUAL_STOP 0/0/0");
  fleet_tell (fleet, NULL, LIFECYCLE_APPLICATION_STOP, DEED_IGNORE);
  const char *started = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  g_assert_cmpint (fleet_stop (fleet, started, STOP_ROLLBACK_AS_CONFIGURED), ==,
                   ENGINE_STOP_SUCCEEDED);
  fleet_expect (fleet, started, "Stopped MANUAL_STOP 0/0/2");
}

/* 115 */
static void
test_stop_after_the_end (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_YES), ==, ENGINE_STOP_COMPLETED);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

/* A host that was waiting for its turn gets it when the deployment before is stopped. */
static void
test_stop_frees_the_host (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_add_group (fleet, "api", "web");
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_IGNORE);
  const char *first = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  const char *second = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .group = "api" });
  fleet_run (fleet);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_SUCCEED);
  fleet_stop (fleet, first, STOP_ROLLBACK_AS_CONFIGURED);
  fleet_run (fleet);
  fleet_expect (fleet, second, "Succeeded 1/0/0");
}

/* One that waits behind another leaves, and the next does not come to the host before that one has ended. */
static void
test_stop_of_one_that_waits (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_add_group (fleet, "api", "web");
  fleet_add_group (fleet, "jobs", "web");
  fleet_tell_times (fleet, NULL, LIFECYCLE_INSTALL, DEED_HANG, 1);
  const char *first = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  const char *second = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .group = "api" });
  fleet_run (fleet);
  const char *third = fleet_deploy (fleet, &(FleetOrder){ .revision = 3, .group = "jobs" });
  fleet_run (fleet);
  g_assert_cmpint (fleet_stop (fleet, second, STOP_ROLLBACK_NO), ==, ENGINE_STOP_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect_events (fleet, third, "web-01", ".......");
  fleet_report (fleet, "web-01", fleet_command_id (fleet, first, "web-01", 3),
                ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, first, "Succeeded 1/0/0");
  fleet_expect (fleet, third, "Succeeded 1/0/0");
}

/* A stop is not lost with the process. */
static void
test_stop_survives_a_restart (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (2);
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_PENDING);
  fleet_restart (fleet);
  fleet_run (fleet);
  fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 3), ENGINE_REPORT_FAILED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "SSSF---");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stop/96-116-117-118-stop-while-an-event-runs", test_stop_while_an_event_runs);
  g_test_add_func ("/stop/stop-before-anything-ran", test_stop_before_anything_ran);
  g_test_add_func ("/stop/115-stop-after-the-end", test_stop_after_the_end);
  g_test_add_func ("/stop/stop-frees-the-host", test_stop_frees_the_host);
  g_test_add_func ("/stop/stop-of-one-that-waits", test_stop_of_one_that_waits);
  g_test_add_func ("/stop/stop-survives-a-restart", test_stop_survives_a_restart);
  return g_test_run ();
}
