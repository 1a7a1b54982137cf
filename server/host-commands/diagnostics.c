#include "server/host-commands/diagnostics.h"

#include <string.h>

#include "proto/json-doc.h"

/* The beginning of a text that is valid UTF-8, at most max bytes. */
static const char *
head (const char *text, gsize max, Arena *arena)
{
  if (text == NULL)
    return "";
  gsize n = strlen (text);
  if (n <= max)
    return arena_strdup (arena, text);
  const char *end = g_utf8_find_prev_char (text, text + max + 1);
  return arena_strndup (arena, text, end != NULL ? (gsize)(end - text) : 0);
}

/* Its end, at most max bytes. */
static const char *
tail (const char *text, gsize max, Arena *arena)
{
  if (text == NULL)
    return "";
  gsize n = strlen (text);
  if (n <= max)
    return arena_strdup (arena, text);
  const char *start = text + (n - max);
  while ((*start & 0xC0) == 0x80)
    start++;
  return arena_strdup (arena, start);
}

/* deployments.md 3.4: 5, 6, 7 and all that is not a number have no value of their own in the API. */
static DiagnosticsCode
code_of (const json_t *document, DiagnosticsOutcome outcome)
{
  static const DiagnosticsCode known[] = {
    DIAGNOSTICS_SUCCESS,          DIAGNOSTICS_SCRIPT_MISSING, DIAGNOSTICS_SCRIPT_NOT_EXECUTABLE,
    DIAGNOSTICS_SCRIPT_TIMED_OUT, DIAGNOSTICS_SCRIPT_FAILED,
  };
  if (outcome == DIAGNOSTICS_OF_SUCCESS)
    return DIAGNOSTICS_SUCCESS;
  const json_t *code = json_object_get (document, "error_code");
  json_int_t value = json_is_integer (code) ? json_integer_value (code) : -1;
  /* A failure that calls itself a success is one that nobody understands. */
  if (value < 1 || value >= (json_int_t)G_N_ELEMENTS (known))
    return DIAGNOSTICS_UNKNOWN_ERROR;
  return known[value];
}

/* A script may print NUL, which agents pass on as an escape and our texts cannot hold: it is shown as a character that is
 * not known. */
static char *
without_nul (const char *payload)
{
  char *text = g_strdup (payload);
  for (char *at = strchr (text, '\\'); at != NULL && at[1] != '\0'; at = strchr (at + 2, '\\'))
    if (strncmp (at, "\\u0000", 6) == 0)
      memcpy (at, "\\ufffd", 6);
  return text;
}

EventDiagnostics
diagnostics_from_payload (const char *payload, DiagnosticsOutcome outcome, Arena *arena)
{
  g_autoptr (GError) unreadable = NULL;
  g_autofree char *text = payload != NULL ? without_nul (payload) : NULL;
  g_autoptr (json_t) document =
      text != NULL ? json_doc_parse (text, strlen (text), NULL, &unreadable) : NULL;
  EventDiagnostics result = { .code = code_of (document, outcome), .script_name = "" };
  const char *message = document != NULL ? json_doc_text (document, "message") : payload;
  if (document != NULL) {
    result.script_name =
        head (json_doc_text (document, "script_name"), DIAGNOSTICS_MAX_SCRIPT_BYTES, arena);
    result.log_tail = tail (json_doc_text (document, "log"), DIAGNOSTICS_MAX_LOG_TAIL_BYTES, arena);
  } else {
    result.log_tail = "";
  }
  if (message == NULL || *message == '\0')
    message = outcome == DIAGNOSTICS_OF_SUCCESS ? "Succeeded" : "the host agent gave no reason";
  result.message = head (message, DIAGNOSTICS_MAX_MESSAGE_BYTES, arena);
  return result;
}

gboolean
diagnostics_says_noop (const char *payload)
{
  if (payload == NULL)
    return FALSE;
  /* What is not JSON says nothing about hooks; the command then simply runs. */
  g_autoptr (json_t) document = json_doc_parse (payload, strlen (payload), NULL, NULL);
  return document != NULL && json_is_true (json_object_get (document, "IsCommandNoop"));
}
