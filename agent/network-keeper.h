#pragma once

#include "agent/channel.h"
#include "agent/host.h"
#include "agent/part.h"
#include "agent/service-notify.h"

/*
 * The master's side of the process that talks to the network: it starts it, asks from time to time whether it is well, ends one
 * that breaks the channel's rules, hangs or has closed its channel and goes on, and replaces one that has ended, after a pause
 * (agent/respawn.h). What is said over the channel is the master's.
 *
 * Thread rule: the master's thread. Nothing blocks.
 */
typedef struct NetworkKeeper NetworkKeeper;

/* All is borrowed, and outlives the keeper. */
typedef struct {
  const AgentHost *host;
  ServiceNotify *notify; /* its watchdog says how often it is asked */
  PartMode mode;
  PartMain main; /* network_main, and its context */
  gconstpointer ctx;
} NetworkKeeperSettings;

NetworkKeeper *network_keeper_new (const NetworkKeeperSettings *settings);
void network_keeper_free (NetworkKeeper *keeper);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetworkKeeper, network_keeper_free)

gboolean network_keeper_start (NetworkKeeper *keeper, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Tells it to stop; it is not replaced any more, and has its own time to end. */
void network_keeper_stop (NetworkKeeper *keeper);

/* Can something be told to it? */
gboolean network_keeper_is_reachable (const NetworkKeeper *keeper);
gboolean network_keeper_has_ended (const NetworkKeeper *keeper);

/* fd goes with the message, and stays the caller's; -1: none. What cannot be told is dropped: then it is ending. */
void network_keeper_tell (NetworkKeeper *keeper, const ChannelMessage *message, int fd);
/* The next thing that it has said; FALSE: nothing for now. */
gboolean network_keeper_receive (NetworkKeeper *keeper, Arena *arena, ChannelMessage *out);
/* It has answered the question whether it is well. */
void network_keeper_pong (NetworkKeeper *keeper);

/* To wait for: something said, and its end; -1: there is nothing to wait for. */
int network_keeper_channel_fd (const NetworkKeeper *keeper);
int network_keeper_end_fd (const NetworkKeeper *keeper);
/* It has ended. */
void network_keeper_end (NetworkKeeper *keeper);

/* What is due by now. TRUE: another process has been started. */
gboolean network_keeper_run_timers (NetworkKeeper *keeper);
/* Monotonic; G_MAXINT64: never. */
gint64 network_keeper_next_timer_us (const NetworkKeeper *keeper);
