#include "store/records/notification.h"

#include "store/test-database.h"

#define SINK "arn:aws:sns:eu-west-3:123456789012:ops"
#define DEP  "d-AAAAAAAA1"

static void
put (StoreTx *tx, const char *id, const char *sink)
{
  const NotificationRecord record = { .id = id,
                                      .deployment_id = DEP,
                                      .sink = sink,
                                      .event = "DeploymentStart",
                                      .fact_json = "{}",
                                      .create_ms = 10 };
  TEST_STORE_OK (notification_record_put (tx, &record, &error));
}

static NotificationRecord *
get (StoreTx *tx, const char *id, Arena *arena)
{
  NotificationRecord *record;
  TEST_STORE_OK (notification_record_get (tx, id, arena, &record, &error));
  return record;
}

/* "a:10 c:20": ids and times of what is due, in order. */
static void
expect_due (StoreTx *tx, Arena *arena, const char *expected)
{
  NotificationRecordList list;
  g_autoptr (GString) text = g_string_new (NULL);
  TEST_STORE_OK (notification_record_earliest (tx, 10, arena, &list, &error));
  for (gsize i = 0; i < list.n; i++)
    g_string_append_printf (text, "%s%s:%d", i > 0 ? " " : "", list.items[i]->id,
                            (int)list.items[i]->due_ms);
  g_assert_cmpstr (text->str, ==, expected);
}

static NotificationRecord *
claim (StoreTx *tx, const char *id, gint64 now_ms, Arena *arena)
{
  NotificationRecord *record = get (tx, id, arena);
  gboolean claimed;
  TEST_STORE_OK (notification_record_claim (tx, record, now_ms, now_ms + 100, &claimed, &error));
  g_assert_true (claimed);
  return record;
}

static gboolean
lines_are_kept_in_order (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  put (tx, "a", SINK);
  put (tx, "b", SINK);
  put (tx, "c", SINK);
  put (tx, "x", "cloudevents:other");
  expect_due (tx, arena, "a:10 x:10");
  NotificationRecord *a = claim (tx, "a", 20, arena), *first;
  TEST_STORE_OK (notification_record_first_of_line (tx, a, arena, &first, &error));
  g_assert_cmpstr (first->id, ==, "a");
  expect_due (tx, arena, "x:10 a:120");
  TEST_STORE_OK (notification_record_delete (tx, a, 30, &error));
  expect_due (tx, arena, "x:10 b:30");
  /* One from the middle goes; the first one stays first. */
  put (tx, "d", SINK);
  TEST_STORE_OK (notification_record_delete (tx, get (tx, "c", arena), 40, &error));
  expect_due (tx, arena, "x:10 b:30");
  TEST_STORE_OK (notification_record_delete (tx, get (tx, "b", arena), 50, &error));
  expect_due (tx, arena, "x:10 d:50");
  return TRUE;
}

static gboolean
only_the_latest_claim_counts (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  put (tx, "a", SINK);
  NotificationRecord *old = claim (tx, "a", 20, arena);
  NotificationRecord *late = claim (tx, "a", 130, arena); /* its lease is over */
  NotificationRecord stale = *old;
  stale.due_ms = 999;
  stale.failures = 1;
  stale.failure = "too late";
  TEST_STORE_OK (notification_record_put_off (tx, &stale, &error));
  TEST_STORE_OK (notification_record_bury (tx, &stale, 140, &error));
  expect_due (tx, arena, "a:230");
  gboolean claimed;
  NotificationRecord *copy = notification_record_copy (old, arena);
  TEST_STORE_OK (notification_record_claim (tx, copy, 240, 340, &claimed, &error));
  g_assert_false (claimed);
  late->due_ms = 500;
  late->failures = 1;
  late->failure = "refused";
  TEST_STORE_OK (notification_record_put_off (tx, late, &error));
  g_assert_cmpstr (get (tx, "a", arena)->failure, ==, "refused");
  expect_due (tx, arena, "a:500");
  return TRUE;
}

static gboolean
the_dead_can_be_tried_again (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  gboolean due;
  put (tx, "a", SINK);
  put (tx, "b", SINK);
  NotificationRecord *a = claim (tx, "a", 20, arena);
  a->failures = 7;
  a->failure = "gone";
  TEST_STORE_OK (notification_record_bury (tx, a, 30, &error));
  expect_due (tx, arena, "b:30");
  NotificationRecord *dead = get (tx, "a", arena);
  g_assert_cmpint (dead->dead_ms, ==, 30);
  g_assert_cmpint (dead->failures, ==, 7);

  /* It goes to the end of its line: what came after it has its turn first. */
  TEST_STORE_OK (notification_record_retry (tx, dead, 40, &due, &error));
  g_assert_false (due);
  expect_due (tx, arena, "b:30");
  TEST_STORE_OK (notification_record_delete (tx, get (tx, "b", arena), 50, &error));
  expect_due (tx, arena, "a:50");
  dead = get (tx, "a", arena);
  g_assert_cmpint (dead->failures, ==, 0);
  g_assert_cmpint (dead->since_ms, ==, 40);

  /* A line of dead ones alone: the next to come is due at once, and so is one that is tried again. */
  a = claim (tx, "a", 60, arena);
  TEST_STORE_OK (notification_record_bury (tx, a, 70, &error));
  put (tx, "c", SINK);
  expect_due (tx, arena, "c:10");
  TEST_STORE_OK (notification_record_delete (tx, get (tx, "c", arena), 80, &error));
  TEST_STORE_OK (notification_record_retry (tx, get (tx, "a", arena), 90, &due, &error));
  g_assert_true (due);
  expect_due (tx, arena, "a:90");
  /* One that waits for its next try is tried now. */
  claim (tx, "a", 100, arena);
  TEST_STORE_OK (notification_record_retry (tx, get (tx, "a", arena), 110, &due, &error));
  g_assert_true (due);
  expect_due (tx, arena, "a:110");
  return TRUE;
}

