#include "store/postgres/driver.h"

#include <stdlib.h>

#include "store/postgres/relay-for-tests.h"

/* What only PostgreSQL has: several servers on one database, a connection that may go, types. Without a server to run on (see
 * store/test-database.h) there is nothing to test here. */

typedef struct {
  char *url;     /* straight to the server */
  char *through; /* through the relay */
  Relay *relay;
  Store *store; /* through the relay */
} Fixture;

static Store *
open_ok (const char *url)
{
  g_autoptr (GError) error = NULL;
  Store *store = store_open (url, &error);
  g_assert_no_error (error);
  return store;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->url = test_database_new_blank (NULL);
  f->relay = relay_new (f->url);
  f->through = relay_url (f->relay, f->url);
  f->store = open_ok (f->through);
  test_database_run_apart (f->url, "CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT,"
                                   " name TEXT COLLATE \"C\");"
                                   "INSERT INTO counter VALUES (1, 0, 'one')");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  store_close (f->store);
  relay_free (f->relay);
  g_free (f->through);
  g_free (f->url);
}

static void
run_ok (Store *store, StoreMode mode, StoreWork work, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = store_run (store, mode, work, data, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

/* --- works --- */

typedef struct {
  int attempts, effects;
} Count;

static void
note_effect (gpointer data)
{
  ((Count *)data)->effects++;
}

static gboolean
increment (StoreTx *tx, gpointer data, GError **error)
{
  Count *count = data;
  count->attempts++;
  store_tx_on_commit (tx, note_effect, count, NULL);
  return store_exec (tx, "UPDATE counter SET n = n + 1 WHERE id = 1", STORE_NO_ARGS, NULL, error);
}

static gboolean
read_counter (StoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (StoreRows) rows =
      store_query (tx, "SELECT n FROM counter WHERE id = 1", STORE_NO_ARGS, error);
  if (rows == NULL || !store_rows_next (rows, error))
    return FALSE;
  *(gint64 *)data = store_rows_int (rows, 0);
  return TRUE;
}

static gint64
counter (Store *store)
{
  gint64 n = -1;
  run_ok (store, STORE_READ, read_counter, &n);
  return n;
}

/* Straight from the database. */
static gint64
counter_apart (Fixture *f)
{
  g_autoptr (Store) other = open_ok (f->url);
  return counter (other);
}

/* --- what another server has committed --- */

/* A work that says that it has begun, and ends when it may. */
typedef struct {
  GMutex lock;
  GCond changed;
  gboolean begun, may_end;
} Gate;

static void
gate_init (Gate *gate)
{
  *gate = (Gate){ .begun = FALSE };
  g_mutex_init (&gate->lock);
  g_cond_init (&gate->changed);
}

static void
gate_clear (Gate *gate)
{
  g_cond_clear (&gate->changed);
  g_mutex_clear (&gate->lock);
}

static gboolean
stay (StoreTx *tx, gpointer data, GError **error)
{
  Gate *gate = data;
  gint64 n;
  if (!read_counter (tx, &n, error)) /* from here on the transaction sees what was there now */
    return FALSE;
  g_mutex_lock (&gate->lock);
  gate->begun = TRUE;
  g_cond_signal (&gate->changed);
  while (!gate->may_end)
    g_cond_wait (&gate->changed, &gate->lock);
  g_mutex_unlock (&gate->lock);
  return TRUE;
}

static void
gate_await (Gate *gate)
{
  g_mutex_lock (&gate->lock);
  while (!gate->begun)
    g_cond_wait (&gate->changed, &gate->lock);
  g_mutex_unlock (&gate->lock);
}

static void
gate_open (Gate *gate)
{
  g_mutex_lock (&gate->lock);
  gate->may_end = TRUE;
  g_cond_signal (&gate->changed);
  g_mutex_unlock (&gate->lock);
}

/* A host hears of a command from one server, and tells another, which is at work already, that it has it. */
static void
what_was_committed_before_a_work_was_submitted_is_seen (Fixture *f, gconstpointer data)
{
  Gate first, batch;
  gint64 seen = -1, other = -1;
  g_autoptr (Store) one = open_ok (f->url), two = open_ok (f->url);
  Count count = { 0 };
  gate_init (&first);
  gate_init (&batch);
  store_submit (one, STORE_WRITE, stay, NULL, &first);
  gate_await (&first);
  store_submit (one, STORE_WRITE, stay, NULL, &batch); /* these two share a transaction */
  store_submit (one, STORE_WRITE, read_counter, NULL, &other);
  gate_open (&first);
  gate_await (&batch);
  run_ok (two, STORE_WRITE, increment, &count);
  store_submit (one, STORE_WRITE, read_counter, NULL, &seen);
  gate_open (&batch);
  store_close (g_steal_pointer (&one)); /* when all is done */
  g_assert_cmpint (other, ==, 0);
  g_assert_cmpint (seen, ==, 1);
  gate_clear (&first);
  gate_clear (&batch);
}

/* --- a connection that goes --- */

static void
cut_before_the_commit_is_run_again (Fixture *f, gconstpointer data)
{
  Count count = { 0 };
  relay_set (f->relay, RELAY_CUT_BEFORE_COMMIT, RELAY_PASS);
  run_ok (f->store, STORE_WRITE, increment, &count);
  g_assert_cmpint (count.attempts, ==, 2);
  g_assert_cmpint (count.effects, ==, 1);
  g_assert_cmpint (counter (f->store), ==, 1);
}

static void
cut_after_the_commit_is_found_to_be_kept (Fixture *f, gconstpointer data)
{
  Count count = { 0 };
  StoreStats stats;
  relay_set (f->relay, RELAY_CUT_AFTER_COMMIT, RELAY_PASS);
  run_ok (f->store, STORE_WRITE, increment, &count);
  g_assert_cmpint (count.attempts, ==, 1);
  g_assert_cmpint (count.effects, ==, 1);
  g_assert_cmpint (counter (f->store), ==, 1);
  store_get_stats (f->store, &stats);
  g_assert_cmpuint (stats.uncertain, ==, 0);
}

static void
commit_that_nobody_can_tell_of_is_uncertain (Fixture *f, gconstpointer data)
{
  Count count = { 0 };
  StoreStats stats;
  g_autoptr (GError) error = NULL;
  relay_set (f->relay, RELAY_CUT_AFTER_COMMIT, RELAY_REFUSE);
  g_assert_false (store_run (f->store, STORE_WRITE, increment, &count, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "not known"));
  g_assert_cmpint (count.effects, ==, 0);
  g_assert_cmpint (counter_apart (f), ==, 1);
  store_get_stats (f->store, &stats);
  g_assert_cmpuint (stats.uncertain, ==, 1);
}

static void
server_that_is_away_is_said_at_once_and_comes_back (Fixture *f, gconstpointer data)
{
  Count count = { 0 };
  relay_set (f->relay, RELAY_REFUSE, RELAY_PASS);
  for (int i = 0; i < 100; i++) { /* the first waits for a while, the others do not */
    g_autoptr (GError) error = NULL;
    g_assert_false (store_run (f->store, STORE_WRITE, increment, &count, &error));
    g_assert_error (error, STORE_ERROR, STORE_ERROR_IO);
    g_assert_true (store_error_may_pass (error));
    g_assert_nonnull (strstr (error->message, "away"));
  }
  g_assert_cmpint (count.effects, ==, 0);
  relay_set (f->relay, RELAY_PASS, RELAY_PASS);
  g_autoptr (GError) error = NULL;
  while (!store_run (f->store, STORE_WRITE, increment, &count, &error)) /* a pause is left */
    g_clear_error (&error);
  g_assert_cmpint (counter (f->store), ==, 1);
}

static void
sessions_that_were_ended_are_made_anew (Fixture *f, gconstpointer data)
{
  Count count = { 0 };
  for (gint64 i = 1; i <= 3; i++) {
    test_database_run_apart (f->url, "SELECT pg_terminate_backend (pid) FROM pg_stat_activity"
                                     " WHERE application_name = 'slipwayd'"
                                     " AND datname = current_database ()");
    run_ok (f->store, STORE_WRITE, increment, &count);
    g_assert_cmpint (counter (f->store), ==, i);
  }
}

/* Its own session ends in the middle, each time: tried a few times, then given up. */
static gboolean
end_own_session (StoreTx *tx, gpointer data, GError **error)
{
  Count *count = data;
  count->attempts++;
  return store_exec (tx, "SELECT pg_terminate_backend (pg_backend_pid ())", STORE_NO_ARGS, NULL,
                     error);
}

static void
work_that_always_loses_its_connection_fails (Fixture *f, gconstpointer data)
{
  Count bad = { 0 }, good = { 0 };
  g_autoptr (GError) error = NULL;
  g_assert_false (store_run (f->store, STORE_WRITE, end_own_session, &bad, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_IO);
  g_assert_cmpint (bad.attempts, ==, 3);
  g_clear_error (&error);
  g_assert_false (store_run (f->store, STORE_READ, end_own_session, &bad, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_IO);
  run_ok (f->store, STORE_WRITE, increment, &good);
  g_assert_cmpint (counter (f->store), ==, 1);
}

/* --- several servers --- */

#define HAMMERED 150

static gpointer
hammer (gpointer data)
{
  for (int i = 0; i < HAMMERED; i++) {
    Count count = { 0 };
    run_ok (data, STORE_WRITE, increment, &count);
    g_assert_cmpint (count.effects, ==, 1);
  }
  return NULL;
}

static void
two_servers_lose_no_update (Fixture *f, gconstpointer data)
{
  g_autoptr (Store) other = open_ok (f->url);
  GThread *threads[4];
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("hammer", hammer, i % 2 == 0 ? f->store : other);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (counter (f->store), ==, G_N_ELEMENTS (threads) * HAMMERED);
}

/* Both see that there is none, and both would add one: only in SERIALIZABLE is one of them run again. */
typedef struct {
  GMutex lock;
  GCond cond;
  int arrived;
} Meeting;

typedef struct {
  Meeting *meeting;
  gint64 id;
  int attempts;
  gboolean added;
} AddIfNone;

static gboolean
add_if_none (StoreTx *tx, gpointer data, GError **error)
{
  AddIfNone *add = data;
  g_autoptr (StoreRows) rows =
      store_query (tx, "SELECT COUNT (*) FROM counter WHERE id > 100", STORE_NO_ARGS, error);
  if (rows == NULL || !store_rows_next (rows, error))
    return FALSE;
  gint64 present = store_rows_int (rows, 0);
  if (add->attempts++ == 0) {
    Meeting *meeting = add->meeting;
    g_mutex_lock (&meeting->lock);
    meeting->arrived++;
    g_cond_broadcast (&meeting->cond);
    while (meeting->arrived < 2)
      g_cond_wait (&meeting->cond, &meeting->lock);
    g_mutex_unlock (&meeting->lock);
  }
  add->added = present == 0;
  return !add->added || store_exec (tx, "INSERT INTO counter (id) VALUES ($1)",
                                    STORE_ARGS (store_int (add->id)), NULL, error);
}

static void
two_servers_do_not_both_act_on_what_they_saw (Fixture *f, gconstpointer data)
{
  g_autoptr (Store) other = open_ok (f->url);
  Meeting meeting = { 0 };
  AddIfNone first = { &meeting, 101, 0, FALSE }, second = { &meeting, 102, 0, FALSE };
  store_submit (other, STORE_WRITE, add_if_none, NULL, &second);
  run_ok (f->store, STORE_WRITE, add_if_none, &first);
  store_close (g_steal_pointer (&other));
  g_assert_cmpint (first.added + second.added, ==, 1);
  g_assert_cmpint (first.attempts + second.attempts, >=, 3);
}

static gpointer
open_and_close (gpointer url)
{
  store_close (open_ok (url));
  return NULL;
}

static void
servers_that_start_together_make_one_schema (Fixture *f, gconstpointer data)
{
  store_close (g_steal_pointer (&f->store));
  for (int round = 0; round < 3; round++) {
    g_autofree char *url = test_database_new_blank (NULL);
    GThread *threads[4];
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
      threads[i] = g_thread_new ("open", open_and_close, url);
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
      g_thread_join (threads[i]);
  }
}

typedef struct {
  Count count;
  GError *error;
} Ended;

static void
keep_error (gpointer data, const GError *error)
{
  ((Ended *)data)->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
other_session_that_holds_everything_is_busy (Fixture *f, gconstpointer data)
{
  g_autofree char *url = g_strconcat (f->url, "&options=-c%20lock_timeout%3D50", NULL);
  g_autoptr (Store) store = open_ok (url);
  PGconn *holder = test_database_connect (f->url);
  test_database_run (holder, "BEGIN; LOCK TABLE schema_migration IN EXCLUSIVE MODE");
  Ended works[5] = { 0 };
  for (guint i = 0; i < G_N_ELEMENTS (works); i++)
    store_submit (store, STORE_WRITE, increment, keep_error, &works[i]);
  Count count = { 0 };
  g_autoptr (GError) error = NULL;
  g_assert_false (store_run (store, STORE_WRITE, increment, &count, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_BUSY);
  for (guint i = 0; i < G_N_ELEMENTS (works); i++) {
    g_assert_error (works[i].error, STORE_ERROR, STORE_ERROR_BUSY);
    g_clear_error (&works[i].error);
  }
  g_assert_cmpint (counter (store), ==, 0); /* readers do not mind */
  PQfinish (holder);
  run_ok (store, STORE_WRITE, increment, &count);
  g_assert_cmpint (counter (store), ==, 1);
}

/* --- values --- */

static gboolean
write_text (StoreTx *tx, gpointer data, GError **error)
{
  return store_exec (tx, "UPDATE counter SET name = $1", data, 1, NULL, error);
}

static void
text_that_postgresql_cannot_store_is_an_error (Fixture *f, gconstpointer data)
{
  StoreValue nul = store_text ("abc"), broken = store_text ("\xff");
  nul.bytes = "a\0c";
  g_autoptr (GError) error = NULL;
  g_assert_false (store_run (f->store, STORE_WRITE, write_text, &nul, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_SQL);
  g_assert_nonnull (strstr (error->message, "NUL"));
  g_clear_error (&error);
  g_assert_false (store_run (f->store, STORE_WRITE, write_text, &broken, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_SQL);
}

/* A parameter that is NULL at first takes the type of its first value, whatever the server would guess. */
static gboolean
retype (StoreTx *tx, gpointer data, GError **error)
{
  static const char sql[] = "SELECT id FROM counter WHERE $1 = 0 OR id = $1";
  const StoreValue values[] = { store_null (), store_int (G_GINT64_CONSTANT (5000000000)),
                                store_null (), store_int (1) };
  int found = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autoptr (StoreRows) rows = store_query (tx, sql, STORE_ARGS (values[i]), error);
    if (rows == NULL)
      return FALSE;
    found += store_rows_next (rows, error);
  }
  g_assert_cmpint (found, ==, 1);
  return TRUE;
}

static void
parameter_that_was_null_takes_any_type (Fixture *f, gconstpointer data)
{
  run_ok (f->store, STORE_READ, retype, NULL);
}

static gboolean
read_number (StoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (StoreRows) rows = store_query (tx, data, STORE_NO_ARGS, error);
  if (rows == NULL)
    return FALSE;
  g_autoptr (GError) cause = NULL;
  if (store_rows_next (rows, &cause)) {
    g_assert_cmpint (store_rows_int (rows, 0), ==, store_rows_int (rows, 1));
    g_assert_false (store_rows_is_null (rows, 0));
    return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static void
numbers_of_all_kinds_are_numbers (Fixture *f, gconstpointer data)
{
  static const char *const good[] = {
    "SELECT SUM (n) + 7, 7 FROM counter",
    "SELECT SUM (n) - 123456789012, -123456789012 FROM counter",
    "SELECT COUNT (*), 1 FROM counter",
    "SELECT EXISTS (SELECT 1 FROM counter), 1",
    "SELECT id = 2, 0 FROM counter",
    "SELECT LENGTH (name), 3 FROM counter",
    "SELECT -2147483648, SUM (n) - 2147483648 FROM counter",
    "SELECT CASE WHEN n = 0 THEN 1 ELSE 2 END, id FROM counter",
  };
  static const char *const bad[] = {
    "SELECT SUM (n) + 9223372036854775807 + 1, 0 FROM counter",
    "SELECT AVG (n) + 0.5, 0 FROM counter",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    run_ok (f->store, STORE_READ, read_number, (gpointer)good[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (store_run (f->store, STORE_READ, read_number, (gpointer)bad[i], &error));
    g_assert_error (error, STORE_ERROR, STORE_ERROR_SQL);
  }
}

static gboolean
sort_names (StoreTx *tx, gpointer data, GError **error)
{
  static const char *const sorted[] = { "A", "B", "Z", "_", "a", "b", "ä" };
  for (gsize i = 0; i < G_N_ELEMENTS (sorted); i++)
    if (!store_exec (tx,
                     "INSERT INTO bucket (name, create_ms, versioning, last_sequence)"
                     " VALUES ($1, 0, '', 0)",
                     STORE_ARGS (store_text (sorted[i])), NULL, error))
      return FALSE;
  g_autoptr (StoreRows) rows =
      store_query (tx, "SELECT name, name > 'Z' FROM bucket ORDER BY name", STORE_NO_ARGS, error);
  if (rows == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (sorted); i++) {
    g_assert_true (store_rows_next (rows, error));
    g_assert_cmpstr (store_rows_text (rows, 0), ==, sorted[i]);
    g_assert_cmpint (store_rows_bool (rows, 1), ==, i > 2);
  }
  return TRUE;
}

/* The test's databases have an English collation, which would put "a" before "B". */
static void
names_are_in_the_order_of_code_points (Fixture *f, gconstpointer data)
{
  run_ok (f->store, STORE_WRITE, sort_names, NULL);
}

/* --- databases that will not do --- */

static void
database_of_another_encoding_is_refused (Fixture *f, gconstpointer data)
{
  g_autofree char *server = test_database_url ("postgres");
  g_autofree char *name = g_strdup_printf ("latin_%d", (int)getpid ());
  g_autofree char *create =
      g_strdup_printf ("CREATE DATABASE %s ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc"
                       " TEMPLATE template0",
                       name);
  g_autofree char *drop = g_strdup_printf ("DROP DATABASE %s", name);
  g_autofree char *url = test_database_url (name);
  test_database_run_apart (server, create);
  g_autoptr (GError) error = NULL;
  g_assert_null (store_open (url, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_OPEN);
  g_assert_nonnull (strstr (error->message, "UTF8"));
  test_database_run_apart (server, drop);
}

static void
database_that_is_not_there_is_named (Fixture *f, gconstpointer data)
{
  g_autofree char *url = test_database_url ("nowhere");
  g_autoptr (GError) error = NULL;
  g_assert_null (store_open (url, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_OPEN);
  g_assert_nonnull (strstr (error->message, "/nowhere"));
}

/* At boot both start at once; and one session's crash makes PostgreSQL recover. */
static void
server_that_is_starting_is_waited_for (Fixture *f, gconstpointer data)
{
  for (int n = 1; n <= 4; n++) {
    g_autoptr (GError) error = NULL;
    g_atomic_int_set (&f->relay->n_early, n);
    g_autoptr (Store) store = store_open (f->through, &error);
    g_assert_no_error (error);
    g_assert_nonnull (store);
    g_assert_cmpint (g_atomic_int_get (&f->relay->n_early), ==, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!test_database_is_postgresql ())
    return g_test_run ();
#define ADD(name, fn) g_test_add ("/postgres/" name, Fixture, NULL, set_up, fn, tear_down)
  ADD ("what-was-committed-before-a-work-was-submitted-is-seen",
       what_was_committed_before_a_work_was_submitted_is_seen);
  ADD ("cut-before-the-commit-is-run-again", cut_before_the_commit_is_run_again);
  ADD ("cut-after-the-commit-is-found-to-be-kept", cut_after_the_commit_is_found_to_be_kept);
  ADD ("commit-that-nobody-can-tell-of-is-uncertain", commit_that_nobody_can_tell_of_is_uncertain);
  ADD ("server-that-is-away-is-said-at-once-and-comes-back",
       server_that_is_away_is_said_at_once_and_comes_back);
  ADD ("server-that-is-starting-is-waited-for", server_that_is_starting_is_waited_for);
  ADD ("sessions-that-were-ended-are-made-anew", sessions_that_were_ended_are_made_anew);
  ADD ("work-that-always-loses-its-connection-fails", work_that_always_loses_its_connection_fails);
  ADD ("two-servers-lose-no-update", two_servers_lose_no_update);
  ADD ("two-servers-do-not-both-act-on-what-they-saw",
       two_servers_do_not_both_act_on_what_they_saw);
  ADD ("servers-that-start-together-make-one-schema", servers_that_start_together_make_one_schema);
  ADD ("other-session-that-holds-everything-is-busy", other_session_that_holds_everything_is_busy);
  ADD ("text-that-postgresql-cannot-store-is-an-error",
       text_that_postgresql_cannot_store_is_an_error);
  ADD ("parameter-that-was-null-takes-any-type", parameter_that_was_null_takes_any_type);
  ADD ("numbers-of-all-kinds-are-numbers", numbers_of_all_kinds_are_numbers);
  ADD ("names-are-in-the-order-of-code-points", names_are_in_the_order_of_code_points);
  ADD ("database-of-another-encoding-is-refused", database_of_another_encoding_is_refused);
  ADD ("database-that-is-not-there-is-named", database_that_is_not_there_is_named);
  return g_test_run ();
}
