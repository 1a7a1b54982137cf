#include "server/engine/private.h"
#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Deployments behind a load balancer. Numbers are lines of the conformance checklist (deployments.md 12). */

static const char all_at_once[] = "CodeDeployDefault.AllAtOnce";

static const char *
deploy_balanced (Fleet *fleet, const char *config)
{
  return fleet_deploy (fleet,
                       &(FleetOrder){ .revision = 1, .config = config, .target_group = "shop" });
}

static void
block_waits (Fleet *fleet, const char *why)
{
  fleet_tell_errand (fleet, ERRAND_BLOCK_TRAFFIC, NULL,
                     &(ErrandResult){ .outcome = ERRAND_NOT_YET, .again_ms = 5000, .message = why },
                     FLEET_ALWAYS);
}

typedef struct {
  Fleet *fleet;
  const char *id, *host;
  ErrandKind kind;
  Target target;
  ErrandRecord *errand;
} Look;

static void
look_body (StoreTx *tx, gpointer data)
{
  Look *look = data;
  TargetRecord *record;
  Arena *arena = look->fleet->arena;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (target_record_by_target_id (tx, look->id, look->host, arena, &record, &error),
               error);
  FLEET_CHECK (engine_observe_target (tx, record, arena, &look->target, &error), error);
  FLEET_CHECK (
      errand_record_get (tx, look->id, record->ordinal, look->kind, arena, &look->errand, &error),
      error);
}

static Look
look_at (Fleet *fleet, const char *id, const char *host, ErrandKind kind)
{
  Look look = { .fleet = fleet, .id = id, .host = host, .kind = kind };
  fleet_in_tx (fleet, STORE_READ, look_body, &look);
  return look;
}

/* 2, 9, 11, 132 */
static void
test_thirteen_events_in_order (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  const LifecyclePlan *plan = lifecycle_plan (LIFECYCLE_PLAN_IN_PLACE_BALANCED);
  const char *id = deploy_balanced (fleet, NULL);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet_expect_events (fleet, id, "web-01", "SSSSSSSSSSSSS");
  g_assert_cmpuint (fleet->journal->len, ==, plan->n_events);
  for (guint i = 0; i < fleet->journal->len; i++) {
    LifecycleEvent event = plan->events[i];
    const char *what = event == LIFECYCLE_BLOCK_TRAFFIC   ? "block-traffic"
                       : event == LIFECYCLE_ALLOW_TRAFFIC ? "allow-traffic"
                                                          : lifecycle_event_name (event);
    g_autofree char *line = g_strdup_printf ("web-01 %s %s", what, id);
    g_assert_true (g_str_has_prefix (g_ptr_array_index (fleet->journal, i), line));
  }
}

/* 132: it says what it waits for, and nothing else happens on the host */
static void
test_blocking_waits_and_says_why (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  block_waits (fleet, "target group shop: 3 connections are open");
  const char *id = deploy_balanced (fleet, NULL);
  fleet_run (fleet);
  fleet_expect_events (fleet, id, "web-01", "SI...........");
  Look look = look_at (fleet, id, "web-01", ERRAND_BLOCK_TRAFFIC);
  g_assert_cmpint (look.target.events[1].start_ms, >, 0);
  g_assert_cmpstr (look.target.events[1].diagnostics.message, ==,
                   "target group shop: 3 connections are open");
  const ApiLifecycleEvent *shown = engine_show_event (&look.target.events[1], fleet->arena);
  g_assert_null (shown->diagnostics->error_code);
  g_assert_cmpstr (look.errand->request_json, ==,
                   "{\"targetId\":\"web-01\",\"targetArn\":\"arn:aws:codedeploy:eu-west-3:"
                   "123456789012:instance/web-01_aaaaaaaaaa\",\"balancers\":[{\"kind\":"
                   "\"targetGroup\",\"name\":\"shop\"}],\"autoScaling\":false}");
  fleet_later (fleet, 60);
  fleet_expect_events (fleet, id, "web-01", "SI...........");

  fleet_tell_errand (fleet, ERRAND_BLOCK_TRAFFIC, NULL, &(ErrandResult){ .outcome = ERRAND_DONE },
                     FLEET_ALWAYS);
  fleet_later (fleet, 10);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  g_assert_null (look_at (fleet, id, "web-01", ERRAND_BLOCK_TRAFFIC).errand);
}

/* Another deployment's turn on the host comes when the target has ended, not while its balancer is asked. */
static void
test_the_host_is_kept_meanwhile (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_add_group (fleet, "shop", "web");
  block_waits (fleet, "connections are open");
  const char *id = deploy_balanced (fleet, NULL);
  fleet_run (fleet);
  const char *other = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .group = "shop" });
  fleet_run (fleet);
  fleet_expect_events (fleet, other, "web-01", ".......");
  fleet_tell_errand (fleet, ERRAND_BLOCK_TRAFFIC, NULL, &(ErrandResult){ .outcome = ERRAND_DONE },
                     FLEET_ALWAYS);
  fleet_later (fleet, 10);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet_expect (fleet, other, "Succeeded 1/0/0");
}

