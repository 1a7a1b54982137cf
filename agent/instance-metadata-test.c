#include "agent/instance-metadata.h"

#include "core/arena.h"
#include "proto/test-http-server.h"

/* A metadata service as the test wants it. The server's threads read it and count; requests come one at a time. */
typedef struct {
  guint token_status; /* of PUT /latest/api/token; 0: closes the connection */
  const char *valid;  /* the token that is good now; NULL: none is asked for */
  const char *keys;   /* the role's document */
  guint faults;       /* so many GETs are answered with 500 first */
  guint n_puts, n_gets, n_unsigned;
} Script;

typedef struct {
  Script script;
  TestServer *server;
  HttpClient *client;
  InstanceMetadata *metadata;
  guint n_pauses;
  gint64 paused_ms;
} Fixture;

#define DOCUMENT                                                                                   \
  "{\"region\" : \"us-west-2\", \"accountId\" : \"123456789012\", \"instanceId\" : \"i-0abc\", "   \
  "\"kernelId\": null}"
#define KEYS                                                                                       \
  "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIA1\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","     \
  "\"Expiration\":\"2026-01-01T06:00:00Z\"}"

static char *
text_answer (const char *status, const char *text, gsize *out_length)
{
  return test_answer (status, "", text, strlen (text), out_length);
}

static char *
answer_token (Script *script, const TestRequest *request, gsize *out_length)
{
  script->n_puts++;
  g_assert_nonnull (strstr (request->head, "X-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"));
  if (script->token_status == 0)
    return NULL;
  if (script->token_status != 200)
    return text_answer ("403 Forbidden", "", out_length);
  return text_answer ("200 OK", script->valid, out_length);
}

static char *
answer (const TestRequest *request, gsize *out_length, gpointer data)
{
  static const char *const texts[][2] = {
    { "/latest/dynamic/instance-identity/document ", DOCUMENT },
    { "/latest/meta-data/services/partition ", "aws\n" },
    { "/latest/meta-data/services/domain ", " amazonaws.com " },
    { "/latest/meta-data/iam/security-credentials/ ", "the-role\n" },
  };
  Script *script = data;
  if (g_str_has_prefix (request->head, "PUT /latest/api/token "))
    return answer_token (script, request, out_length);

  const char *path = request->head + strlen ("GET ");
  script->n_gets++;
  if (script->faults > 0) {
    script->faults--;
    return text_answer ("500 Internal Server Error", "", out_length);
  }
  if (strstr (request->head, "X-aws-ec2-metadata-token:") == NULL)
    script->n_unsigned++;
  if (script->valid != NULL && strstr (request->head, script->valid) == NULL)
    return text_answer ("401 Unauthorized", "", out_length);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_str_has_prefix (path, texts[i][0]))
      return text_answer ("200 OK", texts[i][1], out_length);
  if (g_str_has_prefix (path, "/latest/meta-data/iam/security-credentials/the-role ") &&
      script->keys != NULL)
    return text_answer ("200 OK", script->keys, out_length);
  return text_answer ("404 Not Found", "<html>", out_length);
}

static gboolean
note_pause (gpointer ctx, gint64 ms)
{
  Fixture *f = ctx;
  f->n_pauses++;
  f->paused_ms += ms;
  return TRUE;
}

static InstanceMetadata *
metadata_at (Fixture *f, const char *url, gboolean refuse_v1)
{
  return instance_metadata_new (&(InstanceMetadataSettings){ .base_url = url,
                                                             .refuse_v1 = refuse_v1,
                                                             .client = f->client,
                                                             .pause = note_pause,
                                                             .pause_ctx = f });
}

/* data: refuse_v1 */
static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->script = (Script){ .token_status = 200, .valid = "token-one", .keys = KEYS };
  f->server = test_server_start (answer, &f->script, NULL);
  f->client = instance_metadata_client_new (ambient_system (), &error);
  g_assert_no_error (error);
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/", f->server->port);
  f->metadata = metadata_at (f, url, GPOINTER_TO_INT (data));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  instance_metadata_free (f->metadata);
  http_client_free (f->client);
  test_server_stop (f->server);
}

