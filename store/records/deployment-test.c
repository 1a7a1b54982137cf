#include "store/records/deployment.h"

#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/test-database.h"

#define CHECK(call)                                                                                \
  do {                                                                                             \
    g_autoptr (GError) error = NULL;                                                               \
    gboolean ok = (call);                                                                          \
    g_assert_no_error (error);                                                                     \
    g_assert_true (ok);                                                                            \
  } while (0)

static void
insert_deployment (StoreTx *tx)
{
  const ApplicationRecord application = { .id = "1", .name = "shop", .create_ms = 1 };
  const DeploymentGroupRecord group = { .id = "g",
                                        .application_id = "1",
                                        .name = "web",
                                        .deployment_config_name = "c",
                                        .service_role_arn = "r",
                                        .settings_json = "{}",
                                        .create_ms = 1 };
  const DeploymentRecord deployment = { .id = "d-AAAAAAAA1",
                                        .application_id = "1",
                                        .group_id = "g",
                                        .config_name = "c",
                                        .info_json = "{}",
                                        .create_ms = 1 };
  DeploymentGroupWrite written;
  gboolean taken;
  CHECK (application_record_insert (tx, &application, &taken, &error));
  CHECK (deployment_group_record_insert (tx, &group, &written, &error));
  CHECK (deployment_record_insert (tx, &deployment, &taken, &error));
}

static gboolean
targets_of_active_deployments_are_counted (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  DeploymentRecord *deployment;
  gint64 count;
  CHECK (deployment_record_count_active_targets (tx, &count, &error));
  g_assert_cmpint (count, ==, 0);
  insert_deployment (tx);
  CHECK (deployment_record_by_id (tx, "d-AAAAAAAA1", arena, &deployment, &error));
  deployment->n_targets = 7;
  CHECK (deployment_record_update (tx, deployment, &error));
  CHECK (deployment_record_count_active_targets (tx, &count, &error));
  g_assert_cmpint (count, ==, 7);
  deployment->complete_ms = 3;
  CHECK (deployment_record_update (tx, deployment, &error));
  CHECK (deployment_record_count_active_targets (tx, &count, &error));
  g_assert_cmpint (count, ==, 0);
  return TRUE;
}

static gboolean
what_ended_before_the_application_went_is_not_listed (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  const DeploymentQuery query = { .before_ms = G_MAXINT64, .limit = 10 };
  DeploymentRecordList list;
  DeploymentRecord *deployment;
  insert_deployment (tx);
  CHECK (application_record_delete (tx, "1", 5, &error));
  CHECK (deployment_record_list (tx, &query, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 1); /* it runs still */
  CHECK (deployment_record_by_id (tx, "d-AAAAAAAA1", arena, &deployment, &error));
  deployment->complete_ms = 4;
  CHECK (deployment_record_update (tx, deployment, &error));
  CHECK (deployment_record_list (tx, &query, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 0);
  CHECK (deployment_record_by_id (tx, "d-AAAAAAAA1", arena, &deployment, &error));
  g_assert_true (deployment_record_went_with_application (deployment));
  return TRUE;
}

static void
in_store (gconstpointer data)
{
  const StoreWork *work = data;
  g_autoptr (Store) store = test_store_new ();
  g_autoptr (GError) error = NULL;
  g_assert_true (store_run (store, STORE_WRITE, *work, NULL, &error));
  g_assert_no_error (error);
}

static const struct {
  const char *path;
  StoreWork work;
} cases[] = {
  { "/deployment/targets-of-active-deployments-are-counted",
    targets_of_active_deployments_are_counted },
  { "/deployment/what-ended-before-the-application-went-is-not-listed",
    what_ended_before_the_application_went_is_not_listed },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, in_store);
  return g_test_run ();
}
