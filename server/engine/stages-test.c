#include "server/engine/simulated-stages.h"

/* Zones (deployments.md 2.8; checklist 55-60) of deployments to a simulated fleet, and the scheduler's switches. */

static const char all_at_once[] = "CodeDeployDefault.AllAtOnce";

/* "ab" puts web-01 into zone a and web-02 into zone b; "-" leaves a host without one. */
static Fleet *
fleet_in_zones (const char *zones)
{
  Fleet *fleet = fleet_new_on_disk ((int)strlen (zones));
  for (guint i = 0; i < fleet->hosts->len; i++) {
    const SimHost *host = g_ptr_array_index (fleet->hosts, i);
    g_autofree char *zone = g_strndup (&zones[i], 1);
    if (zones[i] != '-')
      fleet_tag (fleet, host->name, "AvailabilityZone", zone);
  }
  return fleet;
}

/* ---- zones ---- */

/* 55, 56, 58 */
static void
test_zones_one_after_the_other (void)
{
  g_autoptr (Fleet) fleet = fleet_in_zones ("bab-a");
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1,
                                          .config = all_at_once,
                                          .zones = "{'firstZoneMonitorDurationInSeconds':300,"
                                                   "'monitorDurationInSeconds':60}" });
  fleet_run (fleet);
  fleet_expect_installed (fleet, id, "2 5");
  fleet_expect_wait (fleet, id, DEPLOYMENT_BAKING, DEPLOYMENT_WAIT_MONITOR);
  fleet_expect_stages (fleet, id, "a 0/0/2/0/0 b 2/0/0/0/0 no zone 1/0/0/0/0");
  fleet_later (fleet, 299);
  fleet_expect_installed (fleet, id, "2 5");
  fleet_restart (fleet);
  fleet_later (fleet, 1);
  fleet_expect_installed (fleet, id, "2 5 1 3");
  fleet_expect_wait (fleet, id, DEPLOYMENT_BAKING, DEPLOYMENT_WAIT_MONITOR);
  fleet_later (fleet, 60);
  fleet_expect_installed (fleet, id, "2 5 1 3 4");
  fleet_expect (fleet, id, "Succeeded 5/0/0");
  fleet_expect_wait (fleet, id, DEPLOYMENT_SUCCEEDED, DEPLOYMENT_WAIT_NONE);
  fleet_expect_stages (fleet, id, "a 0/0/2/0/0 b 0/0/2/0/0 no zone 0/0/1/0/0");
  fleet_expect_nothing_ran_twice (fleet);
}

/* 57 */
static void
test_no_duration_no_wait (void)
{
  g_autoptr (Fleet) fleet = fleet_in_zones ("ba");
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = all_at_once, .zones = "{}" });
  fleet_run (fleet);
  fleet_expect_installed (fleet, id, "2 1");
  fleet_expect (fleet, id, "Succeeded 2/0/0");
}

/* 55: one zone has running targets at a time, whatever the fleet's budget */
static void
test_only_one_zone_runs (void)
{
  g_autoptr (Fleet) fleet = fleet_in_zones ("aabb");
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = all_at_once, .zones = "{}" });
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_HANG);
  fleet_run (fleet);
  fleet_expect_installed (fleet, id, "1 2");
  fleet_expect_stages (fleet, id, "a 0/1/1/0/0 b 2/0/0/0/0");
  g_assert_cmpint (fleet->most_running, ==, 2);
}

static void
test_zone_with_a_broken_host_is_first (void)
{
  g_autoptr (Fleet) fleet = fleet_in_zones ("ab");
  const FleetOrder order = { .revision = 1, .config = all_at_once, .zones = "{}" };
  const char *id = fleet_deploy (fleet, &order);
  fleet_tell_times (fleet, "web-02", LIFECYCLE_VALIDATE_SERVICE, DEED_FAIL, 1);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/1/0");
  id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  fleet_expect_installed (fleet, id, "2 1");
}

