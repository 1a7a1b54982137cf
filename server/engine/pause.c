#include "server/engine/effects.h"
#include "server/engine/private.h"

/* Pause and resume (ours). A deployment that is paused starts no target and sends no event; what hosts have begun runs to its
 * end, and then the host's command is held: no clock runs for it, nor for the deployment as a whole. All of it is in rows,
 * so a server that is killed goes on pausing. Whether a target may get its next event says its command's own row; nothing
 * is read that other targets share. */

/* In the hub, or about to be: taken back from it. A host that has fetched it already may still begin it. */
static gboolean
hold (Engine *engine, StoreTx *tx, HostCommandRecord *command, GError **error)
{
  CommandAction action;
  if (!command_machine_step (&command->status, COMMAND_EV_HOLD, &action))
    return TRUE; /* another deployment has the host */
  effect_withdraw (engine, tx, command);
  return host_command_record_update (tx, command, error);
}

gboolean
engine_pause_deployment (Engine *engine, StoreTx *tx, const char *deployment_id, const char *by,
                         gint64 now_ms, EnginePause *out_result, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  HostCommandRecordList commands;
  gint64 due_ms;
  DeploymentRecord *deployment = deployment_load (tx, deployment_id, arena, error);
  if (deployment == NULL)
    return FALSE;
  *out_result = deployment->complete_ms != 0                  ? ENGINE_PAUSE_COMPLETED
                : deployment->ending != DEPLOYMENT_ERROR_NONE ? ENGINE_PAUSE_ENDING
                : deployment->paused_ms != 0                  ? ENGINE_PAUSE_AS_BEFORE
                                                              : ENGINE_PAUSE_CHANGED;
  if (*out_result != ENGINE_PAUSE_CHANGED)
    return TRUE;
  if (!timer_record_due (tx, deployment_id, TIMER_NO_TARGET, TIMER_TOTAL, &due_ms, error) ||
      !timer_record_delete (tx, deployment_id, TIMER_NO_TARGET, TIMER_TOTAL, error) ||
      !host_command_record_mark_paused (tx, deployment_id, TRUE, error) ||
      !host_command_record_unacknowledged (tx, deployment_id, arena, &commands, error))
    return FALSE;
  for (gsize i = 0; i < commands.n; i++)
    if (!hold (engine, tx, commands.items[i], error))
      return FALSE;
  deployment->paused_ms = now_ms;
  deployment->paused_by = by;
  deployment->total_left_ms = due_ms != 0                 ? MAX (due_ms - now_ms, 1)
                              : deployment->start_ms != 0 ? -1
                                                          : 0;
  return deployment_record_update (tx, deployment, error);
}

/* One whose deployment was not under way when it was paused has its whole time; one that bakes, or did, has none. */
static gboolean
restart_clock (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
               GError **error)
{
  gint64 left_ms = deployment->total_left_ms;
  deployment->total_left_ms = 0;
  if (deployment->start_ms == 0 || left_ms < 0)
    return TRUE;
  return engine_set_timer (
      engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_TOTAL,
      now_ms + (left_ms > 0 ? left_ms : deployment_total_ms (engine, deployment)), error);
}

gboolean
engine_resume_deployment (Engine *engine, StoreTx *tx, const char *deployment_id, gint64 now_ms,
                          EnginePause *out_result, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  HostCommandRecordList commands;
  DeploymentRecord *deployment = deployment_load (tx, deployment_id, arena, error);
  if (deployment == NULL)
    return FALSE;
  *out_result = deployment->complete_ms != 0                  ? ENGINE_PAUSE_COMPLETED
                : deployment->ending != DEPLOYMENT_ERROR_NONE ? ENGINE_PAUSE_ENDING
                : deployment->paused_ms == 0                  ? ENGINE_PAUSE_AS_BEFORE
                                                              : ENGINE_PAUSE_CHANGED;
  if (*out_result != ENGINE_PAUSE_CHANGED)
    return TRUE;
  deployment->paused_ms = 0;
  deployment->paused_by = NULL;
  if (!restart_clock (engine, tx, deployment, now_ms, error) ||
      !deployment_resume_wait (engine, tx, deployment, now_ms, error) ||
      !host_command_record_mark_paused (tx, deployment_id, FALSE, error) ||
      !host_command_record_unacknowledged (tx, deployment_id, arena, &commands, error))
    return FALSE;
  for (gsize i = 0; i < commands.n; i++)
    if (!target_release (engine, tx, commands.items[i], now_ms, arena, error))
      return FALSE;
  if (deployment->start_ms == 0)
    return deployment_record_update (tx, deployment, error);
  return deployment_advance (engine, tx, deployment, ENGINE_BATCH, now_ms, arena, error);
}
