#pragma once

#include "agent/host.h"

/*
 * Writes <group>-install.json: the plan for people to read (agent.md 4.7), nobody reads it back. Names that are not UTF-8 have
 * replacement characters in it.
 *
 * Thread rule: any thread; one writer for a group. Blocks on the disk.
 */
gboolean install_instructions_write (const char *path, const InstallPlan *plan,
                                     const char *archive_dir, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
