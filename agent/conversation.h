#pragma once

#include "agent/bundle-fetch.h"
#include "agent/command-journal.h"
#include "agent/command-service.h"
#include "agent/network-link.h"

/*
 * The network process's side of a worker's conversation (agent.md 1.9, 1.10): the worker decides and asks, this calls the service
 * and fetches bundles for it. Calls that the service did not answer are repeated until it does, so that neither a lost
 * answer nor a killed server makes a hook run twice or a result disappear. Only the specification is asked for before the worker
 * wants it: while the master makes the worker.
 *
 * In the short conversation (docs/host-protocol.md) the specification came with the command, and the answer to a report may bring the
 * command that comes next: its worker is asked for in advance, and begins while this one ends. What was begun without an acknowledgement is
 * acknowledged when it takes longer than acknowledge_after.
 *
 * Thread rule: one thread per conversation; blocks for as long as the command takes.
 */
typedef struct {
  const AgentHost *host;
  CredentialsSource *credentials;
  NetworkLink *link;
  BundleStopped stopped; /* the agent has been asked to stop */
  gpointer stopped_ctx;
  /* For a worker that recovers: a command that is to be taken on. FALSE: it is not. */
  gboolean (*resume) (gpointer ctx, const ApiHostCommand *command);
  /* The service has had this result. */
  void (*reported) (gpointer ctx, const CommandOutcome *outcome);
  /* Has the service had a result of this command? TRUE: *out is it. */
  gboolean (*is_reported) (gpointer ctx, const char *command_id, Arena *arena, CommandOutcome *out);
  /* An answer has brought a command. TRUE: it is this conversation's, which goes on with it. */
  gboolean (*claim) (gpointer ctx, const HostCommand *next);
  /* The same, where it is for another conversation to take on. */
  void (*start) (gpointer ctx, const HostCommand *next);
  gpointer ctx; /* of all these */
} ConversationContext;

/* What comes after a conversation. */
typedef struct {
  Arena *arena; /* of the command; NULL: nothing */
  HostCommand command;
  Channel *channel; /* to its worker, which has been told the command; NULL: there is none yet */
} ConversationNext;

typedef enum {
  CONVERSATION_OVER,
  CONVERSATION_DROPPED, /* nothing ran: the service may hand the command out again, a little later */
  CONVERSATION_LOST /* the worker ended without a word; what it left is for another that recovers */
} ConversationEnd;

/* channel is consumed: to the worker, which has been told the command; NULL: a worker is asked for. out_next starts cleared. */
ConversationEnd conversation_run (const ConversationContext *context, CommandService *service,
                                  const HostCommand *command, Channel *channel,
                                  ConversationNext *out_next);
/* With one that recovers. */
ConversationEnd conversation_recover (const ConversationContext *context, CommandService *service,
                                      Channel *channel);

/*
 * Without a worker: a command has come again whose result the service has had. Sends it once more, until the service answers. out_next starts
 * cleared.
 */
void conversation_repeat (const ConversationContext *context, CommandService *service,
                          const CommandOutcome *outcome, ConversationNext *out_next);
