#pragma once

#include "agent/bundle-fetch.h"
#include "cli/local-interrupt.h"

/*
 * What the agent's executor is given when there is no agent: the agent's configuration, keys and folders, a log on standard
 * error. The network is asked for nothing that the bundle does not need.
 *
 * Thread rule: made, used and freed by the main thread; the parts follow their own rules.
 */
typedef struct LocalAgent LocalAgent;

/* watcher (may be NULL) and interrupt are borrowed. Errors are those of config.h and identity.h. */
LocalAgent *local_agent_new (const AgentConfig *config, const struct ScriptWatcher *watcher,
                             LocalInterrupt *interrupt, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void local_agent_free (LocalAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LocalAgent, local_agent_free)

/* Finds out what getting a bundle of this kind needs: region and keys for S3, nothing for others. */
gboolean local_agent_prepare (LocalAgent *agent, SpecRevisionType type, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Lives as long as agent. */
const BundleContext *local_agent_context (const LocalAgent *agent);
