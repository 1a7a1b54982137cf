#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Targets that start over: retriesPerTarget of a configuration. */

static const char half_at_a_time[] = "CodeDeployDefault.HalfAtATime";
static const char all_at_once[] = "CodeDeployDefault.AllAtOnce";
static const char *const on_failure[] = { "DEPLOYMENT_FAILURE", NULL };

static const char *
deploy_with_retries (Fleet *fleet, gint64 retries)
{
  return fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .options = { .retries = retries } });
}

/* One step at a time, until the target is in the attempt. */
static void
run_until_attempt (Fleet *fleet, const char *id, const char *host, gint64 attempt)
{
  int turns = 0;
  while (fleet_deployment (fleet, id)->status == DEPLOYMENT_CREATED ||
         fleet_attempt (fleet, id, host) < attempt) {
    g_assert_true (fleet_turn (fleet) || turns == 0);
    g_assert_cmpint (++turns, <, 1000);
  }
}

static void
expect_told (const EventDiagnostics *diagnostics, const char *part)
{
  if (strstr (diagnostics->message, part) == NULL)
    g_error ("\"%s\" does not say \"%s\"", diagnostics->message, part);
}

static void
test_fails_once_and_succeeds (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_tell_times (fleet, "web-01", LIFECYCLE_BEFORE_INSTALL, DEED_FAIL, 1);
  const char *id = deploy_with_retries (fleet, 1);
  run_until_attempt (fleet, id, "web-01", 2);

  /* it is no failure: the target runs, and the next one has not begun */
  const DeploymentRecord *d = fleet_deployment (fleet, id);
  g_assert_cmpint (d->n_running, ==, 1);
  g_assert_cmpint (d->n_pending, ==, 1);
  g_assert_cmpint (d->n_failed, ==, 0);
  g_assert_null (d->first_failure);
  const Target *target = fleet_target (fleet, id, "web-01");
  g_assert_cmpint (target->status, ==, TARGET_IN_PROGRESS);
  fleet_expect_events (fleet, id, "web-01", ".......");
  /* why it starts over is there from the beginning, with what the script said */
  g_assert_true (target->events[0].has_diagnostics);
  g_assert_cmpint (target->events[0].diagnostics.code, ==, DIAGNOSTICS_SCRIPT_FAILED);
  g_assert_cmpstr (target->events[0].diagnostics.script_name, ==, "scripts/check.sh");
  g_assert_cmpstr (target->events[0].diagnostics.log_tail, ==, "[stderr]no\n");
  expect_told (&target->events[0].diagnostics,
               "attempt 2, since attempt 1 failed: event BeforeInstall, script scripts/check.sh: "
               "failed with exit code 3 (ScriptFailed)");

  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  fleet_expect_events (fleet, id, "web-01", "SSSSSSS");
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 2);
  g_assert_cmpint (fleet_attempt (fleet, id, "web-02"), ==, 1);
  g_assert_cmpint (fleet_times_run (fleet, "web-01", LIFECYCLE_DOWNLOAD_BUNDLE, id), ==, 2);
  g_assert_cmpint (fleet_times_run (fleet, "web-01", LIFECYCLE_BEFORE_INSTALL, id), ==, 2);
  g_assert_cmpint (fleet_times_run (fleet, "web-01", LIFECYCLE_INSTALL, id), ==, 1);
  g_assert_cmpint (fleet_times_run (fleet, "web-02", LIFECYCLE_BEFORE_INSTALL, id), ==, 1);
  fleet_expect_nothing_ran_twice (fleet);
  /* and stays there */
  target = fleet_target (fleet, id, "web-01");
  g_assert_cmpint (target->events[0].diagnostics.code, ==, DIAGNOSTICS_SUCCESS);
  expect_told (&target->events[0].diagnostics,
               "Succeeded: attempt 2, since attempt 1 failed: event BeforeInstall");
  g_assert_cmpstr (target->events[1].diagnostics.message, ==, "Succeeded: ");
  g_assert_cmpstr (fleet_target (fleet, id, "web-02")->events[0].diagnostics.message, ==,
                   "Succeeded: ");
}

