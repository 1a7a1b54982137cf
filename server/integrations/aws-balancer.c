#include "server/integrations/aws-balancer.h"

#include <string.h>

gboolean
aws_balancer_takes (const BalancerAsk *ask, const char *who, Arena *arena, BalancerSaid *out)
{
  if (ask->is_ec2)
    return TRUE;
  balancer_refuse (out, DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE, arena,
                   "%s takes EC2 instances only, and %s is a registered host", who, ask->instance);
  return FALSE;
}

/* What AWS refuses, and what a deployment that fails by it ends with (deployments.md 3.3). */
static DeploymentError
meaning_of (const char *code)
{
  static const struct {
    const char *code;
    DeploymentError means;
  } rows[] = {
    { "InvalidTarget", DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE },
    { "InvalidInstance", DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE },
    { "TooManyTargets", DEPLOYMENT_ERROR_RESOURCE_LIMIT_EXCEEDED },
    { "TooManyRegistrationsForTargetId", DEPLOYMENT_ERROR_RESOURCE_LIMIT_EXCEEDED },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_strcmp0 (code, rows[i].code) == 0)
      return rows[i].means;
  return DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID;
}

static gboolean
is_about_keys (const GError *problem, const char *code)
{
  return g_error_matches (problem, AWS_ERROR, AWS_ERROR_SETTINGS) ||
         g_strcmp0 (code, "ExpiredToken") == 0 || g_strcmp0 (code, "RequestExpired") == 0 ||
         g_strcmp0 (code, "InvalidClientTokenId") == 0;
}

void
aws_balancer_fail (AwsClient *client, const BalancerAsk *ask, const char *who,
                   const GError *problem, const char *code, Arena *arena, BalancerSaid *out)
{
  gint64 again_ms = balancer_again_ms (ask, AWS_BALANCER_LEAST_AGAIN_MS);
  if (g_error_matches (problem, AWS_ERROR, AWS_ERROR_THROTTLED))
    balancer_not_yet (out, MAX (aws_client_pause_ms (client, AWS_BALANCER_SERVICE), 1), arena,
                      "%s: AWS throttles calls to it: %s", who, problem->message);
  else if (g_error_matches (problem, AWS_ERROR, AWS_ERROR_UNREACHABLE) ||
           g_error_matches (problem, AWS_ERROR, AWS_ERROR_LATE) ||
           g_error_matches (problem, AWS_ERROR, AWS_ERROR_ABORTED) ||
           (is_about_keys (problem, code) && ask->now_ms - ask->asked_ms < AWS_BALANCER_KEYS_MS))
    balancer_not_yet (out, again_ms, arena, "%s: %s", who, problem->message);
  else if (g_error_matches (problem, AWS_ERROR, AWS_ERROR_REFUSED))
    balancer_refuse (out, meaning_of (code), arena, "%s: %s", who, problem->message);
  else
    balancer_refuse (out, DEPLOYMENT_ERROR_IAM_ROLE_PERMISSIONS, arena,
                     "%s: the keys for AWS give no permission: %s", who, problem->message);
}
