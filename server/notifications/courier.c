#include "server/notifications/courier.h"

#include "server/lease-keeper.h"
#include "server/notifications/delivery.h"

/* What other servers wrote wakes nobody here, so it is looked for; so is what a server that is gone was delivering. */
#define LONGEST_SLEEP_MS (10 * 1000)
#define STORE_RETRY_MS   2000
#define FORGET_EVERY_MS  (3600 * 1000)
/* So many of one line are delivered by one thread before others have their turn. */
#define LINE_AT_ONCE 100

struct Courier {
  CourierConfig config;
  GThread *claimer;
  GThreadPool *pool;
  GMutex lock;
  GCond changed;
  gint64 next_ms; /* when to look again */
  guint n_open;   /* threads that deliver */
  gboolean stopping;
  gint64 forget_ms; /* of the claimer: when dead letters are looked through */
  LeaseKeeper *leases;
};

static gboolean
renew (StoreTx *tx, gconstpointer row, gint64 was_ms, gint64 until_ms, gboolean *out_renewed,
       GError **error)
{
  NotificationRecord record = *(const NotificationRecord *)row;
  record.due_ms = was_ms;
  return notification_record_renew (tx, &record, until_ms, out_renewed, error);
}

/* Of its id and claim. */
static gpointer
copy_key (gconstpointer row, Arena *arena)
{
  const NotificationRecord *record = row;
  NotificationRecord *copy = arena_new0 (arena, NotificationRecord);
  copy->id = arena_strdup (arena, record->id);
  copy->tries = record->tries;
  return copy;
}

Courier *
courier_new (const CourierConfig *config)
{
  Courier *courier = g_new0 (Courier, 1);
  g_assert (config->n_threads > 0);
  courier->config = *config;
  const LeaseKeeperConfig leases = { config->store,    config->ambient, config->log,
                                     config->lease_ms, renew,           copy_key };
  courier->leases = lease_keeper_new (&leases);
  g_mutex_init (&courier->lock);
  g_cond_init (&courier->changed);
  return courier;
}

void
courier_free (Courier *courier)
{
  if (courier == NULL)
    return;
  g_assert (courier->claimer == NULL);
  lease_keeper_free (courier->leases);
  g_mutex_clear (&courier->lock);
  g_cond_clear (&courier->changed);
  g_free (courier);
}

void
courier_wake (gpointer data, gint64 due_ms)
{
  Courier *courier = data;
  g_mutex_lock (&courier->lock);
  if (due_ms < courier->next_ms) {
    courier->next_ms = due_ms;
    g_cond_signal (&courier->changed);
  }
  g_mutex_unlock (&courier->lock);
}

static gboolean
is_stopping (Courier *courier)
{
  g_mutex_lock (&courier->lock);
  gboolean stopping = courier->stopping;
  g_mutex_unlock (&courier->lock);
  return stopping;
}

/* ---- one line ---- */

typedef struct {
  Courier *courier;
  Arena *arena;
  NotificationRecord *record; /* claimed */
  const char *failure;        /* NULL: it was taken */
  gint64 now_ms;
  gint64 next_lease_ms; /* 0: the next of its line is not wanted */
  DeliveryResult result;
  guint64 lease; /* of record */
} Delivery;

static guint64
begin_lease (Courier *courier, const NotificationRecord *record)
{
  gint64 end_us = ambient_monotonic_us (courier->config.ambient) +
                  COURIER_LONGEST_MS * G_GINT64_CONSTANT (1000);
  return lease_keeper_add (courier->leases, record, record->due_ms, end_us);
}

static void
delivery_free (gpointer data)
{
  Delivery *delivery = data;
  arena_free (delivery->arena);
  g_free (delivery);
}

static gboolean
settle (StoreTx *tx, gpointer data, GError **error)
{
  Delivery *delivery = data;
  const CourierConfig *config = &delivery->courier->config;
  const DeliveryPatience patience = { config->give_up_ms, config->give_up_tries };
  return delivery_settle (tx, &patience, config->ambient, delivery->record, delivery->failure,
                          delivery->next_lease_ms, delivery->now_ms, delivery->arena,
                          &delivery->result, error);
}

static void
tell (const Delivery *delivery)
{
  const CourierConfig *config = &delivery->courier->config;
  const NotificationRecord *record = delivery->record;
  if (delivery->failure == NULL) {
    metrics_add (config->metrics, METRIC_NOTIFICATIONS_DELIVERED, 1);
    return;
  }
  gboolean buried = delivery->result.end == DELIVERY_GIVEN_UP;
  if (!buried)
    courier_wake (delivery->courier, delivery->result.again_ms);
  metrics_add (config->metrics, METRIC_NOTIFICATIONS_FAILED, 1);
  metrics_add (config->metrics, METRIC_NOTIFICATIONS_DEAD, buried ? 1 : 0);
  /* The first failure and the last one are news; those between are told at the level debug. */
  if (!buried && record->failures > 0)
    log_debug (config->log, "notification-not-delivered", log_text ("notification", record->id),
               log_text ("error", delivery->failure));
  else
    log_warning (config->log, buried ? "notification-given-up" : "notification-not-delivered",
                 log_text ("notification", record->id),
                 log_text ("deployment", record->deployment_id), log_text ("sink", record->sink),
                 log_text ("event", record->event), log_number ("tries", record->failures + 1),
                 log_text ("error", delivery->failure));
}

