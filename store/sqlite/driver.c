#include "store/sqlite/driver.h"

#include <string.h>

#include "store/job-queue.h"
#include "store/migrations.h"
#include "store/sqlite/connection.h"

/* One commit serves at most so many works: it bounds how long the first of them waits. */
#define BATCH_MAX_WORKS 256
/* 16 MiB: a page that many commits have changed is moved once. */
#define CHECKPOINT_LOG_PAGES    4000
#define DEFAULT_BUSY_TIMEOUT_MS 10000
#define BUSY_TIMEOUT_OPTION     "?busy_timeout_ms="
#define MIN_READERS             2
#define MAX_READERS             8

typedef struct {
  Store parent;
  SqliteConnection *writer;
  GPtrArray *readers;   /* SqliteConnection, one per reader thread; empty in memory */
  gint readers_started; /* atomic */
} SqliteStore;

typedef struct {
  StoreTx parent;
  SqliteConnection *connection;
  Job *job;
  guint open_rows;
  GError *spoiled; /* the first statement that failed */
} SqliteTx;

typedef struct {
  StoreRows parent;
  SqliteTx *tx;
  SqliteStatement *statement;
  gboolean ended;
} SqliteRows;

/* --- one work inside a transaction --- */

/* Lets the work speak: TRUE when its statements may be kept, else job->error is set. */
static gboolean
job_attempt (Job *job, SqliteConnection *connection)
{
  SqliteTx tx = { .parent.driver = &sqlite_store_driver, .connection = connection, .job = job };
  gboolean kept = job->work (&tx.parent, job->data, &job->error);
  g_assert (tx.open_rows == 0);
  g_assert (kept == (job->error == NULL));
  if (kept && tx.spoiled != NULL) {
    job->error = g_steal_pointer (&tx.spoiled);
    kept = FALSE;
  }
  g_clear_error (&tx.spoiled);
  return kept;
}

/* --- the writer --- */

static void
roll_back (SqliteConnection *connection)
{
  if (!sqlite_connection_in_transaction (connection))
    return;
  g_autoptr (GError) error = NULL;
  if (!sqlite_connection_control (connection, "ROLLBACK", &error))
    g_warning ("rollback failed: %s", error->message);
}

/* One work in a transaction of its own; sets job->error unless it is durable afterwards. */
static void
run_alone (SqliteStore *store, Job *job)
{
  job_forget_attempt (job);
  if (!sqlite_connection_control (store->writer, "BEGIN IMMEDIATE", &job->error))
    return;
  if (!job_attempt (job, store->writer)) {
    roll_back (store->writer);
    return;
  }
  if (!sqlite_connection_control (store->writer, "COMMIT", &job->error)) {
    roll_back (store->writer);
    return;
  }
  job_queue_count_commit (store->parent.queue);
}

/* FALSE: the transaction as a whole is lost. */
static gboolean
run_in_savepoint (SqliteStore *store, Job *job)
{
  g_autoptr (GError) error = NULL;
  if (!sqlite_connection_control (store->writer, "SAVEPOINT work", &error))
    return FALSE;
  gboolean kept = job_attempt (job, store->writer);
  if (!sqlite_connection_in_transaction (store->writer))
    return FALSE;
  if (!kept && !sqlite_connection_control (store->writer, "ROLLBACK TO work", &error))
    return FALSE;
  return sqlite_connection_control (store->writer, "RELEASE work", &error);
}

/* Runs first and whatever is waiting or arrives meanwhile; all end up in out_batch with their verdicts. */
static void
run_batch (SqliteStore *store, Job *first, JobList *out_batch)
{
  job_list_append (out_batch, first);
  Job *second = job_queue_take_write (store->parent.queue, JOB_TAKE_PRESENT);
  if (second == NULL) {
    run_alone (store, first);
    return;
  }
  job_list_append (out_batch, second);

  g_autoptr (GError) error = NULL;
  gboolean sound = sqlite_connection_control (store->writer, "BEGIN IMMEDIATE", &error);
  for (Job *job = first; sound && job != NULL; job = job->next) {
    sound = run_in_savepoint (store, job);
    if (sound && job->next == NULL && out_batch->length < BATCH_MAX_WORKS) {
      Job *more = job_queue_take_write (store->parent.queue, JOB_TAKE_PRESENT);
      if (more != NULL)
        job_list_append (out_batch, more);
    }
  }
  if (sound && sqlite_connection_control (store->writer, "COMMIT", &error)) {
    job_queue_count_commit (store->parent.queue);
    return;
  }
  roll_back (store->writer);
  for (Job *job = first; job != NULL; job = job->next)
    run_alone (store, job);
}

