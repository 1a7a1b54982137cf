#pragma once

#include "core/compute-platform.h"
#include "proto/api-types.h"
#include "server/api-call.h"
#include "store/records/deployment.h"
#include "store/records/target.h"

/* What the actions on deployments and their targets share: finding them, with the API's errors, and showing them.
 *
 * Everything runs inside an action's transaction, on its thread; results live in the call's arena. A function that
 * returns a pointer gives NULL if and only if *error is set. */

/* DeploymentDoesNotExist. */
DeploymentRecord *deployment_view_find (ApiCall *call, StoreTx *tx, const char *id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* DeploymentNotStarted while it has no target, and for ever when it ended without one. */
gboolean deployment_view_check_started (const DeploymentRecord *deployment, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What a deployment was when it was created. */
typedef struct {
  ComputePlatform platform;
  gboolean blue_green; /* Lambda and ECS deployments all are */
} DeploymentNature;
gboolean deployment_view_nature (const DeploymentRecord *deployment, Arena *arena,
                                 DeploymentNature *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All of it, as GetDeployment shows it. */
const ApiDeploymentInfo *deployment_view_info (StoreTx *tx, const DeploymentRecord *deployment,
                                               Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* All lifecycle events of a target, those to come included; of one that waits for a load balancer, what it waits for. *out_update_ms: when anything of it changed last. */
const ApiLifecycleEventList *deployment_view_events (StoreTx *tx, const TargetRecord *target,
                                                     Arena *arena, const gint64 **out_update_ms,
                                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Names of statuses as the records want them: ",A,B,"; NULL for none, which means all. */
const char *deployment_view_statuses (const char *const *names, gsize n, Arena *arena);

/* The label that all of the names, "Blue" or "Green", are; TARGET_UNLABELLED, which means all, for none or both. */
TargetLabel deployment_view_label (const char *const *names, gsize n);
/* "Blue" or "Green"; NULL where there are no labels. */
const char *deployment_view_show_label (const TargetRecord *target);

/* A page of a deployment's targets, in the order in which they are tried. *out_token: of the next page. */
gboolean deployment_view_page (ApiCall *call, StoreTx *tx, const char *deployment_id,
                               TargetLabel label, const char *statuses, const char *token,
                               TargetRecordList *out, const char **out_token, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
