#include "server/engine/engine.h"

#include "server/engine/effects.h"
#include "server/engine/private.h"

/* The engine's own life, and the loop that fires timers. */

#define ENGINE_TIME_DEFAULT(name, fallback, what) times->name = (fallback);

void
engine_times_init (EngineTimes *times){ ENGINE_TIME_LIST (ENGINE_TIME_DEFAULT) }

Engine *engine_new (const EngineConfig *config)
{
  Engine *engine = g_new0 (Engine, 1);
  engine->config = *config;
  engine->next_ms = G_MAXINT64;
  g_mutex_init (&engine->lock);
  g_cond_init (&engine->wake);
  return engine;
}

void
engine_free (Engine *engine)
{
  if (engine == NULL)
    return;
  engine_stop (engine);
  g_cond_clear (&engine->wake);
  g_mutex_clear (&engine->lock);
  g_free (engine);
}

void
engine_wake_at (Engine *engine, gint64 due_ms)
{
  g_mutex_lock (&engine->lock);
  if (due_ms < engine->next_ms) {
    engine->next_ms = due_ms;
    g_cond_signal (&engine->wake);
  }
  g_mutex_unlock (&engine->lock);
}

/* ---- loading ---- */

typedef struct {
  Arena *arena;
  HostCommandRecordList commands;
} Loading;

static gboolean
load_commands (StoreTx *tx, gpointer data, GError **error)
{
  Loading *loading = data;
  return host_command_record_pending (tx, loading->arena, &loading->commands, error);
}

static guint64
uncertain_commits (Engine *engine)
{
  StoreStats stats;
  store_get_stats (engine->config.store, &stats);
  return stats.uncertain;
}

gboolean
engine_load (Engine *engine, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  guint64 uncertain = uncertain_commits (engine);
  Loading loading = { .arena = arena };
  if (!store_run (engine->config.store, STORE_READ, load_commands, &loading, error)) {
    g_prefix_error (error, "cannot read the host commands that are on their way: ");
    return FALSE;
  }
  for (gsize i = 0; i < loading.commands.n; i++) {
    const HubCommand command = effect_hub_command (loading.commands.items[i], arena);
    command_hub_offer (engine->config.hub, &command);
  }
  engine->uncertain = uncertain;
  engine_wake_at (engine, 0); /* for the timers */
  return TRUE;
}

/* A commit whose answer was lost may have been kept, and its effects were not seen to: what it would have told the hub is
 * read again. A host that gets a command a second time knows it. */
static gboolean
load_if_uncertain (Engine *engine, GError **error)
{
  if (engine->uncertain == uncertain_commits (engine))
    return TRUE;
  log_warning (engine->config.log, "commits-uncertain",
               log_text ("remedy", "commands and timers are read again"));
  return engine_load (engine, error);
}

/* ---- firing ---- */

#define TIMERS_AT_ONCE 256

typedef struct {
  Engine *engine;
  Arena *arena;
  gint64 now_ms;
  TimerRecordList due;
  gint64 next_ms; /* of the first that is not due; -1: there is none */
  GMutex lock;
  GCond done;
  gsize n_open;
  gsize n_stuck;       /* could be neither acted upon nor put off: still due */
  gsize n_waiting;     /* of those, the ones that wait for the store */
  GError *waiting_for; /* what the first of them failed with */
} Round;

typedef struct {
  Round *round;
  const TimerRecord *timer;
  char *failure; /* what the first attempt failed with */
} Firing;

static gboolean
read_timers (StoreTx *tx, gpointer data, GError **error)
{
  Round *round = data;
  TimerRecordList all;
  if (!timer_record_earliest (tx, TIMERS_AT_ONCE + 1, round->arena, &all, error))
    return FALSE;
  round->due = (TimerRecordList){ 0, all.items };
  while (round->due.n < all.n && all.items[round->due.n]->due_ms <= round->now_ms)
    round->due.n++;
  round->next_ms = round->due.n < all.n ? all.items[round->due.n]->due_ms : -1;
  return TRUE;
}

static gboolean
fire (StoreTx *tx, gpointer data, GError **error)
{
  Firing *firing = data;
  return timer_fire (firing->round->engine, tx, firing->timer, firing->round->now_ms, error);
}

/* Its work failed, for a reason that lies with us: a deployment that cannot start ends with it, all else is tried again
 * later. */
