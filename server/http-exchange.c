#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "server/http-private.h"

#define DEFAULT_CAP (1024 * 1024)

/* ---- making one ---- */

HttpExchange *
http_exchange_new (HttpServer *server, struct MHD_Connection *mhd, const char *target)
{
  HttpExchange *exchange = g_new0 (HttpExchange, 1);
  exchange->server = server;
  exchange->mhd = mhd;
  exchange->begin_us = g_get_monotonic_time ();
  /* An absolute target (of a proxy) keeps only what follows its authority; an empty path is "/". */
  const char *from = target;
  const char *authority = strstr (target, "://");
  if (*target != '/' && authority != NULL) {
    from = strpbrk (authority + 3, "/?");
    if (from == NULL)
      from = "";
  }
  gboolean empty = *from == '\0' || *from == '?';
  exchange->path = g_strconcat (empty ? "/" : "", from, NULL);
  char *mark = strchr (exchange->path, '?');
  if (mark != NULL)
    *mark = '\0';
  exchange->query = mark != NULL ? mark + 1 : exchange->path + strlen (exchange->path);
  return exchange;
}

static void
free_sink (HttpExchange *exchange)
{
  if (exchange->plan.sink != NULL && exchange->plan.sink->free != NULL)
    exchange->plan.sink->free (exchange->plan.sink_self);
  exchange->plan.sink = NULL;
}

void
http_exchange_free (HttpExchange *exchange)
{
  if (exchange->destroy_data != NULL)
    exchange->destroy_data (exchange->data);
  free_sink (exchange);
  if (exchange->response != NULL)
    MHD_destroy_response (exchange->response);
  g_clear_pointer (&exchange->body, g_byte_array_unref);
  g_clear_error (&exchange->body_error);
  g_free (exchange->headers);
  g_free (exchange->path);
  g_free (exchange->principal);
  g_free (exchange->operation);
  g_free (exchange);
}

/* ---- reading ---- */

static enum MHD_Result
count_header (void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
  (*(gsize *)cls)++;
  return MHD_YES;
}

/* Names and values stay in the connection's memory until the answer is sent. */
static enum MHD_Result
keep_header (void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
  HttpExchange *exchange = cls;
  exchange->headers[exchange->n_headers++] = (HttpHeader){ key, value == NULL ? "" : value };
  return MHD_YES;
}

static gboolean
body_is_announced (const HttpExchange *exchange)
{
  const char *length = http_exchange_header (exchange, "Content-Length");
  return http_exchange_header (exchange, "Transfer-Encoding") != NULL ||
         (length != NULL && strcmp (length, "0") != 0);
}

static enum MHD_Result
count_length (void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
  guint *n = cls;
  *n += g_ascii_strcasecmp (key, "Content-Length") == 0;
  return MHD_YES;
}

gboolean
http_exchange_is_framed_twice (const HttpExchange *exchange)
{
  guint n_lengths = 0;
  const char *coding =
      MHD_lookup_connection_value (exchange->mhd, MHD_HEADER_KIND, "Transfer-Encoding");
  MHD_get_connection_values (exchange->mhd, MHD_HEADER_KIND, count_length, &n_lengths);
  return n_lengths > 1 || (coding != NULL && g_ascii_strcasecmp (coding, "chunked") != 0);
}

void
http_exchange_begin (HttpExchange *exchange, const char *method)
{
  const HttpServerConfig *config = http_server_config (exchange->server);
  exchange->method = method;
  exchange->begin_ms = ambient_now_ms (config->ambient);
  ids_new_uuid (config->ambient, exchange->request_id);

  gsize n = 0;
  MHD_get_connection_values (exchange->mhd, MHD_HEADER_KIND, count_header, &n);
  exchange->headers = g_new (HttpHeader, n + 1);
  MHD_get_connection_values (exchange->mhd, MHD_HEADER_KIND, keep_header, exchange);
  exchange->has_body = body_is_announced (exchange);

  if (http_server_phase (exchange->server) != HTTP_SERVER_OPEN) {
    exchange->is_dropping = TRUE;
    http_exchange_answer (exchange, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, 0, NULL);
    return;
  }
  for (gsize i = 0; i < config->n_routes && exchange->route == NULL; i++)
    if (config->routes[i].accepts (exchange, config->routes[i].ctx))
      exchange->route = &config->routes[i];
  if (exchange->route == NULL) {
    exchange->is_dropping = TRUE;
    http_exchange_answer (exchange, MHD_HTTP_NOT_FOUND, NULL, 0, NULL);
    return;
  }
  exchange->plan.cap = DEFAULT_CAP;
  if (exchange->route->plan != NULL &&
      !exchange->route->plan (exchange, &exchange->plan, exchange->route->ctx))
    exchange->is_dropping = TRUE;
}

