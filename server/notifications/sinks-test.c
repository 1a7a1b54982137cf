#include "server/notifications/sinks.h"

#include "server/integrations/test-aws.h"
#include "server/notifications/webhook-signature.h"

#define NOW_MS G_GINT64_CONSTANT (1790000000000)
#define SECRET "0123456789abcdef0123456789abcdef"
#define HOOK   "arn:aws:sns:eu-west-3:123456789012:hook"
#define TOPIC  "arn:aws:sns:us-west-2:123456789012:ops"

typedef struct {
  AmbientFake fake;
  Ambient ambient;
  TestServer *hook;
  TestAws *aws;
  AwsClient *client;
  Integrations *integrations;
  Sinks *sinks;
  char *dir, *secret_path;
  guint status;
  int posts;
  char *body; /* of the latest post */
  char *content_type;
  guint aws_status;
  const char *aws_answer;
  char *aws_body, *aws_action, *aws_region;
} Fixture;

static const ArnScope scope = { .partition = "aws",
                                .region = "eu-west-3",
                                .account_id = "123456789012" };

static const char *
header_of (char **lines, const char *name)
{
  for (char **line = lines; *line != NULL; line++)
    if (g_ascii_strncasecmp (*line, name, strlen (name)) == 0 && (*line)[strlen (name)] == ':')
      return *line + strlen (name) + 2;
  return NULL;
}

static char *
serve_hook (const TestRequest *request, gsize *out_length, gpointer data)
{
  Fixture *f = data;
  g_autoptr (GBytes) secret = NULL;
  g_auto (GStrv) lines = g_strsplit (request->head, "\r\n", -1);
  g_assert_true (webhook_secret_read (SECRET, &secret, NULL));
  g_assert_true (g_str_has_prefix (lines[0], "POST /hook?token=t HTTP/1.1"));
  if (header_of (lines, "webhook-signature") != NULL)
    g_assert_true (webhook_verify (
        secret, header_of (lines, "webhook-id"), header_of (lines, "webhook-timestamp"),
        header_of (lines, "webhook-signature"), (const char *)request->body->data,
        request->body->len, NOW_MS / 1000, 0));
  g_free (f->body);
  g_free (f->content_type);
  f->body = g_strndup ((const char *)request->body->data, request->body->len);
  f->content_type = g_strdup (header_of (lines, "Content-Type"));
  f->posts++;
  g_autofree char *line = g_strdup_printf ("%u Word", f->status);
  return test_answer (line, "Location: http://127.0.0.1:1/elsewhere\r\n", "", 0, out_length);
}

static char *
serve_aws (const TestAwsCall *call, guint *status, gpointer data)
{
  Fixture *f = data;
  g_free (f->aws_body);
  g_free (f->aws_action);
  g_free (f->aws_region);
  f->aws_body = g_strdup (call->body);
  f->aws_action = g_strdup (call->action);
  f->aws_region = g_strdup (call->region);
  *status = f->aws_status;
  return g_strdup (f->aws_answer);
}

static const char file[] =
    "triggers:\n"
    "  '" HOOK "': {driver: webhook, url: 'http://127.0.0.1:%u/hook?token=t', secret_file: key}\n"
    "events:\n"
    "  - {driver: eventbridge, bus: deployments}\n"
    "  - {driver: cloudevents, url: 'http://127.0.0.1:%u/hook?token=t'}\n";

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->fake = (AmbientFake){ .now_ms = NOW_MS, .seed = 7 };
  f->ambient = ambient_fake (&f->fake);
  f->status = f->aws_status = 200;
  f->dir = g_dir_make_tmp ("slipway-sinks-XXXXXX", &error);
  g_assert_no_error (error);
  f->secret_path = g_build_filename (f->dir, "key", NULL);
  g_assert_true (files_write_unsynced (f->secret_path, SECRET "\n", -1, 0600, &error));
  f->hook = test_server_start (serve_hook, f, NULL);
  f->aws = test_aws_start (serve_aws, f, NOW_MS);
  f->client = aws_client_new (&f->aws->settings, &f->ambient);
  g_autofree char *rest = g_strdup_printf (file, f->hook->port, f->hook->port);
  g_autofree char *text =
      g_strdup_printf ("aws: {credentials_file: %s}\n%s", f->aws->keys_path, rest);
  f->integrations =
      integrations_parse (text, strlen (text), "integrations.yml", f->dir, "eu-west-3", &error);
  g_assert_no_error (error);
  f->sinks = sinks_new (f->integrations, f->client, &scope, &f->ambient);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  sinks_free (f->sinks);
  integrations_free (f->integrations);
  aws_client_free (f->client);
  test_aws_stop (f->aws);
  test_server_stop (f->hook);
  g_unlink (f->secret_path);
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_free (f->dir);
  g_free (f->secret_path);
  g_free (f->body);
  g_free (f->content_type);
  g_free (f->aws_body);
  g_free (f->aws_action);
  g_free (f->aws_region);
}

static char *
deliver (Fixture *f, const char *sink, const char *trigger)
{
  g_autoptr (GError) error = NULL;
  const NotificationRecord record = {
    .id = "6f1c0000-0000-4000-8000-000000000001",
    .deployment_id = "d-AAAAAAAA1",
    .sink = sink,
    .trigger_name = trigger,
    .event = "DeploymentStart",
    .fact_json = "{\"state\":\"START\",\"deploymentId\":\"d-AAAAAAAA1\",\"application\":\"shop\","
                 "\"group\":\"web\",\"status\":\"Created\",\"createMs\":1,\"overview\":{}}",
    .create_ms = NOW_MS,
  };
  return sinks_deliver (f->sinks, &record, &error) ? NULL : g_strdup (error->message);
}