static void
test_every_attempt_fails (void)
{
  g_autoptr (Fleet) fleet = fleet_new (3);
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_FAIL);
  const char *id = deploy_with_retries (fleet, 2);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/2");
  fleet_expect_events (fleet, id, "web-01", "SSSF---");
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 3);
  g_assert_cmpint (fleet_times_run (fleet, "web-01", LIFECYCLE_INSTALL, id), ==, 3);
  fleet_expect_nothing_ran_twice (fleet);
  const EventDiagnostics *why = &fleet_target (fleet, id, "web-01")->events[3].diagnostics;
  g_assert_cmpstr (why->message, ==,
                   "failed with exit code 3; attempt 3, attempt 2 failed the same way");
  g_assert_cmpstr (why->log_tail, ==, "[stderr]no\n");
  expect_told (&(EventDiagnostics){ .message = fleet_deployment (fleet, id)->error_message },
               "attempt 3, attempt 2 failed the same way");
}

/* Without retries nothing of this shows. */
static void
test_no_retries (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_FAIL);
  const char *id = deploy_with_retries (fleet, 0);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 1);
  g_assert_cmpstr (fleet_target (fleet, id, "web-01")->events[3].diagnostics.message, ==,
                   "failed with exit code 3");
}

/* A target that starts over keeps its place: never more run than may, and the others go on meanwhile. */
static void
test_place_is_held (void)
{
  g_autoptr (Fleet) fleet = fleet_new (5);
  fleet_tell_times (fleet, "web-01", LIFECYCLE_VALIDATE_SERVICE, DEED_FAIL, 3);
  fleet_tell_times (fleet, "web-03", LIFECYCLE_APPLICATION_STOP, DEED_FAIL_AT_ONCE, 3);
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 1, .config = half_at_a_time, .options = { .retries = 3 } });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 5/0/0");
  g_assert_cmpint (fleet->most_running, ==, 2);
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 4);
  g_assert_cmpint (fleet_attempt (fleet, id, "web-03"), ==, 4);
  fleet_expect_nothing_ran_twice (fleet);
}

/* Fetched and not acknowledged: nothing of it ran, and what comes late is told not to. */
static void
test_never_acknowledged_is_retried (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_DOWNLOAD_BUNDLE, DEED_IGNORE);
  const char *id = deploy_with_retries (fleet, 1);
  fleet_run (fleet);
  const char *lost = fleet_command_id (fleet, id, "web-01", 1);
  fleet_later (fleet, 299);
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 1);
  fleet_tell (fleet, NULL, LIFECYCLE_APPLICATION_STOP, DEED_HANG);
  fleet_later (fleet, 1);
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 2);
  fleet_expect_events (fleet, id, "web-01", "I......");
  static const EngineReport reports[] = { ENGINE_REPORT_ACKNOWLEDGED, ENGINE_REPORT_NOOP,
                                          ENGINE_REPORT_SUCCEEDED, ENGINE_REPORT_FAILED };
  for (gsize i = 0; i < G_N_ELEMENTS (reports); i++)
    g_assert_cmpint (fleet_report (fleet, "web-01", lost, reports[i]), ==, ENGINE_ANSWER_FAILED);
  fleet_expect_events (fleet, id, "web-01", "I......");
  expect_told (&fleet_target (fleet, id, "web-01")->events[0].diagnostics,
               "did not pick up DownloadBundle within 300 s");

  fleet_tell (fleet, NULL, LIFECYCLE_DOWNLOAD_BUNDLE, DEED_SUCCEED);
  g_assert_cmpint (fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 0),
                                 ENGINE_REPORT_SUCCEEDED),
                   ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

/* A host that is not there has its long wait once. */
static void
test_absent_host_is_waited_for_shorter (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_host (fleet, "web-01")->dead = TRUE;
  const char *id = deploy_with_retries (fleet, 2);
  fleet_run (fleet);
  fleet_later (fleet, 3599);
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 1);
  fleet_later (fleet, 1);
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 2);
  fleet_later (fleet, 300);
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 3);
  fleet_later (fleet, 299);
  fleet_expect (fleet, id, "InProgress 0/0/0");
  fleet_later (fleet, 1);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
  fleet_expect_events (fleet, id, "web-01", "F------");
}

/* Begun and never completed: the host may still be at it, so nothing is started beside it. */
static void
test_never_completed_is_not_retried (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_HANG);
  const char *id = deploy_with_retries (fleet, 5);
  fleet_run (fleet);
  fleet_later (fleet, 4200);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
  fleet_expect_events (fleet, id, "web-01", "SSSF---");
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 1);
}

