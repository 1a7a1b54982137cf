#include "server/engine/private.h"
#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Hosts that get their traffic back when their deployment ends before anything of it has come to them. */

static const char *const on_stop[] = { "DEPLOYMENT_STOP_ON_REQUEST", NULL };

static void
block_waits (Fleet *fleet)
{
  fleet_tell_errand (fleet, ERRAND_BLOCK_TRAFFIC, NULL,
                     &(ErrandResult){ .outcome = ERRAND_NOT_YET,
                                      .again_ms = 5000,
                                      .message = "connections are open" },
                     FLEET_ALWAYS);
}

static void
block_comes_to (Fleet *fleet, ErrandOutcome outcome)
{
  fleet_tell_errand (fleet, ERRAND_BLOCK_TRAFFIC, NULL,
                     &(ErrandResult){ .outcome = outcome,
                                      .code = DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE,
                                      .message = "web-01 is in another network" },
                     FLEET_ALWAYS);
}

/* web-01 and web-02, on which revision 1 runs. */
static Fleet *
serving_fleet (void)
{
  Fleet *fleet = fleet_new_on_disk (2);
  fleet_run (fleet);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .target_group = "shop" });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  g_ptr_array_set_size (fleet->journal, 0);
  return fleet;
}

static const char *
deploy (Fleet *fleet)
{
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .target_group = "shop" });
  fleet_run (fleet);
  return id;
}

static gboolean
was_done (Fleet *fleet, const char *start)
{
  for (guint i = 0; i < fleet->journal->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (fleet->journal, i), start))
      return TRUE;
  return FALSE;
}

static void
expect_part (const char *text, const char *part)
{
  if (text == NULL || strstr (text, part) == NULL)
    g_error ("\"%s\" lacks \"%s\"", text, part);
}

static void
find_health (StoreTx *tx, gpointer data)
{
  FleetFind *find = data;
  g_autoptr (GError) error = NULL;
  TargetHealthRecord *record;
  g_autofree char *arn = g_strdup_printf (
      "arn:aws:codedeploy:eu-west-3:123456789012:instance/%s_aaaaaaaaaa", find->name);
  FLEET_CHECK (target_health_record_get (tx, fleet_group_id (find->fleet, "blog"), arn,
                                         find->fleet->arena, &record, &error),
               error);
  g_assert_nonnull (record);
  find->out = record;
}

static const TargetHealthRecord *
health_of (Fleet *fleet, const char *host)
{
  FleetFind find = { .fleet = fleet, .name = host };
  fleet_in_tx (fleet, STORE_READ, find_health, &find);
  return find.out;
}

/* 116-118: BlockTraffic ends as it ends, and no command is sent any more */
static void
test_stop_while_traffic_is_taken (void)
{
  g_autoptr (Fleet) fleet = serving_fleet ();
  block_waits (fleet);
  const char *id = deploy (fleet);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_PENDING);
  fleet_later (fleet, 60);
  fleet_expect_events (fleet, id, "web-01", "SI...........");
  fleet_tell_errand (fleet, ERRAND_ALLOW_TRAFFIC, NULL,
                     &(ErrandResult){ .outcome = ERRAND_NOT_YET, .again_ms = 5000 }, 2);
  block_comes_to (fleet, ERRAND_DONE);
  fleet_later (fleet, 5);
  fleet_expect_events (fleet, id, "web-01", "SS---------I.");
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_PENDING);
  fleet_restart (fleet);
  fleet_later (fleet, 5);
  fleet_later (fleet, 5);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "SS---------S-");
  g_assert_true (was_done (fleet, "web-01 allow-traffic"));
  g_assert_false (was_done (fleet, "web-01 AfterBlockTraffic"));
  expect_part (fleet_target (fleet, id, "web-01")->events[11].diagnostics.message,
               "which has its traffic again");
  expect_part (fleet_deployment (fleet, id)->error_message,
               "host web-01 has its traffic again, and nothing was installed on it");
  /* nothing was done to it that could make it worse */
  g_assert_true (health_of (fleet, "web-01")->healthy);
  g_assert_cmpint (health_of (fleet, "web-01")->revision_number, ==, 1);
}

