#include "store/store.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/migrations.h"
#include "store/test-database.h"

/* A database file in its own folder, or a database in PostgreSQL. */
typedef struct {
  char *folder;
  char *path;
  char *url;
  Store *store;
} Fixture;

static gboolean
create_table (StoreTx *tx, gpointer data, GError **error)
{
  return store_exec (tx, "CREATE TABLE note (id BIGINT PRIMARY KEY, body TEXT, raw BYTEA)",
                     STORE_NO_ARGS, NULL, error);
}

static void
run_ok (Store *store, StoreMode mode, StoreWork work, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = store_run (store, mode, work, data, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
fixture_set_up (Fixture *f, gconstpointer in_memory)
{
  f->folder = g_dir_make_tmp ("store-test-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "test.db", NULL);
  g_autofree char *on_disk = g_strdup_printf ("sqlite:%s?busy_timeout_ms=50", f->path);
  f->url = test_database_new_blank (in_memory != NULL ? NULL : on_disk);
  g_autoptr (GError) error = NULL;
  f->store = store_open (f->url, &error);
  g_assert_no_error (error);
  run_ok (f->store, STORE_WRITE, create_table, NULL);
}

static void
fixture_tear_down (Fixture *f, gconstpointer in_memory)
{
  store_close (f->store);
  g_unlink (f->path);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0); /* a clean close leaves no log behind */
  g_free (f->url);
  g_free (f->path);
  g_free (f->folder);
}

/* --- works --- */

typedef struct {
  gint64 id;
  const char *body;
  GError *error; /* of done */
  gboolean ended;
  GString *trace; /* shared: what ended, in order */
} Note;

static const char insert_note_sql[] = "INSERT INTO note (body, id) VALUES ($2, $1)";

static gboolean
insert_note (StoreTx *tx, gpointer data, GError **error)
{
  const Note *note = data;
  return store_exec (tx, insert_note_sql,
                     STORE_ARGS (store_int (note->id), store_text (note->body)), NULL, error);
}

static void
note_done (gpointer data, const GError *error)
{
  Note *note = data;
  g_assert_false (note->ended);
  note->ended = TRUE;
  note->error = error != NULL ? g_error_copy (error) : NULL;
  if (note->trace != NULL)
    g_string_append_printf (note->trace, "d%d ", (int)note->id);
}

static gboolean
count_notes (StoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (StoreRows) rows = store_query (tx, "SELECT COUNT (*) FROM note", STORE_NO_ARGS, error);
  if (rows == NULL || !store_rows_next (rows, error))
    return FALSE;
  *(gint64 *)data = store_rows_int (rows, 0);
  return TRUE;
}

static gint64
notes_in (Store *store)
{
  gint64 count = -1;
  run_ok (store, STORE_READ, count_notes, &count);
  return count;
}

/* Holds the writer until the test has queued what it wants in one batch. */
typedef struct {
  GMutex lock;
  GCond cond;
  gboolean open;
} Gate;

static gboolean
wait_at_gate (StoreTx *tx, gpointer data, GError **error)
{
  Gate *gate = data;
  g_mutex_lock (&gate->lock);
  while (!gate->open)
    g_cond_wait (&gate->cond, &gate->lock);
  g_mutex_unlock (&gate->lock);
  return TRUE;
}

static void
gate_open (Gate *gate)
{
  g_mutex_lock (&gate->lock);
  gate->open = TRUE;
  g_cond_signal (&gate->cond);
  g_mutex_unlock (&gate->lock);
}

static gboolean
do_nothing (StoreTx *tx, gpointer data, GError **error)
{
  return TRUE;
}

/* --- cases --- */

static gboolean
check_round_trip (StoreTx *tx, gpointer data, GError **error)
{
  gint64 changes = 0;
  if (!store_exec (tx, "INSERT INTO note (id, body, raw) VALUES ($1, $2, $3), ($4, $5, $3)",
                   STORE_ARGS (store_int (G_MAXINT64), store_text ("ä\nb"), store_bytes ("\0\1", 2),
                               store_int (-1), store_text (NULL)),
                   &changes, error))
    return FALSE;
  g_assert_cmpint (changes, ==, 2);
  g_autoptr (StoreRows) rows =
      store_query (tx, "SELECT id, body, raw FROM note ORDER BY id", STORE_NO_ARGS, error);
  g_assert_nonnull (rows);
  g_assert_true (store_rows_next (rows, error));
  g_assert_cmpint (store_rows_int (rows, 0), ==, -1);
  g_assert_true (store_rows_is_null (rows, 1));
  g_assert_null (store_rows_text (rows, 1));
  gsize size_bytes;
  const guint8 *raw = store_rows_bytes (rows, 2, &size_bytes);
  g_assert_cmpmem (raw, size_bytes, "\0\1", 2);
  g_assert_true (store_rows_next (rows, error));
  g_assert_cmpint (store_rows_int (rows, 0), ==, G_MAXINT64);
  g_assert_cmpstr (store_rows_text (rows, 1), ==, "ä\nb");
  g_assert_false (store_rows_next (rows, error));
  g_assert_false (store_rows_next (rows, error));
  return TRUE;
}

static void
values_come_back_as_they_went_in (Fixture *f, gconstpointer in_memory)
{
  run_ok (f->store, STORE_WRITE, check_round_trip, NULL);
}

/* The same text twice at once, from the cache and beside it. */
static gboolean
nest_queries (StoreTx *tx, gpointer data, GError **error)
{
  static const char sql[] = "SELECT id FROM note WHERE id <> $1 ORDER BY id";
  int pairs = 0;
  g_autoptr (StoreRows) outer = store_query (tx, sql, STORE_ARGS (store_int (0)), error);
  g_assert_nonnull (outer);
  while (store_rows_next (outer, error)) {
    g_autoptr (StoreRows) inner =
        store_query (tx, sql, STORE_ARGS (store_int (store_rows_int (outer, 0))), error);
    g_assert_nonnull (inner);
    while (store_rows_next (inner, error))
      pairs++;
  }
  g_assert_cmpint (pairs, ==, 6);
  return TRUE;
}

static void
one_statement_may_be_open_twice (Fixture *f, gconstpointer in_memory)
{
  for (int i = 1; i <= 3; i++)
    run_ok (f->store, STORE_WRITE, insert_note, &(Note){ .id = i });
  run_ok (f->store, STORE_READ, nest_queries, NULL);
}

static gboolean
reuse_address (StoreTx *tx, gpointer data, GError **error)
{
  char sql[64];
  for (int i = 1; i <= 2; i++) {
    g_snprintf (sql, sizeof sql, "SELECT %d", i);
    g_autoptr (StoreRows) rows = store_query (tx, sql, STORE_NO_ARGS, error);
    g_assert_nonnull (rows);
    g_assert_true (store_rows_next (rows, error));
    g_assert_cmpint (store_rows_int (rows, 0), ==, i);
  }
  return TRUE;
}

static void
other_text_at_a_cached_address_is_another_statement (Fixture *f, gconstpointer in_memory)
{
  run_ok (f->store, STORE_READ, reuse_address, NULL);
}

static void
batch_of_works_costs_one_commit (Fixture *f, gconstpointer in_memory)
{
  enum {
    N = 100
  };
  Gate gate = { 0 };
  Note notes[N] = { 0 };
  StoreStats before, after;
  store_get_stats (f->store, &before);
  store_submit (f->store, STORE_WRITE, wait_at_gate, NULL, &gate);
  for (int i = 0; i < N; i++) {
    notes[i].id = i;
    store_submit (f->store, STORE_WRITE, insert_note, note_done, &notes[i]);
  }
  gate_open (&gate);
  run_ok (f->store, STORE_WRITE, do_nothing, NULL);
  store_get_stats (f->store, &after);
  g_assert_cmpuint (after.works - before.works, ==, N + 2);
  g_assert_cmpuint (after.commits - before.commits, <=, 3);
  g_assert_cmpint (notes_in (f->store), ==, N);
  for (int i = 0; i < N; i++)
    g_assert_true (notes[i].ended && notes[i].error == NULL);
}

static void
failing_work_is_undone_alone (Fixture *f, gconstpointer in_memory)
{
  Gate gate = { 0 };
  Note first = { .id = 1 }, again = { .id = 1 }, last = { .id = 2 };
  store_submit (f->store, STORE_WRITE, wait_at_gate, NULL, &gate);
  store_submit (f->store, STORE_WRITE, insert_note, note_done, &first);
  store_submit (f->store, STORE_WRITE, insert_note, note_done, &again);
  store_submit (f->store, STORE_WRITE, insert_note, note_done, &last);
  gate_open (&gate);
  run_ok (f->store, STORE_WRITE, do_nothing, NULL);
  g_assert_no_error (first.error);
  g_assert_error (again.error, STORE_ERROR, STORE_ERROR_CONSTRAINT);
  g_assert_no_error (last.error);
  g_assert_cmpint (notes_in (f->store), ==, 2);
  g_clear_error (&again.error);
}

/* Checked at commit only, so it takes the whole batch down the first time. */
static gboolean
break_deferred_constraint (StoreTx *tx, gpointer data, GError **error)
{
  return store_exec (tx, "INSERT INTO child (parent_id) VALUES (77)", STORE_NO_ARGS, NULL, error);
}

static gboolean
create_child (StoreTx *tx, gpointer data, GError **error)
{
  return store_exec (tx,
                     "CREATE TABLE child (parent_id BIGINT REFERENCES note (id) DEFERRABLE "
                     "INITIALLY DEFERRED)",
                     STORE_NO_ARGS, NULL, error);
}

static void
failing_commit_fails_only_its_cause (Fixture *f, gconstpointer in_memory)
{
  run_ok (f->store, STORE_WRITE, create_child, NULL);
  Gate gate = { 0 };
  Note first = { .id = 1 }, bad = { .id = 9 }, last = { .id = 2 };
  store_submit (f->store, STORE_WRITE, wait_at_gate, NULL, &gate);
  store_submit (f->store, STORE_WRITE, insert_note, note_done, &first);
  store_submit (f->store, STORE_WRITE, break_deferred_constraint, note_done, &bad);
  store_submit (f->store, STORE_WRITE, insert_note, note_done, &last);
  gate_open (&gate);
  run_ok (f->store, STORE_WRITE, do_nothing, NULL);
  g_assert_no_error (first.error);
  g_assert_error (bad.error, STORE_ERROR, STORE_ERROR_CONSTRAINT);
  g_assert_no_error (last.error);
  g_assert_cmpint (notes_in (f->store), ==, 2);
  g_clear_error (&bad.error);
}

typedef struct {
  GString *trace;
  const char *text;
  int *destroyed;
} Hook;

static void
hook_run (gpointer data)
{
  Hook *hook = data;
  g_string_append (hook->trace, hook->text);
}

static void
hook_destroy (gpointer data)
{
  Hook *hook = data;
  (*hook->destroyed)++;
  g_free (hook);
}

typedef struct {
  GString *trace;
  int destroyed;
  gboolean fail;
  GError *error;
} HookedWork;

static gboolean
register_hooks (StoreTx *tx, gpointer data, GError **error)
{
  HookedWork *work = data;
  const char *texts[] = { "a ", "b " };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    Hook *hook = g_new0 (Hook, 1);
    *hook = (Hook){ .trace = work->trace, .text = texts[i], .destroyed = &work->destroyed };
    store_tx_on_commit (tx, hook_run, hook, hook_destroy);
  }
  if (!work->fail)
    return TRUE;
  g_set_error (error, STORE_ERROR, STORE_ERROR_SQL, "made to fail");
  return FALSE;
}

static void
hooked_done (gpointer data, const GError *error)
{
  HookedWork *work = data;
  g_string_append (work->trace, error != NULL ? "failed " : "done ");
}

static void
hooks_run_in_order_before_done (Fixture *f, gconstpointer in_memory)
{
  g_autoptr (GString) trace = g_string_new ("");
  HookedWork good = { .trace = trace }, bad = { .trace = trace, .fail = TRUE };
  store_submit (f->store, STORE_WRITE, register_hooks, hooked_done, &good);
  store_submit (f->store, STORE_WRITE, register_hooks, hooked_done, &bad);
  run_ok (f->store, STORE_WRITE, do_nothing, NULL);
  g_assert_cmpstr (trace->str, ==, "a b done failed ");
  g_assert_cmpint (good.destroyed, ==, 2);
  g_assert_cmpint (bad.destroyed, ==, 2);
}

static gboolean
ignore_failed_statement (StoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (GError) first = NULL;
  g_autoptr (GError) second = NULL;
  g_assert_false (
      store_exec (tx, "INSERT INTO nowhere (id) VALUES (1)", STORE_NO_ARGS, NULL, &first));
  g_assert_error (first, STORE_ERROR, STORE_ERROR_SQL);
  g_assert_false (store_exec (tx, "DELETE FROM note", STORE_NO_ARGS, NULL, &second));
  g_assert_error (second, STORE_ERROR, STORE_ERROR_SQL);
  return TRUE;
}

static void
failed_statement_spoils_its_transaction (Fixture *f, gconstpointer in_memory)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (store_run (f->store, STORE_WRITE, ignore_failed_statement, NULL, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_SQL);
}

static void
read_transaction_cannot_write (Fixture *f, gconstpointer in_memory)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (store_run (f->store, STORE_READ, insert_note, &(Note){ .id = 1 }, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_SQL);
  g_assert_cmpint (notes_in (f->store), ==, 0);
}

static gboolean
leave_out_a_parameter (StoreTx *tx, gpointer data, GError **error)
{
  return store_exec (tx, insert_note_sql, STORE_ARGS (store_int (1)), NULL, error);
}

static void
missing_parameter_is_an_error (Fixture *f, gconstpointer in_memory)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (store_run (f->store, STORE_WRITE, leave_out_a_parameter, NULL, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_SQL);
}

static void
close_finishes_what_was_submitted (Fixture *f, gconstpointer in_memory)
{
  g_autoptr (GString) trace = g_string_new ("");
  Note notes[20] = { 0 };
  for (int i = 0; i < 20; i++) {
    notes[i].id = i;
    notes[i].trace = trace;
    store_submit (f->store, STORE_WRITE, insert_note, note_done, &notes[i]);
  }
  store_close (g_steal_pointer (&f->store));
  for (int i = 0; i < 20; i++)
    g_assert_true (notes[i].ended && notes[i].error == NULL);
  g_assert_true (g_str_has_prefix (trace->str, "d0 d1 d2 "));
}

static void
database_file_is_private (Fixture *f, gconstpointer in_memory)
{
  const char *suffixes[] = { "", "-wal", "-shm" };
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *path = g_strconcat (f->path, suffixes[i], NULL);
    struct stat st;
    g_assert_cmpint (stat (path, &st), ==, 0);
    g_assert_cmpint (st.st_mode & 0777, ==, 0600);
  }
}

