#pragma once

/* What http-server.c and http-exchange.c share; nobody else includes it. */

#include <microhttpd.h>
#include <sys/socket.h>

#include "core/ids.h"
#include "server/http-listener.h"
#include "server/http-server.h"

/* How quickly a client takes an answer. */
typedef struct {
  guint sending; /* the answer that is watched; 0: none */
  gint64 since_us;
  guint64 acked; /* bytes the peer had acknowledged then */
} HttpReaderWatch;

/* One socket that MHD has. Made when MHD has taken it, gone when MHD closes it. */
typedef struct {
  GList link; /* in server->connections; data is the HttpConnection */
  int fd;
  HttpTransport transport;
  gint64 deadline_us; /* atomic; 0: none. Past it the socket is shut down. */
  char *peer;
  char peer_text[PEER_TEXT_SIZE]; /* without the port: what is counted */
  guint sending;         /* atomic; another number for each answer on its way, 0: none is */
  HttpReaderWatch watch; /* the listener's thread's */
} HttpConnection;

/* Where an exchange stands. Only answering moves it to ANSWERED; the event loop does the other steps. */
typedef enum {
  HTTP_EXCHANGE_READING, /* the event loop's: headers and body */
  HTTP_EXCHANGE_HANDLED, /* the route has it; the event loop has not parked it yet */
  HTTP_EXCHANGE_PARKED,  /* the connection is suspended; the answer resumes it */
  HTTP_EXCHANGE_ANSWERED /* response and status are set; the event loop sends them */
} HttpExchangeState;

struct HttpExchange {
  HttpServer *server;
  struct MHD_Connection *mhd;
  HttpConnection *connection;
  const char *method;
  char *path;  /* one allocation with the query */
  char *query; /* into path */
  HttpHeader *headers;
  gsize n_headers;
  char request_id[IDS_UUID_SIZE];
  gint64 begin_ms;
  gint64 begin_us;
  const HttpRoute *route; /* NULL until the headers are in */

  HttpBodyPlan plan;
  GByteArray *body;
  guint64 body_size;
  guint64 body_in_time; /* bytes of it for which the deadline was put off */
  GError *body_error;
  gboolean is_too_large;
  gboolean is_dropping; /* what still comes of the body is not wanted */
  gboolean has_body;

  gpointer data;
  GDestroyNotify destroy_data;

  char *principal;
  char *operation;
  gboolean changes;
  gboolean denied;

  gint state; /* atomic, an HttpExchangeState */
  struct MHD_Response *response;
  guint status;
  guint64 answer_size;
};

/* target: as on the request line. */
HttpExchange *http_exchange_new (HttpServer *server, struct MHD_Connection *mhd,
                                 const char *target);
void http_exchange_free (HttpExchange *exchange);
/* Where does the body end, and the next request begin? A proxy in front may take another length than the library does, or another
 * coding, and one client's bytes for another's request (RFC 9112 section 6.3). A length beside a coding the library refuses. */
gboolean http_exchange_is_framed_twice (const HttpExchange *exchange);
/* Once the headers are in: collects them, finds the route, asks for its plan. */
void http_exchange_begin (HttpExchange *exchange, const char *method);
/* A piece of the body. */
void http_exchange_take (HttpExchange *exchange, const guint8 *bytes, gsize n);
/* The body is complete. */
void http_exchange_handle (HttpExchange *exchange);
/* FALSE: the answer was there already. */
gboolean http_exchange_park (HttpExchange *exchange);

const HttpServerConfig *http_server_config (const HttpServer *server);
/* Stopping waits for both: exchanges that are parked, and threads that are inside of an answer. */
void http_server_count_parked (HttpServer *server, gint by);
void http_server_count_answering (HttpServer *server, gint by);

typedef enum {
  HTTP_SERVER_OPEN,
  HTTP_SERVER_QUIET, /* no new requests */
  HTTP_SERVER_CUT    /* no calls into routes */
} HttpServerPhase;
HttpServerPhase http_server_phase (const HttpServer *server);