/* 59 */
static void
test_zone_budget_is_spent (void)
{
  g_autoptr (Fleet) fleet = fleet_in_zones ("aabb");
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1,
                                          .config = all_at_once,
                                          .zones = "{'minimumHealthyHostsPerZone':"
                                                   "{'type':'FLEET_PERCENT','value':50}}" });
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_FAIL);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/3");
  fleet_expect_message (fleet, id, "1 of 2 targets of zone a failed and 1 were not started");
  fleet_expect_message (fleet, id, "web-01");
  fleet_expect_stages (fleet, id, "a 0/0/0/1/1 b 0/0/0/0/2");
}

/* Both hold: the zone would let both go at once, the fleet but one. */
static void
test_fleet_budget_holds_in_a_zone (void)
{
  g_autoptr (Fleet) fleet = fleet_in_zones ("aabb");
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .zones = "{}" });
  fleet_tell (fleet, "web-03", LIFECYCLE_INSTALL, DEED_FAIL);
  fleet_run (fleet);
  g_assert_cmpint (fleet->most_running, ==, 1);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 2/1/1");
}

static void
test_zone_that_may_not_be_touched (void)
{
  g_autoptr (Fleet) fleet = fleet_in_zones ("aab");
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1,
                                          .config = all_at_once,
                                          .zones = "{'minimumHealthyHostsPerZone':"
                                                   "{'type':'HOST_COUNT','value':1}}" });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS_INVALID 0/0/3");
  fleet_expect_message (fleet, id, "1 of 1 hosts healthy in zone b");
  g_assert_cmpuint (fleet->journal->len, ==, 0);
}

/* A configuration that was stored when such times were taken. */
static void
test_a_zone_is_not_watched_for_ever (void)
{
  g_autoptr (Fleet) fleet = fleet_in_zones ("ab");
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1,
                                                       .config = all_at_once,
                                                       .zones = "{'monitorDurationInSeconds':"
                                                                "9223372036854775807}" });
  fleet_run (fleet);
  fleet_expect_wait (fleet, id, DEPLOYMENT_BAKING, DEPLOYMENT_WAIT_MONITOR);
  g_assert_cmpint (fleet_deployment (fleet, id)->wait_until_ms, ==,
                   fleet->fake.now_ms + G_GINT64_CONSTANT (30) * 24 * 3600 * 1000);
}

static void
test_stop_while_a_zone_is_watched (void)
{
  g_autoptr (Fleet) fleet = fleet_in_zones ("ab");
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1,
                                                       .config = all_at_once,
                                                       .zones = "{'monitorDurationInSeconds':9}" });
  fleet_run (fleet);
  fleet_expect_wait (fleet, id, DEPLOYMENT_BAKING, DEPLOYMENT_WAIT_MONITOR);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_NO), ==, ENGINE_STOP_SUCCEEDED);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 1/0/1");
  fleet_expect_wait (fleet, id, DEPLOYMENT_STOPPED, DEPLOYMENT_WAIT_NONE);
  fleet_later (fleet, 60);
  fleet_expect_installed (fleet, id, "1");
}

static void
expect_rollback_in_zones (gboolean zonal, DeploymentWait wait)
{
  static const char *const events[] = { "DEPLOYMENT_FAILURE", NULL };
  g_autoptr (Fleet) fleet = fleet_in_zones ("ab");
  FleetOrder order = { .revision = 1,
                       .config = all_at_once,
                       .zones = "{'monitorDurationInSeconds':9}",
                       .rollback_events = events };
  fleet->policy.zonal_rollbacks = zonal;
  fleet_restart (fleet);
  const char *id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  fleet_later (fleet, 9);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  order.revision = 2;
  id = fleet_deploy (fleet, &order);
  fleet_tell_times (fleet, NULL, LIFECYCLE_INSTALL, DEED_FAIL, 2);
  fleet_run (fleet);
  fleet_later (fleet, 9);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/2/0");
  const char *rollback = fleet_deployment (fleet, id)->rollback_id;
  fleet_expect_wait (fleet, rollback, zonal ? DEPLOYMENT_BAKING : DEPLOYMENT_SUCCEEDED, wait);
}

