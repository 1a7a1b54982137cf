#pragma once

#include "core/ambient.h"
#include "server/engine/errands.h"
#include "server/log.h"

/* Performs the engine's errands (server/engine/errands.h) outside of its transactions: a thread claims what is due, others do it,
 * and what it came to is settled.
 *
 * Each errand goes in a lane, by its kind: traffic, alarms, fleets. A lane has threads of its own and a time in which each of
 * its errands has to be over, so slow balancers keep no alarm from being read.
 *
 * Nothing is kept that counts: what is performed is claimed for LEASE_MS (server/lease-keeper.h), which is renewed for as long as the
 * work lasts and its time and half a minute are not over. When a server is killed, its errands are performed again after that, by
 * itself or by another one on the same store. So performers must be repeatable.
 *
 * Threads: its own. errand_runner_wake: any. */
typedef struct ErrandRunner ErrandRunner;

/* Does what the errand asks for, or finds out how far it is, and fills in out (texts in arena). It may block until end_us, of the
 * monotonic clock (core/ambient.h): what it did not come to by then it leaves for the next time, and says so. It is called by
 * several threads at the same time. */
typedef void (*ErrandPerform) (gpointer ctx, const ErrandRecord *errand, gint64 end_us,
                               Arena *arena, ErrandResult *out);
typedef struct {
  ErrandPerform perform; /* NULL: this server cannot; the errand is refused */
  gpointer ctx;
} ErrandPerformer;

typedef struct {
  Store *store;
  const Ambient *ambient;
  const Log *log;
  ErrandPerformer performers[ERRAND_N_KINDS];
  guint n_threads; /* of each lane */
  gboolean
      alone; /* no other server is on this store: who has an errand when this one starts is gone, and is not waited for */
  gint64 lease_ms; /* 0: LEASE_MS */
} ErrandRunnerConfig;

/* The configuration is copied, what it points to is borrowed. It does nothing before errand_runner_start. */
ErrandRunner *errand_runner_new (const ErrandRunnerConfig *config) G_GNUC_WARN_UNUSED_RESULT;
/* Begins; engine must live until errand_runner_stop. */
void errand_runner_start (ErrandRunner *runner, Engine *engine);
/* Waits for what is being performed; its results are settled. One that was not started is fine. */
void errand_runner_stop (ErrandRunner *runner);
/* Stopped, or never started. After the store is closed: commits may still call errand_runner_wake. NULL is fine. */
void errand_runner_free (ErrandRunner *runner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ErrandRunner, errand_runner_free)

/* An errand is due then: EngineConfig.errand_wake; data: an ErrandRunner. */
void errand_runner_wake (gpointer data, gint64 due_ms);
