#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Pause and resume (ours), on a simulated fleet. */

static const char all_at_once[] = "CodeDeployDefault.AllAtOnce";

static EngineAnswer
end_event (Fleet *fleet, const char *id, const char *host, gint64 step)
{
  return fleet_report (fleet, host, fleet_command_id (fleet, id, host, step),
                       ENGINE_REPORT_SUCCEEDED);
}

/* web-01 is at Install, web-02 has not begun. */
static const char *
one_at_work (Fleet *fleet, const FleetOrder *order)
{
  const char *id = fleet_deploy (fleet, order);
  fleet_tell_times (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG, 1);
  fleet_run (fleet);
  fleet_expect_events (fleet, id, "web-01", "SSSI...");
  return id;
}

static void
test_nothing_new_until_resumed (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (2);
  const char *id = one_at_work (fleet, &(FleetOrder){ .revision = 1 });
  g_assert_cmpint (fleet_pause (fleet, id), ==, ENGINE_PAUSE_CHANGED);
  g_assert_cmpstr (fleet_deployment (fleet, id)->paused_by, ==, "ann");
  fleet_restart (fleet);
  /* what runs ends, and nothing follows */
  g_assert_cmpint (end_event (fleet, id, "web-01", 3), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_later (fleet, 24 * 3600);
  fleet_expect_events (fleet, id, "web-01", "SSSS...");
  g_assert_cmpint (fleet_target (fleet, id, "web-02")->status, ==, TARGET_PENDING);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  fleet_restart (fleet);
  fleet_run (fleet);
  fleet_expect_events (fleet, id, "web-01", "SSSS...");
  g_assert_cmpint (fleet_resume (fleet, id), ==, ENGINE_PAUSE_CHANGED);
  g_assert_cmpint (fleet_deployment (fleet, id)->paused_ms, ==, 0);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  fleet_expect_nothing_ran_twice (fleet);
}

static void
test_last_target_that_ends_starts_no_other (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_tell_times (fleet, "web-01", LIFECYCLE_VALIDATE_SERVICE, DEED_HANG, 1);
  fleet_run (fleet);
  (void)fleet_pause (fleet, id);
  g_assert_cmpint (end_event (fleet, id, "web-01", 6), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  const DeploymentRecord *d = fleet_deployment (fleet, id);
  g_assert_cmpint (d->n_succeeded, ==, 1);
  g_assert_cmpint (d->n_running, ==, 0);
  g_assert_cmpint (d->n_pending, ==, 1);
  (void)fleet_resume (fleet, id);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
}

/* One that is not fetched is taken back; one that is, the host may begin: it does not know better. */
static void
test_commands_on_their_way (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  g_autoptr (GError) error = NULL;
  fleet_host (fleet, "web-01")->dead = TRUE;
  fleet_tell (fleet, "web-02", LIFECYCLE_APPLICATION_STOP, DEED_IGNORE);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .config = all_at_once });
  fleet_run (fleet);
  (void)fleet_pause (fleet, id);
  g_assert_cmpuint (command_hub_n_offered (fleet->hub), ==, 0);
  const char *fetched = fleet_command_id (fleet, id, "web-02", 0);
  g_assert_cmpint (fleet_report (fleet, "web-02", fetched, ENGINE_REPORT_ACKNOWLEDGED), ==,
                   ENGINE_ANSWER_IN_PROGRESS);
  fleet_expect_events (fleet, id, "web-02", "I......");
  g_assert_cmpint (fleet_report (fleet, "web-02", fetched, ENGINE_REPORT_SUCCEEDED), ==,
                   ENGINE_ANSWER_SUCCEEDED);
  fleet_host (fleet, "web-01")->dead = FALSE;
  fleet_run (fleet);
  fleet_expect_events (fleet, id, "web-01", ".......");
  fleet_expect_events (fleet, id, "web-02", "S......");
  (void)fleet_resume (fleet, id);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
}

