#include "server/errand-runner.h"

#include "server/engine/simulated-fleet.h"

/* A runner over a real store and clock; what is performed is up to the test. */
typedef struct {
  Fleet *fleet;
  ErrandRunner *runner;
  GMutex lock;
  GCond changed;
  int n_performed, n_busy, most_busy;
  int hold;                    /* performers wait until it is 0 */
  int n_traffic, hold_traffic; /* of allow-traffic: so many are performed, and wait until it is 0 */
  gint64 again_ms;
  gboolean alone;
  gint64 lease_ms;
  Ambient ambient;
  gint64 later_ms; /* so far its clocks are ahead of the system's; under the lock */
} Rig;

static gint64
rig_later_ms (Rig *rig)
{
  g_mutex_lock (&rig->lock);
  gint64 later_ms = rig->later_ms;
  g_mutex_unlock (&rig->lock);
  return later_ms;
}

static gint64
rig_monotonic_us (gpointer ctx)
{
  return ambient_monotonic_us (ambient_system ()) + rig_later_ms (ctx) * 1000;
}

static gint64
rig_now_ms (gpointer ctx)
{
  return ambient_now_ms (ambient_system ()) + rig_later_ms (ctx);
}

static void
rig_random (gpointer ctx, guint8 *out, gsize n)
{
  ambient_random (ambient_system (), out, n);
}

/* Keeps a thread until it may go. */
static void
perform_traffic (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                 ErrandResult *out)
{
  Rig *rig = ctx;
  g_mutex_lock (&rig->lock);
  rig->n_traffic++;
  g_cond_broadcast (&rig->changed);
  while (rig->hold_traffic > 0)
    g_cond_wait (&rig->changed, &rig->lock);
  g_mutex_unlock (&rig->lock);
  *out = (ErrandResult){ .outcome = ERRAND_NOT_YET, .again_ms = 3600 * 1000 };
}

static void
perform (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena, ErrandResult *out)
{
  Rig *rig = ctx;
  g_mutex_lock (&rig->lock);
  rig->n_performed++;
  rig->n_busy++;
  rig->most_busy = MAX (rig->most_busy, rig->n_busy);
  g_cond_broadcast (&rig->changed);
  while (rig->hold > 0)
    g_cond_wait (&rig->changed, &rig->lock);
  rig->n_busy--;
  g_mutex_unlock (&rig->lock);
  *out = (ErrandResult){ .outcome = ERRAND_NOT_YET,
                         .again_ms = rig->again_ms,
                         .message = arena_printf (arena, "for %s, try %" G_GINT64_FORMAT,
                                                  errand->request_json, errand->tries),
                         .state_json = "{\"seen\":true}" };
}

static void
rig_open (Rig *rig, guint n_threads)
{
  rig->fleet = fleet_new (1);
  g_mutex_init (&rig->lock);
  g_cond_init (&rig->changed);
  rig->ambient = (Ambient){ rig_now_ms, rig_random, rig, rig_monotonic_us };
  const ErrandRunnerConfig config = {
    .store = rig->fleet->store,
    .ambient = &rig->ambient,
    .performers = { [ERRAND_READ_ALARMS] = { perform, rig },
                    [ERRAND_ALLOW_TRAFFIC] = { perform_traffic, rig } },
    .n_threads = n_threads,
    .alone = rig->alone,
    .lease_ms = rig->lease_ms,
  };
  rig->runner = errand_runner_new (&config);
}

static void
rig_close (Rig *rig)
{
  errand_runner_stop (rig->runner);
  errand_runner_free (rig->runner);
  fleet_free (rig->fleet);
  g_mutex_clear (&rig->lock);
  g_cond_clear (&rig->changed);
}

static void
wait_performed (Rig *rig, int n)
{
  g_mutex_lock (&rig->lock);
  while (rig->n_performed < n)
    g_cond_wait (&rig->changed, &rig->lock);
  g_mutex_unlock (&rig->lock);
}

