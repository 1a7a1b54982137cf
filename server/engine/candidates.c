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
               const FleetTold *told, Arena *arena, GError **error)
{
  FleetInstanceList list;
  gint64 list_ms;
  if (told != NULL)
    list = told->sides[side];
  else if (!fleet_record_get (tx, deployment_id, side, arena, &list, &list_ms, error))
    return FALSE;
  for (gsize i = 0; i < list.n; i++) {
    const FleetInstance *instance = list.items[i];
    Candidate candidate = { .name = instance->name,
                            .target_arn = instance->arn,
                            .host_arn = instance->arn,
                            .zone = instance->zone };
    if (gathering->stages != STAGES_NONE)
      candidate.tags = fleet_tags_parse (instance->tags_json, arena);
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

/* ---- targetInstances ---- */

static const ApiTagFilterList *
registered_filters (const ApiEC2TagFilterList *from, Arena *arena)
{
  ApiTagFilterList *list = arena_new0 (arena, ApiTagFilterList);
  list->items = arena_new0_n (arena, const ApiTagFilter *, from->n);
  for (; list->n < from->n; list->n++) {
    const ApiEC2TagFilter *one = from->items[list->n];
    ApiTagFilter *filter = arena_new0 (arena, ApiTagFilter);
    *filter = (ApiTagFilter){ .key = one->key, .value = one->value, .type = one->type };
    list->items[list->n] = filter;
  }
  return list;
}

static const ApiOnPremisesTagSet *
registered_set (const ApiEC2TagSet *from, Arena *arena)
{
  const ApiEC2TagSetList *groups = from->ec2_tag_set_list;
  ApiOnPremisesTagSetList *list = arena_new0 (arena, ApiOnPremisesTagSetList);
  ApiOnPremisesTagSet *set = arena_new0 (arena, ApiOnPremisesTagSet);
  list->n = groups != NULL ? groups->n : 0;
  list->items = arena_new0_n (arena, const ApiTagFilterList *, list->n);
  for (gsize i = 0; i < list->n; i++)
    list->items[i] = registered_filters (groups->items[i], arena);
  set->on_premises_tag_set_list = list;
  return set;
}

const ApiDeploymentGroupInfo *
candidates_replacement_settings (const ApiTargetInstances *targets, Arena *arena)
{
  ApiDeploymentGroupInfo *settings = arena_new0 (arena, ApiDeploymentGroupInfo);
  if (targets == NULL)
    return settings;
  settings->ec2_tag_filters = targets->tag_filters;
  settings->ec2_tag_set = targets->ec2_tag_set;
  if (targets->tag_filters != NULL)
    settings->on_premises_instance_tag_filters = registered_filters (targets->tag_filters, arena);
  if (targets->ec2_tag_set != NULL)
    settings->on_premises_tag_set = registered_set (targets->ec2_tag_set, arena);
  const ApiAutoScalingGroupNameList *names = targets->auto_scaling_groups;
  if (names == NULL)
    return settings;
  ApiAutoScalingGroupList *fleets = arena_new0 (arena, ApiAutoScalingGroupList);
  fleets->items = arena_new0_n (arena, const ApiAutoScalingGroup *, names->n);
  for (; fleets->n < names->n; fleets->n++) {
    ApiAutoScalingGroup *fleet = arena_new0 (arena, ApiAutoScalingGroup);
    fleet->name = names->items[fleets->n];
    fleets->items[fleets->n] = fleet;
  }
  settings->auto_scaling_groups = fleets;
  return settings;
}

/* ---- resolving ---- */

gboolean
candidates_resolve (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                    const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                    const FleetTold *told, Arena *arena, CandidateList *out, GError **error)
{
  g_auto (Gathering) gathering;
  gathering_begin (&gathering, engine, stages_need (engine, deployment, info));
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, arena, error);
  if (settings == NULL || !restrict_to_some (&gathering, tx, deployment->id, arena, error))
    return FALSE;
  if (!fleet_is_given (deployment) && !gather_registered (&gathering, tx, settings, arena, error))
    return FALSE;
  return gather_listed (&gathering, tx, deployment->id, FLEET_ORIGINAL, told, arena, error) &&
         order_by_health (&gathering, tx, deployment, info, group, arena, out, error);
}

gboolean
candidates_resolve_replacement (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                                const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                                const FleetTold *told, Arena *arena, CandidateList *out,
                                GError **error)
{
  g_auto (Gathering) gathering;
  gathering_begin (&gathering, engine, stages_need (engine, deployment, info));
  return gather_registered (&gathering, tx,
                            candidates_replacement_settings (info->target_instances, arena), arena,
                            error) &&
         gather_listed (&gathering, tx, deployment->id, FLEET_REPLACEMENT, told, arena, error) &&
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

gboolean
candidate_is_ec2 (const char *host_arn)
{
  const char *partition = strchr (host_arn, ':');
  const char *service = partition != NULL ? strchr (partition + 1, ':') : NULL;
  return service != NULL && g_str_has_prefix (service, ":ec2:");
}

/* ---- as targets ---- */

/* All deployments that run at the same time have a limit together: never less than one of them may have. */
static gboolean
judge_account (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment, gsize n_targets,
               Arena *arena, Refusal *out, GError **error)
{
  const Quotas *quotas = engine->config.quotas;
  gint64 limit = MAX (quotas->concurrent_instances, quotas->instances_per_deployment), others;
  if (!deployment_record_count_active_targets (tx, &others, error))
    return FALSE;
  if (others + (gint64)n_targets > limit)
    *out = (Refusal){ DEPLOYMENT_ERROR_OVER_MAX_INSTANCES,
                      arena_printf (arena,
                                    "Deployment group %s selects %" G_GSIZE_FORMAT
                                    " instances and other deployments have %" G_GINT64_FORMAT
                                    " under way, where %" G_GINT64_FORMAT
                                    " are allowed at the same time; deploy again when those have "
                                    "ended, or raise quota_concurrent_instances",
                                    deployment->group_name, n_targets, others, limit) };
  return TRUE;
}

gboolean
candidates_judge (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                  const CandidateList *candidates, const char *nothing, Arena *arena, Refusal *out,
                  GError **error)
{
  gint64 limit = engine->config.quotas->instances_per_deployment;
  *out = (Refusal){ DEPLOYMENT_ERROR_NONE, NULL };
  if (candidates->n == 0)
    *out = (Refusal){ DEPLOYMENT_ERROR_NO_INSTANCES, nothing };
  else if ((gint64)candidates->n > limit)
    *out = (Refusal){ DEPLOYMENT_ERROR_OVER_MAX_INSTANCES,
                      arena_printf (arena,
                                    "Deployment group %s selects %" G_GSIZE_FORMAT
                                    " instances, and a deployment may have %" G_GINT64_FORMAT,
                                    deployment->group_name, candidates->n, limit) };
  else
    return judge_account (engine, tx, deployment, candidates->n, arena, out, error);
  return TRUE;
}

gboolean
candidates_insert (StoreTx *tx, const DeploymentRecord *deployment, const CandidateList *candidates,
                   LifecyclePlanKind plan, gint64 now_ms, GError **error)
{
  gint64 first = lifecycle_plan (plan)->label == TARGET_BLUE ? TARGET_FIRST_BLUE : 0;
  for (gsize i = 0; i < candidates->n; i++) {
    const Candidate *candidate = &candidates->items[i];
    const TargetRecord target = {
      .deployment_id = deployment->id,
      .ordinal = first + (gint64)i,
      .target_id = candidate->name,
      .target_arn = candidate->target_arn,
      .host_arn = candidate->host_arn,
      .zone = candidate->zone,
      .plan = plan,
      .status = TARGET_PENDING,
      .update_ms = now_ms,
    };
    if (!target_record_insert (tx, &target, error))
      return FALSE;
  }
  return TRUE;
}
