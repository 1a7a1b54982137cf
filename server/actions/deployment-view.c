#include "server/actions/deployment-view.h"

#include "core/deployment-machine.h"
#include "proto/api-error.h"
#include "proto/shape.h"
#include "server/actions/deployment-wait.h"
#include "server/actions/page.h"
#include "server/engine/engine.h"

DeploymentRecord *
deployment_view_find (ApiCall *call, StoreTx *tx, const char *id, GError **error)
{
  DeploymentRecord *record;
  if (!deployment_record_by_id (tx, id, call->arena, &record, error))
    return NULL;
  if (record != NULL && !deployment_record_went_with_application (record))
    return record;
  api_error_set (error, API_ERR_DEPLOYMENT_DOES_NOT_EXIST, "The deployment %s could not be found",
                 id);
  return NULL;
}

gboolean
deployment_view_check_started (const DeploymentRecord *deployment, GError **error)
{
  if (deployment->n_targets > 0)
    return TRUE;
  api_error_set (error, API_ERR_DEPLOYMENT_NOT_STARTED,
                 deployment->complete_ms == 0
                     ? "The deployment %s has not started: its targets are not known yet"
                     : "The deployment %s has not started: it ended before its targets were known",
                 deployment->id);
  return FALSE;
}

gboolean
deployment_view_nature (const DeploymentRecord *deployment, Arena *arena, DeploymentNature *out,
                        GError **error)
{
  const ApiDeploymentInfo *info = engine_deployment_info (deployment, arena, error);
  if (info == NULL)
    return FALSE;
  *out = (DeploymentNature){ .platform = COMPUTE_PLATFORM_SERVER };
  (void)!compute_platform_from_name (info->compute_platform, &out->platform);
  out->blue_green = info->deployment_style != NULL &&
                    g_strcmp0 (info->deployment_style->deployment_type, "BLUE_GREEN") == 0;
  return TRUE;
}

static const gint64 *
time_if_any (Arena *arena, gint64 time_ms)
{
  return time_ms != 0 ? arena_int64 (arena, time_ms) : NULL;
}

/* While it runs, the counters of a deployment with phases are those of its phase. */
static gboolean
count_targets (StoreTx *tx, const DeploymentRecord *deployment, TargetCounts *out, GError **error)
{
  if (deployment->course != COURSE_IN_PLACE && deployment->complete_ms == 0)
    return target_record_count (tx, deployment->id, out, error);
  *out = (TargetCounts){ .n = { [TARGET_PENDING] = deployment->n_pending,
                                [TARGET_IN_PROGRESS] = deployment->n_running,
                                [TARGET_SUCCEEDED] = deployment->n_succeeded,
                                [TARGET_FAILED] = deployment->n_failed,
                                [TARGET_SKIPPED] = deployment->n_skipped } };
  return TRUE;
}

static const ApiDeploymentOverview *
overview (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena, GError **error)
{
  TargetCounts now;
  if (!count_targets (tx, deployment, &now, error))
    return NULL;
  ApiDeploymentOverview *counts = arena_new0 (arena, ApiDeploymentOverview);
  counts->pending = arena_int64 (arena, now.n[TARGET_PENDING]);
  counts->in_progress = arena_int64 (arena, now.n[TARGET_IN_PROGRESS]);
  counts->succeeded = arena_int64 (arena, now.n[TARGET_SUCCEEDED]);
  counts->failed = arena_int64 (arena, now.n[TARGET_FAILED]);
  counts->skipped = arena_int64 (arena, now.n[TARGET_SKIPPED]);
  counts->ready = arena_int64 (arena, now.n[TARGET_READY]);
  return counts;
}