static gboolean
a_lease_is_renewed_by_who_has_it (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  gboolean renewed;
  put (tx, "a", SINK);
  NotificationRecord *mine = claim (tx, "a", 20, arena);
  NotificationRecord failed = *mine;
  TEST_STORE_OK (notification_record_renew (tx, mine, 200, &renewed, &error));
  g_assert_true (renewed);
  expect_due (tx, arena, "a:200");
  failed.due_ms = 150;
  TEST_STORE_OK (notification_record_put_off (tx, &failed, &error));
  TEST_STORE_OK (notification_record_renew (tx, mine, 300, &renewed, &error));
  g_assert_false (renewed);
  expect_due (tx, arena, "a:150");
  return TRUE;
}

static gboolean
what_is_due_soon_is_hastened (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  put (tx, "a", SINK);
  put (tx, "b", SINK); /* not the first of its line */
  put (tx, "x", "cloudevents:other");
  claim (tx, "a", 20, arena); /* until 120 */
  claim (tx, "x", 50, arena); /* until 150 */
  TEST_STORE_OK (notification_record_hasten (tx, 30, 121, &error));
  expect_due (tx, arena, "a:30 x:150");
  TEST_STORE_OK (notification_record_hasten (tx, 40, 121, &error));
  expect_due (tx, arena, "a:30 x:150");
  return TRUE;
}

static gboolean
the_dead_are_forgotten (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  gint64 n;
  put (tx, "a", SINK);
  put (tx, "b", SINK);
  TEST_STORE_OK (notification_record_bury (tx, claim (tx, "a", 20, arena), 30, &error));
  TEST_STORE_OK (notification_record_forget_dead (tx, 30, &n, &error));
  g_assert_cmpint (n, ==, 0);
  TEST_STORE_OK (notification_record_forget_dead (tx, 31, &n, &error));
  g_assert_cmpint (n, ==, 1);
  g_assert_null (get (tx, "a", arena));
  expect_due (tx, arena, "b:30");
  return TRUE;
}

static gboolean
lists_come_in_pages (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  NotificationRecordList list;
  NotificationQuery query = { .limit = 2 };
  put (tx, "a", SINK);
  put (tx, "b", SINK);
  put (tx, "c", SINK);
  TEST_STORE_OK (notification_record_list (tx, &query, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 2);
  query.after_ms = list.items[1]->create_ms;
  query.after_id = list.items[1]->id;
  TEST_STORE_OK (notification_record_list (tx, &query, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 1);
  g_assert_cmpstr (list.items[0]->id, ==, "c");
  TEST_STORE_OK (notification_record_bury (tx, claim (tx, "a", 20, arena), 30, &error));
  query = (NotificationQuery){ .limit = 9, .only_dead = TRUE, .deployment_id = DEP };
  TEST_STORE_OK (notification_record_list (tx, &query, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 1);
  query.deployment_id = "d-BBBBBBBB1";
  TEST_STORE_OK (notification_record_list (tx, &query, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 0);
  return TRUE;
}

static gboolean
listeners_go_with_the_deployment (StoreTx *tx, gpointer data, GError **unused)
{
  g_autoptr (Arena) arena = arena_new ();
  ListenerRecordList list;
  const ListenerRecord two[] = { { DEP, 0, "cloudevents:x", NULL, 5 }, { DEP, 1, SINK, "ops", 2 } };
  for (gsize i = 0; i < G_N_ELEMENTS (two); i++)
    TEST_STORE_OK (listener_record_insert (tx, &two[i], &error));
  TEST_STORE_OK (listener_record_list (tx, DEP, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 2);
  g_assert_null (list.items[0]->trigger_name);
  g_assert_cmpstr (list.items[1]->trigger_name, ==, "ops");
  g_assert_cmpint (list.items[1]->events, ==, 2);
  TEST_STORE_OK (listener_record_delete_all (tx, DEP, &error));
  TEST_STORE_OK (listener_record_list (tx, DEP, arena, &list, &error));
  g_assert_cmpuint (list.n, ==, 0);
  return TRUE;
}

static const struct {
  const char *path;
  StoreWork work;
} cases[] = {
  { "/notification/lines-are-kept-in-order", lines_are_kept_in_order },
  { "/notification/only-the-latest-claim-counts", only_the_latest_claim_counts },
  { "/notification/a-lease-is-renewed-by-who-has-it", a_lease_is_renewed_by_who_has_it },
  { "/notification/what-is-due-soon-is-hastened", what_is_due_soon_is_hastened },
  { "/notification/the-dead-can-be-tried-again", the_dead_can_be_tried_again },
  { "/notification/the-dead-are-forgotten", the_dead_are_forgotten },
  { "/notification/lists-come-in-pages", lists_come_in_pages },
  { "/notification/listeners-go-with-the-deployment", listeners_go_with_the_deployment },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i].work, test_store_case);
  return g_test_run ();
}
