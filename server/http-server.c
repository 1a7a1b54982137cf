#include "server/http-server.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/http-private.h"

G_DEFINE_QUARK (slipway_http_server_error, http_server_error)

/* The connection's memory: request line, headers, and the window through which bodies and answers pass. */
#define CONNECTION_MEMORY_BYTES 8192
/* A body that nobody wants is read to its end up to this size, so that the client sees the answer and not a reset. */
#define MAX_DROPPED_BYTES (64 * 1024 * 1024)

#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct HttpServer {
  HttpServerConfig config;
  HttpListener *listener;
  struct MHD_Daemon *plain;
  struct MHD_Daemon *tls; /* NULL: none */
  GMutex lock; /* for connections, and for nobody closing a socket while we shut it down */
  GQueue connections;
  PeerCount *peers;
  guint last_answer;  /* atomic; for HttpConnection.sending */
  gint n_connections; /* atomic */
  gint n_exchanges;   /* atomic */
  gint n_parked;      /* atomic */
  gint n_answering;   /* atomic */
  gint phase;         /* atomic, an HttpServerPhase */
};

const HttpServerConfig *
http_server_config (const HttpServer *server)
{
  return &server->config;
}

HttpServerPhase
http_server_phase (const HttpServer *server)
{
  return (HttpServerPhase)g_atomic_int_get (&server->phase);
}

void
http_server_count_parked (HttpServer *server, gint by)
{
  g_atomic_int_add (&server->n_parked, by);
}

void
http_server_count_answering (HttpServer *server, gint by)
{
  g_atomic_int_add (&server->n_answering, by);
}

/* ---- connections and their deadlines ---- */

static void
set_deadline (HttpConnection *connection, guint seconds)
{
  gint64 at = seconds == 0 ? 0 : g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  __atomic_store_n (&connection->deadline_us, at, __ATOMIC_RELAXED);
}

static void
on_connection (void *cls, struct MHD_Connection *mhd, void **socket_context,
               enum MHD_ConnectionNotificationCode code)
{
  HttpServer *server = cls;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    HttpConnection *connection = g_new0 (HttpConnection, 1);
    const struct sockaddr *peer =
        MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    connection->link.data = connection;
    connection->fd = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    connection->transport = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_PROTOCOL) == NULL
                                ? HTTP_TRANSPORT_PLAIN
                                : HTTP_TRANSPORT_TLS;
    connection->peer = http_listener_format_address (peer);
    peer_format (peer, connection->peer_text);
    peer_count_add (server->peers, connection->peer_text);
    set_deadline (connection, server->config.head_s);
    *socket_context = connection;
    g_mutex_lock (&server->lock);
    g_queue_push_tail_link (&server->connections, &connection->link);
    g_mutex_unlock (&server->lock);
    g_atomic_int_inc (&server->n_connections);
    metrics_add (server->config.metrics, METRIC_CONNECTIONS_OPEN, 1);
    return;
  }
  HttpConnection *connection = *socket_context;
  *socket_context = NULL;
  g_mutex_lock (&server->lock);
  g_queue_unlink (&server->connections, &connection->link);
  g_mutex_unlock (&server->lock);
  g_atomic_int_add (&server->n_connections, -1);
  peer_count_remove (server->peers, connection->peer_text);
  metrics_add (server->config.metrics, METRIC_CONNECTIONS_OPEN, -1);
  g_free (connection->peer);
  g_free (connection);
}

