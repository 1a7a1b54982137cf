#include "core/deployment-machine.h"
#include "core/scheduler.h"
#include "server/actions/catalog.h"
#include "server/engine/private.h"
#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/instance.h"
#include "store/records/revision.h"

#include <string.h>

/* A deployment's beginning: which hosts it has, in which order they are tried, and how many must stay healthy; once
 * (deployments.md 2.1, 3.2, 8.1). */

/* deployments.md 3.2, in order. */
typedef enum {
  CLASS_UNHEALTHY,
  CLASS_REVISION_UNKNOWN,
  CLASS_REVISION_OLD,
  CLASS_REVISION_CURRENT
} HealthClass;

typedef struct {
  const InstanceRecord *instance;
  const char *target_arn;
  HealthClass health;
} Candidate;

static HealthClass
classify (const TargetHealthRecord *health, gint64 target_revision)
{
  if (health == NULL || !health->healthy)
    return CLASS_UNHEALTHY; /* nothing was ever deployed to it, or the last attempt failed */
  if (health->revision_number == 0)
    return CLASS_REVISION_UNKNOWN;
  return health->revision_number == target_revision ? CLASS_REVISION_CURRENT : CLASS_REVISION_OLD;
}

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *one = a, *other = b;
  if (one->health != other->health)
    return one->health < other->health ? -1 : 1;
  return strcmp (one->instance->name, other->instance->name);
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
static gboolean
resolve (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
         const ApiDeploymentInfo *info, const DeploymentGroupRecord *group, Arena *arena,
         GArray *candidates, gsize *out_n_selected, GError **error)
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
  for (gsize i = 0; i < instances.n; i++) {
    const InstanceRecord *instance = instances.items[i];
    Candidate candidate = { .instance = instance,
                            .target_arn = arn_for_instance (arena, engine->config.arn,
                                                            instance->name, instance->arn_suffix) };
    const TargetHealthRecord *known = g_hash_table_lookup (health, candidate.target_arn);
    if (outdated_only && known != NULL && known->revision_number == deployment->revision_number)
      continue;
    candidate.health = classify (known, group->target_revision_number);
    g_array_append_val (candidates, candidate);
  }
  g_array_sort (candidates, compare_candidates);
  *out_n_selected = instances.n;
  return TRUE;
}

static gboolean
insert_targets (StoreTx *tx, const DeploymentRecord *deployment, const GArray *candidates,
                gint64 now_ms, GError **error)
{
  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *candidate = &g_array_index (candidates, Candidate, i);
    const InstanceRecord *instance = candidate->instance;
    const TargetRecord target = {
      .deployment_id = deployment->id,
      .ordinal = i,
      .target_id = instance->name,
      .target_arn = candidate->target_arn,
      .host_arn =
          instance->iam_user_arn != NULL ? instance->iam_user_arn : instance->iam_session_arn,
      .plan = LIFECYCLE_PLAN_IN_PLACE,
      .status = TARGET_PENDING,
      .update_ms = now_ms,
    };
    if (!target_record_insert (tx, &target, error))
      return FALSE;
  }
  return TRUE;
}

/* What was there when the deployment was created may be gone. */
static gboolean
find_missing (StoreTx *tx, const DeploymentRecord *deployment, const ApiDeploymentInfo *info,
              const DeploymentGroupRecord *group, Arena *arena, Refusal *out, GError **error)
{
  ApplicationRecord *application;
  RevisionRecord *revision;
  if (!application_record_by_id (tx, deployment->application_id, arena, &application, error) ||
      !revision_record_by_number (tx, deployment->application_id, deployment->revision_number,
                                  arena, &revision, error))
    return FALSE;
  if (application == NULL || application->deleted_ms != 0)
    *out =
        (Refusal){ DEPLOYMENT_ERROR_APPLICATION_MISSING,
                   arena_printf (arena, "Application %s was deleted before the deployment started",
                                 deployment->application_name) };
  else if (group == NULL || group->deleted_ms != 0)
    *out = (Refusal){ DEPLOYMENT_ERROR_DEPLOYMENT_GROUP_MISSING,
                      arena_printf (arena,
                                    "Deployment group %s was deleted before the deployment started",
                                    deployment->group_name) };
  else if (revision == NULL)
    *out = (Refusal){ DEPLOYMENT_ERROR_REVISION_MISSING,
                      arena_printf (arena,
                                    "Revision %" G_GINT64_FORMAT
                                    " of application %s was deleted before the deployment started",
                                    deployment->revision_number, deployment->application_name) };
  else if (info->revision != NULL && info->revision->git_hub_location != NULL &&
           application->github_token_name != NULL && !application->github_token_is_there)
    *out = (Refusal){ DEPLOYMENT_ERROR_MISSING_GITHUB_TOKEN,
                      arena_printf (arena,
                                    "The GitHub account token %s of application %s was deleted "
                                    "before the deployment started; put it again, or link the "
                                    "application to another",
                                    application->github_token_name, deployment->application_name) };
  return TRUE;
}

