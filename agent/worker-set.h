#pragma once

#include "agent/part.h"
#include "agent/process-title.h"
#include "agent/worker.h"

/*
 * The master's workers: one for each command that runs, and at most one that recovers. It starts them, and tells when one has
 * ended and how; what then is to be done is the master's.
 *
 * Thread rule: the master's thread. Nothing blocks.
 */
typedef struct WorkerSet WorkerSet;

typedef enum {
  WORKER_FOR_COMMAND,
  WORKER_FOR_FIRST_RECOVERY, /* no worker of this master lives */
  WORKER_FOR_LATER_RECOVERY
} WorkerPurpose;

/* All is borrowed, and outlives the set. */
typedef struct {
  PartMode mode;
  const ProcessTitle *title;
  WorkerContext context;
} WorkerSetSettings;

WorkerSet *worker_set_new (const WorkerSetSettings *settings);
/* The workers themselves go on. */
void worker_set_free (WorkerSet *set);

/*
 * A bound for a network process that is not itself any more. Turns are the poller's: 16 commands at once, and any number of those
 * before them may be reported and not yet have been waited for.
 */
#define WORKER_SET_MAX_COMMANDS 64

/* Returns the network process's end of the worker's channel, for the caller to close; -1 with error. */
int worker_set_start (WorkerSet *set, WorkerPurpose purpose, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

guint worker_set_commands (const WorkerSet *set);
guint worker_set_recoveries (const WorkerSet *set);

/* To wait for their ends: one pollable descriptor each, up to WORKER_SET_MAX_COMMANDS + 1. */
guint worker_set_size (const WorkerSet *set);
int worker_set_end_fd (const WorkerSet *set, guint index);

typedef struct {
  gboolean recovered; /* it was one that recovers */
  gboolean left;      /* it has left something, or was cut off: a recovery is due */
} WorkerEnd;

/* Of one that has ended. The last one takes its index. */
WorkerEnd worker_set_end (WorkerSet *set, guint index);
