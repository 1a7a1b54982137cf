#include "store/sqlite/driver.h"

#include <string.h>

#include "store/migrations.h"
#include "store/sqlite/connection.h"

/* One commit serves at most so many works: it bounds how long the first of them waits. */
#define BATCH_MAX_WORKS         256
#define CHECKPOINT_LOG_PAGES    1000
#define DEFAULT_BUSY_TIMEOUT_MS 10000
#define BUSY_TIMEOUT_OPTION     "?busy_timeout_ms="
#define MIN_READERS             2
#define MAX_READERS             8

typedef struct {
  void (*fn) (gpointer data);
  gpointer data;
  GDestroyNotify destroy;
} CommitHook;

/* A submitted work until its done has returned. */
typedef struct Job Job;
struct Job {
  Job *next;
  StoreMode mode;
  StoreWork work;
  StoreDone done;
  gpointer data;
  GArray *hooks; /* CommitHook; NULL: none */
  GError *error; /* the verdict of the last attempt; NULL: committed */
};

typedef struct {
  Job *head;
  Job *tail;
  guint length;
} JobList;

typedef struct {
  Store parent;
  SqliteConnection *writer;
  GPtrArray *readers; /* SqliteConnection, one per reader thread; empty in memory */
  GPtrArray *threads; /* GThread: the writer, then the readers */

  GMutex lock; /* guards all that follows */
  GCond write_cond;
  GCond read_cond;
  GCond idle_cond;
  JobList writes;
  JobList reads;
  guint64 unfinished; /* submitted and done not yet returned */
  gboolean stopping;
  guint readers_started;
  StoreStats stats;
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

static void
job_list_append (JobList *list, Job *job)
{
  job->next = NULL;
  if (list->tail != NULL)
    list->tail->next = job;
  else
    list->head = job;
  list->tail = job;
  list->length++;
}

static Job *
job_list_take (JobList *list)
{
  Job *job = list->head;
  if (job == NULL)
    return NULL;
  list->head = job->next;
  if (list->head == NULL)
    list->tail = NULL;
  list->length--;
  job->next = NULL;
  return job;
}

/* --- one work inside a transaction --- */

static void
job_drop_hooks (Job *job)
{
  if (job->hooks == NULL)
    return;
  for (guint i = 0; i < job->hooks->len; i++) {
    CommitHook *hook = &g_array_index (job->hooks, CommitHook, i);
    if (hook->destroy != NULL)
      hook->destroy (hook->data);
  }
  g_clear_pointer (&job->hooks, g_array_unref);
}

static void
job_forget_attempt (Job *job)
{
  job_drop_hooks (job);
  g_clear_error (&job->error);
}

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

/* Hooks, then done; the job is gone afterwards. */
static void
job_finish (SqliteStore *store, Job *job)
{
  if (job->error == NULL && job->hooks != NULL) {
    for (guint i = 0; i < job->hooks->len; i++) {
      CommitHook *hook = &g_array_index (job->hooks, CommitHook, i);
      hook->fn (hook->data);
    }
  }
  job_drop_hooks (job);
  if (job->done != NULL)
    job->done (job->data, job->error);
  g_mutex_lock (&store->lock);
  if (--store->unfinished == 0)
    g_cond_broadcast (&store->idle_cond);
  g_mutex_unlock (&store->lock);
  g_clear_error (&job->error);
  g_free (job);
}

/* --- the writer --- */

/* The next batch begins when a job is there; NULL when the store is closing. */
static Job *
take_write (SqliteStore *store, gboolean may_wait)
{
  g_mutex_lock (&store->lock);
  while (may_wait && store->writes.head == NULL && !store->stopping)
    g_cond_wait (&store->write_cond, &store->lock);
  Job *job = job_list_take (&store->writes);
  g_mutex_unlock (&store->lock);
  return job;
}

static void
roll_back (SqliteConnection *connection)
{
  if (!sqlite_connection_in_transaction (connection))
    return;
  g_autoptr (GError) error = NULL;
  if (!sqlite_connection_control (connection, "ROLLBACK", &error))
    g_warning ("rollback failed: %s", error->message);
}

static void
count_commit (SqliteStore *store)
{
  g_mutex_lock (&store->lock);
  store->stats.commits++;
  g_mutex_unlock (&store->lock);
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
  count_commit (store);
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
  Job *second = take_write (store, FALSE);
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
      Job *more = take_write (store, FALSE);
      if (more != NULL)
        job_list_append (out_batch, more);
    }
  }
  if (sound && sqlite_connection_control (store->writer, "COMMIT", &error)) {
    count_commit (store);
    return;
  }
  roll_back (store->writer);
  for (Job *job = first; job != NULL; job = job->next)
    run_alone (store, job);
}

