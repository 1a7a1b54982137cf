#include "server/engine/private.h"
#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Whole deployments, from Created to the end. Numbers are lines of the conformance checklist (deployments.md 12). */

static const char one_at_a_time[] = "CodeDeployDefault.OneAtATime";
static const char half_at_a_time[] = "CodeDeployDefault.HalfAtATime";
static const char all_at_once[] = "CodeDeployDefault.AllAtOnce";

static void
test_one_at_a_time_succeeds (void)
{
  g_autoptr (Fleet) fleet = fleet_new (3);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = one_at_a_time });
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_CREATED); /* 17 */
  g_assert_cmpint (fleet_deployment (fleet, id)->complete_ms, ==, 0);             /* 24 */
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 3/0/0");
  g_assert_cmpint (fleet->most_running, ==, 1);
  fleet_expect_events (fleet, id, "web-01", "SSSSSSS");

  const DeploymentRecord *deployment = fleet_deployment (fleet, id);
  g_assert_cmpint (deployment->start_ms, >=, deployment->create_ms);
  g_assert_cmpint (deployment->complete_ms, >=, deployment->start_ms);
  g_assert_null (deployment->error_message);
  /* every command was sent and run once, in order, one host after the other */
  g_assert_cmpuint (fleet->journal->len, ==, 21);
  for (guint i = 0; i < 21; i++) {
    const LifecyclePlan *plan = lifecycle_plan (LIFECYCLE_PLAN_IN_PLACE);
    g_autofree char *line = g_strdup_printf ("web-%02u %s %s 1", i / 7 + 1,
                                             lifecycle_event_name (plan->events[i % 7]), id);
    g_assert_cmpstr (g_ptr_array_index (fleet->journal, i), ==, line);
  }
  /* 72 */
  const DeploymentGroupRecord *group = fleet_group (fleet, "blog");
  g_assert_cmpint (group->target_revision_number, ==, 1);
  g_assert_cmpstr (group->last_successful_deployment_id, ==, id);
  g_assert_cmpstr (group->last_attempted_deployment_id, ==, id);
  g_assert_cmpint (metrics_get (fleet->metrics, METRIC_DEPLOYMENTS_SUCCEEDED), ==, 1);
  g_assert_cmpint (metrics_get (fleet->metrics, METRIC_COMMANDS_COMPLETED), ==, 21);
}

/* 1.8 of deployments.md, step by step */
static void
test_statuses_at_each_step (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  g_autoptr (GError) error = NULL;
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_expect (fleet, id, "Created 0/0/0");
  FLEET_CHECK (engine_run_due (fleet->engine, NULL, &error), error);
  const DeploymentRecord *d = fleet_deployment (fleet, id);
  g_assert_cmpint (d->status, ==, DEPLOYMENT_IN_PROGRESS);
  g_assert_cmpint (d->n_pending, ==, 1);
  g_assert_cmpint (d->n_running, ==, 1);
  fleet_expect_events (fleet, id, "web-01", "......."); /* 6 */
  fleet_expect_events (fleet, id, "web-02", ".......");
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG);
  fleet_run (fleet);
  fleet_expect_events (fleet, id, "web-01", "SSSI...");
  g_assert_cmpint (fleet_target (fleet, id, "web-01")->events[3].start_ms, >, 0);
  g_assert_cmpint (fleet_target (fleet, id, "web-02")->status, ==, TARGET_PENDING);
}

/* 32, 8 */
static void
test_first_of_ten_fails (void)
{
  g_autoptr (Fleet) fleet = fleet_new (10);
  fleet_tell (fleet, "web-01", LIFECYCLE_BEFORE_INSTALL, DEED_FAIL);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/9");
  fleet_expect_events (fleet, id, "web-01", "SSF----");
  fleet_expect_events (fleet, id, "web-10", "-------");
  const DeploymentRecord *d = fleet_deployment (fleet, id);
  g_assert_nonnull (strstr (d->error_message, "web-01"));
  g_assert_nonnull (strstr (d->error_message, "BeforeInstall"));
  g_assert_nonnull (strstr (d->error_message, "scripts/check.sh"));
  g_assert_nonnull (strstr (d->error_message, "exit code 3"));
  const Target *target = fleet_target (fleet, id, "web-01");
  g_assert_cmpint (target->events[2].diagnostics.code, ==, DIAGNOSTICS_SCRIPT_FAILED);
  /* 73 */
  g_assert_cmpint (fleet_group (fleet, "blog")->target_revision_number, ==, 0);
  g_assert_null (fleet_group (fleet, "blog")->last_successful_deployment_id);
  g_assert_cmpstr (fleet_group (fleet, "blog")->last_attempted_deployment_id, ==, id);
}

/* 33, 97 */
static void
test_last_of_ten_fails (void)
{
  g_autoptr (Fleet) fleet = fleet_new (10);
  fleet_tell (fleet, "web-10", LIFECYCLE_VALIDATE_SERVICE, DEED_FAIL);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 9/1/0");
  g_assert_null (fleet_deployment (fleet, id)->error_message);
}

