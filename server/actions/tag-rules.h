#pragma once

#include "core/arena.h"
#include "core/tag-filter.h"
#include "proto/api-types.h"
#include "server/quotas.h"

/* Tag filters and tag sets of a request (api.md 6), as pure functions: what core/tag-filter.h says of them, with the errors of the
 * place where they stand. Everything given may be NULL. */

/* Filters as core understands them. Fails as tag_filter_init does. */
gboolean tag_rules_read_filters (const ApiTagFilterList *list, Arena *arena, TagFilterList *out,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* InvalidEC2Tag, InvalidEC2TagCombination, TagSetListLimitExceeded. */
gboolean tag_rules_check_ec2 (const ApiEC2TagFilterList *flat, const ApiEC2TagSet *set,
                              const Quotas *quotas, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* InvalidTag, InvalidOnPremisesTagCombination, TagSetListLimitExceeded. */
gboolean tag_rules_check_on_premises (const ApiTagFilterList *flat, const ApiOnPremisesTagSet *set,
                                      const Quotas *quotas, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* InvalidTargetInstances, whatever it is. */
gboolean tag_rules_check_target_instances (const ApiTargetInstances *given, const Quotas *quotas,
                                           Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
