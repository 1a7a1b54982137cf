#pragma once

#include "agent/bundle-fetch.h"
#include "agent/channel.h"
#include "agent/command-journal.h"
#include "agent/command-service.h"

/*
 * The network process's side of a worker's conversation (agent.md 1.9, 1.10): the worker decides and asks, this calls the service
 * and fetches bundles for it. Calls that the service did not answer are repeated until it does, so that neither a lost
 * answer nor a killed server makes a hook run twice or a result disappear.
 *
 * Thread rule: one thread per conversation; blocks for as long as the command takes.
 */
typedef struct {
  const AgentHost *host;
  CredentialsSource *credentials;
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

/* command NULL: the worker recovers, and there is none. */
ConversationEnd conversation_run (const ConversationContext *context, CommandService *service,
                                  Channel *channel, const ApiHostCommand *command);

/* Sends a result until the service answers. FALSE: given up. */
gboolean conversation_report (const ConversationContext *context, CommandService *service,
                              const CommandOutcome *outcome);
