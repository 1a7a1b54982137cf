#pragma once

#include "agent/deployment-spec.h"
#include "agent/host.h"

/*
 * The Install command (agent.md 4.6 to 4.9): plans first (core/install-plan.h), then removes what the previous deployment of
 * the group installed, then carries the plan out. A plan that fails leaves the host as it was. Files are written
 * beside their place and renamed into it.
 *
 * Thread rule: any thread; Installs on a host wait for each other. Blocks on the disk.
 */
gboolean installer_run (const AgentHost *host, const DeploymentSpec *spec, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
