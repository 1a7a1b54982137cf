#include "server/actions/deployment-wait.h"

#include "core/time-iso8601.h"
#include "store/records/errand.h"

/* ---- stages ---- */

static const char *
status_of (const EngineStage *stage, const DeploymentRecord *deployment)
{
  const DeploymentStageRecord *record = stage->record;
  if (record->stage.n == 0)
    return "Skipped"; /* nobody is in it */
  if (record->end_ms != 0)
    return "Succeeded";
  if (deployment->complete_ms == 0)
    return record->start_ms != 0 ? "InProgress" : "Pending";
  if (record->start_ms == 0)
    return "Skipped";
  return deployment->status == DEPLOYMENT_SUCCEEDED ? "Succeeded" : "Failed";
}

static const gint64 *
time_if_any (Arena *arena, gint64 time_ms)
{
  return time_ms != 0 ? arena_int64 (arena, time_ms) : NULL;
}

static const ApiDeploymentStage *
show_stage (const EngineStage *stage, const DeploymentRecord *deployment, Arena *arena)
{
  const DeploymentStageRecord *record = stage->record;
  ApiDeploymentStage *shown = arena_new0 (arena, ApiDeploymentStage);
  shown->name = record->stage.name;
  shown->kind = stage_kind_name (record->stage.kind);
  shown->status = status_of (stage, deployment);
  shown->hosts = arena_int64 (arena, record->stage.n);
  if (record->stage.minimum_healthy > 0)
    shown->minimum_healthy_hosts = arena_int64 (arena, record->stage.minimum_healthy);
  shown->pending = arena_int64 (arena, stage->counts.pending);
  shown->in_progress = arena_int64 (arena, stage->counts.running);
  shown->succeeded = arena_int64 (arena, stage->counts.succeeded);
  shown->failed = arena_int64 (arena, stage->counts.failed);
  shown->skipped = arena_int64 (arena, stage->skipped);
  shown->start_time = time_if_any (arena, record->start_ms);
  shown->end_time = time_if_any (arena, record->end_ms != 0     ? record->end_ms
                                        : record->start_ms != 0 ? deployment->complete_ms
                                                                : 0);
  shown->approved_by = record->approved_by;
  shown->approve_time = time_if_any (arena, record->approve_ms);
  return shown;
}

static gboolean
show_stages (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena, ApiDeploymentInfo *info,
             GError **error)
{
  EngineStageList stages;
  if (!engine_list_stages (tx, deployment, arena, &stages, error))
    return FALSE;
  if (stages.n == 0)
    return TRUE;
  ApiDeploymentStageList *list = arena_new0 (arena, ApiDeploymentStageList);
  list->n = stages.n;
  list->items = arena_new0_n (arena, const ApiDeploymentStage *, stages.n);
  for (gsize i = 0; i < stages.n; i++)
    list->items[i] = show_stage (&stages.items[i], deployment, arena);
  info->stages = list;
  return TRUE;
}

/* ---- waits, in words ---- */

static char *
moment (gint64 time_ms, Arena *arena)
{
  char text[TIME_ISO8601_SIZE];
  time_format_iso8601 (time_ms, text);
  return arena_printf (arena, "%.19sZ", text); /* nobody waits for milliseconds */
}

static char *
until (const DeploymentRecord *deployment, Arena *arena)
{
  if (deployment->wait_until_ms == 0)
    return arena_strdup (arena, "");
  return arena_printf (arena, " until %s", moment (deployment->wait_until_ms, arena));
}

/* The stage that is watched, or was the last to end. */
static gboolean
find_present (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena,
              DeploymentStageRecord **out, GError **error)
{
  return deployment_stage_record_get (tx, deployment->id, deployment->stage, arena, out, error);
}

