#pragma once

#include "agent/host.h"
#include "agent/part.h"
#include "agent/privileges.h"
#include "agent/process-title.h"

/*
 * The process that talks to the network: it gives its privileges up, then polls, fetches specifications, acknowledges, fetches
 * bundles and reports, as its workers ask (agent/poller.h, agent/conversation.h). It knows the host's keys, since it signs with
 * them, and has nothing else that is worth stealing: its channel to the master, the log, no files.
 */
typedef struct {
  const AgentHost *host;
  PartMode mode;
  NetworkUser user;          /* PARTS_ARE_PROCESSES */
  const ProcessTitle *title; /* PARTS_ARE_PROCESSES */
  pid_t master;
} NetworkContext;

/* A PartMain; ctx is a NetworkContext. fd is the channel to the master. */
int network_main (gconstpointer ctx, int fd);
