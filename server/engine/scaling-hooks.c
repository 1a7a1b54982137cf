#include "core/ids.h"
#include "proto/json-doc.h"
#include "proto/shape.h"
#include "server/actions/catalog.h"
#include "server/engine/effects.h"
#include "server/engine/follow-ups.h"
#include "server/engine/private.h"

#include <string.h>

/* The lifecycle hooks that Auto Scaling groups have for a deployment group (deployments.md 6.4): named when the group's settings are
 * written, put and taken away by errands, one a hook, whose owner is the hook. */

#define LAUNCH_HOOK      "CodeDeploy-managed-automatic-launch-deployment-hook"
#define TERMINATION_HOOK "CodeDeploy-managed-automatic-termination-deployment-hook"

static const ApiAutoScalingGroup *
find (const ApiAutoScalingGroupList *list, const char *name)
{
  for (gsize i = 0; list != NULL && i < list->n; i++)
    if (g_strcmp0 (list->items[i]->name, name) == 0)
      return list->items[i];
  return NULL;
}

static const char *
new_name (Engine *engine, const char *prefix, const char *group_name, Arena *arena)
{
  char id[IDS_UUID_SIZE];
  ids_new_uuid (engine->config.ambient, id);
  return arena_printf (arena, "%s-%s-%s", prefix, group_name, id);
}

const ApiAutoScalingGroupList *
engine_name_hooks (Engine *engine, const ApiDeploymentGroupInfo *before,
                   const ApiDeploymentGroupInfo *whole, const char *group_name, Arena *arena)
{
  const ApiAutoScalingGroupList *groups = whole->auto_scaling_groups;
  gboolean terminates = whole->termination_hook_enabled != NULL && *whole->termination_hook_enabled;
  if (groups == NULL || !engine->config.lists_instances)
    return groups;
  ApiAutoScalingGroupList *named = arena_new0 (arena, ApiAutoScalingGroupList);
  named->items = arena_alloc_n (arena, MAX (groups->n, 1), sizeof *named->items);
  for (gsize i = 0; i < groups->n; i++) {
    const char *name = groups->items[i]->name;
    const ApiAutoScalingGroup *had =
        before != NULL ? find (before->auto_scaling_groups, name) : NULL;
    ApiAutoScalingGroup *group = arena_new0 (arena, ApiAutoScalingGroup);
    group->name = name;
    group->hook = had != NULL ? had->hook : NULL;
    if (group->hook == NULL)
      group->hook = new_name (engine, LAUNCH_HOOK, group_name, arena);
    if (terminates) {
      group->termination_hook = had != NULL ? had->termination_hook : NULL;
      if (group->termination_hook == NULL)
        group->termination_hook = new_name (engine, TERMINATION_HOOK, group_name, arena);
    }
    named->items[named->n++] = group;
  }
  return named;
}

typedef enum {
  HOOK_PRESENT,
  HOOK_ABSENT
} HookState;

static gboolean
keep_hook (Engine *engine, StoreTx *tx, const char *group_id, const ApiAutoScalingGroup *group,
           const char *hook, HookState state, gint64 now_ms, Arena *arena, GError **error)
{
  if (hook == NULL)
    return TRUE;
  g_autoptr (json_t) request =
      json_pack ("{s:s, s:s, s:s, s:s, s:b}", "autoScalingGroup", group->name, "hook", hook,
                 "transition", g_str_has_prefix (hook, LAUNCH_HOOK) ? "launch" : "termination",
                 "metadata", group_id, "present", state == HOOK_PRESENT);
  char *text = json_dumps (request, JSON_COMPACT);
  const ErrandRecord errand = { .owner_id = hook,
                                .ordinal = ERRAND_NO_TARGET,
                                .kind = ERRAND_KEEP_HOOK,
                                .request_json = arena_strdup (arena, text),
                                .create_ms = now_ms,
                                .due_ms = now_ms };
  free (text);
  return engine_put_errand (engine, tx, &errand, error);
}

static gboolean
has_hook (const ApiAutoScalingGroup *group, const char *hook)
{
  return group != NULL && hook != NULL &&
         (g_strcmp0 (group->hook, hook) == 0 || g_strcmp0 (group->termination_hook, hook) == 0);
}

