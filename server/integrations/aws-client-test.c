#include "server/integrations/aws-client.h"

#include "server/integrations/test-aws.h"

#define NOW_MS G_GINT64_CONSTANT (1790000000000)

typedef struct {
  AmbientFake fake;
  Ambient ambient;
  TestAws *aws;
  AwsClient *client;
  AwsCaller caller;
  Arena *arena;
  GError *error;
  guint status;
  const char *body; /* what is answered */
} Fixture;

static char *
answer (const TestAwsCall *call, guint *status, gpointer data)
{
  Fixture *f = data;
  *status = f->status;
  return f->body != NULL
             ? g_strdup (f->body)
             : g_markup_printf_escaped ("<R><service>%s</service><region>%s</region>"
                                        "<action>%s</action><name>%s</name></R>",
                                        call->service, call->region, call->action,
                                        test_aws_parameter (call, "Names.member.1") != NULL
                                            ? test_aws_parameter (call, "Names.member.1")
                                            : "");
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->fake = (AmbientFake){ .now_ms = NOW_MS, .seed = 7 };
  f->ambient = ambient_fake (&f->fake);
  f->aws = test_aws_start (answer, f, NOW_MS);
  f->client = aws_client_new (&f->aws->settings, &f->ambient);
  f->caller = (AwsCaller){ f->client, 0 };
  f->arena = arena_new ();
  f->status = 200;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  aws_client_free (f->client);
  test_aws_stop (f->aws);
  arena_free (f->arena);
  g_clear_error (&f->error);
}

static const XmlNode *
ask (Fixture *f, const char **out_code)
{
  g_auto (AwsQuery) query =
      aws_query ("elasticloadbalancing", "2015-12-01", "DescribeTargetGroups");
  aws_query_add (&query, "a b&c=d/é", "Names.member.%u", 1);
  g_clear_error (&f->error);
  return aws_client_query (&f->caller, &query, f->arena, out_code, &f->error);
}

static void
test_query (Fixture *f, gconstpointer data)
{
  const char *code = "x";
  const XmlNode *root = ask (f, &code);
  g_assert_no_error (f->error);
  g_assert_null (code);
  g_assert_cmpstr (xml_node_text (root, "service"), ==, "elasticloadbalancing");
  g_assert_cmpstr (xml_node_text (root, "region"), ==, "eu-west-3");
  g_assert_cmpstr (xml_node_text (root, "action"), ==, "DescribeTargetGroups");
  g_assert_cmpstr (xml_node_text (root, "name"), ==, "a b&c=d/é");
  g_autofree char *calls = test_aws_take_calls (f->aws);
  g_assert_cmpstr (calls, ==,
                   "elasticloadbalancing Action=DescribeTargetGroups&Version=2015-12-01&"
                   "Names.member.1=a%20b%26c%3Dd%2F%C3%A9");
}

static void
test_region (Fixture *f, gconstpointer data)
{
  g_auto (AwsQuery) query = aws_query ("sns", "2010-03-31", "Publish");
  query.region = "us-west-2";
  const XmlNode *root = aws_client_query (&f->caller, &query, f->arena, NULL, &f->error);
  g_assert_no_error (f->error);
  g_assert_cmpstr (xml_node_text (root, "region"), ==, "us-west-2");
}

static void
test_json (Fixture *f, gconstpointer data)
{
  const AwsJsonCall call = { .service = "events",
                             .target = "AWSEvents.PutEvents",
                             .version = "1.1",
                             .body_json = "{\"Entries\":[]}" };
  const char *code = NULL;
  f->body = "{\"FailedEntryCount\":2}";
  g_autoptr (json_t) doc = aws_client_json (&f->caller, &call, f->arena, &code, &f->error);
  g_assert_no_error (f->error);
  g_assert_cmpint (json_integer_value (json_object_get (doc, "FailedEntryCount")), ==, 2);
  g_autofree char *calls = test_aws_take_calls (f->aws);
  g_assert_cmpstr (calls, ==, "events {\"Entries\":[]}");

  f->status = 400;
  f->body =
      "{\"__type\":\"com.amazonaws.events#ResourceNotFoundException\",\"message\":\"no bus\"}";
  g_assert_null (aws_client_json (&f->caller, &call, f->arena, &code, &f->error));
  g_assert_error (f->error, AWS_ERROR, AWS_ERROR_REFUSED);
  g_assert_cmpstr (code, ==, "ResourceNotFoundException");
  g_assert_cmpstr (f->error->message, ==,
                   "events PutEvents: HTTP 400 ResourceNotFoundException: no bus");
}

