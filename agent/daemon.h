#pragma once

#include "agent/config.h"

/*
 * One agent per pid folder: pid file, lock, and the verbs start, stop and status (agent.md 6.1, 6.3). The lock is what counts; a
 * pid file alone is never believed.
 *
 * Thread rule: main thread only.
 */
#define DAEMON_ERROR (daemon_error_quark ())
GQuark daemon_error_quark (void);
typedef enum {
  DAEMON_ERROR_RUNNING, /* somebody holds the lock */
  DAEMON_ERROR_BUSY,    /* a deployment is in progress */
  DAEMON_ERROR_FAILED
} DaemonError;

/* The held lock, whose file is empty then; -1 with error. Writes our pid. With no pid_dir configured: -2, nothing is held, no error. */
int daemon_hold (const AgentConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes the pid file and lets go. */
void daemon_release (const AgentConfig *config, int lock_fd);

/* The pid of the running agent, 0 when none runs (a stale pid file is removed), -1 with error. Waits for a moment when one is just starting. */
int daemon_find (const AgentConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The lock's file, to read what its holder has written (agent/poll-state.h); -1: it cannot be read. */
int daemon_open_lock_file (const AgentConfig *config);

/* Starts "run" detached and waits until it holds the lock. */
gboolean daemon_start (const AgentConfig *config, const char *config_file, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* SIGTERM, then waits. *out_was_running FALSE: nothing ran. */
gboolean daemon_stop (const AgentConfig *config, gboolean *out_was_running, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
