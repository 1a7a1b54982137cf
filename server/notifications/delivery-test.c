#include "server/notifications/delivery.h"

#include "store/test-database.h"

#define LEASE_MS (90 * 1000)
#define SINK     "cloudevents:here"

typedef struct {
  Store *store;
  Arena *arena;
  AmbientFake fake;
  Ambient ambient;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->store = test_store_new ();
  f->arena = arena_new ();
  f->fake = (AmbientFake){ .seed = 7 };
  f->ambient = ambient_fake (&f->fake);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  store_close (f->store);
  arena_free (f->arena);
}

static void
run (Fixture *f, StoreWork work)
{
  g_autoptr (GError) error = NULL;
  gboolean done = store_run (f->store, STORE_WRITE, work, f, &error);
  g_assert_no_error (error);
  g_assert_true (done);
}

static void
put (StoreTx *tx, const char *id, const char *deployment_id, gint64 now_ms)
{
  const NotificationRecord record = { .id = id,
                                      .deployment_id = deployment_id,
                                      .sink = SINK,
                                      .event = "DeploymentStart",
                                      .fact_json = "{}",
                                      .create_ms = now_ms };
  TEST_STORE_OK (notification_record_put (tx, &record, &error));
}

static NotificationRecordList
claim (Fixture *f, StoreTx *tx, gsize limit, gint64 now_ms, gint64 next_ms)
{
  NotificationRecordList list;
  gint64 got_ms;
  TEST_STORE_OK (delivery_claim (tx, limit, now_ms, LEASE_MS, f->arena, &list, &got_ms, &error));
  g_assert_cmpint (got_ms, ==, next_ms);
  return list;
}

static DeliveryResult
settle (Fixture *f, StoreTx *tx, const NotificationRecord *record, const char *failure,
        gint64 next_lease_ms, gint64 now_ms)
{
  static const DeliveryPatience patience = { .give_up_ms = 60 * 1000, .give_up_tries = 3 };
  DeliveryResult result;
  TEST_STORE_OK (delivery_settle (tx, &patience, &f->ambient, record, failure, next_lease_ms,
                                  now_ms, f->arena, &result, &error));
  return result;
}

/* Only the first of a line is due, and what is claimed is nobody else's until its lease is over. */
static gboolean
claim_lines (StoreTx *tx, gpointer data, GError **unused)
{
  Fixture *f = data;
  put (tx, "a1", "d-A", 10);
  put (tx, "a2", "d-A", 10);
  put (tx, "b1", "d-B", 20);
  put (tx, "c1", "d-C", 30);
  g_assert_cmpuint (claim (f, tx, 8, 5, 10).n, ==, 0);
  NotificationRecordList list = claim (f, tx, 1, 20, 20);
  g_assert_cmpuint (list.n, ==, 1);
  g_assert_cmpstr (list.items[0]->id, ==, "a1");
  list = claim (f, tx, 8, 20, 30);
  g_assert_cmpuint (list.n, ==, 1);
  g_assert_cmpstr (list.items[0]->id, ==, "b1");
  list = claim (f, tx, 8, 20 + LEASE_MS, -1);
  g_assert_cmpuint (list.n, ==, 3);
  return TRUE;
}

static void
test_what_is_due_is_claimed_for_a_while (Fixture *f, gconstpointer data)
{
  run (f, claim_lines);
}

static gboolean
take_lines (StoreTx *tx, gpointer data, GError **unused)
{
  Fixture *f = data;
  put (tx, "a1", "d-A", 10);
  put (tx, "a2", "d-A", 10);
  put (tx, "a3", "d-A", 10);
  const NotificationRecord *a1 = claim (f, tx, 8, 10, -1).items[0];
  DeliveryResult result = settle (f, tx, a1, NULL, LEASE_MS, 20);
  g_assert_cmpint (result.end, ==, DELIVERY_TAKEN);
  g_assert_cmpstr (result.next->id, ==, "a2");
  g_assert_cmpuint (claim (f, tx, 8, 20, 20 + LEASE_MS).n, ==, 0); /* it is claimed */
  result = settle (f, tx, result.next, NULL, 0, 30);
  g_assert_null (result.next);
  NotificationRecordList list = claim (f, tx, 8, 30, -1);
  g_assert_cmpstr (list.items[0]->id, ==, "a3");
  result = settle (f, tx, list.items[0], NULL, LEASE_MS, 40);
  g_assert_null (result.next);
  return TRUE;
}

