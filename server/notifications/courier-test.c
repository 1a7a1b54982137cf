#include "server/notifications/courier.h"

#include "store/test-database.h"

#include <string.h>

/* The courier's own threads, on a real clock that only its time-outs are never waited for: a receiver of the test says what becomes of
 * each delivery, and the test waits for what it is told. */

typedef struct {
  Store *store;
  Courier *courier;
  Metrics *metrics;
  GMutex lock;
  GCond changed;
  GPtrArray *delivered; /* "SINK ID" of each try, in order */
  int failures;         /* so many tries fail first */
  int hold;             /* deliveries wait until it is 0 */
  Ambient ambient;
  gint64 later_ms; /* so far its clocks are ahead of the system's; under the lock */
  gboolean fails_always;
  CourierConfig config;
} Fixture;

typedef struct {
  const char *id, *sink;
  NotificationRecord *found;
  Arena *arena;
} Work;

static gboolean
put_work (StoreTx *tx, gpointer data, GError **error)
{
  const Work *work = data;
  const NotificationRecord record = { .id = work->id,
                                      .deployment_id = "d-AAAAAAAA1",
                                      .sink = work->sink,
                                      .event = "DeploymentStart",
                                      .fact_json = "{}",
                                      .create_ms = ambient_now_ms (ambient_system ()) };
  return notification_record_put (tx, &record, error);
}

static void
put (Fixture *f, const char *id, const char *sink)
{
  g_autoptr (GError) error = NULL;
  Work work = { .id = id, .sink = sink };
  g_assert_true (store_run (f->store, STORE_WRITE, put_work, &work, &error));
  courier_wake (f->courier, 0);
}

static gboolean
get_work (StoreTx *tx, gpointer data, GError **error)
{
  Work *work = data;
  return notification_record_get (tx, work->id, work->arena, &work->found, error);
}

static gint64
later_ms (Fixture *f)
{
  g_mutex_lock (&f->lock);
  gint64 ms = f->later_ms;
  g_mutex_unlock (&f->lock);
  return ms;
}

static gint64
monotonic_us (gpointer ctx)
{
  return ambient_monotonic_us (ambient_system ()) + later_ms (ctx) * 1000;
}

static gint64
now_ms (gpointer ctx)
{
  return ambient_now_ms (ambient_system ()) + later_ms (ctx);
}

static void
random_bytes (gpointer ctx, guint8 *out, gsize n)
{
  ambient_random (ambient_system (), out, n);
}

static gboolean
deliver (gpointer ctx, const NotificationRecord *record, GError **error)
{
  Fixture *f = ctx;
  g_mutex_lock (&f->lock);
  gboolean fails = f->fails_always || f->failures > 0;
  f->failures -= f->failures > 0;
  g_ptr_array_add (f->delivered, g_strdup_printf ("%s %s", record->sink, record->id));
  g_cond_broadcast (&f->changed);
  while (f->hold > 0)
    g_cond_wait (&f->changed, &f->lock);
  g_mutex_unlock (&f->lock);
  if (fails)
    g_set_error_literal (error, STORE_ERROR, STORE_ERROR_IO, "nobody answers");
  return !fails;
}

/* Until so many tries were made; the harness's own time-out is the end of patience. */
static void
wait_for_tries (Fixture *f, guint n)
{
  g_mutex_lock (&f->lock);
  while (f->delivered->len < n)
    g_cond_wait (&f->changed, &f->lock);
  g_mutex_unlock (&f->lock);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = test_database_new (NULL);
  f->store = store_open (url, &error);
  g_assert_no_error (error);
  f->metrics = metrics_new ();
  g_mutex_init (&f->lock);
  g_cond_init (&f->changed);
  f->delivered = g_ptr_array_new_with_free_func (g_free);
  f->ambient = (Ambient){ now_ms, random_bytes, f, monotonic_us };
  f->config = (CourierConfig){ .store = f->store,
                               .ambient = &f->ambient,
                               .metrics = f->metrics,
                               .deliver = deliver,
                               .ctx = f,
                               .n_threads = 2,
                               .give_up_ms = 3600 * 1000,
                               .give_up_tries = 100 };
}

static void
start (Fixture *f)
{
  f->courier = courier_new (&f->config);
  courier_start (f->courier);
}

static void
stop (Fixture *f)
{
  courier_stop (f->courier);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  store_close (f->store);
  courier_free (f->courier);
  metrics_free (f->metrics);
  g_ptr_array_unref (f->delivered);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->changed);
}

static NotificationRecord *
look (Fixture *f, const char *id, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  Work work = { .id = id, .arena = arena };
  g_assert_true (store_run (f->store, STORE_READ, get_work, &work, &error));
  return work.found;
}

static void
test_a_line_is_delivered_in_order (Fixture *f, gconstpointer data)
{
  g_autoptr (Arena) arena = arena_new ();
  start (f);
  for (int i = 0; i < 250; i++) { /* more than one turn */
    g_autofree char *id = g_strdup_printf ("%03d", i);
    put (f, id, "topic");
  }
  wait_for_tries (f, 250);
  stop (f);
  for (int i = 0; i < 250; i++) {
    g_autofree char *line = g_strdup_printf ("topic %03d", i);
    g_assert_cmpstr (g_ptr_array_index (f->delivered, i), ==, line);
  }
  g_assert_null (look (f, "249", arena));
  g_assert_cmpint (metrics_get (f->metrics, METRIC_NOTIFICATIONS_DELIVERED), ==, 250);
}

