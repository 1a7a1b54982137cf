#include "store/records/revision.h"

#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/test-database.h"

static gboolean
put (StoreTx *tx, const char *identity, const char *description, gint64 register_ms, Arena *arena,
     RevisionRecord **out, GError **error)
{
  RevisionRecord wanted = { .application_id = "app",
                            .identity = identity,
                            .s3_bucket = "bucket",
                            .s3_key = identity,
                            .location_json = "{}",
                            .description = description,
                            .register_ms = register_ms };
  return revision_record_put (tx, &wanted, REVISION_REPLACE_DESCRIPTION, arena, out, error);
}

static gboolean
add_application (StoreTx *tx, GError **error)
{
  gboolean taken;
  ApplicationRecord record = { .id = "app", .name = "app" };
  return application_record_insert (tx, &record, &taken, error);
}

static gboolean
registering_again_keeps_number_and_time (StoreTx *tx, gpointer arena, GError **error)
{
  RevisionRecord *first, *again, *described, *other, *kept;
  RevisionRecord keep = {
    .application_id = "app", .identity = "i", .location_json = "{}", .description = "third"
  };
  if (!add_application (tx, error) || !put (tx, "i", "first", 10, arena, &first, error) ||
      !put (tx, "i", NULL, 20, arena, &again, error) ||
      !put (tx, "i", "second", 30, arena, &described, error) ||
      !revision_record_put (tx, &keep, REVISION_KEEP_DESCRIPTION, arena, &kept, error) ||
      !put (tx, "j", NULL, 40, arena, &other, error))
    return FALSE;
  g_assert_cmpint (first->number, ==, 1);
  g_assert_cmpint (again->number, ==, 1);
  g_assert_cmpint (again->register_ms, ==, 10);
  g_assert_cmpstr (again->description, ==, "first");
  g_assert_cmpstr (described->description, ==, "second");
  g_assert_cmpstr (kept->description, ==, "second");
  g_assert_cmpint (other->number, ==, 2);
  g_assert_null (other->description);
  return TRUE;
}

static gboolean
first_use_stays_and_last_use_moves (StoreTx *tx, gpointer arena, GError **error)
{
  RevisionRecord *record, *used;
  if (!add_application (tx, error) || !put (tx, "i", NULL, 10, arena, &record, error) ||
      !revision_record_mark_used (tx, "app", 1, 50, error) ||
      !revision_record_mark_used (tx, "app", 1, 60, error) ||
      !revision_record_by_number (tx, "app", 1, arena, &used, error))
    return FALSE;
  g_assert_cmpint (record->first_used_ms, ==, 0);
  g_assert_cmpint (used->first_used_ms, ==, 50);
  g_assert_cmpint (used->last_used_ms, ==, 60);
  return TRUE;
}

/* The identities of all pages of the given size, in a row. */
static gboolean
walk (StoreTx *tx, RevisionQuery query, gsize size, GString *out, Arena *arena, GError **error)
{
  RevisionRecordList page;
  query.limit = size;
  do {
    if (!revision_record_list (tx, &query, arena, &page, error))
      return FALSE;
    for (gsize i = 0; i < page.n; i++)
      g_string_append (out, page.items[i]->identity);
    if (page.n > 0) {
      query.after_key = revision_record_sort_key (page.items[page.n - 1], query.sort);
      query.after_number = page.items[page.n - 1]->number;
    }
  } while (page.n == size);
  return TRUE;
}

static gboolean
orders_hold_over_pages (StoreTx *tx, gpointer arena, GError **error)
{
  static const struct {
    RevisionSort sort;
    RevisionOrder order;
    RevisionDeployed deployed;
    const char *expected;
  } rows[] = {
    { REVISION_SORT_NUMBER, REVISION_ASCENDING, REVISION_DEPLOYED_IGNORE, "abcde" },
    { REVISION_SORT_NUMBER, REVISION_DESCENDING, REVISION_DEPLOYED_IGNORE, "edcba" },
    { REVISION_SORT_REGISTER_TIME, REVISION_ASCENDING, REVISION_DEPLOYED_IGNORE, "cabde" },
    { REVISION_SORT_REGISTER_TIME, REVISION_DESCENDING, REVISION_DEPLOYED_IGNORE, "edbac" },
    { REVISION_SORT_FIRST_USED, REVISION_ASCENDING, REVISION_DEPLOYED_IGNORE, "dbace" },
    { REVISION_SORT_LAST_USED, REVISION_ASCENDING, REVISION_DEPLOYED_IGNORE, "bdace" },
    { REVISION_SORT_LAST_USED, REVISION_DESCENDING, REVISION_DEPLOYED_IGNORE, "ecadb" },
    { REVISION_SORT_NUMBER, REVISION_ASCENDING, REVISION_DEPLOYED_INCLUDE, "d" },
    { REVISION_SORT_NUMBER, REVISION_ASCENDING, REVISION_DEPLOYED_EXCLUDE, "abce" },
  };
  RevisionRecord *record;
  DeploymentGroupWrite written;
  DeploymentGroupRecord group = { .id = "g",
                                  .application_id = "app",
                                  .name = "web",
                                  .deployment_config_name = "c",
                                  .service_role_arn = "r",
                                  .settings_json = "{}" };
  /* a, c and e are never used; a and b are registered at the same time, c before them. */
  if (!add_application (tx, error) || !put (tx, "a", NULL, 20, arena, &record, error) ||
      !put (tx, "b", NULL, 20, arena, &record, error) ||
      !put (tx, "c", NULL, 10, arena, &record, error) ||
      !put (tx, "d", NULL, 30, arena, &record, error) ||
      !put (tx, "e", NULL, 40, arena, &record, error) ||
      !revision_record_mark_used (tx, "app", 4, 100, error) ||
      !revision_record_mark_used (tx, "app", 2, 200, error) ||
      !revision_record_mark_used (tx, "app", 4, 300, error) ||
      !deployment_group_record_insert (tx, &group, &written, error) ||
      !deployment_group_record_set_succeeded (tx, "g", "d-1", 4, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    for (gsize size = 1; size <= 6; size++) {
      g_autoptr (GString) all = g_string_new (NULL);
      RevisionQuery query = { .application_id = "app",
                              .sort = rows[i].sort,
                              .order = rows[i].order,
                              .deployed = rows[i].deployed };
      if (!walk (tx, query, size, all, arena, error))
        return FALSE;
      g_assert_cmpstr (all->str, ==, rows[i].expected);
    }
  NameList groups;
  if (!deployment_group_record_names_by_target (tx, "app", 4, arena, &groups, error))
    return FALSE;
  g_assert_cmpuint (groups.n, ==, 1);
  g_assert_cmpstr (groups.items[0], ==, "web");
  return TRUE;
}

static const struct {
  const char *path;
  StoreWork work;
} cases[] = {
  { "/revision/registering-again-keeps-number-and-time", registering_again_keeps_number_and_time },
  { "/revision/first-use-stays-and-last-use-moves", first_use_stays_and_last_use_moves },
  { "/revision/orders-hold-over-pages", orders_hold_over_pages },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, test_store_case);
  return g_test_run ();
}
