#pragma once

#include "agent/conversation.h"
#include "agent/network-link.h"

/*
 * The conversations that the network process holds (agent/conversation.h): which commands are at work, so that each is taken on once,
 * and what the service has been told lately, for commands that come again. It does not poll; whoever does brings it commands. A
 * command that the answer to a report brings follows the one that was reported, in its place.
 *
 * Threads: each conversation has one of its own, with those that follow it. All functions may be called from any thread; only those named wait block.
 */
#define CONVERSATIONS_MAX_COMMANDS 16 /* at once, beside those that recover */

typedef struct Conversations Conversations;

/* Everything is borrowed, and outlives the conversations. */
typedef struct {
  const AgentHost *host;
  CredentialsSource *credentials;
  NetworkLink *link;
  const char *agent_version;
} ConversationsSettings;

Conversations *conversations_new (const ConversationsSettings *settings);
/* All of them have ended. */
void conversations_free (Conversations *conversations);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Conversations, conversations_free)

typedef enum {
  CONVERSATIONS_TOOK,
  CONVERSATIONS_LEFT, /* the command is at work already, or the agent is stopping */
  CONVERSATIONS_FAILED /* it is none for this host (agent/host-command.h), or there was no thread; the log has it */
} ConversationsTook;

ConversationsTook conversations_start (Conversations *conversations, const HostCommand *command);
/* Begins one with a worker that recovers; takes the channel over. */
void conversations_recover (Conversations *conversations, Channel *channel);

/* Nothing waits any more and nothing new is begun; what runs goes on. */
void conversations_stop (Conversations *conversations);
gboolean conversations_are_stopping (Conversations *conversations);

/* Until a worker has looked at what was left at start, or a stop. */
void conversations_wait_for_recovery (Conversations *conversations);
/* Until there is room for another command, or a stop. */
void conversations_wait_for_room (Conversations *conversations);
/*
 * The same, and until no short conversation (docs/host-protocol.md) is going on, in which the next command comes by itself; but not for
 * those past until_us (monotonic).
 */
void conversations_wait_for_turn (Conversations *conversations, gint64 until_us);
/* So long, but not past a stop. */
void conversations_wait_ms (Conversations *conversations, gint64 ms);
/* After a stop, until all have ended. Commands that run have all the time that the master gives them; calls that hang have not. */
void conversations_wait_for_end (Conversations *conversations);

/* Until nothing is at work, or a stop. */
void conversations_wait_until_idle (Conversations *conversations);
gboolean conversations_are_idle (Conversations *conversations);
/* Is one of those waits where it waits for others? */
gboolean conversations_keep_waiting (Conversations *conversations);
