#pragma once

#include <sys/types.h>

#include "agent/host.h"

/*
 * The script that runs for a deployment, noted in ROOT/running-scripts for as long as it does. A script goes on when its agent
 * is killed; the agent that starts next reports its command as failed, after which the service may send the host another
 * command, of the same deployment or of one that waited. Nothing may run beside that, so the script is ended first,
 * as at its deadline: with all of its process group. One that has ended by itself is left as it is, with what it started.
 *
 * A process is told from a later one of the same number by the time of its start and the machine's boot. The note is there before
 * the process becomes the script (hook-spawn.h), and a process whose agent ends before that ends with it: so no script runs that
 * is not noted.
 *
 * Thread rule: any thread; a deployment's note belongs to the thread that runs its command. Blocks on the disk.
 */

/* pid: a child of this process that leads its own group. */
gboolean running_script_note (const AgentHost *host, const char *deployment_id, pid_t pid,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* It has ended. */
gboolean running_script_forget (const AgentHost *host, const char *deployment_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* At start, before anything is reported: ends what an agent left behind that is no more: SIGTERM, then SIGKILL after the grace that
 * scripts have. Returns when it has ended; a process that even SIGKILL does not end is given up after a while. */
void running_script_end_left_behind (const AgentHost *host);
