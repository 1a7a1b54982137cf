#pragma once

#include "core/arena.h"
#include "store/store.h"

/* Instances that their Auto Scaling groups keep waiting for a deployment group's lifecycle hook, as rows (deployments.md 6.5).
 * Conventions as in application.h. */

typedef struct {
  const char *hook; /* its name, which no other has */
  const char *instance_id;
  const char *group_id; /* the deployment group */
  const char *auto_scaling_group;
  const char *host_arn;
  const char *deployment_id; /* what is done about it; NULL: there was nothing to do */
  gint64 begin_ms;           /* first seen */
  gint64 done_ms;            /* when Auto Scaling was told to go on; 0: not yet */
} ScalingWait;

typedef struct {
  gsize n;
  ScalingWait **items;
} ScalingWaitList;

gboolean scaling_wait_insert (StoreTx *tx, const ScalingWait *wait, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean scaling_wait_get (StoreTx *tx, const char *hook, const char *instance_id, Arena *arena,
                           ScalingWait **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean scaling_wait_of_group (StoreTx *tx, const char *group_id, Arena *arena,
                                ScalingWaitList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean scaling_wait_of_deployment (StoreTx *tx, const char *deployment_id, Arena *arena,
                                     ScalingWaitList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* 0: not done after all. */
gboolean scaling_wait_set_done (StoreTx *tx, const ScalingWait *wait, gint64 done_ms,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean scaling_wait_delete (StoreTx *tx, const ScalingWait *wait, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
