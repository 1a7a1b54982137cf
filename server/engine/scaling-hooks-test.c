#include "server/actions/catalog.h"
#include "server/engine/follow-ups.h"
#include "server/engine/private.h"
#include "server/engine/simulated-cloud.h"

/* The lifecycle hooks on Auto Scaling groups: deployments.md 6.4. */

typedef struct {
  Fleet *fleet;
  const ApiDeploymentGroupInfo *before, *after;
  const ApiAutoScalingGroupList *left;
} Change;

static void
change_body (StoreTx *tx, gpointer data)
{
  Change *change = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_hooks_changed (change->fleet->engine, tx,
                                     fleet_group_id (change->fleet, "cloud"), change->before,
                                     change->after, change->fleet->fake.now_ms,
                                     change->fleet->arena, &change->left, &error),
               error);
}

/* Settings with these Auto Scaling groups, without hooks; names ends with NULL. */
static ApiDeploymentGroupInfo *
settings_of (Fleet *fleet, const char *const *names, gboolean terminates)
{
  ApiDeploymentGroupInfo *settings = arena_new0 (fleet->arena, ApiDeploymentGroupInfo);
  ApiAutoScalingGroupList *list = arena_new0 (fleet->arena, ApiAutoScalingGroupList);
  list->items = arena_alloc_n (fleet->arena, 8, sizeof *list->items);
  for (gsize i = 0; names[i] != NULL; i++) {
    ApiAutoScalingGroup *group = arena_new0 (fleet->arena, ApiAutoScalingGroup);
    group->name = names[i];
    list->items[list->n++] = group;
  }
  settings->auto_scaling_groups = list;
  settings->termination_hook_enabled = arena_bool (fleet->arena, terminates);
  return settings;
}

/* As the actions do it. */
static const ApiDeploymentGroupInfo *
change (Fleet *fleet, const ApiDeploymentGroupInfo *before, ApiDeploymentGroupInfo *after)
{
  if (after != NULL)
    after->auto_scaling_groups =
        engine_name_hooks (fleet->engine, before, after, "cloud", fleet->arena);
  Change one = { .fleet = fleet, .before = before, .after = after };
  fleet_in_tx (fleet, STORE_WRITE, change_body, &one);
  g_assert_cmpuint (one.left->n, ==, 0);
  fleet_run (fleet);
  return after;
}

static gboolean
is_there (Cloud *cloud, const char *group, const char *hook)
{
  g_autofree char *key = g_strdup_printf ("%s %s", group, hook);
  return g_hash_table_contains (cloud->hooks, key);
}

static void
test_hooks_follow_the_list (void)
{
  static const char *const both[] = { "a", "b", NULL }, *const one[] = { "b", NULL },
                           *const none[] = { NULL };
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{'autoScalingGroups':[{'name':'a'},{'name':'b'}]}");
  const ApiDeploymentGroupInfo *first = change (fleet, NULL, settings_of (fleet, both, FALSE));
  const ApiAutoScalingGroup *a = first->auto_scaling_groups->items[0];
  const ApiAutoScalingGroup *b = first->auto_scaling_groups->items[1];
  g_assert_true (g_regex_match_simple ("^CodeDeploy-managed-automatic-launch-deployment-hook-cloud-"
                                       "[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$",
                                       a->hook, 0, 0));
  g_assert_cmpstr (a->hook, !=, b->hook);
  g_assert_null (a->termination_hook);
  g_assert_true (is_there (cloud, "a", a->hook) && is_there (cloud, "b", b->hook));

  /* one that stays keeps its hook */
  const ApiDeploymentGroupInfo *second = change (fleet, first, settings_of (fleet, one, FALSE));
  g_assert_cmpstr (second->auto_scaling_groups->items[0]->hook, ==, b->hook);
  g_assert_false (is_there (cloud, "a", a->hook));
  g_assert_true (is_there (cloud, "b", b->hook));

  const ApiDeploymentGroupInfo *third = change (fleet, second, settings_of (fleet, one, TRUE));
  const char *termination = third->auto_scaling_groups->items[0]->termination_hook;
  g_assert_true (is_there (cloud, "b", termination));
  change (fleet, third, settings_of (fleet, one, FALSE));
  g_assert_false (is_there (cloud, "b", termination));
  g_assert_true (is_there (cloud, "b", b->hook));

  change (fleet, second, settings_of (fleet, none, FALSE)); /* 139 */
  g_assert_cmpuint (g_hash_table_size (cloud->hooks), ==, 0);
}

static void
test_they_go_with_the_group (void)
{
  static const char *const one[] = { "a", NULL };
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{'autoScalingGroups':[{'name':'a'}]}");
  const ApiDeploymentGroupInfo *settings = change (fleet, NULL, settings_of (fleet, one, TRUE));
  g_assert_cmpuint (g_hash_table_size (cloud->hooks), ==, 2);
  change (fleet, settings, NULL);
  g_assert_cmpuint (g_hash_table_size (cloud->hooks), ==, 0);
}

static void
replace_body (StoreTx *tx, gpointer data)
{
  static const char *const copy[] = { "copy", NULL };
  Fleet *fleet = data;
  g_autoptr (GError) error = NULL;
  DeploymentGroupRecord *group;
  FLEET_CHECK (deployment_group_record_by_id (tx, fleet_group_id (fleet, "cloud"), fleet->arena,
                                              &group, &error),
               error);
  const ApiDeploymentGroupInfo *before = catalog_group_settings (group, fleet->arena, &error);
  g_assert_no_error (error);
  FLEET_CHECK (scaling_write_settings (fleet->engine, tx, group, before,
                                       settings_of (fleet, copy, FALSE), fleet->fake.now_ms,
                                       fleet->arena, &error),
               error);
}

/* 123 */
static void
test_a_copy_takes_the_place_with_a_hook_of_its_own (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  g_autoptr (Cloud) cloud = cloud_new (fleet);
  cloud_add_group (fleet, "cloud", "{'autoScalingGroups':[{'name':'workers'}]}");
  cloud_add (cloud, "i-1", "running", "", "workers", "InService");
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .group = "cloud" });
  fleet_run (fleet);
  g_assert_cmpuint (g_hash_table_size (cloud->hooks), ==, 1);
  fleet_in_tx (fleet, STORE_WRITE, replace_body, fleet);
  fleet_run (fleet);
  g_assert_cmpuint (g_hash_table_size (cloud->hooks), ==, 1);
  g_assert_nonnull (strstr (fleet_group (fleet, "cloud")->settings_json, "\"copy\""));
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, cloud->hooks);
  g_assert_true (g_hash_table_iter_next (&iter, &key, NULL));
  g_assert_true (g_str_has_prefix (key, "copy CodeDeploy-managed-automatic-launch-"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scaling-hooks/139-hooks-follow-the-list", test_hooks_follow_the_list);
  g_test_add_func ("/scaling-hooks/they-go-with-the-group", test_they_go_with_the_group);
  g_test_add_func ("/scaling-hooks/123-a-copy-takes-the-place-with-a-hook-of-its-own",
                   test_a_copy_takes_the_place_with_a_hook_of_its_own);
  return g_test_run ();
}
