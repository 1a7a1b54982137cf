#pragma once

#include "agent/host.h"
#include "proto/api-types.h"

/*
 * What the host remembers of its commands, so that a lost answer, a killed server or a killed agent never makes a hook
 * run twice:
 *
 *  - each command that is about to be acknowledged, in ROOT/accepted-commands, until its tracking file is there: the service
 *    does not hand out again what it saw acknowledged, and nothing of such a command has run, so it is taken on at start;
 *  - a tracking file per deployment while a command runs, with the command's identifier as its whole content, in the
 *    official agent's place and format (agent.md 3.12); what is left of them at start was interrupted (code 7);
 *    With rerun_interrupted_hooks it stays until the result is reported, so that a hook event that was cut off can be begun again;
 *  - the result of each finished command, in ROOT/finished-commands, from the end of the work until the service has
 *    answered the report.
 *
 * A command that has nothing to run has no tracking file: nothing of it can be cut off, and until its result is there it is taken on.
 *
 * Order: accepted, acknowledged, tracking file, work, result, report answered, tracking file and result removed. So there is no instant at which a
 * crash forgets both that a command ran and how it ended. In the short conversation (docs/host-protocol.md) what runs no script is acknowledged
 * while it works, if at all; it is accepted before, too.
 *
 * Thread rule: any thread, any process; a command's files belong to whoever holds its lock (agent/command-lock.h).
 */
typedef struct {
  const char *command_id;
  const char *deployment_id; /* NULL: not known, as nothing of it had begun */
  gboolean succeeded;
  const char *payload; /* diagnostics, JSON text */
} CommandOutcome;

gboolean command_journal_accept (const AgentHost *host, const ApiHostCommand *command,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of a command that will not be worked on after all. */
gboolean command_journal_unaccept (const AgentHost *host, const char *command_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* From here on the command counts as begun. */
gboolean command_journal_begin (const AgentHost *host, const char *deployment_id,
                                const char *command_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean command_journal_finish (const AgentHost *host, const CommandOutcome *outcome,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* After the service has answered. deployment_id NULL: any tracking file with this identifier. */
gboolean command_journal_forget (const AgentHost *host, const char *deployment_id,
                                 const char *command_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The recorded result of a command; FALSE when there is none (or it is damaged). */
gboolean command_journal_lookup (const AgentHost *host, const char *command_id, Arena *arena,
                                 CommandOutcome *out) G_GNUC_WARN_UNUSED_RESULT;

/*
 * What has to be reported at start, newest first: recorded results, and identifiers of commands that were interrupted (their
 * payload is NULL). Tracking files older than 24 h are deleted on the way. CommandOutcome elements; strings in arena.
 */
GArray *command_journal_pending (const AgentHost *host, Arena *arena);

/* Was the command begun and has it no result? */
gboolean command_journal_is_interrupted (const AgentHost *host, const char *deployment_id,
                                         const char *command_id);
gboolean command_journal_is_accepted (const AgentHost *host, const char *command_id);
/* The record of an interrupted command, where one is kept; FALSE: it is not. */
gboolean command_journal_accepted_one (const AgentHost *host, const char *command_id, Arena *arena,
                                       ApiHostCommand *out) G_GNUC_WARN_UNUSED_RESULT;
/* The interrupted command counts as accepted and not begun again. */
gboolean command_journal_rewind (const AgentHost *host, const char *deployment_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/*
 * What was accepted and never begun. To be asked after command_journal_pending; records older than 24 h and those of commands
 * that have begun are deleted on the way. ApiHostCommand elements; strings in arena.
 */
GArray *command_journal_accepted (const AgentHost *host, Arena *arena);

typedef struct {
  const char *deployment_id;
  const char *command_id;
  gint64 since_ms;
} TrackedCommand;

/* What is being worked on: the tracking files that are not stale. TrackedCommand elements; strings in arena. */
GArray *command_journal_tracked (const AgentHost *host, Arena *arena);

/* Is a command being worked on (a tracking file that is not stale)? For "stop" and "status". */
gboolean command_journal_is_busy (const AgentHost *host);
