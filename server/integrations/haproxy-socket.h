#pragma once

#include <glib.h>

/* HAProxy's runtime API: one command (or several with ';' between) over its socket, and all that it answers.
 *
 * Thread rule: any thread; blocks for at most HAPROXY_SOCKET_TIMEOUT_MS, or most_ms if that is less, and, with a host's name, for as long
 * as the system needs to look it up. */

#define HAPROXY_SOCKET_TIMEOUT_MS 5000
#define HAPROXY_SOCKET_MAX_ANSWER (8 * 1024 * 1024)

typedef enum {
  HAPROXY_SOCKET_ERROR_REFUSED,     /* we are not let in: permissions */
  HAPROXY_SOCKET_ERROR_UNREACHABLE, /* nobody there, no answer in time: it may pass */
} HaproxySocketError;
#define HAPROXY_SOCKET_ERROR (haproxy_socket_error_quark ())
GQuark haproxy_socket_error_quark (void);

/* address: "/path", or "host:port" with an IPv6 host in brackets. The caller frees the answer. Messages name
 * the address. */
char *haproxy_socket_ask (const char *address, const char *command, gint64 most_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
