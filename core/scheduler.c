#include "core/scheduler.h"

#include <string.h>

SchedulerPlan
scheduler_plan (const MinimumHealthy *minimum, gint64 n_targets, SchedulerRule rule)
{
  SchedulerPlan plan = { .n_targets = n_targets,
                         .minimum_healthy = minimum_healthy_hosts (minimum, n_targets) };
  if (rule == SCHEDULER_ONE_ALWAYS_RUNS && n_targets == 1)
    plan.minimum_healthy = 0;
  return plan;
}

SchedulerRule
scheduler_rule_for_config (const char *config_name)
{
  return strcmp (config_name, "CodeDeployDefault.HalfAtATime") == 0 ? SCHEDULER_ONE_ALWAYS_RUNS
                                                                    : SCHEDULER_BY_THE_NUMBERS;
}

gint64
scheduler_budget (const SchedulerPlan *plan)
{
  return plan->n_targets - plan->minimum_healthy;
}

gint64
scheduler_may_start (const SchedulerPlan *plan, const SchedulerCounts *counts)
{
  gint64 free_places = scheduler_budget (plan) - counts->failed - counts->running;
  if (plan->maximum_batch > 0)
    free_places = MIN (free_places, plan->maximum_batch - counts->running);
  return CLAMP (free_places, 0, counts->pending);
}

SchedulerVerdict
scheduler_verdict (const SchedulerPlan *plan, const SchedulerCounts *counts)
{
  if (counts->running > 0 || scheduler_may_start (plan, counts) > 0)
    return SCHEDULER_GO_ON;
  gboolean all_started = counts->pending == 0;
  return all_started && counts->succeeded >= MAX (plan->minimum_healthy, 1) ? SCHEDULER_SUCCEED
                                                                            : SCHEDULER_FAIL;
}
