#pragma once

#include "agent/channel.h"
#include "agent/credentials-provider.h"
#include "agent/credentials-source.h"

/*
 * What the network process asks of the master, over their one channel: a worker for a command, the keys that only root may
 * read. Each question waits for its answer while other threads ask theirs. A worker is asked for and awaited in two steps: while
 * it is made, the service can be asked something.
 *
 * Thread rule: one thread hands in what it receives (network_link_take, _end); any thread asks, and blocks.
 */
typedef struct NetworkLink NetworkLink;

/* channel is borrowed. */
NetworkLink *network_link_new (Channel *channel);
void network_link_free (NetworkLink *link);

/* An answer: WORKER, KEYS or REFUSED; fd, taken over, is that of WORKER. */
void network_link_take (NetworkLink *link, const ChannelMessage *answer, int fd);
/* No answers will come any more: whoever waits gets an error. */
void network_link_end (NetworkLink *link);

/* A worker that is being made. Whoever asks for one has to await it, and before the link is freed. */
typedef struct NetworkLinkWorker NetworkLinkWorker;
/* Does not wait. */
NetworkLinkWorker *network_link_ask_worker (NetworkLink *link, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Its channel; consumes worker in any case. */
Channel *network_link_await_worker (NetworkLinkWorker *worker, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Keys of files and of the environment. With others_follow, that the master has none is CREDENTIALS_SOURCE_ERROR_NONE. */
typedef enum {
  NETWORK_LINK_ONLY_MASTER,
  NETWORK_LINK_OTHERS_FOLLOW
} NetworkLinkKeys;
CredentialsProvider network_link_keys (NetworkLink *link, NetworkLinkKeys which,
                                       const Ambient *ambient);

/* One channel of a conversation, from its descriptor. */
Channel *network_link_conversation (int fd);
