#include "server/engine/private.h"
#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Deployments that replace a fleet: deployments.md 1.3, 1.4, 2.7, 4.8, 5. Numbers are lines of the conformance checklist. Their
 * waits are in waits-test.c. */

#define BLUE_GREEN(blue, targets)                                                                  \
  "{'blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'actionOnTimeout':"               \
  "'CONTINUE_DEPLOYMENT'},'greenFleetProvisioningOption':{'action':'DISCOVER_EXISTING'},"          \
  "'terminateBlueInstancesOnDeploymentSuccess':{" blue "}}" targets "}"
#define COPY(blue)                                                                                 \
  "{'blueGreenDeploymentConfiguration':{'greenFleetProvisioningOption':{'action':"                 \
  "'COPY_AUTO_SCALING_GROUP'},'terminateBlueInstancesOnDeploymentSuccess':{" blue "}}}"
#define ROLE(role)                                                                                 \
  ",'targetInstances':{'tagFilters':[{'Key':'role','Value':'" role "','Type':'KEY_AND_VALUE'}]}"
#define KEEP      "'action':'KEEP_ALIVE'"
#define TERMINATE "'action':'TERMINATE','terminationWaitTimeInMinutes':60"

static const char all_at_once[] = "CodeDeployDefault.AllAtOnce";
static const char *const on_any[] = { "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", NULL };

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

static const char *
deploy_with (Fleet *fleet, const char *blue_green, const char *config)
{
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2,
                                                       .config = config,
                                                       .target_group = "shop",
                                                       .rollback_events = on_any,
                                                       .blue_green = blue_green });
  fleet_run (fleet);
  return id;
}