/* What a host says of an attempt that is over, or of one that never was. */
static void
test_reports_on_other_attempts (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_HANG);
  fleet_tell_times (fleet, NULL, LIFECYCLE_INSTALL, DEED_FAIL, 1);
  const char *id = deploy_with_retries (fleet, 1);
  fleet_run (fleet);
  fleet_expect_events (fleet, id, "web-01", "SSSI...");
  static const EngineReport reports[] = { ENGINE_REPORT_ACKNOWLEDGED, ENGINE_REPORT_NOOP,
                                          ENGINE_REPORT_SUCCEEDED, ENGINE_REPORT_FAILED };
  for (gsize i = 0; i < G_N_ELEMENTS (reports); i++)
    for (gint64 step = 0; step < 7; step++) {
      g_assert_cmpint (fleet_report (fleet, "web-01",
                                     fleet_command_of_attempt (fleet, id, "web-01", step, 1),
                                     reports[i]),
                       ==, ENGINE_ANSWER_FAILED);
      g_assert_cmpint (fleet_report (fleet, "web-01",
                                     fleet_command_of_attempt (fleet, id, "web-01", step, 3),
                                     reports[i]),
                       ==, ENGINE_ANSWER_UNKNOWN);
    }
  fleet_expect_events (fleet, id, "web-01", "SSSI...");
  fleet_expect (fleet, id, "InProgress 0/0/0");
}

/* A failure that is ignored is none. */
static void
test_ignored_failure_is_not_retried (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_APPLICATION_STOP, DEED_FAIL);
  fleet_tell_times (fleet, NULL, LIFECYCLE_INSTALL, DEED_FAIL, 1);
  const char *id = fleet_deploy (
      fleet,
      &(FleetOrder){ .revision = 1, .ignore_stop_failures = TRUE, .options = { .retries = 1 } });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet_expect_events (fleet, id, "web-01", "FSSSSSS");
  g_assert_cmpint (fleet_times_run (fleet, "web-01", LIFECYCLE_APPLICATION_STOP, id), ==, 2);
  /* the reason for the attempt is what the other one failed with */
  expect_told (&fleet_target (fleet, id, "web-01")->events[0].diagnostics,
               "attempt 2, since attempt 1 failed: event Install");
}

static void
test_reason_of_a_noop_event (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_APPLICATION_STOP, DEED_NOOP);
  fleet_tell_times (fleet, NULL, LIFECYCLE_VALIDATE_SERVICE, DEED_FAIL, 1);
  const char *id = deploy_with_retries (fleet, 1);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  expect_told (&fleet_target (fleet, id, "web-01")->events[0].diagnostics,
               "Succeeded; attempt 2, since attempt 1 failed: event ValidateService");
}

/* The host is the target's until it has ended, attempts and all. */
static void
test_turn_on_the_host_is_held (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_add_group (fleet, "api", "web");
  fleet_tell (fleet, NULL, LIFECYCLE_APPLICATION_START, DEED_HANG);
  fleet_tell_times (fleet, NULL, LIFECYCLE_APPLICATION_START, DEED_FAIL, 1);
  const char *first = deploy_with_retries (fleet, 1);
  fleet_turn (fleet);
  const char *second = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .group = "api" });
  fleet_run (fleet);
  g_assert_cmpint (fleet_attempt (fleet, first, "web-01"), ==, 2);
  g_assert_cmpint (fleet_times_run (fleet, "web-01", LIFECYCLE_APPLICATION_STOP, second), ==, 0);
  fleet_tell (fleet, NULL, LIFECYCLE_APPLICATION_START, DEED_SUCCEED);
  fleet_report (fleet, "web-01", fleet_command_id (fleet, first, "web-01", 5),
                ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, first, "Succeeded 1/0/0");
  fleet_expect (fleet, second, "Succeeded 1/0/0");
}

/* ---- ends that beat retries ---- */

