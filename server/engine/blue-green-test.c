#include "server/engine/private.h"
#include "server/engine/simulated-replacement.h"

/* Deployments that replace a fleet: deployments.md 1.3, 1.4, 2.7, 4.8, 5. Numbers are lines of the conformance checklist. Their
 * waits are in waits-test.c. */

static const char all_at_once[] = "CodeDeployDefault.AllAtOnce";
/* web-01 .. web-02, which serve revision 1, and green-01 .. green-02. */
static Fleet *
two_fleets (void)
{
  Fleet *fleet = fleet_new (2);
  fleet->carries_registered = TRUE;
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  g_ptr_array_set_size (fleet->journal, 0);
  fleet_add_tagged_host (fleet, "green-01", "green");
  fleet_add_tagged_host (fleet, "green-02", "green");
  return fleet;
}

/* The place of a line in what happened; G_MAXINT: it did not. */
static int
when (Fleet *fleet, const char *start)
{
  for (guint i = 0; i < fleet->journal->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (fleet->journal, i), start))
      return (int)i;
  return G_MAXINT;
}

static void
never (Fleet *fleet, const char *start)
{
  g_assert_cmpint (when (fleet, start), ==, G_MAXINT);
}

static void
refuse (Fleet *fleet, ErrandKind kind, const char *target, const char *why)
{
  fleet_tell_errand (fleet, kind, target,
                     &(ErrandResult){ .outcome = ERRAND_REFUSED,
                                      .code = DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE,
                                      .message = why },
                     FLEET_ALWAYS);
}

typedef struct {
  Fleet *fleet;
  const char *name;
  const TargetHealthRecord *found;
} Health;

static void
find_health (StoreTx *tx, gpointer data)
{
  Health *health = data;
  g_autoptr (GError) error = NULL;
  TargetHealthRecordList list;
  FLEET_CHECK (target_health_record_list (tx, fleet_group_id (health->fleet, "blog"),
                                          health->fleet->arena, &list, &error),
               error);
  for (gsize i = 0; i < list.n; i++)
    if (strstr (list.items[i]->target_arn, health->name) != NULL)
      health->found = list.items[i];
}

static const TargetHealthRecord *
health_of (Fleet *fleet, const char *name)
{
  Health health = { .fleet = fleet, .name = name };
  fleet_in_tx (fleet, STORE_READ, find_health, &health);
  return health.found;
}

/* ---- discovered replacements ---- */

/* 3, 12, 121, 129 */
static void
test_replaces_what_serves (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const char *id = fleet_replace (fleet, BLUE_GREEN (KEEP, ROLE ("green")));
  fleet_expect (fleet, id, "Succeeded 4/0/0");
  fleet_expect_events (fleet, id, "green-01", "SSSSSSSSSS");
  fleet_expect_events (fleet, id, "web-01", "SSS");
  g_assert_cmpint (fleet->most_running, ==, 2); /* the originals are let go of together */
  int moved =
      MAX (when (fleet, "green-01 AfterAllowTraffic"), when (fleet, "green-02 AfterAllowTraffic"));
  g_assert_cmpint (when (fleet, "green-01 BeforeAllowTraffic"), >,
                   when (fleet, "green-02 ValidateService"));
  g_assert_cmpint (when (fleet, "web-01 BeforeBlockTraffic"), >, moved);
  g_assert_cmpint (when (fleet, "web-02 BeforeBlockTraffic"), >, moved);
  never (fleet, "web-01 Install");

  g_assert_true (fleet_group_selects (fleet, "\"Value\":\"green\""));
  g_assert_false (fleet_group_selects (fleet, "\"Value\":\"web\""));
  g_assert_cmpint (fleet_group (fleet, "blog")->target_revision_number, ==, 2);
  g_assert_cmpint (health_of (fleet, "green-01")->revision_number, ==, 2);
  g_assert_true (health_of (fleet, "green-01")->healthy);
  g_assert_cmpint (health_of (fleet, "web-01")->revision_number, ==, 1);
}

