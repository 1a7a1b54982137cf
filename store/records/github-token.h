#pragma once

#include "core/arena.h"
#include "store/records/name-list.h"
#include "store/store.h"

/* Tokens for GitHub accounts, as rows. A token is sealed before it comes here; this module cannot read it.
 * Conventions as in application.h. */

typedef struct {
  const char *name;
  const guint8 *sealed;
  gsize sealed_size;
  gint64 create_ms;
} GithubTokenRecord;

/* Replaces one of the name. */
gboolean github_token_record_put (StoreTx *tx, const GithubTokenRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean github_token_record_by_name (StoreTx *tx, const char *name, Arena *arena,
                                      GithubTokenRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* *out_deleted FALSE: there was none. Applications keep the name (application.h). */
gboolean github_token_record_delete (StoreTx *tx, const char *name, gboolean *out_deleted,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many there are, counting no further than limit. */
gboolean github_token_record_count (StoreTx *tx, gint64 limit, gint64 *out_count, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Names in code point order, after the given one (NULL: from the start), at most limit. */
gboolean github_token_record_names (StoreTx *tx, const char *after, gsize limit, Arena *arena,
                                    NameList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
