#include "agent/poll-state.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/time-iso8601.h"
#include "proto/json-doc.h"

#define NOTE_BYTES 2048 /* an error of which every byte is escaped fits */

void
poll_state_answered (PollState *state, gint64 now_ms)
{
  *state = (PollState){ .answered_ms = now_ms };
}

void
poll_state_failed (PollState *state, gint64 now_ms, const char *why)
{
  const char *end;

  if (state->failing_since_ms == 0)
    state->failing_since_ms = now_ms;
  g_strlcpy (state->error, why, sizeof state->error);
  if (!g_utf8_validate (state->error, -1, &end))
    state->error[end - state->error] = '\0';
  for (char *at = state->error; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
}

static void
append_time (GString *out, const char *key, gint64 time_ms)
{
  char text[TIME_ISO8601_SIZE];

  time_format_iso8601 (time_ms, text);
  g_string_append_printf (out, "\"%s\":", key);
  if (time_ms != 0)
    g_string_append_printf (out, "\"%s\",", text);
  else
    g_string_append (out, "null,");
}

void
poll_state_append_json (const PollState *state, GString *out)
{
  g_string_append_c (out, '{');
  append_time (out, "answered", state->answered_ms);
  append_time (out, "failing_since", state->failing_since_ms);
  g_string_append (out, "\"error\":");
  if (state->error[0] != '\0')
    json_doc_append_text (out, state->error);
  else
    g_string_append (out, "null");
  g_string_append_c (out, '}');
}

gboolean
poll_state_note (const PollState *state, int fd, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char note[NOTE_BYTES];

  poll_state_append_json (state, text);
  memset (note, ' ', sizeof note);
  memcpy (note, text->str, MIN (text->len, sizeof note - 1));
  note[sizeof note - 1] = '\n';
  if (pwrite (fd, note, sizeof note, 0) == (gssize)sizeof note)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot note how polls are going: %s",
               g_strerror (errno));
  return FALSE;
}

static gint64
time_of (const json_t *object, const char *key)
{
  const char *text = json_doc_text (object, key);
  gint64 time_ms;
  return text != NULL && time_parse_iso8601 (text, &time_ms) ? time_ms : 0;
}

gboolean
poll_state_read (PollState *out, int fd)
{
  char note[NOTE_BYTES];
  gssize n = pread (fd, note, sizeof note, 0);
  g_autoptr (json_t) object = n > 0 ? json_doc_parse (note, (gsize)n, NULL, NULL) : NULL;
  const char *why = object != NULL ? json_doc_text (object, "error") : NULL;

  *out = (PollState){ 0 };
  if (object == NULL)
    return FALSE;
  out->answered_ms = time_of (object, "answered");
  gint64 failing_since_ms = time_of (object, "failing_since");
  if (failing_since_ms != 0)
    poll_state_failed (out, failing_since_ms, why != NULL ? why : "unknown reason");
  return TRUE;
}

char *
poll_state_describe (const PollState *state)
{
  char answered[TIME_ISO8601_SIZE], failing[TIME_ISO8601_SIZE];

  time_format_iso8601 (state->answered_ms, answered);
  time_format_iso8601 (state->failing_since_ms, failing);
  g_autofree char *last = state->answered_ms != 0
                              ? g_strdup_printf ("the last poll was answered at %s", answered)
                              : g_strdup ("no poll has been answered yet");
  if (state->failing_since_ms == 0)
    return g_steal_pointer (&last);
  return g_strdup_printf ("polls have been failing since %s (%s); %s", failing, state->error, last);
}
