#include "store/postgres/driver.h"

#include <string.h>

#include "store/job-queue.h"
#include "store/postgres/schema.h"
#include "store/postgres/session.h"
#include "store/postgres/work.h"

/* One commit serves at most so many works: it bounds how long the first of them waits, and PostgreSQL is quick with so
 * many savepoints only. */
#define BATCH_MAX_WORKS 60
/* Readers spend their time waiting for the network. */
#define MIN_READERS 4
#define MAX_READERS 8
/* Shared, shared, then alone as often as it takes to lose against sessions that are not ours. */
#define MAX_ATTEMPTS    5
#define SHARED_ATTEMPTS 2
#define MAX_LOSSES      3

/* No snapshot is taken before the lock is there: LOCK TABLE is the one statement that needs none. */
#define BEGIN_WRITE    "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
#define LOCK_SHARED    "LOCK TABLE schema_migration IN ROW SHARE MODE"
#define LOCK_ALONE     "LOCK TABLE schema_migration IN EXCLUSIVE MODE"
#define BEGIN_READ     "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
#define SAVEPOINT      "SAVEPOINT work"
#define UNDO_SAVEPOINT "ROLLBACK TO SAVEPOINT work"
#define KEEP_SAVEPOINT "RELEASE SAVEPOINT work"

typedef struct {
  Store parent;
  PgTarget *target;
  PgSession *writer;
  GMutex idle_lock;
  GPtrArray *idle; /* PgSession: of the readers, those that nobody uses; the last used at the end */
} PgStore;

/* --- transactions of the writer --- */

typedef enum {
  ATTEMPT_ENDED,    /* each job has its verdict */
  ATTEMPT_SPOILED,  /* nothing was kept: the commit was refused */
  ATTEMPT_CONFLICT, /* nothing was kept: another transaction was first */
  ATTEMPT_LOST,     /* nothing was kept: the connection is gone */
  ATTEMPT_UNCERTAIN /* the connection is gone, and the commit had been sent */
} Attempt;

static void
begin_write (PgConnection *connection, const char *lock)
{
  pg_connection_control (connection, BEGIN_WRITE);
  pg_connection_control (connection, lock);
  pg_connection_note_transaction (connection);
}

static Attempt
roll_back (PgConnection *connection, Attempt otherwise)
{
  PgFailure failure;
  g_autoptr (GError) error = NULL;
  pg_connection_control (connection, "ROLLBACK");
  /* Controls that waited may fail before it; what counts is that the session is still there. */
  if (pg_connection_flush (connection, &failure, &error))
    return otherwise;
  if (failure != PG_FAILURE_LOST) {
    pg_connection_control (connection, "ROLLBACK");
    if (pg_connection_flush (connection, &failure, NULL))
      return otherwise;
  }
  return ATTEMPT_LOST;
}

static Attempt
commit (PgStore *store, PgConnection *connection, GError **error)
{
  PgFailure failure;
  pg_connection_control (connection, "COMMIT");
  if (pg_connection_flush (connection, &failure, error)) {
    job_queue_count_commit (store->parent.queue);
    return ATTEMPT_ENDED;
  }
  switch (failure) {
  case PG_FAILURE_LOST:
    return ATTEMPT_UNCERTAIN;
  case PG_FAILURE_CONFLICT:
    return roll_back (connection, ATTEMPT_CONFLICT);
  case PG_FAILURE_NONE:
  case PG_FAILURE_STATEMENT:
  case PG_FAILURE_TRANSACTION:
    break;
  }
  return roll_back (connection, ATTEMPT_SPOILED);
}

/* One work in a transaction of its own. */
static Attempt
attempt_alone (PgStore *store, PgConnection *connection, Job *job, const char *lock)
{
  begin_write (connection, lock);
  switch (pg_work_run (job, connection)) {
  case WORK_KEPT:
    break;
  case WORK_REFUSED:
  case WORK_ABANDONED:
    return roll_back (connection, ATTEMPT_ENDED);
  case WORK_CONFLICT:
    return roll_back (connection, ATTEMPT_CONFLICT);
  case WORK_LOST:
    return ATTEMPT_LOST;
  }
  return commit (store, connection, &job->error);
}

