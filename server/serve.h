#pragma once

#include "core/ambient.h"
#include "server/installation.h"

/* `slipwayd serve`: puts the parts together, serves until SIGTERM or SIGINT, and takes them apart in order.
 *
 * On a signal: no new connections, parked polls are answered with nothing, requests that have begun may end (the setting
 * drain_s), then the store is closed. A second signal ends the process at once.
 *
 * Must be called before any other thread exists: it blocks the signals for all of them. */

/* Blocks until the end. installation was opened INSTALLATION_EXCLUSIVE. */
gboolean serve (Installation *installation, const Ambient *ambient, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Blocks SIGTERM, SIGINT and SIGHUP and ignores SIGPIPE in this thread and those it starts. */
void serve_block_signals (void);