static void
test_clocks_stand_still (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (1);
  fleet_host (fleet, "web-01")->dead = TRUE;
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .options = { .timeout_minutes = 30 } });
  fleet_run (fleet);
  fleet_later (fleet, 20 * 60);
  (void)fleet_pause (fleet, id);
  fleet_later (fleet, 7 * 24 * 3600);
  fleet_restart (fleet);
  fleet_later (fleet, 7 * 24 * 3600);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  (void)fleet_resume (fleet, id);
  /* of half an hour ten minutes are left */
  fleet_later (fleet, 10 * 60 - 1);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  fleet_later (fleet, 1);
  fleet_expect (fleet, id, "Failed TIMEOUT 0/0/1");
}

/* The time for an event to be picked up counts from anew. */
static void
test_pickup_counts_from_resume (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_host (fleet, "web-01")->dead = TRUE;
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_later (fleet, 3000);
  (void)fleet_pause (fleet, id);
  fleet_later (fleet, 3600);
  (void)fleet_resume (fleet, id);
  fleet_later (fleet, 3599);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  fleet_later (fleet, 1);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
}

/* An event that has begun has its clock all the same. */
static void
test_running_event_may_expire (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  const char *id = one_at_work (fleet, &(FleetOrder){ .revision = 1 });
  (void)fleet_pause (fleet, id);
  fleet_later (fleet, 4200);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/1");
}

static void
test_stop_while_paused (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  const char *id = one_at_work (fleet, &(FleetOrder){ .revision = 1 });
  (void)fleet_pause (fleet, id);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_NO), ==, ENGINE_STOP_PENDING);
  g_assert_cmpint (fleet_resume (fleet, id), ==, ENGINE_PAUSE_ENDING);
  g_assert_cmpint (fleet_pause (fleet, id), ==, ENGINE_PAUSE_ENDING);
  g_assert_cmpint (end_event (fleet, id, "web-01", 3), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  g_assert_cmpint (fleet_deployment (fleet, id)->paused_ms, ==, 0);
  g_assert_cmpint (fleet_resume (fleet, id), ==, ENGINE_PAUSE_COMPLETED);
}

/* A held target's host has begun and is left half-way. */
static void
test_stop_while_held (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  const char *id = one_at_work (fleet, &(FleetOrder){ .revision = 1 });
  (void)fleet_pause (fleet, id);
  (void)end_event (fleet, id, "web-01", 3);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_NO), ==, ENGINE_STOP_SUCCEEDED);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "SSSS---");
}

static void
test_paused_before_it_starts (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  g_assert_cmpint (fleet_pause (fleet, id), ==, ENGINE_PAUSE_CHANGED);
  g_assert_cmpint (fleet_resume (fleet, id), ==, ENGINE_PAUSE_CHANGED);
  g_assert_cmpint (fleet_pause (fleet, id), ==, ENGINE_PAUSE_CHANGED);
  fleet_run (fleet);
  fleet_later (fleet, 13 * 3600);
  fleet_expect (fleet, id, "InProgress 0/0/0");
  g_assert_cmpint (fleet_deployment (fleet, id)->n_pending, ==, 1);
  g_assert_cmpint (fleet_resume (fleet, id), ==, ENGINE_PAUSE_CHANGED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

static void
test_said_twice (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  g_assert_cmpint (fleet_resume (fleet, id), ==, ENGINE_PAUSE_AS_BEFORE);
  (void)fleet_pause (fleet, id);
  g_assert_cmpint (fleet_pause (fleet, id), ==, ENGINE_PAUSE_AS_BEFORE);
  (void)fleet_resume (fleet, id);
  fleet_run (fleet);
  g_assert_cmpint (fleet_pause (fleet, id), ==, ENGINE_PAUSE_COMPLETED);
}

/* Its host's turn comes while it is paused. */
static void
test_behind_another_deployment (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_add_group (fleet, "other", "web");
  const char *first = one_at_work (fleet, &(FleetOrder){ .revision = 1 });
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .group = "other" });
  fleet_run (fleet);
  (void)fleet_pause (fleet, id);
  g_assert_cmpint (end_event (fleet, first, "web-01", 3), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, first, "Succeeded 1/0/0");
  fleet_later (fleet, 24 * 3600);
  fleet_expect_events (fleet, id, "web-01", ".......");
  (void)fleet_resume (fleet, id);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

/* It has begun nothing on the host, so it keeps nobody from it. */
static void
test_lets_others_by (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (1);
  fleet_add_group (fleet, "other", "web");
  fleet_add_group (fleet, "third", "web");
  fleet_add_group (fleet, "fourth", "web");
  const char *first = one_at_work (fleet, &(FleetOrder){ .revision = 1 });
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .group = "other" });
  fleet_run (fleet);
  (void)fleet_pause (fleet, id);
  const char *third = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .group = "third" });
  fleet_run (fleet);
  g_assert_cmpint (end_event (fleet, first, "web-01", 3), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, first, "Succeeded 1/0/0");
  fleet_expect (fleet, third, "Succeeded 1/0/0"); /* it came behind it */
  fleet_restart (fleet);

  fleet_tell_times (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG, 1);
  const char *fourth = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .group = "fourth" });
  fleet_run (fleet); /* it came to a host that nobody has */
  fleet_expect_events (fleet, fourth, "web-01", "SSSI...");
  (void)fleet_resume (fleet, id);
  fleet_run (fleet);
  fleet_expect_events (fleet, id, "web-01", ".......");
  g_assert_cmpint (end_event (fleet, fourth, "web-01", 3), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, fourth, "Succeeded 1/0/0");
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet_expect_nothing_ran_twice (fleet);
}

