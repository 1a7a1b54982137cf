#include "server/engine/private.h"
#include "server/engine/simulated-replacement.h"

/* Fleets that are copied, take each other's place and end: deployments.md 4.8, 5.2, 6.6. Numbers are lines of the conformance
 * checklist. */

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
  const char *id = fleet_replace (fleet, COPY (TERMINATE));
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
  g_assert_true (fleet_group_selects (fleet, copy));
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
  const char *id = fleet_replace (fleet, COPY (KEEP));
  fleet_later (fleet, 3600);
  fleet_expect (fleet, id, "Succeeded 4/0/0");
  g_assert_cmpuint (outside.told->len, ==, 2); /* copied and swapped; nothing was to end */
  g_assert_false (fleet_group_selects (fleet, "\"name\":\"web\""));
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
  const char *id = fleet_replace (fleet, COPY (KEEP));
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  g_assert_cmpint (fleet_deployment (fleet, id)->n_targets, ==, 2);
  fleet_expect_events (fleet, id, "i-blue1", "...");
  fleet_later (fleet, 3600);
  fleet_expect (fleet, id, "Failed TIMEOUT 0/0/2");
  fleet_expect_message (fleet, id, "1 of 2 instances are in service");
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
  const char *id = fleet_replace (fleet, COPY (KEEP));
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
  const char *id = fleet_replace (fleet, COPY (TERMINATE));
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
  const char *id = fleet_replace (outside.fleet, COPY (KEEP));
  fleet_expect (outside.fleet, id, "Failed AUTO_SCALING_CONFIGURATION 0/0/2");
  fleet_expect_message (outside.fleet, id, "web has no launch template");
}

/* 4.8 is of rollbacks: without one nothing is removed, and people are told. */
static void
test_a_copy_is_left_without_a_rollback (void)
{
  g_auto (Outside) outside;
  outside_init (&outside);
  Fleet *fleet = outside.fleet;
  const char *id = fleet_replace (fleet, COPY (TERMINATE));
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
  const char *id = fleet_replace (fleet, COPY ("'action':'TERMINATE'"));
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
  const char *id = fleet_replace (fleet, COPY ("'action':'TERMINATE'"));
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
                                          .rollback_events = fleet_on_any,
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
  const char *id = fleet_replace (fleet, COPY (TERMINATE));
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
  g_assert_true (fleet_group_selects (fleet, "\"name\":\"web\""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replacement/122-123-copies-an-auto-scaling-group",
                   test_copies_an_auto_scaling_group);
  g_test_add_func ("/replacement/129-originals-that-are-kept-run-on",
                   test_originals_that_are_kept_run_on);
  g_test_add_func ("/replacement/copying-takes-too-long", test_copying_takes_too_long);
  g_test_add_func ("/replacement/stop-while-copying", test_stop_while_copying);
  g_test_add_func ("/replacement/the-copied-group-is-the-one-that-ends",
                   test_the_copied_group_is_the_one_that_ends);
  g_test_add_func ("/replacement/copying-is-refused", test_copying_is_refused);
  g_test_add_func ("/replacement/a-copy-is-left-without-a-rollback",
                   test_a_copy_is_left_without_a_rollback);
  g_test_add_func ("/replacement/originals-that-do-not-end-are-told-of",
                   test_originals_that_do_not_end_are_told_of);
  g_test_add_func ("/replacement/past-the-point-of-no-return", test_past_the_point_of_no_return);
  g_test_add_func ("/replacement/back-from-a-copy", test_back_from_a_copy);
  g_test_add_func ("/replacement/nobody-is-terminated-while-paused",
                   test_nobody_is_terminated_while_paused);
  return g_test_run ();
}
