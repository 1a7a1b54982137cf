#pragma once

#include "core/deploy-config.h"

/* How many targets of a deployment may run at once, and how it ends: the reference model of deployments.md 2.2.
 *
 * N targets, of which M must stay healthy, leave a budget b = N - M, which is both the most that run at once and the
 * number of failures that end the deployment while some target has not been started. It is a sliding window: a success
 * frees its place at once, a failure keeps it for good. A configuration may cap how many run at once further, by its
 * maximum batch size (ours); that changes how long a deployment takes, and never whether it may fail once more.
 *
 * Pure; any thread. */

typedef struct {
  gint64 n_targets;       /* N */
  gint64 minimum_healthy; /* M */
  gint64
      maximum_batch; /* run no more than this at a time, even where b allows it; 0: no such limit */
  /* The first so many targets are unhealthy, or were never deployed to, and taking one of them down costs nothing: the
   * variant of deployments.md 2.5. They are all tried first, up to max (1, b) at a time and whatever fails; the others
   * follow while more than M hosts are healthy. 0: the reference model. */
  gint64 n_unhealthy;
} SchedulerPlan;

typedef enum {
  SCHEDULER_BY_THE_NUMBERS,
  /* One target always runs, whatever the configuration says: HalfAtATime of one host, and deployments started for
   * one new instance (deployments.md 2.6). */
  SCHEDULER_ONE_ALWAYS_RUNS
} SchedulerRule;

/* M is computed once, from the resolved number of targets. The plan has no maximum batch, and is of the reference model. */
SchedulerPlan scheduler_plan (const MinimumHealthy *minimum, gint64 n_targets, SchedulerRule rule);
/* HalfAtATime is the only predefined configuration for which one host is no number; what becomes of it is not settled
 * (deployments.md 2.6), so the caller says: half_of_one_host. */
SchedulerRule scheduler_rule_for_config (const char *config_name, SchedulerRule half_of_one_host);

/* b */
gint64 scheduler_budget (const SchedulerPlan *plan);
/* FALSE: nothing may be touched, HEALTH_CONSTRAINTS_INVALID. */
gboolean scheduler_can_begin (const SchedulerPlan *plan);

/* Where the targets are; their sum is N. Skipped targets exist only after the end. */
typedef struct {
  gint64 pending, running, succeeded, failed;
} SchedulerCounts;

/* How many pending targets may be started now. */
gint64 scheduler_may_start (const SchedulerPlan *plan, const SchedulerCounts *counts);

typedef enum {
  SCHEDULER_GO_ON,   /* something runs or may be started */
  SCHEDULER_SUCCEED, /* all were started, enough succeeded */
  SCHEDULER_FAIL     /* HEALTH_CONSTRAINTS; what is pending is skipped */
} SchedulerVerdict;

SchedulerVerdict scheduler_verdict (const SchedulerPlan *plan, const SchedulerCounts *counts);