/* 27-29 */
static void
test_half_at_a_time (void)
{
  g_autoptr (Fleet) fleet = fleet_new (9);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = half_at_a_time });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 9/0/0");
  g_assert_cmpint (fleet->most_running, ==, 4);

  for (int i = 1; i <= 4; i++)
    fleet_tell (fleet, arena_printf (fleet->arena, "web-%02d", i), LIFECYCLE_INSTALL, DEED_FAIL);
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .config = half_at_a_time });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/4/5");
}

/* 43, 44 */
static void
test_all_at_once (void)
{
  g_autoptr (Fleet) fleet = fleet_new (9);
  fleet_tell (fleet, NULL, LIFECYCLE_APPLICATION_START, DEED_FAIL);
  fleet_tell (fleet, "web-05", LIFECYCLE_APPLICATION_START, DEED_SUCCEED);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = all_at_once });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/8/0");
  g_assert_cmpint (fleet->most_running, ==, 9);
  fleet_tell (fleet, "web-05", LIFECYCLE_APPLICATION_START, DEED_FAIL);
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .config = all_at_once });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/9/0");
}

/* 36-38 */
static void
test_host_count (void)
{
  g_autoptr (Fleet) fleet = fleet_new (10);
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_FAIL);
  fleet_tell (fleet, "web-06", LIFECYCLE_INSTALL, DEED_FAIL);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = "HOST_COUNT:8" });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 4/2/4");
  g_assert_cmpint (fleet->most_running, ==, 2);
}

/* A maximum batch size caps what the healthy hosts would allow; who may fail stays the same. */
static void
test_maximum_batch (void)
{
  static const struct {
    const char *config;
    int n_hosts;
    gint64 batch, most;
  } cases[] = {
    { all_at_once, 9, 1, 1 },    { all_at_once, 9, 4, 4 },    { all_at_once, 9, 20, 9 },
    { half_at_a_time, 9, 3, 3 }, { half_at_a_time, 9, 6, 4 }, { half_at_a_time, 1, 1, 1 },
    { one_at_a_time, 3, 2, 1 },  { one_at_a_time, 1, 1, 1 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Fleet) fleet = fleet_new (cases[i].n_hosts);
    const char *id =
        fleet_deploy (fleet, &(FleetOrder){ .revision = 1,
                                            .config = cases[i].config,
                                            .options = { .maximum_batch = cases[i].batch } });
    fleet_run (fleet);
    const DeploymentRecord *d = fleet_deployment (fleet, id);
    g_assert_cmpint (d->status, ==, DEPLOYMENT_SUCCEEDED);
    g_assert_cmpint (d->n_succeeded, ==, cases[i].n_hosts);
    g_assert_cmpint (fleet->most_running, ==, cases[i].most);
  }
  g_autoptr (Fleet) fleet = fleet_new (5);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_FAIL);
  fleet_tell (fleet, "web-05", LIFECYCLE_INSTALL, DEED_SUCCEED);
  const char *id = fleet_deploy (
      fleet,
      &(FleetOrder){ .revision = 1, .config = all_at_once, .options = { .maximum_batch = 2 } });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/4/0");
  g_assert_cmpint (fleet->most_running, ==, 2);
}

/* 39, 41, 42 */
static void
test_too_strict_a_configuration_touches_nothing (void)
{
  static const char *const configs[] = { "FLEET_PERCENT:95", "HOST_COUNT:10", "HOST_COUNT:11" };
  for (gsize i = 0; i < G_N_ELEMENTS (configs); i++) {
    g_autoptr (Fleet) fleet = fleet_new (10);
    const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = configs[i] });
    fleet_run (fleet);
    fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS_INVALID 0/0/10");
    g_assert_cmpuint (fleet->journal->len, ==, 0);
    g_assert_cmpint (fleet_deployment (fleet, id)->start_ms, ==, 0);
  }
}

/* 7, 164: a command for every event, and the one that has nothing to do is done at once */
static void
test_noop_events_succeed (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  const LifecyclePlan *plan = lifecycle_plan (LIFECYCLE_PLAN_IN_PLACE);
  for (gsize i = 0; i < plan->n_events; i++)
    fleet_tell (fleet, NULL, plan->events[i], DEED_NOOP);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet_expect_events (fleet, id, "web-01", "SSSSSSS");
  /* the agent's own two events are never no-ops */
  g_assert_cmpuint (fleet->journal->len, ==, 2);
  g_assert_cmpint (metrics_get (fleet->metrics, METRIC_COMMANDS_DELIVERED), ==, 7);
}

