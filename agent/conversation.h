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
  gpointer ctx; /* of both */
} ConversationContext;

typedef enum {
  CONVERSATION_OVER,
  CONVERSATION_DROPPED, /* nothing ran: the service may hand the command out again, a little later */
  CONVERSATION_LOST /* the worker ended without a word; what it left is for another that recovers */
} ConversationEnd;

/* With a new worker. */
ConversationEnd conversation_run (const ConversationContext *context, CommandService *service,
                                  const ApiHostCommand *command);
/* With one that recovers. */
ConversationEnd conversation_recover (const ConversationContext *context, CommandService *service,
                                      Channel *channel);

/* Sends a result until the service answers. FALSE: given up. */
gboolean conversation_report (const ConversationContext *context, CommandService *service,
                              const CommandOutcome *outcome);
