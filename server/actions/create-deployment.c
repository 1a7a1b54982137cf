#include "proto/api-error.h"
#include "proto/shape.h"
#include "server/actions/catalog.h"
#include "server/actions/deployment-actions.h"
#include "server/actions/deployment-draft.h"
#include "server/actions/group-rules.h"
#include "server/actions/service-role.h"
#include "server/actions/tag-rules.h"
#include "server/actions/wave-rules.h"
#include "server/engine/engine.h"
#include "store/records/deployment.h"

#include <string.h>

/* CreateDeployment: api.md 3.5. */

typedef struct {
  ApiCall *call;
  const ApiCreateDeploymentInput *input;
  const ApplicationRecord *application;
  const DeploymentGroupRecord *group;
  const ApiDeploymentGroupInfo *settings; /* of the group */
  const ApiWaveList *waves;               /* the request's, or the group's; NULL: none */
  const ApiZonalConfig *zones;            /* the configuration's; NULL: none */
  const char *note;                       /* what of the group's does not count; NULL: all does */
} Creation;

static gboolean
refuse (GError **error, ApiErrorCode code, const char *message)
{
  api_error_set (error, code, "%s", message);
  return FALSE;
}

static gboolean
is_set (const gboolean *flag)
{
  return flag != NULL && *flag;
}

static gboolean
is_restart (const Creation *creation)
{
  return g_strcmp0 (creation->input->deployment_mode, "RESTART") == 0;
}

/* What RESTART leaves no room for. */
static gboolean
check_restart (const ApiCreateDeploymentInput *input, GError **error)
{
  if (input->revision != NULL)
    return refuse (error, API_ERR_INVALID_INPUT,
                   "deploymentMode RESTART takes no revision: the last successful one is used");
  if (is_set (input->update_outdated_instances_only))
    return refuse (error, API_ERR_INVALID_INPUT,
                   "deploymentMode RESTART and updateOutdatedInstancesOnly exclude each other");
  return TRUE;
}

/* What can be said of the request before anything is looked up (api.md 1.5). */
static gboolean
check_given (const Creation *creation, GError **error)
{
  const ApiCreateDeploymentInput *input = creation->input;
  const Quotas *quotas = creation->call->env->quotas;
  Arena *arena = creation->call->arena;
  Revision revision;
  const ApiDeploymentGroupInfo overrides = {
    .auto_rollback_configuration = input->auto_rollback_configuration,
    .alarm_configuration = input->override_alarm_configuration,
  };
  return (is_restart (creation)
              ? check_restart (input, error)
              : catalog_read_revision (input->revision, NULL, arena, &revision, error)) &&
         tag_rules_check_target_instances (input->target_instances, quotas, arena, error) &&
         group_rules_check_given (&overrides, quotas, arena, error);
}

static gboolean
check_platform (const Creation *creation, GError **error)
{
  const ApiCreateDeploymentInput *input = creation->input;
  if (creation->application->compute_platform == COMPUTE_PLATFORM_SERVER)
    return TRUE;
  if (is_set (input->ignore_application_stop_failures))
    return refuse (error, API_ERR_INVALID_IGNORE_APPLICATION_STOP_FAILURES_VALUE,
                   "ignoreApplicationStopFailures is for the Server compute platform only");
  if (is_set (input->update_outdated_instances_only))
    return refuse (error, API_ERR_INVALID_UPDATE_OUTDATED_INSTANCES_ONLY_VALUE,
                   "updateOutdatedInstancesOnly is for the Server compute platform only");
  if (input->file_exists_behavior != NULL) /* the public service's text */
    return refuse (
        error, API_ERR_INVALID_FILE_EXISTS_BEHAVIOR,
        "For Lambda, ECS and Kubernetes deployment, fileExistsBehavior can not be specified");
  if (input->target_instances != NULL)
    return refuse (error, API_ERR_INVALID_TARGET_INSTANCES,
                   "targetInstances is for the Server compute platform only");
  if (is_restart (creation))
    return refuse (error, API_ERR_INVALID_COMPUTE_PLATFORM,
                   "deploymentMode RESTART is for the Server compute platform only");
  return TRUE;
}

static gboolean
is_blue_green (const Creation *creation)
{
  const ApiDeploymentStyle *style = creation->settings->deployment_style;
  return style != NULL && g_strcmp0 (style->deployment_type, "BLUE_GREEN") == 0;
}