/* Two groups on the same host take turns, and no clock runs meanwhile. */
static void
test_deployments_on_one_host_take_turns (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_add_group (fleet, "api", "web");
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG);
  const char *first = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  const char *second = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .group = "api" });
  fleet_run (fleet);
  fleet_expect (fleet, second, "InProgress 0/0/0");
  g_assert_cmpint (fleet_target (fleet, second, "web-01")->status, ==, TARGET_IN_PROGRESS);
  g_assert_cmpint (fleet_times_run (fleet, "web-01", LIFECYCLE_APPLICATION_STOP, second), ==, 0);
  /* a report on a command that was never handed out is nobody's */
  g_assert_cmpint (fleet_report (fleet, "web-01", fleet_command_id (fleet, second, "web-01", 0),
                                 ENGINE_REPORT_SUCCEEDED),
                   ==, ENGINE_ANSWER_UNKNOWN);
  fleet_later (fleet, 4000); /* longer than the second one's pickup clock */
  fleet_expect (fleet, second, "InProgress 0/0/0");
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_SUCCEED);
  g_assert_cmpint (fleet_report (fleet, "web-01", fleet_command_id (fleet, first, "web-01", 3),
                                 ENGINE_REPORT_SUCCEEDED),
                   ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, first, "Succeeded 1/0/0");
  fleet_expect (fleet, second, "Succeeded 1/0/0");
}

/* A kill between any two steps changes nothing but time: no hook runs twice. */
static void
test_restart_at_every_step (void)
{
  for (int at = 0; at < 30; at++) {
    g_autoptr (Fleet) fleet = fleet_new_on_disk (3);
    const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = half_at_a_time });
    for (int turn = 0; turn < at; turn++)
      fleet_turn (fleet);
    fleet_restart (fleet);
    fleet_run (fleet);
    fleet_expect (fleet, id, "Succeeded 3/0/0");
    g_assert_cmpuint (fleet->journal->len, ==, 21);
    fleet_expect_nothing_ran_twice (fleet);
  }
}

/* A fetched command that the server forgot was fetched is handed out again, under the same id. */
static void
test_restart_between_delivery_and_acknowledgement (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (1);
  fleet_tell (fleet, NULL, LIFECYCLE_APPLICATION_STOP, DEED_IGNORE);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_restart (fleet);
  fleet_tell (fleet, NULL, LIFECYCLE_APPLICATION_STOP, DEED_SUCCEED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

/* A commit was kept, and its answer lost: the hub was not told of the command. It is once the store says so. */
static void
test_uncertain_commit (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_host (fleet, "web-01")->dead = TRUE;
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  command_hub_withdraw (fleet->hub, fleet_host (fleet, "web-01")->arn,
                        fleet_command_id (fleet, id, "web-01", 0));
  fleet_host (fleet, "web-01")->dead = FALSE;
  fleet_run (fleet);
  fleet_expect (fleet, id, "InProgress 0/0/0");
  fleet->engine->uncertain++; /* another number than the store's */
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

/* Large fleets are started in batches, in order, without a row per target in the deployment's own. */
static void
test_a_thousand_targets_start_in_batches (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1000);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = all_at_once });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1000/0/0");
  g_assert_cmpint (metrics_get (fleet->metrics, METRIC_TIMERS_FIRED), >=, 5);
  g_assert_cmpuint (fleet->journal->len, ==, 7000);
}

static void
test_the_thread_fires_timers (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_start (fleet->engine, &error), error);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  while (fleet_deployment (fleet, id)->status == DEPLOYMENT_CREATED)
    g_thread_yield ();
  engine_stop (fleet->engine);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/commands-of-an-uncertain-commit-are-found", test_uncertain_commit);
  g_test_add_func ("/engine/17-24-72-one-at-a-time-succeeds", test_one_at_a_time_succeeds);
  g_test_add_func ("/engine/6-1.8-statuses-at-each-step", test_statuses_at_each_step);
  g_test_add_func ("/engine/8-32-73-first-of-ten-fails", test_first_of_ten_fails);
  g_test_add_func ("/engine/33-97-last-of-ten-fails", test_last_of_ten_fails);
  g_test_add_func ("/engine/27-28-half-at-a-time", test_half_at_a_time);
  g_test_add_func ("/engine/43-44-all-at-once", test_all_at_once);
  g_test_add_func ("/engine/36-37-host-count", test_host_count);
  g_test_add_func ("/engine/maximum-batch", test_maximum_batch);
  g_test_add_func ("/engine/39-41-42-too-strict-a-configuration-touches-nothing",
                   test_too_strict_a_configuration_touches_nothing);
  g_test_add_func ("/engine/7-164-noop-events-succeed", test_noop_events_succeed);
  g_test_add_func ("/engine/deployments-on-one-host-take-turns",
                   test_deployments_on_one_host_take_turns);
  g_test_add_func ("/engine/restart-at-every-step", test_restart_at_every_step);
  g_test_add_func ("/engine/restart-between-delivery-and-acknowledgement",
                   test_restart_between_delivery_and_acknowledgement);
  g_test_add_func ("/engine/a-thousand-targets-start-in-batches",
                   test_a_thousand_targets_start_in_batches);
  g_test_add_func ("/engine/the-thread-fires-timers", test_the_thread_fires_timers);
  return g_test_run ();
}
