#pragma once

#include "server/engine/errands.h"
#include "store/records/deployment-group.h"
#include "store/records/deployment.h"
#include "store/records/errand.h"
#include "store/records/fleet.h"

/* Deployments that the engine makes by itself, and what leads to them: hosts that are outdated, that are registered, that an Auto
 * Scaling group launches or ends. Of the engine's own files, by the rules of private.h. */

/* ---- making one (follow-up.c) ---- */
typedef enum {
  FOLLOW_UP_AS_CONFIGURED,
  FOLLOW_UP_AT_ONCE /* to hosts that do nothing yet */
} FollowUpPace;

typedef struct {
  DeploymentCreator creator;
  const FleetInstanceList *hosts; /* it is for these */
  FollowUpPace pace;
  const char *root_id; /* the deployment after which they are outdated; NULL */
  const char *cause;   /* for the log */
} FollowUp;

/* Deploys the group's last good revision. *out_id NULL: it has none. */
gboolean follow_up_create (Engine *engine, StoreTx *tx, const DeploymentGroupRecord *group,
                           const FollowUp *wanted, gint64 now_ms, Arena *arena, const char **out_id,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Instances of a group that came during its deployments, are outdated by now and in service, are brought up to date. */
gboolean follow_up_outdated (Engine *engine, StoreTx *tx, const char *group_id, gint64 now_ms,
                             Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A deployment has ended: likewise. */
gboolean follow_up_after (Engine *engine, StoreTx *tx, const DeploymentRecord *ended, gint64 now_ms,
                          Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- new registered hosts (new-hosts.c) ---- */
gboolean new_hosts_fire (Engine *engine, StoreTx *tx, const char *group_id, gint64 now_ms,
                         Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A deployment has ended: those that waited for that have their turn. */
gboolean new_hosts_after (Engine *engine, StoreTx *tx, const DeploymentRecord *ended, gint64 now_ms,
                          Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- Auto Scaling (scaling.c, scaling-hooks.c) ---- */
/* A group's Auto Scaling groups are looked at, at due_ms; an empty list: no longer. */
gboolean scaling_watch (Engine *engine, StoreTx *tx, const char *group_id,
                        const ApiAutoScalingGroupList *groups, gint64 due_ms, gint64 now_ms,
                        Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The group's Auto Scaling groups have hooks: also of a group that was made when the server had no service to ask. */
gboolean scaling_ensure (Engine *engine, StoreTx *tx, DeploymentGroupRecord *group,
                         const ApiDeploymentGroupInfo *settings, gint64 now_ms, Arena *arena,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes settings that the engine changed itself (deployments.md 5.2, step 8): Auto Scaling groups that are new get hooks, those
 * that are gone lose theirs. Names of hooks in after do not count. */
gboolean scaling_write_settings (Engine *engine, StoreTx *tx, DeploymentGroupRecord *group,
                                 const ApiDeploymentGroupInfo *before,
                                 const ApiDeploymentGroupInfo *after, gint64 now_ms, Arena *arena,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A deployment has ended: if it was for an instance that waits, Auto Scaling is told. */
gboolean scaling_deployment_ended (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                                   gint64 now_ms, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean scaling_settle_hook (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                              const ErrandResult *result, gint64 now_ms, Arena *arena,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean scaling_settle_watch (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                               const ErrandResult *result, gint64 now_ms, Arena *arena,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean scaling_settle_action (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                                const ErrandResult *result, gint64 now_ms, Arena *arena,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
