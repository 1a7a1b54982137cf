#pragma once

#include "cli/revision-report.h"

/*
 * A revision's folder as the agent's archive judge will see it once it is packed (core/archive-judge.h): links that lead out, pipes
 * and devices, names too long or too deep.
 *
 * Thread rule: any thread. Blocks on the disk.
 */
typedef enum {
  REVISION_TREE_ALL = 0,
  REVISION_TREE_SKIP_HIDDEN = 1 << 0 /* names that begin with a dot, and all below them */
} RevisionTreeFlags;

void revision_tree_judge (const char *root, RevisionTreeFlags flags, RevisionReport *report);