static void
take_into_memory (HttpExchange *exchange, const guint8 *bytes, gsize n)
{
  if (exchange->body_size > exchange->plan.cap) {
    exchange->is_too_large = TRUE;
    exchange->is_dropping = TRUE;
    g_clear_pointer (&exchange->body, g_byte_array_unref);
    return;
  }
  if (exchange->body == NULL) {
    guint64 announced = 0;
    const char *length = http_exchange_header (exchange, "Content-Length");
    if (length == NULL ||
        !g_ascii_string_to_unsigned (length, 10, 0, exchange->plan.cap, &announced, NULL))
      announced = n;
    /* What is announced costs memory only as it comes, past the first pages. */
    exchange->body = g_byte_array_sized_new ((guint)MIN (announced + 1, 64 * 1024));
  }
  g_byte_array_append (exchange->body, bytes, (guint)n);
}

void
http_exchange_take (HttpExchange *exchange, const guint8 *bytes, gsize n)
{
  exchange->body_size += n;
  metrics_add (http_server_config (exchange->server)->metrics, METRIC_BYTES_IN, (gint64)n);
  if (exchange->is_dropping)
    return;
  if (exchange->plan.sink == NULL)
    take_into_memory (exchange, bytes, n);
  else if (!exchange->plan.sink->write (exchange->plan.sink_self, bytes, n, &exchange->body_error))
    exchange->is_dropping = TRUE;
}

void
http_exchange_handle (HttpExchange *exchange)
{
  if (g_atomic_int_get (&exchange->state) == HTTP_EXCHANGE_ANSWERED)
    return; /* by its plan */
  if (http_server_phase (exchange->server) == HTTP_SERVER_CUT) {
    http_exchange_answer (exchange, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, 0, NULL);
    return;
  }
  g_atomic_int_set (&exchange->state, HTTP_EXCHANGE_HANDLED);
  if (exchange->is_too_large) {
    if (exchange->route->too_large != NULL)
      exchange->route->too_large (exchange, exchange->route->ctx);
    else
      http_exchange_answer (exchange, MHD_HTTP_CONTENT_TOO_LARGE, NULL, 0, NULL);
    return;
  }
  if (exchange->body != NULL) {
    const guint8 end = 0;
    g_byte_array_append (exchange->body, &end, 1);
  }
  const HttpBodySink *sink = exchange->plan.sink;
  if (sink != NULL && exchange->body_error == NULL && sink->finish != NULL &&
      !sink->finish (exchange->plan.sink_self, &exchange->body_error))
    exchange->is_dropping = TRUE;
  exchange->route->handle (exchange, exchange->route->ctx);
}

gboolean
http_exchange_park (HttpExchange *exchange)
{
  HttpServer *server = exchange->server;
  http_server_count_parked (server, 1);
  if (g_atomic_int_compare_and_exchange (&exchange->state, HTTP_EXCHANGE_HANDLED,
                                         HTTP_EXCHANGE_PARKED))
    return TRUE;
  http_server_count_parked (server, -1);
  return FALSE;
}

/* ---- what routes see ---- */

const char *
http_exchange_method (const HttpExchange *exchange)
{
  return exchange->method;
}

const char *
http_exchange_path (const HttpExchange *exchange)
{
  return exchange->path;
}

const char *
http_exchange_query (const HttpExchange *exchange)
{
  return exchange->query;
}

/* Most differ in their first letter, and a request's headers are looked for a dozen times. */
static gboolean
may_be (const char *name, const char *wanted)
{
  return ((name[0] ^ wanted[0]) & ~0x20) == 0;
}

const char *
http_exchange_header (const HttpExchange *exchange, const char *name)
{
  for (gsize i = 0; i < exchange->n_headers; i++)
    if (may_be (exchange->headers[i].name, name) &&
        g_ascii_strcasecmp (exchange->headers[i].name, name) == 0)
      return exchange->headers[i].value;
  return NULL;
}

const HttpHeader *
http_exchange_headers (const HttpExchange *exchange, gsize *out_n)
{
  *out_n = exchange->n_headers;
  return exchange->headers;
}

const char *
http_exchange_peer (const HttpExchange *exchange)
{
  return exchange->connection->peer;
}

const char *
http_exchange_peer_ip (const HttpExchange *exchange, Arena *arena)
{
  static const char mapped[] = "::ffff:"; /* IPv4 on a socket of IPv6 */
  const char *peer = exchange->connection->peer;
  const char *colon = strrchr (peer, ':');
  if (*peer != '[')
    return arena_printf (arena, "%.*s", (int)(colon - peer), peer);
  const char *ip = arena_printf (arena, "%.*s", (int)(colon - peer) - 2, peer + 1);
  const char *inner = ip + strlen (mapped);
  return g_str_has_prefix (ip, mapped) && strchr (inner, '.') != NULL ? inner : ip;
}

const char *
http_exchange_peer_network (const HttpExchange *exchange)
{
  return exchange->connection->peer_text;
}

gboolean
http_exchange_is_tls (const HttpExchange *exchange)
{
  return exchange->connection->transport == HTTP_TRANSPORT_TLS;
}

const char *
http_exchange_request_id (const HttpExchange *exchange)
{
  return exchange->request_id;
}

gint64
http_exchange_begin_ms (const HttpExchange *exchange)
{
  return exchange->begin_ms;
}

