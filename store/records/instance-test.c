#include "store/records/instance.h"
#include "store/test-database.h"

static gboolean
add (StoreTx *tx, const char *name, const char *arn, InstanceRegister *out_result, GError **error)
{
  InstanceRecord record = {
    .name = name, .arn_suffix = "0123456789", .iam_user_arn = arn, .register_ms = 5
  };
  return instance_record_register (tx, &record, out_result, error);
}

static gboolean
registration_frees_on_deregistration (StoreTx *tx, gpointer arena, GError **error)
{
  InstanceRegister first, same_name, same_user, again;
  gboolean changed, unchanged;
  InstanceRecord *found, *gone, *by_name;
  TagList tags;
  if (!add (tx, "a", "arn:a", &first, error) || !add (tx, "a", "arn:b", &same_name, error) ||
      !add (tx, "b", "arn:a", &same_user, error) ||
      !instance_record_by_iam_arn (tx, "arn:a", arena, &found, error) ||
      !instance_record_tag_put (tx, "a", "k", "v", error) ||
      !instance_record_deregister (tx, "a", 9, &changed, error) ||
      !instance_record_deregister (tx, "a", 10, &unchanged, error) ||
      !instance_record_by_iam_arn (tx, "arn:a", arena, &gone, error) ||
      !instance_record_by_name (tx, "a", arena, &by_name, error) ||
      !instance_record_tags (tx, "a", arena, &tags, error) ||
      !add (tx, "b", "arn:a", &again, error))
    return FALSE;
  g_assert_cmpint (first, ==, INSTANCE_REGISTERED);
  g_assert_cmpint (same_name, ==, INSTANCE_NAME_TAKEN);
  g_assert_cmpint (same_user, ==, INSTANCE_IAM_USER_TAKEN);
  g_assert_cmpint (again, ==, INSTANCE_REGISTERED);
  g_assert_cmpstr (found->name, ==, "a");
  g_assert_true (changed);
  g_assert_false (unchanged);
  g_assert_null (gone);
  g_assert_cmpint (by_name->deregister_ms, ==, 9);
  g_assert_cmpuint (tags.n, ==, 0);
  return TRUE;
}

/* Ten instances: n<i> has parity=odd|even, and third=yes where i is a multiple of three. */
static gboolean
add_ten (StoreTx *tx, GError **error)
{
  for (int i = 0; i < 10; i++) {
    InstanceRegister result;
    g_autofree char *name = g_strdup_printf ("n%d", i);
    if (!add (tx, name, name, &result, error) ||
        !instance_record_tag_put (tx, name, "parity", i % 2 == 1 ? "odd" : "even", error) ||
        (i % 3 == 0 && !instance_record_tag_put (tx, name, "third", "yes", error)))
      return FALSE;
  }
  return TRUE;
}

static char *
names_of (const InstanceRecordList *list)
{
  GString *names = g_string_new (NULL);
  for (gsize i = 0; i < list->n; i++)
    g_string_append (names, list->items[i]->name);
  return g_string_free (names, FALSE);
}

#define KEY(k)                                                                                     \
  {                                                                                                \
    TAG_FILTER_KEY_ONLY, k, NULL                                                                   \
  }
#define VALUE(v)                                                                                   \
  {                                                                                                \
    TAG_FILTER_VALUE_ONLY, NULL, v                                                                 \
  }
#define PAIR(k, v)                                                                                 \
  {                                                                                                \
    TAG_FILTER_KEY_AND_VALUE, k, v                                                                 \
  }

static gboolean
selects (StoreTx *tx, const TagSelector *selector, const char *expected, Arena *arena,
         GError **error)
{
  InstanceRecordList list;
  if (!instance_record_select (tx, selector, arena, &list, error))
    return FALSE;
  g_autofree char *names = names_of (&list);
  g_assert_cmpstr (names, ==, expected);
  return TRUE;
}

static gboolean
selection_is_any_within_all_between (StoreTx *tx, gpointer arena, GError **error)
{
  const TagFilter odd[] = { PAIR ("parity", "odd") };
  const TagFilter odd_or_even[] = { VALUE ("odd"), PAIR ("parity", "even") };
  const TagFilter third[] = { KEY ("third") };
  const TagFilterList odd_and_third[] = { { odd, 1 }, { third, 1 } };
  const TagFilterList all_three[] = { { odd_or_even, 2 }, { third, 1 }, { odd, 1 } };
  const TagSelector flat = { .flat = { odd, 1 } };
  const TagSelector everything = { .flat = { odd_or_even, 2 } };
  const TagSelector set = { .groups = odd_and_third, .n_groups = 2 };
  const TagSelector three = { .groups = all_three, .n_groups = 3 };
  const TagSelector nothing = { .n_groups = 0 };
  gboolean changed;
  return add_ten (tx, error) && selects (tx, &flat, "n1n3n5n7n9", arena, error) &&
         selects (tx, &everything, "n0n1n2n3n4n5n6n7n8n9", arena, error) &&
         selects (tx, &set, "n3n9", arena, error) && selects (tx, &three, "n3n9", arena, error) &&
         selects (tx, &nothing, "", arena, error) &&
         instance_record_deregister (tx, "n3", 9, &changed, error) &&
         selects (tx, &set, "n9", arena, error);
}

/* Whatever the page size, the pages together are the union of what the filters match, each name once, in order. */
static gboolean
pages_of_a_union_are_complete (StoreTx *tx, gpointer arena, GError **error)
{
  const TagFilter filters[] = { PAIR ("parity", "even"), KEY ("third"), VALUE ("yes") };
  const TagFilterList any = { filters, 3 };
  if (!add_ten (tx, error))
    return FALSE;
  for (gsize size = 1; size <= 11; size++) {
    g_autoptr (GString) all = g_string_new (NULL);
    const char *after = NULL;
    NameList page;
    do {
      if (!instance_record_names (tx, INSTANCE_FILTER_ANY, &any, after, size, arena, &page, error))
        return FALSE;
      for (gsize i = 0; i < page.n; i++)
        g_string_append (all, page.items[i]);
      after = page.n > 0 ? page.items[page.n - 1] : NULL;
    } while (page.n == size);
    g_assert_cmpstr (all->str, ==, "n0n2n3n4n6n8n9");
  }
  NameList deregistered;
  if (!instance_record_names (tx, INSTANCE_FILTER_DEREGISTERED, &any, NULL, 5, arena, &deregistered,
                              error))
    return FALSE;
  g_assert_cmpuint (deregistered.n, ==, 0);
  return TRUE;
}

static const struct {
  const char *path;
  StoreWork work;
} cases[] = {
  { "/instance/registration-frees-on-deregistration", registration_frees_on_deregistration },
  { "/instance/selection-is-any-within-all-between", selection_is_any_within_all_between },
  { "/instance/pages-of-a-union-are-complete", pages_of_a_union_are_complete },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, test_store_case);
  return g_test_run ();
}
