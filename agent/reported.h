#pragma once

#include "agent/command-journal.h"

/*
 * The results that the service has had lately, for the case that it hands one of these commands out again: it is told the same once
 * more, and nothing runs. The journal has forgotten them by then.
 *
 * Thread rule: one thread at a time (callers lock).
 */
typedef struct ReportedCommands ReportedCommands;

#define REPORTED_COMMANDS_KEPT 64

ReportedCommands *reported_commands_new (void) G_GNUC_WARN_UNUSED_RESULT;
void reported_commands_free (ReportedCommands *commands);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportedCommands, reported_commands_free)

/* The oldest is forgotten for it. */
void reported_commands_add (ReportedCommands *commands, const CommandOutcome *outcome);
gboolean reported_commands_find (const ReportedCommands *commands, const char *command_id,
                                 Arena *arena, CommandOutcome *out) G_GNUC_WARN_UNUSED_RESULT;
