#pragma once

#include "agent/channel.h"
#include "agent/host-command.h"
#include "agent/host.h"
#include "agent/network-link.h"

/*
 * How a conversation comes by its worker (agent/conversation.h): one is asked for, awaited, and told its command; or asked for in
 * case that a command comes, and let go.
 *
 * Thread rule: any thread; blocks until the master has answered.
 */
typedef enum {
  CONVERSATION_LONG,
  CONVERSATION_SHORT /* the command came with its specification (docs/host-protocol.md) */
} ConversationKind;

/*
 * Tells the worker its command, and what has been answered about its specification (NULL: nothing yet). Consumes worker. Returns its channel;
 * NULL with error: there is no worker.
 */
Channel *conversation_worker_begin (const AgentHost *host, NetworkLinkWorker *worker,
                                    ConversationKind kind, const ApiHostCommand *command,
                                    const ApiGetDeploymentSpecificationOutput *specification,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Consumes worker, which ends; NULL is fine. */
void conversation_worker_forgo (NetworkLinkWorker *worker);

/* The members of a message that the answer about a specification fills. */
void conversation_worker_show (const ApiGetDeploymentSpecificationOutput *answer,
                               ChannelMessage *message);
