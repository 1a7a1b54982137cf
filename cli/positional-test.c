#include "cli/positional.h"

#include <string.h>

#include "cli/exit-status.h"

static const Verb verb = { "push", "FOLDER", "about", NULL };

static void
test_count (void)
{
  g_autoptr (GError) error = NULL;
  char *one[] = { (char *)"a", NULL };
  char *none[] = { NULL };
  g_assert_true (positional_exactly (&verb, one, 1, &error));
  g_assert_true (positional_at_most (&verb, none, 1, &error));
  g_assert_no_error (error);
  g_assert_false (positional_exactly (&verb, none, 1, &error));
  g_assert_error (error, CLI_ERROR, CLI_EXIT_USAGE);
  g_assert_cmpstr (error->message, ==,
                   "an argument is missing; usage: slipway push [OPTION...] FOLDER");
  g_clear_error (&error);
  char *two[] = { (char *)"a", (char *)"b", NULL };
  g_assert_false (positional_exactly (&verb, two, 1, &error));
  g_assert_cmpstr (error->message, ==,
                   "\"b\" is one argument too many; usage: slipway push [OPTION...] FOLDER");
  g_clear_error (&error);
  const Verb bare = { "plan", "", "about", NULL };
  g_assert_false (positional_exactly (&bare, one, 0, &error));
  g_assert_cmpstr (error->message, ==,
                   "\"a\" is one argument too many; usage: slipway plan [OPTION...]");
}

static void
test_needed (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (positional_needs (&verb, "--application", "a", &error));
  g_assert_false (positional_needs (&verb, "--application", "", &error));
  g_assert_error (error, CLI_ERROR, CLI_EXIT_USAGE);
  g_assert_nonnull (strstr (error->message, "--application"));
}

static void
test_tags (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Arena) arena = arena_new ();
  char *texts[] = { (char *)"env=prod", (char *)"note=a=b", (char *)"empty=", NULL };
  const ApiTagList *tags = NULL;
  g_assert_true (positional_tags (&verb, texts, arena, &tags, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (tags->n, ==, 3);
  g_assert_cmpstr (tags->items[1]->key, ==, "note");
  g_assert_cmpstr (tags->items[1]->value, ==, "a=b");
  g_assert_cmpstr (tags->items[2]->value, ==, "");
  const ApiTagFilterList *filters = positional_filters (tags, arena);
  g_assert_cmpstr (filters->items[0]->type, ==, "KEY_AND_VALUE");

  char *bad[] = { (char *)"=x", NULL };
  g_assert_false (positional_tags (&verb, bad, arena, &tags, &error));
  g_assert_error (error, CLI_ERROR, CLI_EXIT_USAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/positional/too-few-or-many-show-the-usage", test_count);
  g_test_add_func ("/positional/what-is-needed-is-named", test_needed);
  g_test_add_func ("/positional/tags-split-at-the-first-equals", test_tags);
  return g_test_run ();
}
