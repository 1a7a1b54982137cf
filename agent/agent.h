#pragma once

#include "agent/host.h"

/*
 * The agent at work: reports what an earlier run left unreported, then polls and runs commands, several at once, until it is
 * stopped.
 *
 * Threads: agent_run polls in the caller's thread; each command has a thread of its own, at most AGENT_MAX_COMMANDS at once.
 * agent_stop may be called from any thread and returns at once; agent_run then waits for running commands (bounded by
 * kill_agent_max_wait_time_seconds) and returns. Scripts are not signalled.
 */
#define AGENT_MAX_COMMANDS 16

typedef struct Agent Agent;

/* host must outlive the agent. Reads the signer CA and the first credentials, so that errors show at start. */
Agent *agent_new (const AgentHost *host, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void agent_free (Agent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Agent, agent_free)

typedef enum {
  AGENT_STOPPED,     /* everything that was running has ended */
  AGENT_STOPPED_LATE /* the wait was over first; a command is still running */
} AgentEnd;

AgentEnd agent_run (Agent *agent);
void agent_stop (Agent *agent);
