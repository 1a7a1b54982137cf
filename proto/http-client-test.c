#include "proto/http-client.h"

#include <fcntl.h>
#include <glib/gstdio.h>

#include "core/digest.h"
#include "core/sigv4-parse.h"
#include "proto/test-http-server.h"

/* One server for all: the path says what it does. */
typedef struct {
  GMutex lock;
  GCond changed;
  gboolean asked_to_wait;
  gboolean may_answer;
  gint64 now_ms;
  int n_closed;
} Script;

static Script script;

static const char *
request_path (const TestRequest *request)
{
  const char *space = strchr (request->head, ' ');
  return space != NULL ? space + 1 : "";
}

static char *
wait_for_the_test (gsize *out_length)
{
  g_mutex_lock (&script.lock);
  script.asked_to_wait = TRUE;
  g_cond_broadcast (&script.changed);
  while (!script.may_answer)
    g_cond_wait (&script.changed, &script.lock);
  g_mutex_unlock (&script.lock);
  return test_answer ("200 OK", "", "late", 4, out_length);
}

/* The server's side of the signature, with core's verifier. */
static char *
verify_signature (const TestRequest *request, gsize *out_length)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = g_strsplit (request->head, "\r\n", -1);
  g_auto (GStrv) first = g_strsplit (lines[0], " ", 3);
  char *query = strchr (first[1], '?');
  Sigv4Header headers[64];
  gsize n = 0;

  if (query != NULL)
    *query++ = '\0';
  for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++) {
    char *colon = strchr (lines[i], ':');
    *colon = '\0';
    headers[n++] = (Sigv4Header){ lines[i], colon + 1 };
  }
  const Sigv4Request signed_request = { first[0], first[1], query, headers, n };
  Sigv4Auth auth;
  guint8 key[SIGV4_KEY_SIZE];
  guint8 hash[DIGEST_SHA256_SIZE];
  digest_sha256 (request->body->data, request->body->len, hash);
  gboolean good = sigv4_parse (&signed_request, arena, &auth, &error);
  if (good) {
    gboolean s3 = strcmp (auth.service, "s3") == 0;
    const Sigv4Rules rules = { .dialect = s3 ? SIGV4_DIALECT_S3 : SIGV4_DIALECT_JSON,
                               .max_skew_s = SIGV4_MAX_SKEW_JSON_S };
    sigv4_derive_key ("secret", auth.date, auth.region, auth.service, key);
    good = sigv4_verify (&signed_request, &auth, &rules, key, script.now_ms, hash, &error);
  }
  const char *text = good ? auth.service : error->message;
  return test_answer (good ? "200 OK" : "403 Forbidden", "", text, strlen (text), out_length);
}

static char *
answer (const TestRequest *request, gsize *out_length, gpointer data)
{
  const char *path = request_path (request);

  if (g_str_has_prefix (path, "/echo"))
    return test_answer ("200 OK", "X-One: first\r\nx-one:  last \r\n", request->body->data,
                        request->body->len, out_length);
  if (g_str_has_prefix (path, "/head"))
    return test_answer ("200 OK", "Content-Type: text/plain\r\n", request->head,
                        strlen (request->head), out_length);
  if (g_str_has_prefix (path, "/missing"))
    return test_answer ("404 Not Found", "", "no such thing", 13, out_length);
  if (g_str_has_prefix (path, "/large")) {
    g_autofree char *bytes = g_strnfill (300000, 'x');
    return test_answer ("200 OK", "", bytes, 300000, out_length);
  }
  if (g_str_has_prefix (path, "/then-close"))
    return test_answer ("200 OK", "X-Test-Close: yes\r\n", "bye", 3, out_length);
  if (g_str_has_prefix (path, "/interim")) {
    char *text = g_strdup (
        "HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
        "2\r\nX-Late: yes\r\n\r\nok");
    *out_length = strlen (text);
    return text;
  }
  if (g_str_has_prefix (path, "/garbage")) {
    *out_length = 12;
    return g_strdup ("X-Test-Close");
  }
  if (g_str_has_prefix (path, "/cut")) {
    char *text =
        g_strdup ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nX-Test-Close: yes\r\n\r\nshort");
    *out_length = strlen (text);
    return text;
  }
  if (g_str_has_prefix (path, "/many-headers")) {
    g_autofree char *long_value = g_strnfill (70000, 'h');
    g_autofree char *header = g_strdup_printf ("X-Long: %s\r\n", long_value);
    return test_answer ("200 OK", header, "", 0, out_length);
  }
  if (g_str_has_prefix (path, "/wait"))
    return wait_for_the_test (out_length);
  if (g_str_has_prefix (path, "/signed"))
    return verify_signature (request, out_length);
  if (g_str_has_prefix (path, "http://elsewhere.example/"))
    return test_answer ("200 OK", "", "proxied", 7, out_length);
  return NULL;
}

