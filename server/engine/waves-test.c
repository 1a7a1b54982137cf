#include "server/engine/simulated-stages.h"

/* Waves (ours) of deployments to a simulated fleet. */

static const char all_at_once[] = "CodeDeployDefault.AllAtOnce";

typedef struct {
  Fleet *fleet;
  const char *id, *wave;
  EngineApproval result;
  const char *answer;
} Approve;

static void
approve_body (StoreTx *tx, gpointer data)
{
  Approve *approve = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_approve_deployment (approve->fleet->engine, tx, approve->id, approve->wave,
                                          "arn:aws:iam::123456789012:user/ann",
                                          approve->fleet->fake.now_ms, approve->fleet->arena,
                                          &approve->result, &approve->answer, &error),
               error);
}

static EngineApproval
approve (Fleet *fleet, const char *id, const char *wave)
{
  Approve it = { .fleet = fleet, .id = id, .wave = wave };
  fleet_in_tx (fleet, STORE_WRITE, approve_body, &it);
  return it.result;
}

static void
test_canary_waits_for_approval (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (4);
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1,
                                          .config = all_at_once,
                                          .waves = "[{'name':'canary','count':1,'waitInSeconds':60,"
                                                   "'approval':true},{'name':'rest'}]" });
  fleet_run (fleet);
  fleet_expect_installed (fleet, id, "1");
  /* only zones bake (0.3) */
  fleet_expect_wait (fleet, id, DEPLOYMENT_IN_PROGRESS, DEPLOYMENT_WAIT_MONITOR);
  g_assert_cmpint (approve (fleet, id, "rest"), ==, ENGINE_APPROVAL_NOT_AWAITED);
  fleet_later (fleet, 60);
  fleet_expect_wait (fleet, id, DEPLOYMENT_IN_PROGRESS, DEPLOYMENT_WAIT_APPROVAL);
  fleet_restart (fleet);
  fleet_later (fleet, 3600);
  fleet_expect_installed (fleet, id, "1");
  g_assert_cmpint (approve (fleet, id, "canary"), ==, ENGINE_APPROVAL_OF_ANOTHER);
  g_assert_cmpint (approve (fleet, id, "rest"), ==, ENGINE_APPROVAL_TAKEN);
  g_assert_cmpint (approve (fleet, id, NULL), ==, ENGINE_APPROVAL_NOT_AWAITED);
  fleet_run (fleet);
  fleet_expect_installed (fleet, id, "1 2 3 4");
  fleet_expect (fleet, id, "Succeeded 4/0/0");
  FleetFind find = { .fleet = fleet, .id = id };
  fleet_in_tx (fleet, STORE_READ, fleet_list_stages, &find);
  const EngineStageList *list = find.out;
  g_assert_null (list->items[0].record->approved_by);
  g_assert_cmpstr (list->items[1].record->approved_by, ==, "arn:aws:iam::123456789012:user/ann");
  g_assert_cmpint (list->items[1].record->approve_ms, >, 0);
}

/* All-at-once would be content with one success of all; the canary is not. */
static void
test_canary_that_fails_ends_it (void)
{
  g_autoptr (Fleet) fleet = fleet_new (4);
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 1,
                            .config = all_at_once,
                            .waves = "[{'name':'canary','count':1},{'name':'rest'}]" });
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_FAIL);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/3");
  fleet_expect_message (fleet, id, "1 of 1 targets of wave canary failed, where 1 must succeed");
  fleet_expect_stages (fleet, id, "canary 0/0/0/1/0 rest 0/0/0/0/3");
}

static void
test_enough_successes_go_on (void)
{
  g_autoptr (Fleet) fleet = fleet_new (6);
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 1,
                            .config = all_at_once,
                            .waves = "[{'percentage':50,'successPercentage':60},{}]" });
  fleet_tell (fleet, "web-03", LIFECYCLE_INSTALL, DEED_FAIL);
  fleet_run (fleet);
  fleet_expect_installed (fleet, id, "1 2 3 4 5 6");
  fleet_expect (fleet, id, "Succeeded 5/1/0");
  fleet_expect_stages (fleet, id, "wave-1 0/0/2/1/0 wave-2 0/0/3/0/0");
}

/* More than may fail: what others are at ends, and nothing of it follows. */
static void
test_errors_stop_it_at_once (void)
{
  g_autoptr (Fleet) fleet = fleet_new (5);
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 1,
                            .config = all_at_once,
                            .waves = "[{'count':4,'successPercentage':0,'errorPercentage':25},"
                                     "{}]" });
  fleet_tell (fleet, "web-01", LIFECYCLE_BEFORE_INSTALL, DEED_FAIL);
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_FAIL);
  fleet_tell (fleet, "web-03", LIFECYCLE_BEFORE_INSTALL, DEED_HANG);
  fleet_run (fleet);
  const DeploymentRecord *d = fleet_deployment (fleet, id);
  g_assert_cmpint (d->status, ==, DEPLOYMENT_IN_PROGRESS); /* web-03 is still at it */
  g_assert_cmpint (d->ending, ==, DEPLOYMENT_ERROR_HEALTH_CONSTRAINTS);
  fleet_expect_events (fleet, id, "web-04", "SSS----");
  g_assert_cmpint (fleet_report (fleet, "web-03", fleet_command_id (fleet, id, "web-03", 2),
                                 ENGINE_REPORT_SUCCEEDED),
                   ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/4/1");
  fleet_expect_message (fleet, id, "2 of 4 targets of wave wave-1 failed, where at most 1 may");
}

