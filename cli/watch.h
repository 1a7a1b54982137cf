#pragma once

#include "cli/session.h"

/*
 * Watches a deployment until it is over: the live block on a terminal, a line a change elsewhere, nothing with JSON
 * until the end. Then prints the report, or the JSON. A server that is away for a minute is asked again; Ctrl-C says that the
 * deployment goes on, and ends the program.
 *
 * Thread rule: main thread; blocks, at most `timeout_s` seconds (0: without limit).
 */

/* The exit status: CLI_EXIT_OK, CLI_EXIT_DEPLOYMENT, or an error. */
int watch_deployment (Session *session, const char *deployment_id, guint timeout_s, GError **error);