/* What it has begun on a host nobody may come between. */
static void
test_keeps_a_host_that_is_half_way (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_add_group (fleet, "other", "web");
  const char *id = one_at_work (fleet, &(FleetOrder){ .revision = 1 });
  const char *other = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .group = "other" });
  (void)fleet_pause (fleet, id);
  g_assert_cmpint (end_event (fleet, id, "web-01", 3), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_later (fleet, 3600);
  fleet_expect_events (fleet, other, "web-01", ".......");
  (void)fleet_resume (fleet, id);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet_expect (fleet, other, "Succeeded 1/0/0");
}

/* A wave's end and the approval of the next are taken meanwhile; the next begins when both let it. */
static void
test_between_waves (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  const char *id = one_at_work (
      fleet, &(FleetOrder){ .revision = 1, .waves = "[{'count':1,'waitInSeconds':60},{}]" });
  fleet_tell_times (fleet, "web-01", LIFECYCLE_INSTALL, DEED_SUCCEED, FLEET_ALWAYS);
  g_assert_cmpint (end_event (fleet, id, "web-01", 3), ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  g_assert_cmpint (fleet_deployment (fleet, id)->wait, ==, DEPLOYMENT_WAIT_MONITOR);
  (void)fleet_pause (fleet, id);
  fleet_later (fleet, 3600);
  g_assert_cmpint (fleet_deployment (fleet, id)->wait, ==, DEPLOYMENT_WAIT_NONE);
  g_assert_cmpint (fleet_deployment (fleet, id)->n_pending, ==, 1);
  (void)fleet_resume (fleet, id);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
}

/* ---- what replaces a fleet, and what bakes ---- */

#define REPLACE                                                                                    \
  "{'blueGreenDeploymentConfiguration':{'terminateBlueInstancesOnDeploymentSuccess':{"             \
  "'action':'TERMINATE'}},'targetInstances':{'tagFilters':[{'Key':'role','Value':'green',"         \
  "'Type':'KEY_AND_VALUE'}]}}"

static const gboolean yes = TRUE;
static const gint64 ten_minutes = 10;
static const ApiAlarm errors = { .name = "errors" };
static const ApiAlarm *alarm_items[] = { &errors };
static const ApiAlarmList alarm_names = { 1, alarm_items };
static const ApiAlarmConfiguration baking = { .enabled = &yes,
                                              .alarms = &alarm_names,
                                              .baking_time_in_minutes = &ten_minutes };

static void
minutes (Fleet *fleet, int n)
{
  for (int i = 0; i < n * 12; i++)
    fleet_later (fleet, 5);
}

static Fleet *
one_and_its_replacement (void)
{
  Fleet *fleet = fleet_new (1);
  fleet->carries_registered = TRUE;
  fleet_add_tagged_host (fleet, "green-01", "green");
  fleet_tell_errand (
      fleet, ERRAND_READ_ALARMS, NULL,
      &(ErrandResult){ .outcome = ERRAND_DONE, .answer_json = "{\"active\":[],\"unknown\":[]}" },
      FLEET_ALWAYS);
  return fleet;
}

/* The originals are the way back for as long as people look. */
static void
test_originals_stay_while_it_bakes_paused (void)
{
  g_autoptr (Fleet) fleet = one_and_its_replacement ();
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){
                 .revision = 1, .target_group = "shop", .alarms = &baking, .blue_green = REPLACE });
  minutes (fleet, 5);
  g_assert_cmpint (fleet_deployment (fleet, id)->wait, ==, DEPLOYMENT_WAIT_BAKE);
  (void)fleet_pause (fleet, id);
  minutes (fleet, 30);
  g_assert_cmpint (fleet_deployment (fleet, id)->wait, ==, DEPLOYMENT_WAIT_BAKE);
  (void)fleet_resume (fleet, id);
  minutes (fleet, 2);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
}

