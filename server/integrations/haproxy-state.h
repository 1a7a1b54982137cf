#pragma once

#include "core/arena.h"

/* What HAProxy's runtime API says of one server (management guide, 9.1 and 9.3): "show servers state BACKEND" and "show stat BACKEND 4 -1", put
 * together. Columns are found by their names, since versions add some. Pure.
 *
 * Thread rule: any thread. */

typedef struct {
  const char *name;
  gboolean maintenance; /* by an operator: "state maint" */
  gboolean drain;       /* by an operator: "state drain" */
  gboolean checked;     /* it has health checks of its own that are switched on, or only paused */
  gint64 sessions;      /* open, and waiting for the server */
  const char *
      status; /* "UP", "UP 1/3", "DOWN", "DOWN 2/3", "DRAIN", "NOLB", "MAINT (via a/b)", "no check" */
  const char *check;   /* the last check: "L4CON Connection refused"; "" when there was none */
  gint64 check_passed; /* of check_rise, when it is on its way up */
  gint64 check_rise;
} HaproxyServer;

typedef enum {
  HAPROXY_STATE_NO_BACKEND, /* the message has none of its names */
  HAPROXY_STATE_NO_SERVER,  /* the message names those that there are */
  HAPROXY_STATE_DENIED,     /* the socket's level is too low */
  HAPROXY_STATE_UNREADABLE
} HaproxyStateError;
#define HAPROXY_STATE_ERROR (haproxy_state_error_quark ())
GQuark haproxy_state_error_quark (void);

/* The command whose answer haproxy_state_read reads. */
char *haproxy_state_command (const char *backend, Arena *arena);

/* answer: NUL-terminated. Texts live in arena. */
gboolean haproxy_state_read (const char *answer, const char *backend, const char *server,
                             Arena *arena, HaproxyServer *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
