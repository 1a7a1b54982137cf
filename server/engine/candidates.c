#include "server/actions/catalog.h"
#include "server/engine/private.h"
#include "store/records/fleet.h"
#include "store/records/instance.h"

#include <string.h>

/* Which hosts a deployment has, and in which order they are tried (deployments.md 3.2, 8.1): registered instances and, as far as
 * they have been listed (fleet.c), EC2 instances. */

/* ---- gathering ---- */

typedef struct {
  Engine *engine;
  StageNeeds stages;      /* what must be known of each */
  GArray *found;          /* Candidate, health not set */
  GHashTable *names;      /* of those */
  GHashTable *host_arns;  /* of those */
  GHashTable *only_names; /* NULL: no restriction */
} Gathering;

static void
gathering_clear (Gathering *gathering)
{
  g_clear_pointer (&gathering->found, g_array_unref);
  g_clear_pointer (&gathering->names, g_hash_table_unref);
  g_clear_pointer (&gathering->host_arns, g_hash_table_unref);
  g_clear_pointer (&gathering->only_names, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Gathering, gathering_clear)

static void
gathering_begin (Gathering *gathering, Engine *engine, StageNeeds stages)
{
  *gathering = (Gathering){
    .engine = engine,
    .stages = stages,
    .found = g_array_new (FALSE, FALSE, sizeof (Candidate)),
    .names = g_hash_table_new (g_str_hash, g_str_equal),
    .host_arns = g_hash_table_new (g_str_hash, g_str_equal),
  };
}

/* What is found twice, by whatever it is called, is one target. */
static void
gather (Gathering *gathering, const Candidate *candidate)
{
  if (gathering->only_names != NULL &&
      !g_hash_table_contains (gathering->only_names, candidate->name))
    return;
  if (g_hash_table_contains (gathering->names, candidate->name) ||
      g_hash_table_contains (gathering->host_arns, candidate->host_arn))
    return;
  g_hash_table_add (gathering->names, (gpointer)candidate->name);
  g_hash_table_add (gathering->host_arns, (gpointer)candidate->host_arn);
  g_array_append_val (gathering->found, *candidate);
}

/* What stages are made of: an EC2 instance comes with its zone, a registered one may have it in a tag. */
static gboolean
read_place (const Gathering *gathering, StoreTx *tx, Arena *arena, Candidate *candidate,
            GError **error)
{
  const char *zone_tag = gathering->engine->config.policy.zone_tag;
  if (gathering->stages == STAGES_NONE)
    return TRUE;
  if (!instance_record_tags (tx, candidate->name, arena, &candidate->tags, error))
    return FALSE;
  for (gsize i = 0; i < candidate->tags.n; i++)
    if (strcmp (candidate->tags.items[i].key, zone_tag != NULL ? zone_tag : ENGINE_ZONE_TAG) == 0 &&
        candidate->tags.items[i].value[0] != '\0')
      candidate->zone = candidate->tags.items[i].value;
  return TRUE;
}

static gboolean
gather_registered (Gathering *gathering, StoreTx *tx, const ApiDeploymentGroupInfo *settings,
                   Arena *arena, GError **error)
{
  TagSelector selector = catalog_on_premises_selector (settings, arena);
  InstanceRecordList instances;
  if (!instance_record_select (tx, &selector, arena, &instances, error))
    return FALSE;
  for (gsize i = 0; i < instances.n; i++) {
    const InstanceRecord *instance = instances.items[i];
    Candidate candidate = {
      .name = instance->name,
      .target_arn = arn_for_instance (arena, gathering->engine->config.arn, instance->name,
                                      instance->arn_suffix),
      .host_arn =
          instance->iam_user_arn != NULL ? instance->iam_user_arn : instance->iam_session_arn,
    };
    if (!read_place (gathering, tx, arena, &candidate, error))
      return FALSE;
    gather (gathering, &candidate);
  }
  return TRUE;
}

static gboolean
gather_listed (Gathering *gathering, StoreTx *tx, const char *deployment_id, FleetSide side,
               Arena *arena, GError **error)
{
  FleetInstanceList list;
  gint64 list_ms;
  if (!fleet_record_get (tx, deployment_id, side, arena, &list, &list_ms, error))
    return FALSE;
  for (gsize i = 0; i < list.n; i++) {
    const FleetInstance *instance = list.items[i];
    const Candidate candidate = { .name = instance->name,
                                  .target_arn = instance->arn,
                                  .host_arn = instance->arn,
                                  .zone = instance->zone };
    gather (gathering, &candidate);
  }
  return TRUE;
}

static gboolean
restrict_to_some (Gathering *gathering, StoreTx *tx, const char *deployment_id, Arena *arena,
                  GError **error)
{
  FleetInstanceList list;
  gint64 list_ms;
  if (!fleet_record_get (tx, deployment_id, FLEET_ONLY, arena, &list, &list_ms, error))
    return FALSE;
  if (list_ms == 0)
    return TRUE;
  gathering->only_names = g_hash_table_new (g_str_hash, g_str_equal);
  for (gsize i = 0; i < list.n; i++)
    g_hash_table_add (gathering->only_names, (gpointer)list.items[i]->name);
  return TRUE;
}

/* ---- their health, and order ---- */

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

static gboolean
order_by_health (const Gathering *gathering, StoreTx *tx, const DeploymentRecord *deployment,
                 const ApiDeploymentInfo *info, const DeploymentGroupRecord *group, Arena *arena,
                 CandidateList *out, GError **error)
{
  g_autoptr (GHashTable) health = read_health (tx, group->id, arena, error);
  if (health == NULL)
    return FALSE;
  gsize n = gathering->found->len;
  gboolean outdated_only =
      info->update_outdated_instances_only != NULL && *info->update_outdated_instances_only;
  *out = (CandidateList){ 0, arena_alloc_n (arena, MAX (n, 1), sizeof (Candidate)), n };
  for (gsize i = 0; i < n; i++) {
    Candidate candidate = g_array_index (gathering->found, Candidate, i);
    const TargetHealthRecord *known = g_hash_table_lookup (health, candidate.target_arn);
    if (outdated_only && known != NULL && known->revision_number == deployment->revision_number)
      continue;
    candidate.health = classify (known, group->target_revision_number);
    out->items[out->n++] = candidate;
  }
  qsort (out->items, out->n, sizeof (Candidate), compare_candidates);
  return TRUE;
}

gboolean
candidates_resolve (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                    const ApiDeploymentInfo *info, const DeploymentGroupRecord *group, Arena *arena,
                    CandidateList *out, GError **error)
{
  g_auto (Gathering) gathering;
  gathering_begin (&gathering, engine, stages_need (engine, deployment, info));
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, arena, error);
  if (settings == NULL || !restrict_to_some (&gathering, tx, deployment->id, arena, error))
    return FALSE;
  if (!fleet_is_given (deployment) && !gather_registered (&gathering, tx, settings, arena, error))
    return FALSE;
  return gather_listed (&gathering, tx, deployment->id, FLEET_ORIGINAL, arena, error) &&
         order_by_health (&gathering, tx, deployment, info, group, arena, out, error);
}

