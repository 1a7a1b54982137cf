#pragma once

#include "core/arena.h"
#include "core/compute-platform.h"
#include "store/records/name-list.h"
#include "store/store.h"

/* Applications, as rows.
 *
 * Every function runs inside a work (see store.h), on its thread. Lookups return TRUE with *out NULL when there is
 * no such row; strings of a record live in the caller's arena. An application's id never changes, its name may:
 * everything that belongs to an application refers to the id.
 *
 * A deleted application stays as a tombstone: its name is free at once, its id can still be resolved, with
 * deleted_ms set. Lookups by name and lists see the living only. */

typedef struct {
  const char *id; /* lower-case UUID */
  const char *name;
  ComputePlatform compute_platform;
  gint64 create_ms;
  gint64 deleted_ms; /* 0: alive */
  /* Read only (see application_record_link): */
  const char
      *github_token_name; /* what its revisions are fetched from GitHub with; NULL: nothing */
  gboolean github_token_is_there; /* FALSE when the token was deleted since */
} ApplicationRecord;

/* *out_taken: a living application has the name; nothing was written. */
gboolean application_record_insert (StoreTx *tx, const ApplicationRecord *record,
                                    gboolean *out_taken, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean application_record_by_name (StoreTx *tx, const char *name, Arena *arena,
                                     ApplicationRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Tombstones too. */
gboolean application_record_by_id (StoreTx *tx, const char *id, Arena *arena,
                                   ApplicationRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* How many are alive, counting no further than limit. */
gboolean application_record_count (StoreTx *tx, gint64 limit, gint64 *out_count, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Names in code point order, after the given one (NULL: from the start), at most limit. */
gboolean application_record_names (StoreTx *tx, const char *after, gsize limit, Arena *arena,
                                   NameList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* *out_taken: another living application has the name; nothing was written. */
gboolean application_record_rename (StoreTx *tx, const char *id, const char *name,
                                    gboolean *out_taken, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes tombstones of the application and its groups, forgets its revisions and the resource tags of all of
 * them. Deployments are not touched. */
gboolean application_record_delete (StoreTx *tx, const char *id, gint64 now_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Names the GitHub token that its revisions are fetched with; NULL: none. */
gboolean application_record_link (StoreTx *tx, const char *id, const char *github_token_name,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
