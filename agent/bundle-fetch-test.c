#include "agent/bundle-fetch.h"

#include <fcntl.h>
#include <glib/gstdio.h>

#include "agent/bundle-url.h"
#include "proto/test-http-server.h"

#define CONTENT "0123456789abcdefghij"

/* One answer: what the request must have in it and must not, and what comes back. */
typedef struct {
  const char *has, *lacks; /* NULL: nothing in particular */
  const char *status, *headers, *body;
  gsize
      announced; /* Content-Length; 0: that of body. More than it: the connection breaks in the body */
} Answer;

typedef struct {
  TestServer *server;
  const Answer *answers;
  guint at; /* of the answers; the server's thread counts */
  AgentConfig config;
  AgentIdentity identity;
  AgentHost host;
  AgentLog *log;
  Arena *arena;
  CredentialsSource *credentials;
  int fd;
} Fixture;

static char *
answer (const TestRequest *request, gsize *out_length, gpointer data)
{
  Fixture *f = data;
  const Answer *next = &f->answers[f->at];
  g_assert_nonnull (next->status); /* no more requests than answers */
  f->at++;
  if (next->has != NULL && strstr (request->head, next->has) == NULL)
    g_error ("\"%s\" is not in: %s", next->has, request->head);
  if (next->lacks != NULL && strstr (request->head, next->lacks) != NULL)
    g_error ("\"%s\" is in: %s", next->lacks, request->head);
  if (next->status[0] == '\0')
    return NULL;
  /* each on a connection of its own: on a kept one libcurl repeats a request by itself */
  g_autofree char *headers = g_strconcat ("X-Test-Close: yes\r\n", next->headers, NULL);
  gsize n = strlen (next->body);
  if (next->announced == 0)
    return test_answer (next->status, headers, next->body, n, out_length);
  char *text = g_strdup_printf ("HTTP/1.1 %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n%s\r\n%s",
                                next->status, next->announced, headers, next->body);
  *out_length = strlen (text);
  return text;
}

static gboolean
give_keys (gpointer ctx, CredentialsAnswer *out, GError **error)
{
  *out = (CredentialsAnswer){ .keys = credentials_new ("AKID", "secret", NULL) };
  return TRUE;
}

static gboolean
never_stopped (gpointer ctx)
{
  return FALSE;
}

static gboolean
always_stopped (gpointer ctx)
{
  return TRUE;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  AgentLogSettings log = { .ambient = ambient_system (), .least = AGENT_LOG_ERROR };
  f->arena = arena_new ();
  f->server = test_server_start (answer, f, NULL);
  const char *url = arena_printf (f->arena, "http://127.0.0.1:%u", f->server->port);
  const char *text = arena_printf (f->arena,
                                   "root_dir: /x\ns3_endpoint_override: '%s'\n"
                                   "github_endpoint: '%s/api/v3'\ndownload_pause_first: 0\n"
                                   "no_proxy: '*'\n",
                                   url, url);
  const AgentConfig *config = agent_config_parse (text, strlen (text), f->arena, NULL);
  g_assert_nonnull (config);
  f->config = *config;
  f->identity.region = "us-east-1";
  f->host =
      (AgentHost){ .config = &f->config, .identity = &f->identity, .ambient = ambient_system () };
  f->log = f->host.log = agent_log_new (&log, NULL);
  f->credentials = credentials_source_new (NULL, ambient_system ());
  credentials_source_add (f->credentials, (CredentialsProvider){ "test", give_keys });
  f->fd = g_file_open_tmp ("bundle-fetch-XXXXXX", NULL, NULL);
  g_assert_cmpint (f->fd, >=, 0);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", f->fd);
  g_autofree char *path = g_file_read_link (link, NULL);
  g_unlink (path);
  close (f->fd);
  test_server_stop (f->server);
  credentials_source_free (f->credentials);
  agent_log_free (f->log);
  arena_free (f->arena);
}

static gboolean
fetch (Fixture *f, const Answer *answers, BundleRequest request, BundleFetched *fetched,
       GError **error)
{
  BundleFetchContext context = { &f->host, f->credentials, never_stopped, NULL };
  f->answers = answers;
  f->at = 0;
  return bundle_fetch (&context, &request, f->fd, fetched, error);
}

static BundleRequest
s3_request (const char *etag)
{
  return (BundleRequest){ .revision = {
                              .type = SPEC_REVISION_S3, .bucket = "b", .key = "k", .etag = etag } };
}