static void
expect_facts (Fixture *f)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  InstanceFacts facts;

  g_assert_true (instance_metadata_facts (f->metadata, arena, &facts, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (facts.partition, ==, "aws");
  g_assert_cmpstr (facts.region, ==, "us-west-2");
  g_assert_cmpstr (facts.account_id, ==, "123456789012");
  g_assert_cmpstr (facts.instance_id, ==, "i-0abc");
  g_assert_cmpstr (facts.domain, ==, "amazonaws.com");
}

static void
expect_failure (Fixture *f, int code, const char *text)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  InstanceFacts facts;

  g_assert_false (instance_metadata_facts (f->metadata, arena, &facts, &error));
  g_assert_error (error, INSTANCE_METADATA_ERROR, code);
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_token_is_reused (Fixture *f, gconstpointer data)
{
  expect_facts (f);
  expect_facts (f);
  g_assert_cmpuint (f->script.n_puts, ==, 1);
  g_assert_cmpuint (f->script.n_unsigned, ==, 0);
  g_assert_cmpuint (f->n_pauses, ==, 0);
}

static void
test_token_ends (Fixture *f, gconstpointer data)
{
  expect_facts (f);
  f->script.valid = "token-two";
  expect_facts (f);
  g_assert_cmpuint (f->script.n_puts, ==, 2);
  g_assert_cmpuint (f->script.n_gets, ==, 7);
}

static void
test_v1 (Fixture *f, gconstpointer data)
{
  static const guint statuses[] = { 403, 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++) {
    f->script.token_status = statuses[i];
    f->script.valid = NULL;
    expect_facts (f);
  }
  g_assert_cmpuint (f->script.n_unsigned, ==, 6);
  g_assert_cmpuint (f->script.n_puts, ==, 1); /* that it has version 1 is known by then */
}

static void
test_v1_refused (Fixture *f, gconstpointer data)
{
  f->script.token_status = 403;
  f->script.valid = NULL;
  expect_failure (f, INSTANCE_METADATA_ERROR_ANSWER, "disable_imds_v1");
  f->script.token_status = 0;
  expect_failure (f, INSTANCE_METADATA_ERROR_ABSENT, "no instance metadata service answers");
  g_assert_cmpuint (f->script.n_gets, ==, 0);
}

static void
test_faults (Fixture *f, gconstpointer data)
{
  f->script.faults = 2;
  expect_facts (f);
  g_assert_cmpuint (f->n_pauses, ==, 2);
  g_assert_cmpint (f->paused_ms, ==, 3000);
  f->script.faults = 3;
  expect_failure (f, INSTANCE_METADATA_ERROR_ANSWER, "500");
}

static void
test_absent (Fixture *f, gconstpointer data)
{
  g_autoptr (InstanceMetadata) absent = metadata_at (f, "http://127.0.0.1:1", FALSE);
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const AgentIdentity nobody = { .mode = IDENTITY_ENVIRONMENT };

  g_assert_null (instance_metadata_complete (absent, &nobody, arena, &error));
  g_assert_error (error, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_ABSENT);
  g_assert_nonnull (strstr (error->message, "AWS_HOST_IDENTIFIER"));
  g_assert_cmpuint (f->n_pauses, ==, 4); /* token and version 1, three tries each */

  const AgentIdentity known = { .host_identifier = "arn:h", .region = "r" };
  g_assert_true (instance_metadata_complete (absent, &known, arena, NULL) == &known);
}

static void
test_disabled (Fixture *f, gconstpointer data)
{
  g_setenv ("AWS_EC2_METADATA_DISABLED", "TRUE", TRUE);
  g_autoptr (InstanceMetadata) disabled = metadata_at (f, NULL, FALSE);
  g_unsetenv ("AWS_EC2_METADATA_DISABLED");
  g_autoptr (GError) error = NULL;
  gint64 expires_ms;
  g_assert_null (instance_metadata_keys (disabled, &expires_ms, &error));
  g_assert_error (error, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_ABSENT);
  g_assert_cmpuint (f->n_pauses, ==, 0);
}

static void
test_keys (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gint64 expires_ms = 0;
  g_autoptr (Credentials) keys = instance_metadata_keys (f->metadata, &expires_ms, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (keys->access_key_id, ==, "ASIA1");
  g_assert_cmpstr (keys->secret_access_key, ==, "s");
  g_assert_cmpstr (keys->session_token, ==, "t");
  g_assert_cmpint (expires_ms, ==, G_GINT64_CONSTANT (1767247200000));
}

static void
test_bad_keys (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = { "{\"Code\":\"Failed\"}", "{\"AccessKeyId\":\"a\"}", "secret!",
                                     "{}" };
  gint64 expires_ms;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    f->script.keys = bad[i];
    g_assert_null (instance_metadata_keys (f->metadata, &expires_ms, &error));
    g_assert_error (error, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_ANSWER);
    g_assert_null (strstr (error->message, "secret!"));
  }
  g_autoptr (GError) error = NULL;
  f->script.keys = NULL;
  g_assert_null (instance_metadata_keys (f->metadata, &expires_ms, &error));
  g_assert_error (error, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_NONE);
}

#define ADD(name, refuse_v1, function)                                                             \
  g_test_add ("/instance-metadata/" name, Fixture, GINT_TO_POINTER (refuse_v1), set_up, function,  \
              tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("142-one-token-for-all-requests", FALSE, test_token_is_reused);
  ADD ("142-a-new-token-after-401", FALSE, test_token_ends);
  ADD ("143-without-a-token-version-1", FALSE, test_v1);
  ADD ("143-version-1-refused", TRUE, test_v1_refused);
  ADD ("three-tries-with-pauses", FALSE, test_faults);
  ADD ("nobody-answers", FALSE, test_absent);
  ADD ("switched-off-by-the-environment", FALSE, test_disabled);
  ADD ("keys-of-the-role", FALSE, test_keys);
  ADD ("keys-that-are-none", FALSE, test_bad_keys);
  return g_test_run ();
}
