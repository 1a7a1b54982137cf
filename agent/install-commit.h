#pragma once

#include "agent/install-journal.h"
#include "core/install-layout.h"

/*
 * The second part of carrying a plan out, when all is staged and the decision is on disk: renames put the new revision in place
 * (agent/install-place.h), then what the old one had goes, in reverse order; what neither of them has stays, with the folders that it is in.
 *
 * What stands in the place of something new is exchanged for it at once, so that nobody sees half a revision in a folder; files that others
 * made in such a folder meanwhile are given back to the new one. Should something not go into its place (a file may be immutable), all
 * is taken back: nothing was removed yet. From then on, when the journal says "placed", there is only forward: every step can be repeated,
 * and what fails on the way is told in the end.
 *
 * Before the first rename the clean-up file gets the lines of both revisions, in the end those of the new one: an official agent
 * that takes over at any instant finds all that there is to remove.
 *
 * Thread rule: the thread that holds the install lock. Blocks on the disk, and for semanage.
 */
typedef enum {
  INSTALL_COMMIT_FIRST,
  INSTALL_COMMIT_AGAIN, /* cut off before: some of it is done */
  INSTALL_COMMIT_PLACED /* the same, after everything was in place */
} InstallCommitTurn;

typedef struct {
  const AgentHost *host;
  const InstallJournal *journal;
  const InstallLayout *layout;
  const GArray *marks; /* of install_stage */
  InstallCommitTurn turn;
} InstallCommit;

/* The error is what failed first: what could not be put in place, a context, or the journal's own failure. */
gboolean install_commit (const InstallCommit *what, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The way back, to its end. */
gboolean install_commit_undo (const InstallCommit *what, GError **error) G_GNUC_WARN_UNUSED_RESULT;
