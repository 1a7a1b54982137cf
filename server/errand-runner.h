#pragma once

#include "core/ambient.h"
#include "server/engine/errands.h"
#include "server/log.h"

/* Performs the engine's errands (server/engine/errands.h) outside of its transactions: a thread claims what is due, a few
 * others do it, and what it came to is settled.
 *
 * Nothing is kept that counts: a server that is killed while it performs an errand has a lease on it, and after that it is
 * performed again, by this server or by another one on the same store. So performers must be repeatable.
 *
 * Threads: its own. errand_runner_wake: any. */
typedef struct ErrandRunner ErrandRunner;

/* Does what the errand asks for, or finds out how far it is, and fills in out (texts in arena). It may block, for less than
 * ERRAND_LEASE_MS in all; it is called by several threads at the same time. */
typedef void (*ErrandPerform) (gpointer ctx, const ErrandRecord *errand, Arena *arena,
                               ErrandResult *out);
typedef struct {
  ErrandPerform perform; /* NULL: this server cannot; the errand is refused */
  gpointer ctx;
} ErrandPerformer;

#define ERRAND_LEASE_MS (120 * 1000)

typedef struct {
  Store *store;
  const Ambient *ambient;
  const Log *log;
  ErrandPerformer performers[ERRAND_N_KINDS];
  guint n_threads; /* that perform at the same time */
  gboolean
      alone; /* no other server is on this store: who has an errand when this one starts is gone, and is not waited for */
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

/* An errand is due then: EngineConfig.errand_wake, with the runner as its context. */
void errand_runner_wake (gpointer runner, gint64 due_ms);
