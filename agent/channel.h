#pragma once

#include "agent/channel-message.h"

/*
 * One end of a socket pair between two of the agent's processes, or between two of its parts in one process: messages of
 * agent/channel-message.h, whole and in order. Each end knows what the other may send; anything else breaks the channel: an
 * error, after which it is of no use. A descriptor comes only with the kinds that carry one; any other that the peer passes is closed.
 *
 *   channel_pair (&ours, &theirs, &error);
 *   channel = channel_new (ours, CHANNEL_NETWORK_TO_MASTER, CHANNEL_MASTER_TO_NETWORK);
 *
 * Thread rule: one thread receives; any thread sends. Blocks when the descriptor does.
 */
typedef struct Channel Channel;

/* Two connected descriptors, closed on exec; -1 both on failure. They block. */
gboolean channel_pair (int *out_one, int *out_other, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Owns fd. */
Channel *channel_new (int fd, ChannelRoute incoming, ChannelRoute outgoing);
void channel_free (Channel *channel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Channel, channel_free)

/* For poll. */
int channel_fd (const Channel *channel);
/* From now on nothing waits: channel_receive may say CHANNEL_NOTHING, and a send that would have to wait fails. */
gboolean channel_set_nonblocking (Channel *channel, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Both ends find the channel ended. Any thread; the descriptor stays. */
void channel_shut_down (Channel *channel);

typedef enum {
  CHANNEL_GOT,
  CHANNEL_NOTHING, /* no whole message yet */
  CHANNEL_ENDED,   /* the peer is gone */
  CHANNEL_BROKEN   /* error is set */
} ChannelReceived;

/* *out_fd, the caller's, is -1 for the kinds without a descriptor; for the others it is always one. */
ChannelReceived channel_receive (Channel *channel, Arena *arena, ChannelMessage *out, int *out_fd,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* fd, borrowed: for the kinds that carry one; else -1. */
gboolean channel_send (Channel *channel, const ChannelMessage *message, int fd, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
