#pragma once

#include "core/state-machine.h"
#include "core/states.h"

/* The deployment's own states (deployments.md 0.3, api.md 5.1). Succeeded, Failed and Stopped are final.
 *
 * Thread rule: any thread. */

#define DEPLOYMENT_EVENT_LIST(X)                                                                   \
  X (DEPLOYMENT_EV_QUEUE, "must wait for a slot")                                                  \
  X (DEPLOYMENT_EV_START, "targets are known")                                                     \
  X (DEPLOYMENT_EV_AWAIT_READY, "replacements installed")                                          \
  X (DEPLOYMENT_EV_CONTINUE, "wait is over")                                                       \
  X (DEPLOYMENT_EV_BAKE, "zone is done")                                                           \
  X (DEPLOYMENT_EV_SUCCEED, "enough targets succeeded")                                            \
  X (DEPLOYMENT_EV_FAIL, "cannot succeed")                                                         \
  X (DEPLOYMENT_EV_STOP, "stopped, nothing runs")

ENUM_NAMES_TYPE (DeploymentEvent, DEPLOYMENT_EVENT_LIST);
ENUM_NAMES_DECLARE (DeploymentEvent, deployment_event)
#define DEPLOYMENT_N_EVENTS (DEPLOYMENT_EV_STOP + 1)

#define DEPLOYMENT_ACTION_LIST(X)                                                                  \
  X (DEPLOYMENT_ACT_NOTHING, "nothing")                                                            \
  X (DEPLOYMENT_ACT_START_TARGETS, "start targets")                                                \
  X (DEPLOYMENT_ACT_CLOSE, "close") /* skip what is pending, set completeTime, maybe roll back */

ENUM_NAMES_TYPE (DeploymentAction, DEPLOYMENT_ACTION_LIST);
ENUM_NAMES_DECLARE (DeploymentAction, deployment_action)

extern const StateMachine deployment_machine;

/* The one door: FALSE, and nothing changed, when the event is refused. */
gboolean deployment_machine_step (DeploymentStatus *status, DeploymentEvent event,
                                  DeploymentAction *out_action) G_GNUC_WARN_UNUSED_RESULT;
gboolean deployment_status_is_final (DeploymentStatus status);
