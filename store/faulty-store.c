#include "store/faulty-store.h"

#include "store/job-queue.h"
#include "store/store-driver.h"

ENUM_NAMES_DEFINE (StoreFault, store_fault, STORE_FAULT_LIST)

typedef struct {
  Store parent;
  Store *store; /* that does the work */
  StoreFaults faults;
} FaultyStore;

/* Statements go on to the other store's transaction; commit hooks stay here, since it is here that a commit is answered. */
typedef struct {
  StoreTx parent;
  StoreTx *inner;
  Job *job;
} FaultyTx;

typedef struct {
  FaultyStore *store;
  Job *job;
  StoreFault fault;
} Attempt;

extern const StoreDriver faulty_store_driver;

static gboolean
is_kept (StoreFault fault)
{
  return fault == STORE_FAULT_NONE || fault == STORE_FAULT_UNKNOWN_KEPT;
}

static gboolean
attempt (StoreTx *inner, gpointer data, GError **error)
{
  const Attempt *attempt = data;
  const StoreFaults *faults = &attempt->store->faults;
  Job *job = attempt->job;
  FaultyTx tx = { .parent.driver = &faulty_store_driver, .inner = inner, .job = job };
  job_forget_attempt (job);
  if (!job->work (&tx.parent, job->data, error))
    return FALSE;
  if (job->mode == STORE_READ)
    return TRUE;
  if (!is_kept (attempt->fault)) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_FULL, "the simulated disk is full");
    return FALSE;
  }
  return faults->before_commit == NULL ||
         faults->before_commit (faults->owner, inner, attempt->fault, error);
}

/* Runs the job on the other store; TRUE when it was kept. */
static gboolean
run_attempt (FaultyStore *store, Job *job, StoreFault fault, GError **error)
{
  Attempt data = { store, job, fault };
  return store_run (store->store, job->mode, attempt, &data, error);
}

static void
lose_answer (FaultyStore *store, Job *job)
{
  job_forget_attempt (job);
  job_queue_count_uncertain (store->parent.queue);
  g_set_error (&job->error, STORE_ERROR, STORE_ERROR_IO,
               "the simulated connection was lost: it is not known whether the commit was kept");
}

static void
run_job (FaultyStore *store, Job *job)
{
  StoreFault fault = store->faults.choose (store->faults.owner, job->mode);
  g_autoptr (GError) dropped = NULL;
  if (fault == STORE_FAULT_BUSY || (fault != STORE_FAULT_NONE && job->mode == STORE_READ)) {
    g_set_error (&job->error, STORE_ERROR, STORE_ERROR_BUSY, "the simulated store is busy");
    return;
  }
  if (fault == STORE_FAULT_AGAIN) {
    if (run_attempt (store, job, fault, &dropped))
      g_assert_not_reached (); /* the attempt fails by itself */
    fault = STORE_FAULT_NONE;
  }
  gboolean kept = run_attempt (store, job, fault, &job->error);
  if (kept && fault == STORE_FAULT_NONE)
    job_queue_count_commit (store->parent.queue);
  else if (kept || (fault == STORE_FAULT_UNKNOWN_LOST &&
                    g_error_matches (job->error, STORE_ERROR, STORE_ERROR_FULL)))
    lose_answer (store, job);
  else if (fault == STORE_FAULT_FORGOTTEN &&
           g_error_matches (job->error, STORE_ERROR, STORE_ERROR_FULL))
    g_clear_error (&job->error);
}

static void
faulty_store_run_here (Store *parent, StoreMode mode, StoreWork work, StoreDone done, gpointer data)
{
  FaultyStore *store = (FaultyStore *)parent;
  Job *job = job_queue_admit (parent->queue, mode, work, done, data);
  run_job (store, job);
  if (job->error != NULL) {
    GError *error = g_steal_pointer (&job->error);
    job_forget_attempt (job); /* its hooks */
    job->error = error;
  }
  job_queue_finish (parent->queue, job);
}

Store *
faulty_store_new (Store *inner, const StoreFaults *faults)
{
  FaultyStore *store = g_new0 (FaultyStore, 1);
  store->parent.driver = &faulty_store_driver;
  store->parent.queue = job_queue_new (JOB_QUEUE_READS_WITH_WRITES);
  store->store = inner;
  store->faults = *faults;
  return &store->parent;
}

static void
faulty_store_close (Store *store)
{
  job_queue_stop (store->queue);
  job_queue_free (store->queue);
  g_free (store);
}

static void
faulty_tx_on_commit (StoreTx *tx, void (*fn) (gpointer), gpointer data, GDestroyNotify destroy)
{
  job_on_commit (((FaultyTx *)tx)->job, fn, data, destroy);
}

static gboolean
faulty_tx_exec (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args,
                gint64 *out_changes, GError **error)
{
  return store_exec (((FaultyTx *)tx)->inner, sql, args, n_args, out_changes, error);
}

/* The rows are the other store's, and go to its driver by themselves. */
static StoreRows *
faulty_tx_query (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args, GError **error)
{
  return store_query (((FaultyTx *)tx)->inner, sql, args, n_args, error);
}

const StoreDriver faulty_store_driver = {
  .close = faulty_store_close,
  .run_here = faulty_store_run_here,
  .tx_on_commit = faulty_tx_on_commit,
  .exec = faulty_tx_exec,
  .query = faulty_tx_query,
};