/* Nothing of the second attempt was begun: the target is as the first one left it. */
static void
test_stop_between_attempts (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_tell_times (fleet, "web-01", LIFECYCLE_INSTALL, DEED_FAIL, 1);
  const char *id = deploy_with_retries (fleet, 3);
  run_until_attempt (fleet, id, "web-01", 2);
  const char *offered = fleet_command_id (fleet, id, "web-01", 0);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_SUCCEEDED);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "SSSF---");
  const EventDiagnostics *why = &fleet_target (fleet, id, "web-01")->events[3].diagnostics;
  g_assert_cmpint (why->code, ==, DIAGNOSTICS_SCRIPT_FAILED);
  g_assert_cmpstr (why->log_tail, ==, "[stderr]no\n");
  expect_told (why, "failed with exit code 3; the deployment ended before attempt 2 began");
  /* the host may have fetched it */
  g_assert_cmpint (fleet_report (fleet, "web-01", offered, ENGINE_REPORT_ACKNOWLEDGED), ==,
                   ENGINE_ANSWER_FAILED);
  g_assert_cmpuint (command_hub_n_offered (fleet->hub), ==, 0);
  guint began = fleet->journal->len;
  fleet_run (fleet);
  g_assert_cmpuint (fleet->journal->len, ==, began);
}

/* An event of a later attempt that runs is left to its end, which is then the target's. */
static void
test_stop_in_a_later_attempt (void)
{
  static const struct {
    EngineReport report;
    const char *events;
  } cases[] = { { ENGINE_REPORT_FAILED, "F------" }, { ENGINE_REPORT_SUCCEEDED, "S------" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Fleet) fleet = fleet_new (2);
    fleet_tell_times (fleet, "web-01", LIFECYCLE_INSTALL, DEED_FAIL, 1);
    const char *id = deploy_with_retries (fleet, 3);
    run_until_attempt (fleet, id, "web-01", 2);
    fleet_tell (fleet, "web-01", LIFECYCLE_APPLICATION_STOP, DEED_HANG);
    fleet_run (fleet);
    g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_PENDING);
    fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 0), cases[i].report);
    fleet_run (fleet);
    fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
    fleet_expect_events (fleet, id, "web-01", cases[i].events);
    g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 2);
    expect_told (&fleet_target (fleet, id, "web-01")->events[0].diagnostics,
                 "attempt 2, since attempt 1 failed");
  }
}

static void
test_failure_after_a_stop (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_HANG);
  const char *id = deploy_with_retries (fleet, 3);
  fleet_run (fleet);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_PENDING);
  fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 3), ENGINE_REPORT_FAILED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/0");
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 1);
}

static void
test_total_time_ends_retries (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_HANG);
  fleet_tell_times (fleet, NULL, LIFECYCLE_INSTALL, DEED_FAIL, 4);
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 1, .options = { .retries = 10, .timeout_minutes = 1 } });
  fleet_run (fleet);
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 5);
  fleet_later (fleet, 60);
  fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 3), ENGINE_REPORT_FAILED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed TIMEOUT 0/1/0");
  g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 5);
}

/* The rollback comes when the retries are used up, and has as many itself. */
static void
test_rollback_after_the_last_attempt (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_tell_times (fleet, "web-01", LIFECYCLE_VALIDATE_SERVICE, DEED_FAIL, 3);
  const char *bad = fleet_deploy (
      fleet,
      &(FleetOrder){ .revision = 2, .rollback_events = on_failure, .options = { .retries = 1 } });
  fleet_run (fleet);
  fleet_expect (fleet, bad, "Failed HEALTH_CONSTRAINTS 0/1/1");
  g_assert_cmpint (fleet_attempt (fleet, bad, "web-01"), ==, 2);
  const char *rollback = fleet_deployment (fleet, bad)->rollback_id;
  fleet_expect (fleet, rollback, "Succeeded 2/0/0");
  g_assert_cmpint (fleet_attempt (fleet, rollback, "web-01"), ==, 2);
  fleet_expect_nothing_ran_twice (fleet);
}

/* ---- kills ---- */

static void
test_restart_at_every_step (void)
{
  for (int at = 0; at < 24; at++) {
    g_autoptr (Fleet) fleet = fleet_new_on_disk (2);
    fleet_tell_times (fleet, "web-01", LIFECYCLE_INSTALL, DEED_FAIL, 1);
    fleet_tell_times (fleet, "web-01", LIFECYCLE_APPLICATION_START, DEED_FAIL_AT_ONCE, 1);
    const char *id = fleet_deploy (
        fleet, &(FleetOrder){ .revision = 1, .config = all_at_once, .options = { .retries = 2 } });
    for (int turn = 0; turn < at; turn++)
      fleet_turn (fleet);
    fleet_restart (fleet);
    fleet_run (fleet);
    fleet_expect (fleet, id, "Succeeded 2/0/0");
    g_assert_cmpint (fleet_attempt (fleet, id, "web-01"), ==, 3);
    g_assert_cmpint (fleet_times_run (fleet, "web-01", LIFECYCLE_INSTALL, id), ==, 3);
    g_assert_cmpint (fleet_times_run (fleet, "web-01", LIFECYCLE_VALIDATE_SERVICE, id), ==, 1);
    fleet_expect_nothing_ran_twice (fleet);
  }
}

