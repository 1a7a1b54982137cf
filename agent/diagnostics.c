#include "agent/diagnostics.h"

#include <string.h>

#include "proto/json-doc.h"

#define LEAST_MESSAGE_CHARACTERS 1000

void
command_result_clear (CommandResult *result)
{
  g_clear_pointer (&result->script_name, g_free);
  g_clear_pointer (&result->message, g_free);
  g_clear_pointer (&result->log, g_free);
  result->code = DIAGNOSTICS_OK;
}

void
command_result_set_error (CommandResult *result, const GError *error)
{
  command_result_clear (result);
  result->code = DIAGNOSTICS_UNKNOWN;
  result->message = g_strdup (error->message);
}

static char *
compose (const CommandResult *result, const char *message, const char *log)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_printf (text, "{\"error_code\":%d,\"script_name\":", (int)result->code);
  json_doc_append_text (text, result->script_name != NULL ? result->script_name : "");
  g_string_append (text, ",\"message\":");
  json_doc_append_text (text, message);
  g_string_append (text, ",\"log\":");
  json_doc_append_text (text, log);
  g_string_append_c (text, '}');
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* To at most n characters from its beginning. */
static void
shorten (char *text, glong n)
{
  if (g_utf8_strlen (text, -1) > n)
    *g_utf8_offset_to_pointer (text, n) = '\0';
}

char *
diagnostics_payload (const CommandResult *result)
{
  g_autofree char *message = g_utf8_make_valid (result->message != NULL ? result->message : "", -1);
  g_autofree char *log = g_utf8_make_valid (result->log != NULL ? result->log : "", -1);
  const char *rest = log;

  for (;;) {
    g_autofree char *payload = compose (result, message, rest);
    glong over = g_utf8_strlen (payload, -1) - DIAGNOSTICS_MAX_CHARACTERS;
    if (over <= 0)
      return g_steal_pointer (&payload);

    glong length = g_utf8_strlen (message, -1);
    if (length > LEAST_MESSAGE_CHARACTERS) {
      shorten (message, MAX (LEAST_MESSAGE_CHARACTERS, length - over));
    } else if (*rest != '\0') {
      const char *line_end = strchr (rest, '\n');
      rest = line_end != NULL && line_end[1] != '\0' ? line_end + 1 : g_utf8_next_char (rest);
    } else {
      shorten (message, length / 2); /* escapes alone fill it, or the script's name does */
      if (message[0] == '\0')
        return compose (&(CommandResult){ .code = result->code }, "", "");
    }
  }
}
