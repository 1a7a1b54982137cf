#pragma once

#include "core/stages.h"
#include "proto/api-types.h"
#include "server/engine/engine.h"
#include "store/records/deployment-group.h"

/* What a deployment would do if it were created now (ours; docs/deploying.md): its hosts in their order, its stages, how many run at
 * a time, and what could stop it. Nothing is written.
 *
 * EC2 instances are asked for when a deployment starts, so a plan does not know them; it says so. When hosts were last heard of is in
 * the memory of the server that is asked, since its start.
 *
 * Inside an action's transaction; results live in the arena. */

#define PLAN_HEALTH_LIST(X)                                                                        \
  X (PLAN_UNHEALTHY,                                                                               \
     "unhealthy")             /* nothing was ever deployed to it, or the last attempt failed */    \
  X (PLAN_UNKNOWN, "unknown") /* nobody knows which revision it has */                             \
  X (PLAN_OLD, "old")         /* it has another revision than the group */                         \
  X (PLAN_CURRENT, "current")

ENUM_NAMES_TYPE (PlanHealth, PLAN_HEALTH_LIST);
ENUM_NAMES_DECLARE (PlanHealth, plan_health)

typedef struct {
  const char *target_id;
  const char *target_arn;
  const char *host_arn; /* what its agent calls itself */
  const char *zone;     /* NULL: none, or nobody asks */
  PlanHealth health;
  gint64 last_seen_ms; /* 0: not since the server was started */
} PlanHost;

typedef enum {
  PLAN_BLOCKS, /* it would end before a host is touched, or not be created */
  PLAN_WARNS
} PlanSeverity;

typedef struct {
  PlanSeverity severity;
  const char *code; /* the API's, where there is one */
  const char *message;
} PlanFinding;

typedef struct {
  gsize n_hosts;
  PlanHost *hosts;  /* in the order in which they are tried */
  StageList stages; /* none: all hosts are one */
  SchedulerPlan scheduler;
  GArray *findings;     /* PlanFinding */
  gint64 seen_since_ms; /* when the server was started */
} DeploymentPlan;

static inline void
deployment_plan_clear (DeploymentPlan *plan)
{
  g_clear_pointer (&plan->findings, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DeploymentPlan, deployment_plan_clear)

/* as_if: the deployment as it would be created; its id may be "". */
gboolean engine_plan_deployment (Engine *engine, StoreTx *tx, const DeploymentRecord *as_if,
                                 const DeploymentGroupRecord *group, gint64 now_ms, Arena *arena,
                                 DeploymentPlan *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes copies of nothing: code and message must live as long as the plan. */
void deployment_plan_find (DeploymentPlan *plan, PlanSeverity severity, const char *code,
                           const char *message);

/* How many hosts run at a time at most, in all or in one stage (NULL: all). */
gint64 deployment_plan_batch (const DeploymentPlan *plan, const Stage *stage);

/* What a person has agreed to, in 32 hexadecimal digits: other hosts, another order, other settings of the group, another
 * configuration or revision give another. identity: everything of the deployment beside its hosts, as text. */
char *deployment_plan_token (const DeploymentPlan *plan, const char *identity, Arena *arena);
