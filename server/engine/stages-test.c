#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Zones (deployments.md 2.8; checklist 55-60) and waves (ours) of deployments to a simulated fleet. */

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

/* Which hosts began to install a deployment, in order: "1 3". */
static void
expect_installed (Fleet *fleet, const char *id, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < fleet->journal->len; i++) {
    const char *line = g_ptr_array_index (fleet->journal, i);
    g_auto (GStrv) words = g_strsplit (line, " ", -1);
    if (strcmp (words[1], "Install") == 0 && strcmp (words[2], id) == 0)
      g_string_append_printf (text, "%s%d", text->len > 0 ? " " : "",
                              (int)strtol (words[0] + strlen ("web-"), NULL, 10));
  }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
expect_wait (Fleet *fleet, const char *id, DeploymentStatus status, DeploymentWait wait)
{
  const DeploymentRecord *d = fleet_deployment (fleet, id);
  g_assert_cmpstr (deployment_status_name (d->status), ==, deployment_status_name (status));
  g_assert_cmpstr (deployment_wait_name (d->wait), ==, deployment_wait_name (wait));
}

static void
expect_message (Fleet *fleet, const char *id, const char *part)
{
  const DeploymentRecord *d = fleet_deployment (fleet, id);
  if (d->error_message == NULL || strstr (d->error_message, part) == NULL)
    g_error ("\"%s\" does not say \"%s\"", d->error_message, part);
}

static void
list_stages (StoreTx *tx, gpointer data)
{
  FleetFind *find = data;
  g_autoptr (GError) error = NULL;
  DeploymentRecord *deployment;
  EngineStageList *list = arena_new0 (find->fleet->arena, EngineStageList);
  FLEET_CHECK (deployment_record_by_id (tx, find->id, find->fleet->arena, &deployment, &error) &&
                   engine_list_stages (tx, deployment, find->fleet->arena, list, &error),
               error);
  find->out = list;
}

/* "a 2/1/0/0/0 b ...": each stage's pending/running/succeeded/failed/skipped. */
static void
expect_stages (Fleet *fleet, const char *id, const char *expected)
{
  FleetFind find = { .fleet = fleet, .id = id };
  fleet_in_tx (fleet, STORE_READ, list_stages, &find);
  const EngineStageList *list = find.out;
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize i = 0; i < list->n; i++) {
    const EngineStage *stage = &list->items[i];
    g_string_append_printf (text, "%s%s %d/%d/%d/%d/%d", i > 0 ? " " : "",
                            stage->record->stage.name, (int)stage->counts.pending,
                            (int)stage->counts.running, (int)stage->counts.succeeded,
                            (int)stage->counts.failed, (int)stage->skipped);
  }
  g_assert_cmpstr (text->str, ==, expected);
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
  expect_installed (fleet, id, "2 5");
  expect_wait (fleet, id, DEPLOYMENT_BAKING, DEPLOYMENT_WAIT_MONITOR);
  expect_stages (fleet, id, "a 0/0/2/0/0 b 2/0/0/0/0 no zone 1/0/0/0/0");
  fleet_later (fleet, 299);
  expect_installed (fleet, id, "2 5");
  fleet_restart (fleet);
  fleet_later (fleet, 1);
  expect_installed (fleet, id, "2 5 1 3");
  expect_wait (fleet, id, DEPLOYMENT_BAKING, DEPLOYMENT_WAIT_MONITOR);
  fleet_later (fleet, 60);
  expect_installed (fleet, id, "2 5 1 3 4");
  fleet_expect (fleet, id, "Succeeded 5/0/0");
  expect_wait (fleet, id, DEPLOYMENT_SUCCEEDED, DEPLOYMENT_WAIT_NONE);
  expect_stages (fleet, id, "a 0/0/2/0/0 b 0/0/2/0/0 no zone 0/0/1/0/0");
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
  expect_installed (fleet, id, "2 1");
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
  expect_installed (fleet, id, "1 2");
  expect_stages (fleet, id, "a 0/1/1/0/0 b 2/0/0/0/0");
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
  expect_installed (fleet, id, "2 1");
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
  expect_message (fleet, id, "1 of 2 targets of zone a failed and 1 were not started");
  expect_message (fleet, id, "web-01");
  expect_stages (fleet, id, "a 0/0/0/1/1 b 0/0/0/0/2");
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
  expect_message (fleet, id, "1 of 1 hosts healthy in zone b");
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
  expect_wait (fleet, id, DEPLOYMENT_BAKING, DEPLOYMENT_WAIT_MONITOR);
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
  expect_wait (fleet, id, DEPLOYMENT_BAKING, DEPLOYMENT_WAIT_MONITOR);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_NO), ==, ENGINE_STOP_SUCCEEDED);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 1/0/1");
  expect_wait (fleet, id, DEPLOYMENT_STOPPED, DEPLOYMENT_WAIT_NONE);
  fleet_later (fleet, 60);
  expect_installed (fleet, id, "1");
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
  expect_wait (fleet, rollback, zonal ? DEPLOYMENT_BAKING : DEPLOYMENT_SUCCEEDED, wait);
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
  expect_installed (fleet, id, "2 1");
  expect_stages (fleet, id, "r1 0/0/1/0/0 r2 0/0/1/0/0");
  fleet->policy.zone_tag = "";
  fleet_restart (fleet);
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .zones = "{}" });
  fleet_run (fleet);
  expect_stages (fleet, id, "no zone 0/0/2/0/0");
}

