#pragma once

#include "core/install-plan.h"

/*
 * Folders on disk as the trees that core/install-plan.h reads.
 *
 * Thread rule: as often as needed, any thread; blocks on the disk.
 */

/* Names relative to root, an absolute path (borrowed): an unpacked revision. */
InstallTree install_tree_below (const char *root);
/* Absolute names: the host. */
InstallTree install_tree_host (void);
