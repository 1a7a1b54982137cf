#pragma once

#include "cli/session.h"
#include "proto/api-enums.h"
#include "proto/api-types.h"

/*
 * A deployment and all its targets as the server tells them at one moment.
 *
 * Thread rule: fetching is for the main thread and blocks; the questions are pure.
 */
typedef struct {
  const ApiDeploymentInfo *info;
  gsize n_targets;
  const ApiInstanceTarget *
      *targets; /* in the server's order; targets of other kinds are left out */
} DeploymentSnapshot;

/* All of it lives in `arena`. */
gboolean deployment_snapshot_fetch (Session *session, const char *deployment_id, Arena *arena,
                                    DeploymentSnapshot *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

ApiDeploymentStatus deployment_snapshot_status (const DeploymentSnapshot *snapshot);
gboolean deployment_snapshot_is_over (const DeploymentSnapshot *snapshot);

/* {"deploymentInfo": ..., "instanceTargets": [...]}, each part as the API has it. */
json_t *deployment_snapshot_to_json (const DeploymentSnapshot *snapshot);

/* The event that runs, else the last that failed, else NULL. */
/* What the target's running event, or its next one, waits for, safe for a terminal; NULL: nothing is said. The caller frees it. */
char *target_describe_wait (const ApiInstanceTarget *target) G_GNUC_WARN_UNUSED_RESULT;

const ApiLifecycleEvent *target_event_of_interest (const ApiInstanceTarget *target);
/* Events that are over, and events in all. */
void target_count_events (const ApiInstanceTarget *target, guint *out_done, guint *out_all);