static void
let_go (Rig *rig)
{
  g_mutex_lock (&rig->lock);
  rig->hold = rig->hold_traffic = 0;
  g_cond_broadcast (&rig->changed);
  g_mutex_unlock (&rig->lock);
}

typedef struct {
  Fleet *fleet;
  ErrandKind kind;
  gint64 ordinal;
  gint64 lease_ms;
  ErrandRecord *found;
} Row;

static void
put_body (StoreTx *tx, gpointer data)
{
  const Row *row = data;
  g_autoptr (GError) error = NULL;
  const ErrandRecord errand = { .owner_id = "d-AAAAAAAA1",
                                .ordinal = row->ordinal,
                                .kind = row->kind,
                                .request_json = "high-errors",
                                .create_ms = 1,
                                .due_ms = 1 };
  FLEET_CHECK (errand_record_put (tx, &errand, &error), error);
}

static void
get_body (StoreTx *tx, gpointer data)
{
  Row *row = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (errand_record_get (tx, "d-AAAAAAAA1", row->ordinal, row->kind, row->fleet->arena,
                                  &row->found, &error),
               error);
}

static void
put_kind (Rig *rig, ErrandKind kind, gint64 ordinal)
{
  Row row = { .fleet = rig->fleet, .kind = kind, .ordinal = ordinal };
  fleet_in_tx (rig->fleet, STORE_WRITE, put_body, &row);
  errand_runner_wake (rig->runner, 1);
}

static void
put (Rig *rig, gint64 ordinal)
{
  put_kind (rig, ERRAND_READ_ALARMS, ordinal);
}

static const ErrandRecord *
get (Rig *rig, gint64 ordinal)
{
  Row row = { .fleet = rig->fleet, .kind = ERRAND_READ_ALARMS, .ordinal = ordinal };
  fleet_in_tx (rig->fleet, STORE_READ, get_body, &row);
  g_assert_nonnull (row.found);
  return row.found;
}

static void
what_is_not_done_is_performed_again (void)
{
  Rig rig = { .again_ms = 1 };
  rig_open (&rig, 2);
  put (&rig, 0);
  errand_runner_start (rig.runner, rig.fleet->engine);
  wait_performed (&rig, 3);
  errand_runner_stop (rig.runner);
  const ErrandRecord *row = get (&rig, 0);
  g_assert_cmpint (row->tries, >=, 3);
  g_assert_true (g_str_has_prefix (row->waits_for, "for high-errors, try "));
  g_assert_cmpstr (row->state_json, ==, "{\"seen\":true}");
  rig_close (&rig);
}

static void
no_more_are_claimed_than_there_are_threads (void)
{
  Rig rig = { .again_ms = 3600 * 1000, .hold = 1 };
  rig_open (&rig, 2);
  for (int i = 0; i < 5; i++)
    put (&rig, i);
  errand_runner_start (rig.runner, rig.fleet->engine);
  wait_performed (&rig, 2);
  int claimed = 0;
  for (int i = 0; i < 5; i++)
    claimed += get (&rig, i)->tries > 0;
  g_assert_cmpint (claimed, ==, 2);
  let_go (&rig);
  wait_performed (&rig, 5);
  errand_runner_stop (rig.runner);
  g_assert_cmpint (rig.most_busy, <=, 2);
  g_assert_cmpint (rig.n_performed, ==, 5);
  rig_close (&rig);
}

static void
stopping_settles_what_is_being_performed (void)
{
  Rig rig = { .again_ms = 3600 * 1000, .hold = 1 };
  rig_open (&rig, 1);
  put (&rig, 0);
  errand_runner_start (rig.runner, rig.fleet->engine);
  wait_performed (&rig, 1);
  g_assert_null (get (&rig, 0)->waits_for);
  let_go (&rig);
  errand_runner_stop (rig.runner);
  g_assert_cmpstr (get (&rig, 0)->waits_for, ==, "for high-errors, try 1");
  rig_close (&rig);
}

