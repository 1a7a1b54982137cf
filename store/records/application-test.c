#include "store/records/application.h"

#include "store/records/deployment-group.h"
#include "store/records/resource-tag.h"
#include "store/test-database.h"

static gboolean
add (StoreTx *tx, const char *id, const char *name, gboolean *out_taken, GError **error)
{
  ApplicationRecord record = {
    .id = id, .name = name, .compute_platform = COMPUTE_PLATFORM_ECS, .create_ms = 5
  };
  return application_record_insert (tx, &record, out_taken, error);
}

static gboolean
names_are_unique_among_the_living (StoreTx *tx, gpointer arena, GError **error)
{
  gboolean first, second, third;
  ApplicationRecord *dead, *living;
  if (!add (tx, "1", "a", &first, error) || !add (tx, "2", "a", &second, error) ||
      !application_record_delete (tx, "1", 7, error) || !add (tx, "3", "a", &third, error) ||
      !application_record_by_id (tx, "1", arena, &dead, error) ||
      !application_record_by_name (tx, "a", arena, &living, error))
    return FALSE;
  g_assert_false (first);
  g_assert_true (second);
  g_assert_false (third);
  g_assert_cmpint (dead->deleted_ms, ==, 7);
  g_assert_cmpstr (dead->name, ==, "a");
  g_assert_cmpint (dead->compute_platform, ==, COMPUTE_PLATFORM_ECS);
  g_assert_cmpstr (living->id, ==, "3");
  g_assert_cmpint (living->deleted_ms, ==, 0);
  g_assert_cmpint (living->create_ms, ==, 5);
  return TRUE;
}

static gboolean
pages_go_by_name (StoreTx *tx, gpointer arena, GError **error)
{
  gboolean taken;
  static const char *const names[] = { "b", "B", "a", "_", "b1" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (!add (tx, names[i], names[i], &taken, error))
      return FALSE;
  NameList page, next;
  gint64 count, capped;
  if (!application_record_names (tx, NULL, 3, arena, &page, error) ||
      !application_record_names (tx, "a", 3, arena, &next, error) ||
      !application_record_count (tx, 100, &count, error) ||
      !application_record_count (tx, 2, &capped, error))
    return FALSE;
  g_assert_cmpuint (page.n, ==, 3);
  g_assert_cmpstr (page.items[0], ==, "B");
  g_assert_cmpstr (page.items[1], ==, "_");
  g_assert_cmpstr (page.items[2], ==, "a");
  g_assert_cmpuint (next.n, ==, 2);
  g_assert_cmpstr (next.items[1], ==, "b1");
  g_assert_cmpint (count, ==, 5);
  g_assert_cmpint (capped, ==, 2);
  return TRUE;
}

static gboolean
deletion_takes_groups_and_tags_along (StoreTx *tx, gpointer arena, GError **error)
{
  gboolean taken;
  DeploymentGroupWrite result;
  DeploymentGroupRecord group = { .id = "g",
                                  .application_id = "1",
                                  .name = "web",
                                  .deployment_config_name = "c",
                                  .service_role_arn = "r",
                                  .settings_json = "{}" };
  DeploymentGroupRecord *by_id, *by_name;
  TagList tags;
  if (!add (tx, "1", "a", &taken, error) ||
      !deployment_group_record_insert (tx, &group, &result, error) ||
      !resource_tag_record_put (tx, "g", "k", "v", error) ||
      !application_record_delete (tx, "1", 7, error) ||
      !deployment_group_record_by_id (tx, "g", arena, &by_id, error) ||
      !deployment_group_record_by_name (tx, "1", "web", arena, &by_name, error) ||
      !resource_tag_record_list (tx, "g", arena, &tags, error))
    return FALSE;
  g_assert_cmpint (result, ==, DEPLOYMENT_GROUP_WRITTEN);
  g_assert_cmpint (by_id->deleted_ms, ==, 7);
  g_assert_null (by_name);
  g_assert_cmpuint (tags.n, ==, 0);
  return TRUE;
}

static const struct {
  const char *path;
  StoreWork work;
} cases[] = {
  { "/application/names-are-unique-among-the-living", names_are_unique_among_the_living },
  { "/application/pages-go-by-name", pages_go_by_name },
  { "/application/deletion-takes-groups-and-tags-along", deletion_takes_groups_and_tags_along },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, test_store_case);
  return g_test_run ();
}
