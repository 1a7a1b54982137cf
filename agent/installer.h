#pragma once

#include "agent/deployment-spec.h"
#include "agent/host.h"

/*
 * The Install command (agent.md 4.6 to 4.9): plans first (core/install-plan.h), then removes what the previous deployment of
 * the group installed, then carries the plan out. A plan that fails leaves the host as it was. Files are written
 * beside their place and renamed into it.
 *
 * Calling sequence, so that a crash at any instant neither runs an Install twice nor forgets that it ended well:
 *
 *   installer_run; the result goes on disk (command_journal_finish); installer_settle
 *   after a crash: installer_recover; its result goes on disk; installer_settle
 *
 * Thread rule: any thread, any process; Installs on a host wait for each other (install-lock.h). Blocks on the disk.
 */
gboolean installer_run (const AgentHost *host, const DeploymentSpec *spec, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What an Install that was cut off at any instant had left, and what became of it. */
typedef enum {
  INSTALL_NOTHING_LEFT, /* nothing had begun, or it had failed and was taken back: the command has failed */
  INSTALL_ROLLED_BACK, /* the old revision is in place: the command has failed */
  INSTALL_FINISHED     /* the new revision is in place: the command has succeeded */
} InstallRecovery;

/* May be repeated, and cut off itself. An error is the command's: it has failed, and says how. */
gboolean installer_recover (const AgentHost *host, const char *deployment_id, InstallRecovery *out,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The result of the deployment's Install is recorded: its journal can go. Fine when there is none. */
gboolean installer_settle (const AgentHost *host, const char *deployment_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
