#include "proto/api-client.h"

#include "core/time-iso8601.h"
#include "proto/api-types.h"
#include "proto/test-http-server.h"

/* What the service says next, and what it was asked. */
typedef struct {
  const char *status;
  const char *headers;
  const char *body;
  const char *body_after_correction; /* when set: the first call is refused for its clock */
  GString *heads;
  GString *bodies;
} Script;

static Script script;

static char *
answer (const TestRequest *request, gsize *out_length, gpointer data)
{
  g_string_append (script.heads, request->head);
  g_string_append_len (script.bodies, (const char *)request->body->data, request->body->len);
  if (script.status == NULL)
    return NULL;
  char *text =
      test_answer (script.status, script.headers, script.body, strlen (script.body), out_length);
  if (script.body_after_correction != NULL) {
    script.status = "200 OK";
    script.body = script.body_after_correction;
  }
  return text;
}

typedef struct {
  TestServer *server;
  ApiClient *client;
  Arena *arena;
} Fixture;

static gint64
fixed_now (gpointer ctx)
{
  return G_GINT64_CONSTANT (1790000000000);
}

static const Ambient ambient = { .now_ms = fixed_now };

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Credentials) credentials = credentials_new ("AKIDEXAMPLE", "secret", NULL);

  script = (Script){ .status = "200 OK", .headers = "", .body = "{}" };
  script.heads = g_string_new (NULL);
  script.bodies = g_string_new (NULL);
  f->server = test_server_start (answer, NULL, NULL);
  g_autofree char *endpoint = g_strdup_printf ("http://127.0.0.1:%u", f->server->port);
  const ApiClientSettings settings = { .endpoint = endpoint,
                                       .region = "us-east-1",
                                       .credentials = credentials,
                                       .http = {
                                           .proxy = "", .ambient = &ambient, .timeout_s = 20 } };
  f->client = api_client_new (&settings, &error);
  g_assert_no_error (error);
  f->arena = arena_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  api_client_free (f->client);
  test_server_stop (f->server);
  arena_free (f->arena);
  g_string_free (script.heads, TRUE);
  g_string_free (script.bodies, TRUE);
}

static gboolean
get_application (Fixture *f, const ApiGetApplicationOutput **out, GError **error)
{
  const ApiGetApplicationInput input = { .application_name = "shop" };
  gpointer output = NULL;
  gboolean good =
      api_client_call (f->client, API_OP_GET_APPLICATION, &input, f->arena, &output, error);

  *out = output;
  return good;
}

static void
test_call (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const ApiGetApplicationOutput *output = NULL;

  script.body = "{\"application\":{\"applicationName\":\"shop\",\"computePlatform\":\"Quantum\","
                "\"createTime\":1.5e9}}";
  gboolean good = get_application (f, &output, &error);
  g_assert_no_error (error);
  g_assert_true (good);
  g_assert_cmpstr (output->application->compute_platform, ==, "Quantum");
  g_assert_cmpint (*output->application->create_time, ==, G_GINT64_CONSTANT (1500000000000));
  g_assert_cmpstr (script.bodies->str, ==, "{\"applicationName\":\"shop\"}");
  g_assert_nonnull (
      strstr (script.heads->str, "\r\nX-Amz-Target: CodeDeploy_20141006.GetApplication\r\n"));
  g_assert_nonnull (strstr (script.heads->str, "/us-east-1/codedeploy/aws4_request"));
}

