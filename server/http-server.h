#pragma once

#include "core/ambient.h"
#include "core/arena.h"
#include "server/log.h"
#include "server/metrics.h"

/* HTTP/1.1 on one port, with and without TLS.
 *
 * An acceptor thread looks at a connection's first byte (0x16 begins a TLS handshake) and hands the socket to one of two
 * small pools of event loops. Plain HTTP is for loopback peers only, unless configured otherwise. A request is read
 * whole into memory up to a cap, or streamed into a sink, then given to a route; it is *parked* when the route returns
 * without having answered, and costs no thread until somebody answers it.
 *
 * It knows nothing of signatures, JSON or the store. Limits: the request line and headers together fit in the
 * connection's 8 KiB; slow heads and bodies are cut off (HttpServerConfig).
 *
 * A header line folded over several is not read: the library takes its continuation for a part of its name, so that it is as good
 * as absent (RFC 9112 5.2 lets a server refuse such requests; no client sends them).
 *
 * Every answer gets the headers Date and x-amzn-RequestId. Answers that the HTTP parser itself gives to garbage (400,
 * 414, 431) are plain and without request id.
 *
 * Threads: routes' functions run on event loops and never block: no store_run, no file sync. Answering may happen on any
 * thread.
 */
typedef struct HttpServer HttpServer;
typedef struct HttpExchange HttpExchange; /* one request and its answer */

typedef struct {
  const char *name;
  const char *value;
} HttpHeader;

/* Where a body goes piece by piece. write and finish run on an event loop; a failure ends the copying: the rest of the body
 * is read and dropped, and handle finds the error with http_exchange_body_error. finish is called once after the
 * last byte, before handle. free is called exactly once, when the exchange ends or the connection breaks. */
typedef struct {
  gboolean (*write) (gpointer self, const guint8 *bytes, gsize n, GError **error);
  gboolean (*finish) (gpointer self, GError **error);
  void (*free) (gpointer self);
} HttpBodySink;

typedef struct {
  gsize cap; /* sink NULL: more bytes than this are answered with 413 (see too_large) */
  const HttpBodySink *sink; /* NULL: buffer in memory */
  gpointer sink_self;
} HttpBodyPlan;

/* The first route whose accepts says TRUE has the request. */
typedef struct {
  /* Looks at method, path, query and headers. */
  gboolean (*accepts) (const HttpExchange *head, gpointer ctx);
  /* Headers are in, the body is not. FALSE: plan has answered already (the body is dropped). NULL: cap of 1 MiB. */
  gboolean (*plan) (HttpExchange *head, HttpBodyPlan *out_plan, gpointer ctx);
  /* The request is complete. Answers, or keeps the exchange and lets it be answered later, exactly once. */
  void (*handle) (HttpExchange *exchange, gpointer ctx);
  /* The body was larger than the plan's cap; answers at once. NULL: an empty 413. */
  void (*too_large) (HttpExchange *exchange, gpointer ctx);
  gpointer ctx;
} HttpRoute;

/* ---- reading; valid from accepts until the answer, on any thread ---- */
const char *http_exchange_method (const HttpExchange *exchange);
const char *http_exchange_path (
    const HttpExchange *exchange); /* as sent, undecoded; "/" at least */
const char *http_exchange_query (
    const HttpExchange *exchange); /* as sent, without '?'; "" for none */
/* The first header of this name (any case), or NULL. */
const char *http_exchange_header (const HttpExchange *exchange, const char *name);
/* All headers in order of arrival. */
const HttpHeader *http_exchange_headers (const HttpExchange *exchange, gsize *out_n);
const char *http_exchange_peer (const HttpExchange *exchange); /* address:port */
/* The same without the port and the brackets of IPv6, in arena. */
const char *http_exchange_peer_ip (const HttpExchange *exchange, Arena *arena);
/* What counts as one peer (server/peer-count.h). */
const char *http_exchange_peer_network (const HttpExchange *exchange);
gboolean http_exchange_is_tls (const HttpExchange *exchange);
/* A lower-case UUID; also sent as x-amzn-RequestId. */
const char *http_exchange_request_id (const HttpExchange *exchange);
/* When the headers were in. */
gint64 http_exchange_begin_ms (const HttpExchange *exchange);
/* The buffered body; from handle on. NUL-terminated for convenience. */
const char *http_exchange_body (const HttpExchange *exchange, gsize *out_length);
/* Bytes of body received, also with a sink. */
guint64 http_exchange_body_size (const HttpExchange *exchange);
/* What the sink failed with, or NULL. */
const GError *http_exchange_body_error (const HttpExchange *exchange);
/* The plan's sink_self, or NULL. */
gpointer http_exchange_sink (const HttpExchange *exchange);

