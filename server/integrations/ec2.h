#pragma once

#include "core/tag-filter.h"
#include "server/engine/fleet-text.h"
#include "server/integrations/aws-client.h"

/* EC2's instances: found by their tags, ended. Calls block; errors are the client's (AWS_ERROR).
 *
 * Thread rule: any thread. */

/* Instances that are neither ended nor ending and have a tag that one of the filters matches, appended to out (FleetMember), each
 * once. EC2 selects by what it can; who asks looks again (fleet_selector_takes). */
gboolean ec2_find_instances (const AwsCaller *caller, const TagFilterList *filters,
                             const char *partition, const char *region, Arena *arena, GArray *out,
                             const char **out_code, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Ends them; those that are gone already are left out, and gone is as good. */
gboolean ec2_terminate_instances (const AwsCaller *caller, const char *const *ids, gsize n,
                                  Arena *arena, const char **out_code, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