static gpointer
writer_main (gpointer data)
{
  SqliteStore *store = data;
  Job *first;
  while ((first = job_queue_take_write (store->parent.queue, JOB_TAKE_WAITING)) != NULL) {
    JobList batch = { 0 };
    run_batch (store, first, &batch);
    job_queue_finish_all (store->parent.queue, &batch);
    sqlite_connection_checkpoint (store->writer, CHECKPOINT_LOG_PAGES);
  }
  return NULL;
}

/* --- the readers --- */

static void
run_read (SqliteConnection *connection, Job *job)
{
  if (!sqlite_connection_control (connection, "BEGIN", &job->error))
    return;
  job_attempt (job, connection);
  roll_back (connection); /* there is nothing to commit: it only lets the snapshot go */
}

static gpointer
reader_main (gpointer data)
{
  SqliteStore *store = data;
  guint number = (guint)g_atomic_int_add (&store->readers_started, 1);
  SqliteConnection *connection = g_ptr_array_index (store->readers, number);
  Job *job;
  while ((job = job_queue_take_read (store->parent.queue)) != NULL) {
    run_read (connection, job);
    job_queue_finish (store->parent.queue, job);
  }
  return NULL;
}

/* --- opening and closing --- */

static gboolean
read_newest_migration (SqliteConnection *writer, gint64 *out_newest, GError **error)
{
  SqliteStatement *newest =
      sqlite_connection_prepare (writer, "SELECT COALESCE (MAX (number), 0) FROM schema_migration",
                                 NULL, 0, SQLITE_STATEMENT_BORROW, error);
  if (newest == NULL)
    return FALSE;
  gboolean found = sqlite_statement_step (newest, error) == SQLITE_STEP_ROW;
  if (found)
    *out_newest = sqlite_statement_int (newest, 0);
  sqlite_statement_release (newest);
  return found;
}

static gboolean
apply_migration (SqliteConnection *writer, const Migration *migration, GError **error)
{
  if (!sqlite_connection_run_script (writer, migration->sql, error)) {
    g_prefix_error (error, "migration %04" G_GINT64_FORMAT "-%s: ", migration->number,
                    migration->name);
    return FALSE;
  }
  const StoreValue args[] = { store_int (migration->number), store_text (migration->name) };
  SqliteStatement *insert = sqlite_connection_prepare (
      writer, "INSERT INTO schema_migration (number, name) VALUES ($1, $2)", args, 2,
      SQLITE_STATEMENT_BORROW, error);
  if (insert == NULL)
    return FALSE;
  SqliteStep step = sqlite_statement_step (insert, error);
  sqlite_statement_release (insert);
  return step == SQLITE_STEP_END;
}

static gboolean
migrate (SqliteConnection *writer, gint64 *out_found, GError **error)
{
  gint64 newest = 0;
  if (!sqlite_connection_control (writer, "BEGIN IMMEDIATE", error) ||
      !sqlite_connection_run_script (writer,
                                     "CREATE TABLE IF NOT EXISTS schema_migration "
                                     "(number BIGINT PRIMARY KEY, name TEXT NOT NULL);",
                                     error) ||
      !read_newest_migration (writer, &newest, error) || !migrations_accept (newest, error))
    return FALSE;
  gsize count;
  const Migration *all = migrations_all (&count);
  for (gsize i = (gsize)newest; i < count; i++) {
    if (!apply_migration (writer, &all[i], error))
      return FALSE;
  }
  *out_found = newest;
  return sqlite_connection_control (writer, "COMMIT", error);
}

/* "PATH?busy_timeout_ms=N" -> PATH and N */
static char *
split_location (const char *location, guint *out_busy_timeout_ms)
{
  *out_busy_timeout_ms = DEFAULT_BUSY_TIMEOUT_MS;
  const char *option = g_strrstr (location, BUSY_TIMEOUT_OPTION);
  guint64 value = 0;
  if (option == NULL || !g_ascii_string_to_unsigned (option + strlen (BUSY_TIMEOUT_OPTION), 10, 0,
                                                     3600000, &value, NULL))
    return g_strdup (location);
  *out_busy_timeout_ms = (guint)value;
  return g_strndup (location, (gsize)(option - location));
}

