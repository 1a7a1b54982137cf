#include "server/http-server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/http-listener.h"

/* The server with a few routes, and a client that writes bytes. */
typedef struct {
  HttpServer *server;
  Metrics *metrics;
  HttpRoute routes[8];
  GAsyncQueue *parked;
  GString *sunk;
  gint sinks_freed;
  gint sinks_finished;
} Fixture;

/* ---- routes ---- */

static gboolean
accepts_path (const HttpExchange *head, gpointer ctx)
{
  return strcmp (http_exchange_path (head), ctx) == 0;
}

static void
say (HttpExchange *exchange, guint status, const char *text)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  http_exchange_answer (exchange, status, NULL, 0, body);
}

/* GET /echo: what the route sees. */
static void
echo (HttpExchange *exchange, gpointer ctx)
{
  gsize length = 0;
  gsize n_headers = 0;
  const char *body = http_exchange_body (exchange, &length);
  http_exchange_headers (exchange, &n_headers);
  const char *twice = http_exchange_header (exchange, "x-one");
  g_autofree char *text = g_strdup_printf (
      "%s %s ?%s %zu %s %zu:%s", http_exchange_method (exchange), http_exchange_path (exchange),
      http_exchange_query (exchange), n_headers, twice == NULL ? "-" : twice, length, body);
  say (exchange, 200, text);
}

static gboolean
accepts_echo (const HttpExchange *head, gpointer ctx)
{
  return g_str_has_prefix (http_exchange_path (head), "/echo");
}

static gboolean
plan_small (HttpExchange *head, HttpBodyPlan *out_plan, gpointer ctx)
{
  out_plan->cap = 10;
  return TRUE;
}

/* GET /park: answered by the test, later. */
static Fixture *fixture_of_routes; /* one test at a time */

static void
park (HttpExchange *exchange, gpointer ctx)
{
  g_async_queue_push (fixture_of_routes->parked, exchange);
}

/* PUT /sink */
static gboolean
sink_write (gpointer self, const guint8 *bytes, gsize n, GError **error)
{
  Fixture *f = self;
  if (memchr (bytes, '!', n) != NULL) {
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "no room");
    return FALSE;
  }
  g_string_append_len (f->sunk, (const char *)bytes, (gssize)n);
  return TRUE;
}

static gboolean
sink_finish (gpointer self, GError **error)
{
  g_atomic_int_inc (&((Fixture *)self)->sinks_finished);
  return TRUE;
}

static void
sink_free (gpointer self)
{
  g_atomic_int_inc (&((Fixture *)self)->sinks_freed);
}

static const HttpBodySink sink = { sink_write, sink_finish, sink_free };

static gboolean
plan_sink (HttpExchange *head, HttpBodyPlan *out_plan, gpointer ctx)
{
  out_plan->sink = &sink;
  out_plan->sink_self = fixture_of_routes;
  return TRUE;
}

static void
handle_sink (HttpExchange *exchange, gpointer ctx)
{
  const GError *error = http_exchange_body_error (exchange);
  say (exchange, error == NULL ? 200 : 507, error == NULL ? "sunk" : error->message);
}

/* Any /early: answered before the body. */
static gboolean
plan_early (HttpExchange *head, HttpBodyPlan *out_plan, gpointer ctx)
{
  say (head, 403, "no");
  return FALSE;
}

static void
never (HttpExchange *exchange, gpointer ctx)
{
  g_assert_not_reached ();
}

/* GET or HEAD /file: five bytes from the second on. */
static void
handle_file (HttpExchange *exchange, gpointer ctx)
{
  if (strcmp (http_exchange_method (exchange), "HEAD") == 0) {
    http_exchange_answer_head (exchange, 200, NULL, 0, 5);
    return;
  }
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("slipway-http-XXXXXX", &path, NULL);
  g_assert_cmpint (write (fd, "0123456789", 10), ==, 10);
  g_unlink (path);
  http_exchange_answer_file (exchange, 206, NULL, 0, fd, 1, 5);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  fixture_of_routes = f;
  f->metrics = metrics_new ();
  f->parked = g_async_queue_new ();
  f->sunk = g_string_new (NULL);
  const HttpRoute routes[] = {
    { accepts_echo, plan_small, echo, NULL, NULL },
    { accepts_path, NULL, park, NULL, (gpointer) "/park" },
    { accepts_path, plan_sink, handle_sink, NULL, (gpointer) "/sink" },
    { accepts_path, plan_early, never, NULL, (gpointer) "/early" },
    { accepts_path, NULL, handle_file, NULL, (gpointer) "/file" },
  };
  memcpy (f->routes, routes, sizeof routes);
  const HttpServerConfig config = {
    .listen = "127.0.0.1:0",
    .threads = 2,
    .max_connections = 100,
    .idle_s = 30,
    .head_s = 30,
    .body_s = data != NULL ? GPOINTER_TO_UINT (data) : 30,
    .routes = f->routes,
    .n_routes = G_N_ELEMENTS (routes),
    .ambient = ambient_system (),
    .metrics = f->metrics,
  };
  f->server = http_server_start (&config, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->server != NULL)
    g_assert_true (http_server_stop (f->server));
  g_async_queue_unref (f->parked);
  g_string_free (f->sunk, TRUE);
  metrics_free (f->metrics);
}

