#include "server/integrations/alarm-reader.h"

#include "proto/test-http-server.h"
#include "server/files.h"
#include "server/integrations/cloudwatch.h"
#include "server/integrations/prometheus.h"
#include "server/integrations/test-aws.h"

#define NOW_MS G_GINT64_CONSTANT (1790000000000)

typedef struct {
  AmbientFake fake;
  Ambient ambient;
  TestServer *prometheus;
  TestAws *aws;
  AwsClient *client;
  gint64 end_us;     /* of errands */
  const char *state; /* before */
  Integrations *integrations;
  AlarmReader *reader;
  Arena *arena;
  char *dir;
  GPtrArray *asked; /* request lines of Prometheus, and its Authorization headers */
  GMutex lock;
  guint status; /* of Prometheus; 0: it hangs up */
  const char *rules, *result;
  guint aws_status;
  const char *aws_answer;
} Fixture;

static char *
serve_prometheus (const TestRequest *request, gsize *out_length, gpointer data)
{
  Fixture *f = data;
  g_auto (GStrv) lines = g_strsplit (request->head, "\r\n", -1);
  g_assert_nonnull (lines[0]);
  g_mutex_lock (&f->lock);
  g_ptr_array_add (f->asked, g_strdup (lines[0]));
  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, "Authorization:"))
      g_ptr_array_add (f->asked, g_strdup (*line));
  g_mutex_unlock (&f->lock);
  if (f->status == 0)
    return NULL;
  const char *body = strstr (lines[0], "/api/v1/rules?type=alert ") != NULL ? f->rules : f->result;
  g_autofree char *status = g_strdup_printf ("%u Word", f->status);
  return test_answer (status, "Content-Type: application/json\r\n", body, strlen (body),
                      out_length);
}

static char *
serve_aws (const TestAwsCall *call, guint *status, gpointer data)
{
  Fixture *f = data;
  g_assert_cmpstr (call->service, ==, "monitoring");
  g_assert_cmpstr (call->action, ==, "DescribeAlarms");
  g_assert_cmpstr (test_aws_parameter (call, "Version"), ==, "2010-08-01");
  *status = f->aws_status;
  return g_strdup (f->aws_answer);
}

static const char file[] =
    "alarms:\n"
    "  errors: {driver: prometheus, url: 'http://127.0.0.1:%u', alert: HighErrors}\n"
    "  latency: {driver: prometheus, url: 'http://127.0.0.1:%u', alert: HighLatency}\n"
    "  rate: {driver: prometheus, url: 'http://127.0.0.1:%u', expression: 'rate(errors[1m]) > 5',\n"
    "         token_file: token}\n"
    "  guarded: {driver: prometheus, url: 'http://127.0.0.1:%u/prom', alert: HighErrors,\n"
    "            password_file: password}\n"
    "  cpu: {driver: cloudwatch, name: cpu-high}\n";

static void
write_key (Fixture *f, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (f->dir, name, NULL);
  g_assert_true (files_write_unsynced (path, text, -1, 0600, &error));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->fake = (AmbientFake){ .now_ms = NOW_MS, .seed = 7 };
  f->ambient = ambient_fake (&f->fake);
  g_mutex_init (&f->lock);
  f->asked = g_ptr_array_new_with_free_func (g_free);
  f->arena = arena_new ();
  f->status = f->aws_status = 200;
  f->dir = g_dir_make_tmp ("slipway-alarms-XXXXXX", &error);
  g_assert_no_error (error);
  write_key (f, "token", "s3cret\n");
  write_key (f, "password", "me:pass\n");
  f->prometheus = test_server_start (serve_prometheus, f, NULL);
  f->aws = test_aws_start (serve_aws, f, NOW_MS);
  f->client = aws_client_new (&f->aws->settings, &f->ambient);
  guint port = f->prometheus->port;
  g_autofree char *alarms = g_strdup_printf (file, port, port, port, port);
  g_autofree char *text =
      g_strdup_printf ("aws: {credentials_file: %s}\n%s", f->aws->keys_path, alarms);
  f->integrations =
      integrations_parse (text, strlen (text), "integrations.yml", f->dir, "eu-west-3", &error);
  g_assert_no_error (error);
  const AlarmReaderConfig config = {
    .integrations = f->integrations,
    .ambient = &f->ambient,
    .drivers = { [ALARM_DRIVER_PROMETHEUS] = { &prometheus_alarms, &f->ambient },
                 [ALARM_DRIVER_CLOUDWATCH] = { &cloudwatch_alarms, f->client } },
  };
  f->reader = alarm_reader_new (&config);
  f->end_us = ambient_monotonic_us (&f->ambient) + 12 * G_USEC_PER_SEC;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  alarm_reader_free (f->reader);
  integrations_free (f->integrations);
  aws_client_free (f->client);
  test_aws_stop (f->aws);
  test_server_stop (f->prometheus);
  static const char *const files[] = { "token", "password" };
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (f->dir, files[i], NULL);
    g_unlink (path);
  }
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_free (f->dir);
  arena_free (f->arena);
  g_ptr_array_unref (f->asked);
  g_mutex_clear (&f->lock);
}