static const char *
deploy (Fleet *fleet, const char *blue_green)
{
  return deploy_with (fleet, blue_green, NULL);
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
expect_message (Fleet *fleet, const char *id, const char *part)
{
  const char *message = fleet_deployment (fleet, id)->error_message;
  if (message == NULL || strstr (message, part) == NULL)
    g_error ("%s ends with \"%s\", which lacks \"%s\"", id, message, part);
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

static gboolean
group_selects (Fleet *fleet, const char *text)
{
  return strstr (fleet_group (fleet, "blog")->settings_json, text) != NULL;
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
  const char *id = deploy (fleet, BLUE_GREEN (KEEP, ROLE ("green")));
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

  g_assert_true (group_selects (fleet, "\"Value\":\"green\""));
  g_assert_false (group_selects (fleet, "\"Value\":\"web\""));
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
  const char *id = deploy (fleet, BLUE_GREEN (KEEP, ROLE ("green")));
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/3");
  fleet_expect_events (fleet, id, "green-01", "SSSF------");
  fleet_expect_events (fleet, id, "web-01", "---");
  never (fleet, "web-01 ");
  never (fleet, "web-02 ");
  g_assert_true (group_selects (fleet, "\"Value\":\"web\""));
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
  const char *id = deploy (fleet, BLUE_GREEN (KEEP, ROLE ("green")));
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
  const char *id = deploy_with (fleet, BLUE_GREEN (KEEP, ROLE ("green")), "HOST_COUNT:1");
  fleet_expect (fleet, id, "Succeeded 4/1/0");

  g_autoptr (Fleet) other = two_fleets ();
  fleet_add_tagged_host (other, "green-03", "green");
  refuse (other, ERRAND_ALLOW_TRAFFIC, "green-03", "not healthy");
  fleet_tell (other, "green-01", LIFECYCLE_INSTALL, DEED_FAIL);
  id = deploy_with (other, BLUE_GREEN (KEEP, ROLE ("green")), "HOST_COUNT:2");
  fleet_expect (other, id, "Failed HEALTH_CONSTRAINTS 0/1/4");
}

static void
test_reroute_fails (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  refuse (fleet, ERRAND_ALLOW_TRAFFIC, "green-01", "green-01 never became healthy");
  const char *id = deploy (fleet, BLUE_GREEN (KEEP, ROLE ("green")));
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/3");
  expect_message (fleet, id, "green-01 never became healthy");
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
  const char *id = deploy_with (fleet, BLUE_GREEN (KEEP, ROLE ("green")), all_at_once);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 3/1/0");
  expect_message (fleet, id, "connections stay open");
  fleet_expect_events (fleet, id, "web-02", "SSS");
  g_assert_true (group_selects (fleet, "\"Value\":\"web\""));

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
  const char *id = deploy (fleet, BLUE_GREEN (TERMINATE, ROLE ("green")));
  g_assert_cmpint (fleet_deployment (fleet, id)->wait, ==, DEPLOYMENT_WAIT_TERMINATION);
  g_assert_true (group_selects (fleet, "\"Value\":\"green\""));
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_YES), ==, ENGINE_STOP_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 4/0/0");
  const char *back = fleet_deployment (fleet, id)->rollback_id;
  fleet_expect (fleet, back, "Succeeded 4/0/0");
  g_assert_true (group_selects (fleet, "\"Value\":\"web\""));
  g_assert_false (group_selects (fleet, "\"Value\":\"green\""));
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
  g_assert_true (group_selects (fleet, "\"Value\":\"web\""));
  for (int i = 0; i < 2 * 12; i++)
    fleet_later (fleet, 5);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  g_assert_cmpint (fleet_deployment (fleet, id)->wait, ==, DEPLOYMENT_WAIT_TERMINATION);
  g_assert_true (group_selects (fleet, "\"Value\":\"green\""));
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
  const char *id = deploy (fleet, BLUE_GREEN (KEEP, ROLE ("green")));
  fleet_expect (fleet, id, "Failed ELB_INVALID_INSTANCE 0/0/0");
  expect_message (fleet, id, "on-premises instance, and the load balancer shop");
  never (fleet, "green-01 ");
}

static void
test_no_host_replaces_itself (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const char *id = deploy (fleet, BLUE_GREEN (KEEP, ROLE ("web")));
  fleet_expect (fleet, id, "Failed NO_INSTANCES 0/0/0");
  expect_message (fleet, id, "are in deployment group blog already");
  id = deploy (fleet, BLUE_GREEN (KEEP, ROLE ("purple")));
  fleet_expect (fleet, id, "Failed NO_INSTANCES 0/0/0");
  expect_message (fleet, id, "select no instance");
}

static void
test_configuration_that_allows_nothing (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const char *id = deploy_with (fleet, BLUE_GREEN (KEEP, ROLE ("green")), "HOST_COUNT:2");
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

/* ---- copied replacements ---- */

/* What is done outside: says who is in service, and remembers what it was told. */
typedef struct {
  Fleet *fleet;
  GPtrArray *told; /* "copy-fleet {...}" */
} Outside;

#define INSTANCE(id)                                                                               \
  "{\"id\":\"" id "\",\"arn\":\"arn:aws:ec2:eu-west-3:123456789012:instance/" id                   \
  "\",\"state\":\"running\",\"zone\":\"eu-west-3a\",\"autoScalingGroup\":\"web\","                 \
  "\"lifecycleState\":\"InService\"}"

static ErrandResult
outside_perform (gpointer ctx, const ErrandRecord *errand)
{
  Outside *outside = ctx;
  const char *answer = "{}";
  if (errand->kind == ERRAND_LIST_FLEET)
    answer = "{\"instances\":[" INSTANCE ("i-blue1") "," INSTANCE ("i-blue2") "]}";
  else if (errand->kind == ERRAND_COPY_FLEET)
    answer = "{\"autoScalingGroup\":\"copy\",\"instances\":[" INSTANCE ("i-green1") "," INSTANCE (
        "i-green2") "]}";
  if (errand->kind == ERRAND_COPY_FLEET || errand->kind == ERRAND_SWAP_FLEET ||
      errand->kind == ERRAND_RETIRE_FLEET)
    g_ptr_array_add (outside->told, g_strdup_printf ("%s %s", errand_kind_name (errand->kind),
                                                     errand->request_json));
  return (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = answer };
}

static void
outside_clear (Outside *outside)
{
  g_clear_pointer (&outside->told, g_ptr_array_unref);
  g_clear_pointer (&outside->fleet, fleet_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outside, outside_clear)

static void
add_instance (Fleet *fleet, const char *id)
{
  SimHost *host = g_new0 (SimHost, 1);
  host->name = g_strdup (id);
  host->arn = g_strdup_printf ("arn:aws:ec2:eu-west-3:123456789012:instance/%s", id);
  g_ptr_array_add (fleet->hosts, host);
}

static void
update_group (StoreTx *tx, gpointer data)
{
  g_autoptr (GError) error = NULL;
  DeploymentGroupWrite written;
  FLEET_CHECK (deployment_group_record_update (tx, data, &written, &error), error);
}

static void
outside_init (Outside *outside)
{
  static const char *const ids[] = { "i-blue1", "i-blue2", "i-green1", "i-green2" };
  Fleet *fleet = fleet_new (0);
  *outside = (Outside){ fleet, g_ptr_array_new_with_free_func (g_free) };
  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    add_instance (fleet, ids[i]);
  DeploymentGroupRecord group = *fleet_group (fleet, "blog");
  group.settings_json = "{\"autoScalingGroups\":[{\"name\":\"web\"}]}";
  fleet_in_tx (fleet, STORE_WRITE, update_group, &group);
  fleet->perform = outside_perform;
  fleet->perform_ctx = outside;
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
}

static void
expect_told (const Outside *outside, guint i, const char *format, const char *id)
{
  g_autofree char *quoted = g_strdup (format);
  g_autoptr (GString) text = g_string_new (g_strdelimit (quoted, "'", '"'));
  g_string_replace (text, "<id>", id, 0);
  g_assert_cmpuint (i, <, outside->told->len);
  g_assert_cmpstr (g_ptr_array_index (outside->told, i), ==, text->str);
}

/* 122, 123 */
static void
test_copies_an_auto_scaling_group (void)
{
  g_auto (Outside) outside;
  outside_init (&outside);
  Fleet *fleet = outside.fleet;
  const char *id = deploy (fleet, COPY (TERMINATE));
  expect_told (&outside, 0,
               "copy-fleet {'autoScalingGroup':'web','name':'CodeDeploy_blog_<id>',"
               "'deploymentId':'<id>'}",
               id);
  g_autofree char *swap =
      g_strdup_printf ("swap-fleet {'from':'web','to':'CodeDeploy_blog_<id>','groupId':'%s',"
                       "'groupName':'blog'}",
                       fleet_group_id (fleet, "blog"));
  expect_told (&outside, 1, swap, id);
  g_assert_cmpuint (outside.told->len, ==, 2);
  g_autofree char *copy = g_strdup_printf ("\"name\":\"CodeDeploy_blog_%s\"", id);
  g_assert_true (group_selects (fleet, copy));
  fleet_expect_events (fleet, id, "i-green2", "SSSSSSSSSS");
  fleet_expect_events (fleet, id, "i-blue1", "SSS");
  fleet_later (fleet, 3600);
  expect_told (&outside, 2,
               "retire-fleet {'instances':['i-blue1','i-blue2'],'autoScalingGroup':'web'}", id);
  fleet_expect (fleet, id, "Succeeded 4/0/0");
  g_assert_null (fleet_deployment (fleet, id)->note);
}

/* 129 */
static void
test_originals_that_are_kept_run_on (void)
{
  g_auto (Outside) outside;
  outside_init (&outside);
  Fleet *fleet = outside.fleet;
  const char *id = deploy (fleet, COPY (KEEP));
  fleet_later (fleet, 3600);
  fleet_expect (fleet, id, "Succeeded 4/0/0");
  g_assert_cmpuint (outside.told->len, ==, 2); /* copied and swapped; nothing was to end */
  g_assert_false (group_selects (fleet, "\"name\":\"web\""));
}

static void
wait_for (Fleet *fleet, ErrandKind kind, const char *what)
{
  fleet_tell_errand (
      fleet, kind, NULL,
      &(ErrandResult){ .outcome = ERRAND_NOT_YET, .again_ms = 15 * 1000, .message = what },
      FLEET_ALWAYS);
}

/* 1.8: the originals are listed while the replacements are made */
static void
test_copying_takes_too_long (void)
{
  g_auto (Outside) outside;
  outside_init (&outside);
  Fleet *fleet = outside.fleet;
  wait_for (fleet, ERRAND_COPY_FLEET, "1 of 2 instances are in service");
  const char *id = deploy (fleet, COPY (KEEP));
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  g_assert_cmpint (fleet_deployment (fleet, id)->n_targets, ==, 2);
  fleet_expect_events (fleet, id, "i-blue1", "...");
  fleet_later (fleet, 3600);
  fleet_expect (fleet, id, "Failed TIMEOUT 0/0/2");
  expect_message (fleet, id, "1 of 2 instances are in service");
  /* what was made so far goes */
  const char *back = fleet_deployment (fleet, id)->rollback_id;
  fleet_expect (fleet, back, "Succeeded 0/0/0");
  expect_told (&outside, 0,
               "retire-fleet {'autoScalingGroup':'CodeDeploy_blog_<id>','instances':[]}", id);
}

/* What a service has begun is let finish before the deployment ends. */
static void
test_stop_while_copying (void)
{
  g_auto (Outside) outside;
  outside_init (&outside);
  Fleet *fleet = outside.fleet;
  wait_for (fleet, ERRAND_COPY_FLEET, "1 of 2 instances are in service");
  const char *id = deploy (fleet, COPY (KEEP));
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_AS_CONFIGURED), ==, ENGINE_STOP_PENDING);
  fleet_later (fleet, 60);
  g_assert_cmpint (fleet_deployment (fleet, id)->complete_ms, ==, 0);
  fleet_tell_errand (fleet, ERRAND_COPY_FLEET, NULL,
                     &(ErrandResult){ .outcome = ERRAND_DONE, .answer_json = "{}" }, FLEET_ALWAYS);
  fleet_later (fleet, 60);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/0/2");
  fleet_expect (fleet, fleet_deployment (fleet, id)->rollback_id, "Succeeded 0/0/0");
  expect_told (&outside, 0,
               "retire-fleet {'autoScalingGroup':'CodeDeploy_blog_<id>','instances':[]}", id);
}

/* 5.2: the group is changed while its fleet is copied. What ends is the fleet that was copied, and no other. */
static void
test_the_copied_group_is_the_one_that_ends (void)
{
  g_auto (Outside) outside;
  outside_init (&outside);
  Fleet *fleet = outside.fleet;
  fleet_tell_errand (fleet, ERRAND_COPY_FLEET, NULL,
                     &(ErrandResult){ .outcome = ERRAND_NOT_YET, .again_ms = 15 * 1000 }, 1);
  const char *id = deploy (fleet, COPY (TERMINATE));
  DeploymentGroupRecord group = *fleet_group (fleet, "blog");
  group.settings_json = "{\"autoScalingGroups\":[{\"name\":\"other\"}]}";
  fleet_in_tx (fleet, STORE_WRITE, update_group, &group);
  g_assert_cmpuint (outside.told->len, ==, 0);
  fleet_later (fleet, 60);
  g_autofree char *swap =
      g_strdup_printf ("swap-fleet {'from':'web','to':'CodeDeploy_blog_<id>','groupId':'%s',"
                       "'groupName':'blog'}",
                       fleet_group_id (fleet, "blog"));
  expect_told (&outside, 1, swap, id);
  fleet_later (fleet, 3600);
  expect_told (&outside, 2,
               "retire-fleet {'instances':['i-blue1','i-blue2'],'autoScalingGroup':'web'}", id);
  fleet_expect (fleet, id, "Succeeded 4/0/0");
}

static void
test_copying_is_refused (void)
{
  g_auto (Outside) outside;
  outside_init (&outside);
  fleet_tell_errand (outside.fleet, ERRAND_COPY_FLEET, NULL,
                     &(ErrandResult){ .outcome = ERRAND_REFUSED,
                                      .code = DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION,
                                      .message = "web has no launch template" },
                     FLEET_ALWAYS);
  const char *id = deploy (outside.fleet, COPY (KEEP));
  fleet_expect (outside.fleet, id, "Failed AUTO_SCALING_CONFIGURATION 0/0/2");
  expect_message (outside.fleet, id, "web has no launch template");
}

/* 4.8 is of rollbacks: without one nothing is removed, and people are told. */
static void
test_a_copy_is_left_without_a_rollback (void)
{
  g_auto (Outside) outside;
  outside_init (&outside);
  Fleet *fleet = outside.fleet;
  const char *id = deploy (fleet, COPY (TERMINATE));
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_NO), ==, ENGINE_STOP_SUCCEEDED);
  g_assert_null (fleet_deployment (fleet, id)->rollback_id);
  g_assert_nonnull (strstr (fleet_deployment (fleet, id)->note, "is left as it is"));
  g_assert_cmpuint (outside.told->len, ==, 2); /* it was copied, and took the group's place */
}

