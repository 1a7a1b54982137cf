#pragma once

#include "core/ambient.h"
#include "server/log.h"
#include "server/metrics.h"
#include "store/records/notification.h"
#include "store/store.h"

/* Delivers notifications out of the store (store/records/notification.h): at least once, in order for one deployment and receiver, with
 * pauses that grow while a receiver fails. One that fails for too long, or too often, is given up: it stays as a dead letter that
 * people see, try again or drop. Nothing of it touches a deployment.
 *
 * Nothing is kept that counts: what is being delivered is claimed for LEASE_MS (server/lease-keeper.h), which is renewed meanwhile. What a
 * server was delivering when it was killed is delivered again after that, by it or by another one on the same store.
 *
 * Threads: its own. courier_wake: any. */
typedef struct Courier Courier;

/* TRUE once the receiver has taken it. Blocks, for COURIER_LONGEST_MS at most; called by several threads at the same time. */
typedef gboolean (*CourierDeliver) (gpointer ctx, const NotificationRecord *record, GError **error);

#define COURIER_LONGEST_MS (30 * 1000)

typedef struct {
  Store *store;
  const Ambient *ambient;
  const Log *log;
  Metrics *metrics;
  CourierDeliver deliver;
  gpointer ctx;
  guint n_threads;      /* that deliver at the same time */
  gint64 give_up_ms;    /* so long after it was written, or tried anew */
  gint64 give_up_tries; /* or after so many tries */
  gint64 keep_dead_ms;  /* then dead letters are forgotten; 0: never */
  gboolean alone;  /* no other server is on this store: who delivers when this one starts is gone */
  gint64 lease_ms; /* 0: LEASE_MS */
} CourierConfig;

/* The configuration is copied, what it points to is borrowed. */
Courier *courier_new (const CourierConfig *config) G_GNUC_WARN_UNUSED_RESULT;
void courier_start (Courier *courier);
/* Waits for deliveries that are on their way; what they came to is kept. One that was not started is fine. */
void courier_stop (Courier *courier);
/* Stopped, or never started. After the store is closed: commits may still call courier_wake. NULL is fine. */
void courier_free (Courier *courier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Courier, courier_free)

/* A notification is due then: EngineAudience.wake; data: a Courier. */
void courier_wake (gpointer data, gint64 due_ms);
