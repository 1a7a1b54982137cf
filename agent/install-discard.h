#pragma once

#include "agent/host.h"

/*
 * Takes what an old revision had out of a folder that stood in the place of a new one and was moved aside: the paths that the clean-up list
 * names go, what others made stays and is given to the folder that is in the place now.
 *
 * Thread rule: the thread that holds the install lock. Blocks on the disk.
 */
typedef struct {
  const AgentHost *host;
  const char *deployment_id;
  GHashTable *old_paths; /* install_layout_old_paths */
  int dir_fd;            /* the folder in which all of this happens */
  const char *path;      /* the place */
  const char *aside;     /* the name in dir_fd of what stood there; it need not be there */
  gboolean of_file; /* a file has the place now: any file that stood there was to be replaced */
  GPtrArray *left;  /* gets the paths of what could not be removed, after what is in it */
} InstallDiscard;

/* What cannot be removed or given back stays aside, and the log says so. */
void install_discard (const InstallDiscard *discard);
