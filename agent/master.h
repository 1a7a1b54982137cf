#pragma once

#include "agent/host.h"
#include "agent/process-title.h"
#include "agent/service-notify.h"

/*
 * The agent's main process: privileged, one thread, and it talks to nobody outside. It keeps the process that talks to the network
 * running (agent/network.h), forks a worker for each command (agent/worker.h), answers for the keys that only root may read, and
 * ends the agent in good order. docs/architecture.md, "The agent's processes", has the whole picture.
 *
 * Without root there are no privileges to keep apart: the same parts run as threads of this one process.
 *
 * Thread rule: main thread, before there are others, with SIGTERM, SIGINT and SIGQUIT blocked.
 */
typedef enum {
  MASTER_STOPPED,     /* everything that was running has ended */
  MASTER_STOPPED_LATE /* the wait was over first; what still runs dies with this process */
} MasterEnd;

/* All is borrowed. */
typedef struct {
  const AgentHost *host;
  ServiceNotify *notify;
  const ProcessTitle *title;
  int state_fd; /* where it notes how polls are going (agent/poll-state.h); negative: nowhere */
} MasterSettings;

/* Until a signal stops it. FALSE: it could not begin. */
gboolean master_run (const MasterSettings *settings, MasterEnd *out_end, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
