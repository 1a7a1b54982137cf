#include "core/target-machine.h"

static const EventDiagnostics fine = { DIAGNOSTICS_SUCCESS, "", "Succeeded", "" };
static const EventDiagnostics broken = { DIAGNOSTICS_SCRIPT_FAILED, "stop.sh", "exit code 1",
                                         "[stderr]no\n" };

static Target
started (void)
{
  Target target;
  TargetAction action;
  target_init (&target, lifecycle_plan (LIFECYCLE_PLAN_IN_PLACE));
  g_assert_true (target_start (&target, &action));
  g_assert_cmpint (action, ==, TARGET_ACT_SEND);
  return target;
}

/* deployments.md 12, 1, 6, 10 */
static void
test_in_place_lists_seven_pending_events (void)
{
  static const char *names[] = { "ApplicationStop", "DownloadBundle",   "BeforeInstall",  "Install",
                                 "AfterInstall",    "ApplicationStart", "ValidateService" };
  Target target;
  target_init (&target, lifecycle_plan (LIFECYCLE_PLAN_IN_PLACE));
  g_assert_cmpuint (target.n_events, ==, G_N_ELEMENTS (names));
  g_assert_cmpint (target.status, ==, TARGET_PENDING);
  for (gsize i = 0; i < target.n_events; i++) {
    g_assert_cmpstr (lifecycle_event_name (target.events[i].event), ==, names[i]);
    g_assert_cmpint (target.events[i].status, ==, EVENT_PENDING);
    g_assert_cmpint (target.events[i].start_ms + target.events[i].end_ms, ==, 0);
  }
}

static void
test_walks_to_success (void)
{
  Target target = started ();
  for (gsize step = 0; step < target.n_events; step++) {
    TargetAction action;
    gint64 now_ms = 1000 * (gint64)step + 1;
    g_assert_cmpuint (target_step (&target), ==, step);
    g_assert_true (target_begin_event (&target, step, now_ms));
    g_assert_false (target_begin_event (&target, step, now_ms));
    g_assert_true (
        target_end_event (&target, step, TARGET_EVENT_PASSED, &fine, now_ms + 5, &action));
    g_assert_cmpint (action, ==, step + 1 < target.n_events ? TARGET_ACT_SEND : TARGET_ACT_FINISH);
    g_assert_cmpint (target.events[step].start_ms, ==, now_ms);
    g_assert_cmpint (target.events[step].end_ms, ==, now_ms + 5);
  }
  g_assert_cmpint (target.status, ==, TARGET_SUCCEEDED);
}

/* 8 */
static void
test_failure_skips_the_rest (void)
{
  Target target = started ();
  TargetAction action;
  g_assert_true (target_begin_event (&target, 0, 10));
  g_assert_true (target_end_event (&target, 0, TARGET_EVENT_PASSED, &fine, 20, &action));
  g_assert_true (target_end_event (&target, 1, TARGET_EVENT_FAILED, &broken, 30, &action));
  g_assert_cmpint (action, ==, TARGET_ACT_FINISH);
  g_assert_cmpint (target.status, ==, TARGET_FAILED);
  for (gsize i = 2; i < target.n_events; i++) {
    g_assert_cmpint (target.events[i].status, ==, EVENT_SKIPPED);
    g_assert_cmpint (target.events[i].start_ms, ==, 0);
    g_assert_cmpint (target.events[i].end_ms, ==, 30);
    g_assert_false (target.events[i].has_diagnostics);
  }
}

static void
test_retried_failure_starts_over (void)
{
  Target target = started ();
  TargetAction action;
  g_assert_true (target_begin_event (&target, 0, 10));
  g_assert_true (target_end_event (&target, 0, TARGET_EVENT_PASSED, &fine, 20, &action));
  g_assert_true (target_end_event (&target, 1, TARGET_EVENT_FAILED_RETRIED, &broken, 30, &action));
  g_assert_cmpint (action, ==, TARGET_ACT_START_OVER);
  g_assert_cmpint (target.status, ==, TARGET_IN_PROGRESS);
  /* to be kept as what the attempt came to */
  g_assert_cmpint (target.events[1].status, ==, EVENT_FAILED);
  g_assert_cmpstr (target.events[1].diagnostics.message, ==, broken.message);
  g_assert_cmpint (target.events[2].status, ==, EVENT_PENDING);

  target_start_over (&target);
  g_assert_cmpuint (target_step (&target), ==, 0);
  for (gsize i = 0; i < target.n_events; i++) {
    g_assert_cmpint (target.events[i].event, ==,
                     lifecycle_plan (LIFECYCLE_PLAN_IN_PLACE)->events[i]);
    g_assert_cmpint (target.events[i].status, ==, EVENT_PENDING);
    g_assert_cmpint (target.events[i].start_ms + target.events[i].end_ms, ==, 0);
    g_assert_false (target.events[i].has_diagnostics);
  }
  for (gsize step = 0; step < target.n_events; step++)
    g_assert_true (target_end_event (&target, step, TARGET_EVENT_PASSED, &fine, 40, &action));
  g_assert_cmpint (target.status, ==, TARGET_SUCCEEDED);
}