/* Its command is withdrawn, also from a host that has fetched it. */
static void
test_stop_before_the_script_after_it (void)
{
  g_autoptr (Fleet) fleet = serving_fleet ();
  fleet_tell (fleet, "web-01", LIFECYCLE_AFTER_BLOCK_TRAFFIC, DEED_IGNORE);
  const char *id = deploy (fleet);
  fleet_expect_events (fleet, id, "web-01", "SS...........");
  const char *fetched = fleet_command_id (fleet, id, "web-01", 2);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_PENDING);
  g_assert_cmpuint (command_hub_n_offered (fleet->hub), ==, 0);
  g_assert_cmpint (fleet_report (fleet, "web-01", fetched, ENGINE_REPORT_ACKNOWLEDGED), ==,
                   ENGINE_ANSWER_FAILED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "SS---------S-");
}

/* It ends as it ends, and that is no reason to leave the host without traffic. */
static void
test_stop_while_the_script_after_it_runs (void)
{
  static const struct {
    EngineReport report;
    const char *events;
  } cases[] = { { ENGINE_REPORT_SUCCEEDED, "SSS--------S-" },
                { ENGINE_REPORT_FAILED, "SSF--------S-" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Fleet) fleet = serving_fleet ();
    fleet_tell (fleet, "web-01", LIFECYCLE_AFTER_BLOCK_TRAFFIC, DEED_HANG);
    const char *id = deploy (fleet);
    g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_NO), ==, ENGINE_STOP_PENDING);
    fleet_run (fleet);
    fleet_expect_events (fleet, id, "web-01", "SSI..........");
    (void)fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 2),
                        cases[i].report);
    fleet_run (fleet);
    fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
    fleet_expect_events (fleet, id, "web-01", cases[i].events);
  }
}

/* A host that may still be at its script is left alone. */
static void
test_a_script_that_is_never_done (void)
{
  g_autoptr (Fleet) fleet = serving_fleet ();
  fleet_tell (fleet, "web-01", LIFECYCLE_AFTER_BLOCK_TRAFFIC, DEED_HANG);
  const char *id = deploy (fleet);
  (void)fleet_stop (fleet, id, STOP_ROLLBACK_NO);
  fleet_later (fleet, 4200);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "SSF----------");
  expect_part (fleet_deployment (fleet, id)->error_message, TARGET_LEFT_BLOCKED);
}

/* What its script did cannot be known: it stays out, and people are told. */
static void
test_not_once_the_application_was_stopped (void)
{
  g_autoptr (Fleet) fleet = serving_fleet ();
  fleet_tell (fleet, "web-01", LIFECYCLE_APPLICATION_STOP, DEED_HANG);
  const char *id = deploy (fleet);
  (void)fleet_stop (fleet, id, STOP_ROLLBACK_NO);
  (void)fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 3),
                      ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "SSSS---------");
  g_assert_false (was_done (fleet, "web-01 allow-traffic"));
  g_assert_false (health_of (fleet, "web-01")->healthy);
  expect_part (fleet_deployment (fleet, id)->error_message,
               "host web-01 was left half-way; " TARGET_LEFT_BLOCKED);
  expect_part (fleet_target (fleet, id, "web-01")->events[3].diagnostics.message,
               TARGET_LEFT_BLOCKED);
}

/* Nothing may run on it that could get traffic. */
static void
test_not_a_host_that_never_succeeded (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  block_waits (fleet);
  const char *id = deploy (fleet);
  (void)fleet_stop (fleet, id, STOP_ROLLBACK_NO);
  block_comes_to (fleet, ERRAND_DONE);
  fleet_later (fleet, 5);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/0");
  fleet_expect_events (fleet, id, "web-01", "SS-----------");
  expect_part (fleet_target (fleet, id, "web-01")->events[1].diagnostics.message,
               "the deployment ended here");
}

/* The rollback sees to all hosts, and does not wait for one to be found healthy first. */
static void
test_not_where_a_rollback_follows (void)
{
  g_autoptr (Fleet) fleet = serving_fleet ();
  block_waits (fleet);
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 2, .target_group = "shop", .rollback_events = on_stop });
  fleet_run (fleet);
  (void)fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED);
  block_comes_to (fleet, ERRAND_DONE);
  fleet_later (fleet, 5);
  fleet_expect_events (fleet, id, "web-01", "SS-----------");
  fleet_run (fleet);
  const char *back = fleet_deployment (fleet, id)->rollback_id;
  fleet_expect (fleet, back, "Succeeded 2/0/0");
  fleet_expect_events (fleet, back, "web-01", "SSSSSSSSSSSSS");
}