#define ELB_ERROR(code)                                                                            \
  "<ErrorResponse xmlns='http://x/'><Error><Type>Sender</Type><Code>" code                         \
  "</Code><Message>why</Message></Error><RequestId>r</RequestId></ErrorResponse>"

static void
test_refusals (Fixture *f, gconstpointer data)
{
  static const struct {
    guint status;
    const char *body;
    int kind;
    const char *code;
  } cases[] = {
    { 400, ELB_ERROR ("TargetGroupNotFound"), AWS_ERROR_REFUSED, "TargetGroupNotFound" },
    { 403, ELB_ERROR ("AccessDenied"), AWS_ERROR_DENIED, "AccessDenied" },
    { 403, ELB_ERROR ("SignatureDoesNotMatch"), AWS_ERROR_DENIED, "SignatureDoesNotMatch" },
    { 403,
      "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>why</Message></Error>"
      "</Errors><RequestID>r</RequestID></Response>",
      AWS_ERROR_DENIED, "UnauthorizedOperation" },
    { 403, "<html>", AWS_ERROR_DENIED, NULL },
    { 404, "<html><body>not here</body></html>", AWS_ERROR_UNREACHABLE, NULL },
    { 503, ELB_ERROR ("ServiceUnavailable"), AWS_ERROR_UNREACHABLE, NULL },
    { 500, "", AWS_ERROR_UNREACHABLE, NULL },
    { 200, "<R>", AWS_ERROR_UNREACHABLE, NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    const char *code = "x";
    f->status = cases[i].status;
    f->body = cases[i].body;
    g_assert_null (ask (f, &code));
    g_assert_error (f->error, AWS_ERROR, cases[i].kind);
    g_assert_cmpstr (code, ==, cases[i].code);
    g_assert_true (g_str_has_prefix (f->error->message, "elasticloadbalancing Describe"));
    g_assert_null (strstr (f->error->message, "hush"));
  }
}

static void
test_throttling (Fixture *f, gconstpointer data)
{
  const char *code = NULL;
  gint64 last_ms = 0;
  f->status = 400;
  f->body = ELB_ERROR ("Throttling");
  for (int i = 0; i < 12; i++) {
    g_assert_null (ask (f, &code));
    g_assert_error (f->error, AWS_ERROR, AWS_ERROR_THROTTLED);
    g_assert_cmpstr (code, ==, "Throttling");
    g_autofree char *sent = test_aws_take_calls (f->aws);
    g_assert_cmpstr (sent, !=, "");
    gint64 pause_ms = aws_client_pause_ms (f->client, "elasticloadbalancing");
    g_assert_cmpint (pause_ms, >=, 250);
    g_assert_cmpint (pause_ms, <=, 30000);
    last_ms = MAX (last_ms, pause_ms);
    /* Within the pause nothing is sent, whoever asks. */
    g_assert_null (ask (f, &code));
    g_assert_error (f->error, AWS_ERROR, AWS_ERROR_THROTTLED);
    g_autofree char *unsent = test_aws_take_calls (f->aws);
    g_assert_cmpstr (unsent, ==, "");
    f->fake.now_ms += pause_ms;
    f->aws->now_ms = f->fake.now_ms;
  }
  g_assert_cmpint (last_ms, >=, 15000);
  g_assert_cmpint (aws_client_pause_ms (f->client, "ec2"), ==, 0);
  f->status = 200;
  f->body = NULL;
  g_assert_nonnull (ask (f, &code));
  g_assert_cmpint (aws_client_pause_ms (f->client, "elasticloadbalancing"), ==, 0);
}

/* Rotated keys are used at once; and a file that has become readable to others is not used. */
static void
test_keys (Fixture *f, gconstpointer data)
{
  g_assert_nonnull (ask (f, NULL));
  g_assert_true (files_write_unsynced (
      f->aws->keys_path, "[default]\naws_access_key_id=OTHER\naws_secret_access_key=x\n", -1, 0600,
      &f->error));
  g_assert_null (ask (f, NULL));
  g_assert_error (f->error, AWS_ERROR, AWS_ERROR_DENIED);
  g_clear_error (&f->error);
  g_assert_true (files_write_unsynced (f->aws->keys_path, TEST_AWS_KEYS, -1, 0644, &f->error));
  g_assert_null (ask (f, NULL));
  g_assert_error (f->error, AWS_ERROR, AWS_ERROR_SETTINGS);
  g_assert_nonnull (strstr (f->error->message, "chmod 600"));
  g_unlink (f->aws->keys_path);
  g_assert_null (ask (f, NULL));
  g_assert_error (f->error, AWS_ERROR, AWS_ERROR_SETTINGS);
}

static void
test_nobody (Fixture *f, gconstpointer data)
{
  AwsEndpoint nowhere = { "elasticloadbalancing", "http://127.0.0.1:1" };
  AwsSettings settings = f->aws->settings;
  settings.n_endpoints = 1;
  settings.endpoints = &nowhere;
  f->caller.client = aws_client_new (&settings, &f->ambient);
  g_assert_null (ask (f, NULL));
  g_assert_error (f->error, AWS_ERROR, AWS_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (f->error->message, "127.0.0.1:1"));
  aws_client_free (f->caller.client);
}

/* Regions come out of ARNs that people write. */
static void
test_no_region (Fixture *f, gconstpointer data)
{
  static const char *const regions[] = { "evil.example/?", "a@b", "x.y", "a b", "eu#" };
  for (gsize i = 0; i < G_N_ELEMENTS (regions); i++) {
    g_auto (AwsQuery) query = aws_query ("sns", "2010-03-31", "Publish");
    query.region = regions[i];
    g_assert_null (aws_client_query (&f->caller, &query, f->arena, NULL, &f->error));
    g_assert_error (f->error, AWS_ERROR, AWS_ERROR_REFUSED);
    g_clear_error (&f->error);
  }
  g_assert_cmpuint (f->aws->calls->len, ==, 0);
}

static void
test_late (Fixture *f, gconstpointer data)
{
  f->caller.end_us = ambient_monotonic_us (&f->ambient);
  g_assert_null (ask (f, NULL));
  g_assert_error (f->error, AWS_ERROR, AWS_ERROR_LATE);
  g_assert_cmpuint (f->aws->calls->len, ==, 0);
  f->caller.end_us++;
  g_assert_nonnull (ask (f, NULL));
}

/* Words of two bytes each, of which the last one is cut. */
static void
test_long_message (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) body = g_string_new ("<ErrorResponse><Error><Code>No</Code><Message>x");
  for (int i = 0; i < 1000; i++)
    g_string_append (body, "\xc3\xa9");
  g_string_append (body, "</Message></Error></ErrorResponse>");
  f->status = 400;
  f->body = body->str;
  g_assert_null (ask (f, NULL));
  g_assert_true (g_utf8_validate (f->error->message, -1, NULL));
  g_assert_cmpuint (strlen (f->error->message), <, 600);
}

