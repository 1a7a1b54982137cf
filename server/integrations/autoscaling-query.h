#pragma once

#include "server/integrations/aws-client.h"

/* What the requests to Auto Scaling have in common. Included by autoscaling*.c only. */

static inline AwsQuery
autoscaling_query (const char *action)
{
  return aws_query ("autoscaling", "2011-01-01", action);
}