/* What may be tried again: not what a host began and never ended. */
static void
test_only_some_failures_are_retried (void)
{
  static const struct {
    CommandStatus from;
    CommandEvent event;
    CommandAction action;
  } cases[] = {
    { COMMAND_PENDING, COMMAND_EV_FAIL, COMMAND_ACT_FAIL },
    { COMMAND_PENDING, COMMAND_EV_EXPIRE, COMMAND_ACT_FAIL },
    { COMMAND_IN_PROGRESS, COMMAND_EV_FAIL, COMMAND_ACT_FAIL },
    { COMMAND_IN_PROGRESS, COMMAND_EV_EXPIRE, COMMAND_ACT_GIVE_UP },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    CommandStatus status = cases[i].from;
    CommandAction action;
    g_assert_true (command_machine_step (&status, cases[i].event, &action));
    g_assert_cmpint (status, ==, COMMAND_FAILED);
    g_assert_cmpint (action, ==, cases[i].action);
  }
}

static void
test_ignored_failure_goes_on_and_can_heal (void)
{
  Target target = started ();
  TargetAction action;
  g_assert_true (target_end_event (&target, 0, TARGET_EVENT_FAILED_IGNORED, &broken, 5, &action));
  g_assert_cmpint (action, ==, TARGET_ACT_SEND);
  g_assert_cmpint (target.status, ==, TARGET_IN_PROGRESS);
  g_assert_cmpint (target.events[0].status, ==, EVENT_FAILED);
  g_assert_cmpuint (target_step (&target), ==, 1);
  /* 168 */
  g_assert_true (target_heal_event (&target, 0, &fine, 9));
  g_assert_cmpint (target.events[0].status, ==, EVENT_SUCCEEDED);
  g_assert_false (target_heal_event (&target, 0, &fine, 9));
  g_assert_false (target_heal_event (&target, 1, &fine, 9));

  Target ran = started ();
  g_assert_true (target_begin_event (&ran, 0, 4));
  g_assert_true (target_end_event (&ran, 0, TARGET_EVENT_FAILED_IGNORED, &broken, 5, &action));
  g_assert_false (target_heal_event (&ran, 0, &fine, 9));
}

static void
test_only_the_present_event_ends (void)
{
  Target target = started ();
  TargetAction action;
  g_assert_false (target_end_event (&target, 1, TARGET_EVENT_PASSED, &fine, 5, &action));
  g_assert_false (target_end_event (&target, 7, TARGET_EVENT_PASSED, &fine, 5, &action));
  g_assert_true (target_end_event (&target, 0, TARGET_EVENT_PASSED, &fine, 5, &action));
  g_assert_false (target_end_event (&target, 0, TARGET_EVENT_FAILED, &broken, 6, &action));
  g_assert_cmpint (target.events[0].start_ms, ==, 5); /* 16 */
}

static void
test_ending_early (void)
{
  Target untouched = started (), halfway = started (), busy = started ();
  TargetAction action;
  g_assert_true (target_end_early (&untouched, 50, &action));
  g_assert_cmpint (untouched.status, ==, TARGET_SKIPPED);
  g_assert_cmpint (untouched.events[0].status, ==, EVENT_SKIPPED);

  g_assert_true (target_end_event (&halfway, 0, TARGET_EVENT_PASSED, &fine, 5, &action));
  g_assert_true (target_end_early (&halfway, 50, &action));
  g_assert_cmpint (halfway.status, ==, TARGET_FAILED);
  g_assert_cmpint (halfway.events[0].status, ==, EVENT_SUCCEEDED);
  g_assert_cmpint (halfway.events[1].status, ==, EVENT_SKIPPED);

  /* 118 */
  g_assert_true (target_begin_event (&busy, 0, 5));
  g_assert_false (target_end_early (&busy, 50, &action));
  g_assert_cmpint (busy.status, ==, TARGET_IN_PROGRESS);
}

