#include "server/http-listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TLS_HANDSHAKE_RECORD 0x16
#define BACKLOG              1024
#define MAX_SILENT           4096 /* connections without their first byte; the oldest is given up */
#define TICK_MS              1000

/* An accepted connection whose first byte has not come. */
typedef struct {
  GList link; /* in silent, oldest first; data is the Silent */
  int fd;
  gint64 deadline_us;
  struct sockaddr_storage peer;
  socklen_t peer_size;
  char peer_text[PEER_TEXT_SIZE]; /* counted in the configuration's peers */
} Silent;

struct HttpListener {
  HttpListenerConfig config;
  char *address;
  int socket_fd;
  int epoll_fd;
  int wake_fd;
  GThread *thread;
  GQueue silent;
  gboolean resting; /* out of descriptors: the socket is not watched until the next tick */
  gint closing;     /* atomic */
  gint ending;      /* atomic */
  gint64 next_tick_us;
};

HttpTransport
http_listener_judge (guint8 first_byte)
{
  return first_byte == TLS_HANDSHAKE_RECORD ? HTTP_TRANSPORT_TLS : HTTP_TRANSPORT_PLAIN;
}

gboolean
http_listener_is_loopback (const struct sockaddr *address)
{
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)address;
    return ntohl (in->sin_addr.s_addr) >> 24 == 127;
  }
  if (address->sa_family == AF_INET6) {
    const struct in6_addr *in = &((const struct sockaddr_in6 *)address)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK (in) || (IN6_IS_ADDR_V4MAPPED (in) && in->s6_addr[12] == 127);
  }
  return FALSE;
}

gboolean
http_listener_parse_address (const char *text, struct sockaddr_storage *out, socklen_t *out_size)
{
  const char *colon = strrchr (text, ':');
  if (colon == NULL || colon == text)
    return FALSE;
  guint64 port = 0;
  if (!g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &port, NULL))
    return FALSE;
  g_autofree char *host = g_strndup (text, (gsize)(colon - text));
  gsize length = strlen (host);
  memset (out, 0, sizeof *out);
  if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
    host[length - 1] = '\0';
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons ((guint16)port);
    *out_size = sizeof *in6;
    return inet_pton (AF_INET6, host + 1, &in6->sin6_addr) == 1;
  }
  struct sockaddr_in *in = (struct sockaddr_in *)out;
  in->sin_family = AF_INET;
  in->sin_port = htons ((guint16)port);
  *out_size = sizeof *in;
  return inet_pton (AF_INET, host, &in->sin_addr) == 1;
}

char *
http_listener_format_address (const struct sockaddr *address)
{
  char host[INET6_ADDRSTRLEN] = "?";
  if (address->sa_family == AF_INET6) {
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
    inet_ntop (AF_INET6, &in6->sin6_addr, host, sizeof host);
    return g_strdup_printf ("[%s]:%u", host, ntohs (in6->sin6_port));
  }
  const struct sockaddr_in *in = (const struct sockaddr_in *)address;
  inet_ntop (AF_INET, &in->sin_addr, host, sizeof host);
  return g_strdup_printf ("%s:%u", host, ntohs (in->sin_port));
}

/* ---- a connection's first moments ---- */

static void
refuse (HttpListener *listener, int fd)
{
  metrics_add (listener->config.metrics, METRIC_CONNECTIONS_REFUSED, 1);
  close (fd);
}

static void
refuse_with_words (HttpListener *listener, int fd, const char *body)
{
  char answer[512];
  int n =
      g_snprintf (answer, sizeof answer,
                  "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                  "Connection: close\r\n\r\n%s",
                  strlen (body), body);
  /* Best effort; what the client has sent is read so that closing does not reset the answer away. */
  char drop[4096];
  (void)recv (fd, drop, sizeof drop, MSG_DONTWAIT);
  (void)send (fd, answer, (gsize)n, MSG_NOSIGNAL | MSG_DONTWAIT);
  shutdown (fd, SHUT_WR);
  refuse (listener, fd);
}

static void
judge (HttpListener *listener, int fd, const struct sockaddr_storage *peer, socklen_t peer_size,
       guint8 first_byte)
{
  const HttpListenerConfig *config = &listener->config;
  const struct sockaddr *address = (const struct sockaddr *)peer;
  HttpTransport transport = http_listener_judge (first_byte);
  if (transport == HTTP_TRANSPORT_TLS && !config->has_tls) {
    refuse (listener, fd);
    return;
  }
  if (transport == HTTP_TRANSPORT_PLAIN && !config->plain_from_anywhere &&
      !http_listener_is_loopback (address)) {
    refuse_with_words (listener, fd,
                       "plain HTTP is served on loopback addresses only: use https, or set "
                       "plain_http_from_anywhere\n");
    return;
  }
  if (!config->deliver (config->ctx, fd, address, peer_size, transport))
    refuse (listener, fd);
}