static void
count_works (SqliteStore *store, const JobList *batch)
{
  g_mutex_lock (&store->lock);
  for (const Job *job = batch->head; job != NULL; job = job->next) {
    if (job->mode == STORE_READ)
      store->stats.reads++;
    else if (job->error == NULL)
      store->stats.works++;
    else
      store->stats.rolled_back++;
  }
  g_mutex_unlock (&store->lock);
}

static gpointer
writer_main (gpointer data)
{
  SqliteStore *store = data;
  Job *first;
  while ((first = take_write (store, TRUE)) != NULL) {
    JobList batch = { 0 };
    run_batch (store, first, &batch);
    count_works (store, &batch);
    Job *job;
    while ((job = job_list_take (&batch)) != NULL)
      job_finish (store, job);
    sqlite_connection_checkpoint (store->writer, CHECKPOINT_LOG_PAGES);
  }
  return NULL;
}

/* --- the readers --- */

static Job *
take_read (SqliteStore *store)
{
  g_mutex_lock (&store->lock);
  while (store->reads.head == NULL && !store->stopping)
    g_cond_wait (&store->read_cond, &store->lock);
  Job *job = job_list_take (&store->reads);
  g_mutex_unlock (&store->lock);
  return job;
}

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
  g_mutex_lock (&store->lock);
  SqliteConnection *connection = g_ptr_array_index (store->readers, store->readers_started++);
  g_mutex_unlock (&store->lock);
  Job *job;
  while ((job = take_read (store)) != NULL) {
    run_read (connection, job);
    g_mutex_lock (&store->lock);
    store->stats.reads++;
    g_mutex_unlock (&store->lock);
    job_finish (store, job);
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
migrate (SqliteConnection *writer, GError **error)
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
  g_ptr_array_unref (store->threads);
  g_ptr_array_unref (store->readers); /* first: the last connection to close empties the log */
  sqlite_connection_close (store->writer);
  g_mutex_clear (&store->lock);
  g_cond_clear (&store->write_cond);
  g_cond_clear (&store->read_cond);
  g_cond_clear (&store->idle_cond);
  g_free (store);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SqliteStore, sqlite_store_free)

static void
close_reader (gpointer data)
{
  sqlite_connection_close (data);
}

static Store *
sqlite_store_open (const char *location, GError **error)
{
  guint busy_timeout_ms;
  g_autofree char *path = split_location (location, &busy_timeout_ms);
  gboolean in_memory = g_str_equal (path, ":memory:");

  g_autoptr (SqliteStore) store = g_new0 (SqliteStore, 1);
  store->parent.driver = &sqlite_store_driver;
  store->readers = g_ptr_array_new_with_free_func (close_reader);
  store->threads = g_ptr_array_new ();
  g_mutex_init (&store->lock);
  g_cond_init (&store->write_cond);
  g_cond_init (&store->read_cond);
  g_cond_init (&store->idle_cond);

  store->writer = sqlite_connection_open (
      path, in_memory ? SQLITE_ACCESS_MEMORY : SQLITE_ACCESS_WRITER, busy_timeout_ms, error);
  if (store->writer == NULL)
    return NULL;
  if (!migrate (store->writer, error)) {
    roll_back (store->writer);
    g_prefix_error (error, "cannot use the database \"%s\": ", path);
    return NULL;
  }
  guint n_readers = in_memory ? 0 : CLAMP (g_get_num_processors (), MIN_READERS, MAX_READERS);
  for (guint i = 0; i < n_readers; i++) {
    SqliteConnection *reader =
        sqlite_connection_open (path, SQLITE_ACCESS_READER, busy_timeout_ms, error);
    if (reader == NULL)
      return NULL;
    g_ptr_array_add (store->readers, reader);
  }
  g_ptr_array_add (store->threads, g_thread_new ("store-writer", writer_main, store));
  for (guint i = 0; i < n_readers; i++)
    g_ptr_array_add (store->threads, g_thread_new ("store-reader", reader_main, store));
  return (Store *)g_steal_pointer (&store);
}

