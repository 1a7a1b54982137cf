#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* A host that is deregistered while deployments run on it: api.md 3.7. */

static void
lose (StoreTx *tx, gpointer data)
{
  Fleet *fleet = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_host_gone (fleet->engine, tx, "arn:aws:iam::123456789012:user/web-01",
                                 "web-01 was deregistered", ambient_now_ms (&fleet->ambient),
                                 &error),
               error);
}

/* What was offered on the way to its end is withdrawn, and was not handed out to a poll that was still parked. */
static void
expect_nothing_was_handed_out (Fleet *fleet)
{
  const SimHost *host = fleet_host (fleet, "web-01");
  g_assert_false (host->polling);
  g_assert_null (host->command_id);
  g_assert_cmpuint (command_hub_n_offered (fleet->hub), ==, 0);
}

static void
every_deployment_that_has_or_awaits_it_counts_it_failed (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_add_group (fleet, "api", "web");
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG);
  const char *has = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  const char *awaits = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .group = "api" });
  fleet_run (fleet);
  fleet_in_tx (fleet, STORE_WRITE, lose, fleet);
  fleet_expect (fleet, has, "Failed HEALTH_CONSTRAINTS 0/1/0");
  fleet_expect (fleet, awaits, "Failed HEALTH_CONSTRAINTS 0/1/0");
  expect_nothing_was_handed_out (fleet);
  g_assert_nonnull (
      strstr (fleet_deployment (fleet, has)->error_message, "web-01 was deregistered"));
}

/* Even where the failure of its present event would be ignored. */
static void
a_failure_that_is_ignored_does_not_keep_it (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, "web-01", LIFECYCLE_APPLICATION_STOP, DEED_HANG);
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .ignore_stop_failures = TRUE });
  fleet_run (fleet);
  fleet_in_tx (fleet, STORE_WRITE, lose, fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
  expect_nothing_was_handed_out (fleet);
}

/* A paused deployment has nothing on it: that it has gone is found out when the deployment comes back to it. */
static void
one_that_is_paused_does_not_hear_of_it (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_add_group (fleet, "api", "web");
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG);
  const char *has = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  const char *awaits = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .group = "api" });
  fleet_run (fleet);
  (void)fleet_pause (fleet, awaits);
  fleet_in_tx (fleet, STORE_WRITE, lose, fleet);
  fleet_expect (fleet, has, "Failed HEALTH_CONSTRAINTS 0/1/0");
  fleet_host (fleet, "web-01")->dead = TRUE;
  fleet_later (fleet, 24 * 3600);
  fleet_expect (fleet, awaits, "InProgress 0/0/0");
  (void)fleet_resume (fleet, awaits);
  fleet_later (fleet, fleet->times.first_pickup_ms / 1000);
  fleet_expect (fleet, awaits, "Failed HEALTH_CONSTRAINTS 0/1/0");
}

static void
others_go_on (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = "HOST_COUNT:0" });
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG);
  fleet_run (fleet);
  fleet_in_tx (fleet, STORE_WRITE, lose, fleet);
  fleet_expect (fleet, id, "Succeeded 1/1/0");
  fleet_in_tx (fleet, STORE_WRITE, lose, fleet); /* there is nothing left to fail */
}

/* deployments.md 12, 50: how many must stay healthy was computed from those that there were. */
static void
minimum_stays_when_hosts_vanish (void)
{
  g_autoptr (Fleet) fleet = fleet_new (4);
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG);
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = "FLEET_PERCENT:75" });
  fleet_run (fleet);
  g_assert_cmpint (fleet_deployment (fleet, id)->minimum_healthy, ==, 3);
  fleet_in_tx (fleet, STORE_WRITE, lose, fleet);
  const DeploymentRecord *deployment = fleet_deployment (fleet, id);
  g_assert_cmpint (deployment->minimum_healthy, ==, 3);
  g_assert_cmpint (deployment->n_targets, ==, 4);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/3");
}

static void
deregister (StoreTx *tx, gpointer data)
{
  Fleet *fleet = data;
  g_autoptr (GError) error = NULL;
  static const char *const names[] = { "web-03", "web-04" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    gboolean changed;
    FLEET_CHECK (instance_record_deregister (tx, names[i], fleet->fake.now_ms, &changed, &error),
                 error);
    g_assert_true (changed);
  }
}

/* Four hosts one by one, of which the last two are deregistered while the second has its turn. */
static const char *
deploy_while_two_vanish (Fleet *fleet)
{
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_HANG);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_host (fleet, "web-03")->dead = fleet_host (fleet, "web-04")->dead = TRUE;
  fleet_in_tx (fleet, STORE_WRITE, deregister, fleet);
  fleet_report (fleet, "web-02", fleet_command_id (fleet, id, "web-02", 3),
                ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  fleet_later (fleet, 3601);
  return id;
}

/* deployments.md 8.3 */
static void
one_that_vanished_before_its_turn_fails (void)
{
  g_autoptr (Fleet) fleet = fleet_new (4);
  fleet_expect (fleet, deploy_while_two_vanish (fleet), "Failed HEALTH_CONSTRAINTS 2/1/1");
}

/* the same, switched */
static void
or_is_skipped_and_counts_no_more (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (4);
  fleet->policy.skip_vanished = TRUE;
  fleet_restart (fleet);
  const char *id = deploy_while_two_vanish (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/2");
  fleet_expect_events (fleet, id, "web-03", "-------");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-gone/every-deployment-that-has-or-awaits-it-counts-it-failed",
                   every_deployment_that_has_or_awaits_it_counts_it_failed);
  g_test_add_func ("/host-gone/a-failure-that-is-ignored-does-not-keep-it",
                   a_failure_that_is_ignored_does_not_keep_it);
  g_test_add_func ("/host-gone/one-that-is-paused-does-not-hear-of-it",
                   one_that_is_paused_does_not_hear_of_it);
  g_test_add_func ("/host-gone/others-go-on", others_go_on);
  g_test_add_func ("/host-gone/50-minimum-stays-when-hosts-vanish",
                   minimum_stays_when_hosts_vanish);
  g_test_add_func ("/host-gone/one-that-vanished-before-its-turn-fails",
                   one_that_vanished_before_its_turn_fails);
  g_test_add_func ("/host-gone/or-is-skipped-and-counts-no-more", or_is_skipped_and_counts_no_more);
  return g_test_run ();
}
