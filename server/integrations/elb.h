#pragma once

#include "server/integrations/aws-client.h"
#include "server/integrations/balancer.h"

/* Classic load balancers (API 2012-06-01; deployments.md 6.1). Blocking: the instance is deregistered, and waited for until draining
 * is over. Allowing: it is registered, and waited for until InService.
 *
 * ctx: an AwsClient.
 *
 * Thread rule: any thread, several at the same time. */
extern const BalancerOps elb_balancer;
