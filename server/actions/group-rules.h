#pragma once

#include "core/arena.h"
#include "core/compute-platform.h"
#include "proto/api-types.h"
#include "server/quotas.h"

/* What may stand in a deployment group (api.md 3.2; its tag filters: tag-rules.h), as pure functions over its settings: the members of
 * DeploymentGroupInfo that a user sets. No store, no clock.
 *
 * A request's settings ("given") have NULL where the request says nothing, and the group's name; a group's settings ("whole") have every
 * default filled in, NULL where there is nothing, and only one of the two forms of each kind of tag filter.
 *
 *   given = group_rules_given_by_update (input, arena);
 *   group_rules_check_given (given, quotas, arena, error)        before anything is looked up
 *   whole = group_rules_merge (stored, given, platform, arena);
 *   group_rules_check_whole (whole, given, platform, quotas, error)
 */

ApiDeploymentGroupInfo *group_rules_given_by_create (const ApiCreateDeploymentGroupInput *input,
                                                     Arena *arena);
ApiDeploymentGroupInfo *group_rules_given_by_update (const ApiUpdateDeploymentGroupInput *input,
                                                     Arena *arena);

/* What can be said of a request without knowing the application. */
gboolean group_rules_check_given (const ApiDeploymentGroupInfo *given, const Quotas *quotas,
                                  Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* stored NULL: a new group. */
ApiDeploymentGroupInfo *group_rules_merge (const ApiDeploymentGroupInfo *stored,
                                           const ApiDeploymentGroupInfo *given,
                                           ComputePlatform platform, Arena *arena);

/* The rules of the platform. given: what the request itself said, which a few rules look at. */
gboolean group_rules_check_whole (const ApiDeploymentGroupInfo *whole,
                                  const ApiDeploymentGroupInfo *given, ComputePlatform platform,
                                  const Quotas *quotas, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "cluster:service" of an ECS group, NULL of others. */
const char *group_rules_ecs_service (const ApiDeploymentGroupInfo *whole, Arena *arena);