/* Hosts that fail anywhere, any number of times, and a server that is killed now and then: each target has as many
 * attempts as its failures ask for and the retries allow. */
static void
test_storm (void)
{
  enum {
    N_HOSTS = 8,
    RETRIES = 2
  };
  const LifecyclePlan *plan = lifecycle_plan (LIFECYCLE_PLAN_IN_PLACE);
  AmbientFake fake = { .seed = 11 };
  Ambient chance = ambient_fake (&fake);
  for (int round = 0; round < 12; round++) {
    g_autoptr (Fleet) fleet = fleet_new_on_disk (N_HOSTS);
    int failures[N_HOSTS];
    for (int i = 0; i < N_HOSTS; i++) {
      failures[i] = (int)ambient_random_below (&chance, RETRIES + 3);
      for (int k = 0; k < failures[i]; k++)
        fleet_tell_times (fleet, arena_printf (fleet->arena, "web-%02d", i + 1),
                          plan->events[ambient_random_below (&chance, (guint32)plan->n_events)],
                          k % 2 == 0 ? DEED_FAIL : DEED_FAIL_AT_ONCE, 1);
    }
    const char *id = fleet_deploy (
        fleet, &(FleetOrder){ .revision = 1,
                              .config = all_at_once,
                              .options = { .retries = RETRIES, .maximum_batch = 3 } });
    while (fleet_deployment (fleet, id)->complete_ms == 0) {
      fleet_turn (fleet);
      if (ambient_random_below (&chance, 8) == 0)
        fleet_restart (fleet);
    }
    g_assert_cmpint (fleet->most_running, <=, 3);
    fleet_expect_nothing_ran_twice (fleet);
    gint64 n_failed = 0;
    for (int i = 0; i < N_HOSTS; i++) {
      const char *host = arena_printf (fleet->arena, "web-%02d", i + 1);
      gboolean fails = failures[i] > RETRIES;
      g_assert_cmpint (fleet_target (fleet, id, host)->status, ==,
                       fails ? TARGET_FAILED : TARGET_SUCCEEDED);
      g_assert_cmpint (fleet_attempt (fleet, id, host), ==, MIN (failures[i], RETRIES) + 1);
      n_failed += fails;
    }
    g_assert_cmpint (fleet_deployment (fleet, id)->n_failed, ==, n_failed);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/attempt/fails-once-and-succeeds", test_fails_once_and_succeeds);
  g_test_add_func ("/attempt/every-attempt-fails", test_every_attempt_fails);
  g_test_add_func ("/attempt/no-retries", test_no_retries);
  g_test_add_func ("/attempt/place-is-held", test_place_is_held);
  g_test_add_func ("/attempt/never-acknowledged-is-retried", test_never_acknowledged_is_retried);
  g_test_add_func ("/attempt/absent-host-is-waited-for-shorter",
                   test_absent_host_is_waited_for_shorter);
  g_test_add_func ("/attempt/never-completed-is-not-retried", test_never_completed_is_not_retried);
  g_test_add_func ("/attempt/reports-on-other-attempts", test_reports_on_other_attempts);
  g_test_add_func ("/attempt/ignored-failure-is-not-retried", test_ignored_failure_is_not_retried);
  g_test_add_func ("/attempt/reason-of-a-noop-event", test_reason_of_a_noop_event);
  g_test_add_func ("/attempt/turn-on-the-host-is-held", test_turn_on_the_host_is_held);
  g_test_add_func ("/attempt/stop-between-attempts", test_stop_between_attempts);
  g_test_add_func ("/attempt/stop-in-a-later-attempt", test_stop_in_a_later_attempt);
  g_test_add_func ("/attempt/failure-after-a-stop", test_failure_after_a_stop);
  g_test_add_func ("/attempt/total-time-ends-retries", test_total_time_ends_retries);
  g_test_add_func ("/attempt/rollback-after-the-last-attempt",
                   test_rollback_after_the_last_attempt);
  g_test_add_func ("/attempt/restart-at-every-step", test_restart_at_every_step);
  g_test_add_func ("/attempt/storm", test_storm);
  return g_test_run ();
}
