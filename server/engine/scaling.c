#include "proto/json-doc.h"
#include "server/actions/catalog.h"
#include "server/engine/effects.h"
#include "server/engine/follow-ups.h"
#include "server/engine/private.h"
#include "store/records/scaling-wait.h"

#include <string.h>

/* Instances that come and go in Auto Scaling groups (deployments.md 6.5, 1.7). A deployment group's Auto Scaling groups are looked at again and
 * again; an instance that waits for the deployment group's hook gets a deployment of its own, is kept waiting by
 * heartbeats, and goes on, or not, as that ends. */

/* An instance that goes on waiting after the group was told: told again after. Another's hook may hold it. */
#define TELL_AGAIN_MS (60 * 1000)

static const char *
owner_of (const ScalingWait *wait, Arena *arena)
{
  return arena_printf (arena, "%s:%s", wait->hook, wait->instance_id);
}

/* ---- looking ---- */

/* With its hooks, whoever waits for them goes on. */
static gboolean
forget_group (StoreTx *tx, const char *group_id, Arena *arena, GError **error)
{
  ScalingWaitList waits;
  if (!scaling_wait_of_group (tx, group_id, arena, &waits, error))
    return FALSE;
  for (gsize i = 0; i < waits.n; i++)
    if (!errand_record_delete (tx, owner_of (waits.items[i], arena), ERRAND_NO_TARGET,
                               ERRAND_LIFECYCLE_ACTION, error) ||
        !scaling_wait_delete (tx, waits.items[i], error))
      return FALSE;
  return errand_record_delete (tx, group_id, ERRAND_NO_TARGET, ERRAND_WATCH_SCALING, error);
}

gboolean
scaling_watch (Engine *engine, StoreTx *tx, const char *group_id,
               const ApiAutoScalingGroupList *groups, gint64 due_ms, gint64 now_ms, Arena *arena,
               GError **error)
{
  if (groups == NULL || groups->n == 0)
    return forget_group (tx, group_id, arena, error);
  const ApiDeploymentGroupInfo settings = { .auto_scaling_groups = groups };
  const FleetSelector selector = fleet_selector_of_group (&settings, arena);
  const ErrandRecord errand = { .owner_id = group_id,
                                .ordinal = ERRAND_NO_TARGET,
                                .kind = ERRAND_WATCH_SCALING,
                                .request_json = fleet_selector_to_text (&selector, arena),
                                .create_ms = due_ms, /* what it sees is not older */
                                .due_ms = due_ms };
  return engine_put_errand (engine, tx, &errand, error);
}

/* ---- one that waits ---- */

/* What Auto Scaling shall do with the instance now; NULL: keep it waiting. */
static gboolean
choose_result (StoreTx *tx, const ScalingWait *wait, Arena *arena, const char **out, GError **error)
{
  *out = "CONTINUE";
  if (wait->deployment_id == NULL)
    return TRUE;
  const DeploymentRecord *deployment = deployment_load (tx, wait->deployment_id, arena, error);
  if (deployment == NULL)
    return FALSE;
  if (deployment->complete_ms == 0)
    *out = NULL;
  else if (deployment->status != DEPLOYMENT_SUCCEEDED &&
           deployment->creator != CREATOR_AUTOSCALING_TERMINATION)
    *out = "ABANDON"; /* a leaving one is never kept (deployments.md 1.7) */
  return TRUE;
}

static gboolean
tell (Engine *engine, StoreTx *tx, const ScalingWait *wait, gint64 now_ms, Arena *arena,
      GError **error)
{
  const char *result;
  if (!choose_result (tx, wait, arena, &result, error))
    return FALSE;
  g_autoptr (json_t) request =
      json_pack ("{s:s, s:s, s:s, s:s?}", "autoScalingGroup", wait->auto_scaling_group, "hook",
                 wait->hook, "instance", wait->instance_id, "result", result);
  char *text = json_dumps (request, JSON_COMPACT);
  const ErrandRecord errand = { .owner_id = owner_of (wait, arena),
                                .ordinal = ERRAND_NO_TARGET,
                                .kind = ERRAND_LIFECYCLE_ACTION,
                                .request_json = arena_strdup (arena, text),
                                .create_ms = now_ms,
                                .due_ms = now_ms };
  free (text);
  return scaling_wait_set_done (tx, wait, 0, error) &&
         engine_put_errand (engine, tx, &errand, error);
}

