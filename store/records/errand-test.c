#include "store/records/errand.h"

#include "store/test-database.h"

static ErrandRecord *
put (StoreTx *tx, gint64 due_ms, Arena *arena)
{
  const ErrandRecord wanted = { .owner_id = "d-AAAAAAAA1",
                                .ordinal = 4,
                                .kind = ERRAND_BLOCK_TRAFFIC,
                                .request_json = "{\"a\":1}",
                                .create_ms = 5,
                                .due_ms = due_ms };
  ErrandRecord *record;
  TEST_STORE_OK (errand_record_put (tx, &wanted, &error));
  TEST_STORE_OK (
      errand_record_get (tx, "d-AAAAAAAA1", 4, ERRAND_BLOCK_TRAFFIC, arena, &record, &error));
  g_assert_nonnull (record);
  return record;
}

static gboolean
claim (StoreTx *tx, ErrandRecord *record, gint64 now_ms, gint64 until_ms)
{
  gboolean claimed;
  TEST_STORE_OK (errand_record_claim (tx, record, now_ms, until_ms, &claimed, &error));
  return claimed;
}

static gboolean
one_has_it_until_its_lease_ends (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  ErrandRecord *mine = put (tx, 10, arena), other = *mine;
  g_assert_cmpstr (mine->request_json, ==, "{\"a\":1}");
  g_assert_cmpint (mine->create_ms, ==, 5);
  g_assert_null (mine->waits_for);
  g_assert_false (claim (tx, mine, 9, 100));
  g_assert_true (claim (tx, mine, 10, 100));
  g_assert_cmpint (mine->tries, ==, 1);
  g_assert_false (claim (tx, &other, 200, 300)); /* as it was read, it is gone */
  g_assert_false (claim (tx, mine, 99, 300));
  g_assert_true (claim (tx, mine, 100, 300));
  return TRUE;
}

static gboolean
only_the_latest_claim_puts_it_off (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  ErrandRecord *late = put (tx, 10, arena), *now;
  g_assert_true (claim (tx, late, 10, 20));
  ErrandRecord latest = *late;
  g_assert_true (claim (tx, &latest, 20, 30));
  late->due_ms = 99;
  late->waits_for = "late";
  TEST_STORE_OK (errand_record_put_off (tx, late, &error));
  latest.due_ms = 40;
  latest.state_json = "{}";
  latest.waits_for = "for two connections";
  TEST_STORE_OK (errand_record_put_off (tx, &latest, &error));
  TEST_STORE_OK (
      errand_record_get (tx, "d-AAAAAAAA1", 4, ERRAND_BLOCK_TRAFFIC, arena, &now, &error));
  g_assert_cmpint (now->due_ms, ==, 40);
  g_assert_cmpstr (now->state_json, ==, "{}");
  g_assert_cmpstr (now->waits_for, ==, "for two connections");
  now = put (tx, 50, arena); /* anew: nothing of the old one is left */
  g_assert_null (now->state_json);
  g_assert_null (now->waits_for);
  g_assert_cmpint (now->tries, >, latest.tries);
  return TRUE;
}

static gboolean
renew (StoreTx *tx, ErrandRecord *record, gint64 until_ms)
{
  gboolean renewed;
  TEST_STORE_OK (errand_record_renew (tx, record, until_ms, &renewed, &error));
  return renewed;
}

