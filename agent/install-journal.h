#pragma once

#include "agent/host.h"

/*
 * Where an Install is, on disk, so that one that was cut off can be taken back or finished (agent.md 6.5). One small file a group in
 * deployment-instructions, named after the state and ours alone:
 *
 *   <group>-journal-done   everything is in place; the result of the command may not be recorded yet
 *
 * Thread rule: any thread; the files of a group belong to the one that runs its command.
 */
typedef enum {
  INSTALL_JOURNAL_NONE,
  INSTALL_JOURNAL_DONE
} InstallJournalState;

/* The Install of this deployment has ended well. */
gboolean install_journal_set_done (const AgentHost *host, const char *group_id,
                                   const char *deployment_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Looks through all groups. out_group (in arena) is set unless *out is NONE. */
gboolean install_journal_find (const AgentHost *host, const char *deployment_id, Arena *arena,
                               InstallJournalState *out, const char **out_group, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The group's journal goes, in whatever state; fine when there is none. */
gboolean install_journal_remove (const AgentHost *host, const char *group_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