/* ---- waves ---- */

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
  expect_installed (fleet, id, "1");
  /* only zones bake (0.3) */
  expect_wait (fleet, id, DEPLOYMENT_IN_PROGRESS, DEPLOYMENT_WAIT_MONITOR);
  g_assert_cmpint (approve (fleet, id, "rest"), ==, ENGINE_APPROVAL_NOT_AWAITED);
  fleet_later (fleet, 60);
  expect_wait (fleet, id, DEPLOYMENT_IN_PROGRESS, DEPLOYMENT_WAIT_APPROVAL);
  fleet_restart (fleet);
  fleet_later (fleet, 3600);
  expect_installed (fleet, id, "1");
  g_assert_cmpint (approve (fleet, id, "canary"), ==, ENGINE_APPROVAL_OF_ANOTHER);
  g_assert_cmpint (approve (fleet, id, "rest"), ==, ENGINE_APPROVAL_TAKEN);
  g_assert_cmpint (approve (fleet, id, NULL), ==, ENGINE_APPROVAL_NOT_AWAITED);
  fleet_run (fleet);
  expect_installed (fleet, id, "1 2 3 4");
  fleet_expect (fleet, id, "Succeeded 4/0/0");
  FleetFind find = { .fleet = fleet, .id = id };
  fleet_in_tx (fleet, STORE_READ, list_stages, &find);
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
  expect_message (fleet, id, "1 of 1 targets of wave canary failed, where 1 must succeed");
  expect_stages (fleet, id, "canary 0/0/0/1/0 rest 0/0/0/0/3");
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
  expect_installed (fleet, id, "1 2 3 4 5 6");
  fleet_expect (fleet, id, "Succeeded 5/1/0");
  expect_stages (fleet, id, "wave-1 0/0/2/1/0 wave-2 0/0/3/0/0");
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
  expect_message (fleet, id, "2 of 4 targets of wave wave-1 failed, where at most 1 may");
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
  expect_installed (fleet, id, "3");
  expect_stages (fleet, id, "nobody 0/0/0/0/0 ring 0 0/0/1/0/0 none left 0/0/0/0/0 rest 3/0/0/0/0");
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
  expect_wait (fleet, id, DEPLOYMENT_IN_PROGRESS, DEPLOYMENT_WAIT_APPROVAL);
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
  fleet_expect (fleet, fleet_deployment (fleet, id)->rollback_id, "Succeeded 3/0/0");
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
  expect_installed (fleet, id, "5 6");
  id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 6/0/0");
  expect_installed (fleet, id, "5 6 1 2 3 4");
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
  expect_stages (fleet, bad, "canary 0/0/1/0/0 rest 0/0/0/2/0");

  order.waves = "[{'name':'canary','count':1},{'name':'rest','successPercentage':50}]";
  fleet_tell_times (fleet, "green-03", LIFECYCLE_INSTALL, DEED_FAIL, 1);
  fleet_tell_times (fleet, "web-01", LIFECYCLE_BEFORE_BLOCK_TRAFFIC, DEED_HANG, 1);
  const char *id = fleet_deploy (fleet, &order);
  fleet_run (fleet);
  g_assert_cmpint (fleet_deployment (fleet, id)->phase, ==, DEPLOYMENT_PHASE_DEREGISTER);
  expect_stages (fleet, id, "canary 0/0/1/0/0 rest 0/0/1/1/0");
  fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 0),
                ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 3/1/0");
  expect_stages (fleet, id, "canary 0/0/1/0/0 rest 0/0/1/1/0");
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
  g_test_add_func ("/stages/canary-waits-for-approval", test_canary_waits_for_approval);
  g_test_add_func ("/stages/canary-that-fails-ends-it", test_canary_that_fails_ends_it);
  g_test_add_func ("/stages/enough-successes-go-on", test_enough_successes_go_on);
  g_test_add_func ("/stages/errors-stop-it-at-once", test_errors_stop_it_at_once);
  g_test_add_func ("/stages/waves-by-tag-and-an-empty-one", test_waves_by_tag_and_an_empty_one);
  g_test_add_func ("/stages/nothing-left-for-the-last-wave", test_nothing_left_for_the_last_wave);
  g_test_add_func ("/stages/stop-is-the-no", test_stop_is_the_no);
  g_test_add_func ("/stages/rollback-has-no-waves", test_rollback_has_no_waves);
  g_test_add_func ("/stages/2.6-half-of-one-host", test_half_of_one_host);
  g_test_add_func ("/stages/2.5-health-aware", test_health_aware);
  g_test_add_func ("/stages/waves-of-a-fleet-that-is-replaced",
                   test_waves_of_a_fleet_that_is_replaced);
  return g_test_run ();
}