/* It could not have its locks in time, or the server takes no writes: true for all of the batch. */
static Attempt
abandon (PgConnection *connection, JobList *batch, const Job *because)
{
  for (Job *job = batch->head; job != NULL; job = job->next)
    if (job->error == NULL)
      job->error = g_error_copy (because->error);
  return roll_back (connection, ATTEMPT_ENDED);
}

/* All of them as savepoints of one transaction. What arrives meanwhile does not join it: another server may have committed what that
 * was submitted for, and the snapshot is older. */
static Attempt
attempt_batch (PgStore *store, PgConnection *connection, JobList *batch, GError **error)
{
  begin_write (connection, LOCK_SHARED);
  for (Job *job = batch->head; job != NULL; job = job->next) {
    pg_connection_control (connection, SAVEPOINT);
    switch (pg_work_run (job, connection)) {
    case WORK_KEPT:
      break;
    case WORK_REFUSED:
      pg_connection_control (connection, UNDO_SAVEPOINT);
      break;
    case WORK_ABANDONED:
      return abandon (connection, batch, job);
    case WORK_CONFLICT:
      return roll_back (connection, ATTEMPT_CONFLICT);
    case WORK_LOST:
      return ATTEMPT_LOST;
    }
    pg_connection_control (connection, KEEP_SAVEPOINT);
  }
  return commit (store, connection, error);
}

/* --- after a commit without an answer --- */

#define OUTCOME_ASKED_TIMES 100
#define OUTCOME_PAUSE_US    (20 * 1000)
/* At start, for a server that starts as well. */
#define START_PATIENCE_US (30 * G_USEC_PER_SEC)
#define START_PAUSE_US    (100 * 1000)

/* Asks the server on a new connection. */
static Attempt
resolve (PgStore *store, const PgTransaction *transaction)
{
  PgOutcome outcome = PG_OUTCOME_UNKNOWN;
  for (int i = 0; i < OUTCOME_ASKED_TIMES; i++) {
    g_autoptr (GError) error = NULL;
    PgConnection *connection = pg_session_get (store->writer, &error);
    if (connection == NULL)
      break;
    outcome = pg_connection_outcome (connection, transaction);
    if (outcome != PG_OUTCOME_RUNNING)
      break;
    g_usleep (OUTCOME_PAUSE_US);
  }
  switch (outcome) {
  case PG_OUTCOME_COMMITTED:
    job_queue_count_commit (store->parent.queue);
    return ATTEMPT_ENDED;
  case PG_OUTCOME_ABORTED:
    return ATTEMPT_LOST;
  case PG_OUTCOME_RUNNING:
  case PG_OUTCOME_UNKNOWN:
    break;
  }
  job_queue_count_uncertain (store->parent.queue);
  return ATTEMPT_UNCERTAIN;
}

/* Gives the session up when the attempt has lost it, and finds out what can be found out. */
static Attempt
after_attempt (PgStore *store, PgConnection *connection, Attempt attempt)
{
  if (attempt != ATTEMPT_LOST && attempt != ATTEMPT_UNCERTAIN)
    return attempt;
  PgTransaction transaction = pg_connection_noted_transaction (connection);
  pg_session_drop (store->writer);
  return attempt == ATTEMPT_UNCERTAIN ? resolve (store, &transaction) : attempt;
}

static void
set_uncertain (Job *job)
{
  g_clear_error (&job->error);
  g_set_error (&job->error, STORE_ERROR, STORE_ERROR_IO,
               "the connection to the database was lost while it was committing: whether this was "
               "kept is not known; look before doing it again");
}

/* --- the writer --- */

/* Two servers that are in each other's way must not stay in step: their sessions' numbers differ. */
static void
pause_after_conflict (PgConnection *connection, int attempt)
{
  g_usleep ((gulong)(1000 << attempt) + pg_connection_number (connection) % 16 * 100);
}

