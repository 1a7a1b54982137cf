#pragma once

#include "agent/host.h"

/*
 * What an agent that was killed leaves beside the small files that it replaces: temporary files (fs_atomic_write), named after
 * their process. Looks where the agent keeps such files under root_dir, and in pid_dir; a file of a process that is still there is
 * left alone, so that other programs may be at work in the same folders.
 *
 * Thread rule: when this process writes no such file at that moment; others may. Blocks on the disk.
 */
void leftovers_remove (const AgentHost *host);

/* And those of what an Install writes piece by piece (agent/fs-stream.h). By whoever holds the install lock: then nobody writes one. */
void leftovers_remove_of_install (const AgentHost *host);