static void
test_rollback_does_not_wait_between_zones (void)
{
  expect_rollback_in_zones (FALSE, DEPLOYMENT_WAIT_NONE);
  expect_rollback_in_zones (TRUE, DEPLOYMENT_WAIT_MONITOR);
}

static void
test_zone_tag_is_a_setting (void)
{
  g_autoptr (Fleet) fleet = fleet_in_zones ("ab");
  fleet_tag (fleet, "web-01", "rack", "r2");
  fleet_tag (fleet, "web-02", "rack", "r1");
  fleet->policy.zone_tag = "rack";
  fleet_restart (fleet);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .zones = "{}" });
  fleet_run (fleet);
  fleet_expect_installed (fleet, id, "2 1");
  fleet_expect_stages (fleet, id, "r1 0/0/1/0/0 r2 0/0/1/0/0");
  fleet->policy.zone_tag = "";
  fleet_restart (fleet);
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .zones = "{}" });
  fleet_run (fleet);
  fleet_expect_stages (fleet, id, "no zone 0/0/2/0/0");
}

/* ---- the scheduler's switches ---- */

/* deployments.md 2.6 */
static void
test_half_of_one_host (void)
{
  static const char half[] = "CodeDeployDefault.HalfAtATime";
  g_autoptr (Fleet) fleet = fleet_new_on_disk (1);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = half });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet->policy.half_of_one_refused = TRUE;
  fleet_restart (fleet);
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .config = half });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS_INVALID 0/0/1");
}

/* deployments.md 2.5: two broken hosts may fail again; then no healthy one is touched. */
static void
test_health_aware (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (6);
  const FleetOrder order = { .revision = 1, .config = "HOST_COUNT:4" };
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = all_at_once });
  fleet_tell_times (fleet, "web-05", LIFECYCLE_INSTALL, DEED_FAIL, 2);
  fleet_tell_times (fleet, "web-06", LIFECYCLE_INSTALL, DEED_FAIL, 2);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 4/2/0");
  fleet->policy.health_aware = TRUE;
  fleet_restart (fleet);
  id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/2/4");
  fleet_expect_installed (fleet, id, "5 6");
  id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 6/0/0");
  fleet_expect_installed (fleet, id, "5 6 1 2 3 4");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stages/55-56-58-zones-one-after-the-other", test_zones_one_after_the_other);
  g_test_add_func ("/stages/57-no-duration-no-wait", test_no_duration_no_wait);
  g_test_add_func ("/stages/55-only-one-zone-runs", test_only_one_zone_runs);
  g_test_add_func ("/stages/zone-with-a-broken-host-is-first",
                   test_zone_with_a_broken_host_is_first);
  g_test_add_func ("/stages/59-zone-budget-is-spent", test_zone_budget_is_spent);
  g_test_add_func ("/stages/59-fleet-budget-holds-in-a-zone", test_fleet_budget_holds_in_a_zone);
  g_test_add_func ("/stages/zone-that-may-not-be-touched", test_zone_that_may_not_be_touched);
  g_test_add_func ("/stages/stop-while-a-zone-is-watched", test_stop_while_a_zone_is_watched);
  g_test_add_func ("/stages/a-zone-is-not-watched-for-ever", test_a_zone_is_not_watched_for_ever);
  g_test_add_func ("/stages/rollback-does-not-wait-between-zones",
                   test_rollback_does_not_wait_between_zones);
  g_test_add_func ("/stages/zone-tag-is-a-setting", test_zone_tag_is_a_setting);
  g_test_add_func ("/stages/2.6-half-of-one-host", test_half_of_one_host);
  g_test_add_func ("/stages/2.5-health-aware", test_health_aware);
  return g_test_run ();
}