static const ApiDeploymentStatusMessageList *
status_messages (const DeploymentRecord *deployment, Arena *arena)
{
  ApiDeploymentStatusMessageList *list = arena_new0 (arena, ApiDeploymentStatusMessageList);
  if (deployment->note == NULL)
    return list;
  g_auto (GStrv) lines = g_strsplit (deployment->note, "\n", -1);
  list->items = arena_new0_n (arena, const char *, g_strv_length (lines));
  for (char **line = lines; *line != NULL; line++)
    list->items[list->n++] = arena_strdup (arena, *line);
  return list;
}

/* Also when it is over (deployments.md 12, 22). */
static gboolean
termination_wait_has_started (const DeploymentRecord *deployment, const ApiDeploymentInfo *info)
{
  const ApiBlueGreenDeploymentConfiguration *configuration =
      info->blue_green_deployment_configuration;
  const ApiBlueInstanceTerminationOption *option =
      configuration != NULL ? configuration->terminate_blue_instances_on_deployment_success : NULL;
  return deployment->course == COURSE_BLUE_GREEN && deployment->phase == DEPLOYMENT_PHASE_RETIRE &&
         option != NULL && g_strcmp0 (option->action, "TERMINATE") == 0;
}

static const ApiErrorInformation *
error_information (const DeploymentRecord *deployment, Arena *arena)
{
  if (deployment->error_code == DEPLOYMENT_ERROR_NONE)
    return NULL;
  ApiErrorInformation *information = arena_new0 (arena, ApiErrorInformation);
  information->code = deployment_error_name (deployment->error_code);
  information->message = deployment->error_message;
  return information;
}

static const ApiRollbackInfo *
rollback_info (const DeploymentRecord *deployment, Arena *arena)
{
  if (deployment->rollback_id == NULL && deployment->rollback_of == NULL &&
      deployment->rollback_message == NULL)
    return NULL;
  ApiRollbackInfo *rollback = arena_new0 (arena, ApiRollbackInfo);
  rollback->rollback_deployment_id = deployment->rollback_id;
  rollback->rollback_triggering_deployment_id = deployment->rollback_of;
  rollback->rollback_message = deployment->rollback_message;
  return rollback;
}

static const gboolean *
or_false (const gboolean *flag, Arena *arena)
{
  return flag != NULL ? flag : arena_bool (arena, FALSE);
}

/* Of an update of outdated instances what it followed; of that, all that followed it. */
static gboolean
related_deployments (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena,
                     const ApiRelatedDeployments **out, GError **error)
{
  NameList followed = { 0, NULL };
  *out = NULL;
  if (deployment->status == DEPLOYMENT_SUCCEEDED && deployment->root_id == NULL &&
      !deployment_record_of_root (tx, deployment->id, arena, &followed, error))
    return FALSE;
  if (followed.n == 0 && deployment->root_id == NULL)
    return TRUE;
  ApiRelatedDeployments *related = arena_new0 (arena, ApiRelatedDeployments);
  related->auto_update_outdated_instances_root_deployment_id = deployment->root_id;
  if (followed.n > 0) {
    ApiDeploymentsList *list = arena_new0 (arena, ApiDeploymentsList);
    list->n = followed.n;
    list->items = followed.items;
    related->auto_update_outdated_instances_deployment_ids = list;
  }
  *out = related;
  return TRUE;
}

/* Why it ends counts most, while hosts are still at an event. */
static const char *
additional_info (const DeploymentRecord *deployment, Arena *arena)
{
  if (deployment->complete_ms == 0 && deployment->ending != DEPLOYMENT_ERROR_NONE &&
      deployment->error_message != NULL)
    return deployment->error_message;
  return deployment->note != NULL ? g_strdelimit (arena_strdup (arena, deployment->note), "\n", ' ')
                                  : deployment->alarm_warning;
}

