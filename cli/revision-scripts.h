#pragma once

#include "cli/revision-report.h"

/*
 * The scripts that an AppSpec's hooks name: are they in the revision, and can a host start them.
 *
 * Thread rule: any thread. Blocks on the disk.
 */
/* root: the revision's folder; appspec_file: how the report calls the AppSpec. */
void revision_scripts_check (const AppSpec *appspec, const char *root, const char *appspec_file,
                             RevisionReport *report);

/* What is odd in the beginning of a script; n bytes of it. In the report as `file`. */
void revision_scripts_check_text (const char *bytes, gsize n, const char *file,
                                  RevisionReport *report);
