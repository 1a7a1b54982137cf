#include "server/errand-runner.h"

/* Errands of other servers, whose commits wake nobody here, are found by looking; so are those of a server that is gone. */
#define LONGEST_SLEEP_MS (10 * 1000)
/* The store took no result: it is asked again after, as long as the lease lasts. */
#define STORE_RETRY_MS 2000
/* A performer that says "not yet" and no time is asked again after. */
#define AGAIN_MS 1000

struct ErrandRunner {
  ErrandRunnerConfig config;
  Engine *engine;
  GThread *claimer;
  GThreadPool *pool;
  GMutex lock;
  GCond changed;
  gint64 next_ms; /* when to look again */
  guint n_open;   /* claimed, not settled */
  gboolean stopping;
};

ErrandRunner *
errand_runner_new (const ErrandRunnerConfig *config)
{
  ErrandRunner *runner = g_new0 (ErrandRunner, 1);
  g_assert (config->n_threads > 0);
  runner->config = *config;
  g_mutex_init (&runner->lock);
  g_cond_init (&runner->changed);
  return runner;
}

void
errand_runner_free (ErrandRunner *runner)
{
  if (runner == NULL)
    return;
  g_assert (runner->claimer == NULL);
  g_mutex_clear (&runner->lock);
  g_cond_clear (&runner->changed);
  g_free (runner);
}

void
errand_runner_wake (gpointer data, gint64 due_ms)
{
  ErrandRunner *runner = data;
  g_mutex_lock (&runner->lock);
  if (due_ms < runner->next_ms) {
    runner->next_ms = due_ms;
    g_cond_signal (&runner->changed);
  }
  g_mutex_unlock (&runner->lock);
}

/* ---- one errand ---- */

typedef struct {
  ErrandRunner *runner;
  Arena *arena; /* holds the errand as well */
  const ErrandRecord *errand;
  ErrandResult result;
} Job;

static gboolean
settle (StoreTx *tx, gpointer data, GError **error)
{
  Job *job = data;
  ErrandRunner *runner = job->runner;
  return engine_errand_settle (runner->engine, tx, job->errand, &job->result,
                               ambient_now_ms (runner->config.ambient), error);
}

/* FALSE: it is time to stop. */
static gboolean
pause_for (ErrandRunner *runner, gint64 ms)
{
  gint64 end_us = g_get_monotonic_time () + ms * 1000;
  g_mutex_lock (&runner->lock);
  while (!runner->stopping && g_cond_wait_until (&runner->changed, &runner->lock, end_us))
    ;
  gboolean stopping = runner->stopping;
  g_mutex_unlock (&runner->lock);
  return !stopping;
}

static void
settle_until_taken (Job *job)
{
  ErrandRunner *runner = job->runner;
  for (;;) {
    g_autoptr (GError) error = NULL;
    if (store_run (runner->config.store, STORE_WRITE, settle, job, &error))
      return;
    log_failure (runner->config.log, "errand-not-settled",
                 log_text ("kind", errand_kind_name (job->errand->kind)),
                 log_text ("owner", job->errand->owner_id),
                 log_number ("target", job->errand->ordinal), log_error_field (error));
    /* Otherwise it is performed again when its lease is over. */
    if (!store_error_may_pass (error) || !pause_for (runner, STORE_RETRY_MS))
      return;
  }
}

static void
perform (gpointer data, gpointer user_data)
{
  Job *job = data;
  ErrandRunner *runner = user_data;
  const ErrandPerformer *performer = &runner->config.performers[job->errand->kind];
  if (performer->perform != NULL) {
    job->result.again_ms = AGAIN_MS;
    performer->perform (performer->ctx, job->errand, job->arena, &job->result);
  } else {
    job->result = (ErrandResult){
      .outcome = ERRAND_REFUSED,
      .code = DEPLOYMENT_ERROR_INTERNAL_ERROR,
      .message = arena_printf (job->arena, "This server cannot perform %s",
                               errand_kind_name (job->errand->kind)),
    };
  }
  settle_until_taken (job);
  arena_free (job->arena);
  g_free (job);
  g_mutex_lock (&runner->lock);
  runner->n_open--;
  g_cond_broadcast (&runner->changed);
  g_mutex_unlock (&runner->lock);
}

/* ---- claiming ---- */

typedef struct {
  ErrandRunner *runner;
  Arena *arena;
  gsize limit;
  ErrandRecordList claimed;
  gint64 next_ms;
} Claim;

static gboolean
claim (StoreTx *tx, gpointer data, GError **error)
{
  Claim *work = data;
  ErrandRunner *runner = work->runner;
  return engine_errands_claim (runner->engine, tx, work->limit,
                               ambient_now_ms (runner->config.ambient), ERRAND_LEASE_MS,
                               work->arena, &work->claimed, &work->next_ms, error);
}

