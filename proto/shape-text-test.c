#include <string.h>

#include "proto/api-enums.h"
#include "proto/json-doc.h"

/* What a text reads as, written again; NULL when it is refused. */
static char *
read_and_write (const Shape *shape, const char *text)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  gpointer value = NULL;

  if (shape_from_text (shape, text, arena, &value, &error))
    return shape_to_text (shape, value);
  g_assert_true (error->domain == SHAPE_ERROR);
  g_assert_nonnull (strstr (error->message, shape_name (shape)));
  return NULL;
}

/* The same by way of Jansson. */
static char *
decode_and_write (const Shape *shape, const char *text)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (json_t) json = json_doc_parse (text, strlen (text), NULL, NULL);
  gpointer value = NULL;

  if (json == NULL || !shape_decode (shape, json, arena, &value, NULL))
    return NULL;
  return shape_to_text (shape, value);
}

static const char *const documents[] = {
  "{}",
  " { } ",
  "{\"deploymentId\":\"d-1\",\"status\":\"InProgress\",\"creator\":\"somebody\"}",
  "{\"createTime\":1790000000,\"startTime\":1790000000.5,\"completeTime\":1790000000.123}",
  "{\"createTime\":-1.5,\"startTime\":0,\"completeTime\":1.79e9}",
  "{\"createTime\":1790000000.1239,\"startTime\":0.001,\"completeTime\":12345678901.5}",
  "{\"createTime\":1790000000.,\"startTime\":1}",
  "{\"createTime\":01}",
  "{\"createTime\":1790000000e}",
  "{\"createTime\":1790000000.5e1}",
  "{\"createTime\":\"2020\"}",
  "{\"deploymentOverview\":{\"Pending\":-3,\"InProgress\":9223372036854775807}}",
  "{\"deploymentOverview\":{\"Failed\":-9223372036854775808}}",
  "{\"deploymentOverview\":{\"Pending\":9223372036854775808}}",
  "{\"deploymentOverview\":{\"Pending\":1.0}}",
  "{\"deploymentOverview\":{\"Pending\":-}}",
  "{\"ignoreApplicationStopFailures\":true,\"updateOutdatedInstancesOnly\":false}",
  "{\"ignoreApplicationStopFailures\":1}",
  "{\"description\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude80 \xc3\xa9\"}",
  "{\"description\":\"\\ud83d\"}",
  "{\"description\":\"\\ude80\"}",
  "{\"description\":\"\\ud83d\\u0041\"}",
  "{\"description\":\"\\u0000\"}",
  "{\"description\":\"\\x\"}",
  "{\"description\":\"a\nb\"}",
  "{\"description\":\"\xff\"}",
  "{\"description\":\"\\",
  "{\"description\":\"",
  "{\"description\":",
  "{\"description\"",
  "{\"",
  "{",
  "[",
  "[]",
  "null",
  "\"x\"",
  "{\"description\":null,\"revision\":null}",
  "{\"deploymentStatusMessages\":[]}",
  "{\"relatedDeployments\":{\"autoUpdateOutdatedInstancesDeploymentIds\":[ \"a\" , \"b\" ]}}",
  "{\"deploymentStatusMessages\":[\"a\",null]}",
  "{\"deploymentStatusMessages\":[\"a\",]}",
  "{\"deploymentStatusMessages\":[\"a\" \"b\"]}",
  "{\"zzz\":[1,2.5e-3,{\"a\":[true,false,null,\"\\u0041\"]},[]],\"status\":\"Failed\",\"yyy\":{}}",
  "{\"zzz\":[1,2,}",
  "{\"zzz\":tru}",
  "{\"status\":\"Failed\"} x",
  "{\"status\":\"Failed\",}",
  "{\"targetInstances\":{\"ec2TagSet\":{\"ec2TagSetList\":[[{\"Key\":\"a\"}],[],[{},{}]]}}}",
  "{\"targetInstances\":{\"tagFilters\":[{\"Key\":\"x\"}]}}",
  "{\"status\":\"Fail\\u0065d\"}",
};

static void
assert_same (const Shape *shape, const char *text)
{
  g_autofree char *one = read_and_write (shape, text);
  g_autofree char *two = decode_and_write (shape, text);

  if (g_strcmp0 (one, two) != 0) {
    g_autofree char *shown = g_strescape (text, "\"");
    g_test_message ("%s", shown);
  }
  g_assert_cmpstr (one, ==, two);
}

static void
test_same_as_a_tree (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    assert_same (&api_shape_deployment_info, documents[i]);
}

/* Each document with one byte changed, in every place: both ways accept the same texts and read the same. */
static void
test_same_when_damaged (void)
{
  static const char others[] = "\"\\{}[]:,0eE.-+ nu\x01\xc3";

  for (guint i = 0; i < G_N_ELEMENTS (documents); i++) {
    g_autofree char *text = g_strdup (documents[i]);
    for (gsize at = 0; text[at] != '\0'; at++) {
      char kept = text[at];
      for (gsize k = 0; k < sizeof others - 1; k++) {
        text[at] = others[k];
        assert_same (&api_shape_deployment_info, text);
      }
      text[at] = kept;
    }
  }
}

static void
test_depth (void)
{
  g_autofree char *many = g_strnfill (100000, '[');
  g_autofree char *unknown = g_strconcat ("{\"zzz\":", many, NULL);

  g_assert_null (read_and_write (&api_shape_deployment_info, unknown));
  g_assert_null (read_and_write (&api_shape_ec2_tag_set_list, many));
}

static void
test_doubles_and_maps (void)
{
  const char *const weights = "{\"targetVersionWeight\":33.25}";
  const char *const filters = "{\"a\\u0062\":[\"x\"],\"TargetStatus\":[]}";
  g_autofree char *weight = read_and_write (&api_shape_lambda_function_info, weights);
  g_autofree char *filter = read_and_write (&api_shape_target_filters, filters);

  g_assert_cmpstr (weight, ==, weights);
  g_assert_cmpstr (filter, ==, "{\"ab\":[\"x\"],\"TargetStatus\":[]}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shape-text/reads-what-a-json-tree-reads", test_same_as_a_tree);
  g_test_add_func ("/shape-text/refuses-what-a-json-tree-refuses", test_same_when_damaged);
  g_test_add_func ("/shape-text/nesting-is-bounded", test_depth);
  g_test_add_func ("/shape-text/doubles-and-maps", test_doubles_and_maps);
  return g_test_run ();
}