static void
forget_silent (HttpListener *listener, Silent *silent)
{
  peer_count_remove (listener->config.peers, silent->peer_text);
  g_queue_unlink (&listener->silent, &silent->link);
  g_free (silent);
}

/* TRUE: the first byte is there and the socket has found its place, or it is gone. */
static gboolean
look (HttpListener *listener, int fd, const struct sockaddr_storage *peer, socklen_t peer_size)
{
  guint8 byte = 0;
  ssize_t n = recv (fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n == 1)
    judge (listener, fd, peer, peer_size, byte);
  else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return FALSE;
  else
    close (fd); /* left without a word: not worth counting */
  return TRUE;
}

static void
wait_for_first_byte (HttpListener *listener, int fd, const struct sockaddr_storage *peer,
                     socklen_t peer_size)
{
  if (listener->silent.length >= MAX_SILENT) {
    Silent *oldest = listener->silent.head->data;
    refuse (listener, oldest->fd); /* closing also ends the watch */
    forget_silent (listener, oldest);
  }
  Silent *silent = g_new0 (Silent, 1);
  silent->link.data = silent;
  silent->fd = fd;
  silent->deadline_us = g_get_monotonic_time () + listener->config.silent_s * G_USEC_PER_SEC;
  silent->peer = *peer;
  silent->peer_size = peer_size;
  peer_format ((const struct sockaddr *)peer, silent->peer_text);
  struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data.ptr = silent };
  if (epoll_ctl (listener->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
    refuse (listener, fd);
    g_free (silent);
    return;
  }
  peer_count_add (listener->config.peers, silent->peer_text);
  g_queue_push_tail_link (&listener->silent, &silent->link);
}

static void
on_first_byte (HttpListener *listener, Silent *silent)
{
  /* Out of our set first: afterwards the socket belongs to somebody else. */
  epoll_ctl (listener->epoll_fd, EPOLL_CTL_DEL, silent->fd, NULL);
  if (look (listener, silent->fd, &silent->peer, silent->peer_size)) {
    forget_silent (listener, silent);
    return;
  }
  struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data.ptr = silent };
  if (epoll_ctl (listener->epoll_fd, EPOLL_CTL_ADD, silent->fd, &event) != 0) {
    refuse (listener, silent->fd);
    forget_silent (listener, silent);
  }
}

/* ---- accepting ---- */

static gboolean
watch_socket (HttpListener *listener)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = &listener->socket_fd };
  return epoll_ctl (listener->epoll_fd, EPOLL_CTL_ADD, listener->socket_fd, &event) == 0;
}

/* Until the next tick. */
static void
rest (HttpListener *listener)
{
  epoll_ctl (listener->epoll_fd, EPOLL_CTL_DEL, listener->socket_fd,
             NULL); /* fails only unwatched */
  listener->resting = TRUE;
}

static gboolean
has_room (HttpListener *listener, const struct sockaddr_storage *peer)
{
  const HttpListenerConfig *config = &listener->config;
  char text[PEER_TEXT_SIZE];
  if (config->count_open (config->ctx) + listener->silent.length >= config->max_connections)
    return FALSE;
  peer_format ((const struct sockaddr *)peer, text);
  return peer_count_get (config->peers, text) < config->max_per_peer;
}

static void
accept_all (HttpListener *listener)
{
  const HttpListenerConfig *config = &listener->config;
  for (int i = 0; i < BACKLOG; i++) {
    struct sockaddr_storage peer = { 0 };
    socklen_t peer_size = sizeof peer;
    int fd = accept4 (listener->socket_fd, (struct sockaddr *)&peer, &peer_size,
                      SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
      int code = errno;
      if (code == EINTR || code == ECONNABORTED || code == EPROTO)
        continue;
      if (code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM) {
        /* The connection stays in the backlog; asking again at once would only spin. */
        log_warning (config->log, "accept-failed", log_text ("error", g_strerror (code)));
        rest (listener);
      }
      return;
    }
    metrics_add (config->metrics, METRIC_CONNECTIONS, 1);
    if (!has_room (listener, &peer)) {
      refuse (listener, fd);
      continue;
    }
    int on = 1;
    if (setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        !look (listener, fd, &peer, peer_size))
      wait_for_first_byte (listener, fd, &peer, peer_size);
  }
}

static void
tick (HttpListener *listener, gint64 now_us)
{
  while (listener->silent.head != NULL) {
    Silent *oldest = listener->silent.head->data;
    if (oldest->deadline_us > now_us)
      break;
    refuse (listener, oldest->fd);
    forget_silent (listener, oldest);
  }
  if (listener->resting && !g_atomic_int_get (&listener->closing))
    listener->resting = !watch_socket (listener);
  listener->config.tick (listener->config.ctx);
}

