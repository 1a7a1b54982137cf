#include "store/records/deployment-group.h"

#include "store/records/application.h"
#include "store/test-database.h"

static gboolean
add (StoreTx *tx, const char *id, const char *application, const char *name, const char *ecs,
     DeploymentGroupWrite *out_result, GError **error)
{
  gboolean taken;
  ApplicationRecord record = { .id = application, .name = application };
  DeploymentGroupRecord group = { .id = id,
                                  .application_id = application,
                                  .name = name,
                                  .deployment_config_name = "config",
                                  .service_role_arn = "role",
                                  .settings_json = "{}",
                                  .ecs_service = ecs,
                                  .create_ms = 5 };
  return application_record_insert (tx, &record, &taken, error) &&
         deployment_group_record_insert (tx, &group, out_result, error);
}

static gboolean
names_and_ecs_services_are_unique (StoreTx *tx, gpointer arena, GError **error)
{
  DeploymentGroupWrite first, same_name, elsewhere, same_service, renamed, moved;
  DeploymentGroupRecord *group;
  if (!add (tx, "1", "a", "g", "c:s", &first, error) ||
      !add (tx, "2", "a", "g", NULL, &same_name, error) ||
      !add (tx, "3", "b", "g", NULL, &elsewhere, error) ||
      !add (tx, "4", "b", "h", "c:s", &same_service, error) ||
      !add (tx, "5", "a", "h", NULL, &moved, error) ||
      !deployment_group_record_by_id (tx, "5", arena, &group, error))
    return FALSE;
  g_assert_cmpint (first, ==, DEPLOYMENT_GROUP_WRITTEN);
  g_assert_cmpint (same_name, ==, DEPLOYMENT_GROUP_NAME_TAKEN);
  g_assert_cmpint (elsewhere, ==, DEPLOYMENT_GROUP_WRITTEN);
  g_assert_cmpint (same_service, ==, DEPLOYMENT_GROUP_ECS_SERVICE_TAKEN);
  group->name = "g";
  if (!deployment_group_record_update (tx, group, &renamed, error))
    return FALSE;
  g_assert_cmpint (renamed, ==, DEPLOYMENT_GROUP_NAME_TAKEN);
  group->name = "i";
  group->ecs_service = "c:s";
  if (!deployment_group_record_update (tx, group, &moved, error) ||
      !deployment_group_record_delete (tx, "1", 9, error) ||
      !deployment_group_record_update (tx, group, &renamed, error) ||
      !deployment_group_record_by_name (tx, "a", "i", arena, &group, error))
    return FALSE;
  g_assert_cmpint (moved, ==, DEPLOYMENT_GROUP_ECS_SERVICE_TAKEN);
  g_assert_cmpint (renamed, ==, DEPLOYMENT_GROUP_WRITTEN);
  g_assert_cmpstr (group->ecs_service, ==, "c:s");
  return TRUE;
}

static gboolean
history_survives_a_change (StoreTx *tx, gpointer arena, GError **error)
{
  DeploymentGroupWrite result;
  DeploymentGroupRecord *group;
  gboolean used, unused;
  if (!add (tx, "1", "a", "g", NULL, &result, error) ||
      !deployment_group_record_set_attempted (tx, "1", "d-1", error) ||
      !deployment_group_record_set_succeeded (tx, "1", "d-1", 7, error) ||
      !deployment_group_record_set_attempted (tx, "1", "d-2", error) ||
      !deployment_group_record_by_id (tx, "1", arena, &group, error))
    return FALSE;
  group->deployment_config_name = "another";
  if (!deployment_group_record_update (tx, group, &result, error) ||
      !deployment_group_record_by_id (tx, "1", arena, &group, error) ||
      !deployment_group_record_uses_config (tx, "another", &used, error) ||
      !deployment_group_record_uses_config (tx, "config", &unused, error))
    return FALSE;
  g_assert_cmpstr (group->last_attempted_deployment_id, ==, "d-2");
  g_assert_cmpstr (group->last_successful_deployment_id, ==, "d-1");
  g_assert_cmpint (group->target_revision_number, ==, 7);
  g_assert_cmpint (group->create_ms, ==, 5);
  g_assert_true (used);
  g_assert_false (unused);
  return TRUE;
}

static const struct {
  const char *path;
  StoreWork work;
} cases[] = {
  { "/deployment-group/names-and-ecs-services-are-unique", names_and_ecs_services_are_unique },
  { "/deployment-group/history-survives-a-change", history_survives_a_change },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, test_store_case);
  return g_test_run ();
}
