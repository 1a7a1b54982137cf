#pragma once

#include "proto/json-doc.h"
#include "server/engine/errands.h"
#include "store/records/deployment-group.h"
#include "store/records/deployment.h"
#include "store/records/errand.h"

/* Deployments that replace a fleet (deployments.md 1.3, 1.4, 5): blue-green.c until their targets are known, replacement.c for what the
 * service does once traffic has moved. Their phases are in phases.c. Of the engine's own files, by the rules of private.h. */

typedef struct {
  gboolean copies;       /* COPY_AUTO_SCALING_GROUP; else DISCOVER_EXISTING */
  gboolean stops_unless; /* STOP_DEPLOYMENT: somebody must continue it */
  gint64 ready_minutes;  /* within this time */
  gboolean terminates;   /* TERMINATE; else KEEP_ALIVE */
  gint64 termination_minutes;
} BlueGreenOptions;

BlueGreenOptions blue_green_options (const Engine *engine, const ApiDeploymentInfo *info);
/* Both set the deployment going, or end it. */
gboolean blue_green_start (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                           const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                           gint64 now_ms, Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean blue_green_start_back (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                                gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether a service outside is at work for the deployment, and must be let finish. */
gboolean replacement_work_runs (const DeploymentRecord *deployment);
/* Its original hosts are being terminated: nothing ends it before that is done. */
gboolean replacement_is_past_return (const DeploymentRecord *deployment);
/* The two phases that are the service's. */
gboolean replacement_swap (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                           Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean replacement_retire (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                             gint64 now_ms, Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Its termination wait is over. */
gboolean replacement_terminate (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                                gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Writes an errand of the deployment's and waits for it. request is taken. */
gboolean replacement_ask (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                          ErrandKind kind, json_t *request, gint64 now_ms, Arena *arena,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* It took too long. */
gboolean replacement_expired (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                              gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What became of copy-fleet, swap-fleet and retire-fleet. */
gboolean replacement_settle (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                             const ErrandResult *result, gint64 now_ms, Arena *arena,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of COPY_AUTO_SCALING_GROUP: the copy is there. */
gboolean blue_green_copied (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                            const char *answer_json, gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
