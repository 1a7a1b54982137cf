/* What a host says of a command: the command's identifier up to the first line's end, then the text of its diagnostics. */
#include "fuzz/fuzz-target.h"
#include "server/host-commands/command-id.h"
#include "server/host-commands/diagnostics.h"

#include <string.h>

static void
check_command_id (const char *text, Arena *arena)
{
  CommandId id;
  if (!command_id_parse (text, &id))
    return;
  g_assert_cmpstr (command_id_format (id.deployment_id, id.ordinal, id.step, id.attempt, arena), ==,
                   text);
}

static void
check_text (const char *text, gsize most)
{
  g_assert (text != NULL && strlen (text) <= most && g_utf8_validate (text, -1, NULL));
}

static void
check_diagnostics (const char *payload, DiagnosticsOutcome outcome, Arena *arena)
{
  const EventDiagnostics got = diagnostics_from_payload (payload, outcome, arena);
  check_text (got.message, DIAGNOSTICS_MAX_MESSAGE_BYTES);
  check_text (got.script_name, DIAGNOSTICS_MAX_SCRIPT_BYTES);
  check_text (got.log_tail, DIAGNOSTICS_MAX_LOG_TAIL_BYTES);
  g_assert ((got.code == DIAGNOSTICS_SUCCESS) == (outcome == DIAGNOSTICS_OF_SUCCESS));
  g_assert (*got.message != '\0');
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autofree char *text = g_strndup ((const char *)data, size);
  char *payload = strchr (text, '\n');
  if (payload != NULL)
    *payload++ = '\0';
  check_command_id (text, arena);
  /* The edge has seen to that: it was JSON text. */
  if (payload == NULL || !g_utf8_validate (payload, -1, NULL))
    return 0;
  check_diagnostics (payload, DIAGNOSTICS_OF_FAILURE, arena);
  check_diagnostics (payload, DIAGNOSTICS_OF_SUCCESS, arena);
  (void)diagnostics_says_noop (payload);
  return 0;
}
