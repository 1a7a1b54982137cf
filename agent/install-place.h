#pragma once

#include "agent/install-folders.h"

/*
 * The renames of an Install: what is staged gets its place, what stood there gets the hidden name (or, where a file system cannot
 * exchange two names, that name with "-old"). Nothing is removed by it, so all of it can be taken back. Both ways go by what is on
 * disk, by device and inode, and may be cut off and repeated at any instant.
 *
 * Thread rule: the thread that holds the install lock. Blocks on the disk.
 */
typedef struct {
  const AgentHost *host;
  const InstallJournal *journal;
  const InstallLayout *layout;
  const GArray *marks; /* InstallMark of each root, in order, before others */
} InstallPlacing;

/* out_aside gets the index (gsize) of each root that something stood in the place of. On failure some are in place. */
gboolean install_place (const InstallPlacing *placing, GArray *out_aside, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* All as it was when it was staged. Goes to its end; the error is what failed first. */
gboolean install_place_undo (const InstallPlacing *placing, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The second hidden name of the root that folders has entered; the caller frees it. */
char *install_place_aside_name (const InstallFolders *folders);
