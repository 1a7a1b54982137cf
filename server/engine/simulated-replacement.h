#pragma once

/* For the engine's tests only: deployments to a simulated fleet that put other hosts in the place of those that serve. */

#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

#define BLUE_GREEN(blue, targets)                                                                  \
  "{'blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'actionOnTimeout':"               \
  "'CONTINUE_DEPLOYMENT'},'greenFleetProvisioningOption':{'action':'DISCOVER_EXISTING'},"          \
  "'terminateBlueInstancesOnDeploymentSuccess':{" blue "}}" targets "}"
#define COPY(blue)                                                                                 \
  "{'blueGreenDeploymentConfiguration':{'greenFleetProvisioningOption':{'action':"                 \
  "'COPY_AUTO_SCALING_GROUP'},'terminateBlueInstancesOnDeploymentSuccess':{" blue "}}}"
#define ROLE(role)                                                                                 \
  ",'targetInstances':{'tagFilters':[{'Key':'role','Value':'" role "','Type':'KEY_AND_VALUE'}]}"
#define KEEP      "'action':'KEEP_ALIVE'"
#define TERMINATE "'action':'TERMINATE','terminationWaitTimeInMinutes':60"

G_GNUC_UNUSED static const char *const fleet_on_any[] = { "DEPLOYMENT_FAILURE",
                                                          "DEPLOYMENT_STOP_ON_REQUEST", NULL };

G_GNUC_UNUSED static const char *
fleet_replace_with (Fleet *fleet, const char *blue_green, const char *config)
{
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2,
                                                       .config = config,
                                                       .target_group = "shop",
                                                       .rollback_events = fleet_on_any,
                                                       .blue_green = blue_green });
  fleet_run (fleet);
  return id;
}

G_GNUC_UNUSED static const char *
fleet_replace (Fleet *fleet, const char *blue_green)
{
  return fleet_replace_with (fleet, blue_green, NULL);
}

G_GNUC_UNUSED static void
fleet_expect_message (Fleet *fleet, const char *id, const char *part)
{
  const char *message = fleet_deployment (fleet, id)->error_message;
  if (message == NULL || strstr (message, part) == NULL)
    g_error ("%s ends with \"%s\", which lacks \"%s\"", id, message, part);
}

G_GNUC_UNUSED static gboolean
fleet_group_selects (Fleet *fleet, const char *text)
{
  return strstr (fleet_group (fleet, "blog")->settings_json, text) != NULL;
}