/* ---- client ---- */

static int
connected (Fixture *f)
{
  struct sockaddr_storage address;
  socklen_t size = 0;
  g_assert_true (http_listener_parse_address (http_server_address (f->server), &address, &size));
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *)&address, size), ==, 0);
  struct timeval patience = { .tv_sec = 20 };
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return fd;
}

static void
put (int fd, const char *text)
{
  g_assert_cmpint (send (fd, text, strlen (text), MSG_NOSIGNAL), ==, (ssize_t)strlen (text));
}

/* All until the peer closes. */
static char *
rest (int fd)
{
  GString *all = g_string_new (NULL);
  char buffer[4096];
  ssize_t n;
  while ((n = recv (fd, buffer, sizeof buffer, 0)) > 0)
    g_string_append_len (all, buffer, n);
  close (fd);
  return g_string_free (all, FALSE);
}

static char *
ask (Fixture *f, const char *request)
{
  int fd = connected (f);
  put (fd, request);
  return rest (fd);
}

static void
assert_ends (const char *answer, const char *status, const char *end)
{
  if (!g_str_has_prefix (answer + strlen ("HTTP/1.1 "), status) || !g_str_has_suffix (answer, end))
    g_error ("expected %s and \"%s\" in: %s", status, end, answer);
}

#define CLOSE "Connection: close\r\n"

/* ---- tests ---- */

