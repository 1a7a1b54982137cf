#include "core/tag-filter.h"

static const Tag web_prod[] = { { "role", "web" }, { "stage", "prod" }, { "empty", "" } };

static gboolean
matches (const char *key, const char *value, const char *type)
{
  g_autoptr (GError) error = NULL;
  TagFilter filter;

  g_assert_true (tag_filter_init (&filter, key, value, type, &error));
  g_assert_no_error (error);
  return tag_filter_matches (&filter, web_prod, G_N_ELEMENTS (web_prod));
}

static void
refuses (const char *key, const char *value, const char *type, TagFilterError expected)
{
  g_autoptr (GError) error = NULL;
  TagFilter filter;

  g_assert_false (tag_filter_init (&filter, key, value, type, &error));
  g_assert_error (error, TAG_FILTER_ERROR, (gint)expected);
}

static void
test_types_match_as_told (void)
{
  g_assert_true (matches ("role", NULL, "KEY_ONLY"));
  g_assert_false (matches ("Role", NULL, "KEY_ONLY"));
  g_assert_true (matches (NULL, "prod", "VALUE_ONLY"));
  g_assert_false (matches (NULL, "Prod", "VALUE_ONLY"));
  g_assert_true (matches ("stage", "prod", "KEY_AND_VALUE"));
  g_assert_false (matches ("role", "prod", "KEY_AND_VALUE"));
  g_assert_true (matches ("empty", "", "KEY_AND_VALUE"));
  g_assert_true (matches ("empty", NULL, "KEY_AND_VALUE"));
  g_assert_false (matches ("role", "", "KEY_AND_VALUE"));
  g_assert_true (matches (NULL, "", "VALUE_ONLY"));
}

static void
test_type_is_inferred (void)
{
  g_assert_true (matches ("role", NULL, NULL));
  g_assert_true (matches ("role", "", ""));
  g_assert_true (matches (NULL, "web", NULL));
  g_assert_true (matches ("", "web", NULL));
  g_assert_true (matches ("role", "web", NULL));
  g_assert_false (matches ("role", "prod", NULL));
}

static void
test_empty_text_counts_as_not_given (void)
{
  g_assert_true (matches ("role", "", "KEY_ONLY"));
  g_assert_true (matches ("", "prod", "VALUE_ONLY"));
}

static void
test_bad_elements_are_refused (void)
{
  g_autofree char *long_key = g_strnfill (129, 'k');
  g_autofree char *long_value = g_strnfill (257, 'v');

  refuses ("role", "web", "KEY_VALUE", TAG_FILTER_ERROR_TYPE);
  refuses ("role", "web", "key_only", TAG_FILTER_ERROR_TYPE);
  refuses ("role", "web", "KEY_ONLY", TAG_FILTER_ERROR_VALUE);
  refuses ("role", "web", "VALUE_ONLY", TAG_FILTER_ERROR_KEY);
  refuses (NULL, NULL, "KEY_ONLY", TAG_FILTER_ERROR_KEY);
  refuses ("", NULL, "KEY_ONLY", TAG_FILTER_ERROR_KEY);
  refuses (NULL, NULL, "VALUE_ONLY", TAG_FILTER_ERROR_VALUE);
  refuses (NULL, "web", "KEY_AND_VALUE", TAG_FILTER_ERROR_KEY);
  refuses (NULL, NULL, NULL, TAG_FILTER_ERROR_KEY);
  refuses ("", "", "", TAG_FILTER_ERROR_KEY);
  refuses (long_key, NULL, NULL, TAG_FILTER_ERROR_KEY);
  refuses (NULL, long_value, NULL, TAG_FILTER_ERROR_VALUE);
}

static const TagFilter role_web = { TAG_FILTER_KEY_AND_VALUE, "role", "web" };
static const TagFilter role_db = { TAG_FILTER_KEY_AND_VALUE, "role", "db" };
static const TagFilter stage_any = { TAG_FILTER_KEY_ONLY, "stage", NULL };