static void
claim_and_die (StoreTx *tx, gpointer data)
{
  const Row *row = data;
  g_autoptr (GError) error = NULL;
  ErrandRecordList claimed;
  gint64 next_ms;
  const ErrandClaim wanted = { ERRAND_ALL_KINDS, 1, 1, row->lease_ms };
  FLEET_CHECK (engine_errands_claim (row->fleet->engine, tx, &wanted, row->fleet->arena, &claimed,
                                     &next_ms, &error),
               error);
  g_assert_cmpuint (claimed.n, ==, 1);
  g_assert_cmpint (next_ms, ==, -1);
}

static void
one_claimed_by_who_died_is_taken_over (void)
{
  Rig rig = { .again_ms = 3600 * 1000 };
  rig_open (&rig, 1);
  put (&rig, 0);
  Row row = { .fleet = rig.fleet, .kind = ERRAND_READ_ALARMS, .lease_ms = 1 };
  fleet_in_tx (rig.fleet, STORE_WRITE, claim_and_die, &row);
  errand_runner_start (rig.runner, rig.fleet->engine);
  wait_performed (&rig, 1);
  errand_runner_stop (rig.runner);
  g_assert_cmpint (get (&rig, 0)->tries, ==, 2);
  rig_close (&rig);
}

/* The lease is not over for a hundred years. */
static void
one_who_is_alone_does_not_wait_for_who_died (void)
{
  Rig rig = { .again_ms = 3600 * 1000, .alone = TRUE };
  rig_open (&rig, 1);
  put (&rig, 0);
  Row row = { .fleet = rig.fleet,
              .kind = ERRAND_READ_ALARMS,
              .lease_ms = ambient_now_ms (ambient_system ()) +
                          100 * G_GINT64_CONSTANT (365) * 86400 * 1000 };
  fleet_in_tx (rig.fleet, STORE_WRITE, claim_and_die, &row);
  errand_runner_start (rig.runner, rig.fleet->engine);
  wait_performed (&rig, 1);
  errand_runner_stop (rig.runner);
  g_assert_cmpint (get (&rig, 0)->tries, ==, 2);
  rig_close (&rig);
}

/* All threads that load balancers can have are taken. */
static void
alarms_do_not_wait_for_balancers (void)
{
  Rig rig = { .again_ms = 3600 * 1000, .hold_traffic = 1 };
  rig_open (&rig, 2);
  for (int i = 0; i < 5; i++)
    put_kind (&rig, ERRAND_ALLOW_TRAFFIC, i);
  errand_runner_start (rig.runner, rig.fleet->engine);
  g_mutex_lock (&rig.lock);
  while (rig.n_traffic < 2)
    g_cond_wait (&rig.changed, &rig.lock);
  g_mutex_unlock (&rig.lock);
  put (&rig, 0);
  wait_performed (&rig, 1);
  let_go (&rig);
  errand_runner_stop (rig.runner);
  rig_close (&rig);
}

static void
move_clocks (Rig *rig, gint64 ms)
{
  g_mutex_lock (&rig->lock);
  rig->later_ms += ms;
  g_mutex_unlock (&rig->lock);
  errand_runner_wake (rig->runner, 1);
}

/* The harness's own time-out is the end of patience. */
static void
wait_for_lease (Rig *rig, gint64 from_ms)
{
  while (get (rig, 0)->due_ms < from_ms)
    g_thread_yield ();
}

