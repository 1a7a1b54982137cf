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
scheduler_rule_for_config (const char *config_name, SchedulerRule half_of_one_host)
{
  return strcmp (config_name, "CodeDeployDefault.HalfAtATime") == 0 ? half_of_one_host
                                                                    : SCHEDULER_BY_THE_NUMBERS;
}

gint64
scheduler_budget (const SchedulerPlan *plan)
{
  return plan->n_targets - plan->minimum_healthy;
}

gboolean
scheduler_can_begin (const SchedulerPlan *plan)
{
  return scheduler_budget (plan) >= 1 || plan->n_unhealthy > 0;
}

/* Targets are started in order, so the unhealthy ones are those that were started first. Once they have all ended,
 * N - failed hosts are healthy, and the reference model's rule is that of the variant's second half. */
static gint64
free_places (const SchedulerPlan *plan, const SchedulerCounts *counts)
{
  gint64 budget = scheduler_budget (plan);
  gint64 started = counts->running + counts->succeeded + counts->failed;
  gboolean first_half = started < plan->n_unhealthy ||
                        (started == plan->n_unhealthy && counts->running > 0 && started > 0);
  if (!first_half)
    return budget - counts->failed - counts->running;
  return MIN (MAX (budget, 1) - counts->running, plan->n_unhealthy - started);
}

gint64
scheduler_may_start (const SchedulerPlan *plan, const SchedulerCounts *counts)
{
  gint64 places = free_places (plan, counts);
  if (plan->maximum_batch > 0)
    places = MIN (places, plan->maximum_batch - counts->running);
  return CLAMP (places, 0, counts->pending);
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