/* 5.4 */
static void
test_originals_that_do_not_end_are_told_of (void)
{
  g_auto (Outside) outside;
  outside_init (&outside);
  Fleet *fleet = outside.fleet;
  fleet_tell_errand (fleet, ERRAND_RETIRE_FLEET, NULL,
                     &(ErrandResult){ .outcome = ERRAND_REFUSED,
                                      .code = DEPLOYMENT_ERROR_IAM_ROLE_PERMISSIONS,
                                      .message = "may not DeleteAutoScalingGroup" },
                     FLEET_ALWAYS);
  const char *id = deploy (fleet, COPY ("'action':'TERMINATE'"));
  fleet_expect (fleet, id, "Succeeded 4/0/0");
  g_assert_nonnull (strstr (fleet_deployment (fleet, id)->note, "may not DeleteAutoScalingGroup"));
}

/* Paused while the group changes hands: that ends, and no original does until it is resumed. */
static void
test_nobody_is_terminated_while_paused (void)
{
  g_auto (Outside) outside;
  outside_init (&outside);
  Fleet *fleet = outside.fleet;
  fleet_tell_errand (fleet, ERRAND_SWAP_FLEET, NULL,
                     &(ErrandResult){ .outcome = ERRAND_NOT_YET, .again_ms = 5000 }, 1);
  const char *id = deploy (fleet, COPY ("'action':'TERMINATE'"));
  g_assert_cmpint (fleet_deployment (fleet, id)->phase, ==, DEPLOYMENT_PHASE_SWAP);
  g_assert_cmpint (fleet_pause (fleet, id), ==, ENGINE_PAUSE_CHANGED);
  fleet_later (fleet, 600);
  fleet_later (fleet, 600);
  g_assert_cmpint (fleet_deployment (fleet, id)->phase, ==, DEPLOYMENT_PHASE_RETIRE);
  g_assert_cmpuint (outside.told->len, ==, 2);
  g_assert_cmpint (fleet_resume (fleet, id), ==, ENGINE_PAUSE_CHANGED);
  fleet_later (fleet, 60);
  fleet_expect (fleet, id, "Succeeded 4/0/0");
  g_assert_cmpuint (outside.told->len, ==, 3);
}

