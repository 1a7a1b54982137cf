#pragma once

#include "core/ambient.h"
#include "server/integrations/aws-client.h"
#include "server/integrations/balancer.h"

/* Target groups of Application and Network Load Balancers (API 2015-12-01; deployments.md 6.2, 6.3).
 *
 * Blocking: every registration of the instance is taken out, whatever its port, and its draining waited for. Allowing: it is
 * registered without a port, so with the group's, and waited for until healthy. The group's ARN and numbers are kept for some
 * minutes; health is asked anew each time.
 *
 * Only groups of type "instance".
 *
 * Thread rule: any thread, several at the same time. */
typedef struct Elbv2 Elbv2;

/* Both are borrowed. */
Elbv2 *elbv2_new (AwsClient *client, const Ambient *ambient) G_GNUC_WARN_UNUSED_RESULT;
/* NULL is allowed. */
void elbv2_free (Elbv2 *elbv2);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Elbv2, elbv2_free)

/* ctx: an Elbv2. */
extern const BalancerOps elbv2_balancer;
