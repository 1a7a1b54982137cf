#pragma once

#include "proto/api-types.h"
#include "store/store.h"

/* Tags of applications and deployment groups, for the actions that make them and those that change them. */

/* What decoding leaves: the reserved prefix, and how many. tags may be NULL. InvalidTagsToAdd. */
gboolean tags_check (const ApiTagList *tags, gint64 limit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Merges by key. tags may be NULL. */
gboolean tags_put (StoreTx *tx, const char *resource_id, const ApiTagList *tags, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
