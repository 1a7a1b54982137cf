#include "server/engine/replacement.h"
#include "proto/shape.h"
#include "server/actions/catalog.h"
#include "server/engine/follow-ups.h"
#include "server/engine/private.h"

#include <string.h>

/* What the service does itself once traffic has moved: the group comes to select the new hosts, and the old ones end, or are kept
 * (deployments.md 5.2, 6-8). A rollback does the same the other way round. */

/* ---- asking ---- */

gboolean
replacement_work_runs (const DeploymentRecord *deployment)
{
  return deployment->wait == DEPLOYMENT_WAIT_FLEET && deployment->start_ms != 0 &&
         deployment->course != COURSE_IN_PLACE;
}

gboolean
replacement_is_past_return (const DeploymentRecord *deployment)
{
  return deployment->phase == DEPLOYMENT_PHASE_RETIRE && replacement_work_runs (deployment);
}

gboolean
replacement_ask (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, ErrandKind kind,
                 json_t *request, gint64 now_ms, Arena *arena, GError **error)
{
  char *text = json_dumps (request, JSON_COMPACT);
  g_assert (text != NULL); /* names come from the API, as UTF-8 */
  const ErrandRecord errand = { .owner_id = deployment->id,
                                .ordinal = ERRAND_NO_TARGET,
                                .kind = kind,
                                .request_json = arena_strdup (arena, text),
                                .create_ms = now_ms,
                                .due_ms = now_ms };
  free (text);
  json_decref (request);
  return engine_put_errand (engine, tx, &errand, error) &&
         deployment_begin_wait (engine, tx, deployment, DEPLOYMENT_WAIT_FLEET,
                                now_ms + engine->config.times.replace_ms, error) &&
         deployment_record_update (tx, deployment, error);
}

/* ---- what the group selects ---- */

static gboolean
is_there (const DeploymentGroupRecord *group)
{
  return group != NULL && group->deleted_ms == 0;
}

static gboolean
has_registered (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena, gboolean *out,
                GError **error)
{
  TargetRecordList green;
  if (!target_record_of_label (tx, deployment->id, TARGET_GREEN, arena, &green, error))
    return FALSE;
  *out = FALSE;
  for (gsize i = 0; i < green.n && !*out; i++)
    *out = !candidate_is_ec2 (green.items[i]->host_arn);
  return TRUE;
}

/* What selects hosts, taken from others; all else stays. */
static ApiDeploymentGroupInfo *
with_selection_of (const ApiDeploymentGroupInfo *settings, const ApiDeploymentGroupInfo *others,
                   Arena *arena)
{
  ApiDeploymentGroupInfo *out = arena_memdup (arena, settings, sizeof *settings);
  out->ec2_tag_filters = others->ec2_tag_filters;
  out->ec2_tag_set = others->ec2_tag_set;
  out->on_premises_instance_tag_filters = others->on_premises_instance_tag_filters;
  out->on_premises_tag_set = others->on_premises_tag_set;
  out->auto_scaling_groups = others->auto_scaling_groups;
  return out;
}

/* DISCOVER_EXISTING: the group selects what the deployment's targetInstances did. */
static gboolean
select_discovered (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                   const ApiDeploymentInfo *info, DeploymentGroupRecord *group,
                   const ApiDeploymentGroupInfo *old, gint64 now_ms, Arena *arena, GError **error)
{
  gboolean registered;
  if (!has_registered (tx, deployment, arena, &registered, error))
    return FALSE;
  ApiDeploymentGroupInfo *settings = with_selection_of (
      old, candidates_replacement_settings (info->target_instances, arena), arena);
  if (!registered) {
    settings->on_premises_instance_tag_filters = old->on_premises_instance_tag_filters;
    settings->on_premises_tag_set = old->on_premises_tag_set;
  }
  return scaling_write_settings (engine, tx, group, old, settings, now_ms, arena, error);
}

static gboolean
select_copy (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
             DeploymentGroupRecord *group, const ApiDeploymentGroupInfo *old, gint64 now_ms,
             Arena *arena, GError **error)
{
  const ApiAutoScalingGroup copy = { .name = deployment->fleet_name };
  const ApiAutoScalingGroup *items[] = { &copy };
  const ApiAutoScalingGroupList fleets = { 1, items };
  ApiDeploymentGroupInfo *settings = arena_memdup (arena, old, sizeof *old);
  settings->auto_scaling_groups = &fleets;
  return scaling_write_settings (engine, tx, group, old, settings, now_ms, arena, error);
}

/* The group selects what it did before the deployment that is rolled back. */
static gboolean
select_originals (Engine *engine, StoreTx *tx, const DeploymentRecord *undone,
                  DeploymentGroupRecord *group, const ApiDeploymentGroupInfo *now, gint64 now_ms,
                  Arena *arena, GError **error)
{
  gpointer decoded;
  if (!shape_from_text (&api_shape_deployment_group_info, undone->replaced_json, arena, &decoded,
                        error))
    return FALSE;
  const ApiDeploymentGroupInfo *before = decoded;
  return scaling_write_settings (engine, tx, group, now, with_selection_of (now, before, arena),
                                 now_ms, arena, error);
}