static ErrandResult
read_alarms (Fixture *f, const char *names)
{
  ErrandResult out = { 0 };
  const ErrandRecord errand = { .owner_id = "d-AAAAAAAA1",
                                .ordinal = ERRAND_NO_TARGET,
                                .kind = ERRAND_READ_ALARMS,
                                .state_json = f->state,
                                .request_json =
                                    arena_printf (f->arena, "{\"alarms\":[%s]}", names) };
  alarm_reader_perform (f->reader, &errand, f->end_us, f->arena, &out);
  return out;
}

static void
expect_answer (Fixture *f, const char *names, const char *answer)
{
  const ErrandResult result = read_alarms (f, names);
  g_assert_cmpint (result.outcome, ==, ERRAND_DONE);
  g_assert_cmpstr (result.answer_json, ==, answer);
}

static void
expect_in (const char *text, const char *part)
{
  if (text == NULL || strstr (text, part) == NULL)
    g_error ("\"%s\" has no \"%s\"", text, part);
}

#define RULES(rules)                                                                               \
  "{\"status\":\"success\",\"data\":{\"groups\":[{\"name\":\"g\",\"rules\":[" rules "]}]}}"
#define RULE(name, state, health)                                                                  \
  "{\"state\":\"" state "\",\"name\":\"" name "\",\"health\":\"" health "\",\"type\":"             \
  "\"alerting\"}"
#define VECTOR(items)                                                                              \
  "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" items "]}}"
#define QUIET "{\"active\":[],\"unknown\":[],\"insufficient\":[]}"

static void
test_a_rule_that_fires_is_active (Fixture *f, gconstpointer data)
{
  f->rules = RULES (RULE ("HighErrors", "inactive", "ok") "," RULE (
      "HighErrors", "firing", "ok") "," RULE ("HighLatency", "pending", "ok"));
  expect_answer (f, "\"errors\",\"latency\"",
                 "{\"active\":[\"errors\"],\"unknown\":[],\"insufficient\":[]}");
  g_assert_cmpuint (f->asked->len, ==, 1); /* for both */
  f->rules = RULES (RULE ("HighErrors", "inactive", "ok"));
  expect_answer (f, "\"errors\"", QUIET);
}

static void
test_a_rule_that_is_not_there_is_unknown (Fixture *f, gconstpointer data)
{
  f->rules = RULES ("{\"name\":\"HighErrors\",\"type\":\"recording\",\"health\":\"ok\"}");
  const ErrandResult result = read_alarms (f, "\"errors\"");
  g_assert_cmpint (result.outcome, ==, ERRAND_DONE);
  expect_in (result.answer_json, "\"unknown\":[\"errors: http://127.0.0.1:");
  expect_in (result.answer_json, "has no alerting rule HighErrors\"]");
}

static void
test_a_rule_that_was_not_judged_has_no_data (Fixture *f, gconstpointer data)
{
  f->rules = RULES (RULE ("HighErrors", "inactive", "unknown"));
  expect_answer (f, "\"errors\"", "{\"active\":[],\"unknown\":[],\"insufficient\":[\"errors\"]}");
  f->rules = RULES ("{\"state\":\"inactive\",\"name\":\"HighErrors\",\"health\":\"err\","
                    "\"lastError\":\"many-to-many matching\",\"type\":\"alerting\"}");
  const ErrandResult result = read_alarms (f, "\"errors\"");
  g_assert_cmpint (result.outcome, ==, ERRAND_NOT_YET);
  expect_in (result.message, "many-to-many matching");
}