/* 4.7, 4.8: there is no way back once the originals end, whatever comes */
static void
test_past_the_point_of_no_return (void)
{
  g_auto (Outside) outside;
  outside_init (&outside);
  Fleet *fleet = outside.fleet;
  wait_for (fleet, ERRAND_RETIRE_FLEET, "2 instances are shutting down");
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 2,
                                          .target_group = "shop",
                                          .rollback_events = on_any,
                                          .options = { .timeout_minutes = 30 },
                                          .blue_green = COPY ("'action':'TERMINATE'") });
  fleet_run (fleet);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_YES), ==, ENGINE_STOP_TOO_LATE);
  fleet_later (fleet, 31 * 60);
  g_assert_cmpint (fleet_deployment (fleet, id)->complete_ms, ==, 0);
  fleet_later (fleet, 30 * 60);
  fleet_expect (fleet, id, "Succeeded 4/0/0");
  g_assert_nonnull (strstr (fleet_deployment (fleet, id)->note, "2 instances are shutting down"));
}

/* Hooks and selection go back, too, and what was made goes. */
static void
test_back_from_a_copy (void)
{
  g_auto (Outside) outside;
  outside_init (&outside);
  Fleet *fleet = outside.fleet;
  const char *id = deploy (fleet, COPY (TERMINATE));
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_YES), ==, ENGINE_STOP_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, fleet_deployment (fleet, id)->rollback_id, "Succeeded 4/0/0");
  g_autofree char *swap =
      g_strdup_printf ("swap-fleet {'from':'CodeDeploy_blog_<id>','to':'web','groupId':'%s',"
                       "'groupName':'blog'}",
                       fleet_group_id (fleet, "blog"));
  expect_told (&outside, 2, swap, id);
  expect_told (&outside, 3,
               "retire-fleet {'autoScalingGroup':'CodeDeploy_blog_<id>','instances':[]}", id);
  g_assert_true (group_selects (fleet, "\"name\":\"web\""));
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
  g_test_add_func ("/blue-green/122-123-copies-an-auto-scaling-group",
                   test_copies_an_auto_scaling_group);
  g_test_add_func ("/blue-green/129-originals-that-are-kept-run-on",
                   test_originals_that_are_kept_run_on);
  g_test_add_func ("/blue-green/copying-takes-too-long", test_copying_takes_too_long);
  g_test_add_func ("/blue-green/stop-while-copying", test_stop_while_copying);
  g_test_add_func ("/blue-green/the-copied-group-is-the-one-that-ends",
                   test_the_copied_group_is_the_one_that_ends);
  g_test_add_func ("/blue-green/copying-is-refused", test_copying_is_refused);
  g_test_add_func ("/blue-green/a-copy-is-left-without-a-rollback",
                   test_a_copy_is_left_without_a_rollback);
  g_test_add_func ("/blue-green/originals-that-do-not-end-are-told-of",
                   test_originals_that_do_not_end_are_told_of);
  g_test_add_func ("/blue-green/past-the-point-of-no-return", test_past_the_point_of_no_return);
  g_test_add_func ("/blue-green/back-from-a-copy", test_back_from_a_copy);
  g_test_add_func ("/blue-green/nobody-is-terminated-while-paused",
                   test_nobody_is_terminated_while_paused);
  return g_test_run ();
}