/* ---- swapping ---- */

/* The deployment whose change is made, or taken back. */
static const DeploymentRecord *
changing (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena, GError **error)
{
  return deployment->course == COURSE_BLUE_GREEN_BACK
             ? deployment_load (tx, deployment->rollback_of, arena, error)
             : deployment;
}

/* Rows only; what had to be done outside is done. */
static gboolean
swap_selection (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                Arena *arena, GError **error)
{
  DeploymentGroupRecord *group;
  const DeploymentRecord *changed = changing (tx, deployment, arena, error);
  const ApiDeploymentInfo *info =
      changed != NULL ? engine_deployment_info (changed, arena, error) : NULL;
  if (info == NULL ||
      !deployment_group_record_by_id (tx, deployment->group_id, arena, &group, error))
    return FALSE;
  if (is_there (group)) {
    const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, arena, error);
    gboolean forth = deployment->course == COURSE_BLUE_GREEN, done;
    if (settings == NULL)
      return FALSE;
    if (forth)
      deployment->replaced_json = group->settings_json;
    done = !forth ? select_originals (engine, tx, changed, group, settings, now_ms, arena, error)
           : deployment->fleet_name != NULL
               ? select_copy (engine, tx, deployment, group, settings, now_ms, arena, error)
               : select_discovered (engine, tx, deployment, info, group, settings, now_ms, arena,
                                    error);
    if (!done)
      return FALSE;
  }
  return deployment->ending != DEPLOYMENT_ERROR_NONE
             ? deployment_advance (engine, tx, deployment, 0, now_ms, arena, error)
             : phase_leave (engine, tx, deployment, now_ms, arena, error);
}

static gboolean
ask_for_swap (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, const char *from,
              const char *to, gint64 now_ms, Arena *arena, GError **error)
{
  return replacement_ask (engine, tx, deployment, ERRAND_SWAP_FLEET,
                          json_pack ("{s:s, s:s, s:s, s:s}", "from", from, "to", to, "groupId",
                                     deployment->group_id, "groupName", deployment->group_name),
                          now_ms, arena, error);
}

gboolean
replacement_swap (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                  Arena *arena, GError **error)
{
  DeploymentGroupRecord *group;
  const DeploymentRecord *changed = changing (tx, deployment, arena, error);
  if (changed == NULL ||
      !deployment_group_record_by_id (tx, deployment->group_id, arena, &group, error))
    return FALSE;
  gboolean forth = deployment->course == COURSE_BLUE_GREEN;
  if (!forth && changed->replaced_json == NULL)
    return phase_leave (engine, tx, deployment, now_ms, arena, error); /* it never got so far */
  if (changed->fleet_name == NULL || !is_there (group))
    return swap_selection (engine, tx, deployment, now_ms, arena, error);
  /* By now the group may select another than the one that was copied: that is not touched. */
  const char *original = changed->copied_fleet != NULL ? changed->copied_fleet : "";
  return ask_for_swap (engine, tx, deployment, forth ? original : changed->fleet_name,
                       forth ? changed->fleet_name : original, now_ms, arena, error);
}

/* ---- retiring ---- */

static gboolean
finish (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, const char *note, gint64 now_ms,
        Arena *arena, GError **error)
{
  if (note != NULL)
    deployment_add_note (deployment, note, arena);
  return phase_leave (engine, tx, deployment, now_ms, arena, error);
}

/* What a rolled back deployment had made goes; the hosts that it found stay. */
static gboolean
retire_copy (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms, Arena *arena,
             GError **error)
{
  const DeploymentRecord *undone = changing (tx, deployment, arena, error);
  if (undone == NULL)
    return FALSE;
  if (undone->fleet_name == NULL)
    return finish (engine, tx, deployment, NULL, now_ms, arena, error);
  return replacement_ask (
      engine, tx, deployment, ERRAND_RETIRE_FLEET,
      json_pack ("{s:s, s:[]}", "autoScalingGroup", undone->fleet_name, "instances"), now_ms, arena,
      error);
}

gboolean
replacement_retire (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                    Arena *arena, GError **error)
{
  if (deployment->course == COURSE_BLUE_GREEN_BACK)
    return retire_copy (engine, tx, deployment, now_ms, arena, error);
  const ApiDeploymentInfo *info = engine_deployment_info (deployment, arena, error);
  if (info == NULL)
    return FALSE;
  const BlueGreenOptions options = blue_green_options (engine, info);
  if (!options.terminates)
    return finish (engine, tx, deployment, NULL, now_ms, arena, error);
  /* A wait that is over at once ends when it is resumed (waits.c). */
  if (options.termination_minutes == 0 && deployment->paused_ms == 0)
    return replacement_terminate (engine, tx, deployment, now_ms, arena, error);
  return deployment_begin_wait (engine, tx, deployment, DEPLOYMENT_WAIT_TERMINATION,
                                now_ms + options.termination_minutes * 60 * 1000, error) &&
         deployment_record_update (tx, deployment, error);
}

