#include "server/errand-runner.h"

#include "server/lease-keeper.h"

/* Errands of other servers, whose commits wake nobody here, are found by looking; so are those of a server that is gone. */
#define LONGEST_SLEEP_MS (10 * 1000)
/* The store took no result: it is asked again after. */
#define STORE_RETRY_MS 2000
/* A performer that says "not yet" and no time is asked again after. */
#define AGAIN_MS 1000

/* Who waits for whom. */
typedef enum {
  LANE_TRAFFIC,
  LANE_ALARMS,
  LANE_FLEETS
} LaneId;
#define N_LANES (LANE_FLEETS + 1)

static const LaneId lane_of[ERRAND_N_KINDS] = {
  [ERRAND_BLOCK_TRAFFIC] = LANE_TRAFFIC,   [ERRAND_ALLOW_TRAFFIC] = LANE_TRAFFIC,
  [ERRAND_READ_ALARMS] = LANE_ALARMS,      [ERRAND_LIST_FLEET] = LANE_FLEETS,
  [ERRAND_COPY_FLEET] = LANE_FLEETS,       [ERRAND_SWAP_FLEET] = LANE_FLEETS,
  [ERRAND_KEEP_HOOK] = LANE_FLEETS,        [ERRAND_WATCH_SCALING] = LANE_FLEETS,
  [ERRAND_LIFECYCLE_ACTION] = LANE_FLEETS, [ERRAND_RETIRE_FLEET] = LANE_FLEETS,
};

/* What an errand may take. Alarms: less than half of the 30 s in which they must have been read, so a second try is in it. Fleets: an Auto
 * Scaling group is copied with some hundreds of calls. */
static const gint64 most_us[N_LANES] = {
  [LANE_TRAFFIC] = 60 * G_USEC_PER_SEC,
  [LANE_ALARMS] = 12 * G_USEC_PER_SEC,
  [LANE_FLEETS] = 300 * G_USEC_PER_SEC,
};

typedef struct {
  guint kinds; /* bits */
  GThreadPool *pool;
  gint64 next_ms; /* when to look again */
  guint n_open;   /* claimed, not settled */
} Lane;

struct ErrandRunner {
  ErrandRunnerConfig config;
  Engine *engine;
  GThread *claimer;
  GMutex lock;
  GCond changed;
  Lane lanes[N_LANES];
  guint n_open; /* of all lanes */
  gboolean stopping;
  LeaseKeeper *leases;
};

static gboolean
renew (StoreTx *tx, gconstpointer row, gint64 was_ms, gint64 until_ms, gboolean *out_renewed,
       GError **error)
{
  ErrandRecord record = *(const ErrandRecord *)row;
  record.due_ms = was_ms;
  return errand_record_renew (tx, &record, until_ms, out_renewed, error);
}

/* Of its key and claim. */
static gpointer
copy_key (gconstpointer row, Arena *arena)
{
  const ErrandRecord *errand = row;
  ErrandRecord *copy = arena_new0 (arena, ErrandRecord);
  copy->owner_id = arena_strdup (arena, errand->owner_id);
  copy->ordinal = errand->ordinal;
  copy->kind = errand->kind;
  copy->tries = errand->tries;
  return copy;
}

ErrandRunner *
errand_runner_new (const ErrandRunnerConfig *config)
{
  ErrandRunner *runner = g_new0 (ErrandRunner, 1);
  g_assert (config->n_threads > 0);
  runner->config = *config;
  const LeaseKeeperConfig leases = { config->store,    config->ambient, config->log,
                                     config->lease_ms, renew,           copy_key };
  runner->leases = lease_keeper_new (&leases);
  for (guint kind = 0; kind < ERRAND_N_KINDS; kind++)
    runner->lanes[lane_of[kind]].kinds |= ERRAND_KIND_BIT (kind);
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
  lease_keeper_free (runner->leases);
  g_mutex_clear (&runner->lock);
  g_cond_clear (&runner->changed);
  g_free (runner);
}