static void
stop_accepting (HttpListener *listener)
{
  if (listener->socket_fd < 0)
    return;
  close (listener->socket_fd); /* also ends the watch */
  listener->socket_fd = -1;
}

static gpointer
listener_thread (gpointer data)
{
  HttpListener *listener = data;
  struct epoll_event events[64];
  while (!g_atomic_int_get (&listener->ending)) {
    int n = epoll_wait (listener->epoll_fd, events, G_N_ELEMENTS (events), TICK_MS);
    for (int i = 0; i < n; i++) {
      gpointer what = events[i].data.ptr;
      if (what == &listener->wake_fd) {
        guint64 count = 0;
        ssize_t ignored = read (listener->wake_fd, &count, sizeof count);
        (void)ignored;
      } else if (what != &listener->socket_fd) {
        on_first_byte (listener, what);
      }
    }
    /* After the first bytes, so that accepting cannot free a Silent that an event of this round names. */
    if (g_atomic_int_get (&listener->closing))
      stop_accepting (listener);
    else
      for (int i = 0; i < n; i++)
        if (events[i].data.ptr == &listener->socket_fd)
          accept_all (listener);
    gint64 now_us = g_get_monotonic_time ();
    if (now_us >= listener->next_tick_us) {
      listener->next_tick_us = now_us + TICK_MS * 1000;
      tick (listener, now_us);
    }
  }
  return NULL;
}

/* ---- life ---- */

static gboolean
fail (GError **error, const char *what, const char *address, int code)
{
  g_set_error (error, G_FILE_ERROR, (int)g_file_error_from_errno (code), "cannot %s %s: %s", what,
               address, g_strerror (code));
  return FALSE;
}

static gboolean
bind_socket (HttpListener *listener, const char *address, GError **error)
{
  struct sockaddr_storage bound = { 0 };
  socklen_t size = 0;
  if (!http_listener_parse_address (address, &bound, &size)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                 "cannot listen on \"%s\": not ADDRESS:PORT with a numeric address, such as "
                 "127.0.0.1:8600 or [::]:8600",
                 address);
    return FALSE;
  }
  int fd = socket (bound.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return fail (error, "make a socket for", address, errno);
  listener->socket_fd = fd;
  int on = 1;
  if (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
    return fail (error, "prepare the socket for", address, errno);
  if (bind (fd, (struct sockaddr *)&bound, size) != 0 || listen (fd, BACKLOG) != 0 ||
      getsockname (fd, (struct sockaddr *)&bound, &size) != 0)
    return fail (error, "listen on", address, errno);
  listener->address = http_listener_format_address ((struct sockaddr *)&bound);
  return TRUE;
}

HttpListener *
http_listener_start (const HttpListenerConfig *config, const char *address, GError **error)
{
  HttpListener *listener = g_new0 (HttpListener, 1);
  listener->config = *config;
  listener->socket_fd = -1;
  listener->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  listener->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_queue_init (&listener->silent);
  struct epoll_event wake = { .events = EPOLLIN, .data.ptr = &listener->wake_fd };
  if (listener->epoll_fd < 0 || listener->wake_fd < 0 ||
      epoll_ctl (listener->epoll_fd, EPOLL_CTL_ADD, listener->wake_fd, &wake) != 0)
    fail (error, "watch", address, errno);
  else if (bind_socket (listener, address, error)) {
    listener->resting = !watch_socket (listener); /* then it is tried again in a moment */
    listener->thread = g_thread_new ("listener", listener_thread, listener);
    return listener;
  }
  http_listener_free (listener);
  return NULL;
}

const char *
http_listener_address (const HttpListener *listener)
{
  return listener->address;
}

static void
wake (HttpListener *listener)
{
  guint64 one = 1;
  ssize_t ignored = write (listener->wake_fd, &one, sizeof one); /* full means: awake already */
  (void)ignored;
}

void
http_listener_close (HttpListener *listener)
{
  g_atomic_int_set (&listener->closing, 1);
  wake (listener);
}

void
http_listener_free (HttpListener *listener)
{
  if (listener == NULL)
    return;
  if (listener->thread != NULL) {
    g_atomic_int_set (&listener->ending, 1);
    wake (listener);
    g_thread_join (listener->thread);
  }
  while (listener->silent.head != NULL) {
    Silent *silent = listener->silent.head->data;
    close (silent->fd);
    forget_silent (listener, silent);
  }
  stop_accepting (listener);
  if (listener->epoll_fd >= 0)
    close (listener->epoll_fd);
  if (listener->wake_fd >= 0)
    close (listener->wake_fd);
  g_free (listener->address);
  g_free (listener);
}