static void
test_variant (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const ApiPollHostCommandInput input = { .host_identifier = "h" };
  gpointer output = NULL;

  api_client_set_variant (f->client, "CodeDeployCommandService", "codedeploy-commands-secure");
  api_client_set_header (f->client, "x-amz-codedeploy-agent-version", "1.2.3");
  gboolean good =
      api_client_call (f->client, API_OP_POLL_HOST_COMMAND, &input, f->arena, &output, &error);
  g_assert_no_error (error);
  g_assert_true (good);
  g_assert_null (((ApiPollHostCommandOutput *)output)->host_command);
  g_assert_nonnull (
      strstr (script.heads->str, "X-Amz-Target: CodeDeployCommandService.PollHostCommand\r\n"));
  g_assert_nonnull (strstr (script.heads->str, "x-amz-codedeploy-agent-version: 1.2.3\r\n"));
  g_assert_nonnull (strstr (script.heads->str, "/codedeploy-commands-secure/aws4_request"));
}

static void
test_own_header (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *value, *sent, *signed_headers;
  } steps[] = {
    { "one", "\r\nx-own: one\r\n", ";x-own," },
    { "two", "\r\nx-own: two\r\n", ";x-own," },
    { NULL, NULL, ";x-amz-target," },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr (GError) error = NULL;
    const ApiGetApplicationOutput *output = NULL;
    g_string_truncate (script.heads, 0);
    api_client_set_header (f->client, "x-own", steps[i].value);
    g_assert_true (get_application (f, &output, &error));
    g_assert_no_error (error);
    if (steps[i].sent != NULL)
      g_assert_nonnull (strstr (script.heads->str, steps[i].sent));
    else
      g_assert_null (strstr (script.heads->str, "x-own"));
    g_assert_nonnull (strstr (script.heads->str, steps[i].signed_headers));
  }
}

