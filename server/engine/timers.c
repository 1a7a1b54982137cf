#include "server/engine/effects.h"
#include "server/engine/follow-ups.h"
#include "server/engine/private.h"

/* What happens when a timer is due. The work that acts on it claims it first, so of two that try only one acts. */

static gboolean
expiry_diagnostics (Engine *engine, StoreTx *tx, const HostCommandRecord *command, Arena *arena,
                    EventDiagnostics *out, GError **error)
{
  EventDiagnostics why = { .code = DIAGNOSTICS_UNKNOWN_ERROR, .script_name = "", .log_tail = "" };
  *out = why;
  if (lifecycle_event_performer (command->event) == LIFECYCLE_BY_SERVICE)
    return traffic_expiry_message (engine, tx, command, arena, &out->message, error);
  const char *event = lifecycle_event_name (command->event);
  if (command->status == COMMAND_PENDING) {
    why.message =
        arena_printf (arena,
                      "The host agent did not pick up %s within %" G_GINT64_FORMAT
                      " s; check that an agent runs on the host as %s and reaches this server",
                      event, command_pickup_ms (engine, command) / 1000, command->host_arn);
  } else {
    why.code = DIAGNOSTICS_SCRIPT_TIMED_OUT;
    why.message = arena_printf (arena,
                                "The host agent began %s and did not report its end within "
                                "%" G_GINT64_FORMAT " s",
                                event, engine->config.times.event_ms / 1000);
  }
  *out = why;
  return TRUE;
}

static gboolean
fire_target (Engine *engine, StoreTx *tx, const TimerRecord *timer, gint64 now_ms, Arena *arena,
             GError **error)
{
  HostCommandRecord *command;
  CommandAction action;
  if (!host_command_record_get (tx, timer->deployment_id, timer->ordinal, arena, &command, error))
    return FALSE;
  if (command == NULL)
    return TRUE;
  command->armed_ms = 0; /* the timer was claimed */
  gint64 deadline_ms = command_deadline (engine, command);
  if (deadline_ms < 0 || deadline_ms > now_ms)
    return command_arm (engine, tx, command, error) &&
           host_command_record_update (tx, command, error);
  EventDiagnostics why;
  if (!expiry_diagnostics (engine, tx, command, arena, &why, error))
    return FALSE;
  if (!command_machine_step (&command->status, COMMAND_EV_EXPIRE, &action))
    return TRUE;
  return target_report_end (engine, tx, command, action, &why, now_ms, arena, error);
}

gboolean
timer_fire (Engine *engine, StoreTx *tx, const TimerRecord *timer, gint64 now_ms, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  gboolean claimed;
  if (!timer_record_claim (tx, timer, now_ms, &claimed, error))
    return FALSE;
  if (!claimed)
    return TRUE;
  effect_count (engine, tx, METRIC_TIMERS_FIRED);
  if (timer->kind == TIMER_TARGET)
    return fire_target (engine, tx, timer, now_ms, arena, error);

  if (timer->kind == TIMER_NEW_HOSTS)
    return new_hosts_fire (engine, tx, timer->deployment_id, now_ms, arena, error);

  DeploymentRecord *deployment = deployment_load (tx, timer->deployment_id, arena, error);
  if (deployment == NULL)
    return FALSE;
  switch (timer->kind) {
  case TIMER_START:
    return deployment_start (engine, tx, deployment, now_ms, arena, error);
  case TIMER_BATCH:
    return deployment_advance (engine, tx, deployment, ENGINE_BATCH, now_ms, arena, error);
  case TIMER_TOTAL:
    if (deployment->complete_ms != 0 || deployment->ending != DEPLOYMENT_ERROR_NONE ||
        deployment->paused_ms != 0)
      return TRUE;
    return deployment_begin_ending (engine, tx, deployment, DEPLOYMENT_ERROR_TIMEOUT, NULL, now_ms,
                                    arena, error);
  case TIMER_FLEET:
    return fleet_expire (engine, tx, deployment, now_ms, arena, error);
  case TIMER_ALARMS:
    return alarms_fire (engine, tx, deployment, now_ms, arena, error);
  case TIMER_BAKE:
    return alarms_fire_bake (engine, tx, deployment, now_ms, arena, error);
  case TIMER_MONITOR:
    return stages_watched (engine, tx, deployment, now_ms, arena, error);
  case TIMER_WAIT:
    return deployment_wait_expired (engine, tx, deployment, now_ms, arena, error);
  case TIMER_NEW_HOSTS:
  case TIMER_TARGET:
    break;
  }
  g_assert_not_reached ();
}
