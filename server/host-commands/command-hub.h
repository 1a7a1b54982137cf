#pragma once

#include "core/ambient.h"
#include "core/arena.h"
#include "server/metrics.h"

/* The hub: where host commands and hosts' polls meet, in memory.
 *
 * A poll that finds no command is parked until one comes or its time is over; neither touches the store. A host has at
 * most one command here. It is handed to the host's next poll, and again when the host has not acknowledged it
 * within a lease; so delivery is at least once, and the acknowledgement makes it once.
 *
 * A host has one parked poll: a newer one replaces it (the older caller is gone, or repeats itself), and the older is
 * answered with nothing. So is one whose caller turns out to be gone when there is a command for it: an agent that was
 * killed and started again would else wait for the end of a lease that nobody holds.
 *
 * Threads: any. Answers are given on the thread of the call that caused them, outside of the hub's lock. */

typedef struct CommandHub CommandHub;

typedef struct {
  const char *host_arn;
  const char *command_id;
  const char *deployment_id;
  const char *name; /* of the lifecycle event */
} HubCommand;

/* command NULL: nothing for now. Called exactly once for each poll; command is borrowed for the call. */
typedef void (*HubAnswer) (gpointer data, const HubCommand *command);

typedef struct {
  HubAnswer answer;
  /* Will nobody read the answer? Asked before the answer is given, under the hub's lock: it is quick and calls nothing of
   * the hub. NULL: the caller is always there. */
  gboolean (*is_gone) (gpointer data);
  gpointer data;
} HubPoll;

#define COMMAND_HUB_DEFAULT_LEASE_MS (15 * 1000)

typedef struct {
  const Ambient *ambient;
  gint64 poll_wait_ms; /* how long a poll is parked */
  gint64 lease_ms;     /* a delivered command that is not acknowledged is delivered again after */
  Metrics *metrics;    /* NULL: counts nothing */
} CommandHubConfig;

CommandHub *command_hub_new (const CommandHubConfig *config) G_GNUC_WARN_UNUSED_RESULT;
/* Every poll must have been answered: see command_hub_close. NULL is fine. */
void command_hub_free (CommandHub *hub);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CommandHub, command_hub_free)

/* A host asks. */
void command_hub_poll (CommandHub *hub, const char *host_arn, const HubPoll *poll);

/* The host's command from now on; replaces what it had. Copied. */
void command_hub_offer (CommandHub *hub, const HubCommand *command);
/* The command was acknowledged, or has ended: it is not handed out any more. Others of the host are not touched. */
void command_hub_withdraw (CommandHub *hub, const char *host_arn, const char *command_id);

/* The host's command for the answer to a report of the host, in arena; NULL: there is none, or a poll has it. As with a poll
 * its lease begins. One that such an answer has brought before is handed out again: the host reports, so it is not at that
 * one; it has not seen the answer. */
const HubCommand *command_hub_take (CommandHub *hub, const char *host_arn, Arena *arena);
/* Has the host a command of the deployment that it may fetch, or was handed and has not acknowledged? */
gboolean command_hub_knows (CommandHub *hub, const char *host_arn, const char *deployment_id);
/* The host will not be heard of again: a poll that it has parked is answered with nothing. */
void command_hub_dismiss (CommandHub *hub, const char *host_arn);

/* Answers polls whose time is over, and delivers again what was not acknowledged. Returns how many milliseconds it
 * may take until the next call, at most 1000; -1: nothing waits here. */
gint64 command_hub_tick (CommandHub *hub);

/* Answers all polls with nothing, and every later one at once. */
void command_hub_close (CommandHub *hub);

/* When the host polled last, as far as this hub knows: one whose poll is parked, now; 0: not since it was made, or not for so long
 * that it may have been forgotten. */
#define HUB_REMEMBERS_MS (24 * 3600 * G_GINT64_CONSTANT (1000))
gint64 command_hub_last_seen (CommandHub *hub, const char *host_arn);
/* When it was made: it knows of no poll before. */
gint64 command_hub_since (const CommandHub *hub);

/* For tests and /metrics. */
gsize command_hub_n_parked (CommandHub *hub);
gsize command_hub_n_offered (CommandHub *hub);