static gboolean
postpone (StoreTx *tx, gpointer data, GError **error)
{
  Firing *firing = data;
  Engine *engine = firing->round->engine;
  const TimerRecord *timer = firing->timer;
  g_autoptr (Arena) arena = arena_new ();
  if (timer->kind == TIMER_START) {
    DeploymentRecord *deployment = deployment_load (tx, timer->deployment_id, arena, error);
    return deployment != NULL &&
           deployment_close (engine, tx, deployment, DEPLOYMENT_ERROR_INTERNAL_ERROR,
                             arena_printf (arena, "The server could not start the deployment: %s",
                                           firing->failure),
                             firing->round->now_ms, arena, error);
  }
  return engine_set_timer (engine, tx, timer->deployment_id, timer->ordinal, timer->kind,
                           firing->round->now_ms + ENGINE_RETRY_MS, error);
}

typedef enum {
  FIRING_DONE, /* acted upon, or put off */
  FIRING_STUCK /* still due */
} FiringEnd;

static void
firing_ended (Firing *firing, FiringEnd end)
{
  Round *round = firing->round;
  g_mutex_lock (&round->lock);
  round->n_stuck += end == FIRING_STUCK;
  if (--round->n_open == 0)
    g_cond_signal (&round->done);
  g_mutex_unlock (&round->lock);
}

/* Nothing is wrong with it: the store is away, full or busy. It stays due. */
static void
firing_waits (Firing *firing, const GError *error)
{
  Round *round = firing->round;
  g_mutex_lock (&round->lock);
  if (round->n_waiting++ == 0)
    round->waiting_for = g_error_copy (error);
  g_mutex_unlock (&round->lock);
  firing_ended (firing, FIRING_STUCK);
}

static void
postponed (gpointer data, const GError *error)
{
  Firing *firing = data;
  if (error == NULL) {
    firing_ended (firing, FIRING_DONE);
  } else if (store_error_may_pass (error)) {
    firing_waits (firing, error);
  } else {
    log_failure (firing->round->engine->config.log, "timer-not-postponed",
                 log_text ("deployment", firing->timer->deployment_id), log_error_field (error));
    firing_ended (firing, FIRING_STUCK);
  }
}

static void
fired (gpointer data, const GError *error)
{
  Firing *firing = data;
  Engine *engine = firing->round->engine;
  if (error == NULL) {
    firing_ended (firing, FIRING_DONE);
    return;
  }
  if (store_error_may_pass (error)) {
    firing_waits (firing, error);
    return;
  }
  log_failure (engine->config.log, "timer-failed",
               log_text ("kind", timer_kind_name (firing->timer->kind)),
               log_text ("deployment", firing->timer->deployment_id),
               log_number ("target", firing->timer->ordinal), log_error_field (error));
  firing->failure = arena_strdup (firing->round->arena, error->message);
  store_submit (engine->config.store, STORE_WRITE, postpone, postponed, firing);
}

/* What a round came to. */
typedef struct {
  gsize n_done;
  gint64 next_ms; /* when the next timer is due; -1: there is none */
} RoundEnd;

/* When to look again although nothing new comes due: asking a store that takes no writes at once would only spin. */
static gint64
round_retry_ms (const Engine *engine, Round *round)
{
  if (round->n_waiting == 0)
    return round->now_ms + ENGINE_RETRY_MS;
  /* One line for all of them: there may be many. */
  log_failure (engine->config.log, "timers-wait-for-store",
               log_number ("timers", (gint64)round->n_waiting),
               log_error_field (round->waiting_for));
  g_clear_error (&round->waiting_for);
  return round->now_ms + ENGINE_STORE_RETRY_MS;
}

/* Fires everything that is due now. The works are queued together, so that the store may commit them together. */
static gboolean
fire_round (Engine *engine, RoundEnd *out, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  Round round = { .engine = engine,
                  .arena = arena,
                  .now_ms = ambient_now_ms (engine->config.ambient) };
  if (!store_run (engine->config.store, STORE_READ, read_timers, &round, error))
    return FALSE;
  g_mutex_init (&round.lock);
  g_cond_init (&round.done);
  round.n_open = round.due.n;
  for (gsize i = 0; i < round.due.n; i++) {
    Firing *firing = arena_new0 (arena, Firing);
    *firing = (Firing){ .round = &round, .timer = round.due.items[i] };
    store_submit (engine->config.store, STORE_WRITE, fire, fired, firing);
  }
  g_mutex_lock (&round.lock);
  while (round.n_open > 0)
    g_cond_wait (&round.done, &round.lock);
  g_mutex_unlock (&round.lock);
  g_cond_clear (&round.done);
  g_mutex_clear (&round.lock);
  if (round.n_stuck > 0) {
    gint64 retry_ms = round_retry_ms (engine, &round);
    if (round.next_ms < 0 || round.next_ms > retry_ms)
      round.next_ms = retry_ms;
  }
  *out = (RoundEnd){ .n_done = round.due.n - round.n_stuck, .next_ms = round.next_ms };
  return TRUE;
}