static void
test_one_that_is_never_found_healthy (void)
{
  g_autoptr (Fleet) fleet = serving_fleet ();
  block_waits (fleet);
  const char *id = deploy (fleet);
  (void)fleet_stop (fleet, id, STOP_ROLLBACK_NO);
  block_comes_to (fleet, ERRAND_DONE);
  fleet_tell_errand (fleet, ERRAND_ALLOW_TRAFFIC, NULL,
                     &(ErrandResult){ .outcome = ERRAND_NOT_YET,
                                      .again_ms = 60 * 1000,
                                      .message = "the health check fails" },
                     FLEET_ALWAYS);
  fleet_later (fleet, 5);
  fleet_later (fleet, 3590);
  g_assert_cmpint (fleet_deployment (fleet, id)->complete_ms, ==, 0);
  fleet_later (fleet, 20);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "SS---------F-");
  expect_part (fleet_deployment (fleet, id)->error_message, "the health check fails");
  g_assert_false (health_of (fleet, "web-01")->healthy);
}

/* Some of its balancers may have let go of it. */
static void
test_traffic_that_was_taken_in_part (void)
{
  g_autoptr (Fleet) fleet = serving_fleet ();
  block_waits (fleet);
  const char *id = deploy (fleet);
  (void)fleet_stop (fleet, id, STOP_ROLLBACK_NO);
  block_comes_to (fleet, ERRAND_REFUSED);
  fleet_later (fleet, 5);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "SF---------S-");
  expect_part (fleet_deployment (fleet, id)->error_message, "web-01 is in another network");
}

/* A pause holds nothing of a deployment that ends. */
static void
test_stop_while_paused (void)
{
  g_autoptr (Fleet) fleet = serving_fleet ();
  block_waits (fleet);
  const char *id = deploy (fleet);
  (void)fleet_pause (fleet, id);
  block_comes_to (fleet, ERRAND_DONE);
  fleet_later (fleet, 5);
  fleet_expect_events (fleet, id, "web-01", "SS...........");
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_NO), ==, ENGINE_STOP_PENDING);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "SS---------S-");
}

static void
lose (StoreTx *tx, gpointer data)
{
  Fleet *fleet = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_host_gone (fleet->engine, tx, fleet_host (fleet, "web-01")->arn,
                                 "web-01 was deregistered", fleet->fake.now_ms, &error),
               error);
}

static void
test_the_host_goes_meanwhile (void)
{
  g_autoptr (Fleet) fleet = serving_fleet ();
  block_waits (fleet);
  const char *id = deploy (fleet);
  (void)fleet_stop (fleet, id, STOP_ROLLBACK_NO);
  fleet_in_tx (fleet, STORE_WRITE, lose, fleet);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_run (fleet);
  g_assert_false (was_done (fleet, "web-01 allow-traffic"));
}

/* The attempt before may have done anything. */
static void
test_not_in_a_later_attempt (void)
{
  g_autoptr (Fleet) fleet = serving_fleet ();
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_FAIL);
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 2, .target_group = "shop", .options = { .retries = 1 } });
  do
    g_assert_true (fleet_turn (fleet));
  while (fleet_attempt (fleet, id, "web-01") == 1);
  block_waits (fleet);
  fleet_run (fleet);
  fleet_expect_events (fleet, id, "web-01", "SI...........");
  (void)fleet_stop (fleet, id, STOP_ROLLBACK_NO);
  block_comes_to (fleet, ERRAND_DONE);
  fleet_later (fleet, 5);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "SS-----------");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, fn) g_test_add_func ("/turn-back/" path, fn)
  CASE ("116-117-118-stop-while-traffic-is-taken", test_stop_while_traffic_is_taken);
  CASE ("stop-before-the-script-after-it", test_stop_before_the_script_after_it);
  CASE ("stop-while-the-script-after-it-runs", test_stop_while_the_script_after_it_runs);
  CASE ("a-script-that-is-never-done", test_a_script_that_is_never_done);
  CASE ("not-once-the-application-was-stopped", test_not_once_the_application_was_stopped);
  CASE ("not-a-host-that-never-succeeded", test_not_a_host_that_never_succeeded);
  CASE ("not-where-a-rollback-follows", test_not_where_a_rollback_follows);
  CASE ("one-that-is-never-found-healthy", test_one_that_is_never_found_healthy);
  CASE ("traffic-that-was-taken-in-part", test_traffic_that_was_taken_in_part);
  CASE ("stop-while-paused", test_stop_while_paused);
  CASE ("the-host-goes-meanwhile", test_the_host_goes_meanwhile);
  CASE ("not-in-a-later-attempt", test_not_in_a_later_attempt);
  return g_test_run ();
}