gboolean
replacement_terminate (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                       Arena *arena, GError **error)
{
  TargetRecordList blue;
  gsize n_registered = 0;
  const char *fleet = deployment->copied_fleet;
  if (!target_record_of_label (tx, deployment->id, TARGET_BLUE, arena, &blue, error))
    return FALSE;
  g_autoptr (json_t) instances = json_array ();
  for (gsize i = 0; i < blue.n; i++) {
    if (candidate_is_ec2 (blue.items[i]->host_arn))
      json_array_append_new (instances, json_string (blue.items[i]->target_id));
    else
      n_registered++;
  }
  if (n_registered > 0)
    deployment_add_note (
        deployment,
        arena_printf (arena,
                      "%" G_GSIZE_FORMAT
                      " original instances are registered ones, which the service does not "
                      "terminate: they run on without traffic, and deployment group %s no longer "
                      "selects them",
                      n_registered, deployment->group_name),
        arena);
  if (fleet == NULL && json_array_size (instances) == 0)
    return finish (engine, tx, deployment, NULL, now_ms, arena, error);
  json_t *request = json_pack ("{s:O}", "instances", instances);
  if (fleet != NULL)
    json_object_set_new (request, "autoScalingGroup", json_string (fleet));
  return replacement_ask (engine, tx, deployment, ERRAND_RETIRE_FLEET, request, now_ms, arena,
                          error);
}

/* ---- what became of it ---- */

static ErrandKind
errand_of_phase (const DeploymentRecord *deployment)
{
  switch (deployment->phase) {
  case DEPLOYMENT_PHASE_SWAP:
    return ERRAND_SWAP_FLEET;
  case DEPLOYMENT_PHASE_RETIRE:
    return ERRAND_RETIRE_FLEET;
  default:
    return ERRAND_COPY_FLEET;
  }
}

/* Old hosts that do not end are no failure of the deployment (deployments.md 5.4); all else is. */
static gboolean
failed (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, DeploymentError code,
        const char *message, gint64 now_ms, Arena *arena, GError **error)
{
  if (deployment->ending != DEPLOYMENT_ERROR_NONE)
    return deployment_advance (engine, tx, deployment, 0, now_ms, arena, error);
  if (deployment->phase == DEPLOYMENT_PHASE_RETIRE)
    return finish (engine, tx, deployment,
                   arena_printf (arena,
                                 "The instances that were replaced could not be terminated: %s",
                                 message),
                   now_ms, arena, error);
  return deployment_close (engine, tx, deployment, code, message, now_ms, arena, error);
}

gboolean
replacement_expired (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                     Arena *arena, GError **error)
{
  ErrandRecord *errand;
  ErrandKind kind = errand_of_phase (deployment);
  if (!errand_record_get (tx, deployment->id, ERRAND_NO_TARGET, kind, arena, &errand, error) ||
      !errand_record_delete (tx, deployment->id, ERRAND_NO_TARGET, kind, error))
    return FALSE;
  const char *waits_for = errand != NULL ? errand->waits_for : NULL;
  const char *message = arena_printf (
      arena, "%s was not done within %" G_GINT64_FORMAT " s; the last that was heard: %s",
      errand_kind_name (kind), engine->config.times.replace_ms / 1000,
      waits_for != NULL ? waits_for : "no service was reached");
  return failed (engine, tx, deployment, DEPLOYMENT_ERROR_TIMEOUT, message, now_ms, arena, error);
}

gboolean
replacement_settle (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                    const ErrandResult *result, gint64 now_ms, Arena *arena, GError **error)
{
  DeploymentRecord *deployment = deployment_load (tx, errand->owner_id, arena, error);
  if (deployment == NULL)
    return FALSE;
  if (!replacement_work_runs (deployment) || errand_of_phase (deployment) != errand->kind)
    return TRUE; /* it has ended, or waits no longer */
  if (!deployment_end_wait (tx, deployment, error))
    return FALSE;
  if (result->outcome == ERRAND_REFUSED)
    return failed (engine, tx, deployment,
                   result->code != DEPLOYMENT_ERROR_NONE ? result->code
                                                         : DEPLOYMENT_ERROR_INTERNAL_ERROR,
                   result->message != NULL ? result->message : "refused", now_ms, arena, error);
  if (errand->kind == ERRAND_SWAP_FLEET)
    return swap_selection (engine, tx, deployment, now_ms, arena, error);
  if (deployment->ending != DEPLOYMENT_ERROR_NONE)
    return deployment_advance (engine, tx, deployment, 0, now_ms, arena, error);
  return errand->kind == ERRAND_COPY_FLEET
             ? blue_green_copied (engine, tx, deployment, result->answer_json, now_ms, arena, error)
             : finish (engine, tx, deployment, NULL, now_ms, arena, error);
}