static void
test_echo (Fixture *f, gconstpointer data)
{
  g_autofree char *plain = ask (
      f, "GET /echo%2Fa+b?x=%20y+&z HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nX-One: 2\r\n" CLOSE "\r\n");
  assert_ends (plain, "200", "GET /echo%2Fa+b ?x=%20y+&z 4 1 0:");
  g_assert_nonnull (strstr (plain, "\r\nx-amzn-RequestId: "));
  g_assert_nonnull (strstr (plain, "\r\nDate: "));
  g_autofree char *with_body =
      ask (f, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n" CLOSE "\r\nabc");
  assert_ends (with_body, "200", "POST /echo ? 3 - 3:abc");
  g_autofree char *absolute = ask (f, "GET http://h/echo?q HTTP/1.1\r\nHost: h\r\n" CLOSE "\r\n");
  assert_ends (absolute, "200", "GET /echo ?q 2 - 0:");
}

/* No answer: what follows might be read as a request of its own. */
static void
test_ambiguous_length (Fixture *f, gconstpointer data)
{
  static const char *const headers[] = {
    "Content-Length: 3\r\nContent-Length: 4\r\n",
    "content-length: 3\r\nContent-Length: 3\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++) {
    g_autofree char *request =
        g_strconcat ("POST /echo HTTP/1.1\r\nHost: h\r\n", headers[i],
                     "\r\nabcdGET /echo HTTP/1.1\r\nHost: h\r\n" CLOSE "\r\n", NULL);
    g_autofree char *answer = ask (f, request);
    g_assert_cmpstr (answer, ==, "");
  }
}

static void
test_cap (Fixture *f, gconstpointer data)
{
  g_autofree char *fits =
      ask (f, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n" CLOSE "\r\n0123456789");
  assert_ends (fits, "200", "10:0123456789");
  g_autofree char *larger =
      ask (f, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n" CLOSE "\r\n0123456789a");
  assert_ends (larger, "413", "\r\n\r\n");
  g_autofree char *chunked =
      ask (f, "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" CLOSE
              "\r\n6\r\n012345\r\n6\r\n678901\r\n0\r\n\r\n");
  assert_ends (chunked, "413", "\r\n\r\n");
}

static void
test_no_route (Fixture *f, gconstpointer data)
{
  g_autofree char *answer =
      ask (f, "POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n" CLOSE "\r\nabc");
  assert_ends (answer, "404", "\r\n\r\n");
}

static void
test_sink (Fixture *f, gconstpointer data)
{
  g_autofree char *good =
      ask (f, "PUT /sink HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" CLOSE
              "\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");
  assert_ends (good, "200", "sunk");
  g_assert_cmpstr (f->sunk->str, ==, "abcdef");
  g_assert_cmpint (g_atomic_int_get (&f->sinks_finished), ==, 1);

  g_autofree char *full =
      ask (f, "PUT /sink HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n" CLOSE "\r\nab!c");
  assert_ends (full, "507", "no room");
  g_assert_cmpint (g_atomic_int_get (&f->sinks_finished), ==, 1);

  /* Cut off in the middle: freed, never finished. */
  int fd = connected (f);
  put (fd, "PUT /sink HTTP/1.1\r\nHost: h\r\nContent-Length: 400\r\n\r\nab");
  while (metrics_get (f->metrics, METRIC_BYTES_IN) < 12)
    g_usleep (1000);
  close (fd);
  g_assert_true (http_server_stop (g_steal_pointer (&f->server)));
  g_assert_cmpint (g_atomic_int_get (&f->sinks_freed), ==, 3);
  g_assert_cmpint (g_atomic_int_get (&f->sinks_finished), ==, 1);
}

/* A body that is refused while it comes has no more time than any other, however slowly its bytes drip. */
static void
test_refused_body (Fixture *f, gconstpointer data)
{
  int fd = connected (f);
  put (fd, "PUT /sink HTTP/1.1\r\nHost: h\r\nContent-Length: 400\r\n\r\nab!c");
  alarm (
      15); /* the connection would stay for the 30 s that an idle one has, or for ever if more bytes came */
  g_autofree char *answer = rest (fd);
  alarm (0);
  g_assert_cmpstr (answer, ==, "");
}

static void
test_early (Fixture *f, gconstpointer data)
{
  g_autofree char *sent =
      ask (f, "PUT /early HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n" CLOSE "\r\nabc");
  assert_ends (sent, "403", "no");
  g_autofree char *none = ask (f, "GET /early HTTP/1.1\r\nHost: h\r\n" CLOSE "\r\n");
  assert_ends (none, "403", "no");
  /* A client that waits for leave gets its answer without sending the body. */
  g_autofree char *waiting = ask (
      f,
      "PUT /early HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
  assert_ends (waiting, "403", "no");
}

static void
test_file (Fixture *f, gconstpointer data)
{
  g_autofree char *answer = ask (f, "GET /file HTTP/1.1\r\nHost: h\r\n" CLOSE "\r\n");
  assert_ends (answer, "206", "\r\n\r\n12345");
  g_autofree char *head = ask (f, "HEAD /file HTTP/1.1\r\nHost: h\r\n" CLOSE "\r\n");
  assert_ends (head, "200", "\r\n\r\n");
  g_assert_nonnull (strstr (head, "Content-Length: 5\r\n"));
}

/* Many exchanges wait without a thread each, and are answered by a thread that is none of the server's. */
static void
test_park (Fixture *f, gconstpointer data)
{
  int fds[50];
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++) {
    fds[i] = connected (f);
    put (fds[i], "GET /park HTTP/1.1\r\nHost: h\r\n" CLOSE "\r\n");
  }
  HttpExchange *exchanges[G_N_ELEMENTS (fds)];
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    exchanges[i] = g_async_queue_pop (f->parked);
  g_autofree char *meanwhile = ask (f, "GET /echo HTTP/1.1\r\nHost: h\r\n" CLOSE "\r\n");
  assert_ends (meanwhile, "200", "0:");
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    say (exchanges[i], 200, "woken");
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++) {
    g_autofree char *answer = rest (fds[i]);
    assert_ends (answer, "200", "woken");
  }
}

/* What a client sent before it went does not hide that it went. */
static void
test_abandoned (Fixture *f, gconstpointer data)
{
  static const char *const sent_behind[] = { "", "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (sent_behind); i++) {
    int fd = connected (f);
    put (fd, "GET /park HTTP/1.1\r\nHost: h\r\n\r\n");
    HttpExchange *exchange = g_async_queue_pop (f->parked);
    g_assert_false (http_exchange_is_abandoned (exchange));
    put (fd, sent_behind[i]);
    g_assert_false (http_exchange_is_abandoned (exchange));
    close (fd);
    alarm (15); /* the end is on its way; should it be overlooked, this would go on for ever */
    while (!http_exchange_is_abandoned (exchange))
      g_usleep (1000);
    alarm (0);
    say (exchange, 200, "nobody hears it");
  }
}

static gpointer
answer_at_once (gpointer data)
{
  Fixture *f = data;
  HttpExchange *exchange;
  while ((exchange = g_async_queue_pop (f->parked)) != data)
    say (exchange, 200, "quick");
  return NULL;
}

/* The answer races with parking. */
static void
test_race (Fixture *f, gconstpointer data)
{
  GThread *thread = g_thread_new ("answers", answer_at_once, f);
  int fd = connected (f);
  for (int i = 0; i < 2000; i++)
    put (fd, i < 1999 ? "GET /park HTTP/1.1\r\nHost: h\r\n\r\n"
                      : "GET /park HTTP/1.1\r\nHost: h\r\n" CLOSE "\r\n");
  g_autofree char *all = rest (fd);
  int n = 0;
  for (const char *at = all; (at = strstr (at, "quick")) != NULL; at++)
    n++;
  g_assert_cmpint (n, ==, 2000);
  g_async_queue_push (f->parked, f);
  g_thread_join (thread);
}

static void
test_drain (Fixture *f, gconstpointer data)
{
  int fd = connected (f);
  put (fd, "GET /park HTTP/1.1\r\nHost: h\r\n\r\n");
  HttpExchange *exchange = g_async_queue_pop (f->parked);
  http_server_quiesce (f->server);
  g_assert_false (http_server_drain (f->server, 10));
  say (exchange, 200, "last");
  g_assert_true (http_server_drain (f->server, 10000));
  g_autofree char *answer = rest (fd); /* and the connection is closed */
  assert_ends (answer, "200", "last");
  g_assert_true (http_server_stop (g_steal_pointer (&f->server)));
}

static void
test_addresses (void)
{
  static const char *const good[] = { "127.0.0.1:0", "0.0.0.0:65535", "[::1]:8600", "[::]:1" };
  static const char *const bad[] = { "",           "127.0.0.1", "localhost:80", "127.0.0.1:65536",
                                     ":80",        "[::1]",     "::1:80",       "1.2.3:80",
                                     "127.0.0.1:", "[]:1",      "[::1]80",      "127.0.0.1:x" };
  struct sockaddr_storage address;
  socklen_t size = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    g_assert_true (http_listener_parse_address (good[i], &address, &size));
    g_autofree char *back = http_listener_format_address ((struct sockaddr *)&address);
    g_assert_cmpstr (back, ==, good[i]);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    if (http_listener_parse_address (bad[i], &address, &size))
      g_error ("\"%s\" was taken for an address", bad[i]);
}

static void
test_loopback (void)
{
  static const struct {
    const char *text;
    gboolean is_loopback;
  } rows[] = { { "127.0.0.1:1", TRUE },
               { "127.9.9.9:1", TRUE },
               { "128.0.0.1:1", FALSE },
               { "[::1]:1", TRUE },
               { "[::2]:1", FALSE },
               { "[::ffff:127.0.0.1]:1", TRUE },
               { "[::ffff:10.0.0.1]:1", FALSE },
               { "0.0.0.0:1", FALSE } };
  struct sockaddr_storage address;
  socklen_t size = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_true (http_listener_parse_address (rows[i].text, &address, &size));
    g_assert_cmpint (http_listener_is_loopback ((struct sockaddr *)&address), ==,
                     rows[i].is_loopback);
  }
  g_assert_cmpint (http_listener_judge (0x16), ==, HTTP_TRANSPORT_TLS);
  g_assert_cmpint (http_listener_judge ('G'), ==, HTTP_TRANSPORT_PLAIN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, fn) g_test_add (path, Fixture, NULL, set_up, fn, tear_down)
  ADD ("/http-server/routes-see-what-was-sent", test_echo);
  ADD ("/http-server/lengths-that-are-given-twice-are-cut-off", test_ambiguous_length);
  ADD ("/http-server/bodies-over-the-cap-are-refused", test_cap);
  ADD ("/http-server/no-route-is-404", test_no_route);
  ADD ("/http-server/sinks-get-the-body-and-are-freed-once", test_sink);
  g_test_add ("/http-server/refused-bodies-have-an-end", Fixture, GUINT_TO_POINTER (1), set_up,
              test_refused_body, tear_down);
  ADD ("/http-server/a-plan-can-answer-before-the-body", test_early);
  ADD ("/http-server/files-and-heads", test_file);
  ADD ("/http-server/parked-exchanges-are-woken", test_park);
  ADD ("/http-server/a-client-that-left-is-noticed", test_abandoned);
  ADD ("/http-server/answers-may-overtake-parking", test_race);
  ADD ("/http-server/drain-waits-for-the-last-answer", test_drain);
  g_test_add_func ("/http-server/addresses", test_addresses);
  g_test_add_func ("/http-server/loopback", test_loopback);
  return g_test_run ();
}
