#pragma once

#include "core/ambient.h"
#include "server/integrations/aws-client.h"
#include "server/integrations/balancer.h"

/* Performs the errands block-traffic and allow-traffic: asks every balancer of the request (deployments.md 6.2: up to ten, and the
 * event ends when all agree), and says in words which of them is awaited and why.
 *
 * request  {"targetId":"web-01","targetArn":"arn:...","balancers":[{"kind":"targetGroup","name":"web"}],"autoScaling":false}
 * state    {"since":{"web":1790000000000},"agreed":["targetGroup api"]}
 *
 * Those that it did not come to in time are asked first the next time: from then on, who has agreed is not asked again.
 *
 * Refusals: ELASTIC_LOAD_BALANCING_INVALID, ELB_INVALID_INSTANCE, IAM_ROLE_PERMISSIONS, RESOURCE_LIMIT_EXCEEDED. A balancer that cannot be
 * reached, or throttles, is waited for.
 *
 * Thread rule: any thread, several at the same time. */
typedef struct Balancers Balancers;

typedef struct {
  const BalancerOps *ops;
  gpointer ctx;
} BalancerSlot;

typedef struct {
  const Integrations *integrations;
  const Ambient *ambient;
  BalancerSlot drivers[BALANCER_DRIVER_ELB + 1]; /* by BalancerDriver */
} BalancersConfig;

/* The configuration is copied, what it points to is borrowed. */
Balancers *balancers_new (const BalancersConfig *config) G_GNUC_WARN_UNUSED_RESULT;
/* NULL is allowed. */
void balancers_free (Balancers *balancers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Balancers, balancers_free)

/* From now on errands end with what they are asking: there is no time for other balancers any more. */
void balancers_abort (Balancers *balancers);

/* ErrandPerform (server/errand-runner.h); data: a Balancers. */
void balancers_perform (gpointer data, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                        ErrandResult *out);