#define GREEN                                                                                      \
  "'targetInstances':{'tagFilters':[{'Key':'role','Value':'green','Type':'KEY_AND_VALUE'}]}"
#define READY_FOR_HALF_AN_HOUR                                                                     \
  "{'blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'actionOnTimeout':"               \
  "'STOP_DEPLOYMENT','waitTimeInMinutes':30}}," GREEN "}"
#define KEPT_FOR_HALF_AN_HOUR                                                                      \
  "{'blueGreenDeploymentConfiguration':{'terminateBlueInstancesOnDeploymentSuccess':{"             \
  "'action':'TERMINATE','terminationWaitTimeInMinutes':30}}," GREEN "}"

static const char *
pause_in_wait (Fleet *fleet, const char *blue_green, DeploymentWait wait)
{
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 1, .target_group = "shop", .blue_green = blue_green });
  fleet_run (fleet);
  g_assert_cmpint (fleet_deployment (fleet, id)->wait, ==, wait);
  (void)fleet_pause (fleet, id);
  return id;
}

/* Its time was over while it was paused, so it is over when that ends, and no later. */
static void
test_waits_end_when_it_is_resumed (void)
{
  static const struct {
    const char *blue_green;
    DeploymentWait wait;
    const char *end;
  } cases[] = {
    { READY_FOR_HALF_AN_HOUR, DEPLOYMENT_WAIT_READY, "Stopped TIMEOUT 0/0/2" },
    { KEPT_FOR_HALF_AN_HOUR, DEPLOYMENT_WAIT_TERMINATION, "Succeeded 2/0/0" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Fleet) fleet = one_and_its_replacement ();
    const char *id = pause_in_wait (fleet, cases[i].blue_green, cases[i].wait);
    fleet_later (fleet, 30 * 60);
    fleet_later (fleet, 24 * 3600);
    g_assert_cmpint (fleet_deployment (fleet, id)->wait, ==, cases[i].wait);
    g_assert_cmpint (fleet_resume (fleet, id), ==, ENGINE_PAUSE_CHANGED);
    fleet_run (fleet);
    fleet_expect (fleet, id, cases[i].end);
  }
}

/* One that has time left has all of it. */
static void
test_waits_that_are_not_over_go_on (void)
{
  g_autoptr (Fleet) fleet = one_and_its_replacement ();
  const char *id = pause_in_wait (fleet, READY_FOR_HALF_AN_HOUR, DEPLOYMENT_WAIT_READY);
  fleet_later (fleet, 20 * 60);
  (void)fleet_resume (fleet, id);
  fleet_later (fleet, 10 * 60 - 1);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_READY);
  fleet_later (fleet, 1);
  fleet_expect (fleet, id, "Stopped TIMEOUT 0/0/2");
}

static void
end_termination_wait (StoreTx *tx, gpointer data)
{
  FleetFind *find = data;
  EngineWait result;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_end_wait (find->fleet->engine, tx, find->id, DEPLOYMENT_WAIT_TERMINATION,
                                find->fleet->fake.now_ms, &result, &error),
               error);
  g_assert_cmpint (result, ==, ENGINE_WAIT_ENDED);
}

