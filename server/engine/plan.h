#pragma once

#include "core/stages.h"
#include "proto/api-types.h"
#include "server/engine/engine.h"
#include "server/engine/errands.h"
#include "store/records/deployment-group.h"

/* What a deployment would do if it were created now (ours; docs/deploying.md): its hosts in their order, its stages, how many run at
 * a time, and what could stop it. Nothing is written.
 *
 * What only services outside know, which EC2 instances there are and which alarms are active, is asked of them first: the
 * engine says what is to be asked, who calls has it asked, outside of any transaction, and brings the answers. When hosts were
 * last heard of is in the memory of the server that is asked, since its start.
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
  const char *zone; /* NULL: none, or nobody asks */
  PlanHealth health;
  gint64 last_seen_ms; /* 0: not since the server was started */
} PlanHost;

typedef struct {
  gsize n;
  PlanHost *items;
} PlanHostList;

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
  PlanHostList hosts;     /* in the order in which they are tried */
  PlanHostList originals; /* of a deployment that replaces a fleet: that */
  const char *copied;     /* the Auto Scaling group whose copy gets the revision; NULL: none */
  gsize n_copied;         /* how many instances the copy has, which are none of hosts */
  gboolean has_gaps;      /* not all instances could be listed */
  StageList stages;       /* none: all hosts are one */
  SchedulerPlan scheduler;
  GArray *findings;     /* PlanFinding */
  gint64 seen_since_ms; /* when the server was started */
  const char *token;    /* see engine_plan_check; NULL: it has gaps */
} DeploymentPlan;

static inline void
deployment_plan_clear (DeploymentPlan *plan)
{
  g_clear_pointer (&plan->findings, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DeploymentPlan, deployment_plan_clear)

/* What has to be asked first; there may be nothing. as_if: the deployment as it would be created; its id may be "". */
gboolean engine_plan_questions (Engine *engine, const DeploymentRecord *as_if,
                                const DeploymentGroupRecord *group, Arena *arena,
                                ErrandReadingList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* readings: those, answered; NULL: nobody was asked. */
gboolean engine_plan_deployment (Engine *engine, StoreTx *tx, const DeploymentRecord *as_if,
                                 const DeploymentGroupRecord *group,
                                 const ErrandReadingList *readings, gint64 now_ms, Arena *arena,
                                 DeploymentPlan *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes copies of nothing: code and message must live as long as the plan. */
void deployment_plan_find (DeploymentPlan *plan, PlanSeverity severity, const char *code,
                           const char *message);

/* How many hosts run at a time at most, in all or in one stage (NULL: all). */
gint64 deployment_plan_batch (const DeploymentPlan *plan, const Stage *stage);

/* What a person has agreed to: the token of a plan is that of another one as long as nothing that the plan rests on has changed, its
 * alarms apart. *out_changed: what has, for people; NULL: nothing.
 *
 * EC2 instances are not asked for here. A deployment with such is looked at again when it starts and they have been listed, and
 * ends with PLAN_IS_STALE when they are not those that were planned. */
gboolean engine_plan_check (Engine *engine, StoreTx *tx, const DeploymentRecord *as_if,
                            const DeploymentGroupRecord *group, const char *token, Arena *arena,
                            const char **out_changed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