/* 130, and 4.8: nothing was moved, so nothing has to be moved back */
static void
test_install_fails (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  fleet_tell (fleet, "green-01", LIFECYCLE_INSTALL, DEED_FAIL);
  const char *id = fleet_replace (fleet, BLUE_GREEN (KEEP, ROLE ("green")));
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/3");
  fleet_expect_events (fleet, id, "green-01", "SSSF------");
  fleet_expect_events (fleet, id, "web-01", "---");
  never (fleet, "web-01 ");
  never (fleet, "web-02 ");
  g_assert_true (fleet_group_selects (fleet, "\"Value\":\"web\""));
  const char *back = fleet_deployment (fleet, id)->rollback_id;
  g_assert_nonnull (back);
  fleet_expect (fleet, back, "Succeeded 0/0/0");
  g_assert_cmpint (fleet_group (fleet, "blog")->target_revision_number, ==, 1);
}

/* 2.7: the configuration counts anew among those that are installed. */
static void
test_one_may_be_lost_on_the_way (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  fleet_add_tagged_host (fleet, "green-03", "green");
  fleet_tell (fleet, "green-03", LIFECYCLE_INSTALL, DEED_FAIL);
  refuse (fleet, ERRAND_ALLOW_TRAFFIC, "green-02", "not healthy");
  const char *id = fleet_replace (fleet, BLUE_GREEN (KEEP, ROLE ("green")));
  fleet_expect (fleet, id, "Succeeded 3/2/0"); /* the last of three, then the last of two */
  fleet_expect_events (fleet, id, "green-02", "SSSSSSSSF-");
  g_assert_false (health_of (fleet, "green-02")->healthy);
}

/* As many must get traffic as the configuration needs, but for those that are not there any more. */
static void
test_too_few_get_traffic (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  fleet_add_tagged_host (fleet, "green-03", "green");
  fleet_tell (fleet, "green-01", LIFECYCLE_INSTALL, DEED_FAIL);
  const char *id = fleet_replace_with (fleet, BLUE_GREEN (KEEP, ROLE ("green")), "HOST_COUNT:1");
  fleet_expect (fleet, id, "Succeeded 4/1/0");

  g_autoptr (Fleet) other = two_fleets ();
  fleet_add_tagged_host (other, "green-03", "green");
  refuse (other, ERRAND_ALLOW_TRAFFIC, "green-03", "not healthy");
  fleet_tell (other, "green-01", LIFECYCLE_INSTALL, DEED_FAIL);
  id = fleet_replace_with (other, BLUE_GREEN (KEEP, ROLE ("green")), "HOST_COUNT:2");
  fleet_expect (other, id, "Failed HEALTH_CONSTRAINTS 0/1/4");
}

static void
test_reroute_fails (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  refuse (fleet, ERRAND_ALLOW_TRAFFIC, "green-01", "green-01 never became healthy");
  const char *id = fleet_replace (fleet, BLUE_GREEN (KEEP, ROLE ("green")));
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/3");
  fleet_expect_message (fleet, id, "green-01 never became healthy");
  never (fleet, "web-01 BeforeBlockTraffic");
  /* only what was touched is taken back */
  const char *back = fleet_deployment (fleet, id)->rollback_id;
  fleet_expect (fleet, back, "Succeeded 1/0/0");
  fleet_expect_events (fleet, back, "green-01", "SSS");
  g_assert_cmpint (when (fleet, "green-01 block-traffic"), <, G_MAXINT);
}