static guint64
acknowledged_bytes (int fd)
{
  struct tcp_info info = { 0 };
  socklen_t size = sizeof info;
  /* A kernel that does not say counts as a peer that takes all. */
  if (getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      size < G_STRUCT_OFFSET (struct tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked)
    return G_MAXUINT64;
  return info.tcpi_bytes_acked;
}

/* Has the client taken too little of an answer for too long? Each byte that it takes starts MHD's idle time again, so that is no
 * bound. */
static gboolean
reads_too_slowly (const HttpServerConfig *config, HttpConnection *connection, gint64 now_us)
{
  HttpReaderWatch *watch = &connection->watch;
  guint sending = __atomic_load_n (&connection->sending, __ATOMIC_RELAXED);
  gboolean is_new = sending != watch->sending;
  if (sending == 0 || config->slowest_bytes_s == 0 ||
      (!is_new && now_us - watch->since_us < config->body_s * G_USEC_PER_SEC)) {
    watch->sending = is_new ? 0 : watch->sending;
    return FALSE;
  }
  guint64 acked = acknowledged_bytes (connection->fd);
  gboolean too_slow =
      !is_new && acked - watch->acked < (guint64)config->slowest_bytes_s * config->body_s;
  *watch = (HttpReaderWatch){ .sending = sending, .since_us = now_us, .acked = acked };
  return too_slow;
}

/* Cuts off those that are too slow. MHD's own time limit starts again with every byte; this one does not. */
static void
on_tick (gpointer ctx)
{
  HttpServer *server = ctx;
  gint64 now_us = g_get_monotonic_time ();
  g_mutex_lock (&server->lock);
  for (GList *link = server->connections.head; link != NULL; link = link->next) {
    HttpConnection *connection = link->data;
    gint64 deadline_us = __atomic_load_n (&connection->deadline_us, __ATOMIC_RELAXED);
    if ((deadline_us != 0 && now_us > deadline_us) ||
        reads_too_slowly (&server->config, connection, now_us)) {
      shutdown (connection->fd, SHUT_RDWR);
      set_deadline (connection, 0);
    }
  }
  g_mutex_unlock (&server->lock);
}

static guint
on_count_open (gpointer ctx)
{
  HttpServer *server = ctx;
  return (guint)g_atomic_int_get (&server->n_connections);
}

static gboolean
on_deliver (gpointer ctx, int fd, const struct sockaddr *peer, socklen_t peer_size,
            HttpTransport transport)
{
  HttpServer *server = ctx;
  struct MHD_Daemon *daemon = transport == HTTP_TRANSPORT_TLS ? server->tls : server->plain;
  if (MHD_add_connection (daemon, fd, peer, peer_size) == MHD_YES)
    return TRUE;
  /* MHD closes the socket also when it fails. */
  int code = errno;
  metrics_add (server->config.metrics, METRIC_CONNECTIONS_REFUSED, 1);
  log_warning (server->config.log, "connection-refused", log_text ("error", g_strerror (code)));
  return TRUE;
}

/* ---- requests ---- */

static void *
on_target (void *cls, const char *target, struct MHD_Connection *mhd)
{
  HttpServer *server = cls;
  HttpExchange *exchange = http_exchange_new (server, mhd, target);
  exchange->connection =
      MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
  g_atomic_int_inc (&server->n_exchanges);
  metrics_add (server->config.metrics, METRIC_REQUESTS_OPEN, 1);
  return exchange;
}

/* Paths and queries stay as they were sent: signatures are over those bytes. */
static size_t
on_unescape (void *cls, struct MHD_Connection *mhd, char *text)
{
  return strlen (text);
}

static enum MHD_Result
send_answer (HttpExchange *exchange)
{
  guint number = __atomic_add_fetch (&exchange->server->last_answer, 1, __ATOMIC_RELAXED);
  /* After four thousand million answers one goes without a watch. */
  __atomic_store_n (&exchange->connection->sending, number, __ATOMIC_RELAXED);
  enum MHD_Result sent = MHD_queue_response (exchange->mhd, exchange->status, exchange->response);
  MHD_destroy_response (exchange->response);
  exchange->response = NULL;
  return sent;
}

static gboolean
is_answered (const HttpExchange *exchange)
{
  return g_atomic_int_get (&exchange->state) == HTTP_EXCHANGE_ANSWERED;
}

/* The plan has answered: at once when the client asks before it sends, or when the body is too long to be read for nothing. */
static gboolean
answers_before_body (const HttpExchange *exchange)
{
  guint64 announced = 0;
  const char *length = http_exchange_header (exchange, "Content-Length");
  if (http_exchange_header (exchange, "Expect") != NULL)
    return TRUE;
  return length != NULL &&
         !g_ascii_string_to_unsigned (length, 10, 0, MAX_DROPPED_BYTES, &announced, NULL);
}

static enum MHD_Result
begin (HttpExchange *exchange, const char *method)
{
  const HttpServerConfig *config = &exchange->server->config;
  if (http_exchange_is_framed_twice (exchange))
    return MHD_NO;
  http_exchange_begin (exchange, method);
  /* A buffer must be filled within the time, a sink may go on for as long as enough keeps coming. */
  gboolean endless = exchange->plan.sink != NULL && config->slowest_bytes_s == 0;
  set_deadline (exchange->connection, endless || !exchange->has_body ? 0 : config->body_s);
  if (is_answered (exchange) && exchange->has_body && answers_before_body (exchange))
    return send_answer (exchange);
  return MHD_YES;
}

/* A sink that wants its body gets the time again whenever enough of it has come; one that has refused it, once more. */
static void
put_off_deadline (HttpExchange *exchange, gboolean was_wanted)
{
  const HttpServerConfig *config = &exchange->server->config;
  guint64 enough = (guint64)config->slowest_bytes_s * config->body_s;
  if (exchange->is_dropping) {
    if (was_wanted)
      set_deadline (exchange->connection, config->body_s);
  } else if (enough > 0 && exchange->body_size - exchange->body_in_time >= enough) {
    exchange->body_in_time = exchange->body_size;
    set_deadline (exchange->connection, config->body_s);
  }
}

static enum MHD_Result
on_request (void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
            const char *version, const char *upload, size_t *upload_size, void **con_cls)
{
  HttpExchange *exchange = *con_cls;
  if (exchange->headers == NULL)
    return begin (exchange, method);
  if (*upload_size > 0) {
    gboolean was_wanted = !exchange->is_dropping;
    http_exchange_take (exchange, (const guint8 *)upload, *upload_size);
    *upload_size = 0;
    if (exchange->plan.sink != NULL)
      put_off_deadline (exchange, was_wanted);
    /* Endless bytes for nothing: the connection is cut. */
    return exchange->is_dropping && exchange->body_size > MAX_DROPPED_BYTES ? MHD_NO : MHD_YES;
  }
  if (is_answered (exchange))
    return send_answer (exchange);
  set_deadline (exchange->connection, 0);
  http_exchange_handle (exchange);
  if (is_answered (exchange))
    return send_answer (exchange);
  /* Suspended first, so that an answer from another thread always finds something to resume. */
  MHD_suspend_connection (mhd);
  if (!http_exchange_park (exchange))
    MHD_resume_connection (mhd);
  return MHD_YES;
}

static void
log_request (const HttpExchange *exchange, enum MHD_RequestTerminationCode code)
{
  const Log *log = exchange->server->config.log;
  gboolean is_told = exchange->changes || exchange->denied;
  LogLevel level = exchange->status >= 500 ? LOG_LEVEL_WARNING
                   : is_told               ? LOG_LEVEL_INFO
                                           : LOG_LEVEL_DEBUG;
  if (!log_wants (log, level))
    return;
  log_write (
      log, level, "request",
      LOG_FIELDS (
          log_text ("method", exchange->method), log_text ("path", exchange->path),
          log_text ("operation", exchange->operation), log_text ("principal", exchange->principal),
          log_number ("status", exchange->status),
          log_number ("us", g_get_monotonic_time () - exchange->begin_us),
          log_number ("bytes", (gint64)exchange->answer_size),
          log_text ("sent", code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "yes" : "no"),
          log_text ("peer", exchange->connection->peer), log_text ("id", exchange->request_id)));
}

static void
on_completed (void *cls, struct MHD_Connection *mhd, void **con_cls,
              enum MHD_RequestTerminationCode code)
{
  HttpServer *server = cls;
  HttpExchange *exchange = *con_cls;
  if (exchange == NULL)
    return;
  *con_cls = NULL;
  Metrics *metrics = server->config.metrics;
  metrics_add (metrics, METRIC_REQUESTS_OPEN, -1);
  if (exchange->status != 0) {
    metrics_add (metrics,
                 exchange->status >= 500   ? METRIC_REQUESTS_SERVER_ERROR
                 : exchange->status >= 400 ? METRIC_REQUESTS_CLIENT_ERROR
                                           : METRIC_REQUESTS_OK,
                 1);
    metrics_add (metrics, METRIC_BYTES_OUT, (gint64)exchange->answer_size);
    log_request (exchange, code);
  }
  __atomic_store_n (&exchange->connection->sending, 0, __ATOMIC_RELAXED);
  /* The next request's head: it may begin late, then it must be quick. */
  set_deadline (exchange->connection, server->config.idle_s + server->config.head_s);
  http_exchange_free (exchange);
  g_atomic_int_add (&server->n_exchanges, -1);
}

/* ---- life ---- */

static void
on_mhd_log (void *cls, const char *format, va_list args)
{
  HttpServer *server = cls;
  if (!log_wants (server->config.log, LOG_LEVEL_DEBUG))
    return;
  g_autofree char *text = g_strdup_vprintf (format, args);
  log_debug (server->config.log, "http", log_text ("text", g_strstrip (text)));
}

static struct MHD_Daemon *
start_daemon (HttpServer *server, HttpTransport transport)
{
  const HttpServerConfig *config = &server->config;
  struct MHD_OptionItem tls_options[] = {
    { MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)config->cert_pem },
    { MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)config->key_pem },
    { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)TLS_PRIORITIES },
    { MHD_OPTION_END, 0, NULL },
  };
  struct MHD_OptionItem no_options[] = { { MHD_OPTION_END, 0, NULL } };
  gboolean tls = transport == HTTP_TRANSPORT_TLS;
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                   MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | (tls ? MHD_USE_TLS : 0);
  /* A pool of one is spelt as no pool. */
  unsigned pool = config->threads > 1 ? config->threads : 0;
  return MHD_start_daemon (
      flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, server,
      MHD_OPTION_ARRAY, tls ? tls_options : no_options, MHD_OPTION_THREAD_POOL_SIZE, pool,
      MHD_OPTION_CONNECTION_LIMIT, config->max_connections + 64, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      (size_t)CONNECTION_MEMORY_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, config->idle_s,
      MHD_OPTION_URI_LOG_CALLBACK, on_target, server, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape,
      NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
      on_connection, server, MHD_OPTION_THREAD_STACK_SIZE, (size_t)(512 * 1024), MHD_OPTION_END);
}

