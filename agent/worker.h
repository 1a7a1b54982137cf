#pragma once

#include "agent/channel.h"
#include "agent/host.h"
#include "proto/cms.h"

/*
 * The privileged side of one command's conversation (agent.md 1.9, 1.10): it looks into the journal, opens the specification and
 * verifies who signed it, lets the command be acknowledged, runs it, and has its result reported. Everything that needs the
 * network is asked of the network process over the channel, which is not believed: identifiers are bounded texts, a
 * specification must be signed, a bundle is a stranger's archive.
 *
 * The journal (agent/command-journal.h) carries the command across the death of any process; a worker holds the command's lock as
 * long as it lives (agent/command-lock.h).
 *
 * Thread rule: a process of its own, or a thread of its own. Blocks for as long as the command takes.
 */
typedef struct {
  const AgentHost *host;
  const CmsVerifier *verifier;
} WorkerContext;

/* Exit statuses. */
#define WORKER_DONE 0
#define WORKER_LEFT 3 /* something is recorded and not reported: a recovery is due */

/* Takes the channel over. */
int worker_run (const WorkerContext *context, Channel *channel);

/* The worker's end of a conversation. */
Channel *worker_channel (int fd);

/* One question and its answer, of that kind or FAILED (then error is set and *out_failure is told). */
gboolean worker_ask (Channel *channel, const ChannelMessage *question, int fd, ChannelKind wanted,
                     Arena *arena, ChannelMessage *out, ChannelFailure *out_failure, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