static void
test_waves_by_tag_and_an_empty_one (void)
{
  g_autoptr (Fleet) fleet = fleet_new (4);
  fleet_tag (fleet, "web-03", "ring", "0");
  const char *id = fleet_deploy (
      fleet,
      &(FleetOrder){
          .revision = 1,
          .config = all_at_once,
          .waves =
              "[{'name':'nobody','tagFilters':[{'Key':'ring','Value':'9','Type':'KEY_AND_VALUE'}],"
              "'approval':true},"
              "{'name':'ring 0','tagFilters':[{'Key':'ring','Value':'0','Type':'KEY_AND_VALUE'}],"
              "'waitInSeconds':5},"
              "{'name':'none left','tagFilters':[{'Key':'ring','Type':'KEY_ONLY'}],"
              "'approval':true},{'name':'rest'}]" });
  fleet_run (fleet);
  fleet_expect_installed (fleet, id, "3");
  fleet_expect_stages (fleet, id,
                       "nobody 0/0/0/0/0 ring 0 0/0/1/0/0 none left 0/0/0/0/0 rest 3/0/0/0/0");
  fleet_later (fleet, 5); /* what comes after a wave without hosts is nothing */
  fleet_expect (fleet, id, "Succeeded 4/0/0");
}

/* Hosts that are left to no wave but the last, which has none: it ends without the wait before it. */
static void
test_nothing_left_for_the_last_wave (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 1,
                            .config = all_at_once,
                            .waves = "[{'count':9,'waitInSeconds':60,'approval':true},{}]" });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
}

static void
test_stop_is_the_no (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1,
                                                       .config = all_at_once,
                                                       .waves = "[{'count':1,'approval':true},"
                                                                "{}]" });
  fleet_run (fleet);
  fleet_expect_wait (fleet, id, DEPLOYMENT_IN_PROGRESS, DEPLOYMENT_WAIT_APPROVAL);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_NO), ==, ENGINE_STOP_SUCCEEDED);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 1/0/1");
  g_assert_cmpint (approve (fleet, id, NULL), ==, ENGINE_APPROVAL_NOT_AWAITED);
}

static void
test_rollback_has_no_waves (void)
{
  static const char *const events[] = { "DEPLOYMENT_FAILURE", NULL };
  g_autoptr (Fleet) fleet = fleet_new (3);
  FleetOrder order = { .revision = 1, .config = all_at_once, .rollback_events = events };
  (void)fleet_deploy (fleet, &order);
  fleet_run (fleet);
  order.revision = 2;
  order.waves = "[{'count':1,'approval':true},{}]";
  const char *id = fleet_deploy (fleet, &order);
  fleet_tell_times (fleet, NULL, LIFECYCLE_INSTALL, DEED_FAIL, 1);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/2");
  const char *back = fleet_deployment (fleet, id)->rollback_id;
  fleet_expect (fleet, back, "Succeeded 3/0/0");
  g_assert_null (strstr (fleet_deployment (fleet, back)->info_json, "\"waves\"")); /* nor says so */
}

/* What a wave came to stays, whatever the counters count later. */
static void
test_waves_of_a_fleet_that_is_replaced (void)
{
  static const char replace[] =
      "{'blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'actionOnTimeout':"
      "'CONTINUE_DEPLOYMENT'}},'targetInstances':{'tagFilters':[{'Key':'role','Value':'green',"
      "'Type':'KEY_AND_VALUE'}]}}";
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet->carries_registered = TRUE;
  for (int i = 1; i <= 3; i++)
    fleet_add_tagged_host (fleet, arena_printf (fleet->arena, "green-%02d", i), "green");
  FleetOrder order = { .revision = 1,
                       .config = all_at_once,
                       .target_group = "shop",
                       .blue_green = replace,
                       .waves = "[{'name':'canary','count':1},{'name':'rest',"
                                "'successPercentage':100}]" };
  fleet_tell_times (fleet, "green-02", LIFECYCLE_INSTALL, DEED_FAIL, 1);
  const char *bad = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  fleet_expect (fleet, bad, "Failed HEALTH_CONSTRAINTS 0/2/2");
  fleet_expect_stages (fleet, bad, "canary 0/0/1/0/0 rest 0/0/0/2/0");

  order.waves = "[{'name':'canary','count':1},{'name':'rest','successPercentage':50}]";
  fleet_tell_times (fleet, "green-03", LIFECYCLE_INSTALL, DEED_FAIL, 1);
  fleet_tell_times (fleet, "web-01", LIFECYCLE_BEFORE_BLOCK_TRAFFIC, DEED_HANG, 1);
  const char *id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  g_assert_cmpint (fleet_deployment (fleet, id)->phase, ==, DEPLOYMENT_PHASE_DEREGISTER);
  fleet_expect_stages (fleet, id, "canary 0/0/1/0/0 rest 0/0/1/1/0");
  fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 0),
                ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 3/1/0");
  fleet_expect_stages (fleet, id, "canary 0/0/1/0/0 rest 0/0/1/1/0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/waves/canary-waits-for-approval", test_canary_waits_for_approval);
  g_test_add_func ("/waves/canary-that-fails-ends-it", test_canary_that_fails_ends_it);
  g_test_add_func ("/waves/enough-successes-go-on", test_enough_successes_go_on);
  g_test_add_func ("/waves/errors-stop-it-at-once", test_errors_stop_it_at_once);
  g_test_add_func ("/waves/waves-by-tag-and-an-empty-one", test_waves_by_tag_and_an_empty_one);
  g_test_add_func ("/waves/nothing-left-for-the-last-wave", test_nothing_left_for_the_last_wave);
  g_test_add_func ("/waves/stop-is-the-no", test_stop_is_the_no);
  g_test_add_func ("/waves/rollback-has-no-waves", test_rollback_has_no_waves);
  g_test_add_func ("/waves/waves-of-a-fleet-that-is-replaced",
                   test_waves_of_a_fleet_that_is_replaced);
  return g_test_run ();
}
