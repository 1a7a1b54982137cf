#pragma once

#include "proto/api-types.h"
#include "server/engine/engine.h"

/* What a deployment waits for, and where its stages are, as GetDeployment shows them. Runs inside an action's transaction. */

/* Fills in stages, waitReason, waitUntil, awaitedWave, pausedSince, pausedBy and additionalDeploymentStatusInfo, each only when there
 * is something to say. */
gboolean deployment_wait_show (StoreTx *tx, const DeploymentRecord *deployment, Arena *arena,
                               ApiDeploymentInfo *info, GError **error) G_GNUC_WARN_UNUSED_RESULT;
