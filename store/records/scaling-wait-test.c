#include "store/records/scaling-wait.h"

#include "store/test-database.h"

static gboolean
rows_come_change_and_go (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  const ScalingWait one = { .hook = "h",
                            .instance_id = "i-1",
                            .group_id = "g",
                            .auto_scaling_group = "web",
                            .host_arn = "arn:1",
                            .deployment_id = "d-1",
                            .begin_ms = 5 };
  ScalingWait two = one, *got;
  ScalingWaitList list;
  two.instance_id = "i-2";
  two.deployment_id = NULL;
  TEST_STORE_OK (scaling_wait_insert (tx, &two, &error));
  TEST_STORE_OK (scaling_wait_insert (tx, &one, &error));
  TEST_STORE_OK (scaling_wait_of_group (tx, "g", arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 2);
  g_assert_cmpstr (list.items[0]->instance_id, ==, "i-1");
  g_assert_null (list.items[1]->deployment_id);
  TEST_STORE_OK (scaling_wait_of_deployment (tx, "d-1", arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 1);
  TEST_STORE_OK (scaling_wait_set_done (tx, &one, 7, &error));
  TEST_STORE_OK (scaling_wait_get (tx, "h", "i-1", arena, &got, &error));
  g_assert_cmpint (got->done_ms, ==, 7);
  g_assert_cmpstr (got->host_arn, ==, "arn:1");
  TEST_STORE_OK (scaling_wait_set_done (tx, &one, 0, &error));
  TEST_STORE_OK (scaling_wait_get (tx, "h", "i-1", arena, &got, &error));
  g_assert_cmpint (got->done_ms, ==, 0);
  TEST_STORE_OK (scaling_wait_delete (tx, &one, &error));
  TEST_STORE_OK (scaling_wait_get (tx, "h", "i-1", arena, &got, &error));
  g_assert_null (got);
  return TRUE;
}

static const struct {
  const char *path;
  StoreWork work;
} cases[] = {
  { "/scaling-wait/rows-come-change-and-go", rows_come_change_and_go },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, test_store_case);
  return g_test_run ();
}