/* A group that says nothing discovers its replacement instances. */
static gboolean
discovers_instances (const Creation *creation)
{
  const ApiBlueGreenDeploymentConfiguration *configuration =
      creation->settings->blue_green_deployment_configuration;
  return configuration == NULL || configuration->green_fleet_provisioning_option == NULL ||
         g_strcmp0 (configuration->green_fleet_provisioning_option->action,
                    "COPY_AUTO_SCALING_GROUP") != 0;
}

static gboolean
check_style (const Creation *creation, GError **error)
{
  if (creation->input->target_instances != NULL &&
      (!is_blue_green (creation) || !discovers_instances (creation)))
    return refuse (error, API_ERR_INVALID_TARGET_INSTANCES,
                   "targetInstances is for blue/green deployments only, to a group that discovers "
                   "its replacement instances (DISCOVER_EXISTING)");
  /* A group whose blue/green block is missing is told so when the deployment starts. */
  if (creation->input->target_instances == NULL && is_blue_green (creation) &&
      creation->application->compute_platform == COMPUTE_PLATFORM_SERVER &&
      creation->settings->blue_green_deployment_configuration != NULL &&
      discovers_instances (creation) && !is_restart (creation))
    return refuse (
        error, API_ERR_INVALID_TARGET_INSTANCES,
        "The deployment group discovers its replacement instances (DISCOVER_EXISTING), so "
        "targetInstances must say which they are");
  if (is_restart (creation) && is_blue_green (creation))
    return refuse (error, API_ERR_INVALID_INPUT,
                   "deploymentMode RESTART is for in-place deployments only");
  return TRUE;
}

static gboolean
are_given (const ApiWaveList *waves)
{
  return waves != NULL && waves->n > 0;
}

/* The group may have them from a time when it was of the other type. */
static const char *
note_unused_waves (const Creation *creation)
{
  return arena_printf (
      creation->call->arena,
      "Deployment group %s has waves, which are for in-place deployments, and its "
      "type is BLUE_GREEN: this deployment has none. An empty list of waves, in the "
      "group or the request, says so",
      creation->group->name);
}

/* Those of the group are for its in-place deployments; a request that names some must be one. */
static gboolean
choose_waves (Creation *creation, const char *config_name, StoreTx *tx, GError **error)
{
  ApiCall *call = creation->call;
  const ApiWaveList *own = creation->input->waves;
  Waves waves;
  if (!wave_rules_read (own, call->arena, &waves, error) ||
      !catalog_find_zones (call, tx, config_name, &creation->zones, error))
    return FALSE;
  gboolean fits = creation->application->compute_platform == COMPUTE_PLATFORM_SERVER &&
                  !is_blue_green (creation);
  if (are_given (own) && !fits)
    return refuse (error, API_ERR_INVALID_INPUT,
                   "waves is for in-place deployments of the Server compute platform only");
  const ApiWaveList *chosen = own != NULL ? own : creation->settings->waves;
  if (are_given (chosen) && fits)
    creation->waves = chosen;
  else if (are_given (chosen))
    creation->note = note_unused_waves (creation);
  if (creation->waves == NULL || creation->zones == NULL)
    return TRUE;
  api_error_set (error, API_ERR_INVALID_INPUT,
                 "Deployment configuration %s goes zone by zone, and %s waves: name another "
                 "configuration, or an empty list of waves",
                 config_name, own != NULL ? "the request has" : "the deployment group has");
  return FALSE;
}

static const DeployConfig *
find_config (const Creation *creation, StoreTx *tx, GError **error)
{
  const char *name = creation->input->deployment_config_name;
  if (name == NULL)
    name = creation->group->deployment_config_name;
  const DeployConfig *config = catalog_find_config (creation->call, tx, name, error);
  if (config != NULL && config->platform != creation->application->compute_platform) {
    api_error_set (error, API_ERR_INVALID_DEPLOYMENT_CONFIG_NAME,
                   "Deployment configuration %s is for the %s compute platform", name,
                   compute_platform_name (config->platform));
    return NULL;
  }
  return config;
}

