#pragma once

#include "server/integrations/aws-client.h"
#include "server/integrations/balancer.h"

/* What the two drivers of Elastic Load Balancing share: what a call that failed means for the errand.
 *
 * Thread rule: any thread. */

#define AWS_BALANCER_SERVICE "elasticloadbalancing"
/* Each look is a call to AWS, which counts them. */
#define AWS_BALANCER_LEAST_AGAIN_MS 1000
/* Keys that are not good may be in the middle of being rotated: so long they are waited for. */
#define AWS_BALANCER_KEYS_MS (120 * 1000)

/* Refuses hosts that are no EC2 instances: AWS's balancers know no others. TRUE: it is one. who: "target group api". */
gboolean aws_balancer_takes (const BalancerAsk *ask, const char *who, Arena *arena,
                             BalancerSaid *out);

/* From a call's error and AWS's word (NULL: none) to what the driver says: throttled and unreachable are waited for. */
void aws_balancer_fail (AwsClient *client, const BalancerAsk *ask, const char *who,
                        const GError *problem, const char *code, Arena *arena, BalancerSaid *out);
