#include "store/records/deployment.h"

#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/test-deployment.h"
#include "store/test-database.h"

static gboolean
targets_of_active_deployments_are_counted (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  DeploymentRecord *deployment;
  gint64 count;
  TEST_STORE_OK (deployment_record_count_active_targets (tx, &count, &error));
  g_assert_cmpint (count, ==, 0);
  test_insert_deployment (tx);
  TEST_STORE_OK (deployment_record_by_id (tx, "d-AAAAAAAA1", arena, &deployment, &error));
  deployment->n_targets = 7;
  TEST_STORE_OK (deployment_record_update (tx, deployment, &error));
  TEST_STORE_OK (deployment_record_count_active_targets (tx, &count, &error));
  g_assert_cmpint (count, ==, 7);
  deployment->complete_ms = 3;
  TEST_STORE_OK (deployment_record_update (tx, deployment, &error));
  TEST_STORE_OK (deployment_record_count_active_targets (tx, &count, &error));
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
  test_insert_deployment (tx);
  TEST_STORE_OK (application_record_delete (tx, "1", 5, &error));
  TEST_STORE_OK (deployment_record_list (tx, &query, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 1); /* it runs still */
  TEST_STORE_OK (deployment_record_by_id (tx, "d-AAAAAAAA1", arena, &deployment, &error));
  deployment->complete_ms = 4;
  TEST_STORE_OK (deployment_record_update (tx, deployment, &error));
  TEST_STORE_OK (deployment_record_list (tx, &query, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 0);
  TEST_STORE_OK (deployment_record_by_id (tx, "d-AAAAAAAA1", arena, &deployment, &error));
  g_assert_true (deployment_record_went_with_application (deployment));
  return TRUE;
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
    g_test_add_data_func (cases[i].path, &cases[i].work, test_store_case);
  return g_test_run ();
}