/* A GitHub revision of an application that names a token needs that token; one that names none is fetched without. */
static gboolean
check_github (const Creation *creation, StoreTx *tx, const RevisionRecord *revision, GError **error)
{
  ApiCall *call = creation->call;
  const ApplicationRecord *application = creation->application;
  const char *token;
  GithubLink link;
  if (application->github_token_name == NULL)
    return TRUE;
  const ApiRevisionLocation *location =
      catalog_stored_location (revision, REVISION_WITHOUT_CONTENT, call->arena, error);
  if (location == NULL || !github_vault_of_application (&call->env->github, tx, application,
                                                        call->arena, &link, &token, error))
    return FALSE;
  if (location->git_hub_location == NULL || link == GITHUB_LINK_GOOD)
    return TRUE;
  api_error_set (error, API_ERR_INVALID_GIT_HUB_ACCOUNT_TOKEN,
                 link == GITHUB_LINK_GONE
                     ? "The GitHub account token %s, which application %s is linked to, was "
                       "deleted: put it again, or link the application to another"
                     : "The GitHub account token %s, which application %s is linked to, does not "
                       "open with this server's secrets.key: put it again",
                 application->github_token_name, application->name);
  return FALSE;
}

gboolean
deployment_draft_check_limits (ApiCall *call, StoreTx *tx, const DeploymentDraft *draft,
                               GError **error)
{
  const char *active;
  gint64 limit = call->env->quotas->concurrent_deployments, count;
  if (!deployment_record_active (tx, draft->group->id, call->arena, &active, error))
    return FALSE;
  if (active != NULL) {
    /* Clients look for the id in these words (api.md 8.4). */
    api_error_set (error, API_ERR_DEPLOYMENT_LIMIT_EXCEEDED,
                   "The Deployment Group '%s' already has an active Deployment '%s'",
                   draft->group->name, active);
    return FALSE;
  }
  if (!deployment_record_count_active (tx, limit, &count, error))
    return FALSE;
  if (count >= limit) {
    api_error_set (error, API_ERR_DEPLOYMENT_LIMIT_EXCEEDED,
                   "%" G_GINT64_FORMAT " deployments are active, the most that are allowed", limit);
    return FALSE;
  }
  return TRUE;
}

/* The revision of the group's last successful deployment. */
static RevisionRecord *
find_last_good (const Creation *creation, StoreTx *tx, GError **error)
{
  Arena *arena = creation->call->arena;
  const DeploymentGroupRecord *group = creation->group;
  RevisionRecord *revision = NULL;
  if (group->target_revision_number != 0 &&
      !revision_record_by_number (tx, group->application_id, group->target_revision_number, arena,
                                  &revision, error))
    return NULL;
  if (revision == NULL) {
    api_error_set (error, API_ERR_REVISION_REQUIRED,
                   "Deployment group %s has no successful deployment that could be restarted",
                   group->name);
    return NULL;
  }
  return revision;
}

/* id NULL: looks only. */
static const RevisionRecord *
find_revision (const Creation *creation, StoreTx *tx, const char *id, GError **error)
{
  ApiCall *call = creation->call;
  const ApiRevisionLocation *location = creation->input->revision;
  if (!is_restart (creation))
    return id != NULL ? catalog_use_revision (call, tx, creation->application, location, id, error)
                      : catalog_look_up_revision (call, tx, creation->application, location, error);
  const RevisionRecord *revision = find_last_good (creation, tx, error);
  if (revision == NULL || id == NULL)
    return revision;
  return revision_record_mark_used (tx, creation->application->id, revision->number, call->now_ms,
                                    error)
             ? revision
             : NULL;
}

static gboolean
previous_location (const Creation *creation, StoreTx *tx, const ApiRevisionLocation **out,
                   GError **error)
{
  const DeploymentGroupRecord *group = creation->group;
  RevisionRecord *revision = NULL;
  *out = NULL;
  if (group->target_revision_number != 0 &&
      !revision_record_by_number (tx, group->application_id, group->target_revision_number,
                                  creation->call->arena, &revision, error))
    return FALSE;
  if (revision == NULL)
    return TRUE;
  *out = catalog_stored_location (revision, REVISION_WITHOUT_CONTENT, creation->call->arena, error);
  return *out != NULL;
}