/* Somebody ends the wait for them while somebody else has paused it. */
static void
test_originals_do_not_end_while_it_is_paused (void)
{
  g_autoptr (Fleet) fleet = one_and_its_replacement ();
  const char *id = pause_in_wait (fleet, KEPT_FOR_HALF_AN_HOUR, DEPLOYMENT_WAIT_TERMINATION);
  FleetFind find = { .fleet = fleet, .id = id };
  fleet_in_tx (fleet, STORE_WRITE, end_termination_wait, &find);
  fleet_later (fleet, 3600);
  fleet_expect (fleet, id, "InProgress 1/0/0");
  (void)fleet_resume (fleet, id);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
}

/* The clock of its work is over when that is done, and does not come back. */
static void
test_no_clock_after_the_work (void)
{
  g_autoptr (Fleet) fleet = one_and_its_replacement ();
  const char *id = fleet_deploy (
      fleet,
      &(FleetOrder){ .revision = 1, .alarms = &baking, .options = { .timeout_minutes = 5 } });
  minutes (fleet, 1);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_BAKING);
  (void)fleet_pause (fleet, id);
  minutes (fleet, 1);
  (void)fleet_resume (fleet, id);
  minutes (fleet, 7);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_BAKING);
  minutes (fleet, 3);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

static void
test_no_clock_after_work_that_ended_paused (void)
{
  g_autoptr (Fleet) fleet = one_and_its_replacement ();
  fleet_tell_times (fleet, "web-01", LIFECYCLE_VALIDATE_SERVICE, DEED_HANG, 1);
  const char *id = fleet_deploy (
      fleet,
      &(FleetOrder){ .revision = 1, .alarms = &baking, .options = { .timeout_minutes = 5 } });
  minutes (fleet, 1);
  (void)fleet_pause (fleet, id);
  g_assert_cmpint (end_event (fleet, id, "web-01", 6), ==, ENGINE_ANSWER_SUCCEEDED);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_BAKING);
  (void)fleet_resume (fleet, id);
  minutes (fleet, 9);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_BAKING);
  minutes (fleet, 2);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pause/nothing-new-until-resumed", test_nothing_new_until_resumed);
  g_test_add_func ("/pause/last-target-that-ends-starts-no-other",
                   test_last_target_that_ends_starts_no_other);
  g_test_add_func ("/pause/commands-on-their-way", test_commands_on_their_way);
  g_test_add_func ("/pause/clocks-stand-still", test_clocks_stand_still);
  g_test_add_func ("/pause/pickup-counts-from-resume", test_pickup_counts_from_resume);
  g_test_add_func ("/pause/running-event-may-expire", test_running_event_may_expire);
  g_test_add_func ("/pause/stop-while-paused", test_stop_while_paused);
  g_test_add_func ("/pause/stop-while-held", test_stop_while_held);
  g_test_add_func ("/pause/paused-before-it-starts", test_paused_before_it_starts);
  g_test_add_func ("/pause/said-twice", test_said_twice);
  g_test_add_func ("/pause/behind-another-deployment", test_behind_another_deployment);
  g_test_add_func ("/pause/lets-others-by", test_lets_others_by);
  g_test_add_func ("/pause/keeps-a-host-that-is-half-way", test_keeps_a_host_that_is_half_way);
  g_test_add_func ("/pause/between-waves", test_between_waves);
  g_test_add_func ("/pause/originals-stay-while-it-bakes-paused",
                   test_originals_stay_while_it_bakes_paused);
  g_test_add_func ("/pause/waits-end-when-it-is-resumed", test_waits_end_when_it_is_resumed);
  g_test_add_func ("/pause/waits-that-are-not-over-go-on", test_waits_that_are_not_over_go_on);
  g_test_add_func ("/pause/originals-do-not-end-while-it-is-paused",
                   test_originals_do_not_end_while_it_is_paused);
  g_test_add_func ("/pause/no-clock-after-the-work", test_no_clock_after_the_work);
  g_test_add_func ("/pause/no-clock-after-work-that-ended-paused",
                   test_no_clock_after_work_that_ended_paused);
  return g_test_run ();
}