/* Sets job->error unless it is durable afterwards. */
static void
run_alone (PgStore *store, Job *job)
{
  int conflicts = 0, losses = 0;
  while (conflicts < MAX_ATTEMPTS && losses < MAX_LOSSES) {
    job_forget_attempt (job);
    PgConnection *connection = pg_session_get (store->writer, &job->error);
    if (connection == NULL)
      return;
    const char *lock = conflicts < SHARED_ATTEMPTS ? LOCK_SHARED : LOCK_ALONE;
    Attempt attempt = attempt_alone (store, connection, job, lock);
    switch (after_attempt (store, connection, attempt)) {
    case ATTEMPT_ENDED:
      /* Of a commit that has turned out to be kept, the error was only that its answer was lost. */
      if (attempt == ATTEMPT_UNCERTAIN)
        g_clear_error (&job->error);
      return;
    case ATTEMPT_SPOILED:
      return;
    case ATTEMPT_UNCERTAIN:
      set_uncertain (job);
      return;
    case ATTEMPT_CONFLICT:
      pause_after_conflict (connection, conflicts++);
      break;
    case ATTEMPT_LOST:
      losses++;
      break;
    }
  }
  g_clear_error (&job->error);
  if (losses < MAX_LOSSES)
    g_set_error (&job->error, STORE_ERROR, STORE_ERROR_BUSY,
                 "other sessions were in the way of this %d times; trying again may help",
                 conflicts);
  else
    g_set_error (&job->error, STORE_ERROR, STORE_ERROR_IO,
                 "the connection to the database was lost %d times in this; nothing was kept",
                 losses);
}

/* Runs first and whatever is waiting; all end up in out_batch with their verdicts. */
static void
run_batch (PgStore *store, Job *first, JobList *out_batch)
{
  Job *more = first;
  do {
    job_list_append (out_batch, more);
    more = out_batch->length < BATCH_MAX_WORKS
               ? job_queue_take_write (store->parent.queue, JOB_TAKE_PRESENT)
               : NULL;
  } while (more != NULL);
  if (first->next == NULL) {
    run_alone (store, first);
    return;
  }

  g_autoptr (GError) error = NULL;
  PgConnection *connection = pg_session_get (store->writer, &error);
  Attempt attempt =
      connection != NULL ? attempt_batch (store, connection, out_batch, &error) : ATTEMPT_SPOILED;
  if (connection != NULL)
    attempt = after_attempt (store, connection, attempt);
  for (Job *job = first; job != NULL && attempt != ATTEMPT_ENDED; job = job->next) {
    if (attempt != ATTEMPT_UNCERTAIN)
      run_alone (store, job);
    else if (job->error == NULL)
      set_uncertain (job);
  }
}

static gpointer
writer_main (gpointer data)
{
  PgStore *store = data;
  Job *first;
  while ((first = job_queue_take_write (store->parent.queue, JOB_TAKE_WAITING)) != NULL) {
    JobList batch = { 0 };
    run_batch (store, first, &batch);
    job_queue_finish_all (store->parent.queue, &batch);
  }
  return NULL;
}

/* --- the readers --- */

static void
run_read (PgSession *session, Job *job)
{
  for (int attempt = 1;; attempt++) {
    job_forget_attempt (job);
    PgConnection *connection = pg_session_get (session, &job->error);
    if (connection == NULL)
      return;
    pg_connection_control (connection, BEGIN_READ);
    WorkEnd end = pg_work_run (job, connection);
    if (end == WORK_LOST)
      pg_session_drop (session);
    else {
      /* There is nothing to commit: it only lets the snapshot go. */
      pg_connection_control (connection, "ROLLBACK");
      pg_connection_flush_unheard (connection);
    }
    if ((end != WORK_LOST && end != WORK_CONFLICT) || attempt == MAX_ATTEMPTS)
      break;
  }
}

/* The session that was used last is the next: as many are connected as reads have run at the same time. There is one for
 * each thread. */
static PgSession *
take_session (PgStore *store)
{
  g_mutex_lock (&store->idle_lock);
  g_assert (store->idle->len > 0);
  PgSession *session = g_ptr_array_steal_index (store->idle, store->idle->len - 1);
  g_mutex_unlock (&store->idle_lock);
  return session;
}

static void
put_session (PgStore *store, PgSession *session)
{
  g_mutex_lock (&store->idle_lock);
  g_ptr_array_add (store->idle, session);
  g_mutex_unlock (&store->idle_lock);
}

