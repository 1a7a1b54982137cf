#include "server/actions/catalog.h"
#include "server/engine/private.h"
#include "store/records/instance.h"

#include <string.h>

/* Which hosts a deployment has, and in which order they are tried (deployments.md 3.2, 8.1). */

static CandidateHealth
classify (const TargetHealthRecord *health, gint64 target_revision)
{
  if (health == NULL || !health->healthy)
    return CANDIDATE_UNHEALTHY;
  if (health->revision_number == 0)
    return CANDIDATE_REVISION_UNKNOWN;
  return health->revision_number == target_revision ? CANDIDATE_REVISION_CURRENT
                                                    : CANDIDATE_REVISION_OLD;
}

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *one = a, *other = b;
  if (one->health != other->health)
    return one->health < other->health ? -1 : 1;
  return strcmp (one->name, other->name);
}

static GHashTable *
read_health (StoreTx *tx, const char *group_id, Arena *arena, GError **error)
{
  TargetHealthRecordList list;
  if (!target_health_record_list (tx, group_id, arena, &list, error))
    return NULL;
  GHashTable *by_arn = g_hash_table_new (g_str_hash, g_str_equal);
  for (gsize i = 0; i < list.n; i++)
    g_hash_table_insert (by_arn, (gpointer)list.items[i]->target_arn, list.items[i]);
  return by_arn;
}

/* NEEDSWORK: EC2 tag filters and Auto Scaling groups select nothing until the server can list EC2 instances. */
gboolean
candidates_resolve (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                    const ApiDeploymentInfo *info, const DeploymentGroupRecord *group, Arena *arena,
                    CandidateList *out, GError **error)
{
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, arena, error);
  if (settings == NULL)
    return FALSE;
  TagSelector selector = catalog_on_premises_selector (settings, arena);
  InstanceRecordList instances;
  if (!instance_record_select (tx, &selector, arena, &instances, error))
    return FALSE;
  g_autoptr (GHashTable) health = read_health (tx, group->id, arena, error);
  if (health == NULL)
    return FALSE;
  gboolean outdated_only =
      info->update_outdated_instances_only != NULL && *info->update_outdated_instances_only;
  *out = (CandidateList){ 0, arena_alloc (arena, MAX (instances.n, 1) * sizeof (Candidate)),
                          instances.n };
  for (gsize i = 0; i < instances.n; i++) {
    const InstanceRecord *instance = instances.items[i];
    Candidate candidate = {
      .name = instance->name,
      .target_arn =
          arn_for_instance (arena, engine->config.arn, instance->name, instance->arn_suffix),
      .host_arn =
          instance->iam_user_arn != NULL ? instance->iam_user_arn : instance->iam_session_arn,
    };
    const TargetHealthRecord *known = g_hash_table_lookup (health, candidate.target_arn);
    if (outdated_only && known != NULL && known->revision_number == deployment->revision_number)
      continue;
    candidate.health = classify (known, group->target_revision_number);
    out->items[out->n++] = candidate;
  }
  qsort (out->items, out->n, sizeof (Candidate), compare_candidates);
  return TRUE;
}
