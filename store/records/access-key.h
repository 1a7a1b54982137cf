#pragma once

#include "core/arena.h"
#include "store/records/principal.h"
#include "store/store.h"

/* Access keys, as rows. The secret is sealed before it comes here; this module cannot read it.
 *
 * Every function runs inside a work (see store.h), on its thread. */

#define ACCESS_KEY_TOKEN_HASH_SIZE 32

typedef struct {
  const char *id; /* AKIA..., of a temporary key ASIA... */
  const char *principal_arn;
  const guint8 *secret_sealed;
  gsize secret_sealed_size;
  const guint8 *token_sha256; /* ACCESS_KEY_TOKEN_HASH_SIZE bytes; NULL for a permanent key */
  gint64 expire_ms;           /* 0: never */
  gboolean disabled;
  gint64 create_ms;
} AccessKey;

/* Fails with STORE_ERROR_CONSTRAINT when the id is taken or the principal unknown. */
gboolean access_key_record_insert (StoreTx *tx, const AccessKey *key, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The key and its principal; both NULL when there is no such key. */
gboolean access_key_record_find (StoreTx *tx, const char *id, Arena *arena, AccessKey **out_key,
                                 Principal **out_principal, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  gsize n;
  AccessKey **items; /* without their secrets */
} AccessKeyList;

/* A principal's keys that have no end, in order of id, at most limit, after the id `after` (NULL: from the first). */
gboolean access_key_record_list (StoreTx *tx, const char *principal_arn, const char *after,
                                 gsize limit, Arena *arena, AccessKeyList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Of a principal's key that has no end. *out_found FALSE: there is none of that id. */
gboolean access_key_record_set_disabled (StoreTx *tx, const char *principal_arn, const char *id,
                                         gboolean disabled, gboolean *out_found, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean access_key_record_delete (StoreTx *tx, const char *principal_arn, const char *id,
                                   gboolean *out_found, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Is this the one usable key without an end that an administrator has? */
gboolean access_key_record_is_last_of_administrators (StoreTx *tx, const char *id, gboolean *out,
                                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Deletes temporary keys whose end was before a time, and what depended on them; at most limit, the oldest first. */
gboolean access_key_record_purge (StoreTx *tx, gint64 before_ms, gsize limit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The id of one of all keys; *out_id NULL: there is none. */
gboolean access_key_record_any (StoreTx *tx, Arena *arena, const char **out_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