static gpointer
reader_main (gpointer data)
{
  PgStore *store = data;
  Job *job;
  while ((job = job_queue_take_read (store->parent.queue)) != NULL) {
    PgSession *session = take_session (store);
    run_read (session, job);
    put_session (store, session);
    job_queue_finish (store->parent.queue, job);
  }
  return NULL;
}

/* --- opening and closing --- */

static void
free_session (gpointer data)
{
  pg_session_free (data);
}

static void
pg_store_free (PgStore *store)
{
  job_queue_free (store->parent.queue);
  g_ptr_array_unref (store->idle);
  g_mutex_clear (&store->idle_lock);
  pg_session_free (store->writer);
  pg_target_free (store->target);
  g_free (store);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PgStore, pg_store_free)

static gboolean
pg_store_describe (const char *rest, StoreUrl *out, GError **error)
{
  g_autoptr (PgTarget) target = pg_target_parse (rest, error);
  if (target == NULL)
    return FALSE;
  *out = (StoreUrl){ .name = g_strdup (pg_target_name (target)),
                     .has_password = pg_target_has_password (target) };
  return TRUE;
}

/* Does the failure to connect come from a server that only needs time? A ping that succeeds may mean that it is ready by now,
 * or that it is the user that it refuses: that is told by one more try. */
static gboolean
may_try_again (const PgTarget *target, gint64 end_us, gboolean *is_last)
{
  PGPing state = *is_last ? PQPING_NO_RESPONSE : pg_target_ping (target);
  *is_last = state == PQPING_OK;
  if (state == PQPING_REJECT && g_get_monotonic_time () < end_us) {
    g_usleep (START_PAUSE_US);
    return TRUE;
  }
  return *is_last;
}

/* One that starts or recovers is waited for: the machine may have booted just now. One that is not there, or that refuses, is
 * told at once. */
static PgConnection *
connect_first (const PgTarget *target, GError **error)
{
  gint64 end_us = g_get_monotonic_time () + START_PATIENCE_US;
  gboolean is_last = FALSE;
  for (;;) {
    g_autoptr (GError) problem = NULL;
    PgConnection *connection = pg_connection_open (target, &problem);
    if (connection != NULL)
      return connection;
    if (may_try_again (target, end_us, &is_last))
      continue;
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
}

static Store *
pg_store_open (const char *rest, GError **error)
{
  g_autoptr (PgStore) store = g_new0 (PgStore, 1);
  store->parent.driver = &postgres_store_driver;
  g_mutex_init (&store->idle_lock);
  store->idle = g_ptr_array_new_with_free_func (free_session);
  store->parent.queue = job_queue_new (JOB_QUEUE_READS_APART);
  store->target = pg_target_parse (rest, error);
  if (store->target == NULL)
    return NULL;
  PgConnection *writer = connect_first (store->target, error);
  if (writer == NULL)
    return NULL;
  store->writer = pg_session_new (store->target, writer);
  if (!pg_schema_migrate (writer, &store->parent.schema_found, error)) {
    g_prefix_error (error, "cannot use %s: ", pg_target_name (store->target));
    return NULL;
  }
  guint n_readers = CLAMP (2 * g_get_num_processors (), MIN_READERS, MAX_READERS);
  for (guint i = 0; i < n_readers; i++)
    g_ptr_array_add (store->idle, pg_session_new (store->target, NULL));
  job_queue_start_thread (store->parent.queue, "store-writer", writer_main, store);
  for (guint i = 0; i < n_readers; i++)
    job_queue_start_thread (store->parent.queue, "store-reader", reader_main, store);
  return (Store *)g_steal_pointer (&store);
}

static void
pg_store_close (Store *parent)
{
  PgStore *store = (PgStore *)parent;
  job_queue_stop (store->parent.queue);
  pg_store_free (store);
}

const StoreDriver postgres_store_driver = {
  .schemes = { "postgresql:", "postgres:" },
  .describe = pg_store_describe,
  .open = pg_store_open,
  .close = pg_store_close,
  .tx_on_commit = pg_tx_on_commit,
  .exec = pg_tx_exec,
  .query = pg_tx_query,
  .rows_free = pg_rows_free,
  .rows_next = pg_rows_next,
  .rows_is_null = pg_rows_is_null,
  .rows_int = pg_rows_int,
  .rows_text = pg_rows_text,
  .rows_bytes = pg_rows_bytes,
};