/* 128, 13, and 1.4: the originals first */
static void
test_one_original_is_not_let_go (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  refuse (fleet, ERRAND_BLOCK_TRAFFIC, "web-01", "connections stay open");
  const char *id = fleet_replace_with (fleet, BLUE_GREEN (KEEP, ROLE ("green")), all_at_once);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 3/1/0");
  fleet_expect_message (fleet, id, "connections stay open");
  fleet_expect_events (fleet, id, "web-02", "SSS");
  g_assert_true (fleet_group_selects (fleet, "\"Value\":\"web\""));

  const char *back = fleet_deployment (fleet, id)->rollback_id;
  fleet_expect (fleet, back, "Succeeded 4/0/0");
  fleet_expect_events (fleet, back, "web-01", "SSS");
  fleet_expect_events (fleet, back, "green-01", "SSS");
  g_autofree char *allow = g_strdup_printf ("web-02 AfterAllowTraffic %s", back);
  g_autofree char *block = g_strdup_printf ("green-01 BeforeBlockTraffic %s", back);
  g_assert_cmpint (when (fleet, allow), <, when (fleet, block));
  g_assert_cmpint (when (fleet, block), <, G_MAXINT);
  g_assert_cmpint (fleet_times_run (fleet, "green-01", LIFECYCLE_INSTALL, back), ==, 0);
  g_assert_cmpint (fleet_times_run (fleet, "web-01", LIFECYCLE_APPLICATION_STOP, back), ==, 0);
  g_assert_cmpint (health_of (fleet, "web-01")->revision_number, ==, 1);
  g_assert_cmpint (fleet_group (fleet, "blog")->target_revision_number, ==, 1);
}

/* 4.8: while the originals live, a stop leads back to them */
static void
test_back_from_the_termination_wait (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const char *id = fleet_replace (fleet, BLUE_GREEN (TERMINATE, ROLE ("green")));
  g_assert_cmpint (fleet_deployment (fleet, id)->wait, ==, DEPLOYMENT_WAIT_TERMINATION);
  g_assert_true (fleet_group_selects (fleet, "\"Value\":\"green\""));
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_YES), ==, ENGINE_STOP_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 4/0/0");
  const char *back = fleet_deployment (fleet, id)->rollback_id;
  fleet_expect (fleet, back, "Succeeded 4/0/0");
  g_assert_true (fleet_group_selects (fleet, "\"Value\":\"web\""));
  g_assert_false (fleet_group_selects (fleet, "\"Value\":\"green\""));
}

/* Alarms are watched while there is a way back, and then the group changes hands. */
static void
test_bakes_before_the_originals_go (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const ApiAlarm alarm = { .name = "errors" };
  const ApiAlarm *items[] = { &alarm };
  const ApiAlarmList list = { 1, items };
  const gboolean yes = TRUE;
  const gint64 minutes = 10;
  const ApiAlarmConfiguration alarms = { .enabled = &yes,
                                         .alarms = &list,
                                         .baking_time_in_minutes = &minutes };
  fleet_tell_errand (
      fleet, ERRAND_READ_ALARMS, NULL,
      &(ErrandResult){ .outcome = ERRAND_DONE, .answer_json = "{\"active\":[],\"unknown\":[]}" },
      FLEET_ALWAYS);
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 2,
                                          .target_group = "shop",
                                          .alarms = &alarms,
                                          .blue_green = BLUE_GREEN (TERMINATE, ROLE ("green")) });
  for (int i = 0; i < 9 * 12; i++)
    fleet_later (fleet, 5);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_BAKING);
  fleet_expect_events (fleet, id, "web-01", "SSS");
  g_assert_true (fleet_group_selects (fleet, "\"Value\":\"web\""));
  for (int i = 0; i < 2 * 12; i++)
    fleet_later (fleet, 5);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  g_assert_cmpint (fleet_deployment (fleet, id)->wait, ==, DEPLOYMENT_WAIT_TERMINATION);
  g_assert_true (fleet_group_selects (fleet, "\"Value\":\"green\""));
  for (int i = 0; i < 60 * 12; i++)
    fleet_later (fleet, 5);
  fleet_expect (fleet, id, "Succeeded 4/0/0");
}

/* 131 */
static void
test_registered_hosts_need_a_balancer_that_takes_them (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  fleet->carries_registered = FALSE;
  const char *id = fleet_replace (fleet, BLUE_GREEN (KEEP, ROLE ("green")));
  fleet_expect (fleet, id, "Failed ELB_INVALID_INSTANCE 0/0/0");
  fleet_expect_message (fleet, id, "on-premises instance, and the load balancer shop");
  never (fleet, "green-01 ");
}