/* The members that stay the same for the deployment's life. */
static gboolean
fixed_info (const Creation *creation, StoreTx *tx, const ApiRevisionLocation *revision,
            ApiDeploymentInfo *out, GError **error)
{
  const ApiCreateDeploymentInput *input = creation->input;
  const ApiDeploymentGroupInfo *settings = creation->settings;
  gboolean server = creation->application->compute_platform == COMPUTE_PLATFORM_SERVER;
  *out = (ApiDeploymentInfo){
    .revision = revision,
    .description = input->description,
    .ignore_application_stop_failures = input->ignore_application_stop_failures,
    .update_outdated_instances_only = input->update_outdated_instances_only,
    .auto_rollback_configuration = input->auto_rollback_configuration != NULL
                                       ? input->auto_rollback_configuration
                                       : settings->auto_rollback_configuration,
    .deployment_style = settings->deployment_style,
    .load_balancer_info = settings->load_balancer_info,
    .blue_green_deployment_configuration = settings->blue_green_deployment_configuration,
    .target_instances = input->target_instances,
    .override_alarm_configuration = input->override_alarm_configuration,
    .file_exists_behavior = input->file_exists_behavior != NULL ? input->file_exists_behavior
                            : server                            ? "DISALLOW"
                                                                : NULL,
    .compute_platform = compute_platform_name (creation->application->compute_platform),
    .deployment_mode = is_restart (creation) ? "RESTART" : NULL,
    .waves = creation->waves,
    .zonal_config = creation->zones,
    .plan_token = input->plan_token,
  };
  return previous_location (creation, tx, &out->previous_revision, error);
}

static gboolean
find_everything (Creation *creation, StoreTx *tx, const DeployConfig **out_config, GError **error)
{
  ApiCall *call = creation->call;
  if (!check_given (creation, error))
    return FALSE;
  creation->application =
      catalog_find_application (call, tx, creation->input->application_name, error);
  if (creation->application == NULL)
    return FALSE;
  creation->group = catalog_find_group (call, tx, creation->application,
                                        creation->input->deployment_group_name, error);
  if (creation->group == NULL)
    return FALSE;
  creation->settings = catalog_group_settings (creation->group, call->arena, error);
  *out_config = creation->settings != NULL ? find_config (creation, tx, error) : NULL;
  return *out_config != NULL && check_platform (creation, error) && check_style (creation, error) &&
         choose_waves (creation, (*out_config)->name, tx, error) &&
         service_role_check (call, tx, creation->group->service_role_arn, error);
}

gboolean
deployment_draft (ApiCall *call, StoreTx *tx, const ApiCreateDeploymentInput *input, const char *id,
                  DeploymentDraft *out, GError **error)
{
  Creation creation = { .call = call, .input = input };
  const DeployConfig *config;
  if (!find_everything (&creation, tx, &config, error))
    return FALSE;
  const RevisionRecord *revision = find_revision (&creation, tx, id, error);
  if (revision == NULL || !check_github (&creation, tx, revision, error))
    return FALSE;
  *out = (DeploymentDraft){
    .application = creation.application,
    .group = creation.group,
    .revision = catalog_stored_location (revision, REVISION_WITHOUT_CONTENT, call->arena, error),
  };
  if (out->revision == NULL || !fixed_info (&creation, tx, out->revision, &out->info, error))
    return FALSE;
  g_autofree char *info_json = shape_to_text (&api_shape_deployment_info, &out->info);
  out->record = (DeploymentRecord){
    .id = id != NULL ? id : "",
    .application_id = creation.application->id,
    .application_name = creation.application->name,
    .group_id = creation.group->id,
    .group_name = creation.group->name,
    .revision_number = revision->number,
    .config_name = config->name,
    .healthy = config->minimum_healthy,
    .options = config->options,
    .creator = CREATOR_USER,
    .note = creation.note,
    .info_json = arena_strdup (call->arena, info_json),
  };
  return TRUE;
}

gboolean
action_create_deployment (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiCreateDeploymentInput *input = call->input;
  ApiCreateDeploymentOutput *out = output;
  DeploymentDraft draft;
  const char *id = engine_new_deployment_id (call->env->engine, tx, call->arena, error);
  if (id == NULL || !deployment_draft (call, tx, input, id, &draft, error) ||
      !deployment_draft_check_limits (call, tx, &draft, error) ||
      !plan_check_token (call, tx, &draft, input->plan_token, error))
    return FALSE;
  out->deployment_id = id;
  engine_log_deed (call->env->engine, tx, "deployment-created", id, call->principal->arn,
                   call->request_id);
  return engine_create_deployment (call->env->engine, tx, &draft.record, call->now_ms, error);
}