/* 89 */
static void
test_a_clock_fails_the_target (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_tell_errand (fleet, ERRAND_ALLOW_TRAFFIC, "web-02",
                     &(ErrandResult){ .outcome = ERRAND_NOT_YET,
                                      .again_ms = 30 * 1000,
                                      .message = "web-02 is not healthy yet: Target.Timeout" },
                     FLEET_ALWAYS);
  const char *id = deploy_balanced (fleet, all_at_once);
  fleet_run (fleet);
  fleet_later (fleet, 3590);
  fleet_expect_events (fleet, id, "web-02", "SSSSSSSSSSSI.");
  fleet_later (fleet, 20);
  fleet_expect (fleet, id, "Succeeded 1/1/0");
  fleet_expect_events (fleet, id, "web-02", "SSSSSSSSSSSF-");
  const Target *target = fleet_target (fleet, id, "web-02");
  g_assert_cmpstr (
      target->events[11].diagnostics.message, ==,
      "AllowTraffic was not done within 3600 s; the last that was heard: web-02 is not "
      "healthy yet: Target.Timeout");
  g_assert_null (look_at (fleet, id, "web-02", ERRAND_ALLOW_TRAFFIC).errand);
}

static void
test_a_refusal_fails_the_target (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_tell_errand (fleet, ERRAND_BLOCK_TRAFFIC, "web-01",
                     &(ErrandResult){ .outcome = ERRAND_REFUSED,
                                      .code = DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE,
                                      .message = "web-01 is in another network" },
                     FLEET_ALWAYS);
  const char *id = deploy_balanced (fleet, all_at_once);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/1/0");
  fleet_expect_events (fleet, id, "web-01", "SF-----------");
  const Target *target = fleet_target (fleet, id, "web-01");
  g_assert_cmpint (target->events[1].diagnostics.code, ==, DIAGNOSTICS_UNKNOWN_ERROR);
  g_assert_cmpstr (target->events[1].diagnostics.message, ==, "web-01 is in another network");
}

/* No other target would fare better. */
static void
test_a_balancer_that_is_not_there_ends_all (void)
{
  g_autoptr (Fleet) fleet = fleet_new (3);
  fleet_tell_errand (fleet, ERRAND_BLOCK_TRAFFIC, "web-02",
                     &(ErrandResult){ .outcome = ERRAND_REFUSED,
                                      .code = DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID,
                                      .message = "there is no target group shop" },
                     FLEET_ALWAYS);
  fleet_tell (fleet, "web-03", LIFECYCLE_BEFORE_BLOCK_TRAFFIC, DEED_IGNORE);
  const char *id = deploy_balanced (fleet, all_at_once);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed ELASTIC_LOAD_BALANCING_INVALID 0/2/1");
  g_assert_cmpstr (fleet_deployment (fleet, id)->error_message, ==,
                   "there is no target group shop");
}

static void
test_keys_without_permission_end_all (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_tell_errand (fleet, ERRAND_BLOCK_TRAFFIC, NULL,
                     &(ErrandResult){ .outcome = ERRAND_REFUSED,
                                      .code = DEPLOYMENT_ERROR_IAM_ROLE_PERMISSIONS,
                                      .message = "elasticloadbalancing gives no permission" },
                     FLEET_ALWAYS);
  const char *id = deploy_balanced (fleet, NULL);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed IAM_ROLE_PERMISSIONS 0/1/1");
}

/* The balancer finishes what it was told; nothing follows. */
static void
test_a_stop_lets_the_event_finish (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  block_waits (fleet, "connections are open");
  const char *id = deploy_balanced (fleet, NULL);
  fleet_run (fleet);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_PENDING);
  fleet_later (fleet, 60);
  fleet_expect_events (fleet, id, "web-01", "SI...........");
  fleet_tell_errand (fleet, ERRAND_BLOCK_TRAFFIC, NULL, &(ErrandResult){ .outcome = ERRAND_DONE },
                     FLEET_ALWAYS);
  fleet_later (fleet, 10);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "SS-----------");
}

/* 11: a host that says it did what it was never told. */
static void
test_hosts_have_no_word_in_it (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  block_waits (fleet, "connections are open");
  const char *id = deploy_balanced (fleet, NULL);
  fleet_run (fleet);
  const char *command = fleet_command_id (fleet, id, "web-01", 1);
  g_assert_cmpint (fleet_report (fleet, "web-01", command, ENGINE_REPORT_ACKNOWLEDGED), ==,
                   ENGINE_ANSWER_UNKNOWN);
  g_assert_cmpint (fleet_report (fleet, "web-01", command, ENGINE_REPORT_SUCCEEDED), ==,
                   ENGINE_ANSWER_UNKNOWN);
  fleet_expect_events (fleet, id, "web-01", "SI...........");
  fleet_tell_errand (fleet, ERRAND_BLOCK_TRAFFIC, NULL, &(ErrandResult){ .outcome = ERRAND_DONE },
                     FLEET_ALWAYS);
  fleet_later (fleet, 10);
  g_assert_cmpint (fleet_report (fleet, "web-01", command, ENGINE_REPORT_SUCCEEDED), ==,
                   ENGINE_ANSWER_UNKNOWN);
}

