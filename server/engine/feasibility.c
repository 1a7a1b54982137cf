#include "server/engine/private.h"

#include <string.h>

/* What can be asked of the service and not be done by this server yet. Such a deployment is created, as the API promises, and
 * ends at its start with the code that the public service has for a part that is missing (deployments.md 3.3).
 *
 * NEEDSWORK: each branch goes when its part comes: the Lambda and ECS platforms. */

static Refusal
refuse (DeploymentError code, const char *message)
{
  return (Refusal){ code, message };
}

/* A group may have been made without the parts that its style needs: those are told first, since the user can add them. */
static Refusal
judge_blue_green (const DeploymentRecord *deployment, const ApiDeploymentInfo *info, Arena *arena)
{
  if (info->blue_green_deployment_configuration == NULL)
    return refuse (
        DEPLOYMENT_ERROR_MISSING_BLUE_GREEN_CONFIGURATION,
        arena_printf (arena,
                      "Deployment group %s is of type BLUE_GREEN and has no "
                      "blueGreenDeploymentConfiguration; give it one, or the type IN_PLACE",
                      deployment->group_name));
  if (!traffic_has_balancer (info))
    return refuse (DEPLOYMENT_ERROR_MISSING_ELB_INFORMATION,
                   arena_printf (arena,
                                 "Deployment group %s is of type BLUE_GREEN, and names no load "
                                 "balancer that could move traffic to replacement instances; give "
                                 "it a loadBalancerInfo, or the type IN_PLACE",
                                 deployment->group_name));
  return refuse (DEPLOYMENT_ERROR_NONE, NULL);
}

Refusal
feasibility_judge (const DeploymentRecord *deployment, const ApiDeploymentInfo *info, Arena *arena)
{
  const ApiDeploymentStyle *style = info->deployment_style;
  ComputePlatform platform = COMPUTE_PLATFORM_SERVER;
  (void)!compute_platform_from_name (info->compute_platform, &platform);
  if (platform == COMPUTE_PLATFORM_LAMBDA)
    return refuse (
        DEPLOYMENT_ERROR_INVALID_LAMBDA_CONFIGURATION,
        arena_printf (arena,
                      "This server is not connected to a Lambda service, and its version has no "
                      "setting for one; upgrade it before deploying application %s again",
                      deployment->application_name));
  if (platform == COMPUTE_PLATFORM_ECS)
    return refuse (
        DEPLOYMENT_ERROR_INVALID_ECS_SERVICE,
        arena_printf (arena,
                      "This server is not connected to an ECS service, and its version has no "
                      "setting for one; upgrade it before deploying application %s again",
                      deployment->application_name));
  if (style != NULL && g_strcmp0 (style->deployment_type, "BLUE_GREEN") == 0)
    return judge_blue_green (deployment, info, arena);
  return refuse (DEPLOYMENT_ERROR_NONE, NULL);
}
