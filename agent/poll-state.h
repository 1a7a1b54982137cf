#pragma once

#include <glib.h>

/*
 * How the agent's polls are going: what the master has heard of them, noted where "status" finds it. The note is one JSON object on
 * a line of fixed length at the beginning of a file that the agent holds locked (agent/daemon.h), so that it counts only as long as
 * its agent lives.
 *
 * Thread rule: plain values; one thread writes the file.
 */
#define POLL_STATE_MAX_ERROR 256

typedef struct {
  gint64 answered_ms;                   /* when the last one was answered; 0: none yet */
  gint64 failing_since_ms;              /* 0: they are not failing */
  char error[POLL_STATE_MAX_ERROR + 1]; /* of the last that failed, fit for a line; "": none */
} PollState;

void poll_state_answered (PollState *state, gint64 now_ms);
/* why comes from a process that is not trusted. */
void poll_state_failed (PollState *state, gint64 now_ms, const char *why);

/* Both at the file's beginning, in one piece. FALSE and zeros: nothing is noted, or not by us. */
gboolean poll_state_note (const PollState *state, int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean poll_state_read (PollState *out, int fd) G_GNUC_WARN_UNUSED_RESULT;

/* "its last poll was answered at ...", as a sentence without its full stop. */
char *poll_state_describe (const PollState *state) G_GNUC_WARN_UNUSED_RESULT;
/* {"answered":"2026-...","failing_since":null,"error":null} */
void poll_state_append_json (const PollState *state, GString *out);
