#pragma once

#include "agent/channel.h"
#include "agent/command-service.h"
#include "agent/network-link.h"

/*
 * The heart of the network process: polls for commands until it is stopped (agent.md 1.9, 1.11), and hands them to the conversations
 * (agent/conversations.h). It polls after what earlier workers left has been reported.
 *
 * Threads: poller_run polls in the caller's thread. All other functions may be called from any thread and return at once. When it
 * is stopped, poller_run waits for the commands that run; calls of the service then have a few seconds each.
 */
typedef struct Poller Poller;

typedef struct {
  const AgentHost *host;
  CredentialsSource *credentials;
  NetworkLink *link;
  const char *agent_version;
  /* How it goes: an answer is told when it is the first, or follows a failure, or the last that was told is a while ago. */
  void (*answered) (gpointer ctx);
  void (*failed) (gpointer ctx, const char *why);
  gpointer ctx; /* of both */
} PollerSettings;

/* Everything in settings must outlive the poller. */
Poller *poller_new (const PollerSettings *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void poller_free (Poller *poller);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Poller, poller_free)

void poller_run (Poller *poller);
void poller_stop (Poller *poller);

/* A worker that recovers is there; takes the channel over. */
void poller_recover (Poller *poller, Channel *channel);

/* Has it done something lately, as far as it has something to do? */
gboolean poller_is_alive (Poller *poller);