/* Has the client closed its side, so that nobody reads the answer? From handle until the answer. A host that lost its power or
 * its network has not; nor does it say that a client was there when the answer came. */
gboolean http_exchange_is_abandoned (const HttpExchange *exchange);

/* One pointer for the route's own use, between plan, handle and the answer. destroy (may be NULL) runs when the exchange ends. */
void http_exchange_set_data (HttpExchange *exchange, gpointer data, GDestroyNotify destroy);
gpointer http_exchange_data (const HttpExchange *exchange);

/* For the request's log line, set before the answer: who and what. Copied. Requests that change something are logged at
 * info, others at debug unless they were denied; answers of 500 and more always. */
void http_exchange_note (HttpExchange *exchange, const char *principal, const char *operation,
                         gboolean changes);
/* The caller may not do it: that is logged at info. */
void http_exchange_note_denied (HttpExchange *exchange);

/* ---- answering; any thread, exactly once; afterwards the exchange must not be touched ---- */
/* headers are copied; body may be NULL (empty) and is referenced, not consumed. */
void http_exchange_answer (HttpExchange *exchange, guint status, const HttpHeader *headers,
                           gsize n_headers, GBytes *body);
/* length bytes of fd from offset, with sendfile; fd is the server's from now on. */
void http_exchange_answer_file (HttpExchange *exchange, guint status, const HttpHeader *headers,
                                gsize n_headers, int fd, guint64 offset, guint64 length);
/* To a HEAD request: Content-Length of a body that is not sent. */
void http_exchange_answer_head (HttpExchange *exchange, guint status, const HttpHeader *headers,
                                gsize n_headers, guint64 length);

/* ---- the server ---- */
typedef struct {
  const char *listen;   /* 127.0.0.1:8600, [::1]:0, 0.0.0.0:443 */
  const char *cert_pem; /* the server's certificate, then its issuers; NULL: no TLS */
  const char *key_pem;
  guint threads; /* per pool; 0: by processors */
  guint max_connections;
  guint max_per_peer; /* connections of one peer; 0: three quarters of max_connections */
  guint idle_s;
  guint head_s;          /* a request's headers must be complete within, from its first byte */
  guint body_s;          /* a buffered body must be complete within */
  guint slowest_bytes_s; /* over a time of body_s; 0: as slow as they like */
  gboolean plain_from_anywhere;
  const HttpRoute *routes; /* borrowed while the server lives; the last should accept all */
  gsize n_routes;
  const Ambient *ambient;
  const Log *log;
  Metrics *metrics;
} HttpServerConfig;

#define HTTP_SERVER_ERROR (http_server_error_quark ())
GQuark http_server_error_quark (void);
typedef enum {
  HTTP_SERVER_ERROR_ADDRESS, /* not an address, or it cannot be bound */
  HTTP_SERVER_ERROR_START    /* TLS material or the library refused */
} HttpServerError;

/* Accepts connections when it returns. */
HttpServer *http_server_start (const HttpServerConfig *config, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The chosen address, e.g. 127.0.0.1:41733. */
const char *http_server_address (const HttpServer *server);
/* Stops accepting; new requests on open connections get 503. Requests that have begun go on; every answer closes its
 * connection. */
void http_server_quiesce (HttpServer *server);
/* Waits until no request is open, at most timeout_ms. FALSE: some still are. */
gboolean http_server_drain (HttpServer *server, gint64 timeout_ms);
/* From now on no route is called, not even for requests whose body is still coming: they get 503. */
void http_server_cut (HttpServer *server);
/* Ends everything; answers that are on their way are cut off. FALSE: an exchange is parked that nobody has answered; then
 * nothing was ended but the listener. NULL is allowed. */
gboolean http_server_stop (HttpServer *server);