static void
test_a_restart_goes_on (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (1);
  block_waits (fleet, "connections are open");
  const char *id = deploy_balanced (fleet, NULL);
  fleet_run (fleet);
  fleet_restart (fleet);
  fleet_tell_errand (fleet, ERRAND_BLOCK_TRAFFIC, NULL, &(ErrandResult){ .outcome = ERRAND_DONE },
                     FLEET_ALWAYS);
  fleet_later (fleet, 10);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet_expect_nothing_ran_twice (fleet);
}

/* A failure of the configuration's retries asks the balancer anew, and late news of the errand before change nothing. */
static void
test_another_attempt_blocks_again (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell_times (fleet, "web-01", LIFECYCLE_INSTALL, DEED_FAIL, 1);
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 1, .target_group = "shop", .options = { .retries = 1 } });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  int n = 0;
  for (guint i = 0; i < fleet->journal->len; i++)
    n += g_str_has_prefix (g_ptr_array_index (fleet->journal, i), "web-01 block-traffic ");
  g_assert_cmpint (n, ==, 2);
}

/* 78, 79, 81 */
static void
test_ignored_failures_around_blocking (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_BEFORE_BLOCK_TRAFFIC, DEED_FAIL);
  fleet_tell (fleet, NULL, LIFECYCLE_AFTER_BLOCK_TRAFFIC, DEED_FAIL);
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 1, .target_group = "shop", .ignore_stop_failures = TRUE });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  fleet_expect_events (fleet, id, "web-01", "FSFSSSSSSSSSS");
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .target_group = "shop" });
  fleet_run (fleet);
  fleet_expect_events (fleet, id, "web-01", "F------------");
  fleet_tell (fleet, NULL, LIFECYCLE_BEFORE_BLOCK_TRAFFIC, DEED_SUCCEED);
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .target_group = "shop" });
  fleet_run (fleet);
  fleet_expect_events (fleet, id, "web-01", "SSF----------");
}

/* 164 */
static void
test_a_host_without_hooks_is_sent_every_command (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  const LifecyclePlan *plan = lifecycle_plan (LIFECYCLE_PLAN_IN_PLACE_BALANCED);
  for (gsize i = 0; i < plan->n_events; i++)
    fleet_tell (fleet, NULL, plan->events[i], DEED_NOOP);
  const char *id = deploy_balanced (fleet, NULL);
  fleet_run (fleet);
  fleet_expect_events (fleet, id, "web-01", "SSSSSSSSSSSSS");
  g_assert_cmpint (metrics_get (fleet->metrics, METRIC_COMMANDS_DELIVERED), ==, 11);
}

/* Nobody picked up the event before, whose failure is ignored: its command is not to be handed out any more. */
static void
test_an_event_before_it_that_nobody_picked_up (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_host (fleet, "web-01")->dead = TRUE;
  block_waits (fleet, "connections are open");
  const char *id = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 1, .target_group = "shop", .ignore_stop_failures = TRUE });
  fleet_run (fleet);
  g_assert_cmpuint (command_hub_n_offered (fleet->hub), ==, 1);
  fleet_later (fleet, fleet->times.first_pickup_ms / 1000);
  fleet_expect_events (fleet, id, "web-01", "FI...........");
  g_assert_cmpuint (command_hub_n_offered (fleet->hub), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/traffic/thirteen-events-in-order", test_thirteen_events_in_order);
  g_test_add_func ("/traffic/blocking-waits-and-says-why", test_blocking_waits_and_says_why);
  g_test_add_func ("/traffic/the-host-is-kept-meanwhile", test_the_host_is_kept_meanwhile);
  g_test_add_func ("/traffic/a-clock-fails-the-target", test_a_clock_fails_the_target);
  g_test_add_func ("/traffic/a-refusal-fails-the-target", test_a_refusal_fails_the_target);
  g_test_add_func ("/traffic/a-balancer-that-is-not-there-ends-all",
                   test_a_balancer_that_is_not_there_ends_all);
  g_test_add_func ("/traffic/keys-without-permission-end-all",
                   test_keys_without_permission_end_all);
  g_test_add_func ("/traffic/a-stop-lets-the-event-finish", test_a_stop_lets_the_event_finish);
  g_test_add_func ("/traffic/hosts-have-no-word-in-it", test_hosts_have_no_word_in_it);
  g_test_add_func ("/traffic/a-restart-goes-on", test_a_restart_goes_on);
  g_test_add_func ("/traffic/another-attempt-blocks-again", test_another_attempt_blocks_again);
  g_test_add_func ("/traffic/an-event-before-it-that-nobody-picked-up",
                   test_an_event_before_it_that_nobody_picked_up);
  g_test_add_func ("/traffic/164-a-host-without-hooks-is-sent-every-command",
                   test_a_host_without_hooks_is_sent_every_command);
  g_test_add_func ("/traffic/ignored-failures-around-blocking",
                   test_ignored_failures_around_blocking);
  return g_test_run ();
}
