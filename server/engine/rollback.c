#include "core/ids.h"
#include "proto/shape.h"
#include "server/engine/private.h"
#include "store/records/deployment-group.h"
#include "store/records/revision.h"

#include <string.h>

/* Rolling back: a new deployment of the group's last good revision, written in the transaction in which the deployment
 * that triggers it ends, so that no other deployment can come between (deployments.md 4, 8.4). */

static gboolean
configured (const ApiAutoRollbackConfiguration *configuration, const char *event)
{
  if (configuration == NULL || configuration->enabled == NULL || !*configuration->enabled ||
      configuration->events == NULL)
    return FALSE;
  for (gsize i = 0; i < configuration->events->n; i++)
    if (strcmp (configuration->events->items[i], event) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_wanted (const DeploymentRecord *deployment, const ApiDeploymentInfo *info)
{
  const ApiAutoRollbackConfiguration *configuration = info->auto_rollback_configuration;
  if (deployment->creator == CREATOR_ROLLBACK || fleet_is_given (deployment))
    return FALSE; /* a rollback is not rolled back, nor a group for the sake of one instance */
  if (deployment->error_code == DEPLOYMENT_ERROR_PLAN_IS_STALE)
    return FALSE; /* nothing was begun, nor is anything to be done to hosts that nobody planned for */
  if (deployment->status == DEPLOYMENT_FAILED)
    return configured (configuration, "DEPLOYMENT_FAILURE");
  if (deployment->error_code == DEPLOYMENT_ERROR_ALARM_ACTIVE)
    return configured (configuration, "DEPLOYMENT_STOP_ON_ALARM");
  /* What StopDeployment said counts, or else the configuration. */
  if (deployment->stop_rollback != STOP_ROLLBACK_AS_CONFIGURED)
    return deployment->stop_rollback == STOP_ROLLBACK_YES;
  return configured (configuration, "DEPLOYMENT_STOP_ON_REQUEST");
}

gboolean
deployment_will_roll_back (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena,
                           gboolean *out, GError **error)
{
  DeploymentAction action;
  DeploymentGroupRecord *group;
  DeploymentRecord ended = *deployment;
  const ApiDeploymentInfo *info = engine_deployment_info (deployment, arena, error);
  *out = FALSE;
  if (info == NULL)
    return FALSE;
  ended.error_code = deployment->ending;
  if (!deployment_machine_step (&ended.status, deployment_closing_event (deployment->ending),
                                &action) ||
      !is_wanted (&ended, info))
    return TRUE;
  if (!deployment_group_record_by_id (tx, deployment->group_id, arena, &group, error))
    return FALSE;
  *out = group != NULL && group->deleted_ms == 0 && group->last_successful_deployment_id != NULL;
  return TRUE;
}

static const char *
how_it_ended (const DeploymentRecord *deployment)
{
  return deployment->status == DEPLOYMENT_STOPPED ? "was stopped" : "failed";
}

/* The configuration and options are those of the deployment that ended; the revision and what happens to files that exist
 * are those of the deployment that is repeated. */
static char *
rollback_info_text (const ApiDeploymentInfo *ended, const ApiDeploymentInfo *good, Arena *arena)
{
  ApiDeploymentInfo info = *ended;
  info.revision = good->revision;
  info.previous_revision = ended->previous_revision;
  info.file_exists_behavior = good->file_exists_behavior;
  info.update_outdated_instances_only = NULL;
  info.target_instances = NULL;
  info.waves = NULL; /* it has none (stages.c) */
  info.description = NULL;
  info.deployment_mode = NULL;
  info.plan_token = NULL;
  g_autofree char *text = shape_to_text (&api_shape_deployment_info, &info);
  return arena_strdup (arena, text);
}

gboolean
deployment_roll_back (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                      Arena *arena, GError **error)
{
  g_autoptr (GError) unreadable = NULL;
  const ApiDeploymentInfo *info = engine_deployment_info (deployment, arena, &unreadable);
  if (info == NULL) {
    /* It ends all the same: a failure here would keep it, and its group, busy for ever. */
    deployment->rollback_message =
        arena_printf (arena, "Deployment %s %s and cannot be rolled back: %s", deployment->id,
                      how_it_ended (deployment), unreadable->message);
    return TRUE;
  }
  if (!is_wanted (deployment, info))
    return TRUE;
  DeploymentGroupRecord *group;
  if (!deployment_group_record_by_id (tx, deployment->group_id, arena, &group, error))
    return FALSE;
  if (group == NULL || group->deleted_ms != 0) {
    deployment->rollback_message = arena_printf (
        arena, "Deployment %s %s and cannot be rolled back: its deployment group was deleted",
        deployment->id, how_it_ended (deployment));
    return TRUE;
  }
  if (group->last_successful_deployment_id == NULL) {
    deployment->rollback_message = arena_printf (
        arena,
        "Deployment %s %s and cannot be rolled back: no deployment of its group has succeeded yet",
        deployment->id, how_it_ended (deployment));
    return TRUE;
  }
  DeploymentRecord *good = deployment_load (tx, group->last_successful_deployment_id, arena, error);
  const ApiDeploymentInfo *good_info =
      good != NULL ? engine_deployment_info (good, arena, error) : NULL;
  const char *id = good_info != NULL ? engine_new_deployment_id (engine, tx, arena, error) : NULL;
  if (id == NULL)
    return FALSE;

  const DeploymentRecord rollback = {
    .id = id,
    .application_id = deployment->application_id,
    .group_id = deployment->group_id,
    .revision_number = good->revision_number,
    .config_name = deployment->config_name,
    .healthy = deployment->healthy,
    .options = deployment->options,
    .creator = CREATOR_ROLLBACK,
    .info_json = rollback_info_text (info, good_info, arena),
    .rollback_of = deployment->id,
    .rollback_message = arena_printf (
        arena, "Deployment %s rolls back deployment %s, which %s, to the revision of %s", id,
        deployment->id, how_it_ended (deployment), good->id),
  };
  g_autofree char *cause = g_strdup_printf ("rollback of %s", deployment->id);
  engine_log_deed (engine, tx, "deployment-created", id, cause, NULL);
  deployment->rollback_id = id;
  deployment->rollback_message =
      arena_printf (arena, "Deployment %s %s; deployment %s rolls it back", deployment->id,
                    how_it_ended (deployment), id);
  return revision_record_mark_used (tx, rollback.application_id, rollback.revision_number, now_ms,
                                    error) &&
         engine_create_deployment (engine, tx, &rollback, now_ms, error);
}
