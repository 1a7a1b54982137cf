#include "server/engine/fleet-text.h"

#include <string.h>

static FleetSelector
parse (const char *text, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json = g_strdelimit (g_strdup (text), "'", '"');
  FleetSelector selector;
  gboolean ok = fleet_selector_parse (json, arena, &selector, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpstr (fleet_selector_to_text (&selector, arena), ==, json);
  return selector;
}

static void
test_selector_is_told_and_read_back (void)
{
  static const struct {
    const char *text, *described;
  } rows[] = {
    { "{'tagGroups':[[{'Key':'a','Type':'KEY_ONLY'},{'Value':'b','Type':'VALUE_ONLY'}],"
      "[{'Key':'c','Value':'d','Type':'KEY_AND_VALUE'}]],'autoScalingGroups':[]}",
      "EC2 instances with the tags (a or any=b) and (c=d)" },
    { "{'tagGroups':[],'autoScalingGroups':['x','y']}",
      "EC2 instances in service in the Auto Scaling groups x, y" },
    { "{'tagGroups':[[{'Key':'a','Type':'KEY_ONLY'}]],'autoScalingGroups':['x']}",
      "EC2 instances with the tags (a), or in service in the Auto Scaling groups x" },
  };
  g_autoptr (Arena) arena = arena_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    const FleetSelector selector = parse (rows[i].text, arena);
    g_assert_false (fleet_selector_is_empty (&selector));
    g_assert_cmpstr (fleet_selector_describe (&selector, arena), ==, rows[i].described);
  }
  const FleetSelector nobody = parse ("{'tagGroups':[],'autoScalingGroups':[]}", arena);
  g_assert_true (fleet_selector_is_empty (&nobody));
}

static void
test_members_are_told_and_read_back (void)
{
  static const char text[] =
      "{\"instances\":[{\"id\":\"i-1\",\"arn\":\"arn:1\",\"zone\":\"z\",\"state\":\"running\","
      "\"tags\":[{\"Key\":\"a\",\"Value\":\"\"}],\"autoScalingGroup\":\"x\",\"lifecycleState\":"
      "\"InService\"},{\"id\":\"i-2\",\"arn\":\"arn:2\",\"tags\":[]}]}";
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  FleetMemberList list;
  g_assert_true (fleet_members_parse (text, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 2);
  g_assert_cmpstr (list.items[0].tags[0].key, ==, "a");
  g_assert_null (list.items[1].state);
  g_assert_cmpstr (fleet_members_to_text (&list, arena), ==, text);
}

static void
test_tags_are_told_and_read_back (void)
{
  static const Tag tags[] = { { "role", "web" }, { "a \"b\"", "" } };
  g_autoptr (Arena) arena = arena_new ();
  const TagList list = fleet_tags_parse (fleet_tags_to_text (tags, 2, arena), arena);
  g_assert_cmpuint (list.n, ==, 2);
  g_assert_cmpstr (list.items[0].value, ==, "web");
  g_assert_cmpstr (list.items[1].key, ==, "a \"b\"");
  g_assert_null (fleet_tags_to_text (tags, 0, arena));
  g_assert_cmpuint (fleet_tags_parse (NULL, arena).n, ==, 0);
}

static void
test_what_is_none_is_refused (void)
{
  static const char *const members[] = { NULL,
                                         "",
                                         "{}",
                                         "{\"instances\":{}}",
                                         "{\"instances\":[{\"id\":\"i-1\"}]}",
                                         "{\"instances\":[7]}" };
  static const char *const selectors[] = { "{}", "{\"tagGroups\":[[{\"Type\":\"X\"}]]}",
                                           "{\"tagGroups\":[],\"autoScalingGroups\":[1]}",
                                           "{\"tagGroups\":[],\"autoScalingGroups\":{}}" };
  g_autoptr (Arena) arena = arena_new ();
  FleetMemberList list;
  FleetSelector selector;
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (fleet_members_parse (members[i], arena, &list, &error));
    g_assert_nonnull (error);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (selectors); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (fleet_selector_parse (selectors[i], arena, &selector, &error));
    g_assert_nonnull (error);
  }
}

static void
test_who_counts (void)
{
  static const struct {
    const char *state, *tag, *group, *lifecycle;
    gboolean expected;
  } rows[] = {
    { "running", "1", NULL, NULL, TRUE },
    { "stopped", "1", NULL, NULL, TRUE },
    { "stopping", "1", NULL, NULL, FALSE },
    { "terminated", "1", NULL, NULL, FALSE },
    { "running", "2", NULL, NULL, FALSE },
    { "running", "2", "x", "InService", TRUE },
    { "running", "2", "x", "Pending:Wait", FALSE },
    { "running", "2", "y", "InService", FALSE },
    { NULL, "1", NULL, NULL, FALSE },
  };
  g_autoptr (Arena) arena = arena_new ();
  const FleetSelector selector = parse (
      "{'tagGroups':[[{'Key':'a','Value':'1','Type':'KEY_AND_VALUE'}]],'autoScalingGroups':['x']}",
      arena);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    const Tag tag = { "a", rows[i].tag };
    const FleetMember member = { .id = "i",
                                 .arn = "arn",
                                 .state = rows[i].state,
                                 .n_tags = 1,
                                 .tags = &tag,
                                 .auto_scaling_group = rows[i].group,
                                 .lifecycle_state = rows[i].lifecycle };
    g_assert_cmpint (fleet_selector_takes (&selector, &member), ==, rows[i].expected);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fleet-text/selector-is-told-and-read-back",
                   test_selector_is_told_and_read_back);
  g_test_add_func ("/fleet-text/members-are-told-and-read-back",
                   test_members_are_told_and_read_back);
  g_test_add_func ("/fleet-text/tags-are-told-and-read-back", test_tags_are_told_and_read_back);
  g_test_add_func ("/fleet-text/what-is-none-is-refused", test_what_is_none_is_refused);
  g_test_add_func ("/fleet-text/who-counts", test_who_counts);
  return g_test_run ();
}