static gboolean
describe_wait (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena,
               ApiDeploymentInfo *info, const char **out, GError **error)
{
  DeploymentStageRecord *present = NULL, *next = NULL;
  const char *id = deployment->id;
  *out = NULL;
  switch (deployment->wait) {
  case DEPLOYMENT_WAIT_NONE:
    return TRUE;
  case DEPLOYMENT_WAIT_MONITOR:
    if (!find_present (tx, deployment, arena, &present, error))
      return FALSE;
    if (present != NULL)
      *out = arena_printf (arena, "%s %s is done and watched%s; the next begins then",
                           present->stage.kind == STAGE_ZONE ? "Zone" : "Wave", present->stage.name,
                           until (deployment, arena));
    return TRUE;
  case DEPLOYMENT_WAIT_APPROVAL:
    if (!engine_awaited_stage (tx, deployment, arena, &next, error))
      return FALSE;
    if (next == NULL)
      return TRUE;
    info->awaited_wave = next->stage.name;
    *out = arena_printf (arena,
                         "Waits until somebody approves of wave %s (%" G_GINT64_FORMAT
                         " hosts): slipway approve %s; the no is: slipway stop %s",
                         next->stage.name, next->stage.n, id, id);
    return TRUE;
  case DEPLOYMENT_WAIT_FLEET:
    *out = arena_printf (arena, "Waits for its hosts%s", until (deployment, arena));
    return TRUE;
  case DEPLOYMENT_WAIT_READY:
    *out =
        arena_printf (arena,
                      "The new hosts are ready, and it waits to be continued%s: slipway continue "
                      "%s; the no is: slipway stop %s",
                      until (deployment, arena), id, id);
    return TRUE;
  case DEPLOYMENT_WAIT_TERMINATION:
    *out = arena_printf (
        arena, "The original hosts are kept%s, or until: slipway continue --termination %s",
        until (deployment, arena), id);
    return TRUE;
  case DEPLOYMENT_WAIT_BAKE:
    *out = arena_printf (arena, "All hosts are done, and alarms are watched%s",
                         until (deployment, arena));
    return TRUE;
  }
  g_assert_not_reached ();
}

/* What the service outside that is asked for it says, if it is not done yet. */
static const char *
describe_errand (const DeploymentRecord *deployment, const ErrandRecord *errand, Arena *arena)
{
  const char *waits_for = errand->waits_for;
  if (errand->kind == ERRAND_READ_ALARMS && deployment->alarms_ms == 0)
    return arena_printf (arena, "Its alarms are read before it starts%s%s",
                         waits_for != NULL ? ", and cannot be: " : "",
                         waits_for != NULL ? waits_for : "");
  if (waits_for == NULL)
    return NULL;
  return errand->kind == ERRAND_READ_ALARMS
             ? arena_printf (arena, "Its alarms cannot be read at present: %s", waits_for)
             : waits_for;
}

/* Goes behind *wait, which stays as it is when there is nothing to say. */
static gboolean
describe_errands (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena, const char **wait,
                  GError **error)
{
  ErrandRecordList errands;
  if (!errand_record_of_owner (tx, deployment->id, arena, &errands, error))
    return FALSE;
  for (gsize i = 0; i < errands.n; i++) {
    const char *said = describe_errand (deployment, errands.items[i], arena);
    if (said != NULL)
      *wait = *wait != NULL ? arena_printf (arena, "%s. %s", *wait, said) : said;
  }
  return TRUE;
}

static const char *
describe_ending (const DeploymentRecord *deployment, Arena *arena)
{
  return deployment->ending == DEPLOYMENT_ERROR_MANUAL_STOP
             ? "It is being stopped: what its hosts have begun runs to its end"
             : arena_printf (arena, "It ends with %s: what its hosts have begun runs to its end",
                             deployment_error_name (deployment->ending));
}

static const char *
describe_pause (const DeploymentRecord *deployment, const char *wait, Arena *arena)
{
  return arena_printf (arena,
                       "Paused since %s by %s: nothing new is started until it is resumed (slipway "
                       "resume %s)%s%s",
                       moment (deployment->paused_ms, arena), deployment->paused_by, deployment->id,
                       wait != NULL ? ". " : "", wait != NULL ? wait : "");
}

gboolean
deployment_wait_show (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena,
                      ApiDeploymentInfo *info, GError **error)
{
  const char *wait;
  if (!show_stages (tx, deployment, arena, info, error))
    return FALSE;
  if (deployment->complete_ms != 0)
    return TRUE;
  if (deployment->ending != DEPLOYMENT_ERROR_NONE) {
    if (deployment->error_message == NULL)
      info->additional_deployment_status_info = describe_ending (deployment, arena);
    return TRUE;
  }
  if (!describe_wait (tx, deployment, arena, info, &wait, error) ||
      !describe_errands (tx, deployment, arena, &wait, error))
    return FALSE;
  if (deployment->wait != DEPLOYMENT_WAIT_NONE)
    info->wait_reason = deployment_wait_name (deployment->wait);
  info->wait_until = time_if_any (arena, deployment->wait_until_ms);
  info->paused_since = time_if_any (arena, deployment->paused_ms);
  info->paused_by = deployment->paused_by;
  if (deployment->paused_ms != 0)
    info->additional_deployment_status_info = describe_pause (deployment, wait, arena);
  else if (wait != NULL) /* or else what was noted, or its alarms' warning, stays */
    info->additional_deployment_status_info = wait;
  return TRUE;
}
