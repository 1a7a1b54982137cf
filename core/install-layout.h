#pragma once

#include "core/install-plan.h"

/*
 * How a plan is carried out without the old revision being touched until all of the new one is there: from a plan and the clean-up list, what is
 * staged where, what appears by one rename, and what the old revision had besides.
 *
 * Each creation of the plan is staged under a hidden name. One whose folder exists is a *root*: it is staged beside its place, under
 * install_layout_staged_name, and a rename puts it there. One whose folder is new as well is staged inside that folder under its own
 * name, and appears with it. So a new subtree is one root, however much is in it.
 *
 * What stands at the place of a root is exchanged for it, and the list of what the old revision had says what of it then goes. Entries of
 * that list that are in no root's place are *removals*, by themselves.
 *
 * Thread rule: any thread; a layout belongs to its arena.
 */
typedef struct {
  gsize root; /* index of the creation that this one appears with; its own when it is a root */
  const AppSpecPermission *permission; /* NULL: none */
} InstallPlacement;

typedef struct {
  gsize n; /* the plan's creations */
  const InstallPlacement *placements;
  gsize n_removals;
  const gsize *
      removals; /* indices of clean-up entries in the order in which they go: what is in a folder before it */
} InstallLayout;

/* cleanup NULL: nothing was there. */
const InstallLayout *install_layout_compute (const InstallPlan *plan, const InstallCleanup *cleanup,
                                             Arena *arena);

/* The hidden name of a root: the same whenever it is asked for, so that a roll-back needs no memory. Fits into NAME_MAX. */
char *install_layout_staged_name (const char *deployment_id, gsize index, Arena *arena);

/* The paths that the old revision had, normalised: a set (key = path); strings in arena. The caller unrefs it. */
GHashTable *install_layout_old_paths (const InstallCleanup *cleanup, Arena *arena);
