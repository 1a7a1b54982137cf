#pragma once

#include "agent/host.h"

/*
 * One Install at a time on a host (agent.md 3.4): an flock on deployment-instructions/.install-lock. It belongs to the descriptor,
 * so it ends with its holder however that one ends, and it works between processes as between threads.
 *
 * Thread rule: any thread; install_lock_hold waits for as long as somebody else installs.
 */

/* The descriptor that holds the lock: the caller closes it. -1 if and only if error is set. Makes the folder if missing. */
int install_lock_hold (const AgentHost *host, GError **error) G_GNUC_WARN_UNUSED_RESULT;
