#pragma once

#include "agent/bundle.h"
#include "agent/diagnostics.h"

/*
 * Does what a command says (agent.md 3.1): DownloadBundle, Install, or the hooks of a lifecycle event. It knows nothing of
 * the service that commands come from, so that a local deployment runs through the same code.
 *
 * Thread rule: any thread; blocks for as long as the command takes. Commands of different deployments may run at once.
 */

/* DownloadBundle, Install, the nine events with hooks, and those that the deployment says are possible (agent.md 4.9). */
gboolean executor_accepts (const DeploymentSpec *spec, const char *command_name);

/* DownloadBundle and Install: all that is done without a script, so that it may be over in a moment. */
gboolean executor_runs_no_script (const char *command_name);

/* A command that the executor does not accept is a no-op too; its result is a failure. */
gboolean executor_is_noop (const AgentHost *host, const char *command_name,
                           const DeploymentSpec *spec, gboolean *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* out starts cleared; its message is filled in for success as well. */
void executor_run (const BundleContext *context, const char *command_name,
                   const DeploymentSpec *spec, CommandResult *out);

/* As executor_run, of what executor_is_noop has called one: nothing runs, whatever other deployments have changed since. */
void executor_run_noop (const AgentHost *host, const char *command_name, const DeploymentSpec *spec,
                        CommandResult *out);
