#pragma once

#include "agent/host.h"

/*
 * SELinux rules of installed paths (agent.md 4.5, 4.8): semanage and restorecon, run by argument vector. A rule is for a real path, so
 * they come once everything is in place.
 *
 * Thread rule: any thread; blocks while a program runs.
 */
typedef enum {
  INSTALL_CONTEXT_FIRST,
  INSTALL_CONTEXT_AGAIN /* an Install that was cut off is finished: the rule may be there already */
} InstallContextTurn;

gboolean install_context_set (const char *real_path, const AppSpecContext *context,
                              InstallContextTurn turn, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Failures are ignored (agent.md 4.8), but for a line in the log. */
void install_context_forget (const AgentHost *host, const char *path);
