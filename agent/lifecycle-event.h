#pragma once

#include "agent/deployment-spec.h"
#include "agent/diagnostics.h"
#include "agent/host.h"

/*
 * Runs the scripts of one lifecycle event: which revision's (agent.md 5.1), with what environment (5.2), one after the other
 * (5.4 to 5.7). The first failure ends the event; its message says where all of the output is, and whose script it was when it was an
 * older revision's. Each script has its own time limit; there is none for the event (the service has one).
 *
 * Thread rule: any thread; blocks for as long as the scripts run.
 */

/* The nine events that have hooks on a host. */
gboolean lifecycle_event_is_hook (const char *name);

/* Has the event nothing to run? Reads and checks the AppSpec of the revision that it uses. */
gboolean lifecycle_event_is_noop (const AgentHost *host, const DeploymentSpec *spec,
                                  const char *name, gboolean *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* out starts cleared and gets code 0 or what went wrong. */
void lifecycle_event_run (const AgentHost *host, const DeploymentSpec *spec, const char *name,
                          CommandResult *out);
