#include "server/actions/target-wait.h"

#include "core/time-iso8601.h"
#include "server/host-commands/command-hub.h"
#include "store/records/host-command.h"

/* An agent that runs has polled, or begins an event, well within this time. */
#define QUIET_MS (5 * 1000)

static const char *
wait_for_host (ApiCall *call, const TargetRecord *target, LifecycleEvent event)
{
  CommandHub *hub = call->env->hub;
  char text[TIME_ISO8601_SIZE];
  gint64 seen_ms = command_hub_last_seen (hub, target->host_arn);
  gint64 since_ms = command_hub_since (hub);
  if (call->now_ms - MAX (MAX (seen_ms, since_ms), target->update_ms) < QUIET_MS)
    return NULL;
  time_format_iso8601 (seen_ms != 0 ? seen_ms : since_ms, text);
  return arena_printf (
      call->arena,
      "the host to begin %s; its agent was %s %.19sZ: see that it runs there, and "
      "reaches this server",
      lifecycle_event_name (event),
      seen_ms != 0 ? "last heard of at" : "not heard of since this server was started at", text);
}

gboolean
target_wait_describe (ApiCall *call, StoreTx *tx, const TargetRecord *target, const char **out,
                      GError **error)
{
  HostCommandRecord *command = NULL;
  *out = NULL;
  if (target->status != TARGET_IN_PROGRESS || !target->has_command)
    return TRUE;
  switch (target->command_status) {
  case COMMAND_WAITING:
    if (!host_command_record_of_host (tx, target->host_arn, call->arena, &command, error))
      return FALSE;
    if (command != NULL)
      *out = arena_printf (call->arena, "its turn: deployment %s is at this host",
                           command->deployment_id);
    return TRUE;
  case COMMAND_PENDING:
    if (!host_command_record_get (tx, target->deployment_id, target->ordinal, call->arena, &command,
                                  error))
      return FALSE;
    if (command != NULL)
      *out = wait_for_host (call, target, command->event);
    return TRUE;
  case COMMAND_HELD: /* it is paused, as the deployment tells */
  case COMMAND_IN_PROGRESS:
  case COMMAND_SUCCEEDED:
  case COMMAND_FAILED:
    return TRUE;
  }
  g_assert_not_reached ();
}
