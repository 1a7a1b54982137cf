#include "cli/awaited-wave.h"

#include "cli/deployment-snapshot.h"
#include "cli/exit-status.h"

const char *
awaited_wave (const ApiDeploymentInfo *info, GError **error)
{
  const DeploymentSnapshot snapshot = { .info = info };
  if (deployment_snapshot_is_over (&snapshot)) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_REFUSED,
                 "the deployment %s has already completed: it is %s", info->deployment_id,
                 info->status);
    return NULL;
  }
  if (info->awaited_wave == NULL) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_REFUSED,
                 "the deployment %s does not wait for an approval; slipway status %s says what it "
                 "does",
                 info->deployment_id, info->deployment_id);
  }
  return info->awaited_wave;
}
