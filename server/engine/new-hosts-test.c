#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Registered hosts that come to match a group (newHostsStrategy). */

static void
set_strategy (StoreTx *tx, gpointer data)
{
  Fleet *fleet = data;
  g_autoptr (GError) error = NULL;
  DeploymentGroupRecord *group;
  DeploymentGroupWrite written;
  FLEET_CHECK (deployment_group_record_by_id (tx, fleet_group_id (fleet, "blog"), fleet->arena,
                                              &group, &error),
               error);
  group->new_hosts = TRUE;
  FLEET_CHECK (deployment_group_record_update (tx, group, &written, &error), error);
}

static void
tell_body (StoreTx *tx, gpointer data)
{
  Fleet *fleet = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_hosts_changed (fleet->engine, tx, fleet->fake.now_ms, &error), error);
}

/* As registering and tagging do. */
static void
add_host (Fleet *fleet, const char *name)
{
  fleet_add_host (fleet, name);
  fleet_in_tx (fleet, STORE_WRITE, tell_body, fleet);
  fleet_run (fleet);
}

static Fleet *
started (gboolean with_strategy)
{
  Fleet *fleet = fleet_new (1);
  if (with_strategy)
    fleet_in_tx (fleet, STORE_WRITE, set_strategy, fleet);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet_later (fleet, 60);
  return fleet;
}

static const char *
last_attempted (Fleet *fleet)
{
  return fleet_group (fleet, "blog")->last_attempted_deployment_id;
}

static void
test_those_that_come_together_share_a_deployment (void)
{
  g_autoptr (Fleet) fleet = started (TRUE);
  g_autofree char *before = g_strdup (last_attempted (fleet));
  add_host (fleet, "web-02");
  fleet_later (fleet, 14);
  add_host (fleet, "web-03");
  g_assert_cmpstr (last_attempted (fleet), ==, before); /* they wait a little for others */
  fleet_later (fleet, 1);
  const char *id = last_attempted (fleet);
  g_assert_cmpstr (id, !=, before);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  g_assert_cmpint (fleet_deployment (fleet, id)->creator, ==, CREATOR_AUTO_UPDATE);
  g_assert_cmpint (fleet_deployment (fleet, id)->revision_number, ==, 1);
  fleet_later (fleet, 600);
  g_assert_cmpstr (last_attempted (fleet), ==, id);
}

static void
test_without_the_setting_nothing_happens (void)
{
  g_autoptr (Fleet) fleet = started (FALSE);
  g_autofree char *before = g_strdup (last_attempted (fleet));
  add_host (fleet, "web-02");
  fleet_later (fleet, 600);
  g_assert_cmpstr (last_attempted (fleet), ==, before);
}

/* One active deployment a group: they wait for its end. */
static void
test_they_wait_for_the_group_s_deployment (void)
{
  g_autoptr (Fleet) fleet = started (TRUE);
  fleet_tell_times (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG, 1);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2 });
  fleet_run (fleet);
  add_host (fleet, "web-02");
  fleet_later (fleet, 100);
  g_assert_cmpstr (last_attempted (fleet), ==, id);
  fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 3),
                ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet_later (fleet, 15);
  const char *update = last_attempted (fleet);
  g_assert_cmpstr (update, !=, id);
  fleet_expect (fleet, update, "Succeeded 1/0/0");
  g_assert_cmpint (fleet_deployment (fleet, update)->revision_number, ==, 2);
}

static void
test_one_that_fails_is_not_tried_for_ever (void)
{
  g_autoptr (Fleet) fleet = started (TRUE);
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_FAIL);
  add_host (fleet, "web-02");
  fleet_later (fleet, 15);
  const char *id = last_attempted (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
  fleet_later (fleet, 600);
  g_assert_cmpstr (last_attempted (fleet), ==, id);
}

/* Hosts that do nothing yet go together: a dead one does not keep the others. */
static void
test_a_dead_one_does_not_keep_the_others (void)
{
  g_autoptr (Fleet) fleet = started (TRUE);
  fleet_add_host (fleet, "web-02");
  fleet_host (fleet, "web-02")->dead = TRUE;
  add_host (fleet, "web-03");
  fleet_later (fleet, 15);
  fleet_expect_events (fleet, last_attempted (fleet), "web-03", "SSSSSSS");
  fleet_later (fleet, 3601);
  fleet_expect (fleet, last_attempted (fleet), "Succeeded 1/1/0");
}

static void
test_one_that_reached_no_host_is_not_made_again_and_again (void)
{
  g_autoptr (Fleet) fleet = started (TRUE);
  fleet_add_host (fleet, "web-02");
  fleet_host (fleet, "web-02")->dead = TRUE;
  fleet_in_tx (fleet, STORE_WRITE, tell_body, fleet);
  fleet_later (fleet, 15);
  g_autofree char *id = g_strdup (last_attempted (fleet));
  g_assert_cmpint (fleet_deployment (fleet, id)->creator, ==, CREATOR_AUTO_UPDATE);
  fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/0/1");
  fleet_later (fleet, 600);
  g_assert_cmpstr (last_attempted (fleet), ==, id);
  add_host (fleet, "web-03"); /* something has changed: both are tried */
  fleet_later (fleet, 15);
  g_assert_cmpstr (last_attempted (fleet), !=, id);
  fleet_expect_events (fleet, last_attempted (fleet), "web-03", "SSSSSSS");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/new-hosts/those-that-come-together-share-a-deployment",
                   test_those_that_come_together_share_a_deployment);
  g_test_add_func ("/new-hosts/without-the-setting-nothing-happens",
                   test_without_the_setting_nothing_happens);
  g_test_add_func ("/new-hosts/they-wait-for-the-group-s-deployment",
                   test_they_wait_for_the_group_s_deployment);
  g_test_add_func ("/new-hosts/one-that-fails-is-not-tried-for-ever",
                   test_one_that_fails_is_not_tried_for_ever);
  g_test_add_func ("/new-hosts/one-that-reached-no-host-is-not-made-again-and-again",
                   test_one_that_reached_no_host_is_not_made_again_and_again);
  g_test_add_func ("/new-hosts/a-dead-one-does-not-keep-the-others",
                   test_a_dead_one_does_not_keep_the_others);
  return g_test_run ();
}
