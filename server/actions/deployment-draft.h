#pragma once

#include "proto/api-types.h"
#include "server/api-call.h"
#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/deployment.h"

/* A deployment as CreateDeployment would write it: what CreateDeployment and PlanDeployment have in common. Everything that can be
 * said against the request itself is checked; whether the group, or the account, is busy is not. Inside an action's
 * transaction, results in the call's arena. */

typedef struct {
  const ApplicationRecord *application;
  const DeploymentGroupRecord *group;
  const ApiRevisionLocation *revision;
  ApiDeploymentInfo info;  /* the members that stay the same */
  DeploymentRecord record; /* what engine_create_deployment reads, and both names */
} DeploymentDraft;

/* id NULL: nothing is written, not even the revision's being registered. */
gboolean deployment_draft (ApiCall *call, StoreTx *tx, const ApiCreateDeploymentInput *input,
                           const char *id, DeploymentDraft *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* DeploymentLimitExceeded: the group has an active deployment, or the account too many. */
gboolean deployment_draft_check_limits (ApiCall *call, StoreTx *tx, const DeploymentDraft *draft,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What was planned is still what would be done; token NULL: nothing was planned. PlanIsStale. (plan.c) */
gboolean plan_check_token (ApiCall *call, StoreTx *tx, const DeploymentDraft *draft,
                           const char *token, GError **error) G_GNUC_WARN_UNUSED_RESULT;