static void
test_flat_list_is_a_union (void)
{
  const TagFilter filters[] = { role_db, role_web };
  const TagSelector selector = { .flat = { filters, 2 } };
  const TagSelector only_db = { .flat = { filters, 1 } };

  g_assert_true (tag_selector_matches (&selector, web_prod, 3));
  g_assert_false (tag_selector_matches (&only_db, web_prod, 3));
  g_assert_false (tag_selector_matches (&selector, NULL, 0));
}

static void
test_set_is_an_intersection_of_unions (void)
{
  const TagFilter roles[] = { role_db, role_web };
  const TagFilter stages[] = { stage_any };
  const TagFilter dbs[] = { role_db };
  const TagFilterList both[] = { { roles, 2 }, { stages, 1 } };
  const TagFilterList not_both[] = { { stages, 1 }, { dbs, 1 } };
  const TagSelector in = { .groups = both, .n_groups = 2 };
  const TagSelector out = { .groups = not_both, .n_groups = 2 };

  g_assert_true (tag_selector_matches (&in, web_prod, 3));
  g_assert_false (tag_selector_matches (&in, web_prod, 1));
  g_assert_false (tag_selector_matches (&out, web_prod, 3));
}

static void
test_empty_selector_selects_nothing (void)
{
  const TagSelector selector = { 0 };

  g_assert_false (tag_selector_matches (&selector, web_prod, 3));
}

static void
test_selector_limits (void)
{
  TagFilter eleven[11];
  const TagFilterList one = { &role_web, 1 };
  const TagFilterList groups[4] = { one, one, one, one };
  const TagFilterList with_empty[2] = { one, { NULL, 0 } };
  const TagFilterList with_long[1] = { { eleven, 11 } };
  const TagLimits limits = { .groups = 3, .filters = 10 };
  const struct {
    TagSelector selector;
    int expected; /* -1: good */
  } cases[] = {
    { { .flat = one }, -1 },
    { { .groups = groups, .n_groups = 3 }, -1 },
    { { .n_groups = 0 }, -1 },
    { { .flat = { eleven, 10 } }, -1 },
    { { .flat = { eleven, 11 } }, TAG_FILTER_ERROR_TOO_MANY },
    { { .groups = with_long, .n_groups = 1 }, TAG_FILTER_ERROR_TOO_MANY },
    { { .groups = groups, .n_groups = 4 }, TAG_FILTER_ERROR_TOO_MANY_GROUPS },
    { { .groups = with_empty, .n_groups = 2 }, TAG_FILTER_ERROR_EMPTY_GROUP },
    { { .flat = one, .groups = groups, .n_groups = 1 }, TAG_FILTER_ERROR_COMBINATION },
  };

  for (gsize i = 0; i < 11; i++)
    eleven[i] = role_web;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    if (cases[i].expected < 0) {
      g_assert_true (tag_selector_check (&cases[i].selector, &limits, &error));
      g_assert_no_error (error);
    } else {
      g_assert_false (tag_selector_check (&cases[i].selector, &limits, &error));
      g_assert_error (error, TAG_FILTER_ERROR, cases[i].expected);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tag-filter/types-match-as-told", test_types_match_as_told);
  g_test_add_func ("/tag-filter/type-is-inferred", test_type_is_inferred);
  g_test_add_func ("/tag-filter/empty-text-counts-as-not-given",
                   test_empty_text_counts_as_not_given);
  g_test_add_func ("/tag-filter/bad-elements-are-refused", test_bad_elements_are_refused);
  g_test_add_func ("/tag-filter/flat-list-is-a-union", test_flat_list_is_a_union);
  g_test_add_func ("/tag-filter/set-is-an-intersection-of-unions",
                   test_set_is_an_intersection_of_unions);
  g_test_add_func ("/tag-filter/empty-selector-selects-nothing",
                   test_empty_selector_selects_nothing);
  g_test_add_func ("/tag-filter/selector-limits", test_selector_limits);
  return g_test_run ();
}