const char *
http_exchange_body (const HttpExchange *exchange, gsize *out_length)
{
  if (exchange->body == NULL) {
    *out_length = 0;
    return "";
  }
  *out_length = exchange->body->len - 1;
  return (const char *)exchange->body->data;
}

guint64
http_exchange_body_size (const HttpExchange *exchange)
{
  return exchange->body_size;
}

const GError *
http_exchange_body_error (const HttpExchange *exchange)
{
  return exchange->body_error;
}

gpointer
http_exchange_sink (const HttpExchange *exchange)
{
  return exchange->plan.sink_self;
}

gboolean
http_exchange_is_abandoned (const HttpExchange *exchange)
{
  /* MHD looks at a suspended connection's socket no more, and does not close it either. */
  struct pollfd socket = { .fd = exchange->connection->fd, .events = POLLRDHUP };
  return poll (&socket, 1, 0) == 1;
}

void
http_exchange_set_data (HttpExchange *exchange, gpointer data, GDestroyNotify destroy)
{
  g_assert (exchange->data == NULL || data == NULL);
  exchange->data = data;
  exchange->destroy_data = destroy;
}

gpointer
http_exchange_data (const HttpExchange *exchange)
{
  return exchange->data;
}

void
http_exchange_note (HttpExchange *exchange, const char *principal, const char *operation,
                    gboolean changes)
{
  g_free (exchange->principal);
  g_free (exchange->operation);
  exchange->principal = g_strdup (principal);
  exchange->operation = g_strdup (operation);
  exchange->changes = changes;
}

void
http_exchange_note_denied (HttpExchange *exchange)
{
  exchange->denied = TRUE;
}

/* ---- answering ---- */

static void
answer (HttpExchange *exchange, guint status, const HttpHeader *headers, gsize n_headers,
        struct MHD_Response *response, guint64 size)
{
  /* Header texts are ours; MHD refuses only line breaks in them, which would be a mistake here. */
  for (gsize i = 0; i < n_headers; i++)
    if (MHD_add_response_header (response, headers[i].name, headers[i].value) != MHD_YES)
      log_warning (http_server_config (exchange->server)->log, "response-header-dropped",
                   log_text ("name", headers[i].name));
  MHD_add_response_header (response, "x-amzn-RequestId", exchange->request_id);
  if (http_server_phase (exchange->server) != HTTP_SERVER_OPEN)
    MHD_add_response_header (response, "Connection", "close");
  exchange->response = response;
  exchange->status = status;
  exchange->answer_size = size;

  /* From the exchange on, the event loop may send and free everything at any moment. */
  HttpServer *server = exchange->server;
  struct MHD_Connection *mhd = exchange->mhd;
  gint before;
  http_server_count_answering (server, 1);
  do
    before = g_atomic_int_get (&exchange->state);
  while (!g_atomic_int_compare_and_exchange (&exchange->state, before, HTTP_EXCHANGE_ANSWERED));
  g_assert (before != HTTP_EXCHANGE_ANSWERED);
  if (before == HTTP_EXCHANGE_PARKED) {
    http_server_count_parked (server, -1);
    MHD_resume_connection (mhd);
  }
  http_server_count_answering (server, -1);
}

static void
unref_bytes (void *bytes)
{
  g_bytes_unref (bytes);
}

void
http_exchange_answer (HttpExchange *exchange, guint status, const HttpHeader *headers,
                      gsize n_headers, GBytes *body)
{
  gsize size = 0;
  gconstpointer bytes = body == NULL ? NULL : g_bytes_get_data (body, &size);
  struct MHD_Response *response =
      size == 0 ? MHD_create_response_from_buffer (0, (void *)"", MHD_RESPMEM_PERSISTENT)
                : MHD_create_response_from_buffer_with_free_callback_cls (
                      size, (void *)bytes, unref_bytes, g_bytes_ref (body));
  answer (exchange, status, headers, n_headers, response, size);
}

void
http_exchange_answer_file (HttpExchange *exchange, guint status, const HttpHeader *headers,
                           gsize n_headers, int fd, guint64 offset, guint64 length)
{
  struct MHD_Response *response;
  if (length == 0) {
    close (fd);
    response = MHD_create_response_from_buffer (0, (void *)"", MHD_RESPMEM_PERSISTENT);
  } else {
    response = MHD_create_response_from_fd_at_offset64 (length, fd, offset);
  }
  answer (exchange, status, headers, n_headers, response, length);
}

static ssize_t
no_content (void *cls, uint64_t position, char *buffer, size_t max)
{
  return MHD_CONTENT_READER_END_WITH_ERROR;
}

void
http_exchange_answer_head (HttpExchange *exchange, guint status, const HttpHeader *headers,
                           gsize n_headers, guint64 length)
{
  struct MHD_Response *response =
      length == 0 ? MHD_create_response_from_buffer (0, (void *)"", MHD_RESPMEM_PERSISTENT)
                  : MHD_create_response_from_callback (length, 1, no_content, NULL, NULL);
  answer (exchange, status, headers, n_headers, response, 0);
}