static void
test_the_next_of_a_line_comes_with_the_end_of_one (Fixture *f, gconstpointer data)
{
  run (f, take_lines);
}

static gboolean
fail_often (StoreTx *tx, gpointer data, GError **unused)
{
  Fixture *f = data;
  gint64 now_ms = 10;
  DeliveryResult result = { DELIVERY_PUT_OFF };
  put (tx, "a1", "d-A", now_ms);
  put (tx, "a2", "d-A", now_ms);
  for (int i = 1; i <= 3; i++) {
    NotificationRecordList list = claim (f, tx, 8, now_ms, -1);
    g_assert_cmpstr (list.items[0]->id, ==, "a1");
    g_assert_cmpint (list.items[0]->failures, ==, i - 1);
    result = settle (f, tx, list.items[0], "HTTP 503", LEASE_MS, now_ms);
    g_assert_cmpint (result.end, ==, i < 3 ? DELIVERY_PUT_OFF : DELIVERY_GIVEN_UP);
    now_ms = i < 3 ? result.again_ms : now_ms;
  }
  g_assert_cmpstr (claim (f, tx, 8, now_ms, -1).items[0]->id, ==, "a2");
  return TRUE;
}

static void
test_what_fails_too_often_lets_the_next_go (Fixture *f, gconstpointer data)
{
  run (f, fail_often);
}

static gboolean
fail_late (StoreTx *tx, gpointer data, GError **unused)
{
  Fixture *f = data;
  put (tx, "a1", "d-A", 10);
  const NotificationRecord *first = claim (f, tx, 8, 10, -1).items[0];
  gint64 later_ms = 10 + LEASE_MS;
  const NotificationRecord *again = claim (f, tx, 8, later_ms, -1).items[0];
  /* Its failure is old news: the row is the other's, which is too old by now. */
  NotificationRecord *row;
  settle (f, tx, first, "reset", 0, 20);
  TEST_STORE_OK (notification_record_get (tx, "a1", f->arena, &row, &error));
  g_assert_cmpint (row->failures, ==, 0);
  g_assert_cmpint (settle (f, tx, again, "reset", 0, later_ms).end, ==, DELIVERY_GIVEN_UP);
  TEST_STORE_OK (notification_record_get (tx, "a1", f->arena, &row, &error));
  g_assert_cmpint (row->dead_ms, ==, later_ms);
  return TRUE;
}

static void
test_only_the_latest_claim_counts (Fixture *f, gconstpointer data)
{
  run (f, fail_late);
}

static void
test_pauses_grow (void)
{
  AmbientFake fake = { .seed = 7 };
  const Ambient ambient = ambient_fake (&fake);
  const struct {
    gint64 failures, pause_ms;
  } table[] = { { 1, 1000 }, { 2, 2000 }, { 5, 16000 }, { 10, 300000 }, { 100000, 300000 } };
  gint64 different = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    for (int k = 0; k < 50; k++) {
      gint64 got_ms = delivery_pause_ms (&ambient, table[i].failures);
      g_assert_cmpint (got_ms, >=, table[i].pause_ms * 3 / 4);
      g_assert_cmpint (got_ms, <, table[i].pause_ms * 5 / 4);
      different += got_ms != delivery_pause_ms (&ambient, table[i].failures);
    }
  g_assert_cmpint (different, >, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, fn) g_test_add ("/delivery/" path, Fixture, NULL, set_up, fn, tear_down)
  CASE ("claimed-for-a-while", test_what_is_due_is_claimed_for_a_while);
  CASE ("next-of-a-line", test_the_next_of_a_line_comes_with_the_end_of_one);
  CASE ("fails-too-often", test_what_fails_too_often_lets_the_next_go);
  CASE ("latest-claim", test_only_the_latest_claim_counts);
  g_test_add_func ("/delivery/pauses-grow", test_pauses_grow);
  return g_test_run ();
}