gboolean
candidates_resolve_replacement (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                                const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                                Arena *arena, CandidateList *out, GError **error)
{
  g_auto (Gathering) gathering;
  gathering_begin (&gathering, engine, STAGES_NONE);
  return gather_listed (&gathering, tx, deployment->id, FLEET_REPLACEMENT, arena, error) &&
         order_by_health (&gathering, tx, deployment, info, group, arena, out, error);
}

/* ---- what was looked at ---- */

gboolean
candidates_describe (Engine *engine, const DeploymentGroupRecord *group, Arena *arena,
                     const char **out, GError **error)
{
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, arena, error);
  if (settings == NULL)
    return FALSE;
  const FleetSelector selector = fleet_selector_of_group (settings, arena);
  const char *registered = arena_printf (
      arena,
      "No registered instance has tags that deployment group %s selects; compare its tag filters "
      "with the tags of the instances",
      group->name);
  if (fleet_selector_is_empty (&selector))
    *out = registered;
  else if (!engine->config.lists_instances)
    *out = arena_printf (arena,
                         "%s. This server does not look for %s: that takes a section aws, and "
                         "inventory: {ec2: true}, in its integrations.yml",
                         registered, fleet_selector_describe (&selector, arena));
  else
    *out = arena_printf (arena, "%s. There are no %s", registered,
                         fleet_selector_describe (&selector, arena));
  return TRUE;
}
