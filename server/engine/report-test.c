#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* What hosts say, also when they say it twice, late, or about what is not theirs: agent.md 1.10, 11. */

static Fleet *
fleet_hanging_at (LifecycleEvent event, Deed deed, const char **out_id, const FleetOrder *order)
{
  Fleet *fleet = fleet_new (2);
  fleet_tell (fleet, "web-01", event, deed);
  *out_id = fleet_deploy (fleet, order);
  fleet_run (fleet);
  return fleet;
}

static EngineAnswer
say (Fleet *fleet, const char *id, gint64 step, EngineReport report)
{
  return fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", step), report);
}

/* 169 */
static void
test_complete_without_acknowledgement (void)
{
  const char *id;
  g_autoptr (Fleet) fleet =
      fleet_hanging_at (LIFECYCLE_INSTALL, DEED_IGNORE, &id, &(FleetOrder){ .revision = 1 });
  g_assert_cmpint (say (fleet, id, 3, ENGINE_REPORT_SUCCEEDED), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
}

static void
test_first_complete_wins (void)
{
  const char *id;
  g_autoptr (Fleet) fleet =
      fleet_hanging_at (LIFECYCLE_INSTALL, DEED_HANG, &id, &(FleetOrder){ .revision = 1 });
  g_assert_cmpint (say (fleet, id, 3, ENGINE_REPORT_SUCCEEDED), ==, ENGINE_ANSWER_SUCCEEDED);
  g_assert_cmpint (say (fleet, id, 3, ENGINE_REPORT_FAILED), ==, ENGINE_ANSWER_SUCCEEDED);
  g_assert_cmpint (say (fleet, id, 3, ENGINE_REPORT_SUCCEEDED), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  g_assert_cmpint (say (fleet, id, 3, ENGINE_REPORT_FAILED), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_expect_events (fleet, id, "web-01", "SSSSSSS");
}

static void
test_acknowledged_twice (void)
{
  const char *id;
  g_autoptr (Fleet) fleet =
      fleet_hanging_at (LIFECYCLE_INSTALL, DEED_HANG, &id, &(FleetOrder){ .revision = 1 });
  gint64 start_ms = fleet_target (fleet, id, "web-01")->events[3].start_ms;
  fleet->fake.now_ms += 5000;
  g_assert_cmpint (say (fleet, id, 3, ENGINE_REPORT_ACKNOWLEDGED), ==, ENGINE_ANSWER_IN_PROGRESS);
  g_assert_cmpint (fleet_target (fleet, id, "web-01")->events[3].start_ms, ==, start_ms);
}

/* The hub has missed that a command has ended, and hands it out again: once. */
static void
test_handed_out_after_its_end (void)
{
  const char *id;
  g_autoptr (Fleet) fleet =
      fleet_hanging_at (LIFECYCLE_INSTALL, DEED_HANG, &id, &(FleetOrder){ .revision = 1 });
  const char *command_id = fleet_command_id (fleet, id, "web-01", 3);
  g_assert_cmpint (say (fleet, id, 3, ENGINE_REPORT_SUCCEEDED), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  const HubCommand stale = { .host_arn = fleet_host (fleet, "web-01")->arn,
                             .command_id = command_id,
                             .deployment_id = id,
                             .name = "Install" };
  command_hub_offer (fleet->hub, &stale);
  fleet_run (fleet);
  g_assert_cmpuint (command_hub_n_offered (fleet->hub), ==, 0);
  fleet_expect_events (fleet, id, "web-01", "SSSSSSS");
  fleet_expect_nothing_ran_twice (fleet);
}

/* 167 */
static void
test_acknowledged_after_failure (void)
{
  const char *id;
  g_autoptr (Fleet) fleet =
      fleet_hanging_at (LIFECYCLE_INSTALL, DEED_IGNORE, &id, &(FleetOrder){ .revision = 1 });
  fleet_later (fleet, 301);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/1");
  g_assert_cmpint (say (fleet, id, 3, ENGINE_REPORT_ACKNOWLEDGED), ==, ENGINE_ANSWER_FAILED);
  /* 168: the target has ended, so it is tolerated and changes nothing; 18 */
  g_assert_cmpint (say (fleet, id, 3, ENGINE_REPORT_SUCCEEDED), ==, ENGINE_ANSWER_FAILED);
  fleet_expect_events (fleet, id, "web-01", "SSSF---");
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/1");
}

/* 168: while the target goes on, a late no-op heals its event */
static void
test_late_noop_heals (void)
{
  const char *id;
  g_autoptr (Fleet) fleet =
      fleet_hanging_at (LIFECYCLE_APPLICATION_STOP, DEED_IGNORE, &id,
                        &(FleetOrder){ .revision = 1, .ignore_stop_failures = TRUE });
  fleet_tell (fleet, "web-01", LIFECYCLE_DOWNLOAD_BUNDLE, DEED_HANG);
  fleet_later (fleet, 3601);
  fleet_expect_events (fleet, id, "web-01", "FI.....");
  g_assert_cmpint (say (fleet, id, 0, ENGINE_REPORT_ACKNOWLEDGED), ==, ENGINE_ANSWER_FAILED);
  g_assert_cmpint (say (fleet, id, 0, ENGINE_REPORT_SUCCEEDED), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_expect_events (fleet, id, "web-01", "SI.....");
}

/* What the host has run and failed stays failed, whatever it says afterwards. */
static void
test_first_failure_stays (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, "web-01", LIFECYCLE_APPLICATION_STOP, DEED_FAIL);
  fleet_tell (fleet, "web-01", LIFECYCLE_DOWNLOAD_BUNDLE, DEED_HANG);
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .ignore_stop_failures = TRUE });
  fleet_run (fleet);
  fleet_expect_events (fleet, id, "web-01", "FI.....");
  g_assert_cmpint (say (fleet, id, 0, ENGINE_REPORT_SUCCEEDED), ==, ENGINE_ANSWER_FAILED);
  fleet_expect_events (fleet, id, "web-01", "FI.....");
}

/* 165: no next event before the present one is complete; 170: nonsense is answered */
static void
test_commands_that_are_not_there (void)
{
  const char *id;
  g_autoptr (Fleet) fleet =
      fleet_hanging_at (LIFECYCLE_INSTALL, DEED_HANG, &id, &(FleetOrder){ .revision = 1 });
  g_assert_cmpuint (command_hub_n_offered (fleet->hub), ==, 0);
  g_assert_cmpint (say (fleet, id, 4, ENGINE_REPORT_SUCCEEDED), ==, ENGINE_ANSWER_UNKNOWN);
  g_assert_cmpint (say (fleet, id, 12, ENGINE_REPORT_SUCCEEDED), ==, ENGINE_ANSWER_UNKNOWN);
  static const char *const unknown[] = { "x", "d-AAAAAAAAA:0:0", "" };
  for (gsize i = 0; i < G_N_ELEMENTS (unknown); i++)
    g_assert_cmpint (fleet_report (fleet, "web-01", unknown[i], ENGINE_REPORT_FAILED), ==,
                     ENGINE_ANSWER_UNKNOWN);
  const char *theirs = fleet_command_id (fleet, id, "web-01", 3);
  g_assert_cmpint (fleet_report (fleet, "web-02", theirs, ENGINE_REPORT_SUCCEEDED), ==,
                   ENGINE_ANSWER_FOREIGN);
  theirs = fleet_command_id (fleet, id, "web-01", 0);
  g_assert_cmpint (fleet_report (fleet, "web-02", theirs, ENGINE_REPORT_SUCCEEDED), ==,
                   ENGINE_ANSWER_FOREIGN);
  fleet_expect_events (fleet, id, "web-01", "SSSI...");
}

/* 77, 81 */
static void
test_application_stop_may_fail (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_APPLICATION_STOP, DEED_FAIL);
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .ignore_stop_failures = TRUE });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet_expect_events (fleet, id, "web-01", "FSSSSSS");
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
}