static void
test_no_host_replaces_itself (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const char *id = fleet_replace (fleet, BLUE_GREEN (KEEP, ROLE ("web")));
  fleet_expect (fleet, id, "Failed NO_INSTANCES 0/0/0");
  fleet_expect_message (fleet, id, "are in deployment group blog already");
  id = fleet_replace (fleet, BLUE_GREEN (KEEP, ROLE ("purple")));
  fleet_expect (fleet, id, "Failed NO_INSTANCES 0/0/0");
  fleet_expect_message (fleet, id, "select no instance");
}

static void
test_configuration_that_allows_nothing (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const char *id = fleet_replace_with (fleet, BLUE_GREEN (KEEP, ROLE ("green")), "HOST_COUNT:2");
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS_INVALID 0/0/4");
  never (fleet, "green-01 ");
}

static void
test_retries_are_of_the_installation (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  fleet_tell_times (fleet, "green-01", LIFECYCLE_INSTALL, DEED_FAIL, 1);
  fleet_tell (fleet, "green-02", LIFECYCLE_AFTER_ALLOW_TRAFFIC, DEED_FAIL);
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 2,
                                          .target_group = "shop",
                                          .options = { .retries = 2 },
                                          .blue_green = BLUE_GREEN (KEEP, ROLE ("green")) });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 3/1/0");
  g_assert_cmpint (fleet_attempt (fleet, id, "green-01"), ==, 2);
  g_assert_cmpint (fleet_attempt (fleet, id, "green-02"), ==, 1);
}

/* A kill loses nothing, wherever it comes. */
static void
test_goes_on_after_kills (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (2);
  fleet->carries_registered = TRUE;
  fleet_add_tagged_host (fleet, "green-01", "green");
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1,
                                          .target_group = "shop",
                                          .blue_green = BLUE_GREEN (KEEP, ROLE ("green")) });
  for (int i = 0; i < 100 && fleet_deployment (fleet, id)->complete_ms == 0; i++) {
    (void)fleet_turn (fleet);
    fleet_restart (fleet);
    for (guint h = 0; h < fleet->hosts->len; h++)
      ((SimHost *)g_ptr_array_index (fleet->hosts, h))->polling = FALSE;
  }
  fleet_expect (fleet, id, "Succeeded 3/0/0");
  fleet_expect_nothing_ran_twice (fleet);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/blue-green/3-12-121-129-replaces-what-serves", test_replaces_what_serves);
  g_test_add_func ("/blue-green/130-install-fails", test_install_fails);
  g_test_add_func ("/blue-green/one-may-be-lost-on-the-way", test_one_may_be_lost_on_the_way);
  g_test_add_func ("/blue-green/too-few-get-traffic", test_too_few_get_traffic);
  g_test_add_func ("/blue-green/reroute-fails", test_reroute_fails);
  g_test_add_func ("/blue-green/13-128-one-original-is-not-let-go",
                   test_one_original_is_not_let_go);
  g_test_add_func ("/blue-green/back-from-the-termination-wait",
                   test_back_from_the_termination_wait);
  g_test_add_func ("/blue-green/bakes-before-the-originals-go", test_bakes_before_the_originals_go);
  g_test_add_func ("/blue-green/131-registered-hosts-need-a-balancer-that-takes-them",
                   test_registered_hosts_need_a_balancer_that_takes_them);
  g_test_add_func ("/blue-green/no-host-replaces-itself", test_no_host_replaces_itself);
  g_test_add_func ("/blue-green/configuration-that-allows-nothing",
                   test_configuration_that_allows_nothing);
  g_test_add_func ("/blue-green/retries-are-of-the-installation",
                   test_retries_are_of_the_installation);
  g_test_add_func ("/blue-green/goes-on-after-kills", test_goes_on_after_kills);
  return g_test_run ();
}