static gboolean
deploy_to (Engine *engine, StoreTx *tx, const DeploymentGroupRecord *group,
           const FleetMember *member, DeploymentCreator creator, gint64 now_ms, Arena *arena,
           const char **out_id, GError **error)
{
  FleetInstance instance = { member->id, member->arn, member->zone };
  FleetInstance *items[] = { &instance };
  const FleetInstanceList hosts = { 1, items };
  const FollowUp wanted = {
    .creator = creator,
    .hosts = &hosts,
    .cause =
        arena_printf (arena, "%s in Auto Scaling group %s", member->id, member->auto_scaling_group),
  };
  return follow_up_create (engine, tx, group, &wanted, now_ms, arena, out_id, error);
}

static gboolean
begin_wait (Engine *engine, StoreTx *tx, const DeploymentGroupRecord *group,
            const FleetMember *member, const char *hook, DeploymentCreator creator, gint64 now_ms,
            Arena *arena, GError **error)
{
  gint64 limit = engine->config.quotas->concurrent_deployments, active;
  ScalingWait wait = { .hook = hook,
                       .instance_id = member->id,
                       .group_id = group->id,
                       .auto_scaling_group = member->auto_scaling_group,
                       .host_arn = member->arn,
                       .begin_ms = now_ms };
  if (!deployment_record_count_active (tx, limit, &active, error))
    return FALSE;
  if (active >= limit)
    return TRUE; /* until there is room: the next look finds it again */
  return deploy_to (engine, tx, group, member, creator, now_ms, arena, &wait.deployment_id,
                    error) &&
         scaling_wait_insert (tx, &wait, error) && tell (engine, tx, &wait, now_ms, arena, error);
}

/* ---- what a look has found ---- */

typedef struct {
  Engine *engine;
  StoreTx *tx;
  const ErrandRecord *errand;
  const DeploymentGroupRecord *group;
  const ApiAutoScalingGroupList *groups;
  GHashTable *waits;   /* "hook:instance" -> ScalingWait */
  GHashTable *waiting; /* those of them that were seen waiting */
  GHashTable *members; /* ids */
  gint64 now_ms;
  Arena *arena;
} Look;

static const ApiAutoScalingGroup *
group_of (const Look *look, const FleetMember *member)
{
  for (gsize i = 0; i < look->groups->n; i++)
    if (g_strcmp0 (look->groups->items[i]->name, member->auto_scaling_group) == 0)
      return look->groups->items[i];
  return NULL;
}

static gboolean
see (Look *look, const FleetMember *member, GError **error)
{
  const ApiAutoScalingGroup *group = group_of (look, member);
  const char *state = member->lifecycle_state != NULL ? member->lifecycle_state : "";
  gboolean comes = g_str_has_suffix (state, "Pending:Wait"); /* also out of a warm pool */
  gboolean goes = g_str_has_suffix (state, "Terminating:Wait");
  gboolean proceeds = g_str_has_suffix (state, "Pending:Proceed"); /* let go, and not there yet */
  const char *hook = group == NULL       ? NULL
                     : comes || proceeds ? group->hook
                                         : group->termination_hook;
  g_hash_table_add (look->members, (gpointer)member->id);
  if (hook == NULL || (!comes && !goes && !proceeds))
    return TRUE;
  const char *key = arena_printf (look->arena, "%s:%s", hook, member->id);
  const ScalingWait *wait = g_hash_table_lookup (look->waits, key);
  g_hash_table_add (look->waiting, (gpointer)key);
  if (proceeds)
    return TRUE;
  if (wait == NULL)
    return begin_wait (look->engine, look->tx, look->group, member, hook,
                       comes ? CREATOR_AUTOSCALING : CREATOR_AUTOSCALING_TERMINATION, look->now_ms,
                       look->arena, error);
  if (wait->done_ms == 0 || look->errand->create_ms < wait->done_ms + TELL_AGAIN_MS)
    return TRUE;
  return tell (look->engine, look->tx, wait, look->now_ms, look->arena, error);
}

/* It waits no longer: it went on, or is gone. */
static gboolean
end_wait (Look *look, const char *key, const ScalingWait *wait, gboolean gone, GError **error)
{
  const char *why = arena_printf (look->arena, "The instance %s has left Auto Scaling group %s",
                                  wait->instance_id, wait->auto_scaling_group);
  return errand_record_delete (look->tx, key, ERRAND_NO_TARGET, ERRAND_LIFECYCLE_ACTION, error) &&
         scaling_wait_delete (look->tx, wait, error) &&
         (!gone ||
          engine_host_gone (look->engine, look->tx, wait->host_arn, why, look->now_ms, error));
}