typedef struct {
  TestServer *server;
  HttpClient *client;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const HttpClientSettings settings = { .proxy = "", .timeout_s = 20 };

  script.asked_to_wait = script.may_answer = FALSE;
  f->server = test_server_start (answer, NULL, NULL);
  f->client = http_client_new (&settings, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  http_client_free (f->client);
  test_server_stop (f->server);
}

static HttpClientAnswer *
send_to (Fixture *f, const char *path, HttpClientRequest request, GError **error)
{
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u%s", f->server->port, path);

  request.url = url;
  if (request.method == NULL)
    request.method = "GET";
  return http_client_send (f->client, &request, error);
}

static void
test_memory (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gsize length = 0;
  g_autoptr (HttpClientAnswer) echo =
      send_to (f, "/echo",
               (HttpClientRequest){ .method = "POST", .body = "a\0b", .body_length = 3 }, &error);
  g_assert_no_error (error);

  g_assert_cmpuint (http_client_answer_status (echo), ==, 200);
  const char *body = http_client_answer_body (echo, &length);
  g_assert_cmpmem (body, length, "a\0b", 3);
  g_assert_cmpint (http_client_answer_size (echo), ==, 3);
  g_assert_cmpstr (http_client_answer_header (echo, "X-ONE"), ==, "last");
  g_assert_null (http_client_answer_header (echo, "X-Two"));

  g_autoptr (HttpClientAnswer) missing = send_to (f, "/missing", (HttpClientRequest){ 0 }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (http_client_answer_status (missing), ==, 404);
  g_assert_cmpstr (http_client_answer_body (missing, NULL), ==, "no such thing");

  g_autoptr (HttpClientAnswer) interim = send_to (f, "/interim", (HttpClientRequest){ 0 }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (http_client_answer_status (interim), ==, 200);
  g_assert_null (http_client_answer_header (interim, "X-Early"));
  g_assert_cmpstr (http_client_answer_header (interim, "X-Late"), ==, "yes");
}

/* Nothing on the wire that the caller did not ask for. */
static void
test_head (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const HttpClientHeader headers[] = { { "X-Empty", "" }, { "X-Text", "v w" } };
  g_autoptr (HttpClientAnswer) sent = send_to (
      f, "/head/a%2Fb//../c?x=1&y",
      (HttpClientRequest){
          .method = "PUT", .headers = headers, .n_headers = 2, .body = "b", .body_length = 1 },
      &error);
  g_assert_no_error (error);

  g_autofree char *expected =
      g_strdup_printf ("PUT /head/a%%2Fb//../c?x=1&y HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                       "User-Agent: slipway/" SLIPWAY_VERSION "\r\n"
                       "X-Empty:\r\nX-Text: v w\r\nContent-Length: 1\r\n\r\n",
                       f->server->port);
  g_assert_cmpstr (http_client_answer_body (sent, NULL), ==, expected);
}

static void
test_connections (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 3; i++) {
    g_autoptr (HttpClientAnswer) kept = send_to (f, "/echo", (HttpClientRequest){ 0 }, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (http_client_answer_status (kept), ==, 200);
  }
  g_assert_cmpint (g_atomic_int_get (&f->server->n_connections), ==, 1);
  g_autoptr (HttpClientAnswer) last = send_to (f, "/then-close", (HttpClientRequest){ 0 }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (http_client_answer_status (last), ==, 200);
  /* the peer is gone, which is noticed at the latest when nothing comes back */
  g_autoptr (HttpClientAnswer) again = send_to (
      f, "/echo", (HttpClientRequest){ .method = "POST", .body = "x", .body_length = 1 }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (http_client_answer_status (again), ==, 200);
  g_assert_cmpint (g_atomic_int_get (&f->server->n_connections), ==, 2);
}

static int
scratch_file (const char *content)
{
  g_autofree char *name = NULL;
  int fd = g_file_open_tmp ("http-client-XXXXXX", &name, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_unlink (name);
  if (content != NULL)
    g_assert_cmpint (write (fd, content, strlen (content)), ==, (gssize)strlen (content));
  return fd;
}

static void
test_download (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int fd = scratch_file (NULL);
  g_autoptr (HttpClientAnswer) good =
      send_to (f, "/large", (HttpClientRequest){ .answer_to_fd = TRUE, .answer_fd = fd }, &error);
  g_assert_no_error (error);
  g_assert_cmpint (http_client_answer_size (good), ==, 300000);
  g_assert_cmpint (lseek (fd, 0, SEEK_END), ==, 300000);
  g_assert_cmpstr (http_client_answer_body (good, NULL), ==, "");

  /* an error's text does not end up in the file */
  g_autoptr (HttpClientAnswer) missing =
      send_to (f, "/missing", (HttpClientRequest){ .answer_to_fd = TRUE, .answer_fd = fd }, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (http_client_answer_body (missing, NULL), ==, "no such thing");
  g_assert_cmpint (lseek (fd, 0, SEEK_END), ==, 300000);

  g_assert_null (send_to (
      f, "/large",
      (HttpClientRequest){ .answer_to_fd = TRUE, .answer_fd = fd, .max_answer_fd_bytes = 1000 },
      &error));
  g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_TOO_LARGE);
  g_clear_error (&error);
  close (fd);

  int read_only = open ("/dev/null", O_RDONLY);
  g_assert_null (send_to (
      f, "/large", (HttpClientRequest){ .answer_to_fd = TRUE, .answer_fd = read_only }, &error));
  g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_FILE);
  close (read_only);
}

static void
test_upload (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int fd = scratch_file ("0123456789");
  HttpClientRequest request = {
    .method = "PUT", .body_from_fd = TRUE, .body_fd = fd, .body_offset = 3, .body_fd_length = 5
  };
  g_autoptr (HttpClientAnswer) sent = send_to (f, "/echo", request, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (http_client_answer_body (sent, NULL), ==, "34567");

  request.body_fd_length = 0;
  g_autoptr (HttpClientAnswer) empty = send_to (f, "/echo", request, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (http_client_answer_body (empty, NULL), ==, "");

  request.body_fd_length = 50;
  g_assert_null (send_to (f, "/echo", request, &error));
  g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_FILE);
  close (fd);
}

static void
test_bad_answers (Fixture *f, gconstpointer data)
{
  const struct {
    const char *path;
    HttpClientError code;
  } rows[] = {
    { "/garbage", HTTP_CLIENT_ERROR_PROTOCOL },       { "/cut", HTTP_CLIENT_ERROR_PROTOCOL },
    { "/hang-up", HTTP_CLIENT_ERROR_CONNECT },        { "/large", HTTP_CLIENT_ERROR_TOO_LARGE },
    { "/many-headers", HTTP_CLIENT_ERROR_TOO_LARGE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (
        send_to (f, rows[i].path, (HttpClientRequest){ .max_answer_bytes = 100000 }, &error));
    g_test_message ("%s: %s", rows[i].path, error->message);
    g_assert_error (error, HTTP_CLIENT_ERROR, (int)rows[i].code);
    g_assert_nonnull (strstr (error->message, "GET http://127.0.0.1:"));
  }
}

static void
test_unreachable (void)
{
  g_autoptr (GError) error = NULL;
  const HttpClientSettings settings = { .proxy = "", .connect_timeout_s = 5 };
  g_autoptr (HttpClient) client = http_client_new (&settings, &error);
  const struct {
    const char *url;
    HttpClientError code;
  } rows[] = {
    { "http://127.0.0.1:1/", HTTP_CLIENT_ERROR_CONNECT },
    { "ftp://127.0.0.1/", HTTP_CLIENT_ERROR_SETTINGS },
    { "not a url", HTTP_CLIENT_ERROR_SETTINGS },
    { "", HTTP_CLIENT_ERROR_SETTINGS },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const HttpClientRequest request = { .method = "GET", .url = rows[i].url };
    g_clear_error (&error);
    g_assert_null (http_client_send (client, &request, &error));
    g_assert_error (error, HTTP_CLIENT_ERROR, (int)rows[i].code);
  }
  const HttpClientHeader header = { "X-A", "b\r\nX-C: d" };
  const HttpClientRequest request = {
    .method = "GET", .url = "http://127.0.0.1:1/", .headers = &header, .n_headers = 1
  };
  g_clear_error (&error);
  g_assert_null (http_client_send (client, &request, &error));
  g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS);

  g_clear_error (&error);
  const HttpClientSettings bad = { .ca_file = "/nowhere/ca.pem" };
  g_assert_null (http_client_new (&bad, &error));
  g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS);
}

static void
let_the_server_answer (void)
{
  g_mutex_lock (&script.lock);
  script.may_answer = TRUE;
  g_cond_broadcast (&script.changed);
  g_mutex_unlock (&script.lock);
}

static void
test_timeout (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (send_to (f, "/wait", (HttpClientRequest){ .timeout_s = 1 }, &error));
  g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_TIMEOUT);
  let_the_server_answer ();
}

static gpointer
abort_when_waiting (gpointer data)
{
  g_mutex_lock (&script.lock);
  while (!script.asked_to_wait)
    g_cond_wait (&script.changed, &script.lock);
  g_mutex_unlock (&script.lock);
  http_client_abort (data);
  return NULL;
}

static void
test_abort (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_new ("abort", abort_when_waiting, f->client);

  g_assert_null (send_to (f, "/wait", (HttpClientRequest){ 0 }, &error));
  g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_ABORTED);
  g_thread_join (thread);
  let_the_server_answer ();

  g_clear_error (&error);
  g_assert_null (send_to (f, "/echo", (HttpClientRequest){ 0 }, &error));
  g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_ABORTED);
  g_clear_error (&error);
  http_client_resume (f->client);
  g_autoptr (HttpClientAnswer) again = send_to (f, "/echo", (HttpClientRequest){ 0 }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (http_client_answer_status (again), ==, 200);
}

static gint64
fixed_now (gpointer ctx)
{
  return script.now_ms;
}

static void
test_signing (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const Ambient ambient = { .now_ms = fixed_now };
  const HttpClientSettings settings = { .proxy = "", .ambient = &ambient };
  g_autoptr (HttpClient) client = http_client_new (&settings, &error);
  g_autoptr (Credentials) credentials = credentials_new ("AKIDEXAMPLE", "secret", "token/+=");
  const char *const services[] = { "codedeploy", "s3", "codedeploy-commands" };
  const HttpClientHeader headers[] = { { "Content-Type", "application/x-amz-json-1.1" },
                                       { "X-Amz-Target", "CodeDeploy_20141006.GetApplication" } };
  int fd = scratch_file ("content of a file");

  script.now_ms = G_GINT64_CONSTANT (1790000000123);
  for (guint i = 0; i < G_N_ELEMENTS (services); i++) {
    g_autofree char *url = g_strdup_printf (
        "http://127.0.0.1:%u/signed/a%%20b/c?z=1&list-type=2&a=%%2F", f->server->port);
    const HttpClientSigning signing = { credentials, "eu-central-1", services[i], 0 };
    HttpClientRequest request = { .method = "POST",
                                  .url = url,
                                  .headers = headers,
                                  .n_headers = 2,
                                  .signing = &signing,
                                  .body = "{}",
                                  .body_length = 2 };
    g_autoptr (HttpClientAnswer) memory = http_client_send (client, &request, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (http_client_answer_body (memory, NULL), ==, services[i]);
  }
  char hash[DIGEST_SHA256_HEX_SIZE];
  digest_sha256_hex ("content of a file", 17, hash);
  const char *const hashes[] = { NULL, hash };
  for (guint i = 0; i < G_N_ELEMENTS (hashes); i++) {
    const HttpClientSigning signing = { credentials, "eu-central-1", "s3", 0 };
    g_autofree char *url =
        g_strdup_printf ("http://127.0.0.1:%u/signed/bucket/key", f->server->port);
    HttpClientRequest request = { .method = "PUT",
                                  .url = url,
                                  .signing = &signing,
                                  .body_from_fd = TRUE,
                                  .body_fd = fd,
                                  .body_fd_length = 17,
                                  .body_sha256 = hashes[i] };
    g_autoptr (HttpClientAnswer) file = http_client_send (client, &request, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (http_client_answer_body (file, NULL), ==, "s3");
  }
  close (fd);
}

static void
test_proxy (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *proxy = g_strdup_printf ("http://user:pw@127.0.0.1:%u", f->server->port);
  const HttpClientSettings settings = { .proxy = proxy };
  g_autoptr (HttpClient) client = http_client_new (&settings, &error);
  const HttpClientRequest request = { .method = "GET", .url = "http://elsewhere.example/x" };
  g_autoptr (HttpClientAnswer) through = http_client_send (client, &request, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (http_client_answer_body (through, NULL), ==, "proxied");
}

static void
note_line (gpointer ctx, const char *line)
{
  g_string_append_printf (ctx, "%s\n", line);
}

static void
test_no_proxy (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/echo", f->server->port);
  const HttpClientSettings settings = { .proxy = "http://127.0.0.1:1", .no_proxy = "127.0.0.1" };
  g_autoptr (HttpClient) client = http_client_new (&settings, &error);
  const HttpClientRequest direct = { .method = "GET", .url = url };
  const HttpClientRequest proxied = { .method = "GET", .url = "http://elsewhere.example/x" };

  g_autoptr (HttpClientAnswer) reply = http_client_send (client, &direct, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (http_client_answer_status (reply), ==, 200);
  g_assert_null (http_client_send (client, &proxied, &error));
  g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_CONNECT);
}

static void
test_wire (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/echo?secret=1", f->server->port);
  const HttpClientSettings settings = { .proxy = "", .wire = note_line, .wire_ctx = lines };
  g_autoptr (HttpClient) client = http_client_new (&settings, &error);
  const HttpClientHeader secret = { "Authorization", "secret" };
  const HttpClientRequest request = { .method = "POST",
                                      .url = url,
                                      .headers = &secret,
                                      .n_headers = 1,
                                      .body = "secret",
                                      .body_length = 6 };

  g_autoptr (HttpClientAnswer) reply = http_client_send (client, &request, &error);
  g_assert_no_error (error);
  static const char *const parts[] = { "> POST /echo?(8 bytes) HTTP/1.1\n",
                                       "> Authorization: (6 bytes)\n", "< HTTP/1.1 200 OK\n",
                                       "< X-One: first\n", ": 6 bytes\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    g_assert_nonnull (strstr (lines->str, parts[i]));
  g_assert_null (strstr (lines->str, "secret"));
}

static char *
ca_file_of (const TestServer *server)
{
  char *name = NULL;
  int fd = g_file_open_tmp ("http-client-ca-XXXXXX", &name, NULL);
  close (fd);
  g_assert_true (g_file_set_contents (name, server->ca_pem, -1, NULL));
  return name;
}

static int
tls_verdict (const TestServer *server, const char *ca_file, const char *host)
{
  g_autoptr (GError) error = NULL;
  const HttpClientSettings settings = { .proxy = "", .ca_file = ca_file };
  g_autoptr (HttpClient) client = http_client_new (&settings, &error);
  g_assert_no_error (error);
  g_autofree char *url = g_strdup_printf ("https://%s:%u/echo", host, server->port);
  const HttpClientRequest request = { .method = "GET", .url = url };
  g_autoptr (HttpClientAnswer) reply = http_client_send (client, &request, &error);

  if (reply != NULL)
    return -1;
  g_test_message ("%s", error->message);
  g_assert_true ((strstr (error->message, "no CA bundle is set") != NULL) == (ca_file == NULL));
  return error->code;
}

static void
test_tls (void)
{
  TestServer *server = test_server_start (answer, NULL, "IP:127.0.0.1,DNS:other.example");
  TestServer *stranger = test_server_start (answer, NULL, "IP:127.0.0.1");
  TestServer *plain = test_server_start (answer, NULL, NULL);
  g_autofree char *ca = ca_file_of (server);

  g_assert_cmpint (tls_verdict (server, ca, "127.0.0.1"), ==, -1);
  g_assert_cmpint (tls_verdict (server, NULL, "127.0.0.1"), ==, HTTP_CLIENT_ERROR_TLS);
  g_assert_cmpint (tls_verdict (stranger, ca, "127.0.0.1"), ==, HTTP_CLIENT_ERROR_TLS);
  g_assert_cmpint (tls_verdict (server, ca, "localhost"), ==, HTTP_CLIENT_ERROR_TLS);
  g_assert_cmpint (tls_verdict (plain, ca, "127.0.0.1"), !=, -1);
  g_unlink (ca);
  test_server_stop (server);
  test_server_stop (stranger);
  test_server_stop (plain);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/http-client/answers-come-to-memory", test_memory);
  ADD ("/http-client/sends-what-it-was-told-to", test_head);
  ADD ("/http-client/keeps-connections-and-survives-their-end", test_connections);
  ADD ("/http-client/downloads-to-a-file-within-the-cap", test_download);
  ADD ("/http-client/uploads-a-part-of-a-file", test_upload);
  ADD ("/http-client/bad-answers-have-their-kind-of-error", test_bad_answers);
  g_test_add_func ("/http-client/unreachable-and-unusable-urls", test_unreachable);
  ADD ("/http-client/time-runs-out", test_timeout);
  ADD ("/http-client/another-thread-ends-a-call", test_abort);
  ADD ("/http-client/signatures-verify", test_signing);
  ADD ("/http-client/goes-through-a-proxy", test_proxy);
  ADD ("/http-client/goes-past-a-proxy-where-told", test_no_proxy);
  ADD ("/http-client/tells-headers-without-secrets", test_wire);
  g_test_add_func ("/http-client/tls-needs-the-ca-and-the-name", test_tls);
  return g_test_run ();
}
