#pragma once

#include "agent/worker.h"

/*
 * What earlier workers left, brought to its end (agent.md 6.5): scripts that outlived their worker are ended, an Install that was
 * cut off is rolled back or forward, what has a result is reported, what was interrupted is reported as failed (code 7), and what
 * was accepted and had not begun is handed back to be taken on. Commands whose workers live are left to them.
 *
 * Thread rule: as a worker (agent/worker.h).
 */
typedef enum {
  RECOVERY_AT_START, /* no worker of this master lives: who still holds a lock is of a former one, and ending */
  RECOVERY_BESIDE_WORKERS, /* which are other processes */
  RECOVERY_BESIDE_THREADS  /* workers of this process, which may be writing files */
} RecoveryTime;

/* Takes the channel over; the result is one of the WORKER_ exit statuses: LEFT, it is to be tried again. */
int recovery_run (const WorkerContext *context, Channel *channel, RecoveryTime when);