static const ErrandRecord *
copy_errand (const ErrandRecord *errand, Arena *arena)
{
  ErrandRecord *copy = arena_new0 (arena, ErrandRecord);
  *copy = *errand;
  copy->owner_id = arena_strdup (arena, errand->owner_id);
  copy->request_json = arena_strdup (arena, errand->request_json);
  copy->state_json = arena_strdup (arena, errand->state_json);
  copy->waits_for = arena_strdup (arena, errand->waits_for);
  return copy;
}

static void
hand_out (ErrandRunner *runner, const ErrandRecordList *claimed)
{
  g_mutex_lock (&runner->lock);
  runner->n_open += (guint)claimed->n;
  g_mutex_unlock (&runner->lock);
  for (gsize i = 0; i < claimed->n; i++) {
    Job *job = g_new0 (Job, 1);
    job->runner = runner;
    job->arena = arena_new ();
    job->errand = copy_errand (claimed->items[i], job->arena);
    g_thread_pool_push (runner->pool, job, NULL);
  }
}

/* Claims no more than there are threads for: what waits here would use up its lease. */
static void
claim_some (ErrandRunner *runner, gsize limit)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  Claim work = { .runner = runner, .arena = arena, .limit = limit };
  gint64 now_ms = ambient_now_ms (runner->config.ambient);
  if (!store_run (runner->config.store, STORE_WRITE, claim, &work, &error)) {
    log_failure (runner->config.log, "errands-not-claimed", log_error_field (error));
    errand_runner_wake (runner, now_ms + STORE_RETRY_MS);
    return;
  }
  hand_out (runner, &work.claimed);
  if (work.next_ms >= 0)
    errand_runner_wake (runner, work.next_ms);
}

/* How many may be claimed now; waits until some are due and a thread is free. 0: it is time to stop. */
static gsize
wait_for_work (ErrandRunner *runner)
{
  gsize free_threads = 0;
  gint64 end_us = g_get_monotonic_time () + LONGEST_SLEEP_MS * 1000;
  g_mutex_lock (&runner->lock);
  while (!runner->stopping) {
    gint64 due_in_ms = runner->next_ms - ambient_now_ms (runner->config.ambient);
    gint64 now_us = g_get_monotonic_time ();
    free_threads = runner->config.n_threads - MIN (runner->n_open, runner->config.n_threads);
    if (free_threads == 0) {
      g_cond_wait (&runner->changed, &runner->lock);
      continue;
    }
    if (due_in_ms <= 0 || now_us >= end_us)
      break;
    gint64 until_us = due_in_ms < LONGEST_SLEEP_MS ? now_us + due_in_ms * 1000 : end_us;
    g_cond_wait_until (&runner->changed, &runner->lock, MIN (until_us, end_us));
  }
  runner->next_ms = G_MAXINT64;
  gboolean stopping = runner->stopping;
  g_mutex_unlock (&runner->lock);
  return stopping ? 0 : free_threads;
}

/* A server that was killed in the middle of an errand must not cost its target the lease. What had been put off is looked at
 * sooner than it had to be, which does no harm. */
static gboolean
hasten (StoreTx *tx, gpointer data, GError **error)
{
  const ErrandRunner *runner = data;
  return errand_record_hasten_all (tx, ambient_now_ms (runner->config.ambient), error);
}

static void
take_over (ErrandRunner *runner)
{
  g_autoptr (GError) error = NULL;
  if (!store_run (runner->config.store, STORE_WRITE, hasten, runner, &error))
    log_failure (runner->config.log, "errands-not-taken-over", log_error_field (error));
}

static gpointer
claimer_main (gpointer data)
{
  ErrandRunner *runner = data;
  gsize limit;
  if (runner->config.alone)
    take_over (runner);
  while ((limit = wait_for_work (runner)) > 0)
    claim_some (runner, limit);
  return NULL;
}

/* ---- its life ---- */

void
errand_runner_start (ErrandRunner *runner, Engine *engine)
{
  g_assert (runner->claimer == NULL);
  runner->engine = engine;
  runner->stopping = FALSE;
  runner->pool = g_thread_pool_new (perform, runner, (gint)runner->config.n_threads, FALSE, NULL);
  runner->claimer = g_thread_new ("errands", claimer_main, runner);
}

void
errand_runner_stop (ErrandRunner *runner)
{
  if (runner == NULL || runner->claimer == NULL)
    return;
  g_mutex_lock (&runner->lock);
  runner->stopping = TRUE;
  g_cond_broadcast (&runner->changed);
  g_mutex_unlock (&runner->lock);
  g_thread_join (g_steal_pointer (&runner->claimer));
  g_thread_pool_free (g_steal_pointer (&runner->pool), FALSE, TRUE);
}
