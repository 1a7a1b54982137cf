#include "server/integrations/haproxy-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/failure.h"

G_DEFINE_QUARK (slipway_haproxy_socket_error, haproxy_socket_error)

typedef struct {
  const char *address;
  int fd; /* -1: not open */
  gint64 end_us;
} Connection;

static void
connection_clear (Connection *connection)
{
  if (connection->fd >= 0)
    close (connection->fd);
  connection->fd = -1;
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Connection, connection_clear)

static gboolean
fail (const Connection *connection, const char *what, int code, GError **error)
{
  gboolean refused = code == EACCES || code == EPERM;
  return failure_set (
      error, HAPROXY_SOCKET_ERROR,
      refused ? HAPROXY_SOCKET_ERROR_REFUSED : HAPROXY_SOCKET_ERROR_UNREACHABLE,
      "HAProxy at %s: cannot %s: %s%s", connection->address, what, g_strerror (code),
      refused ? " (the user that slipwayd runs as must be in the socket's group)" : "");
}

/* 0, or an errno. */
static int
wait_for (const Connection *connection, short events)
{
  for (;;) {
    gint64 left_ms = (connection->end_us - g_get_monotonic_time () + 999) / 1000;
    struct pollfd poller = { connection->fd, events, 0 };
    if (left_ms <= 0)
      return ETIMEDOUT;
    int n = poll (&poller, 1, (int)left_ms);
    if (n > 0)
      return 0;
    if (n < 0 && errno != EINTR)
      return errno;
  }
}

/* 0, or an errno. */
static int
connect_to (Connection *connection, int family, const struct sockaddr *address, socklen_t length)
{
  connection->fd = socket (family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (connection->fd < 0)
    return errno;
  if (connect (connection->fd, address, length) == 0)
    return 0;
  if (errno != EINPROGRESS)
    return errno;
  int code = wait_for (connection, POLLOUT);
  socklen_t size = sizeof code;
  if (code == 0 && getsockopt (connection->fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
    return errno;
  return code;
}

static gboolean
open_local (Connection *connection, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (strlen (connection->address) >= sizeof address.sun_path)
    return fail (connection, "connect", ENAMETOOLONG, error);
  g_strlcpy (address.sun_path, connection->address, sizeof address.sun_path);
  int code = connect_to (connection, AF_UNIX, (const struct sockaddr *)&address, sizeof address);
  return code == 0 ? TRUE : fail (connection, "connect", code, error);
}

static gboolean
open_network (Connection *connection, GError **error)
{
  const char *colon = strrchr (connection->address, ':');
  g_assert (colon != NULL); /* integrations-text.c has seen to it */
  gsize length = (gsize)(colon - connection->address);
  gboolean brackets = length > 1 && connection->address[0] == '[' && colon[-1] == ']';
  g_autofree char *host = brackets ? g_strndup (connection->address + 1, length - 2)
                                   : g_strndup (connection->address, length);
  const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
  struct addrinfo *found = NULL;
  int problem = getaddrinfo (host, colon + 1, &hints, &found);
  if (problem != 0)
    return failure_set (error, HAPROXY_SOCKET_ERROR, HAPROXY_SOCKET_ERROR_UNREACHABLE,
                        "HAProxy at %s: %s", connection->address, gai_strerror (problem));
  int code = EHOSTUNREACH;
  for (const struct addrinfo *at = found; at != NULL && code != 0; at = at->ai_next) {
    connection_clear (connection);
    code = connect_to (connection, at->ai_family, at->ai_addr, at->ai_addrlen);
  }
  freeaddrinfo (found);
  return code == 0 ? TRUE : fail (connection, "connect", code, error);
}

static gboolean
send_all (const Connection *connection, const char *text, GError **error)
{
  gsize left = strlen (text);
  while (left > 0) {
    int code = wait_for (connection, POLLOUT);
    ssize_t n = code == 0 ? send (connection->fd, text, left, MSG_NOSIGNAL) : -1;
    if (code == 0 && n < 0)
      code = errno;
    if (code != 0 && code != EAGAIN && code != EINTR)
      return fail (connection, "send", code, error);
    if (n > 0) {
      text += n;
      left -= (gsize)n;
    }
  }
  return TRUE;
}

/* HAProxy closes after the last answer. */
static gboolean
read_all (const Connection *connection, GString *answer, GError **error)
{
  char buffer[16384];
  for (;;) {
    int code = wait_for (connection, POLLIN);
    ssize_t n = code == 0 ? recv (connection->fd, buffer, sizeof buffer, 0) : -1;
    if (code == 0 && n < 0)
      code = errno;
    if (code != 0 && code != EAGAIN && code != EINTR)
      return fail (connection, "read", code, error);
    if (n == 0)
      return TRUE;
    if (n > 0)
      g_string_append_len (answer, buffer, n);
    if (answer->len > HAPROXY_SOCKET_MAX_ANSWER)
      return fail (connection, "read", EMSGSIZE, error);
  }
}

char *
haproxy_socket_ask (const char *address, const char *command, gint64 most_ms, GError **error)
{
  gint64 ms = MIN (most_ms, HAPROXY_SOCKET_TIMEOUT_MS);
  g_auto (Connection) connection = { address, -1, g_get_monotonic_time () + ms * 1000 };
  g_autoptr (GString) answer = g_string_new (NULL);
  g_autofree char *line = g_strconcat (command, "\n", NULL);
  gboolean open =
      *address == '/' ? open_local (&connection, error) : open_network (&connection, error);
  if (!open || !send_all (&connection, line, error) || !read_all (&connection, answer, error))
    return NULL;
  return g_string_free (g_steal_pointer (&answer), FALSE);
}
