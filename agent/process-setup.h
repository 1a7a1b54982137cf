#pragma once

#include "agent/config.h"

/*
 * What the settings say about the agent's process as a whole: its user, core dumps, who may look into its folders, and which
 * variables of the environment it ignores. Once, at the start, before there are other threads or children.
 */
#define PROCESS_SETUP_ERROR (process_setup_error_quark ())
GQuark process_setup_error_quark (void);
typedef enum {
  PROCESS_SETUP_ERROR_USER,
  PROCESS_SETUP_ERROR_FOLDER
} ProcessSetupError;

/* Everything below, in the right order. */
gboolean process_setup (const AgentConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "user" and "group": the process becomes that user for good. An unknown one is an error, as is another without root. */
gboolean process_setup_become_user (const char *user, const char *group, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* restrict_agent_dir_permissions: root_dir may be passed through (0711), what is below by name is the agent's alone. Folders that
 * are missing are made. */
gboolean process_setup_close_folders (const AgentConfig *config, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* agent.md 6.8: variables that would replace the host's own keys. Not in a test profile. */
void process_setup_clear_keys (const AgentConfig *config);
