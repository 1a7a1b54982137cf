#pragma once

#include "agent/install-journal.h"
#include "core/install-layout.h"

/*
 * The second part of carrying a plan out, when all is staged and the decision is on disk: renames put the new revision in place, then what
 * the old one had goes, in reverse order; what neither of them has stays, with the folders that it is in. There is no way back, and no step
 * that cannot be repeated, so it goes to its end in spite of what may fail on the way, and may be cut off and
 * started over at any instant.
 *
 * A folder that stands in the place of a new one is exchanged for it at once (RENAME_EXCHANGE), so that nobody sees half a revision;
 * files that others made in it meanwhile are given back to the new one.
 *
 * Before the first rename the clean-up file gets the lines of both revisions, in the end those of the new one: an official agent
 * that takes over at any instant finds all that there is to remove.
 *
 * Thread rule: the thread that holds the install lock. Blocks on the disk, and for semanage.
 */
typedef enum {
  INSTALL_COMMIT_FIRST,
  INSTALL_COMMIT_AGAIN /* cut off before: some of it is done */
} InstallCommitTurn;

/* marks: of install_stage. The error is what failed first: what could not be put in place, or the journal's own failure. */
gboolean install_commit (const AgentHost *host, const InstallJournal *journal,
                         const InstallLayout *layout, const GArray *marks, InstallCommitTurn turn,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