/* A target behind a load balancer, of whose events so many have passed. */
static Target
walked (gsize n_passed)
{
  Target target;
  TargetAction action;
  target_init (&target, lifecycle_plan (LIFECYCLE_PLAN_IN_PLACE_BALANCED));
  g_assert_true (target_start (&target, &action));
  for (gsize step = 0; step < n_passed; step++)
    g_assert_true (target_end_event (&target, step, TARGET_EVENT_PASSED, &fine, 5, &action));
  return target;
}

static void
test_only_blocked_until_its_application_stops (void)
{
  for (gsize n = 0; n < 13; n++) {
    Target target = walked (n);
    g_assert_cmpint (target_is_only_blocked (&target, n), ==, n == 2 || n == 3);
    g_assert_cmpint (target_is_left_blocked (&target), ==, n >= 2 && n < 12);
    g_assert_false (target_has_turned_back (&target));
  }
  /* not where it would not get its traffic again */
  Target leaving;
  target_init (&leaving, lifecycle_plan (LIFECYCLE_PLAN_TERMINATION_BALANCED));
  g_assert_false (target_is_only_blocked (&leaving, 2));
  target_init (&leaving, lifecycle_plan (LIFECYCLE_PLAN_BLUE));
  g_assert_false (target_is_only_blocked (&leaving, 2));
}

static void
test_turning_back (void)
{
  Target target = walked (2);
  TargetAction action;
  target_turn_back (&target, 20);
  g_assert_cmpuint (target_step (&target), ==, 11);
  g_assert_true (target_has_turned_back (&target));
  for (gsize i = 2; i < 11; i++) {
    g_assert_cmpint (target.events[i].status, ==, EVENT_SKIPPED);
    g_assert_cmpint (target.events[i].end_ms, ==, 20);
  }
  g_assert_true (target_begin_event (&target, 11, 20));
  g_assert_true (target_end_event (&target, 11, TARGET_EVENT_PASSED, &fine, 30, &action));
  g_assert_true (target_end_early (&target, 30, &action));
  g_assert_cmpint (target.status, ==, TARGET_FAILED); /* it began, and has nothing new */
  g_assert_true (target_has_turned_back (&target));
  g_assert_false (target_is_left_blocked (&target));
}

static void
test_a_replacement_waits_at_its_gate (void)
{
  Target target;
  TargetAction action;
  target_init (&target, lifecycle_plan (LIFECYCLE_PLAN_GREEN));
  g_assert_true (target_start (&target, &action));
  for (gsize step = 0; step < 7; step++) {
    g_assert_cmpint (target.status, ==, TARGET_IN_PROGRESS);
    g_assert_true (target_end_event (&target, step, TARGET_EVENT_PASSED, &fine, 5, &action));
  }
  g_assert_cmpint (target.status, ==, TARGET_READY);
  g_assert_cmpint (action, ==, TARGET_ACT_FINISH);
  g_assert_false (target_begin_event (&target, 7, 6));

  Target left_out = target, begun;
  g_assert_true (target_end_early (&left_out, 50, &action));
  g_assert_cmpint (left_out.status, ==, TARGET_SKIPPED);
  g_assert_cmpint (left_out.events[6].status, ==, EVENT_SUCCEEDED);
  g_assert_cmpint (left_out.events[7].status, ==, EVENT_SKIPPED);

  g_assert_true (target_start (&target, &action));
  g_assert_cmpint (action, ==, TARGET_ACT_SEND);
  begun = target;
  g_assert_true (target_end_early (&begun, 50, &action)); /* its first command was not begun */
  g_assert_cmpint (begun.status, ==, TARGET_SKIPPED);
  g_assert_true (target_end_event (&target, 7, TARGET_EVENT_PASSED, &fine, 60, &action));
  Target half_way = target;
  g_assert_true (target_end_early (&half_way, 70, &action));
  g_assert_cmpint (half_way.status, ==, TARGET_FAILED);
  for (gsize step = 8; step < 10; step++)
    g_assert_true (target_end_event (&target, step, TARGET_EVENT_PASSED, &fine, 80, &action));
  g_assert_cmpint (target.status, ==, TARGET_SUCCEEDED);
}