/* A connection is a descriptor: as many as the system lets us have. */
static void
raise_descriptor_limit (const HttpServerConfig *config)
{
  struct rlimit limit;
  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < config->max_connections + 256)
    log_warning (config->log, "few-file-descriptors",
                 log_number ("allowed", (gint64)limit.rlim_max),
                 log_number ("max-connections", config->max_connections));
}

HttpServer *
http_server_start (const HttpServerConfig *config, GError **error)
{
  HttpServer *server = g_new0 (HttpServer, 1);
  server->config = *config;
  if (server->config.threads == 0)
    server->config.threads = CLAMP (g_get_num_processors (), 1, 4);
  g_mutex_init (&server->lock);
  g_queue_init (&server->connections);
  server->peers = peer_count_new ();
  raise_descriptor_limit (config);

  server->plain = start_daemon (server, HTTP_TRANSPORT_PLAIN);
  if (config->cert_pem != NULL)
    server->tls = start_daemon (server, HTTP_TRANSPORT_TLS);
  if (server->plain == NULL || (config->cert_pem != NULL && server->tls == NULL)) {
    g_set_error (
        error, HTTP_SERVER_ERROR, HTTP_SERVER_ERROR_START, "cannot start the HTTP server: %s",
        server->plain == NULL ? g_strerror (errno) : "the TLS certificate and key cannot be used");
    (void)http_server_stop (server);
    return NULL;
  }
  HttpListenerConfig listener = {
    .deliver = on_deliver,
    .tick = on_tick,
    .count_open = on_count_open,
    .ctx = server,
    .max_connections = config->max_connections,
    .peers = server->peers,
    .max_per_peer = config->max_per_peer > 0 ? config->max_per_peer
                                             : (guint)((guint64)config->max_connections * 3 / 4),
    .silent_s = config->head_s,
    .plain_from_anywhere = config->plain_from_anywhere,
    .has_tls = server->tls != NULL,
    .log = config->log,
    .metrics = config->metrics,
  };
  g_autoptr (GError) problem = NULL;
  server->listener = http_listener_start (&listener, config->listen, &problem);
  if (server->listener == NULL) {
    g_set_error_literal (error, HTTP_SERVER_ERROR, HTTP_SERVER_ERROR_ADDRESS, problem->message);
    (void)http_server_stop (server);
    return NULL;
  }
  return server;
}

