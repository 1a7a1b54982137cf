#include "core/lifecycle.h"

ENUM_NAMES_DEFINE (LifecyclePlanKind, lifecycle_plan_kind, LIFECYCLE_PLAN_LIST)

typedef struct {
  LifecyclePerformer performer;
  gboolean ignorable;
} EventFacts;

static const EventFacts facts[LIFECYCLE_N_EVENTS] = {
  [LIFECYCLE_BEFORE_BLOCK_TRAFFIC] = { LIFECYCLE_BY_SCRIPT, .ignorable = TRUE },
  [LIFECYCLE_BLOCK_TRAFFIC] = { LIFECYCLE_BY_SERVICE },
  [LIFECYCLE_AFTER_BLOCK_TRAFFIC] = { LIFECYCLE_BY_SCRIPT, .ignorable = TRUE },
  [LIFECYCLE_APPLICATION_STOP] = { LIFECYCLE_BY_SCRIPT, .ignorable = TRUE },
  [LIFECYCLE_DOWNLOAD_BUNDLE] = { LIFECYCLE_BY_AGENT },
  [LIFECYCLE_BEFORE_INSTALL] = { LIFECYCLE_BY_SCRIPT },
  [LIFECYCLE_INSTALL] = { LIFECYCLE_BY_AGENT },
  [LIFECYCLE_AFTER_INSTALL] = { LIFECYCLE_BY_SCRIPT },
  [LIFECYCLE_APPLICATION_START] = { LIFECYCLE_BY_SCRIPT },
  [LIFECYCLE_VALIDATE_SERVICE] = { LIFECYCLE_BY_SCRIPT },
  [LIFECYCLE_BEFORE_ALLOW_TRAFFIC] = { LIFECYCLE_BY_SCRIPT },
  [LIFECYCLE_ALLOW_TRAFFIC] = { LIFECYCLE_BY_SERVICE },
  [LIFECYCLE_AFTER_ALLOW_TRAFFIC] = { LIFECYCLE_BY_SCRIPT },
};

#define BLOCK LIFECYCLE_BEFORE_BLOCK_TRAFFIC, LIFECYCLE_BLOCK_TRAFFIC, LIFECYCLE_AFTER_BLOCK_TRAFFIC
#define INSTALL                                                                                    \
  LIFECYCLE_APPLICATION_STOP, LIFECYCLE_DOWNLOAD_BUNDLE, LIFECYCLE_BEFORE_INSTALL,                 \
      LIFECYCLE_INSTALL, LIFECYCLE_AFTER_INSTALL, LIFECYCLE_APPLICATION_START,                     \
      LIFECYCLE_VALIDATE_SERVICE
#define ALLOW LIFECYCLE_BEFORE_ALLOW_TRAFFIC, LIFECYCLE_ALLOW_TRAFFIC, LIFECYCLE_AFTER_ALLOW_TRAFFIC

static const LifecyclePlan plans[] = {
  [LIFECYCLE_PLAN_IN_PLACE] = { 7, { INSTALL } },
  [LIFECYCLE_PLAN_IN_PLACE_BALANCED] = { 13, { BLOCK, INSTALL, ALLOW } },
  [LIFECYCLE_PLAN_GREEN] = { 10, { INSTALL, ALLOW }, .gate = 7, .label = TARGET_GREEN },
  [LIFECYCLE_PLAN_BLUE] = { 3, { BLOCK }, .label = TARGET_BLUE },
  [LIFECYCLE_PLAN_ROLLBACK_BLUE] = { 3, { ALLOW }, .label = TARGET_BLUE },
  [LIFECYCLE_PLAN_ROLLBACK_GREEN] = { 3, { BLOCK }, .label = TARGET_GREEN },
  [LIFECYCLE_PLAN_TERMINATION] = { 1, { LIFECYCLE_APPLICATION_STOP } },
  [LIFECYCLE_PLAN_TERMINATION_BALANCED] = { 4, { BLOCK, LIFECYCLE_APPLICATION_STOP } },
};
G_STATIC_ASSERT (G_N_ELEMENTS (plans) == LIFECYCLE_N_PLANS);

LifecyclePerformer
lifecycle_event_performer (LifecycleEvent event)
{
  g_assert (event < LIFECYCLE_N_EVENTS);
  return facts[event].performer;
}

gboolean
lifecycle_event_is_ignorable (LifecycleEvent event)
{
  g_assert (event < LIFECYCLE_N_EVENTS);
  return facts[event].ignorable;
}

gboolean
lifecycle_event_may_be_noop (LifecycleEvent event)
{
  return lifecycle_event_performer (event) == LIFECYCLE_BY_SCRIPT;
}

const LifecyclePlan *
lifecycle_plan (LifecyclePlanKind kind)
{
  g_assert (kind < LIFECYCLE_N_PLANS);
  return &plans[kind];
}

gboolean
lifecycle_plan_installs (const LifecyclePlan *plan)
{
  for (gsize i = 0; i < plan->n_events; i++)
    if (plan->events[i] == LIFECYCLE_INSTALL)
      return TRUE;
  return FALSE;
}
