#pragma once

#include "core/ambient.h"
#include "core/arena.h"
#include "server/log.h"
#include "store/store.h"

/* Leases on rows that a server has claimed (errands, notifications), kept for as long as it is at work on them.
 *
 * A claimed row is its server's own for LEASE_MS. While the work goes on, the lease is renewed; who is killed renews nothing any more,
 * and others, or he himself when he was started again, wait no longer than that. Servers on one database need clocks that differ by
 * less than a third of it. Work that is not over half a minute after its time hangs: its lease ends as well, so others can do it.
 *
 * Thread rule: any thread; lease_keeper_renew is for one, and waits for the store. */

#define LEASE_MS (15 * 1000)

/* Makes a row's lease, which is the time that it is due, last from was_ms until until_ms; *out_renewed FALSE: it is settled, or
 * another's. */
typedef gboolean (*LeaseRenew) (StoreTx *tx, gconstpointer row, gint64 was_ms, gint64 until_ms,
                                gboolean *out_renewed, GError **error);

typedef struct {
  Store *store;
  const Ambient *ambient;
  const Log *log;
  gint64 lease_ms; /* 0: LEASE_MS */
  LeaseRenew renew;
  gpointer (*copy) (gconstpointer row, Arena *arena); /* what renew needs of it */
} LeaseKeeperConfig;

typedef struct LeaseKeeper LeaseKeeper;

/* What config points to is borrowed. */
LeaseKeeper *lease_keeper_new (const LeaseKeeperConfig *config) G_GNUC_WARN_UNUSED_RESULT;
/* All leases were dropped. NULL is allowed. */
void lease_keeper_free (LeaseKeeper *keeper);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeaseKeeper, lease_keeper_free)

gint64 lease_keeper_lease_ms (const LeaseKeeper *keeper);

/* One more: row is borrowed until it is dropped. until_ms: the claim's. end_us: when the work has to be over, of the monotonic clock.
 * Returns its number. */
guint64 lease_keeper_add (LeaseKeeper *keeper, gconstpointer row, gint64 until_ms, gint64 end_us);
/* It was settled, or given up. */
void lease_keeper_drop (LeaseKeeper *keeper, guint64 number);

/* In how long lease_keeper_renew has something to do; G_MAXINT64: there are no leases. */
gint64 lease_keeper_due_in_us (LeaseKeeper *keeper);
/* Renews what is to be renewed, if it is time. What fails is told in the log, and tried again. */
void lease_keeper_renew (LeaseKeeper *keeper);
