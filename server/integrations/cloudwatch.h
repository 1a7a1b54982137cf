#pragma once

#include "server/integrations/alarm.h"
#include "server/integrations/aws-client.h"

/* Alarms of CloudWatch, metric and composite ones (DescribeAlarms; permission cloudwatch:DescribeAlarms). ALARM is active, OK is not,
 * INSUFFICIENT_DATA goes on and is told (deployments.md 7.1).
 *
 * Thread rule: any thread; the context is an AwsClient. */
extern const AlarmOps cloudwatch_alarms;