static void
test_abort (Fixture *f, gconstpointer data)
{
  g_assert_nonnull (ask (f, NULL));
  aws_client_abort (f->client);
  g_assert_null (ask (f, NULL));
  g_assert_error (f->error, AWS_ERROR, AWS_ERROR_ABORTED);
}

static gpointer
ask_often (gpointer data)
{
  Fixture *f = data;
  for (int i = 0; i < 20; i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    g_auto (AwsQuery) query = aws_query ("ec2", "2016-11-15", "DescribeInstances");
    g_assert_nonnull (aws_client_query (&f->caller, &query, arena, NULL, &error));
  }
  return NULL;
}

static void
test_threads (Fixture *f, gconstpointer data)
{
  GThread *threads[8];
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("asks", ask_often, f);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (f->aws->calls->len, ==, 160);
  /* Connections are kept for the next call: no more of them than threads. */
  g_assert_cmpint (g_atomic_int_get (&f->aws->server->n_connections), <=, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/aws-client/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("a-query-is-signed-and-its-answer-read", test_query);
  ADD ("a-call-can-have-a-region-of-its-own", test_region);
  ADD ("json-calls-and-their-refusals", test_json);
  ADD ("refusals-are-told-apart", test_refusals);
  ADD ("a-service-that-throttles-is-left-alone-ever-longer", test_throttling);
  ADD ("keys-are-read-for-each-call", test_keys);
  ADD ("nobody-answers", test_nobody);
  ADD ("what-is-no-region-is-not-asked", test_no_region);
  ADD ("nothing-is-asked-when-the-time-is-over", test_late);
  ADD ("a-long-message-is-cut-between-characters", test_long_message);
  ADD ("abort-ends-calls", test_abort);
  ADD ("many-threads-share-it", test_threads);
  return g_test_run ();
}
