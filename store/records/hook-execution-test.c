#include "store/records/hook-execution.h"

#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/deployment.h"
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
  insert_deployment (tx);
  CHECK (hook_execution_record_insert (tx, &wanted, &taken, &error));
  g_assert_false (taken);
  wanted.id = "two";
  CHECK (hook_execution_record_insert (tx, &wanted, &taken, &error));
  g_assert_true (taken);
  CHECK (hook_execution_record_by_id (tx, "two", arena, &record, &error));
  g_assert_null (record);
  CHECK (hook_execution_record_by_event (tx, "d-AAAAAAAA1", "f", LIFECYCLE_BEFORE_ALLOW_TRAFFIC,
                                         arena, &record, &error));
  g_assert_cmpstr (record->id, ==, "one");
  g_assert_cmpint (record->status, ==, EVENT_IN_PROGRESS);
  g_assert_cmpint (record->complete_ms, ==, 0);

  CHECK (hook_execution_record_complete (tx, "one", EVENT_FAILED, 9, &changed, &error));
  g_assert_true (changed);
  CHECK (hook_execution_record_complete (tx, "one", EVENT_SUCCEEDED, 10, &changed, &error));
  g_assert_false (changed);
  CHECK (hook_execution_record_by_id (tx, "one", arena, &record, &error));
  g_assert_cmpint (record->status, ==, EVENT_FAILED);
  g_assert_cmpint (record->complete_ms, ==, 9);
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
  { "/hook-execution/one-execution-an-event-and-one-end", one_execution_an_event_and_one_end },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, in_store);
  return g_test_run ();
}
