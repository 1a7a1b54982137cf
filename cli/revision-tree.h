#pragma once

#include "cli/revision-report.h"

/*
 * A revision's folder as the agent's archive judge will see it once it is packed (core/archive-judge.h): links that lead out, pipes
 * and devices, names too long or too deep.
 *
 * Thread rule: any thread. Blocks on the disk.
 */
void revision_tree_judge (const char *root, RevisionReport *report);
