#pragma once

#include "agent/host.h"

/*
 * Who is at a command: an flock on ROOT/command-locks/SHA256-OF-IDENTIFIER, held by its worker for as long as it lives. So a
 * command whose worker runs is told from one that was cut off, whatever became of other processes of the agent.
 *
 * Thread rule: any thread, any process; the lock belongs to the descriptor.
 */
typedef enum {
  COMMAND_LOCK_TRY,
  COMMAND_LOCK_WAIT /* for a holder that is known to be ending */
} CommandLockWait;

/* The descriptor that holds it; -1 without error: somebody else does (TRY only); -1 with error. */
int command_lock_hold (const AgentHost *host, const char *command_id, CommandLockWait wait,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
void command_lock_release (const AgentHost *host, const char *command_id, int fd);

/* Removes the files of holders that were killed; those that somebody holds stay. */
void command_lock_sweep (const AgentHost *host);

/*
 * Who changes the folder of tracking files (agent/command-journal.h), until the descriptor is closed; waits. The lock is in this folder, which is
 * closed to others, because whoever may read a file or folder may lock it, and keep every command from its end. -1 with error.
 */
int command_lock_hold_tracking (const AgentHost *host, GError **error) G_GNUC_WARN_UNUSED_RESULT;