static void
expect_failure (char *message, const char *part)
{
  if (message == NULL || strstr (message, part) == NULL)
    g_error ("\"%s\" has no \"%s\"", message, part);
  g_assert_null (strstr (message, "token=t"));
  g_assert_null (strstr (message, "/hook answered"));
  g_free (message);
}

static void
test_names_and_reach (Fixture *f, gconstpointer data)
{
  const char *const *names = sinks_receivers (f->sinks);
  g_assert_cmpstr (names[0], ==, "eventbridge:deployments");
  g_assert_true (g_str_has_prefix (names[1], "cloudevents:http://127.0.0.1:"));
  g_assert_true (g_str_has_suffix (names[1], "/hook"));
  g_assert_null (names[2]);
  g_assert_true (sinks_reaches (f->sinks, HOOK));
  g_assert_true (sinks_reaches (f->sinks, TOPIC)); /* there is a section aws */
}

static void
test_a_webhook_is_signed (Fixture *f, gconstpointer data)
{
  g_assert_null (deliver (f, HOOK, "ops"));
  g_assert_true (g_str_has_prefix (f->body, "{\"region\":\"eu-west-3\","));
  g_assert_cmpstr (f->content_type, ==, "application/json");
  f->status = 500;
  expect_failure (deliver (f, HOOK, "ops"), " answered 500");
  f->status = 302;
  expect_failure (deliver (f, HOOK, "ops"), "redirects are not followed");
  g_assert_cmpint (f->posts, ==, 3);
  g_autoptr (GError) error = NULL;
  g_assert_true (files_write_unsynced (f->secret_path, "short\n", -1, 0600, &error));
  expect_failure (deliver (f, HOOK, "ops"), "has less than 16 bytes");
  g_assert_true (files_write_unsynced (f->secret_path, "whsec_a-b_c-d_e-f_g-h_i-j_k-l_m-n\n", -1,
                                       0600, &error));
  expect_failure (deliver (f, HOOK, "ops"), "is not base64 behind whsec_");
  g_assert_cmpint (f->posts, ==, 3);
}

static void
test_cloud_events_are_posted (Fixture *f, gconstpointer data)
{
  g_assert_null (deliver (f, sinks_receivers (f->sinks)[1], NULL));
  g_assert_cmpstr (f->content_type, ==, "application/cloudevents+json; charset=utf-8");
  g_assert_true (g_str_has_prefix (f->body, "{\"specversion\":\"1.0\""));
  expect_failure (deliver (f, "cloudevents:http://gone", NULL), "no receiver of events");
}

static void
test_a_topic_is_published_to (Fixture *f, gconstpointer data)
{
  f->aws_answer = "<PublishResponse><PublishResult/></PublishResponse>";
  g_assert_null (deliver (f, TOPIC, "ops"));
  g_assert_cmpstr (f->aws_action, ==, "Publish");
  g_assert_cmpstr (f->aws_region, ==, "us-west-2"); /* the topic's */
  g_assert_nonnull (strstr (f->aws_body, "Subject=CREATED%3A%20AWS%20CodeDeploy%20d-AAAAAAAA1"));
  g_assert_null (strstr (f->aws_body, "MessageGroupId"));
  g_assert_null (deliver (f, TOPIC ".fifo", "ops"));
  g_assert_nonnull (strstr (f->aws_body, "MessageGroupId=d-AAAAAAAA1&MessageDeduplicationId=6f1c"));
  f->aws_status = 404;
  f->aws_answer = "<ErrorResponse><Error><Code>NotFound</Code><Message>Topic does not exist"
                  "</Message></Error></ErrorResponse>";
  expect_failure (deliver (f, TOPIC, "ops"), "NotFound");
}

static void
test_an_event_is_put (Fixture *f, gconstpointer data)
{
  f->aws_answer = "{\"FailedEntryCount\":0,\"Entries\":[{\"EventId\":\"1\"}]}";
  g_assert_null (deliver (f, "eventbridge:deployments", NULL));
  g_assert_cmpstr (f->aws_action, ==, "AWSEvents.PutEvents");
  g_assert_nonnull (strstr (f->aws_body, "\"EventBusName\":\"deployments\""));
  /* 200, and refused all the same. */
  f->aws_answer = "{\"FailedEntryCount\":1,\"Entries\":[{\"ErrorCode\":"
                  "\"NotAuthorizedForSourceException\",\"ErrorMessage\":\"no\"}]}";
  expect_failure (deliver (f, "eventbridge:deployments", NULL), "NotAuthorizedForSourceException");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, fn) g_test_add ("/sinks/" path, Fixture, NULL, set_up, fn, tear_down)
  CASE ("names-and-reach", test_names_and_reach);
  CASE ("a-webhook-is-signed", test_a_webhook_is_signed);
  CASE ("cloud-events-are-posted", test_cloud_events_are_posted);
  CASE ("a-topic-is-published-to", test_a_topic_is_published_to);
  CASE ("an-event-is-put", test_an_event_is_put);
  return g_test_run ();
}