static void
test_a_failure_holds_its_line_only (Fixture *f, gconstpointer data)
{
  g_autoptr (Arena) arena = arena_new ();
  f->failures = 1;
  start (f);
  put (f, "a", "topic");
  wait_for_tries (f, 1);
  put (f, "b", "topic");
  put (f, "x", "other");
  wait_for_tries (f, 4);
  stop (f);
  g_assert_cmpstr (g_ptr_array_index (f->delivered, 0), ==, "topic a");
  g_assert_cmpstr (g_ptr_array_index (f->delivered, 1), ==, "other x");
  g_assert_cmpstr (g_ptr_array_index (f->delivered, 2), ==, "topic a"); /* about a second later */
  g_assert_cmpstr (g_ptr_array_index (f->delivered, 3), ==, "topic b");
  g_assert_cmpint (metrics_get (f->metrics, METRIC_NOTIFICATIONS_FAILED), ==, 1);
  g_assert_null (look (f, "a", arena));
}

static void
test_what_fails_too_often_is_given_up (Fixture *f, gconstpointer data)
{
  g_autoptr (Arena) arena = arena_new ();
  f->fails_always = TRUE;
  f->config.give_up_tries = 1;
  start (f);
  put (f, "a", "topic");
  put (f, "b", "topic");
  wait_for_tries (f, 2);
  stop (f);
  const NotificationRecord *a = look (f, "a", arena);
  g_assert_cmpint (a->dead_ms, !=, 0);
  g_assert_cmpint (a->failures, ==, 1);
  g_assert_cmpstr (a->failure, ==, "nobody answers");
  g_assert_cmpint (look (f, "b", arena)->dead_ms, !=, 0);
  g_assert_cmpint (metrics_get (f->metrics, METRIC_NOTIFICATIONS_DEAD), ==, 2);
}

static void
test_what_is_too_old_is_given_up (Fixture *f, gconstpointer data)
{
  g_autoptr (Arena) arena = arena_new ();
  f->fails_always = TRUE;
  f->config.give_up_ms = 0;
  start (f);
  put (f, "a", "topic");
  wait_for_tries (f, 1);
  stop (f);
  g_assert_cmpint (look (f, "a", arena)->dead_ms, !=, 0);
}

static void
let_go (Fixture *f)
{
  g_mutex_lock (&f->lock);
  f->hold = 0;
  g_cond_broadcast (&f->changed);
  g_mutex_unlock (&f->lock);
}

static void
move_clocks (Fixture *f, gint64 ms)
{
  g_mutex_lock (&f->lock);
  f->later_ms += ms;
  g_mutex_unlock (&f->lock);
  courier_wake (f->courier, 0);
}

static void
test_a_long_delivery_keeps_its_lease (Fixture *f, gconstpointer data)
{
  g_autoptr (Arena) arena = arena_new ();
  f->config.lease_ms = 60 * 1000;
  f->hold = 1;
  start (f);
  put (f, "a", "topic");
  wait_for_tries (f, 1);
  gint64 first_ms = look (f, "a", arena)->due_ms;
  move_clocks (f, 20 * 1000);
  while (look (f, "a", arena)->due_ms < first_ms + 20 * 1000)
    g_thread_yield ();
  let_go (f);
  stop (f);
  g_assert_cmpuint (f->delivered->len, ==, 1);
  g_assert_null (look (f, "a", arena));
}

static void
test_a_delivery_that_hangs_loses_its_lease (Fixture *f, gconstpointer data)
{
  f->hold = 1;
  start (f);
  put (f, "a", "topic");
  wait_for_tries (f, 1);
  move_clocks (f, 3600 * 1000);
  wait_for_tries (f, 2);
  let_go (f);
  stop (f);
}

static gboolean
claim_for_ever (StoreTx *tx, gpointer data, GError **error)
{
  Work *work = data;
  gboolean claimed;
  gint64 ms = ambient_now_ms (ambient_system ());
  return get_work (tx, work, error) &&
         notification_record_claim (tx, work->found, ms, ms + 60 * 1000, &claimed, error);
}

/* The one before was killed while it delivered. */
static void
test_one_who_is_alone_waits_for_no_lease (Fixture *f, gconstpointer data)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  Work work = { .id = "a", .sink = "topic", .arena = arena };
  g_assert_true (store_run (f->store, STORE_WRITE, put_work, &work, &error));
  g_assert_true (store_run (f->store, STORE_WRITE, claim_for_ever, &work, &error));
  f->config.alone = TRUE;
  f->config.lease_ms = 60 * 1000;
  start (f);
  wait_for_tries (f, 1);
  stop (f);
  g_assert_null (look (f, "a", arena));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, fn) g_test_add ("/courier/" path, Fixture, NULL, set_up, fn, tear_down)
  CASE ("in-order", test_a_line_is_delivered_in_order);
  CASE ("a-failure-holds-its-line-only", test_a_failure_holds_its_line_only);
  CASE ("fails-too-often", test_what_fails_too_often_is_given_up);
  CASE ("too-old", test_what_is_too_old_is_given_up);
  CASE ("a-long-delivery-keeps-its-lease", test_a_long_delivery_keeps_its_lease);
  CASE ("one-that-hangs-loses-its-lease", test_a_delivery_that_hangs_loses_its_lease);
  CASE ("one-who-is-alone-waits-for-no-lease", test_one_who_is_alone_waits_for_no_lease);
  return g_test_run ();
}