static BundleRequest
github_request (const char *token)
{
  return (BundleRequest){ .revision = { .type = SPEC_REVISION_GITHUB,
                                        .account = "A",
                                        .repository = "R",
                                        .commit_id = "C" },
                          .github_token = token };
}

static void
assert_content (Fixture *f, const char *expected)
{
  char found[200];
  ssize_t n = pread (f->fd, found, sizeof found, 0);
  g_assert_cmpmem (found, n, expected, strlen (expected));
}

/* Broken off twice, gone on with each time. */
static void
test_resume (Fixture *f, gconstpointer data)
{
  static const Answer answers[] = {
    { "GET /b/k ", "Range:", "200 OK", "ETag: \"e\"\r\n", "01234", 20 },
    { "Range: bytes=5-\r\n", NULL, "", NULL, NULL, 0 },
    { "If-Match: \"e\"\r\n", NULL, "206 Partial Content",
      "ETag: \"e\"\r\nContent-Range: bytes 5-19/20\r\n", "56789", 15 },
    { "Range: bytes=10-\r\n", NULL, "503 Slow Down", NULL, "", 0 },
    { "Range: bytes=10-\r\n", NULL, "206 Partial Content",
      "ETag: \"e\"\r\nContent-Range: bytes 10-19/20\r\n", "abcdefghij", 0 },
    { 0 },
  };
  g_autoptr (GError) error = NULL;
  g_auto (BundleFetched) fetched = { 0 };
  gboolean ok = fetch (f, answers, s3_request ("e"), &fetched, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpint (fetched.course, ==, BUNDLE_FETCH_STRAIGHT);
  g_assert_cmpstr (fetched.etag, ==, "\"e\"");
  g_assert_cmpuint (f->at, ==, 5);
  assert_content (f, CONTENT);
}

/* Whatever makes the rest another thing's rest: all of it again. */
static void
test_anew (Fixture *f, gconstpointer data)
{
  static const Answer seconds[] = {
    { "Range:", NULL, "412 Precondition Failed", NULL, "", 0 },
    { "Range:", NULL, "416 Range Not Satisfiable", NULL, "", 0 },
    { "Range:", NULL, "200 OK", "ETag: \"e\"\r\n", CONTENT, 0 },
    { "Range:", NULL, "200 OK", "ETag: \"e\"\r\n", "0123", 20 },
    { "Range:", NULL, "206 Partial Content", "Content-Range: bytes 4-19/20\r\n", CONTENT, 0 },
  };
  static const char *const etags[] = { "ETag: \"e\"\r\n", NULL, "ETag: W/\"e\"\r\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (seconds) + 2; i++) {
    gboolean known = i < G_N_ELEMENTS (seconds);
    Answer answers[4] = {
      { NULL, "Range:", "200 OK", etags[known ? 0 : i - G_N_ELEMENTS (seconds) + 1], "01234", 20 },
    };
    gsize n = 1;
    if (known)
      answers[n++] = seconds[i];
    answers[n++] = (Answer){ NULL, "Range:", "200 OK", "ETag: \"f\"\r\n", CONTENT, 0 };
    g_autoptr (GError) error = NULL;
    g_auto (BundleFetched) fetched = { 0 };
    g_assert_cmpint (ftruncate (f->fd, 0), ==, 0);
    g_assert_cmpint (lseek (f->fd, 0, SEEK_SET), ==, 0);
    gboolean ok = fetch (f, answers, s3_request (NULL), &fetched, &error);
    g_assert_no_error (error);
    g_assert_true (ok);
    g_assert_cmpint (fetched.course, ==, BUNDLE_FETCH_ANEW);
    g_assert_cmpstr (fetched.etag, ==, "\"f\"");
    g_assert_cmpuint (f->at, ==, n);
    assert_content (f, CONTENT);
  }
}

static void
test_s3_errors (Fixture *f, gconstpointer data)
{
  static const Answer denied[] = {
    { NULL, NULL, "403 Forbidden", "x-amz-request-id: R1\r\n",
      "<Error><Code>AccessDenied</Code><Message>no</Message></Error>", 0 },
    { 0 },
  };
  static const Answer other[] = { { NULL, NULL, "200 OK", "ETag: \"f\"\r\n", "x", 0 }, { 0 } };
  static const Answer other_broken[] = { { NULL, NULL, "200 OK", "ETag: \"f\"\r\n", "x", 9 },
                                         { 0 } };
  g_auto (BundleFetched) fetched = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (fetch (f, denied, s3_request (NULL), &fetched, &error));
  g_assert_cmpstr (
      error->message, ==,
      "cannot download bucket \"b\" key \"k\": HTTP 403 AccessDenied: no (request R1)");
  g_clear_error (&error);
  g_assert_false (fetch (f, other, s3_request ("\"e\""), &fetched, &error));
  g_assert_nonnull (strstr (error->message, "has ETag \"f\""));
  g_clear_error (&error);
  g_assert_false (fetch (f, other_broken, s3_request ("e"), &fetched, &error));
  g_assert_nonnull (strstr (error->message, "has ETag \"f\""));
  g_assert_cmpuint (f->at, ==, 1);
}

static void
test_github_retries (Fixture *f, gconstpointer data)
{
  static const Answer answers[] = {
    { "GET /api/v3/repos/A/R/tarball/C ", "Authorization:", "404 Not Found", NULL, "", 0 },
    { NULL, NULL, "", NULL, NULL, 0 },
    { NULL, NULL, "200 OK", NULL, "0123", 20 },
    { NULL, "Range:", "200 OK", NULL, CONTENT, 0 },
    { 0 },
  };
  static const Answer missing[] = {
    { NULL, NULL, "404 Not Found", NULL, "", 0 },
    { NULL, NULL, "404 Not Found", NULL, "", 0 },
    { NULL, NULL, "502 Bad Gateway", NULL, "", 0 },
    { NULL, NULL, "404 Not Found", NULL, "", 0 },
    { 0 },
  };
  g_autoptr (GError) error = NULL;
  g_auto (BundleFetched) fetched = { 0 };

  gboolean ok = fetch (f, answers, github_request (NULL), &fetched, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpint (fetched.course, ==, BUNDLE_FETCH_ANEW);
  assert_content (f, CONTENT);

  g_assert_false (fetch (f, missing, github_request (NULL), &fetched, &error));
  g_assert_cmpuint (f->at, ==, 4);
  g_assert_nonnull (strstr (error->message, "HTTP status 404, HTTP status 404, HTTP status 502, "
                                            "HTTP status 404"));
}

/* The token goes where it was meant for: not to another server, and not back from there. */
static void
test_github_token (Fixture *f, gconstpointer data)
{
  TestServer *other = test_server_start (answer, f, NULL);
  const char *there =
      arena_printf (f->arena, "Location: http://127.0.0.1:%u/there\r\n", other->port);
  const char *back =
      arena_printf (f->arena, "Location: http://127.0.0.1:%u/back\r\n", f->server->port);
  const Answer answers[] = {
    { "Authorization: token T\r\n", NULL, "302 Found", "Location: /here\r\n", "", 0 },
    { "Authorization: token T\r\n", NULL, "302 Found", there, "", 0 },
    { "GET /there ", "token", "307 Temporary Redirect", back, "", 0 },
    { "GET /back ", "token", "200 OK", NULL, CONTENT, 0 },
    { 0 },
  };
  g_autoptr (GError) error = NULL;
  g_auto (BundleFetched) fetched = { 0 };
  gboolean ok = fetch (f, answers, github_request ("T"), &fetched, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpint (fetched.course, ==, BUNDLE_FETCH_STRAIGHT);
  assert_content (f, CONTENT);
  test_server_stop (other);
}

static void
test_stopped (Fixture *f, gconstpointer data)
{
  static const Answer answers[] = { { NULL, NULL, "503 Slow Down", NULL, "", 0 }, { 0 } };
  BundleFetchContext context = { &f->host, f->credentials, always_stopped, NULL };
  BundleRequest requests[] = { s3_request (NULL), github_request (NULL) };
  f->answers = answers;
  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++) {
    g_autoptr (GError) error = NULL;
    g_auto (BundleFetched) fetched = { 0 };
    f->at = 0;
    g_assert_false (bundle_fetch (&context, &requests[i], f->fd, &fetched, &error));
    g_assert_nonnull (strstr (error->message, "503"));
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/bundle-fetch/an-object-that-broke-off-goes-on-where-it-stopped", test_resume },
    { "/bundle-fetch/what-is-not-its-rest-begins-anew", test_anew },
    { "/bundle-fetch/s3-errors-name-everything", test_s3_errors },
    { "/bundle-fetch/62-github-is-asked-four-times", test_github_retries },
    { "/bundle-fetch/61-the-token-goes-to-its-server-only", test_github_token },
    { "/bundle-fetch/who-is-stopping-does-not-try-again", test_stopped },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].run, tear_down);
  return g_test_run ();
}
