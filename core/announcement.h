#pragma once

#include <glib.h>

#include "core/enum-names.h"

/* What of deployments can be listened to, by the names that triggers have for it (deployments.md 0.2), and sets of it as bits,
 * which are kept in the store.
 *
 * Pure; any thread. */

#define ANNOUNCEMENT_LIST(X)                                                                       \
  X (ANNOUNCEMENT_DEPLOYMENT_START, "DeploymentStart")                                             \
  X (ANNOUNCEMENT_DEPLOYMENT_SUCCESS, "DeploymentSuccess")                                         \
  X (ANNOUNCEMENT_DEPLOYMENT_FAILURE, "DeploymentFailure")                                         \
  X (ANNOUNCEMENT_DEPLOYMENT_STOP, "DeploymentStop")                                               \
  X (ANNOUNCEMENT_DEPLOYMENT_ROLLBACK, "DeploymentRollback")                                       \
  X (ANNOUNCEMENT_DEPLOYMENT_READY, "DeploymentReady")                                             \
  X (ANNOUNCEMENT_INSTANCE_START, "InstanceStart")                                                 \
  X (ANNOUNCEMENT_INSTANCE_SUCCESS, "InstanceSuccess")                                             \
  X (ANNOUNCEMENT_INSTANCE_FAILURE, "InstanceFailure")                                             \
  X (ANNOUNCEMENT_INSTANCE_READY, "InstanceReady")

ENUM_NAMES_TYPE (Announcement, ANNOUNCEMENT_LIST);
ENUM_NAMES_DECLARE (Announcement, announcement)
#define ANNOUNCEMENT_N (ANNOUNCEMENT_INSTANCE_READY + 1)

#define ANNOUNCEMENT_BIT(announcement) (G_GINT64_CONSTANT (1) << (announcement))
/* All of it. A rollback's own bit says nothing that the others don't, but for its coming to be in progress. */
#define ANNOUNCEMENT_EVERYTHING                                                                    \
  ((ANNOUNCEMENT_BIT (ANNOUNCEMENT_N) - 1) & ~ANNOUNCEMENT_BIT (ANNOUNCEMENT_DEPLOYMENT_ROLLBACK))

/* The set of names that a trigger has; those that are no names count as nothing. */
gint64 announcement_bits (const char *const *names, gsize n);
