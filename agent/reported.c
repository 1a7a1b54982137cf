#include "agent/reported.h"

#include <string.h>

typedef struct {
  char *command_id;
  gboolean succeeded;
  char *payload;
} Reported;

struct ReportedCommands {
  GQueue newest_first; /* of Reported */
};

static void
reported_free (gpointer data)
{
  Reported *reported = data;
  g_free (reported->command_id);
  g_free (reported->payload);
  g_free (reported);
}

ReportedCommands *
reported_commands_new (void)
{
  ReportedCommands *commands = g_new0 (ReportedCommands, 1);
  g_queue_init (&commands->newest_first);
  return commands;
}

void
reported_commands_free (ReportedCommands *commands)
{
  if (commands == NULL)
    return;
  g_queue_clear_full (&commands->newest_first, reported_free);
  g_free (commands);
}

void
reported_commands_add (ReportedCommands *commands, const CommandOutcome *outcome)
{
  Reported *reported = g_new0 (Reported, 1);
  *reported =
      (Reported){ g_strdup (outcome->command_id), outcome->succeeded, g_strdup (outcome->payload) };
  g_queue_push_head (&commands->newest_first, reported);
  while (commands->newest_first.length > REPORTED_COMMANDS_KEPT)
    reported_free (g_queue_pop_tail (&commands->newest_first));
}

gboolean
reported_commands_find (const ReportedCommands *commands, const char *command_id, Arena *arena,
                        CommandOutcome *out)
{
  for (GList *at = commands->newest_first.head; at != NULL; at = at->next) {
    const Reported *reported = at->data;
    if (strcmp (reported->command_id, command_id) != 0)
      continue;
    *out = (CommandOutcome){ .command_id = arena_strdup (arena, command_id),
                             .succeeded = reported->succeeded,
                             .payload = arena_strdup (arena, reported->payload) };
    return TRUE;
  }
  return FALSE;
}
