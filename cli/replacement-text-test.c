#include "cli/replacement-text.h"

#include "cli/exit-status.h"
#include "proto/shape.h"

static const Verb verb = { "plan", "", "about", NULL };

static void
test_what_people_write (void)
{
  static const struct {
    const char *tags[3], *groups[3], *json;
  } table[] = {
    { { "fleet=green" },
      { NULL },
      "{\"tagFilters\":[{\"Key\":\"fleet\",\"Value\":\"green\",\"Type\":\"KEY_AND_VALUE\"}]}" },
    { { "green", "note=a=b" },
      { NULL },
      "{\"tagFilters\":[{\"Key\":\"green\",\"Type\":\"KEY_ONLY\"},"
      "{\"Key\":\"note\",\"Value\":\"a=b\",\"Type\":\"KEY_AND_VALUE\"}]}" },
    { { "empty=" },
      { NULL },
      "{\"tagFilters\":[{\"Key\":\"empty\",\"Value\":\"\",\"Type\":\"KEY_AND_VALUE\"}]}" },
    { { NULL }, { "web-b", "web c" }, "{\"autoScalingGroups\":[\"web-b\",\"web c\"]}" },
    { { "green" },
      { "web-b" },
      "{\"tagFilters\":[{\"Key\":\"green\",\"Type\":\"KEY_ONLY\"}],"
      "\"autoScalingGroups\":[\"web-b\"]}" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    char **tags = table[i].tags[0] != NULL ? (char **)table[i].tags : NULL;
    char **groups = table[i].groups[0] != NULL ? (char **)table[i].groups : NULL;
    const ApiTargetInstances *targets;
    g_assert_true (replacement_text_read (&verb, tags, groups, arena, &targets, &error));
    g_assert_no_error (error);
    g_autofree char *json = shape_to_text (&api_shape_target_instances, targets);
    g_assert_cmpstr (json, ==, table[i].json);
  }
}

static void
test_what_cannot_be_read (void)
{
  static const struct {
    const char *tags[2], *groups[2], *said;
  } table[] = {
    { { "=green" },
      { NULL },
      "slipway plan: --replacement-tag is KEY=VALUE or KEY, not \"=green\"" },
    { { "" }, { NULL }, "slipway plan: --replacement-tag is KEY=VALUE or KEY, not \"\"" },
    { { "green" },
      { "" },
      "slipway plan: --replacement-asg is the name of an Auto Scaling group, not \"\"" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    const ApiTargetInstances *targets;
    g_assert_false (replacement_text_read (&verb, (char **)table[i].tags, (char **)table[i].groups,
                                           arena, &targets, &error));
    g_assert_error (error, CLI_ERROR, CLI_EXIT_USAGE);
    g_assert_cmpstr (error->message, ==, table[i].said);
  }
}

static void
test_none (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const ApiTargetInstances *targets;
  g_assert_true (replacement_text_read (&verb, NULL, NULL, arena, &targets, &error));
  g_assert_null (targets);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replacement-text/what-people-write", test_what_people_write);
  g_test_add_func ("/replacement-text/what-cannot-be-read-is-named", test_what_cannot_be_read);
  g_test_add_func ("/replacement-text/none-is-none", test_none);
  return g_test_run ();
}