static gboolean
is_stopping (Engine *engine)
{
  g_mutex_lock (&engine->lock);
  gboolean stopping = engine->stopping;
  g_mutex_unlock (&engine->lock);
  return stopping;
}

gboolean
engine_run_due (Engine *engine, gint64 *out_next_ms, GError **error)
{
  RoundEnd end;
  if (!load_if_uncertain (engine, error))
    return FALSE;
  do {
    if (!fire_round (engine, &end, error))
      return FALSE;
  } while (end.n_done > 0 && !is_stopping (engine));
  if (out_next_ms != NULL)
    *out_next_ms = end.next_ms;
  return TRUE;
}

/* ---- the thread ---- */

/* The hub's clocks have a grain of this; an idle server wakes as often. */
#define LONGEST_SLEEP_MS 1000

static void
sleep_until_wanted (Engine *engine)
{
  gint64 hub_ms = command_hub_tick (engine->config.hub);
  gint64 longest_ms = hub_ms > 0 ? MIN (hub_ms, LONGEST_SLEEP_MS) : LONGEST_SLEEP_MS;
  gint64 end_us = g_get_monotonic_time () + longest_ms * 1000;
  g_mutex_lock (&engine->lock);
  while (!engine->stopping) {
    gint64 due_in_ms = engine->next_ms - ambient_now_ms (engine->config.ambient);
    if (due_in_ms <= 0)
      break;
    gint64 until_us =
        due_in_ms < longest_ms ? MIN (end_us, g_get_monotonic_time () + due_in_ms * 1000) : end_us;
    if (!g_cond_wait_until (&engine->wake, &engine->lock, until_us))
      break;
  }
  g_mutex_unlock (&engine->lock);
}

gint64
engine_next_ms (Engine *engine)
{
  g_mutex_lock (&engine->lock);
  gint64 next_ms = engine->next_ms;
  g_mutex_unlock (&engine->lock);
  return engine->uncertain != uncertain_commits (engine) ? 0 : next_ms;
}

/* Timers set from now on are heard of by engine_wake_at; those set before are found by reading. */
void
engine_look_again (Engine *engine)
{
  gboolean uncertain = engine->uncertain != uncertain_commits (engine);
  g_mutex_lock (&engine->lock);
  gboolean due = uncertain || engine->next_ms <= ambient_now_ms (engine->config.ambient);
  if (due)
    engine->next_ms = G_MAXINT64;
  g_mutex_unlock (&engine->lock);
  if (!due)
    return;
  gint64 next_ms;
  g_autoptr (GError) error = NULL;
  if (!engine_run_due (engine, &next_ms, &error)) {
    log_failure (engine->config.log, "timers-not-read", log_error_field (error));
    next_ms = ambient_now_ms (engine->config.ambient) + LONGEST_SLEEP_MS;
  }
  if (next_ms >= 0)
    engine_wake_at (engine, next_ms);
}

static gpointer
run (gpointer data)
{
  Engine *engine = data;
  while (!is_stopping (engine)) {
    engine_look_again (engine);
    sleep_until_wanted (engine);
  }
  return NULL;
}

gboolean
engine_start (Engine *engine, GError **error)
{
  g_assert (engine->thread == NULL);
  if (!engine_load (engine, error))
    return FALSE;
  engine->stopping = FALSE;
  engine->thread = g_thread_new ("engine", run, engine);
  return TRUE;
}

void
engine_stop (Engine *engine)
{
  if (engine->thread == NULL)
    return;
  g_mutex_lock (&engine->lock);
  engine->stopping = TRUE;
  g_cond_signal (&engine->wake);
  g_mutex_unlock (&engine->lock);
  g_thread_join (g_steal_pointer (&engine->thread));
}
