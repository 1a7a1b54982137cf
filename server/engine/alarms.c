#include "core/deployment-machine.h"
#include "proto/json-doc.h"
#include "proto/shape.h"
#include "server/engine/effects.h"
#include "server/engine/private.h"

#include <string.h>

/* The alarms of a deployment (deployments.md 7.1): read by an errand from before anything of it happens until it has ended, whatever it
 * waits for. One that is active stops it; so do alarms that cannot be read, unless the configuration says otherwise.
 *
 * One timer does for both clocks. While there is no errand it is when they are read next; while there is one, when they
 * must have been read: a monitoring system that is restarted is no reason to stop, one that stays away is.
 *
 * The configuration is the deployment's own or else the group's as it is at each reading, so an alarm that cries wolf can be taken out
 * while a deployment runs. Rollbacks watch no alarms: the one that caused them is probably still active (4.5). */

#define MS_PER_MINUTE (60 * 1000)
/* Asking again counts as one, and so does claiming. */
#define SILENT_TRIES 4

/* *out NULL: no alarm is watched. */
static gboolean
read_configuration (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena,
                    const ApiAlarmConfiguration **out, GError **error)
{
  *out = NULL;
  if (deployment->creator == CREATOR_ROLLBACK)
    return TRUE;
  const ApiDeploymentInfo *info = engine_deployment_info (deployment, arena, error);
  if (info == NULL)
    return FALSE;
  const ApiAlarmConfiguration *found = info->override_alarm_configuration;
  if (found == NULL) {
    DeploymentGroupRecord *group;
    gpointer settings = NULL;
    if (!deployment_group_record_by_id (tx, deployment->group_id, arena, &group, error))
      return FALSE;
    if (group != NULL && !shape_from_text (&api_shape_deployment_group_info, group->settings_json,
                                           arena, &settings, error)) {
      g_prefix_error (error, "cannot read the settings of deployment group %s: ", group->id);
      return FALSE;
    }
    if (settings != NULL)
      found = ((const ApiDeploymentGroupInfo *)settings)->alarm_configuration;
  }
  if (found != NULL && found->enabled != NULL && *found->enabled && found->alarms != NULL &&
      found->alarms->n > 0)
    *out = found;
  return TRUE;
}

static gboolean
ignores_failures (const ApiAlarmConfiguration *configuration)
{
  return configuration->ignore_poll_alarm_failure != NULL &&
         *configuration->ignore_poll_alarm_failure;
}

static gboolean
set_timer (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment, gint64 due_ms,
           GError **error)
{
  return engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_ALARMS, due_ms,
                           error);
}

/* ---- asking ---- */

static char *
request_text (const ApiAlarmConfiguration *configuration, Arena *arena)
{
  g_autoptr (json_t) names = json_array ();
  for (gsize i = 0; i < configuration->alarms->n; i++)
    json_array_append_new (names, json_string (configuration->alarms->items[i]->name));
  g_autoptr (json_t) request = json_pack ("{s:O}", "alarms", names);
  char *text = json_dumps (request, JSON_COMPACT);
  g_assert (text != NULL); /* names come from the API, as UTF-8 */
  char *kept = arena_strdup (arena, text);
  free (text);
  return kept;
}

static gboolean
ask (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
     const ApiAlarmConfiguration *configuration, gint64 now_ms, Arena *arena, GError **error)
{
  const ErrandRecord errand = { .owner_id = deployment->id,
                                .ordinal = ERRAND_NO_TARGET,
                                .kind = ERRAND_READ_ALARMS,
                                .request_json = request_text (configuration, arena),
                                .create_ms = now_ms,
                                .due_ms = now_ms };
  return engine_put_errand (engine, tx, &errand, error) &&
         set_timer (engine, tx, deployment, now_ms + engine->config.times.alarm_unreadable_ms,
                    error);
}

static gboolean
is_being_read (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena, ErrandRecord **out,
               GError **error)
{
  return errand_record_get (tx, deployment->id, ERRAND_NO_TARGET, ERRAND_READ_ALARMS, arena, out,
                            error);
}

gboolean
alarms_permit_start (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment, gint64 now_ms,
                     Arena *arena, gboolean *out_permitted, GError **error)
{
  const ApiAlarmConfiguration *configuration;
  ErrandRecord *errand;
  *out_permitted = TRUE;
  if (deployment->alarms_ms != 0)
    return TRUE;
  if (!read_configuration (tx, deployment, arena, &configuration, error))
    return FALSE;
  if (configuration == NULL)
    return TRUE;
  *out_permitted = FALSE;
  if (!is_being_read (tx, deployment, arena, &errand, error))
    return FALSE;
  return errand != NULL || ask (engine, tx, deployment, configuration, now_ms, arena, error);
}

/* ---- what was heard ---- */