static void
test_an_expression_with_a_result_is_active (Fixture *f, gconstpointer data)
{
  f->result = VECTOR ("{\"metric\":{},\"value\":[1,\"7\"]}");
  expect_answer (f, "\"rate\"", "{\"active\":[\"rate\"],\"unknown\":[],\"insufficient\":[]}");
  g_assert_cmpstr (g_ptr_array_index (f->asked, 0), ==,
                   "GET /api/v1/query?query=rate%28errors%5B1m%5D%29%20%3E%205 HTTP/1.1");
  g_assert_cmpstr (g_ptr_array_index (f->asked, 1), ==, "Authorization: Bearer s3cret");
  f->result = VECTOR ("");
  expect_answer (f, "\"rate\"", QUIET);
  f->result = "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"1\"]}}";
  expect_answer (f, "\"rate\"", "{\"active\":[\"rate\"],\"unknown\":[],\"insufficient\":[]}");
  f->result = "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"0\"]}}";
  expect_answer (f, "\"rate\"", QUIET);
  f->result = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}";
  expect_in (read_alarms (f, "\"rate\"").answer_json, "rate: the expression gives a matrix");
}

static void
test_keys_are_sent_and_never_told (Fixture *f, gconstpointer data)
{
  f->rules = "{\"status\":\"error\",\"error\":\"who are you\"}";
  f->status = 401;
  const ErrandResult result = read_alarms (f, "\"guarded\"");
  g_assert_cmpint (result.outcome, ==, ERRAND_DONE);
  expect_in (result.answer_json, "answered 401: who are you");
  g_assert_null (strstr (result.answer_json, "pass"));
  g_assert_cmpstr (g_ptr_array_index (f->asked, 0), ==,
                   "GET /prom/api/v1/rules?type=alert HTTP/1.1");
  g_assert_cmpstr (g_ptr_array_index (f->asked, 1), ==, "Authorization: Basic bWU6cGFzcw==");
  write_key (f, "password", "me:pass\nX: y\n");
  expect_in (read_alarms (f, "\"guarded\"").message, "more than one line");
  g_assert_cmpuint (f->asked->len, ==, 2);
}

static void
test_what_may_pass_is_waited_for (Fixture *f, gconstpointer data)
{
  f->rules = "Service Unavailable";
  f->status = 503;
  ErrandResult result = read_alarms (f, "\"errors\"");
  g_assert_cmpint (result.outcome, ==, ERRAND_NOT_YET);
  g_assert_cmpint (result.again_ms, >, 0);
  expect_in (result.message, "answered 503");
  f->status = 200;
  expect_in (read_alarms (f, "\"errors\"").message, "did not answer as Prometheus does");
  f->status = 0;
  g_assert_cmpint (read_alarms (f, "\"errors\"").outcome, ==, ERRAND_NOT_YET);
}

static void
test_an_active_one_does_not_wait_for_others (Fixture *f, gconstpointer data)
{
  f->status = 0;
  f->aws_answer = "<DescribeAlarmsResponse><DescribeAlarmsResult><MetricAlarms><member>"
                  "<AlarmName>cpu-high</AlarmName><StateValue>ALARM</StateValue></member>"
                  "</MetricAlarms></DescribeAlarmsResult></DescribeAlarmsResponse>";
  expect_answer (f, "\"errors\",\"cpu\"",
                 "{\"active\":[\"cpu\"],\"unknown\":[],\"insufficient\":[]}");
}

/* ---- CloudWatch ---- */

static void
test_cloudwatch_has_metric_and_composite_alarms (Fixture *f, gconstpointer data)
{
  f->aws_answer =
      "<DescribeAlarmsResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">"
      "<DescribeAlarmsResult><CompositeAlarms><member><AlarmName>all</AlarmName>"
      "<StateValue>ALARM</StateValue></member></CompositeAlarms><MetricAlarms>"
      "<member><AlarmName>cpu-high</AlarmName><StateValue>OK</StateValue></member>"
      "<member><AlarmName>nightly</AlarmName><StateValue>INSUFFICIENT_DATA</StateValue></member>"
      "</MetricAlarms></DescribeAlarmsResult></DescribeAlarmsResponse>";
  expect_answer (f, "\"cpu\",\"all\",\"nightly\"",
                 "{\"active\":[\"all\"],\"unknown\":[],\"insufficient\":[\"nightly\"]}");
  g_autofree char *calls = test_aws_take_calls (f->aws);
  expect_in (calls, "AlarmNames.member.1=cpu-high&AlarmNames.member.2=all&AlarmNames.member.3="
                    "nightly&AlarmTypes.member.1=MetricAlarm&AlarmTypes.member.2=CompositeAlarm");
  expect_in (read_alarms (f, "\"gone\"").answer_json,
             "gone: CloudWatch has no alarm gone in this region");
}

static void
test_cloudwatch_names_a_hundred_at_once (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) names = g_string_new (NULL);
  f->aws_answer = "<DescribeAlarmsResponse><DescribeAlarmsResult/></DescribeAlarmsResponse>";
  for (int i = 0; i < 101; i++)
    g_string_append_printf (names, "%s\"a%d\"", i > 0 ? "," : "", i);
  read_alarms (f, names->str);
  g_autofree char *calls = test_aws_take_calls (f->aws);
  g_auto (GStrv) lines = g_strsplit (calls, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 2);
  expect_in (lines[0], "AlarmNames.member.100=a99&");
  expect_in (lines[1], "AlarmNames.member.1=a100&AlarmTypes");
}

