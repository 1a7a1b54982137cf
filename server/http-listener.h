#pragma once

#include <glib.h>
#include <sys/socket.h>

#include "server/log.h"
#include "server/metrics.h"
#include "server/peer-count.h"

/* The accepting side of the HTTP server: one thread that accepts connections, waits (without blocking) for the first
 * byte of each, judges it as TLS or plain, and delivers the socket. Connections that stay silent, come when there are too
 * many, or speak plain text from where they may not, end here.
 *
 * Thread rule: start, close and free on the owner's thread; deliver and tick are called on the listener's thread. */
typedef struct HttpListener HttpListener;

typedef enum {
  HTTP_TRANSPORT_PLAIN,
  HTTP_TRANSPORT_TLS
} HttpTransport;

/* TLS begins with a handshake record. */
HttpTransport http_listener_judge (guint8 first_byte);
/* 127.0.0.0/8, ::1, and the former mapped into IPv6. */
gboolean http_listener_is_loopback (const struct sockaddr *address);
/* "127.0.0.1:80", "[::1]:0", "*:80" is not one: an address is asked for. FALSE: not such a text. */
gboolean http_listener_parse_address (const char *text, struct sockaddr_storage *out,
                                      socklen_t *out_size) G_GNUC_WARN_UNUSED_RESULT;
/* The way back. */
char *http_listener_format_address (const struct sockaddr *address);

typedef struct {
  /* Takes the socket over; FALSE: could not, the listener closes it. */
  gboolean (*deliver) (gpointer ctx, int fd, const struct sockaddr *peer, socklen_t peer_size,
                       HttpTransport transport);
  /* About once a second. */
  void (*tick) (gpointer ctx);
  /* How many of the delivered are open now. */
  guint (*count_open) (gpointer ctx);
  gpointer ctx;
  guint max_connections;
  PeerCount *peers; /* of the delivered; the listener adds those that it still has */
  guint max_per_peer;
  guint silent_s; /* how long a connection may take for its first byte */
  gboolean plain_from_anywhere;
  gboolean has_tls;
  const Log *log;
  Metrics *metrics;
} HttpListenerConfig;

/* Binds, listens and starts the thread. Errors: those of bind(2) and friends, in G_FILE_ERROR. */
HttpListener *http_listener_start (const HttpListenerConfig *config, const char *address,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The bound address, with the chosen port. */
const char *http_listener_address (const HttpListener *listener);
/* No new connections from now on; tick goes on. */
void http_listener_close (HttpListener *listener);
/* Ends the thread, closes what is still silent. NULL is allowed. */
void http_listener_free (HttpListener *listener);