static void
run_raw (const char *path, const char *sql)
{
  sqlite3 *db = NULL;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

/* From outside of the store. */
static void
run_apart (Fixture *f, const char *sql)
{
  if (test_database_is_postgresql ())
    test_database_run_apart (f->url, sql);
  else
    run_raw (f->path, sql);
}

static void
newer_schema_is_refused (Fixture *f, gconstpointer in_memory)
{
  store_close (g_steal_pointer (&f->store));
  run_apart (f, "INSERT INTO schema_migration VALUES (9999, 'future')");
  g_autoptr (GError) error = NULL;
  g_assert_null (store_open (f->url, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_SCHEMA);
  g_assert_nonnull (strstr (error->message, "9999"));
}

/* Each state a released database can be in leads to the newest schema. */
static void
every_older_schema_is_brought_up_to_date (Fixture *f, gconstpointer in_memory)
{
  store_close (g_steal_pointer (&f->store));
  gsize count;
  const Migration *all = migrations_all (&count);
  for (gsize have = 0; have <= count; have++) {
    g_unlink (f->path);
    g_free (f->url);
    g_autofree char *on_disk = g_strconcat ("sqlite:", f->path, NULL);
    f->url = test_database_new_blank (on_disk);
    run_apart (f, "CREATE TABLE schema_migration (number BIGINT PRIMARY KEY, name TEXT)");
    for (gsize i = 0; i < have; i++) {
      run_apart (f, all[i].sql);
      g_autofree char *sql = g_strdup_printf ("INSERT INTO schema_migration VALUES (%d, '%s')",
                                              (int)all[i].number, all[i].name);
      run_apart (f, sql);
    }
    g_autoptr (GError) error = NULL;
    g_autoptr (Store) store = store_open (f->url, &error);
    g_assert_no_error (error);
    g_assert_nonnull (store);
    StoreStats stats;
    store_get_stats (store, &stats);
    g_assert_cmpint (stats.schema_found, ==, have);
    g_assert_cmpint (stats.schema, ==, count);
  }
}

static void
file_that_is_no_database_is_refused (Fixture *f, gconstpointer in_memory)
{
  store_close (g_steal_pointer (&f->store));
  g_autofree char *junk = g_strnfill (4096, 'x');
  g_assert_true (g_file_set_contents (f->path, junk, 4096, NULL));
  g_autoptr (GError) error = NULL;
  g_assert_null (store_open (f->url, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_OPEN);
}

static void
other_process_holding_the_database_is_busy (Fixture *f, gconstpointer in_memory)
{
  sqlite3 *other = NULL;
  g_assert_cmpint (sqlite3_open (f->path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  g_autoptr (GError) error = NULL;
  g_assert_false (store_run (f->store, STORE_WRITE, insert_note, &(Note){ .id = 1 }, &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_BUSY);
  g_assert_cmpint (notes_in (f->store), ==, 0); /* readers do not mind */
  g_assert_cmpint (sqlite3_exec (other, "COMMIT", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (other);
  run_ok (f->store, STORE_WRITE, insert_note, &(Note){ .id = 1 });
}

static gboolean
limit_pages (StoreTx *tx, gpointer data, GError **error)
{
  return store_exec (tx, "PRAGMA max_page_count=1", STORE_NO_ARGS, NULL, error);
}

static gboolean
insert_large (StoreTx *tx, gpointer data, GError **error)
{
  g_autofree char *body = g_strnfill (1 << 20, 'x');
  return store_exec (tx, insert_note_sql,
                     STORE_ARGS (store_int (((Note *)data)->id), store_text (body)), NULL, error);
}

/* SQLite gives the whole transaction up then; the small works of the batch still get in. */
static void
full_database_fails_only_what_does_not_fit (Fixture *f, gconstpointer in_memory)
{
  run_ok (f->store, STORE_WRITE, limit_pages, NULL);
  Gate gate = { 0 };
  Note small = { .id = 1 }, large = { .id = 2 }, other = { .id = 3 };
  store_submit (f->store, STORE_WRITE, wait_at_gate, NULL, &gate);
  store_submit (f->store, STORE_WRITE, insert_note, note_done, &small);
  store_submit (f->store, STORE_WRITE, insert_large, note_done, &large);
  store_submit (f->store, STORE_WRITE, insert_note, note_done, &other);
  gate_open (&gate);
  run_ok (f->store, STORE_WRITE, do_nothing, NULL);
  g_assert_no_error (small.error);
  g_assert_error (large.error, STORE_ERROR, STORE_ERROR_FULL);
  g_assert_no_error (other.error);
  g_assert_cmpint (notes_in (f->store), ==, 2);
  g_clear_error (&large.error);
}

static void
unknown_scheme_and_missing_folder_are_errors (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (store_open ("mysql:x", &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_OPEN);
  g_clear_error (&error);
  g_assert_null (store_open ("sqlite:/nonexistent/folder/x.db", &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_OPEN);
  g_assert_nonnull (strstr (error->message, "/nonexistent/folder/x.db"));
}

/* --- killed at any instant --- */

static void
acknowledge (gpointer data, const GError *error)
{
  Note *note = data;
  g_assert_no_error (error);
  gint64 id = note->id;
  g_assert_cmpint (write (STDOUT_FILENO, &id, sizeof id), ==, sizeof id);
}

/* The child: writes for ever from two threads, tells each id on its standard output once it is acknowledged. */
static gpointer
write_for_ever (gpointer data)
{
  Store *store = data;
  static const char letters[] = "0123456789";
  for (gint64 i = 0;; i += 2) {
    Note *notes = g_new0 (Note, 8); /* leaked: the process ends by SIGKILL */
    for (int k = 0; k < 8; k++) {
      notes[k] = (Note){ .id = g_random_int (), .body = letters };
      notes[k].id = notes[k].id << 20 | (i & 0xfffff);
      store_submit (store, STORE_WRITE, insert_note, acknowledge, &notes[k]);
    }
    run_ok (store, STORE_WRITE, do_nothing, NULL);
  }
  return NULL;
}

static int
child_main (const char *url)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = store_open (url, &error);
  g_assert_no_error (error);
  g_thread_new ("second", write_for_ever, store);
  write_for_ever (store);
  return 1;
}

typedef struct {
  gint64 id;
  gboolean found;
} Lookup;

static gboolean
look_up (StoreTx *tx, gpointer data, GError **error)
{
  Lookup *lookup = data;
  g_autoptr (StoreRows) rows = store_query (tx, "SELECT body FROM note WHERE id = $1",
                                            STORE_ARGS (store_int (lookup->id)), error);
  if (rows == NULL)
    return FALSE;
  g_autoptr (GError) cause = NULL;
  lookup->found =
      store_rows_next (rows, &cause) && g_str_equal (store_rows_text (rows, 0), "0123456789");
  if (cause == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static void
kill_after (Fixture *f, const char *program, gsize acknowledged)
{
  const char *argv[] = { program, "--write-for-ever", f->url, NULL };
  GPid pid;
  int out;
  g_autoptr (GError) error = NULL;
  g_assert_true (g_spawn_async_with_pipes (NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
                                           NULL, NULL, &pid, NULL, &out, NULL, &error));
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 id;
  while (ids->len < acknowledged && read (out, &id, sizeof id) == sizeof id)
    g_array_append_val (ids, id);
  kill (pid, SIGKILL);
  while (read (out, &id, sizeof id) == sizeof id)
    g_array_append_val (ids, id);
  close (out);
  waitpid (pid, NULL, 0);
  g_assert_cmpuint (ids->len, >=, acknowledged);

  g_autoptr (Store) store = store_open (f->url, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < ids->len; i++) {
    Lookup lookup = { .id = g_array_index (ids, gint64, i) };
    run_ok (store, STORE_READ, look_up, &lookup);
    g_assert_true (lookup.found);
  }
}

static void
acknowledged_works_survive_a_kill (Fixture *f, gconstpointer program)
{
  store_close (g_steal_pointer (&f->store));
  for (int round = 0; round < 8; round++)
    kill_after (f, program, (gsize)g_test_rand_int_range (1, 400));
}

static void
set_up_on_disk (Fixture *f, gconstpointer program)
{
  fixture_set_up (f, NULL);
}

#define ON_DISK(name, fn)                                                                          \
  g_test_add ("/store/" name, Fixture, NULL, fixture_set_up, fn, fixture_tear_down)
#define EVERYWHERE(name, fn)                                                                       \
  ON_DISK (name, fn);                                                                              \
  if (!test_database_is_postgresql ())                                                             \
  g_test_add ("/store/in-memory/" name, Fixture, "", fixture_set_up, fn, fixture_tear_down)

static void
add_sqlite_cases (void)
{
  ON_DISK ("database-file-is-private", database_file_is_private);
  ON_DISK ("file-that-is-no-database-is-refused", file_that_is_no_database_is_refused);
  ON_DISK ("other-process-holding-the-database-is-busy",
           other_process_holding_the_database_is_busy);
  ON_DISK ("full-database-fails-only-what-does-not-fit",
           full_database_fails_only_what_does_not_fit);
  g_test_add_func ("/store/unknown-scheme-and-missing-folder-are-errors",
                   unknown_scheme_and_missing_folder_are_errors);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--write-for-ever"))
    return child_main (argv[2]);
  g_test_init (&argc, &argv, NULL);
  EVERYWHERE ("values-come-back-as-they-went-in", values_come_back_as_they_went_in);
  EVERYWHERE ("one-statement-may-be-open-twice", one_statement_may_be_open_twice);
  EVERYWHERE ("other-text-at-a-cached-address-is-another-statement",
              other_text_at_a_cached_address_is_another_statement);
  EVERYWHERE ("batch-of-works-costs-one-commit", batch_of_works_costs_one_commit);
  EVERYWHERE ("failing-work-is-undone-alone", failing_work_is_undone_alone);
  EVERYWHERE ("failing-commit-fails-only-its-cause", failing_commit_fails_only_its_cause);
  EVERYWHERE ("hooks-run-in-order-before-done", hooks_run_in_order_before_done);
  EVERYWHERE ("failed-statement-spoils-its-transaction", failed_statement_spoils_its_transaction);
  EVERYWHERE ("read-transaction-cannot-write", read_transaction_cannot_write);
  EVERYWHERE ("missing-parameter-is-an-error", missing_parameter_is_an_error);
  EVERYWHERE ("close-finishes-what-was-submitted", close_finishes_what_was_submitted);
  ON_DISK ("newer-schema-is-refused", newer_schema_is_refused);
  ON_DISK ("every-older-schema-is-brought-up-to-date", every_older_schema_is_brought_up_to_date);
  g_test_add ("/store/acknowledged-works-survive-a-kill", Fixture, argv[0], set_up_on_disk,
              acknowledged_works_survive_a_kill, fixture_tear_down);
  if (!test_database_is_postgresql ())
    add_sqlite_cases ();
  return g_test_run ();
}
