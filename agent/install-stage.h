#pragma once

#include "agent/install-journal.h"
#include "core/install-layout.h"

/*
 * The first part of carrying a plan out: all of the new revision is written, under hidden names and with its owners, modes, ACLs and
 * times, and nothing that others see is changed (core/install-layout.h says where). And the way back.
 *
 * Files are copied by a few threads; folders, and what is told, by the caller's. A staged subtree is closed to all but its owner
 * until it is complete.
 *
 * Thread rule: the thread that holds the install lock. Blocks on the disk.
 */
typedef struct {
  const AgentHost *host;
  const InstallJournal *journal;
  const InstallLayout *layout;
  const char *archive_dir; /* absolute: where the plan's sources are */
  GHashTable *owners;      /* of install_permissions_resolve */
} InstallStaging;

/* Adds an InstallMark for each thing that the commit must know again. On failure what was staged is still there. */
gboolean install_stage (const InstallStaging *staging, GArray *out_marks, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/*
 * Takes away what is staged, however much of it there is. Only what the plan names is touched. What cannot be removed is told in the log:
 * it is hidden, and harmless.
 */
void install_stage_undo (const AgentHost *host, const InstallJournal *journal,
                         const InstallLayout *layout);