const ApiDeploymentInfo *
deployment_view_info (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena, GError **error)
{
  const ApiDeploymentInfo *stored = engine_deployment_info (deployment, arena, error);
  const ApiDeploymentOverview *counts =
      stored != NULL ? overview (tx, deployment, arena, error) : NULL;
  if (counts == NULL)
    return NULL;
  ApiDeploymentInfo *info = arena_memdup (arena, stored, sizeof *stored);
  info->application_name = deployment->application_name;
  info->deployment_group_name = deployment->group_name;
  info->deployment_config_name = deployment->config_name;
  info->deployment_id = deployment->id;
  info->status = deployment_status_name (deployment->status);
  info->error_information = error_information (deployment, arena);
  info->create_time = arena_int64 (arena, deployment->create_ms);
  info->start_time = time_if_any (arena, deployment->start_ms);
  info->complete_time = time_if_any (arena, deployment->complete_ms);
  info->deployment_overview = counts;
  info->creator = deployment_creator_name (deployment->creator);
  info->rollback_info = rollback_info (deployment, arena);
  info->ignore_application_stop_failures =
      or_false (stored->ignore_application_stop_failures, arena);
  info->update_outdated_instances_only = or_false (stored->update_outdated_instances_only, arena);
  info->instance_termination_wait_time_started =
      arena_bool (arena, termination_wait_has_started (deployment, stored));
  info->deployment_status_messages = status_messages (deployment, arena);
  info->additional_deployment_status_info = additional_info (deployment, arena);
  if (!related_deployments (tx, deployment, arena, &info->related_deployments, error))
    return NULL;
  return deployment_wait_show (tx, deployment, arena, info, error) ? info : NULL;
}

const ApiLifecycleEventList *
deployment_view_events (StoreTx *tx, const TargetRecord *target, Arena *arena,
                        const gint64 **out_update_ms, GError **error)
{
  Target value;
  if (!engine_observe_target (tx, target, arena, &value, error))
    return NULL;
  ApiLifecycleEventList *list = arena_new0 (arena, ApiLifecycleEventList);
  list->n = value.n_events;
  list->items = arena_new0_n (arena, const ApiLifecycleEvent *, value.n_events);
  for (gsize i = 0; i < value.n_events; i++)
    list->items[i] = engine_show_event (&value.events[i], arena);
  *out_update_ms = arena_int64 (arena, MAX (target->update_ms, target->command_acknowledge_ms));
  return list;
}

TargetLabel
deployment_view_label (const char *const *names, gsize n)
{
  TargetLabel label = TARGET_UNLABELLED, next;
  for (gsize i = 0; i < n; i++) {
    if (!target_label_from_name (names[i], &next))
      return TARGET_UNLABELLED; /* refused before */
    if (i > 0 && next != label)
      return TARGET_UNLABELLED;
    label = next;
  }
  return label;
}

const char *
deployment_view_show_label (const TargetRecord *target)
{
  TargetLabel label = lifecycle_plan (target->plan)->label;
  return label != TARGET_UNLABELLED ? target_label_name (label) : NULL;
}

const char *
deployment_view_statuses (const char *const *names, gsize n, Arena *arena)
{
  if (n == 0)
    return NULL;
  g_autoptr (GString) text = g_string_new (",");
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%s,", names[i]);
  return arena_strdup (arena, text->str);
}

gboolean
deployment_view_page (ApiCall *call, StoreTx *tx, const char *deployment_id, TargetLabel label,
                      const char *statuses, const char *token, TargetRecordList *out,
                      const char **out_token, GError **error)
{
  gsize limit = (gsize)call->env->quotas->items_per_page;
  const char *after;
  if (!page_begin (call, token, &after, error) ||
      !target_record_ids (tx, deployment_id, label, statuses,
                          after != NULL ? g_ascii_strtoll (after, NULL, 10) : -1, limit + 1,
                          call->arena, out, error))
    return FALSE;
  *out_token = NULL;
  if (out->n > limit) {
    out->n = limit;
    *out_token = page_end (
        call, arena_printf (call->arena, "%" G_GINT64_FORMAT, out->items[limit - 1]->ordinal));
  }
  return TRUE;
}