#define AWS_FAILS(code)                                                                            \
  "<ErrorResponse><Error><Code>" code "</Code><Message>no</Message></Error></ErrorResponse>"

static void
test_cloudwatch_that_refuses_is_final (Fixture *f, gconstpointer data)
{
  f->aws_status = 403;
  f->aws_answer = AWS_FAILS ("AccessDenied");
  const ErrandResult denied = read_alarms (f, "\"cpu\"");
  g_assert_cmpint (denied.outcome, ==, ERRAND_DONE);
  expect_in (denied.answer_json, "AccessDenied");
  f->aws_status = 503;
  f->aws_answer = AWS_FAILS ("ServiceUnavailable");
  g_assert_cmpint (read_alarms (f, "\"cpu\"").outcome, ==, ERRAND_NOT_YET);
  f->aws_status = 400;
  f->aws_answer = AWS_FAILS ("Throttling");
  g_assert_cmpint (read_alarms (f, "\"cpu\"").outcome, ==, ERRAND_NOT_YET);
}

static void
test_nothing_is_asked_when_the_time_is_over (Fixture *f, gconstpointer data)
{
  f->end_us = ambient_monotonic_us (&f->ambient);
  const ErrandResult late = read_alarms (f, "\"errors\",\"rate\",\"cpu\"");
  g_assert_cmpint (late.outcome, ==, ERRAND_NOT_YET);
  g_assert_cmpstr (late.message, ==,
                   "errors: it was not read in time; rate: it was not read in time; "
                   "cpu: monitoring DescribeAlarms was not asked in time");
  g_assert_cmpstr (late.state_json, ==,
                   "{\"sinceMs\":1790000000000,\"quiet\":[],\"insufficient\":[]}");
  g_assert_cmpuint (f->asked->len, ==, 0);
}

static void
test_what_was_read_before_the_time_was_over_counts (Fixture *f, gconstpointer data)
{
  f->rules =
      RULES (RULE ("HighErrors", "inactive", "ok") "," RULE ("HighLatency", "inactive", "ok"));
  f->result = VECTOR ("");
  f->state = "{\"sinceMs\":1789999990000,\"quiet\":[\"errors\"],\"insufficient\":[\"latency\"]}";
  expect_answer (f, "\"errors\",\"latency\",\"rate\"",
                 "{\"active\":[],\"unknown\":[],\"insufficient\":[\"latency\"]}");
  g_assert_true (g_str_has_prefix (g_ptr_array_index (f->asked, 0), "GET /api/v1/query?"));
  g_assert_cmpuint (f->asked->len, ==, 2); /* with its key */
  /* The beginning is kept, so that no reading counts for long. */
  f->end_us = 0;
  expect_in (read_alarms (f, "\"errors\",\"latency\",\"rate\"").state_json, "1789999990000");
  f->fake.now_ms += 20001;
  f->end_us = ambient_monotonic_us (&f->ambient) + G_USEC_PER_SEC;
  expect_answer (f, "\"errors\",\"latency\",\"rate\"", QUIET);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, fn) g_test_add ("/alarm-reader/" path, Fixture, NULL, set_up, fn, tear_down)
  CASE ("a-rule-that-fires", test_a_rule_that_fires_is_active);
  CASE ("a-rule-that-is-not-there", test_a_rule_that_is_not_there_is_unknown);
  CASE ("a-rule-that-was-not-judged", test_a_rule_that_was_not_judged_has_no_data);
  CASE ("an-expression-with-a-result", test_an_expression_with_a_result_is_active);
  CASE ("keys-are-sent-and-never-told", test_keys_are_sent_and_never_told);
  CASE ("what-may-pass", test_what_may_pass_is_waited_for);
  CASE ("an-active-one-does-not-wait", test_an_active_one_does_not_wait_for_others);
  CASE ("cloudwatch-kinds", test_cloudwatch_has_metric_and_composite_alarms);
  CASE ("cloudwatch-a-hundred", test_cloudwatch_names_a_hundred_at_once);
  CASE ("cloudwatch-refuses", test_cloudwatch_that_refuses_is_final);
  CASE ("no-time", test_nothing_is_asked_when_the_time_is_over);
  CASE ("no-time-for-all", test_what_was_read_before_the_time_was_over_counts);
  return g_test_run ();
}
