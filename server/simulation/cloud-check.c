#include "proto/shape.h"
#include "server/simulation/cloud-private.h"

#include <string.h>

/* What must be so of the cloud when nothing goes wrong any more. */

typedef struct {
  Cloud *cloud;
  Arena *arena;
  GHashTable *known; /* "group hook" of those that deployment groups have */
  Rule rule;
  char *why; /* NULL: all is well so far */
} Check;

G_GNUC_PRINTF (3, 4)
static void
find (Check *check, Rule rule, const char *format, ...)
{
  va_list args;
  if (check->why != NULL)
    return;
  va_start (args, format);
  check->why = g_strdup_vprintf (format, args);
  va_end (args);
  check->rule = rule;
}

static gboolean
has_hook (const CloudGroup *group, const char *name)
{
  for (guint i = 0; i < group->hooks->len; i++)
    if (strcmp (((CloudHook *)g_ptr_array_index (group->hooks, i))->name, name) == 0)
      return TRUE;
  return FALSE;
}

static void
check_hook (Check *check, const CloudGroup *group, const char *hook)
{
  if (hook == NULL)
    return;
  g_hash_table_add (check->known, g_strdup_printf ("%s %s", group->name, hook));
  if (!group->anew && !has_hook (group, hook))
    find (check, RULE_HOOKS, "%s has no hook %s", group->name, hook);
}

static void
check_instances (Check *check, const CloudGroup *group, const char *group_id)
{
  Cloud *cloud = check->cloud;
  for (guint i = 0; i < cloud->instances->len; i++) {
    const CloudInstance *instance = g_ptr_array_index (cloud->instances, i);
    if (instance->group == group && instance->life == LIFE_IN_SERVICE &&
        !ledger_is_up_to_date (cloud->world->ledger, group_id, instance->id))
      find (check, RULE_UP_TO_DATE, "%s of %s has an old revision of deployment group %s",
            instance->id, group->name, group_id);
  }
}

static gboolean
check_group (Check *check, const char *group_id, const char *settings_json, GError **error)
{
  gpointer decoded;
  if (!shape_from_text (&api_shape_deployment_group_info, settings_json, check->arena, &decoded,
                        error))
    return FALSE;
  const ApiDeploymentGroupInfo *settings = decoded;
  const ApiAutoScalingGroupList *names = settings != NULL ? settings->auto_scaling_groups : NULL;
  for (gsize i = 0; names != NULL && i < names->n; i++) {
    const CloudGroup *group = cloud_group (check->cloud, names->items[i]->name);
    if (group == NULL)
      continue;
    check_hook (check, group, names->items[i]->hook);
    check_hook (check, group, names->items[i]->termination_hook);
    if (g_strcmp0 (settings->outdated_instances_strategy, "IGNORE") != 0)
      check_instances (check, group, group_id);
  }
  return TRUE;
}

static gboolean
check_groups (StoreTx *tx, gpointer data, GError **error)
{
  static const char sql[] =
      "SELECT id, settings_json FROM deployment_group WHERE deleted_ms IS NULL ORDER BY id";
  Check *check = data;
  g_autoptr (GError) failure = NULL;
  g_autoptr (StoreRows) rows = store_query (tx, sql, STORE_NO_ARGS, error);
  if (rows == NULL)
    return FALSE;
  while (store_rows_next (rows, &failure))
    if (!check_group (check, store_rows_text (rows, 0), store_rows_text (rows, 1), error))
      return FALSE;
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return failure == NULL;
}

static void
check_no_others (Check *check)
{
  for (guint i = 0; i < check->cloud->groups->len; i++) {
    const CloudGroup *group = g_ptr_array_index (check->cloud->groups, i);
    for (guint j = 0; group->is_there && j < group->hooks->len; j++) {
      const CloudHook *hook = g_ptr_array_index (group->hooks, j);
      g_autofree char *key = g_strdup_printf ("%s %s", group->name, hook->name);
      if (!g_hash_table_contains (check->known, key))
        find (check, RULE_HOOKS, "%s still has the hook %s, which is nobody's", group->name,
              hook->name);
    }
  }
}

static void
check_nobody_waits (Check *check)
{
  for (guint i = 0; i < check->cloud->instances->len; i++) {
    const CloudInstance *instance = g_ptr_array_index (check->cloud->instances, i);
    if (instance->actions->len > 0)
      find (check, RULE_SCALED, "%s still waits for %s", instance->id,
            ((const CloudAction *)g_ptr_array_index (instance->actions, 0))->hook);
  }
}

gboolean
cloud_is_settled (Cloud *cloud, Rule *out_rule, char **out_why)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GError) error = NULL;
  Check check = { .cloud = cloud, .arena = arena, .known = known };
  if (cloud->n_fleets == 0)
    return TRUE;
  if (site_is_down (cloud->world->site))
    find (&check, RULE_SERVER, "the server does not start");
  else if (!site_beside (cloud->world->site, STORE_READ, check_groups, &check, &error))
    find (&check, RULE_SERVER, "looking at groups: %s", error->message);
  else
    check_no_others (&check);
  check_nobody_waits (&check);
  *out_rule = check.rule;
  *out_why = check.why;
  return check.why == NULL;
}
