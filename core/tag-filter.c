#include "core/tag-filter.h"

#include "core/failure.h"
#include "core/names.h"

ENUM_NAMES_DEFINE (TagFilterType, tag_filter_type, TAG_FILTER_TYPE_LIST)

G_DEFINE_QUARK (slipway_tag_filter_error, tag_filter_error)

/* Terraform sends "" for the member that it does not use: not given. */
static gboolean
is_given (const char *text)
{
  return text != NULL && text[0] != '\0';
}

/* Without a type, what is given says which one is meant. */
static gboolean
choose_type (const char *key, const char *value, const char *type, TagFilterType *out,
             GError **error)
{
  if (is_given (type)) {
    if (tag_filter_type_from_name (type, out))
      return TRUE;
    return failure_set (
        error, TAG_FILTER_ERROR, TAG_FILTER_ERROR_TYPE,
        "tag filter type \"%.100s\" is not one of KEY_ONLY, VALUE_ONLY, KEY_AND_VALUE", type);
  }
  if (!is_given (key) && !is_given (value)) {
    return failure_set (error, TAG_FILTER_ERROR, TAG_FILTER_ERROR_KEY,
                        "a tag filter needs a Key, a Value, or both");
  }
  *out = !is_given (value) ? TAG_FILTER_KEY_ONLY
         : is_given (key)  ? TAG_FILTER_KEY_AND_VALUE
                           : TAG_FILTER_VALUE_ONLY;
  return TRUE;
}

static gboolean
check_lengths (const char *key, const char *value, GError **error)
{
  if (is_given (key) && !names_tag_key_is_valid (key)) {
    return failure_set (error, TAG_FILTER_ERROR, TAG_FILTER_ERROR_KEY,
                        "a tag filter's Key may have at most %d characters",
                        NAMES_TAG_KEY_MAX_LENGTH);
  }
  if (is_given (value) && !names_tag_value_is_valid (value)) {
    return failure_set (error, TAG_FILTER_ERROR, TAG_FILTER_ERROR_VALUE,
                        "a tag filter's Value may have at most %d characters",
                        NAMES_TAG_VALUE_MAX_LENGTH);
  }
  return TRUE;
}

gboolean
tag_filter_init (TagFilter *out, const char *key, const char *value, const char *type,
                 GError **error)
{
  TagFilterType chosen;

  if (!choose_type (key, value, type, &chosen, error) || !check_lengths (key, value, error))
    return FALSE;

  if (chosen != TAG_FILTER_VALUE_ONLY && !is_given (key)) {
    return failure_set (error, TAG_FILTER_ERROR, TAG_FILTER_ERROR_KEY,
                        "a tag filter of type %s needs a Key", tag_filter_type_name (chosen));
  }
  if (chosen == TAG_FILTER_VALUE_ONLY && value == NULL) {
    return failure_set (error, TAG_FILTER_ERROR, TAG_FILTER_ERROR_VALUE,
                        "a tag filter of type VALUE_ONLY needs a Value");
  }
  if (chosen == TAG_FILTER_KEY_ONLY && is_given (value)) {
    return failure_set (error, TAG_FILTER_ERROR, TAG_FILTER_ERROR_VALUE,
                        "a tag filter of type KEY_ONLY has no Value, but \"%.100s\" is given",
                        value);
  }
  if (chosen == TAG_FILTER_VALUE_ONLY && is_given (key)) {
    return failure_set (error, TAG_FILTER_ERROR, TAG_FILTER_ERROR_KEY,
                        "a tag filter of type VALUE_ONLY has no Key, but \"%.100s\" is given", key);
  }
  *out = (TagFilter){ chosen, chosen == TAG_FILTER_VALUE_ONLY ? NULL : key,
                      chosen == TAG_FILTER_KEY_ONLY ? NULL : (value == NULL ? "" : value) };
  return TRUE;
}

static gboolean
check_count (const TagFilterList *list, const TagLimits *limits, GError **error)
{
  if ((gint64)list->n <= limits->filters)
    return TRUE;
  return failure_set (error, TAG_FILTER_ERROR, TAG_FILTER_ERROR_TOO_MANY,
                      "%" G_GSIZE_FORMAT " tag filters in one list; at most %" G_GINT64_FORMAT
                      " are allowed",
                      list->n, limits->filters);
}

gboolean
tag_selector_check (const TagSelector *selector, const TagLimits *limits, GError **error)
{
  if (selector->flat.n > 0 && selector->n_groups > 0) {
    return failure_set (error, TAG_FILTER_ERROR, TAG_FILTER_ERROR_COMBINATION,
                        "tag filters and a tag set exclude each other; give one of them");
  }
  if ((gint64)selector->n_groups > limits->groups) {
    return failure_set (error, TAG_FILTER_ERROR, TAG_FILTER_ERROR_TOO_MANY_GROUPS,
                        "%" G_GSIZE_FORMAT " groups in a tag set; at most %" G_GINT64_FORMAT
                        " are allowed",
                        selector->n_groups, limits->groups);
  }
  for (gsize i = 0; i < selector->n_groups; i++) {
    if (selector->groups[i].n == 0) {
      return failure_set (error, TAG_FILTER_ERROR, TAG_FILTER_ERROR_EMPTY_GROUP,
                          "group %" G_GSIZE_FORMAT " of the tag set is empty", i + 1);
    }
    if (!check_count (&selector->groups[i], limits, error))
      return FALSE;
  }
  return check_count (&selector->flat, limits, error);
}

gboolean
tag_filter_matches (const TagFilter *filter, const Tag *tags, gsize n_tags)
{
  for (gsize i = 0; i < n_tags; i++) {
    gboolean key = filter->type == TAG_FILTER_VALUE_ONLY || strcmp (filter->key, tags[i].key) == 0;
    gboolean value =
        filter->type == TAG_FILTER_KEY_ONLY || strcmp (filter->value, tags[i].value) == 0;

    if (key && value)
      return TRUE;
  }
  return FALSE;
}

gboolean
tag_filter_list_matches (const TagFilterList *list, const Tag *tags, gsize n_tags)
{
  for (gsize i = 0; i < list->n; i++)
    if (tag_filter_matches (&list->filters[i], tags, n_tags))
      return TRUE;
  return FALSE;
}

gboolean
tag_selector_matches (const TagSelector *selector, const Tag *tags, gsize n_tags)
{
  if (selector->n_groups == 0)
    return tag_filter_list_matches (&selector->flat, tags, n_tags);
  for (gsize i = 0; i < selector->n_groups; i++)
    if (!tag_filter_list_matches (&selector->groups[i], tags, n_tags))
      return FALSE;
  return TRUE;
}