static void
sqlite_store_free (SqliteStore *store)
{
  job_queue_free (store->parent.queue);
  g_ptr_array_unref (store->readers); /* first: the last connection to close empties the log */
  sqlite_connection_close (store->writer);
  g_free (store);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SqliteStore, sqlite_store_free)

static void
close_reader (gpointer data)
{
  sqlite_connection_close (data);
}

static gboolean
sqlite_store_describe (const char *location, StoreUrl *out, GError **error)
{
  *out = (StoreUrl){ .name = g_strconcat ("sqlite:", location, NULL) };
  return TRUE;
}

static Store *
open_with (const StoreDriver *driver, const char *location, GError **error)
{
  guint busy_timeout_ms;
  g_autofree char *path = split_location (location, &busy_timeout_ms);
  gboolean in_memory = g_str_equal (path, ":memory:");

  g_autoptr (SqliteStore) store = g_new0 (SqliteStore, 1);
  store->parent.driver = driver;
  store->readers = g_ptr_array_new_with_free_func (close_reader);
  store->parent.queue =
      job_queue_new (in_memory ? JOB_QUEUE_READS_WITH_WRITES : JOB_QUEUE_READS_APART);

  store->writer = sqlite_connection_open (
      path, in_memory ? SQLITE_ACCESS_MEMORY : SQLITE_ACCESS_WRITER, busy_timeout_ms, error);
  if (store->writer == NULL)
    return NULL;
  if (!migrate (store->writer, &store->parent.schema_found, error)) {
    roll_back (store->writer);
    g_prefix_error (error, "cannot use the database \"%s\": ", path);
    return NULL;
  }
  if (driver->run_here != NULL)
    return (Store *)g_steal_pointer (&store);
  guint n_readers = in_memory ? 0 : CLAMP (g_get_num_processors (), MIN_READERS, MAX_READERS);
  for (guint i = 0; i < n_readers; i++) {
    SqliteConnection *reader =
        sqlite_connection_open (path, SQLITE_ACCESS_READER, busy_timeout_ms, error);
    if (reader == NULL)
      return NULL;
    g_ptr_array_add (store->readers, reader);
  }
  job_queue_start_thread (store->parent.queue, "store-writer", writer_main, store);
  for (guint i = 0; i < n_readers; i++)
    job_queue_start_thread (store->parent.queue, "store-reader", reader_main, store);
  return (Store *)g_steal_pointer (&store);
}

static Store *
sqlite_store_open (const char *location, GError **error)
{
  return open_with (&sqlite_store_driver, location, error);
}

static Store *
sqlite_here_open (const char *location, GError **error)
{
  return open_with (&sqlite_here_store_driver, location, error);
}

static void
sqlite_here_run (Store *parent, StoreMode mode, StoreWork work, StoreDone done, gpointer data)
{
  SqliteStore *store = (SqliteStore *)parent;
  Job *job = job_queue_admit (parent->queue, mode, work, done, data);
  if (mode == STORE_READ)
    run_read (store->writer, job);
  else
    run_alone (store, job);
  job_queue_finish (parent->queue, job);
  sqlite_connection_checkpoint (store->writer, CHECKPOINT_LOG_PAGES);
}

static void
sqlite_store_close (Store *parent)
{
  SqliteStore *store = (SqliteStore *)parent;
  job_queue_stop (store->parent.queue);
  sqlite_store_free (store);
}

/* --- statements --- */

static void
sqlite_tx_on_commit (StoreTx *parent, void (*fn) (gpointer), gpointer data, GDestroyNotify destroy)
{
  job_on_commit (((SqliteTx *)parent)->job, fn, data, destroy);
}

/* Keeps the first failure of the transaction and passes it on. */
static void
tx_fail (SqliteTx *tx, GError *cause, GError **error)
{
  if (tx->spoiled == NULL)
    tx->spoiled = g_error_copy (cause);
  g_propagate_error (error, cause);
}

static SqliteStatement *
tx_prepare (SqliteTx *tx, const char *sql, const StoreValue *args, gsize n_args,
            SqliteStatementFlags flags, GError **error)
{
  if (tx->spoiled != NULL) {
    g_propagate_prefixed_error (error, g_error_copy (tx->spoiled),
                                "an earlier statement of this transaction failed: ");
    return NULL;
  }
  if (tx->job->mode == STORE_READ)
    flags |= SQLITE_STATEMENT_READ_ONLY;
  GError *cause = NULL;
  SqliteStatement *statement =
      sqlite_connection_prepare (tx->connection, sql, args, n_args, flags, &cause);
  if (statement == NULL)
    tx_fail (tx, cause, error);
  return statement;
}