/* What one has and the other has not. */
static gboolean
keep_difference (Engine *engine, StoreTx *tx, const char *group_id,
                 const ApiAutoScalingGroupList *these, const ApiAutoScalingGroupList *others,
                 HookState state, gint64 now_ms, Arena *arena, GError **error)
{
  for (gsize i = 0; these != NULL && i < these->n; i++) {
    const ApiAutoScalingGroup *group = these->items[i];
    const ApiAutoScalingGroup *other = find (others, group->name);
    if (!has_hook (other, group->hook) &&
        !keep_hook (engine, tx, group_id, group, group->hook, state, now_ms, arena, error))
      return FALSE;
    if (!has_hook (other, group->termination_hook) &&
        !keep_hook (engine, tx, group_id, group, group->termination_hook, state, now_ms, arena,
                    error))
      return FALSE;
  }
  return TRUE;
}

/* Without a service to ask nobody takes hooks away that were put when there was one. */
static const ApiAutoScalingGroupList *
left_behind (Engine *engine, const ApiAutoScalingGroupList *before,
             const ApiAutoScalingGroupList *after, Arena *arena)
{
  ApiAutoScalingGroupList *left = arena_new0 (arena, ApiAutoScalingGroupList);
  if (before == NULL || engine->config.lists_instances)
    return left;
  left->items = arena_alloc_n (arena, MAX (before->n, 1), sizeof *left->items);
  for (gsize i = 0; i < before->n; i++)
    if (before->items[i]->hook != NULL && find (after, before->items[i]->name) == NULL)
      left->items[left->n++] = before->items[i];
  return left;
}

gboolean
engine_hooks_changed (Engine *engine, StoreTx *tx, const char *group_id,
                      const ApiDeploymentGroupInfo *before, const ApiDeploymentGroupInfo *after,
                      gint64 now_ms, Arena *arena, const ApiAutoScalingGroupList **out_left,
                      GError **error)
{
  const ApiAutoScalingGroupList *had = before != NULL ? before->auto_scaling_groups : NULL;
  const ApiAutoScalingGroupList *has = after != NULL ? after->auto_scaling_groups : NULL;
  *out_left = left_behind (engine, had, has, arena);
  if (!engine->config.lists_instances)
    return TRUE;
  return keep_difference (engine, tx, group_id, had, has, HOOK_ABSENT, now_ms, arena, error) &&
         keep_difference (engine, tx, group_id, has, had, HOOK_PRESENT, now_ms, arena, error) &&
         scaling_watch (engine, tx, group_id, has, now_ms, now_ms, arena, error);
}

gboolean
scaling_settle_hook (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                     const ErrandResult *result, gint64 now_ms, Arena *arena, GError **error)
{
  if (result->outcome != ERRAND_REFUSED)
    return TRUE;
  effect_log_scaling (engine, tx, "hook-not-kept", errand->owner_id, result->message);
  /* A permission may be given, a group may come to be: it is asked for again, now and then. */
  const ErrandRecord again = { .owner_id = errand->owner_id,
                               .ordinal = errand->ordinal,
                               .kind = errand->kind,
                               .request_json = errand->request_json,
                               .create_ms = errand->create_ms,
                               .due_ms = now_ms + engine->config.times.scaling_ms * 15 };
  return engine_put_errand (engine, tx, &again, error);
}

gboolean
scaling_write_settings (Engine *engine, StoreTx *tx, DeploymentGroupRecord *group,
                        const ApiDeploymentGroupInfo *before, const ApiDeploymentGroupInfo *after,
                        gint64 now_ms, Arena *arena, GError **error)
{
  const ApiAutoScalingGroupList *left;
  DeploymentGroupWrite written;
  ApiDeploymentGroupInfo whole = *after;
  whole.auto_scaling_groups = engine_name_hooks (engine, before, after, group->name, arena);
  g_autofree char *text = shape_to_text (&api_shape_deployment_group_info, &whole);
  group->settings_json = arena_strdup (arena, text);
  return deployment_group_record_update (tx, group, &written, error) &&
         engine_hooks_changed (engine, tx, group->id, before, &whole, now_ms, arena, &left, error);
}

gboolean
scaling_ensure (Engine *engine, StoreTx *tx, DeploymentGroupRecord *group,
                const ApiDeploymentGroupInfo *settings, gint64 now_ms, Arena *arena, GError **error)
{
  const ApiAutoScalingGroupList *groups = settings->auto_scaling_groups;
  gboolean complete = TRUE;
  for (gsize i = 0; groups != NULL && i < groups->n; i++)
    complete = complete && groups->items[i]->hook != NULL;
  return complete || !engine->config.lists_instances ||
         scaling_write_settings (engine, tx, group, settings, settings, now_ms, arena, error);
}