const char *
http_server_address (const HttpServer *server)
{
  return http_listener_address (server->listener);
}

void
http_server_quiesce (HttpServer *server)
{
  g_atomic_int_set (&server->phase, HTTP_SERVER_QUIET);
  http_listener_close (server->listener);
}

gboolean
http_server_drain (HttpServer *server, gint64 timeout_ms)
{
  gint64 deadline_us = g_get_monotonic_time () + timeout_ms * 1000;
  while (g_atomic_int_get (&server->n_exchanges) > 0) {
    if (g_get_monotonic_time () >= deadline_us)
      return FALSE;
    g_usleep (2000);
  }
  return TRUE;
}

void
http_server_cut (HttpServer *server)
{
  g_atomic_int_set (&server->phase, HTTP_SERVER_CUT);
}

gboolean
http_server_stop (HttpServer *server)
{
  if (server == NULL)
    return TRUE;
  http_listener_free (server->listener);
  server->listener = NULL;
  /* The library does not survive being stopped with suspended connections. */
  if (g_atomic_int_get (&server->n_parked) > 0)
    return FALSE;
  /* An answer's last steps, on another thread, take microseconds. */
  while (g_atomic_int_get (&server->n_answering) > 0)
    g_usleep (100);
  if (server->plain != NULL)
    MHD_stop_daemon (server->plain);
  if (server->tls != NULL)
    MHD_stop_daemon (server->tls);
  peer_count_free (server->peers);
  g_mutex_clear (&server->lock);
  g_free (server);
  return TRUE;
}