static gboolean
a_lease_is_renewed_by_who_has_it (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  ErrandRecord *mine = put (tx, 10, arena), *now;
  g_assert_true (claim (tx, mine, 10, 20));
  ErrandRecord settled = *mine;
  g_assert_true (renew (tx, mine, 40));
  g_assert_cmpint (mine->due_ms, ==, 40);
  TEST_STORE_OK (
      errand_record_get (tx, "d-AAAAAAAA1", 4, ERRAND_BLOCK_TRAFFIC, arena, &now, &error));
  g_assert_cmpint (now->due_ms, ==, 40);
  g_assert_false (claim (tx, now, 30, 50));
  /* One that was put off, or is another's, is due when it is. */
  settled.due_ms = 30;
  TEST_STORE_OK (errand_record_put_off (tx, &settled, &error));
  g_assert_false (renew (tx, mine, 90));
  TEST_STORE_OK (
      errand_record_get (tx, "d-AAAAAAAA1", 4, ERRAND_BLOCK_TRAFFIC, arena, &now, &error));
  g_assert_true (claim (tx, now, 30, 40));
  g_assert_false (renew (tx, mine, 90));
  g_assert_true (renew (tx, now, 90));
  return TRUE;
}

static gboolean
hastened_ones_are_due_whoever_has_them (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  ErrandRecord *mine = put (tx, 10, arena), *now;
  g_assert_true (claim (tx, mine, 10, 5000));
  TEST_STORE_OK (errand_record_hasten_all (tx, 20, &error));
  TEST_STORE_OK (
      errand_record_get (tx, "d-AAAAAAAA1", 4, ERRAND_BLOCK_TRAFFIC, arena, &now, &error));
  g_assert_cmpint (now->due_ms, ==, 20);
  TEST_STORE_OK (errand_record_hasten_all (tx, 30, &error));
  TEST_STORE_OK (
      errand_record_get (tx, "d-AAAAAAAA1", 4, ERRAND_BLOCK_TRAFFIC, arena, &now, &error));
  g_assert_cmpint (now->due_ms, ==, 20);
  g_assert_true (claim (tx, now, 20, 5000));
  return TRUE;
}

static gboolean
the_earliest_come_first_and_all_go (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  ErrandRecordList list;
  for (int i = 0; i < 3; i++) {
    const ErrandRecord wanted = { .owner_id = "d-AAAAAAAA1",
                                  .ordinal = ERRAND_NO_TARGET + i,
                                  .kind = ERRAND_READ_ALARMS,
                                  .request_json = "{}",
                                  .create_ms = 1,
                                  .due_ms = 30 - i };
    TEST_STORE_OK (errand_record_put (tx, &wanted, &error));
  }
  TEST_STORE_OK (errand_record_of_owner (tx, "d-AAAAAAAA1", arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 1);
  g_assert_cmpint (list.items[0]->ordinal, ==, ERRAND_NO_TARGET);
  TEST_STORE_OK (errand_record_earliest (tx, ERRAND_READ_ALARMS, 2, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 2);
  g_assert_cmpint (list.items[0]->due_ms, ==, 28);
  TEST_STORE_OK (errand_record_delete (tx, "d-AAAAAAAA1", 1, ERRAND_READ_ALARMS, &error));
  put (tx, 5, arena); /* of another kind */
  TEST_STORE_OK (errand_record_earliest (tx, ERRAND_READ_ALARMS, 9, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 2);
  g_assert_cmpint (list.items[0]->due_ms, ==, 29);
  TEST_STORE_OK (errand_record_delete_all (tx, "d-AAAAAAAA1", &error));
  TEST_STORE_OK (errand_record_earliest (tx, ERRAND_READ_ALARMS, 9, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 0);
  return TRUE;
}

static const struct {
  const char *path;
  StoreWork work;
} cases[] = {
  { "/errand/one-has-it-until-its-lease-ends", one_has_it_until_its_lease_ends },
  { "/errand/only-the-latest-claim-puts-it-off", only_the_latest_claim_puts_it_off },
  { "/errand/a-lease-is-renewed-by-who-has-it", a_lease_is_renewed_by_who_has_it },
  { "/errand/hastened-ones-are-due-whoever-has-them", hastened_ones_are_due_whoever_has_them },
  { "/errand/the-earliest-come-first-and-all-go", the_earliest_come_first_and_all_go },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, test_store_case);
  return g_test_run ();
}