static void
a_long_errand_keeps_its_lease (void)
{
  Rig rig = { .again_ms = 3600 * 1000, .hold = 1, .lease_ms = 60 * 1000 };
  rig_open (&rig, 2);
  put (&rig, 0);
  errand_runner_start (rig.runner, rig.fleet->engine);
  wait_performed (&rig, 1);
  gint64 first_ms = get (&rig, 0)->due_ms;
  move_clocks (&rig, 20 * 1000);
  wait_for_lease (&rig, first_ms + 20 * 1000);
  g_assert_cmpint (get (&rig, 0)->tries, ==, 1);
  let_go (&rig);
  errand_runner_stop (rig.runner);
  g_assert_cmpstr (get (&rig, 0)->waits_for, ==, "for high-errors, try 1");
  rig_close (&rig);
}

/* Both look at all that is due; what one has, though for long, the other leaves. */
static void
two_servers_divide_errands (void)
{
  Rig rig = { .again_ms = 3600 * 1000, .hold = 1, .lease_ms = 60 * 1000 };
  rig_open (&rig, 1);
  const ErrandRunnerConfig config = {
    .store = rig.fleet->store,
    .ambient = &rig.ambient,
    .performers = { [ERRAND_READ_ALARMS] = { perform, &rig } },
    .n_threads = 2,
    .lease_ms = rig.lease_ms,
  };
  g_autoptr (ErrandRunner) other = errand_runner_new (&config);
  put (&rig, 0);
  errand_runner_start (rig.runner, rig.fleet->engine);
  wait_performed (&rig, 1);
  gint64 first_ms = get (&rig, 0)->due_ms;
  move_clocks (&rig, 25 * 1000);
  wait_for_lease (&rig, first_ms + 25 * 1000);
  errand_runner_start (other, rig.fleet->engine);
  put (&rig, 1); /* for which the first has no thread */
  errand_runner_wake (other, 1);
  wait_performed (&rig, 2);
  g_assert_cmpint (get (&rig, 0)->tries, ==, 1);
  g_assert_cmpint (get (&rig, 1)->tries, ==, 1);
  let_go (&rig);
  errand_runner_stop (other);
  errand_runner_stop (rig.runner);
  g_assert_cmpint (rig.n_performed, ==, 2);
  rig_close (&rig);
}

/* Its time is long over: another thread, here or elsewhere, has it. */
static void
one_that_hangs_loses_its_lease (void)
{
  Rig rig = { .again_ms = 3600 * 1000, .hold = 1, .lease_ms = 60 * 1000 };
  rig_open (&rig, 2);
  put (&rig, 0);
  errand_runner_start (rig.runner, rig.fleet->engine);
  wait_performed (&rig, 1);
  move_clocks (&rig, 3600 * 1000);
  wait_performed (&rig, 2);
  let_go (&rig);
  errand_runner_stop (rig.runner);
  g_assert_cmpstr (get (&rig, 0)->waits_for, ==, "for high-errors, try 2");
  rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/errand-runner/what-is-not-done-is-performed-again",
                   what_is_not_done_is_performed_again);
  g_test_add_func ("/errand-runner/no-more-are-claimed-than-there-are-threads",
                   no_more_are_claimed_than_there_are_threads);
  g_test_add_func ("/errand-runner/stopping-settles-what-is-being-performed",
                   stopping_settles_what_is_being_performed);
  g_test_add_func ("/errand-runner/one-claimed-by-who-died-is-taken-over",
                   one_claimed_by_who_died_is_taken_over);
  g_test_add_func ("/errand-runner/one-who-is-alone-does-not-wait-for-who-died",
                   one_who_is_alone_does_not_wait_for_who_died);
  g_test_add_func ("/errand-runner/alarms-do-not-wait-for-balancers",
                   alarms_do_not_wait_for_balancers);
  g_test_add_func ("/errand-runner/a-long-errand-keeps-its-lease", a_long_errand_keeps_its_lease);
  g_test_add_func ("/errand-runner/two-servers-divide-errands", two_servers_divide_errands);
  g_test_add_func ("/errand-runner/one-that-hangs-loses-its-lease", one_that_hangs_loses_its_lease);
  return g_test_run ();
}
