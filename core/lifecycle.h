#pragma once

#include "core/states.h"

/* Which lifecycle events a target goes through, in which order, and who performs each (deployments.md 1).
 *
 * Thread rule: constant tables; any thread. */

typedef enum {
  LIFECYCLE_BY_SCRIPT,  /* the host agent runs the AppSpec's hook */
  LIFECYCLE_BY_AGENT,   /* the host agent itself; not scriptable */
  LIFECYCLE_BY_SERVICE, /* never sent to a host */
} LifecyclePerformer;

LifecyclePerformer lifecycle_event_performer (LifecycleEvent event);
/* Whether ignoreApplicationStopFailures covers a failure of this event (deployments.md 2.3). */
gboolean lifecycle_event_is_ignorable (LifecycleEvent event);
/* Whether a host may say that there is nothing to do for it: not for DownloadBundle and Install. */
gboolean lifecycle_event_may_be_noop (LifecycleEvent event);

/* A target's walk. The name is kept in the store. */
#define LIFECYCLE_PLAN_LIST(X)                                                                     \
  X (LIFECYCLE_PLAN_IN_PLACE, "in-place") /* without load balancer; rollbacks of it too */         \
  X (LIFECYCLE_PLAN_IN_PLACE_BALANCED, "in-place-balanced")                                        \
  X (LIFECYCLE_PLAN_GREEN, "green") /* a replacement: it waits after its seventh event */          \
  X (LIFECYCLE_PLAN_BLUE, "blue")   /* an original */                                              \
  X (LIFECYCLE_PLAN_ROLLBACK_BLUE, "rollback-blue")                                                \
  X (LIFECYCLE_PLAN_ROLLBACK_GREEN, "rollback-green")                                              \
  X (LIFECYCLE_PLAN_TERMINATION, "termination") /* a host leaves its Auto Scaling group */         \
  X (LIFECYCLE_PLAN_TERMINATION_BALANCED, "termination-balanced")

ENUM_NAMES_TYPE (LifecyclePlanKind, LIFECYCLE_PLAN_LIST);
ENUM_NAMES_DECLARE (LifecyclePlanKind, lifecycle_plan_kind)
#define LIFECYCLE_N_PLANS (LIFECYCLE_PLAN_TERMINATION_BALANCED + 1)

typedef struct {
  gsize n_events;
  LifecycleEvent events[LIFECYCLE_N_EVENTS];
  gsize
      gate; /* the target is Ready before this one, until its deployment goes on; 0: it never is */
  TargetLabel label;
} LifecyclePlan;

const LifecyclePlan *lifecycle_plan (LifecyclePlanKind kind);
/* Whether it puts the deployment's revision on the host. */
gboolean lifecycle_plan_installs (const LifecyclePlan *plan);