static gboolean
forget_who_waits_no_longer (Look *look, GError **error)
{
  GHashTableIter iter;
  gpointer key, value;
  gboolean some_came = FALSE;
  g_hash_table_iter_init (&iter, look->waits);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    const ScalingWait *wait = value;
    gboolean stale = look->errand->create_ms < MAX (wait->begin_ms, wait->done_ms);
    gboolean gone = !g_hash_table_contains (look->members, wait->instance_id);
    if (stale || g_hash_table_contains (look->waiting, key))
      continue;
    if (!end_wait (look, key, wait, gone, error))
      return FALSE;
    some_came |= !gone;
  }
  /* Only now they are in service, and listed when they are brought up to date. */
  return !some_came || follow_up_outdated (look->engine, look->tx, look->group->id, look->now_ms,
                                           look->arena, error);
}

static gboolean
look_at (Look *look, const FleetMemberList *members, GError **error)
{
  ScalingWaitList known;
  if (!scaling_wait_of_group (look->tx, look->group->id, look->arena, &known, error))
    return FALSE;
  for (gsize i = 0; i < known.n; i++)
    g_hash_table_insert (look->waits, (gpointer)owner_of (known.items[i], look->arena),
                         known.items[i]);
  for (gsize i = 0; i < members->n; i++)
    if (!see (look, &members->items[i], error))
      return FALSE;
  return forget_who_waits_no_longer (look, error);
}

static gboolean
take_look (Engine *engine, StoreTx *tx, const ErrandRecord *errand, const ErrandResult *result,
           const DeploymentGroupRecord *group, const ApiAutoScalingGroupList *groups, gint64 now_ms,
           Arena *arena, GError **error)
{
  FleetMemberList members;
  g_autoptr (GError) malformed = NULL;
  g_autoptr (GHashTable) waits = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) waiting = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  if (!fleet_members_parse (result->answer_json, arena, &members, &malformed)) {
    effect_log_scaling (engine, tx, "scaling-not-watched", group->id, malformed->message);
    return TRUE;
  }
  Look look = { .engine = engine,
                .tx = tx,
                .errand = errand,
                .group = group,
                .groups = groups,
                .waits = waits,
                .waiting = waiting,
                .members = ids,
                .now_ms = now_ms,
                .arena = arena };
  return look_at (&look, &members, error);
}

gboolean
scaling_settle_watch (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                      const ErrandResult *result, gint64 now_ms, Arena *arena, GError **error)
{
  DeploymentGroupRecord *group;
  gint64 period_ms = engine->config.times.scaling_ms;
  if (!deployment_group_record_by_id (tx, errand->owner_id, arena, &group, error))
    return FALSE;
  if (group == NULL || group->deleted_ms != 0)
    return TRUE;
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, arena, error);
  if (settings == NULL)
    return FALSE;
  const ApiAutoScalingGroupList *groups = settings->auto_scaling_groups;
  if (result->outcome == ERRAND_REFUSED) {
    effect_log_scaling (engine, tx, "scaling-not-watched", group->id, result->message);
    period_ms *= 5;
  } else if (groups != NULL &&
             !take_look (engine, tx, errand, result, group, groups, now_ms, arena, error)) {
    return FALSE;
  }
  return scaling_watch (engine, tx, group->id, groups, now_ms + period_ms, now_ms, arena, error);
}

/* ---- what was told ---- */

gboolean
scaling_settle_action (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                       const ErrandResult *result, gint64 now_ms, Arena *arena, GError **error)
{
  const char *colon = strrchr (errand->owner_id, ':');
  ScalingWait *wait;
  g_assert (colon != NULL);
  if (result->outcome == ERRAND_REFUSED)
    effect_log_scaling (engine, tx, "lifecycle-action-refused", errand->owner_id, result->message);
  if (!scaling_wait_get (tx,
                         arena_strndup (arena, errand->owner_id, (gsize)(colon - errand->owner_id)),
                         colon + 1, arena, &wait, error))
    return FALSE;
  return wait == NULL || scaling_wait_set_done (tx, wait, now_ms, error);
}

gboolean
scaling_deployment_ended (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                          gint64 now_ms, Arena *arena, GError **error)
{
  ScalingWaitList waits;
  if (!fleet_is_given (deployment))
    return TRUE;
  if (!scaling_wait_of_deployment (tx, deployment->id, arena, &waits, error))
    return FALSE;
  for (gsize i = 0; i < waits.n; i++)
    if (!tell (engine, tx, waits.items[i], now_ms, arena, error))
      return FALSE;
  return TRUE;
}
