#pragma once

#include "agent/deployment-spec.h"
#include "agent/hook-user.h"
#include "agent/identity.h"

/*
 * The environment of a script (agent.md 5.2): the agent's own, less what scripts must not have, plus the deployment's
 * values, plus what su would set for another user. Pure.
 *
 *  - No secrets: the agent's access keys, tokens and the files that hold them are left out, which the official agent
 *    passes on; AWS_REGION and AWS_HOST_IDENTIFIER are there as in its on-premises modes.
 *  - Nothing of the agent's own service manager (NOTIFY_SOCKET and its like): it would be spoken to in the agent's name.
 *  - For another user HOME and SHELL, and USER and LOGNAME unless it is root, as su without a login; PATH is the agent's.
 *
 * Thread rule: any thread.
 */
typedef struct {
  const char *event;
  const DeploymentSpec
      *spec; /* always the current deployment's, whichever revision's script runs */
  const AgentIdentity *identity; /* NULL: none */
  const char *observed_etag; /* of the download, for a specification without one; NULL: not known */
  const HookUser *user;      /* NULL: as the agent */
} HookEnvironment;

/* NAME=VALUE strings, owned, and NULL at the end. inherited: the same, borrowed. */
GPtrArray *hook_environment_new (const HookEnvironment *settings, const char *const *inherited)
    G_GNUC_WARN_UNUSED_RESULT;
