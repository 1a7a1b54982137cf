#include "server/lease-keeper.h"

/* All are renewed when a third of a lease is over: so one renewal may fail. */
#define RENEW_AFTER(lease_ms) ((lease_ms) / 3)
/* So long after its time is over, work hangs. */
#define GRACE_US (30 * G_USEC_PER_SEC)

typedef struct {
  guint64 number;
  gconstpointer row;
  gint64 until_ms; /* as far as it is known; 0: it is lost */
  gint64 end_us;
} Lease;

struct LeaseKeeper {
  LeaseKeeperConfig config;
  GMutex lock;
  GArray *leases;  /* of Lease */
  gint64 renew_us; /* when it is time again */
  guint64 n_added;
};

LeaseKeeper *
lease_keeper_new (const LeaseKeeperConfig *config)
{
  LeaseKeeper *keeper = g_new0 (LeaseKeeper, 1);
  keeper->config = *config;
  if (keeper->config.lease_ms == 0)
    keeper->config.lease_ms = LEASE_MS;
  g_mutex_init (&keeper->lock);
  keeper->leases = g_array_new (FALSE, FALSE, sizeof (Lease));
  return keeper;
}

void
lease_keeper_free (LeaseKeeper *keeper)
{
  if (keeper == NULL)
    return;
  g_assert (keeper->leases->len == 0);
  g_array_unref (keeper->leases);
  g_mutex_clear (&keeper->lock);
  g_free (keeper);
}

gint64
lease_keeper_lease_ms (const LeaseKeeper *keeper)
{
  return keeper->config.lease_ms;
}

/* NULL: it was dropped. */
static Lease *
find (const LeaseKeeper *keeper, guint64 number)
{
  for (guint i = 0; i < keeper->leases->len; i++) {
    Lease *lease = &g_array_index (keeper->leases, Lease, i);
    if (lease->number == number)
      return lease;
  }
  return NULL;
}

static void
plan_renewal (LeaseKeeper *keeper)
{
  keeper->renew_us =
      ambient_monotonic_us (keeper->config.ambient) + RENEW_AFTER (keeper->config.lease_ms) * 1000;
}

guint64
lease_keeper_add (LeaseKeeper *keeper, gconstpointer row, gint64 until_ms, gint64 end_us)
{
  g_mutex_lock (&keeper->lock);
  if (keeper->leases->len == 0)
    plan_renewal (keeper);
  const Lease lease = { ++keeper->n_added, row, until_ms, end_us };
  g_array_append_val (keeper->leases, lease);
  g_mutex_unlock (&keeper->lock);
  return lease.number;
}

void
lease_keeper_drop (LeaseKeeper *keeper, guint64 number)
{
  g_mutex_lock (&keeper->lock);
  Lease *lease = find (keeper, number);
  g_assert (lease != NULL);
  g_array_remove_index_fast (keeper->leases,
                             (guint)(lease - &g_array_index (keeper->leases, Lease, 0)));
  g_mutex_unlock (&keeper->lock);
}

gint64
lease_keeper_due_in_us (LeaseKeeper *keeper)
{
  g_mutex_lock (&keeper->lock);
  gint64 due_us = keeper->leases->len == 0
                      ? G_MAXINT64
                      : keeper->renew_us - ambient_monotonic_us (keeper->config.ambient);
  g_mutex_unlock (&keeper->lock);
  return MAX (due_us, 0);
}

/* ---- renewing ---- */

typedef struct {
  Lease lease; /* its row is a copy */
  gint64 until_ms;
} Renewal;

typedef struct {
  const LeaseKeeperConfig *config;
  GArray *renewals;
} Work;

/* It may be run again, so it changes nothing that it reads. */
static gboolean
renew_all (StoreTx *tx, gpointer data, GError **error)
{
  const Work *work = data;
  gint64 until_ms = ambient_now_ms (work->config->ambient) + work->config->lease_ms;
  for (guint i = 0; i < work->renewals->len; i++) {
    Renewal *renewal = &g_array_index (work->renewals, Renewal, i);
    gboolean renewed;
    if (!work->config->renew (tx, renewal->lease.row, renewal->lease.until_ms, until_ms, &renewed,
                              error))
      return FALSE;
    renewal->until_ms = renewed ? until_ms : 0;
  }
  return TRUE;
}

/* Those that are not lost, and whose work may yet end. The work goes on meanwhile, so rows are copied. */
static void
collect (LeaseKeeper *keeper, GArray *renewals, Arena *arena)
{
  gint64 now_us = ambient_monotonic_us (keeper->config.ambient);
  g_mutex_lock (&keeper->lock);
  gboolean due = keeper->leases->len > 0 && now_us >= keeper->renew_us;
  if (due)
    plan_renewal (keeper);
  for (guint i = 0; due && i < keeper->leases->len; i++) {
    Renewal renewal = { g_array_index (keeper->leases, Lease, i), 0 };
    if (renewal.lease.until_ms == 0 || now_us > renewal.lease.end_us + GRACE_US)
      continue;
    renewal.lease.row = keeper->config.copy (renewal.lease.row, arena);
    g_array_append_val (renewals, renewal);
  }
  g_mutex_unlock (&keeper->lock);
}

void
lease_keeper_renew (LeaseKeeper *keeper)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GArray) renewals = g_array_new (FALSE, FALSE, sizeof (Renewal));
  g_autoptr (GError) error = NULL;
  Work work = { &keeper->config, renewals };
  collect (keeper, renewals, arena);
  if (renewals->len == 0)
    return;
  if (!store_run (keeper->config.store, STORE_WRITE, renew_all, &work, &error)) {
    log_failure (keeper->config.log, "leases-not-renewed", log_number ("n", renewals->len),
                 log_error_field (error));
    return;
  }
  g_mutex_lock (&keeper->lock);
  for (guint i = 0; i < renewals->len; i++) {
    const Renewal *renewal = &g_array_index (renewals, Renewal, i);
    Lease *lease = find (keeper, renewal->lease.number);
    if (lease != NULL)
      lease->until_ms = renewal->until_ms;
  }
  g_mutex_unlock (&keeper->lock);
}