static gboolean
stop (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, const char *message, gint64 now_ms,
      Arena *arena, GError **error)
{
  return errand_record_delete (tx, deployment->id, ERRAND_NO_TARGET, ERRAND_READ_ALARMS, error) &&
         deployment_begin_ending (engine, tx, deployment, DEPLOYMENT_ERROR_ALARM_ACTIVE, message,
                                  now_ms, arena, error);
}

/* The deployment goes on. warning: what people should know all the same; NULL: nothing. */
static gboolean
go_on (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, const char *warning,
       gint64 now_ms, GError **error)
{
  gboolean first = deployment->alarms_ms == 0;
  if (!first && g_strcmp0 (deployment->alarm_warning, warning) == 0)
    return TRUE;
  if (warning != NULL && g_strcmp0 (deployment->alarm_warning, warning) != 0)
    effect_log_alarm_warning (engine, tx, deployment->id, warning);
  if (first)
    deployment->alarms_ms = now_ms;
  deployment->alarm_warning = warning;
  if (!deployment_record_update (tx, deployment, error))
    return FALSE;
  return !first || deployment->status != DEPLOYMENT_CREATED ||
         engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_START, now_ms, error);
}

/* *out_ended: it was stopped. */
static gboolean
cannot_be_read (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                const ApiAlarmConfiguration *configuration, const char *why, gint64 now_ms,
                Arena *arena, gboolean *out_ended, GError **error)
{
  *out_ended = !ignores_failures (configuration);
  if (*out_ended)
    return stop (engine, tx, deployment,
                 arena_printf (arena,
                               "The deployment was stopped because its alarms could not be read: "
                               "%s. ignorePollAlarmFailure lets deployments go on without them",
                               why),
                 now_ms, arena, error);
  return go_on (engine, tx, deployment,
                arena_printf (arena, "The alarms could not be read, which is ignored: %s", why),
                now_ms, error);
}

/* "<a>, <b>"; NULL when the answer has none there. */
static char *
list_names (const json_t *answer, const char *key, const char *before, const char *after,
            Arena *arena)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const json_t *list = json_object_get (answer, key);
  for (gsize i = 0; i < json_array_size (list); i++) {
    const char *name = json_string_value (json_array_get (list, i));
    if (name != NULL)
      g_string_append_printf (text, "%s%s%s%s", text->len > 0 ? ", " : "", before, name, after);
  }
  return text->len > 0 ? arena_strdup (arena, text->str) : NULL;
}

static gboolean
take_answer (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
             const ApiAlarmConfiguration *configuration, const json_t *answer, gint64 now_ms,
             Arena *arena, gboolean *out_ended, GError **error)
{
  const char *active = list_names (answer, "active", "<", ">", arena);
  const char *unknown = list_names (answer, "unknown", "", "", arena);
  const char *silent = list_names (answer, "insufficient", "<", ">", arena);
  *out_ended = active != NULL;
  if (active != NULL)
    return stop (
        engine, tx, deployment,
        arena_printf (arena, "The deployment was stopped because of active alarms: %s", active),
        now_ms, arena, error);
  if (unknown != NULL)
    return cannot_be_read (engine, tx, deployment, configuration, unknown, now_ms, arena, out_ended,
                           error);
  return go_on (engine, tx, deployment,
                silent != NULL
                    ? arena_printf (arena,
                                    "These alarms have no data and so protect from nothing: %s",
                                    silent)
                    : NULL,
                now_ms, error);
}

/* ---- its clocks and answers ---- */

/* A deployment that ends for whatever reason needs no alarms any more. */
static gboolean
is_watched (const DeploymentRecord *deployment)
{
  return deployment->complete_ms == 0 && deployment->ending == DEPLOYMENT_ERROR_NONE;
}

gboolean
alarms_settle (Engine *engine, StoreTx *tx, const ErrandRecord *errand, const ErrandResult *result,
               gint64 now_ms, Arena *arena, GError **error)
{
  const ApiAlarmConfiguration *configuration;
  gboolean ended = FALSE;
  DeploymentRecord *deployment = deployment_load (tx, errand->owner_id, arena, error);
  if (deployment == NULL)
    return FALSE;
  if (!is_watched (deployment))
    return TRUE;
  if (!read_configuration (tx, deployment, arena, &configuration, error))
    return FALSE;
  g_autoptr (GError) unreadable = NULL;
  g_autoptr (json_t) answer = NULL;
  if (result->outcome == ERRAND_DONE)
    answer = json_doc_parse (result->answer_json, strlen (result->answer_json), NULL, &unreadable);
  const char *why = unreadable != NULL ? unreadable->message
                    : answer == NULL   ? result->message
                                       : NULL;
  gboolean ok;
  if (configuration == NULL) /* nobody wants to know any more */
    ok = go_on (engine, tx, deployment, NULL, now_ms, error);
  else if (answer == NULL)
    ok = cannot_be_read (engine, tx, deployment, configuration, why != NULL ? why : "refused",
                         now_ms, arena, &ended, error);
  else
    ok = take_answer (engine, tx, deployment, configuration, answer, now_ms, arena, &ended, error);
  return ok && (ended || set_timer (engine, tx, deployment,
                                    now_ms + engine->config.times.alarm_poll_ms, error));
}