static void
sqlite_store_close (Store *parent)
{
  SqliteStore *store = (SqliteStore *)parent;
  g_mutex_lock (&store->lock);
  while (store->unfinished > 0)
    g_cond_wait (&store->idle_cond, &store->lock);
  store->stopping = TRUE;
  g_cond_broadcast (&store->write_cond);
  g_cond_broadcast (&store->read_cond);
  g_mutex_unlock (&store->lock);
  for (guint i = 0; i < store->threads->len; i++)
    g_thread_join (g_ptr_array_index (store->threads, i));
  sqlite_store_free (store);
}

static void
sqlite_store_submit (Store *parent, StoreMode mode, StoreWork work, StoreDone done, gpointer data)
{
  SqliteStore *store = (SqliteStore *)parent;
  Job *job = g_new0 (Job, 1);
  *job = (Job){ .mode = mode, .work = work, .done = done, .data = data };
  g_mutex_lock (&store->lock);
  g_assert (!store->stopping);
  store->unfinished++;
  if (mode == STORE_READ && store->readers->len > 0) {
    job_list_append (&store->reads, job);
    g_cond_signal (&store->read_cond);
  } else {
    job_list_append (&store->writes, job);
    g_cond_signal (&store->write_cond);
  }
  g_mutex_unlock (&store->lock);
}

static gboolean
sqlite_store_on_store_thread (Store *parent)
{
  SqliteStore *store = (SqliteStore *)parent;
  return g_ptr_array_find (store->threads, g_thread_self (), NULL);
}

static void
sqlite_store_get_stats (Store *parent, StoreStats *out_stats)
{
  SqliteStore *store = (SqliteStore *)parent;
  g_mutex_lock (&store->lock);
  *out_stats = store->stats;
  out_stats->queued = store->writes.length + store->reads.length;
  g_mutex_unlock (&store->lock);
}

/* --- statements --- */

static void
sqlite_tx_on_commit (StoreTx *parent, void (*fn) (gpointer), gpointer data, GDestroyNotify destroy)
{
  SqliteTx *tx = (SqliteTx *)parent;
  if (tx->job->hooks == NULL)
    tx->job->hooks = g_array_new (FALSE, FALSE, sizeof (CommitHook));
  CommitHook hook = { .fn = fn, .data = data, .destroy = destroy };
  g_array_append_val (tx->job->hooks, hook);
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

const StoreDriver sqlite_store_driver = {
  .scheme = "sqlite:",
  .open = sqlite_store_open,
  .close = sqlite_store_close,
  .submit = sqlite_store_submit,
  .on_store_thread = sqlite_store_on_store_thread,
  .get_stats = sqlite_store_get_stats,
  .tx_on_commit = sqlite_tx_on_commit,
  .exec = sqlite_tx_exec,
  .query = sqlite_tx_query,
  .rows_free = sqlite_rows_free,
  .rows_next = sqlite_rows_next,
  .rows_is_null = sqlite_rows_is_null,
  .rows_int = sqlite_rows_int,
  .rows_text = sqlite_rows_text,
  .rows_bytes = sqlite_rows_bytes,
};
