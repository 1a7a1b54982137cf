#pragma once

#include "core/arena.h"
#include "store/records/tag-list.h"
#include "store/store.h"

/* Tags of applications and deployment groups, as rows, keyed by the resource's id (so that they follow a rename); of users
 * and roles, keyed by their ARN.
 * Conventions as in application.h. */

/* An existing key gets the new value. */
gboolean resource_tag_record_put (StoreTx *tx, const char *resource_id, const char *key,
                                  const char *value, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A key that is not there is ignored. */
gboolean resource_tag_record_remove (StoreTx *tx, const char *resource_id, const char *key,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* In order of key. */
gboolean resource_tag_record_list (StoreTx *tx, const char *resource_id, Arena *arena, TagList *out,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes all tags away. */
gboolean resource_tag_record_clear (StoreTx *tx, const char *resource_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
