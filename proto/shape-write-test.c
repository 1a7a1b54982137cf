#include <string.h>

#include "proto/api-types.h"
#include "proto/json-doc.h"

static void
assert_written (const Shape *shape, gconstpointer value, const char *text)
{
  g_autofree char *written = shape_to_text (shape, value);
  g_assert_cmpstr (written, ==, text);
}

/* api.md 1.3: milliseconds, trailing zeros dropped. */
static void
test_timestamps (void)
{
  const struct {
    gint64 ms;
    const char *text;
  } rows[] = {
    { 0, "0" },
    { 1446232681319, "1446232681.319" },
    { 1408480721900, "1408480721.9" },
    { 1408480732010, "1408480732.01" },
    { 1408480732001, "1408480732.001" },
    { 1408480732000, "1408480732" },
    { -1, "-0.001" },
    { -1500, "-1.5" },
    { G_MININT64, "-9223372036854775.808" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_written (&api_shape_timestamp, &rows[i].ms, rows[i].text);
}

static void
test_numbers (void)
{
  const gint64 integers[] = { 0, -7, 2147483647, G_MAXINT64, G_MININT64 };
  const char *const texts[] = { "0", "-7", "2147483647", "9223372036854775807",
                                "-9223372036854775808" };
  const double doubles[] = { 100.0, 0.1, 12.5, 1e300, 1.0 / 3.0 };
  const char *const double_texts[] = { "100.0", "0.1", "12.5", "1e+300", "0.3333333333333333" };

  for (guint i = 0; i < G_N_ELEMENTS (integers); i++)
    assert_written (&api_shape_instance_count, &integers[i], texts[i]);
  for (guint i = 0; i < G_N_ELEMENTS (doubles); i++)
    assert_written (&api_shape_traffic_weight, &doubles[i], double_texts[i]);
}

static void
test_secrets (void)
{
  const ApiRegisterHostOutput host = { .instance_name = "web-1", .secret_access_key = "s3cret" };
  g_autoptr (GString) shown = g_string_new (NULL);
  shape_write_public (&api_shape_register_host_output, &host, shown);
  g_assert_cmpstr (
      shown->str, ==,
      "{\"instanceName\":\"web-1\",\"secretAccessKey\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}");
  assert_written (&api_shape_register_host_output, &host,
                  "{\"instanceName\":\"web-1\",\"secretAccessKey\":\"s3cret\"}");
}

static void
test_strings (void)
{
  assert_written (&api_shape_description, "", "\"\"");
  assert_written (&api_shape_description, "a/b<c>&'d'", "\"a/b<c>&'d'\"");
  assert_written (&api_shape_description, "\"\\\n\r\t\b\x1f",
                  "\"\\\"\\\\\\n\\r\\t\\u0008\\u001f\"");
  assert_written (&api_shape_description, "gr\xc3\xbc\xc3\x9f \"\xf0\x9f\x9a\x80\"",
                  "\"gr\xc3\xbc\xc3\x9f \\\"\xf0\x9f\x9a\x80\\\"\"");
  /* bytes that are not UTF-8 never reach a client */
  assert_written (&api_shape_description, "a\"b\xff\"c", "\"a\\\"b\xef\xbf\xbd\\\"c\"");
}

static void
test_absent_members_are_left_out (void)
{
  const gboolean no = FALSE;
  const char *names[] = { "a", "b" };
  const ApiApplicationsList list = { 2, names };
  const ApiListApplicationsOutput page = { .applications = &list };
  const ApiAlarmConfiguration alarms = { .enabled = &no };
  const ApiDeploymentInfo deployment = { .deployment_id = "d-1",
                                         .override_alarm_configuration = &alarms };
  const ApiGetDeploymentOutput output = { &deployment };

  assert_written (&api_shape_list_applications_output, &page, "{\"applications\":[\"a\",\"b\"]}");
  assert_written (&api_shape_get_deployment_output, &output,
                  "{\"deploymentInfo\":{\"deploymentId\":\"d-1\",\"overrideAlarmConfiguration\":{"
                  "\"enabled\":false}}}");
  g_assert_null (shape_to_text (&api_shape_deployment_info, NULL));
}

static void
test_empty_lists_and_misspelt_names_stay (void)
{
  const ApiAutoScalingGroupList none = { 0 };
  const ApiDeleteDeploymentGroupOutput output = { &none };
  const ApiECSTaskSet set = { .identifer = "x" };

  assert_written (&api_shape_delete_deployment_group_output, &output, "{\"hooksNotCleanedUp\":[]}");
  assert_written (&api_shape_ecs_task_set, &set, "{\"identifer\":\"x\"}");
}

/* A value that is not in the enumeration can be sent (api.md 2.4: MOST_CONCURRENCY). */
static void
test_output_enumerations_are_free (void)
{
  const gint64 one = 1;
  const ApiMinimumHealthyHosts hosts = { "MOST_CONCURRENCY", &one };

  assert_written (&api_shape_minimum_healthy_hosts, &hosts,
                  "{\"type\":\"MOST_CONCURRENCY\",\"value\":1}");
}

static void
test_text_and_back (void)
{
  const char *const text =
      "{\"deploymentId\":\"d-1\",\"createTime\":1408480721.9,\"deploymentOverview\":{\"Pending\":3,"
      "\"InProgress\":0},"
      "\"ignoreApplicationStopFailures\":false,\"deploymentStatusMessages\":[\"a\",\"b\"]}";
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  gpointer value = NULL;

  gboolean good = shape_from_text (&api_shape_deployment_info, text, arena, &value, &error);
  g_assert_no_error (error);
  g_assert_true (good);
  assert_written (&api_shape_deployment_info, value, text);
  g_autoptr (json_t) tree = shape_encode (&api_shape_deployment_info, value);
  g_assert_cmpint (json_integer_value (
                       json_object_get (json_object_get (tree, "deploymentOverview"), "Pending")),
                   ==, 3);

  value = arena;
  g_assert_true (shape_from_text (&api_shape_deployment_info, NULL, arena, &value, &error));
  g_assert_null (value);
  g_assert_false (
      shape_from_text (&api_shape_deployment_info, "{\"deploymentId\":3}", arena, &value, &error));
  g_assert_error (error, SHAPE_ERROR, SHAPE_ERROR_TEXT);
}

static void
test_map (void)
{
  const char *const text =
      "{\"TargetStatus\":[\"Failed\"],\"ServerInstanceLabel\":[\"Blue\",\"Green\"]}";
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  gpointer value = NULL;

  gboolean good = shape_from_text (&api_shape_target_filters, text, arena, &value, &error);
  g_assert_no_error (error);
  g_assert_true (good);
  const ApiTargetFilters *filters = value;
  g_assert_cmpuint (filters->n, ==, 2);
  g_assert_cmpstr (filters->keys[0], ==, "TargetStatus");
  g_assert_cmpstr (filters->values[1]->items[1], ==, "Green");
  assert_written (&api_shape_target_filters, filters, text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shape-write/secrets-are-hidden-where-others-look", test_secrets);
  g_test_add_func ("/shape-write/timestamps-have-at-most-three-decimals", test_timestamps);
  g_test_add_func ("/shape-write/numbers", test_numbers);
  g_test_add_func ("/shape-write/strings-are-escaped-only-where-needed", test_strings);
  g_test_add_func ("/shape-write/absent-members-are-left-out", test_absent_members_are_left_out);
  g_test_add_func ("/shape-write/empty-lists-and-misspelt-names-stay",
                   test_empty_lists_and_misspelt_names_stay);
  g_test_add_func ("/shape-write/output-enumerations-are-free", test_output_enumerations_are_free);
  g_test_add_func ("/shape-write/text-and-back", test_text_and_back);
  g_test_add_func ("/shape-write/map", test_map);
  return g_test_run ();
}
