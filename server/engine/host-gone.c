#include "server/engine/effects.h"
#include "server/engine/private.h"

/* A host that will not be heard of again: api.md 3.7. */

gboolean
engine_host_gone (Engine *engine, StoreTx *tx, const char *host_arn, const char *why, gint64 now_ms,
                  GError **error)
{
  const EventDiagnostics diagnostics = { DIAGNOSTICS_UNKNOWN_ERROR, "", why, "" };
  g_autoptr (Arena) arena = arena_new ();
  HostCommandRecord *command;
  CommandAction action;
  /* First of all: what is offered on the way to the end would be handed out before it is withdrawn. */
  effect_dismiss (engine, tx, host_arn);
  /* One after the other has the host; each end gives it to the next. A failure that is ignored brings the target's next event,
   * which fails in its turn. */
  for (;;) {
    if (!host_command_record_of_host (tx, host_arn, arena, &command, error))
      return FALSE;
    if (command == NULL || !command_machine_step (&command->status, COMMAND_EV_EXPIRE, &action))
      return TRUE;
    if (!target_report_end (engine, tx, command, COMMAND_ACT_GIVE_UP, &diagnostics, now_ms, arena,
                            error))
      return FALSE;
  }
}
