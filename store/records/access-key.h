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
/* Ids of a principal's keys, in an arena array ended by NULL. */
gboolean access_key_record_ids (StoreTx *tx, const char *principal_arn, Arena *arena,
                                const char ***out_ids, GError **error) G_GNUC_WARN_UNUSED_RESULT;
