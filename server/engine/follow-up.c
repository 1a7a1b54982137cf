#include "core/scheduler.h"
#include "proto/shape.h"
#include "server/actions/catalog.h"
#include "server/engine/follow-ups.h"
#include "server/engine/private.h"
#include "store/records/revision.h"

/* Deployments that the engine makes by itself: the group's last good revision, for some hosts (deployments.md 6.5). */

/* A group's revision is brought after one deployment at most so often. */
#define MOST_AUTO_UPDATES 10

/* The revision and what happens to files are those of the deployment that is repeated, the balancers the group's of now. New
 * hosts get them in place whatever the group's type, and are nothing to go back from. */
static char *
info_text (const ApiDeploymentInfo *good, const ApiDeploymentGroupInfo *settings, Arena *arena)
{
  ApiDeploymentStyle style = { .deployment_type = "IN_PLACE" };
  ApiDeploymentInfo info = {
    .revision = good->revision,
    .file_exists_behavior = good->file_exists_behavior,
    .ignore_application_stop_failures = good->ignore_application_stop_failures,
    .compute_platform = good->compute_platform,
    .load_balancer_info = settings->load_balancer_info,
  };
  if (settings->deployment_style != NULL) {
    style.deployment_option = settings->deployment_style->deployment_option;
    info.deployment_style = &style;
  }
  g_autofree char *text = shape_to_text (&api_shape_deployment_info, &info);
  return arena_strdup (arena, text);
}

/* One new instance has to be deployable under any configuration (deployments.md 2.6). Of several, those that a configuration would
 * not let go are taken one by one. */
static void
choose_config (DeploymentRecord *record, const DeploymentRecord *good, const FollowUp *wanted)
{
  record->config_name = good->config_name;
  record->healthy = good->healthy;
  record->options = good->options;
  if (fleet_is_given (record) || wanted->pace == FOLLOW_UP_AT_ONCE) {
    record->healthy = (MinimumHealthy){ MINIMUM_HEALTHY_HOST_COUNT, 0 };
    return;
  }
  SchedulerPlan plan =
      scheduler_plan (&good->healthy, (gint64)wanted->hosts->n,
                      scheduler_rule_for_config (good->config_name, SCHEDULER_BY_THE_NUMBERS));
  if (scheduler_budget (&plan) >= 1 && good->healthy.type != MINIMUM_HEALTHY_HOST_COUNT)
    return;
  const DeployConfig *one = deploy_config_default (COMPUTE_PLATFORM_SERVER);
  record->config_name = one->name;
  record->healthy = one->minimum_healthy;
}

static gboolean
write_down (Engine *engine, StoreTx *tx, const FollowUp *wanted, const DeploymentRecord *record,
            gint64 now_ms, GError **error)
{
  FleetSide side = fleet_is_given (record) ? FLEET_ORIGINAL : FLEET_ONLY;
  engine_log_deed (engine, tx, "deployment-created", record->id, wanted->cause, NULL);
  return revision_record_mark_used (tx, record->application_id, record->revision_number, now_ms,
                                    error) &&
         fleet_record_put (tx, record->id, side, wanted->hosts, now_ms, error) &&
         engine_create_deployment (engine, tx, record, now_ms, error) &&
         deployment_record_set_root (tx, record->id, wanted->root_id, error);
}

gboolean
follow_up_create (Engine *engine, StoreTx *tx, const DeploymentGroupRecord *group,
                  const FollowUp *wanted, gint64 now_ms, Arena *arena, const char **out_id,
                  GError **error)
{
  *out_id = NULL;
  if (group->last_successful_deployment_id == NULL)
    return TRUE;
  const DeploymentRecord *good =
      deployment_load (tx, group->last_successful_deployment_id, arena, error);
  const ApiDeploymentInfo *info = good != NULL ? engine_deployment_info (good, arena, error) : NULL;
  const ApiDeploymentGroupInfo *settings =
      info != NULL ? catalog_group_settings (group, arena, error) : NULL;
  const char *id = settings != NULL ? engine_new_deployment_id (engine, tx, arena, error) : NULL;
  if (id == NULL)
    return FALSE;
  DeploymentRecord record = {
    .id = id,
    .application_id = good->application_id,
    .group_id = group->id,
    .revision_number = good->revision_number,
    .creator = wanted->creator,
    .info_json = info_text (info, settings, arena),
  };
  choose_config (&record, good, wanted);
  *out_id = id;
  return write_down (engine, tx, wanted, &record, now_ms, error);
}

/* ---- what is outdated after a deployment ---- */

static gboolean
wants_updates (const ApiDeploymentGroupInfo *settings)
{
  return g_strcmp0 (settings->outdated_instances_strategy, "IGNORE") != 0;
}

/* Of a chain of such deployments, the first. */
static const char *
root_of (const DeploymentRecord *good)
{
  return good->root_id != NULL ? good->root_id : good->id;
}

static gboolean
update_outdated (Engine *engine, StoreTx *tx, const DeploymentGroupRecord *group,
                 const DeploymentRecord *root, gint64 now_ms, Arena *arena, GError **error)
{
  FleetInstanceList hosts;
  NameList before;
  const char *id;
  if (!deployment_record_of_root (tx, root->id, arena, &before, error))
    return FALSE;
  if (before.n >= MOST_AUTO_UPDATES)
    return TRUE;
  if (!target_health_record_outdated (tx, group->id, group->target_revision_number, root->create_ms,
                                      arena, &hosts, error))
    return FALSE;
  if (hosts.n == 0)
    return TRUE;
  const FollowUp wanted = {
    .creator = CREATOR_AUTO_UPDATE,
    .hosts = &hosts,
    .root_id = root->id,
    .cause = arena_printf (arena, "outdated instances after %s", root->id),
  };
  return follow_up_create (engine, tx, group, &wanted, now_ms, arena, &id, error);
}

gboolean
follow_up_after (Engine *engine, StoreTx *tx, const DeploymentRecord *ended, gint64 now_ms,
                 Arena *arena, GError **error)
{
  return ended->status != DEPLOYMENT_SUCCEEDED ||
         ended->creator == CREATOR_AUTOSCALING_TERMINATION ||
         follow_up_outdated (engine, tx, ended->group_id, now_ms, arena, error);
}

gboolean
follow_up_outdated (Engine *engine, StoreTx *tx, const char *group_id, gint64 now_ms, Arena *arena,
                    GError **error)
{
  DeploymentGroupRecord *group;
  const char *active;
  if (!engine->config.lists_instances)
    return TRUE;
  if (!deployment_group_record_by_id (tx, group_id, arena, &group, error) ||
      !deployment_record_active (tx, group_id, arena, &active, error))
    return FALSE;
  if (group == NULL || group->deleted_ms != 0 || active != NULL ||
      group->last_successful_deployment_id == NULL)
    return TRUE;
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, arena, error);
  if (settings == NULL)
    return FALSE;
  if (!wants_updates (settings) || settings->auto_scaling_groups == NULL)
    return TRUE;
  const DeploymentRecord *good =
      deployment_load (tx, group->last_successful_deployment_id, arena, error);
  const DeploymentRecord *root =
      good != NULL ? deployment_load (tx, root_of (good), arena, error) : NULL;
  return root != NULL && update_outdated (engine, tx, group, root, now_ms, arena, error);
}