gboolean
alarms_fire (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms, Arena *arena,
             GError **error)
{
  const ApiAlarmConfiguration *configuration;
  ErrandRecord *errand;
  gboolean ended;
  if (!is_watched (deployment))
    return errand_record_delete (tx, deployment->id, ERRAND_NO_TARGET, ERRAND_READ_ALARMS, error);
  if (!read_configuration (tx, deployment, arena, &configuration, error) ||
      !is_being_read (tx, deployment, arena, &errand, error))
    return FALSE;
  if (configuration == NULL)
    return errand_record_delete (tx, deployment->id, ERRAND_NO_TARGET, ERRAND_READ_ALARMS, error) &&
           go_on (engine, tx, deployment, NULL, now_ms, error) &&
           set_timer (engine, tx, deployment, now_ms + engine->config.times.alarm_poll_ms, error);
  if (errand == NULL)
    return ask (engine, tx, deployment, configuration, now_ms, arena, error);
  /* Not even that they are away: whoever claimed it may be gone, and his server with him. Another is asked. */
  if (errand->waits_for == NULL && errand->tries < SILENT_TRIES)
    return ask (engine, tx, deployment, configuration, now_ms, arena, error);
  const char *why =
      arena_printf (arena, "no answer within %" G_GINT64_FORMAT " s; the last that was heard: %s",
                    engine->config.times.alarm_unreadable_ms / 1000,
                    errand->waits_for != NULL ? errand->waits_for : "nothing");
  if (!cannot_be_read (engine, tx, deployment, configuration, why, now_ms, arena, &ended, error))
    return FALSE;
  return ended ||
         (errand_record_delete (tx, deployment->id, ERRAND_NO_TARGET, ERRAND_READ_ALARMS, error) &&
          set_timer (engine, tx, deployment, now_ms + engine->config.times.alarm_poll_ms, error));
}

/* ---- baking ---- */

gboolean
alarms_bake (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms, Arena *arena,
             gboolean *out_baking, GError **error)
{
  const ApiAlarmConfiguration *configuration;
  DeploymentAction action;
  *out_baking = deployment->wait == DEPLOYMENT_WAIT_BAKE;
  if (*out_baking)
    return TRUE;
  if (!read_configuration (tx, deployment, arena, &configuration, error))
    return FALSE;
  if (configuration == NULL || configuration->baking_time_in_minutes == NULL ||
      *configuration->baking_time_in_minutes == 0)
    return TRUE;
  *out_baking = deployment_machine_step (&deployment->status, DEPLOYMENT_EV_BAKE, &action);
  if (!*out_baking)
    return TRUE;
  deployment->wait = DEPLOYMENT_WAIT_BAKE;
  deployment->wait_until_ms = now_ms + *configuration->baking_time_in_minutes * MS_PER_MINUTE;
  if (deployment->paused_ms != 0)
    deployment->total_left_ms = -1; /* as with the timer below */
  /* Alarms that were named while it ran are watched from here on. */
  if (deployment->alarms_ms == 0 &&
      !ask (engine, tx, deployment, configuration, now_ms, arena, error))
    return FALSE;
  /* Its work was done in time; how long it is watched afterwards is what was asked for. */
  return timer_record_delete (tx, deployment->id, TIMER_NO_TARGET, TIMER_TOTAL, error) &&
         engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_BAKE,
                           deployment->wait_until_ms, error);
}

gboolean
alarms_fire_bake (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                  Arena *arena, GError **error)
{
  ErrandRecord *errand;
  if (!is_watched (deployment) || deployment->wait != DEPLOYMENT_WAIT_BAKE)
    return TRUE;
  if (!is_being_read (tx, deployment, arena, &errand, error))
    return FALSE;
  /* The originals of a replaced fleet do not go while it is paused. */
  if (deployment->paused_ms != 0 && deployment->course != COURSE_IN_PLACE)
    return engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_BAKE,
                             now_ms + ENGINE_RETRY_MS, error);
  /* The word that is being fetched counts yet; how long for, TIMER_ALARMS sees to. */
  if (errand != NULL)
    return engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_BAKE,
                             now_ms + MIN (1000, engine->config.times.alarm_poll_ms), error);
  deployment->wait = DEPLOYMENT_WAIT_NONE;
  deployment->wait_until_ms = 0;
  return phase_baked (engine, tx, deployment, now_ms, arena, error);
}
