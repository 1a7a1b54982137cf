#include "server/actions/catalog.h"
#include "server/engine/effects.h"
#include "server/engine/follow-ups.h"
#include "server/engine/private.h"
#include "store/records/instance.h"

/* Registered hosts that come to match a group get its revision, if the group's settings say so (newHostsStrategy): ours. Several
 * that come at about the same time share a deployment; while the group has another one, they wait for its end. */

/* A registered host is new to a group that nothing was ever deployed to it for. */
static gboolean
find_new (StoreTx *tx, const DeploymentGroupRecord *group, const ApiDeploymentGroupInfo *settings,
          gsize most, Arena *arena, FleetInstanceList *out, Engine *engine, GError **error)
{
  TagSelector selector = catalog_on_premises_selector (settings, arena);
  InstanceRecordList instances;
  TargetHealthRecordList known;
  g_autoptr (GHashTable) arns = g_hash_table_new (g_str_hash, g_str_equal);
  if (!instance_record_select (tx, &selector, arena, &instances, error) ||
      !target_health_record_list (tx, group->id, arena, &known, error))
    return FALSE;
  for (gsize i = 0; i < known.n; i++)
    g_hash_table_add (arns, (gpointer)known.items[i]->target_arn);
  *out = (FleetInstanceList){ 0, arena_new0_n (arena, FleetInstance *, MAX (instances.n, 1)) };
  for (gsize i = 0; i < instances.n && out->n < most; i++) {
    const InstanceRecord *instance = instances.items[i];
    if (g_hash_table_contains (arns, arn_for_instance (arena, engine->config.arn, instance->name,
                                                       instance->arn_suffix)))
      continue;
    FleetInstance *host = arena_new0 (arena, FleetInstance);
    host->name = instance->name;
    host->arn = instance->iam_user_arn != NULL ? instance->iam_user_arn : instance->iam_session_arn;
    out->items[out->n++] = host;
  }
  return TRUE;
}

static gboolean
arm (Engine *engine, StoreTx *tx, const char *group_id, gint64 now_ms, GError **error)
{
  gint64 due_ms;
  if (!timer_record_due (tx, group_id, TIMER_NO_TARGET, TIMER_NEW_HOSTS, &due_ms, error))
    return FALSE;
  return due_ms != 0 || engine_set_timer (engine, tx, group_id, TIMER_NO_TARGET, TIMER_NEW_HOSTS,
                                          now_ms + engine->config.times.new_hosts_ms, error);
}

gboolean
new_hosts_fire (Engine *engine, StoreTx *tx, const char *group_id, gint64 now_ms, Arena *arena,
                GError **error)
{
  const Quotas *quotas = engine->config.quotas;
  DeploymentGroupRecord *group;
  FleetInstanceList hosts;
  const char *active, *id;
  gint64 n_active;
  if (!deployment_group_record_by_id (tx, group_id, arena, &group, error) ||
      !deployment_record_active (tx, group_id, arena, &active, error) ||
      !deployment_record_count_active (tx, quotas->concurrent_deployments, &n_active, error))
    return FALSE;
  if (group == NULL || group->deleted_ms != 0 || !group->new_hosts ||
      group->last_successful_deployment_id == NULL)
    return TRUE;
  if (active != NULL)
    return TRUE; /* its end sets the timer again */
  if (n_active >= quotas->concurrent_deployments)
    return arm (engine, tx, group_id, now_ms, error);
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, arena, error);
  if (settings == NULL || !find_new (tx, group, settings, (gsize)quotas->instances_per_deployment,
                                     arena, &hosts, engine, error))
    return FALSE;
  if (hosts.n == 0)
    return TRUE;
  const FollowUp wanted = {
    .creator = CREATOR_AUTO_UPDATE,
    .hosts = &hosts,
    .pace = FOLLOW_UP_AT_ONCE,
    .cause = arena_printf (arena, "new hosts of deployment group %s", group->name),
  };
  return follow_up_create (engine, tx, group, &wanted, now_ms, arena, &id, error);
}

gboolean
engine_hosts_changed (Engine *engine, StoreTx *tx, gint64 now_ms, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  NameList groups;
  if (!deployment_group_record_with_new_hosts (tx, arena, &groups, error))
    return FALSE;
  for (gsize i = 0; i < groups.n; i++)
    if (!arm (engine, tx, groups.items[i], now_ms, error))
      return FALSE;
  return TRUE;
}

gboolean
engine_group_takes_new_hosts (Engine *engine, StoreTx *tx, const char *group_id, gint64 now_ms,
                              GError **error)
{
  return arm (engine, tx, group_id, now_ms, error);
}

/* One of ours that reached no host (an alarm was active, a role missing, a person stopped it) would end the same way again:
 * its hosts are tried when something has changed, which sets the timer. */
static gboolean
came_to_nothing (const DeploymentRecord *ended)
{
  return ended->creator == CREATOR_AUTO_UPDATE && ended->n_succeeded + ended->n_failed == 0;
}

gboolean
new_hosts_after (Engine *engine, StoreTx *tx, const DeploymentRecord *ended, gint64 now_ms,
                 Arena *arena, GError **error)
{
  DeploymentGroupRecord *group;
  if (came_to_nothing (ended))
    return TRUE;
  if (!deployment_group_record_by_id (tx, ended->group_id, arena, &group, error))
    return FALSE;
  if (group == NULL || !group->new_hosts || group->deleted_ms != 0)
    return TRUE;
  return arm (engine, tx, group->id, now_ms, error);
}