static gboolean
sqlite_tx_exec (StoreTx *parent, const char *sql, const StoreValue *args, gsize n_args,
                gint64 *out_changes, GError **error)
{
  SqliteTx *tx = (SqliteTx *)parent;
  SqliteStatement *statement = tx_prepare (tx, sql, args, n_args, SQLITE_STATEMENT_BORROW, error);
  if (statement == NULL)
    return FALSE;
  GError *cause = NULL;
  SqliteStep step;
  do
    step = sqlite_statement_step (statement, &cause);
  while (step == SQLITE_STEP_ROW);
  sqlite_statement_release (statement);
  if (step == SQLITE_STEP_FAILED) {
    tx_fail (tx, cause, error);
    return FALSE;
  }
  if (out_changes != NULL)
    *out_changes = sqlite_connection_changes (tx->connection);
  return TRUE;
}

static StoreRows *
sqlite_tx_query (StoreTx *parent, const char *sql, const StoreValue *args, gsize n_args,
                 GError **error)
{
  SqliteTx *tx = (SqliteTx *)parent;
  SqliteStatement *statement = tx_prepare (tx, sql, args, n_args, SQLITE_STATEMENT_COPY, error);
  if (statement == NULL)
    return NULL;
  SqliteRows *rows = g_new0 (SqliteRows, 1);
  rows->parent.driver = &sqlite_store_driver;
  rows->tx = tx;
  rows->statement = statement;
  tx->open_rows++;
  return &rows->parent;
}

static void
sqlite_rows_free (StoreRows *parent)
{
  SqliteRows *rows = (SqliteRows *)parent;
  sqlite_statement_release (rows->statement);
  rows->tx->open_rows--;
  g_free (rows);
}

static gboolean
sqlite_rows_next (StoreRows *parent, GError **error)
{
  SqliteRows *rows = (SqliteRows *)parent;
  if (rows->ended)
    return FALSE;
  GError *cause = NULL;
  SqliteStep step = sqlite_statement_step (rows->statement, &cause);
  rows->ended = step != SQLITE_STEP_ROW;
  if (step == SQLITE_STEP_FAILED)
    tx_fail (rows->tx, cause, error);
  return step == SQLITE_STEP_ROW;
}

/* The statement of the current row; asking without one is a programming error. */
static SqliteStatement *
current_row (StoreRows *parent)
{
  SqliteRows *rows = (SqliteRows *)parent;
  g_assert (!rows->ended);
  return rows->statement;
}

static gboolean
sqlite_rows_is_null (StoreRows *rows, int column)
{
  return sqlite_statement_is_null (current_row (rows), column);
}

static gint64
sqlite_rows_int (StoreRows *rows, int column)
{
  return sqlite_statement_int (current_row (rows), column);
}

static const char *
sqlite_rows_text (StoreRows *rows, int column)
{
  return sqlite_statement_text (current_row (rows), column);
}

static const guint8 *
sqlite_rows_bytes (StoreRows *rows, int column, gsize *out_size_bytes)
{
  return sqlite_statement_bytes (current_row (rows), column, out_size_bytes);
}

/* What both drivers do alike. */
#define SQLITE_STATEMENTS                                                                          \
  .close = sqlite_store_close, .tx_on_commit = sqlite_tx_on_commit, .exec = sqlite_tx_exec,        \
  .query = sqlite_tx_query, .rows_free = sqlite_rows_free, .rows_next = sqlite_rows_next,          \
  .rows_is_null = sqlite_rows_is_null, .rows_int = sqlite_rows_int, .rows_text = sqlite_rows_text, \
  .rows_bytes = sqlite_rows_bytes

const StoreDriver sqlite_store_driver = {
  .schemes = { "sqlite:" },
  .describe = sqlite_store_describe,
  .open = sqlite_store_open,
  SQLITE_STATEMENTS,
};

const StoreDriver sqlite_here_store_driver = {
  .schemes = { "sqlite-here:" },
  .open = sqlite_here_open,
  .run_here = sqlite_here_run,
  SQLITE_STATEMENTS,
};