static Refusal
judge_fleet (Engine *engine, const DeploymentRecord *deployment, gsize n_selected, gsize n_targets,
             Arena *arena)
{
  gint64 limit = engine->config.quotas->instances_per_deployment;
  if (n_targets > 0 && (gint64)n_targets <= limit)
    return (Refusal){ DEPLOYMENT_ERROR_NONE, NULL };
  if (n_targets > 0)
    return (Refusal){ DEPLOYMENT_ERROR_OVER_MAX_INSTANCES,
                      arena_printf (arena,
                                    "Deployment group %s selects %" G_GSIZE_FORMAT
                                    " instances, and a deployment may have %" G_GINT64_FORMAT,
                                    deployment->group_name, n_targets, limit) };
  if (n_selected > 0)
    return (Refusal){ DEPLOYMENT_ERROR_NO_INSTANCES,
                      arena_printf (arena,
                                    "All %" G_GSIZE_FORMAT
                                    " instances of deployment group %s have this revision already, "
                                    "and only outdated ones were asked for",
                                    n_selected, deployment->group_name) };
  return (
      Refusal){ DEPLOYMENT_ERROR_NO_INSTANCES,
                arena_printf (arena,
                              "No registered instance has tags that deployment group %s selects; "
                              "compare its tag filters with the tags of the instances",
                              deployment->group_name) };
}

/* Also all deployments that run at the same time have a limit together: never less than one of them may have. */
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

static gboolean
begin (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms, Arena *arena,
       GError **error)
{
  SchedulerPlan plan = deployment_scheduler_plan (deployment);
  if (scheduler_budget (&plan) < 1)
    return deployment_close (
        engine, tx, deployment, DEPLOYMENT_ERROR_HEALTH_CONSTRAINTS_INVALID,
        arena_printf (
            arena,
            "Deployment configuration %s needs %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
            " hosts healthy, so none may be taken down; choose another configuration or add hosts",
            deployment->config_name, deployment->minimum_healthy, deployment->n_targets),
        now_ms, arena, error);
  DeploymentAction action;
  if (!deployment_machine_step (&deployment->status, DEPLOYMENT_EV_START, &action))
    return TRUE;
  deployment->start_ms = now_ms;
  return engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_TOTAL,
                           now_ms + deployment_total_ms (engine, deployment), error) &&
         deployment_advance (engine, tx, deployment, ENGINE_BATCH, now_ms, arena, error);
}

gboolean
deployment_start (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                  Arena *arena, GError **error)
{
  if (deployment->status != DEPLOYMENT_CREATED && deployment->status != DEPLOYMENT_QUEUED)
    return TRUE;
  DeploymentGroupRecord *group;
  Refusal refusal = { DEPLOYMENT_ERROR_NONE, NULL };
  const ApiDeploymentInfo *info = engine_deployment_info (deployment, arena, error);
  if (info == NULL ||
      !deployment_group_record_by_id (tx, deployment->group_id, arena, &group, error) ||
      !find_missing (tx, deployment, info, group, arena, &refusal, error))
    return FALSE;
  if (refusal.code == DEPLOYMENT_ERROR_NONE)
    refusal = feasibility_judge (deployment, info, arena);
  if (refusal.code != DEPLOYMENT_ERROR_NONE)
    return deployment_close (engine, tx, deployment, refusal.code, refusal.message, now_ms, arena,
                             error);

  g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  gsize n_selected;
  if (!resolve (engine, tx, deployment, info, group, arena, candidates, &n_selected, error))
    return FALSE;
  refusal = judge_fleet (engine, deployment, n_selected, candidates->len, arena);
  if (refusal.code == DEPLOYMENT_ERROR_NONE &&
      !judge_account (engine, tx, deployment, candidates->len, arena, &refusal, error))
    return FALSE;
  if (refusal.code != DEPLOYMENT_ERROR_NONE)
    return deployment_close (engine, tx, deployment, refusal.code, refusal.message, now_ms, arena,
                             error);

  SchedulerPlan plan = scheduler_plan (&deployment->healthy, candidates->len,
                                       scheduler_rule_for_config (deployment->config_name));
  deployment->n_targets = deployment->n_pending = plan.n_targets;
  deployment->minimum_healthy = plan.minimum_healthy;
  return insert_targets (tx, deployment, candidates, now_ms, error) &&
         begin (engine, tx, deployment, now_ms, arena, error);
}