static void
expect_only (const StateMachine *machine, const char *const *filled)
{
  g_autoptr (GHashTable) expected = g_hash_table_new (g_str_hash, g_str_equal);
  for (gsize i = 0; filled[i] != NULL; i++)
    g_hash_table_add (expected, (gpointer)filled[i]);
  for (guint state = 0; state < machine->n_states; state++)
    for (guint event = 0; event < machine->n_events; event++) {
      const StateCell *cell = state_machine_cell (machine, state, event);
      g_autofree char *text =
          g_strdup_printf ("%s, %s: %s", machine->state_name (state), machine->event_name (event),
                           cell != NULL ? machine->state_name (cell->next) : "refused");
      if (cell == NULL)
        continue;
      if (!g_hash_table_remove (expected, text))
        g_error ("unexpected cell in %s: %s", machine->name, text);
    }
  g_assert_cmpuint (g_hash_table_size (expected), ==, 0);
}

static void
test_empty_cells_are_refused (void)
{
  static const char *const target_filled[] = {
    "Pending, its turn has come: InProgress",
    "Pending, deployment ends, nothing of the phase ran: Skipped",
    "InProgress, event passed, more follow: InProgress",
    "InProgress, event passed, traffic comes next: Ready",
    "InProgress, last event passed: Succeeded",
    "InProgress, event failed: Failed",
    "InProgress, event failed, retries are left: InProgress",
    "InProgress, deployment ends, half-way: Failed",
    "InProgress, deployment ends, nothing of the phase ran: Skipped",
    "Ready, its turn has come: InProgress",
    "Ready, deployment ends, nothing of the phase ran: Skipped",
    NULL,
  };
  static const char *const event_filled[] = {
    "Pending, acknowledged: InProgress",
    "Pending, host reports success: Succeeded",
    "Pending, host reports failure, or a clock ran out: Failed",
    "Pending, target ended before: Skipped",
    "InProgress, host reports success: Succeeded",
    "InProgress, host reports failure, or a clock ran out: Failed",
    "Failed, late report of a no-op: Succeeded",
    NULL,
  };
  static const char *const command_filled[] = {
    "Waiting, host is free: Pending",
    "Waiting, deployment ends: Failed",
    "Pending, the service performs it: InProgress",
    "Pending, deployment is paused: Held",
    "Held, deployment is resumed: Pending",
    "Held, acknowledged: InProgress",
    "Held, acknowledged, nothing to do: Succeeded",
    "Held, completed Succeeded: Succeeded",
    "Held, completed Failed: Failed",
    "Held, deployment ends: Failed",
    "Pending, acknowledged: InProgress",
    "Pending, acknowledged, nothing to do: Succeeded",
    "Pending, completed Succeeded: Succeeded",
    "Pending, completed Failed: Failed",
    "Pending, clock ran out: Failed",
    "Pending, deployment ends: Failed",
    "InProgress, acknowledged: InProgress",
    "InProgress, acknowledged, nothing to do: InProgress",
    "InProgress, completed Succeeded: Succeeded",
    "InProgress, completed Failed: Failed",
    "InProgress, clock ran out: Failed",
    NULL,
  };
  expect_only (&target_machine, target_filled);
  expect_only (&event_machine, event_filled);
  expect_only (&command_machine, command_filled);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/target/1-6-10-in-place-lists-seven-pending-events",
                   test_in_place_lists_seven_pending_events);
  g_test_add_func ("/target/walks-to-success", test_walks_to_success);
  g_test_add_func ("/target/8-failure-skips-the-rest", test_failure_skips_the_rest);
  g_test_add_func ("/target/retried-failure-starts-over", test_retried_failure_starts_over);
  g_test_add_func ("/target/only-some-failures-are-retried", test_only_some_failures_are_retried);
  g_test_add_func ("/target/168-ignored-failure-goes-on-and-can-heal",
                   test_ignored_failure_goes_on_and_can_heal);
  g_test_add_func ("/target/16-only-the-present-event-ends", test_only_the_present_event_ends);
  g_test_add_func ("/target/118-ending-early", test_ending_early);
  g_test_add_func ("/target/only-blocked-until-its-application-stops",
                   test_only_blocked_until_its_application_stops);
  g_test_add_func ("/target/turning-back", test_turning_back);
  g_test_add_func ("/target/a-replacement-waits-at-its-gate", test_a_replacement_waits_at_its_gate);
  g_test_add_func ("/target/empty-cells-are-refused", test_empty_cells_are_refused);
  return g_test_run ();
}
