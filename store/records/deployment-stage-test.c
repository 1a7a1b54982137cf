#include "store/records/deployment-stage.h"

#include "store/test-database.h"

static const Stage zone = { .kind = STAGE_ZONE,
                            .name = "eu-west-3a",
                            .first = 0,
                            .n = 4,
                            .minimum_healthy = 2,
                            .needed = 1,
                            .tolerated = 3,
                            .wait_s = 60,
                            .approval = TRUE };

static void
insert (StoreTx *tx, gint64 ordinal, const Stage *stage)
{
  const DeploymentStageRecord record = { .deployment_id = "d-AAAAAAAA1",
                                         .ordinal = ordinal,
                                         .stage = *stage };
  TEST_STORE_OK (deployment_stage_record_insert (tx, &record, &error));
}

static gboolean
what_is_written_is_read (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  DeploymentStageRecord *record, *again;
  insert (tx, 0, &zone);
  TEST_STORE_OK (deployment_stage_record_get (tx, "d-AAAAAAAA1", 0, arena, &record, &error));
  g_assert_cmpint (record->stage.kind, ==, STAGE_ZONE);
  g_assert_cmpstr (record->stage.name, ==, "eu-west-3a");
  g_assert_cmpint (record->stage.n, ==, 4);
  g_assert_cmpint (record->stage.minimum_healthy, ==, 2);
  g_assert_cmpint (record->stage.needed, ==, 1);
  g_assert_cmpint (record->stage.tolerated, ==, 3);
  g_assert_cmpint (record->stage.wait_s, ==, 60);
  g_assert_true (record->stage.approval);
  g_assert_cmpint (record->start_ms + record->end_ms + record->approve_ms, ==, 0);
  g_assert_null (record->approved_by);
  *record = (DeploymentStageRecord){ .deployment_id = "d-AAAAAAAA1",
                                     .before_succeeded = 1,
                                     .before_failed = 2,
                                     .n_succeeded = 3,
                                     .n_failed = 4,
                                     .start_ms = 5,
                                     .end_ms = 6,
                                     .approve_ms = 7,
                                     .approved_by = "ann" };
  TEST_STORE_OK (deployment_stage_record_update (tx, record, &error));
  TEST_STORE_OK (deployment_stage_record_get (tx, "d-AAAAAAAA1", 0, arena, &again, &error));
  g_assert_cmpstr (again->stage.name, ==, "eu-west-3a"); /* it never changes */
  g_assert_cmpint (again->before_succeeded, ==, 1);
  g_assert_cmpint (again->before_failed, ==, 2);
  g_assert_cmpint (again->n_succeeded, ==, 3);
  g_assert_cmpint (again->n_failed, ==, 4);
  g_assert_cmpint (again->start_ms, ==, 5);
  g_assert_cmpint (again->end_ms, ==, 6);
  g_assert_cmpint (again->approve_ms, ==, 7);
  g_assert_cmpstr (again->approved_by, ==, "ann");
  TEST_STORE_OK (deployment_stage_record_get (tx, "d-AAAAAAAA1", 1, arena, &again, &error));
  g_assert_null (again);
  return TRUE;
}

static gboolean
empty_ones_are_passed_over (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  const Stage nobody = { .kind = STAGE_WAVE, .name = "nobody", .first = 4 };
  DeploymentStageRecord *next;
  DeploymentStageRecordList all;
  insert (tx, 0, &nobody);
  insert (tx, 1, &zone);
  insert (tx, 2, &nobody);
  TEST_STORE_OK (deployment_stage_record_next (tx, "d-AAAAAAAA1", 0, arena, &next, &error));
  g_assert_cmpint (next->ordinal, ==, 1);
  TEST_STORE_OK (deployment_stage_record_next (tx, "d-AAAAAAAA1", 2, arena, &next, &error));
  g_assert_null (next);
  TEST_STORE_OK (deployment_stage_record_list (tx, "d-AAAAAAAA1", arena, &all, &error));
  g_assert_cmpuint (all.n, ==, 3);
  g_assert_cmpstr (all.items[2]->stage.name, ==, "nobody");
  TEST_STORE_OK (deployment_stage_record_list (tx, "d-AAAAAAAA2", arena, &all, &error));
  g_assert_cmpuint (all.n, ==, 0);
  return TRUE;
}

static const struct {
  const char *path;
  StoreWork work;
} cases[] = {
  { "/deployment-stage/what-is-written-is-read", what_is_written_is_read },
  { "/deployment-stage/empty-ones-are-passed-over", empty_ones_are_passed_over },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, test_store_case);
  return g_test_run ();
}