/* FALSE: it was not kept, and is delivered again when its lease is over, which is renewed while it waits here. */
static gboolean
settle_until_kept (Delivery *delivery)
{
  Courier *courier = delivery->courier;
  for (;;) {
    g_autoptr (GError) error = NULL;
    delivery->now_ms = ambient_now_ms (courier->config.ambient);
    if (store_run (courier->config.store, STORE_WRITE, settle, delivery, &error))
      return TRUE;
    log_failure (courier->config.log, "notification-not-settled",
                 log_text ("notification", delivery->record->id), log_error_field (error));
    if (!store_error_may_pass (error) || is_stopping (courier))
      return FALSE;
    g_usleep (STORE_RETRY_MS * 1000 / 4);
  }
}

static void
deliver_line (gpointer data, gpointer user_data)
{
  Delivery *delivery = data;
  Courier *courier = user_data;
  for (guint n = 1;; n++) {
    g_autoptr (GError) error = NULL;
    gboolean taken = courier->config.deliver (courier->config.ctx, delivery->record, &error);
    g_autofree char *why = taken ? NULL : g_utf8_make_valid (error->message, -1);
    delivery->failure = arena_strdup (delivery->arena, why);
    delivery->next_lease_ms =
        n < LINE_AT_ONCE && !is_stopping (courier) ? lease_keeper_lease_ms (courier->leases) : 0;
    gboolean kept = settle_until_kept (delivery);
    lease_keeper_drop (courier->leases, delivery->lease);
    if (!kept)
      break;
    tell (delivery);
    if (delivery->result.next == NULL)
      break;
    delivery->record = delivery->result.next;
    delivery->lease = begin_lease (courier, delivery->record);
  }
  g_mutex_lock (&courier->lock);
  courier->n_open--;
  courier->next_ms = 0; /* its line may have more */
  g_cond_broadcast (&courier->changed);
  g_mutex_unlock (&courier->lock);
  delivery_free (delivery);
}

/* ---- claiming ---- */

typedef struct {
  Courier *courier;
  gsize limit;
  gint64 now_ms;
  GPtrArray *claimed; /* Delivery */
  gint64 next_ms;     /* -1: nothing is waiting */
} Claim;

static gboolean
claim (StoreTx *tx, gpointer data, GError **error)
{
  Claim *work = data;
  g_ptr_array_set_size (work->claimed, 0);
  g_autoptr (Arena) arena = arena_new ();
  NotificationRecordList due;
  if (!delivery_claim (tx, work->limit, work->now_ms, lease_keeper_lease_ms (work->courier->leases),
                       arena, &due, &work->next_ms, error))
    return FALSE;
  for (gsize i = 0; i < due.n; i++) {
    Delivery *delivery = g_new0 (Delivery, 1);
    delivery->courier = work->courier;
    delivery->arena = arena_new ();
    delivery->record = notification_record_copy (due.items[i], delivery->arena);
    g_ptr_array_add (work->claimed, delivery);
  }
  return TRUE;
}

static guint
free_threads (const Courier *courier)
{
  return courier->config.n_threads - MIN (courier->n_open, courier->config.n_threads);
}

/* How many may be claimed now. */
static gsize
begin_claim (Courier *courier)
{
  gsize limit = 0;
  g_mutex_lock (&courier->lock);
  if (!courier->stopping && courier->next_ms <= ambient_now_ms (courier->config.ambient))
    limit = free_threads (courier);
  if (limit > 0)
    courier->next_ms = G_MAXINT64;
  g_mutex_unlock (&courier->lock);
  return limit;
}

static void
hand_out (Courier *courier, Delivery *delivery)
{
  delivery->lease = begin_lease (courier, delivery->record);
  g_mutex_lock (&courier->lock);
  courier->n_open++;
  g_mutex_unlock (&courier->lock);
  g_thread_pool_push (courier->pool, delivery, NULL);
}