/* 80 */
static void
test_other_events_may_not (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_BEFORE_INSTALL, DEED_FAIL);
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .ignore_stop_failures = TRUE });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
}

/* 172: a failure is acted upon at once, acknowledged or not */
static void
test_failure_without_acknowledgement (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_DOWNLOAD_BUNDLE, DEED_FAIL_AT_ONCE);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
  fleet_expect_events (fleet, id, "web-01", "SF-----");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/a-command-handed-out-after-its-end-is-handed-out-once",
                   test_handed_out_after_its_end);
  g_test_add_func ("/report/169-complete-without-acknowledgement",
                   test_complete_without_acknowledgement);
  g_test_add_func ("/report/first-complete-wins", test_first_complete_wins);
  g_test_add_func ("/report/acknowledged-twice", test_acknowledged_twice);
  g_test_add_func ("/report/18-167-168-acknowledged-after-failure",
                   test_acknowledged_after_failure);
  g_test_add_func ("/report/168-late-noop-heals", test_late_noop_heals);
  g_test_add_func ("/report/a-failure-that-ran-is-not-healed", test_first_failure_stays);
  g_test_add_func ("/report/165-170-commands-that-are-not-there", test_commands_that_are_not_there);
  g_test_add_func ("/report/77-81-application-stop-may-fail", test_application_stop_may_fail);
  g_test_add_func ("/report/80-other-events-may-not", test_other_events_may_not);
  g_test_add_func ("/report/172-failure-without-acknowledgement",
                   test_failure_without_acknowledgement);
  return g_test_run ();
}
