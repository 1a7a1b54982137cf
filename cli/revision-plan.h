#pragma once

#include "cli/revision-report.h"

/*
 * What Install would make of a revision on an empty host, by the agent's own planner (core/install-plan.h): sources that are not there, two
 * things for one destination, permission items that contradict each other or select nothing.
 *
 * Thread rule: any thread. Blocks on the disk.
 */
/* root: the revision's folder; appspec_file: how the report calls the AppSpec. */
void revision_plan_check (const AppSpec *appspec, const char *root, const char *appspec_file,
                          RevisionReport *report);
