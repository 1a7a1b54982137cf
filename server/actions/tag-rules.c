#include "server/actions/tag-rules.h"

#include "proto/api-error.h"
#include "server/actions/count-limit.h"

/* EC2 and on-premises filters are different types with the same members. */
#define READ_FILTERS(list, arena, out, error)                                                      \
  ({                                                                                               \
    gboolean good_ = TRUE;                                                                         \
    TagFilter *filters_ = arena_new0_n (arena, TagFilter, (list)->n);                              \
    for (gsize i_ = 0; good_ && i_ < (list)->n; i_++)                                              \
      good_ = tag_filter_init (&filters_[i_], (list)->items[i_]->key, (list)->items[i_]->value,    \
                               (list)->items[i_]->type, error);                                    \
    *(out) = (TagFilterList){ .filters = filters_, .n = (list)->n };                               \
    good_;                                                                                         \
  })

gboolean
tag_rules_read_filters (const ApiTagFilterList *list, Arena *arena, TagFilterList *out,
                        GError **error)
{
  *out = (TagFilterList){ .n = 0 };
  return list == NULL || READ_FILTERS (list, arena, out, error);
}

#define READ_SELECTOR(flat_list, set_list, arena, selector, error)                                 \
  ({                                                                                               \
    gboolean fine_ =                                                                               \
        (flat_list) == NULL || READ_FILTERS (flat_list, arena, &(selector)->flat, error);          \
    TagFilterList *groups_ =                                                                       \
        arena_new0_n (arena, TagFilterList, (set_list) == NULL ? 0 : (set_list)->n);               \
    for (gsize g_ = 0; fine_ && (set_list) != NULL && g_ < (set_list)->n; g_++)                    \
      fine_ = READ_FILTERS ((set_list)->items[g_], arena, &groups_[g_], error);                    \
    (selector)->groups = groups_;                                                                  \
    (selector)->n_groups = (set_list) == NULL ? 0 : (set_list)->n;                                 \
    fine_;                                                                                         \
  })

static gboolean
refuse_selector (const GError *wrong, ApiErrorCode combination, ApiErrorCode invalid,
                 GError **error)
{
  ApiErrorCode code = invalid;
  if (g_error_matches (wrong, TAG_FILTER_ERROR, TAG_FILTER_ERROR_COMBINATION))
    code = combination;
  else if (g_error_matches (wrong, TAG_FILTER_ERROR, TAG_FILTER_ERROR_TOO_MANY_GROUPS))
    code = API_ERR_TAG_SET_LIST_LIMIT_EXCEEDED;
  api_error_set (error, code, "%s", wrong->message);
  return FALSE;
}

static TagLimits
limits_of (const Quotas *quotas)
{
  return (TagLimits){ .groups = quotas->tag_groups, .filters = quotas->tag_filters };
}

gboolean
tag_rules_check_ec2 (const ApiEC2TagFilterList *flat, const ApiEC2TagSet *set, const Quotas *quotas,
                     Arena *arena, GError **error)
{
  TagSelector selector = { .n_groups = 0 };
  TagLimits limits = limits_of (quotas);
  g_autoptr (GError) wrong = NULL;
  const ApiEC2TagSetList *groups = set != NULL ? set->ec2_tag_set_list : NULL;
  if (READ_SELECTOR (flat, groups, arena, &selector, &wrong) &&
      tag_selector_check (&selector, &limits, &wrong))
    return TRUE;
  return refuse_selector (wrong, API_ERR_INVALID_EC2_TAG_COMBINATION, API_ERR_INVALID_EC2_TAG,
                          error);
}

gboolean
tag_rules_check_on_premises (const ApiTagFilterList *flat, const ApiOnPremisesTagSet *set,
                             const Quotas *quotas, Arena *arena, GError **error)
{
  TagSelector selector = { .n_groups = 0 };
  TagLimits limits = limits_of (quotas);
  g_autoptr (GError) wrong = NULL;
  const ApiOnPremisesTagSetList *groups = set != NULL ? set->on_premises_tag_set_list : NULL;
  if (READ_SELECTOR (flat, groups, arena, &selector, &wrong) &&
      tag_selector_check (&selector, &limits, &wrong))
    return TRUE;
  return refuse_selector (wrong, API_ERR_INVALID_ON_PREMISES_TAG_COMBINATION, API_ERR_INVALID_TAG,
                          error);
}

gboolean
tag_rules_check_target_instances (const ApiTargetInstances *given, const Quotas *quotas,
                                  Arena *arena, GError **error)
{
  TagSelector selector = { .n_groups = 0 };
  TagLimits limits = limits_of (quotas);
  g_autoptr (GError) wrong = NULL;
  if (given == NULL)
    return TRUE;
  const ApiEC2TagSetList *groups =
      given->ec2_tag_set != NULL ? given->ec2_tag_set->ec2_tag_set_list : NULL;
  if (!READ_SELECTOR (given->tag_filters, groups, arena, &selector, &wrong) ||
      !tag_selector_check (&selector, &limits, &wrong)) {
    api_error_set (error, API_ERR_INVALID_TARGET_INSTANCES, "targetInstances: %s", wrong->message);
    return FALSE;
  }
  gsize n = 0;
  for (gsize i = 0; i < selector.n_groups; i++)
    n += selector.groups[i].n;
  return count_limit_check (n, limits.filters, API_ERR_INVALID_TARGET_INSTANCES,
                            "tags in targetInstances", error);
}