void
errand_runner_wake (gpointer data, gint64 due_ms)
{
  ErrandRunner *runner = data;
  gboolean sooner = FALSE;
  g_mutex_lock (&runner->lock);
  for (guint i = 0; i < N_LANES; i++) {
    sooner |= due_ms < runner->lanes[i].next_ms;
    runner->lanes[i].next_ms = MIN (runner->lanes[i].next_ms, due_ms);
  }
  if (sooner)
    g_cond_broadcast (&runner->changed);
  g_mutex_unlock (&runner->lock);
}

/* ---- one errand ---- */

typedef struct {
  ErrandRunner *runner;
  Arena *arena; /* holds the errand as well */
  const ErrandRecord *errand;
  ErrandResult result;
  LaneId lane;
  gint64 end_us; /* when it has to be over */
  guint64 lease;
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
    /* Otherwise it is performed again when its lease is over, which is renewed while it waits here. */
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
    performer->perform (performer->ctx, job->errand, job->end_us, job->arena, &job->result);
  } else {
    job->result = (ErrandResult){
      .outcome = ERRAND_REFUSED,
      .code = DEPLOYMENT_ERROR_INTERNAL_ERROR,
      .message = arena_printf (job->arena, "This server cannot perform %s",
                               errand_kind_name (job->errand->kind)),
    };
  }
  settle_until_taken (job);
  lease_keeper_drop (runner->leases, job->lease);
  g_mutex_lock (&runner->lock);
  Lane *lane = &runner->lanes[job->lane];
  lane->n_open--;
  runner->n_open--;
  /* The commit says so as well, unless its answer was lost. */
  if (job->result.outcome == ERRAND_NOT_YET)
    lane->next_ms = MIN (lane->next_ms,
                         ambient_now_ms (runner->config.ambient) + MAX (job->result.again_ms, 1));
  g_cond_broadcast (&runner->changed);
  g_mutex_unlock (&runner->lock);
  arena_free (job->arena);
  g_free (job);
}

/* ---- claiming ---- */

typedef struct {
  gsize limit;
  ErrandRecordList claimed;
  gint64 next_ms;
} LaneClaim;

typedef struct {
  ErrandRunner *runner;
  Arena *arena;
  LaneClaim lanes[N_LANES];
} Claim;

static gboolean
claim (StoreTx *tx, gpointer data, GError **error)
{
  Claim *work = data;
  ErrandRunner *runner = work->runner;
  for (guint i = 0; i < N_LANES; i++) {
    LaneClaim *lane = &work->lanes[i];
    const ErrandClaim wanted = { runner->lanes[i].kinds, lane->limit,
                                 ambient_now_ms (runner->config.ambient),
                                 lease_keeper_lease_ms (runner->leases) };
    lane->claimed.n = 0;
    if (lane->limit > 0 && !engine_errands_claim (runner->engine, tx, &wanted, work->arena,
                                                  &lane->claimed, &lane->next_ms, error))
      return FALSE;
  }
  return TRUE;
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

/* begun_us: when it was claimed; its time counts from there. */
static void
hand_out (ErrandRunner *runner, LaneId lane, const ErrandRecord *errand, gint64 begun_us)
{
  Job *job = g_new0 (Job, 1);
  job->runner = runner;
  job->arena = arena_new ();
  job->errand = copy_errand (errand, job->arena);
  job->lane = lane;
  job->end_us = begun_us + most_us[lane];
  job->lease = lease_keeper_add (runner->leases, job->errand, errand->due_ms, job->end_us);
  g_mutex_lock (&runner->lock);
  runner->lanes[lane].n_open++;
  runner->n_open++;
  g_mutex_unlock (&runner->lock);
  g_thread_pool_push (runner->lanes[lane].pool, job, NULL);
}

/* How many errands of a lane may be claimed now: no more than there are threads for, since what waits here would use up its
 * time. */
static gsize
free_threads (const ErrandRunner *runner, const Lane *lane)
{
  return runner->config.n_threads - MIN (lane->n_open, runner->config.n_threads);
}

/* FALSE: there is nothing to be claimed now. */
static gboolean
begin_claim (ErrandRunner *runner, Claim *work)
{
  gint64 now_ms = ambient_now_ms (runner->config.ambient);
  gboolean any = FALSE;
  g_mutex_lock (&runner->lock);
  for (guint i = 0; i < N_LANES && !runner->stopping; i++) {
    Lane *lane = &runner->lanes[i];
    work->lanes[i].limit = lane->next_ms <= now_ms ? free_threads (runner, lane) : 0;
    if (work->lanes[i].limit == 0)
      continue;
    lane->next_ms = G_MAXINT64;
    any = TRUE;
  }
  g_mutex_unlock (&runner->lock);
  return any;
}

static void
look_again (ErrandRunner *runner, LaneId lane, gint64 due_ms)
{
  g_mutex_lock (&runner->lock);
  runner->lanes[lane].next_ms = MIN (runner->lanes[lane].next_ms, due_ms);
  g_mutex_unlock (&runner->lock);
}

static void
claim_some (ErrandRunner *runner)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  Claim work = { .runner = runner, .arena = arena };
  if (!begin_claim (runner, &work))
    return;
  gint64 begun_us = ambient_monotonic_us (runner->config.ambient);
  gboolean ok = store_run (runner->config.store, STORE_WRITE, claim, &work, &error);
  if (!ok)
    log_failure (runner->config.log, "errands-not-claimed", log_error_field (error));
  for (guint i = 0; i < N_LANES; i++) {
    const LaneClaim *lane = &work.lanes[i];
    if (lane->limit == 0)
      continue;
    for (gsize k = 0; ok && k < lane->claimed.n; k++)
      hand_out (runner, (LaneId)i, lane->claimed.items[k], begun_us);
    if (!ok)
      look_again (runner, (LaneId)i, ambient_now_ms (runner->config.ambient) + STORE_RETRY_MS);
    else if (lane->next_ms >= 0)
      look_again (runner, (LaneId)i, lane->next_ms);
  }
}

