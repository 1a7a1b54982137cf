#pragma once

#include "core/enum-names.h"

/*
 * Tag filters and tag sets (api.md 6): does this instance, with these tags, belong? Plain values, borrowed strings.
 *
 * Thread rule: any thread.
 */
#define TAG_FILTER_TYPE_LIST(X)                                                                    \
  X (TAG_FILTER_KEY_ONLY, "KEY_ONLY")                                                              \
  X (TAG_FILTER_VALUE_ONLY, "VALUE_ONLY")                                                          \
  X (TAG_FILTER_KEY_AND_VALUE, "KEY_AND_VALUE")

ENUM_NAMES_TYPE (TagFilterType, TAG_FILTER_TYPE_LIST);
ENUM_NAMES_DECLARE (TagFilterType, tag_filter_type)

typedef struct {
  const char *key;
  const char *value;
} Tag;

typedef struct {
  TagFilterType type;
  const char *key;   /* never NULL for KEY_ONLY and KEY_AND_VALUE */
  const char *value; /* never NULL for VALUE_ONLY and KEY_AND_VALUE */
} TagFilter;

typedef struct {
  const TagFilter *filters;
  gsize n;
} TagFilterList;

/* What selects instances: a flat list (any element), or a set of groups (any element within, all groups), not both. */
typedef struct {
  TagFilterList flat;
  const TagFilterList *groups;
  gsize n_groups;
} TagSelector;

#define TAG_FILTER_ERROR (tag_filter_error_quark ())
GQuark tag_filter_error_quark (void);
typedef enum {
  TAG_FILTER_ERROR_TYPE,     /* a Type that is not in the list */
  TAG_FILTER_ERROR_KEY,      /* Key needed and not given, too long, or given where it may not be */
  TAG_FILTER_ERROR_VALUE,    /* the same for Value */
  TAG_FILTER_ERROR_TOO_MANY, /* filters in one group or list */
  TAG_FILTER_ERROR_TOO_MANY_GROUPS,
  TAG_FILTER_ERROR_EMPTY_GROUP,
  TAG_FILTER_ERROR_COMBINATION /* flat list and set both filled */
} TagFilterError;

/* Reads one element as the API gives it; each text may be NULL, and "" counts as not given. *out borrows key and value. */
gboolean tag_filter_init (TagFilter *out, const char *key, const char *value, const char *type,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  gint64 groups;  /* of a set */
  gint64 filters; /* of a group, and of a flat list */
} TagLimits;
/* Counts, empty groups, and the combination of both forms. */
gboolean tag_selector_check (const TagSelector *selector, const TagLimits *limits, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Exact and case-sensitive. */
gboolean tag_filter_matches (const TagFilter *filter, const Tag *tags, gsize n_tags);
/* Any filter matches any tag; an empty list matches nothing. */
gboolean tag_filter_list_matches (const TagFilterList *list, const Tag *tags, gsize n_tags);
/* An empty selector selects nothing. */
gboolean tag_selector_matches (const TagSelector *selector, const Tag *tags, gsize n_tags);
