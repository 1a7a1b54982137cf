#include "store/records/hook-execution.h"

#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/deployment.h"
#include "store/records/test-deployment.h"
#include "store/test-database.h"

static gboolean
one_execution_an_event_and_one_end (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  HookExecutionRecord wanted = { .id = "one",
                                 .deployment_id = "d-AAAAAAAA1",
                                 .target_id = "f",
                                 .event = LIFECYCLE_BEFORE_ALLOW_TRAFFIC,
                                 .create_ms = 5 };
  HookExecutionRecord *record;
  gboolean taken, changed;
  test_insert_deployment (tx);
  TEST_STORE_OK (hook_execution_record_insert (tx, &wanted, &taken, &error));
  g_assert_false (taken);
  wanted.id = "two";
  TEST_STORE_OK (hook_execution_record_insert (tx, &wanted, &taken, &error));
  g_assert_true (taken);
  TEST_STORE_OK (hook_execution_record_by_id (tx, "two", arena, &record, &error));
  g_assert_null (record);
  TEST_STORE_OK (hook_execution_record_by_event (
      tx, "d-AAAAAAAA1", "f", LIFECYCLE_BEFORE_ALLOW_TRAFFIC, arena, &record, &error));
  g_assert_cmpstr (record->id, ==, "one");
  g_assert_cmpint (record->status, ==, EVENT_IN_PROGRESS);
  g_assert_cmpint (record->complete_ms, ==, 0);

  TEST_STORE_OK (hook_execution_record_complete (tx, "one", EVENT_FAILED, 9, &changed, &error));
  g_assert_true (changed);
  TEST_STORE_OK (hook_execution_record_complete (tx, "one", EVENT_SUCCEEDED, 10, &changed, &error));
  g_assert_false (changed);
  TEST_STORE_OK (hook_execution_record_by_id (tx, "one", arena, &record, &error));
  g_assert_cmpint (record->status, ==, EVENT_FAILED);
  g_assert_cmpint (record->complete_ms, ==, 9);
  return TRUE;
}

static const struct {
  const char *path;
  StoreWork work;
} cases[] = {
  { "/hook-execution/one-execution-an-event-and-one-end", one_execution_an_event_and_one_end },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, test_store_case);
  return g_test_run ();
}