/* ---- waiting ---- */

/* Until when there is nothing to do, if nothing happens; end_us: at the longest. */
static gint64
idle_until_us (const ErrandRunner *runner, gint64 end_us)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 now_ms = ambient_now_ms (runner->config.ambient);
  gint64 renewal_us = lease_keeper_due_in_us (runner->leases);
  if (renewal_us < LONGEST_SLEEP_MS * 1000)
    end_us = MIN (end_us, now_us + renewal_us);
  for (guint i = 0; i < N_LANES && !runner->stopping; i++) {
    const Lane *lane = &runner->lanes[i];
    gint64 due_in_ms = lane->next_ms - now_ms;
    if (free_threads (runner, lane) > 0 && due_in_ms < LONGEST_SLEEP_MS)
      end_us = MIN (end_us, now_us + MAX (due_in_ms, 0) * 1000);
  }
  return end_us;
}

/* Until there is something to claim or to renew. FALSE: it is time to stop, and nothing is on its way any more. */
static gboolean
wait_for_work (ErrandRunner *runner)
{
  gint64 longest_us = g_get_monotonic_time () + LONGEST_SLEEP_MS * 1000;
  g_mutex_lock (&runner->lock);
  for (;;) {
    gint64 until_us = idle_until_us (runner, longest_us);
    if (g_get_monotonic_time () >= until_us || (runner->stopping && runner->n_open == 0))
      break;
    g_cond_wait_until (&runner->changed, &runner->lock, until_us);
  }
  gboolean looks = g_get_monotonic_time () >= longest_us;
  for (guint i = 0; i < N_LANES && looks; i++)
    runner->lanes[i].next_ms = 0;
  gboolean over = runner->stopping && runner->n_open == 0;
  g_mutex_unlock (&runner->lock);
  return !over;
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
  if (runner->config.alone)
    take_over (runner);
  while (wait_for_work (runner)) {
    lease_keeper_renew (runner->leases);
    claim_some (runner);
  }
  return NULL;
}

/* ---- its life ---- */

void
errand_runner_start (ErrandRunner *runner, Engine *engine)
{
  g_assert (runner->claimer == NULL);
  runner->engine = engine;
  runner->stopping = FALSE;
  for (guint i = 0; i < N_LANES; i++)
    runner->lanes[i].pool =
        g_thread_pool_new (perform, runner, (gint)runner->config.n_threads, FALSE, NULL);
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
  for (guint i = 0; i < N_LANES; i++)
    g_thread_pool_free (g_steal_pointer (&runner->lanes[i].pool), FALSE, TRUE);
}
