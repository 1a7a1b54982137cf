#pragma once

#include "agent/bundle-fetch.h"
#include "agent/command-journal.h"
#include "agent/command-service.h"
#include "proto/cms.h"

/*
 * One command's conversation with the service from specification to completion (agent.md 1.9, 1.10). Calls that the service
 * did not answer are repeated until it does, so that neither a lost answer nor a killed server makes a hook run
 * twice or a result disappear; the journal (command-journal.h) carries the same across a death of the agent.
 *
 * Thread rule: one thread per command; blocks for as long as the command takes.
 */
typedef struct {
  const AgentHost *host;
  CredentialsSource *credentials;
  const CmsVerifier *verifier;
  BundleStopped stopped; /* the agent has been asked to stop */
  gpointer stopped_ctx;
} CommandContext;

typedef enum {
  COMMAND_DROPPED,   /* nothing ran and nothing was reported: the service may hand it out again */
  COMMAND_REPORTED,  /* the service has answered the report (or said that it wants none) */
  COMMAND_UNREPORTED /* ended, but the report was given up; the journal has it for the next start */
} CommandFate;

/* What the service was told, for the case that it hands the command out again. Owned by the caller. */
typedef struct {
  gboolean ended; /* FALSE: there is no result */
  gboolean succeeded;
  char *payload;
} CommandReport;

void command_report_clear (CommandReport *report);

CommandFate command_run (const CommandContext *context, CommandService *service,
                         const ApiHostCommand *command, CommandReport *out_report);

/* Sends a result until the service answers, then forgets it. FALSE: given up. */
gboolean command_run_report (const CommandContext *context, CommandService *service,
                             const char *deployment_id, const CommandOutcome *outcome);

/*
 * At start, of what command_journal_pending names: an Install that was cut off is finished or taken back (agent/installer.h), any other
 * command has failed with code 7; and a result that outcome has now is on disk. Strings are put into arena.
 */
void command_run_recover (const CommandContext *context, CommandOutcome *outcome, Arena *arena);