static void
test_empty_answer (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const ApiDeleteApplicationInput input = { .application_name = "shop" };
  gpointer output = f;

  script.body = "";
  gboolean good =
      api_client_call (f->client, API_OP_DELETE_APPLICATION, &input, f->arena, &output, &error);
  g_assert_no_error (error);
  g_assert_true (good);
  g_assert_null (output);
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  const struct {
    const char *status, *headers, *body;
    ApiClientError code;
    const char *name;
    gboolean transient;
    const char *message;
  } rows[] = {
    { "400 Bad Request", "",
      "{\"__type\":\"ApplicationDoesNotExistException\",\"message\":\"No application\"}",
      API_CLIENT_ERROR_SERVICE, "ApplicationDoesNotExistException", FALSE,
      "ApplicationDoesNotExistException: No application" },
    { "400 Bad Request", "", "{\"__type\":\"a.b#AccessDeniedException\",\"Message\":\"no\"}",
      API_CLIENT_ERROR_SERVICE, "AccessDeniedException", FALSE, "AccessDeniedException: no" },
    { "400 Bad Request", "", "{\"__type\":\"ThrottlingException\"}", API_CLIENT_ERROR_SERVICE,
      "ThrottlingException", TRUE, "ThrottlingException" },
    { "400 Bad Request", "", "{\"__type\":\"NewKindException\"}", API_CLIENT_ERROR_SERVICE,
      "NewKindException", FALSE, "NewKindException" },
    { "500 Oops", "x-amzn-errortype: InternalFailure:http://x\r\n", "", API_CLIENT_ERROR_SERVICE,
      "InternalFailure", TRUE, "InternalFailure" },
    { "502 Bad Gateway", "", "<html>", API_CLIENT_ERROR_ANSWER, NULL, TRUE, NULL },
    { "301 Moved", "Location: /x\r\n", "", API_CLIENT_ERROR_ANSWER, NULL, FALSE, NULL },
    { "200 OK", "", "<html>", API_CLIENT_ERROR_ANSWER, NULL, FALSE, NULL },
    { "200 OK", "", "{\"application\":[]}", API_CLIENT_ERROR_ANSWER, NULL, FALSE, NULL },
    { NULL, "", "", API_CLIENT_ERROR_TRANSPORT, NULL, TRUE, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    const ApiGetApplicationOutput *output = NULL;
    script.status = rows[i].status;
    script.headers = rows[i].headers;
    script.body = rows[i].body;
    g_assert_false (get_application (f, &output, &error));
    g_test_message ("%s", error->message);
    g_assert_error (error, API_CLIENT_ERROR, (int)rows[i].code);
    g_assert_cmpstr (api_client_error_name (f->client), ==, rows[i].name);
    g_assert_cmpint (api_client_error_is_transient (f->client), ==, rows[i].transient);
    if (rows[i].message != NULL)
      g_assert_cmpstr (error->message, ==, rows[i].message);
    g_assert_cmpint (api_client_error_code (f->client), ==, api_error_from_name (rows[i].name));
  }
}

/* A server or proxy that speaks plain text to people. */
static void
test_plain_text (Fixture *f, gconstpointer data)
{
  const struct {
    const char *headers, *body, *end;
  } rows[] = {
    { "Content-Type: text/plain\r\n", "use https\n", "HTTP status 403: use https" },
    { "Content-Type: text/plain; charset=utf-8\r\n", "no\033[2J\tway\nmore",
      "HTTP status 403: no?[2J?way" },
    { "Content-Type: text/plain\r\n", "\n", "would give" },
    { "Content-Type: text/plain\r\n", "\xff\xfe", "would give" },
    { "Content-Type: text/html\r\n", "<html>", "would give" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    const ApiGetApplicationOutput *output = NULL;
    script.status = "403 Forbidden";
    script.headers = rows[i].headers;
    script.body = rows[i].body;
    g_assert_false (get_application (f, &output, &error));
    g_assert_error (error, API_CLIENT_ERROR, API_CLIENT_ERROR_ANSWER);
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_suffix (error->message, rows[i].end));
  }
  g_autofree char *long_line = g_strnfill (5000, 'x');
  g_autoptr (GError) error = NULL;
  const ApiGetApplicationOutput *output = NULL;
  script.headers = "Content-Type: text/plain\r\n";
  script.body = long_line;
  g_assert_false (get_application (f, &output, &error));
  g_assert_cmpuint (strlen (error->message), <, 400);
}

/* A host whose clock is off by an hour. */
static void
test_clock (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const ApiGetApplicationOutput *output = NULL;
  char date[TIME_HTTP_SIZE];
  char amz[TIME_AMZ_SIZE];

  time_format_http (fixed_now (NULL) + 3600000, date);
  time_format_amz (fixed_now (NULL) + 3600000, amz);
  g_autofree char *headers = g_strdup_printf ("Date: %s\r\n", date);
  g_autofree char *expected = g_strdup_printf ("X-Amz-Date: %s\r\n", amz);
  script.status = "400 Bad Request";
  script.headers = headers;
  script.body = "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired: 1 is "
                "now earlier than 2\"}";
  script.body_after_correction = "{}";
  gboolean good = get_application (f, &output, &error);
  g_assert_no_error (error);
  g_assert_true (good);
  g_assert_nonnull (strstr (script.heads->str, expected));

  /* the offset is kept: the next call is right at once, and a refusal is not repeated for ever */
  g_string_set_size (script.heads, 0);
  g_string_set_size (script.bodies, 0);
  script.status = "400 Bad Request";
  script.body = "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired: 1 is "
                "now earlier than 2\"}";
  g_assert_false (get_application (f, &output, &error));
  g_assert_nonnull (strstr (script.heads->str, expected));
  g_assert_cmpstr (script.bodies->str, ==, "{\"applicationName\":\"shop\"}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/api-client/structures-go-in-and-come-out", test_call);
  ADD ("/api-client/host-commands-have-variants", test_variant);
  ADD ("/api-client/own-headers-are-signed-replaced-and-left-out", test_own_header);
  ADD ("/api-client/an-empty-answer-is-no-structure", test_empty_answer);
  ADD ("/api-client/refusals-carry-the-exception", test_refusals);
  ADD ("/api-client/what-is-said-in-plain-text-is-told", test_plain_text);
  ADD ("/api-client/a-wrong-clock-is-corrected-once", test_clock);
  return g_test_run ();
}