static void
claim_some (Courier *courier)
{
  gsize limit = begin_claim (courier);
  if (limit == 0)
    return;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) claimed = g_ptr_array_new_with_free_func (delivery_free);
  Claim work = { .courier = courier,
                 .limit = limit,
                 .now_ms = ambient_now_ms (courier->config.ambient),
                 .claimed = claimed };
  if (!store_run (courier->config.store, STORE_WRITE, claim, &work, &error)) {
    log_failure (courier->config.log, "notifications-not-claimed", log_error_field (error));
    courier_wake (courier, work.now_ms + STORE_RETRY_MS);
    return;
  }
  while (claimed->len > 0)
    hand_out (courier, g_ptr_array_steal_index (claimed, claimed->len - 1));
  if (work.next_ms >= 0)
    courier_wake (courier, work.next_ms);
}

typedef struct {
  gint64 before_ms, n;
} Forgetting;

static gboolean
forget (StoreTx *tx, gpointer data, GError **error)
{
  Forgetting *work = data;
  return notification_record_forget_dead (tx, work->before_ms, &work->n, error);
}

static void
forget_dead (Courier *courier)
{
  gint64 now_ms = ambient_now_ms (courier->config.ambient);
  if (courier->config.keep_dead_ms == 0 || now_ms < courier->forget_ms)
    return;
  courier->forget_ms = now_ms + FORGET_EVERY_MS;
  g_autoptr (GError) error = NULL;
  Forgetting work = { .before_ms = now_ms - courier->config.keep_dead_ms };
  if (!store_run (courier->config.store, STORE_WRITE, forget, &work, &error))
    log_failure (courier->config.log, "dead-letters-not-forgotten", log_error_field (error));
  else if (work.n > 0)
    log_info (courier->config.log, "dead-letters-forgotten", log_number ("n", work.n));
}

/* ---- waiting ---- */

/* Until when there is nothing to do, if nothing happens; end_us: at the longest. */
static gint64
idle_until_us (const Courier *courier, gint64 end_us)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 due_in_ms = courier->next_ms - ambient_now_ms (courier->config.ambient);
  gint64 renewal_us = lease_keeper_due_in_us (courier->leases);
  if (renewal_us < LONGEST_SLEEP_MS * 1000)
    end_us = MIN (end_us, now_us + renewal_us);
  if (!courier->stopping && free_threads (courier) > 0 && due_in_ms < LONGEST_SLEEP_MS)
    end_us = MIN (end_us, now_us + MAX (due_in_ms, 0) * 1000);
  return end_us;
}

/* Until there is something to claim or to renew. FALSE: it is time to stop, and nothing is on its way any more. */
static gboolean
wait_for_work (Courier *courier)
{
  gint64 longest_us = g_get_monotonic_time () + LONGEST_SLEEP_MS * 1000;
  g_mutex_lock (&courier->lock);
  for (;;) {
    gint64 until_us = idle_until_us (courier, longest_us);
    if (g_get_monotonic_time () >= until_us || (courier->stopping && courier->n_open == 0))
      break;
    g_cond_wait_until (&courier->changed, &courier->lock, until_us);
  }
  if (g_get_monotonic_time () >= longest_us)
    courier->next_ms = 0;
  gboolean over = courier->stopping && courier->n_open == 0;
  g_mutex_unlock (&courier->lock);
  return !over;
}

/* A server that was killed in the middle of a delivery must not cost its line the lease. What had been put off for less than that is
 * tried sooner than it had to be, which does no harm. */
static gboolean
hasten (StoreTx *tx, gpointer data, GError **error)
{
  const Courier *courier = data;
  gint64 now_ms = ambient_now_ms (courier->config.ambient);
  return notification_record_hasten (tx, now_ms,
                                     now_ms + lease_keeper_lease_ms (courier->leases) + 1, error);
}

static void
take_over (Courier *courier)
{
  g_autoptr (GError) error = NULL;
  if (!store_run (courier->config.store, STORE_WRITE, hasten, courier, &error))
    log_failure (courier->config.log, "notifications-not-taken-over", log_error_field (error));
}

static gpointer
claimer_main (gpointer data)
{
  Courier *courier = data;
  if (courier->config.alone)
    take_over (courier);
  while (wait_for_work (courier)) {
    lease_keeper_renew (courier->leases);
    claim_some (courier);
    forget_dead (courier);
  }
  return NULL;
}

/* ---- its life ---- */

void
courier_start (Courier *courier)
{
  g_assert (courier->claimer == NULL);
  courier->stopping = FALSE;
  courier->next_ms = 0;
  courier->pool =
      g_thread_pool_new (deliver_line, courier, (gint)courier->config.n_threads, FALSE, NULL);
  courier->claimer = g_thread_new ("courier", claimer_main, courier);
}

void
courier_stop (Courier *courier)
{
  if (courier == NULL || courier->claimer == NULL)
    return;
  g_mutex_lock (&courier->lock);
  courier->stopping = TRUE;
  g_cond_broadcast (&courier->changed);
  g_mutex_unlock (&courier->lock);
  g_thread_join (g_steal_pointer (&courier->claimer));
  g_thread_pool_free (g_steal_pointer (&courier->pool), FALSE, TRUE);
}
