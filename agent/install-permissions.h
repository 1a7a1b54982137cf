#pragma once

#include "agent/host.h"
#include "core/install-plan.h"

/*
 * The owner, mode, ACL and SELinux part of carrying out an install plan, and the plan as the JSON text of <group>-install.json
 * (agent.md 4.5, 4.7). setfacl, semanage and restorecon are run by argument vector.
 *
 * Thread rule: any thread; blocks while a program runs.
 */
gboolean install_permissions_chown (const InstallInstruction *instruction, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean install_permissions_chmod (const InstallInstruction *instruction, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean install_permissions_setfacl (const AgentHost *host, const InstallInstruction *instruction,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* *out_path: the real path that the rule is for; the caller frees it. */
gboolean install_permissions_set_context (const AgentHost *host,
                                          const InstallInstruction *instruction, char **out_path,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Failures are ignored (agent.md 4.8). */
void install_permissions_forget_context (const AgentHost *host, const char *path);

char *install_permissions_describe_plan (const InstallPlan *plan, const char *archive_dir)
    G_GNUC_WARN_UNUSED_RESULT;
