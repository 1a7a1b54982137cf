#include "store/records/access-key.h"

#include "store/records/iam-policy.h"
#include "store/records/resource-tag.h"
#include "store/records/row-read.h"

gboolean
access_key_record_insert (StoreTx *tx, const AccessKey *key, GError **error)
{
  static const char sql[] =
      "INSERT INTO access_key"
      " (id, principal_arn, secret_sealed, token_sha256, expire_ms, disabled, create_ms)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7)";
  return store_exec (
      tx, sql,
      STORE_ARGS (store_text (key->id), store_text (key->principal_arn),
                  store_bytes (key->secret_sealed, key->secret_sealed_size),
                  store_bytes (key->token_sha256,
                               key->token_sha256 == NULL ? 0 : ACCESS_KEY_TOKEN_HASH_SIZE),
                  store_int (key->expire_ms), store_bool (key->disabled),
                  store_int (key->create_ms)),
      NULL, error);
}

typedef struct {
  AccessKey key;
  Principal principal;
} Found;

static gpointer
read_found (StoreRows *rows, Arena *arena)
{
  Found *found = arena_new0 (arena, Found);
  AccessKey *key = &found->key;
  Principal *principal = &found->principal;
  gsize size = 0;
  key->id = arena_strdup (arena, store_rows_text (rows, 0));
  const guint8 *sealed = store_rows_bytes (rows, 1, &size);
  key->secret_sealed = arena_memdup (arena, sealed, size);
  key->secret_sealed_size = size;
  const guint8 *token = store_rows_bytes (rows, 2, &size);
  if (token != NULL && size == ACCESS_KEY_TOKEN_HASH_SIZE)
    key->token_sha256 = arena_memdup (arena, token, size);
  key->expire_ms = store_rows_int (rows, 3);
  key->disabled = store_rows_bool (rows, 4);
  key->create_ms = store_rows_int (rows, 5);

  principal->arn = key->principal_arn = arena_strdup (arena, store_rows_text (rows, 6));
  principal->kind = PRINCIPAL_USER; /* the weakest, for one that this version does not know */
  (void)!principal_kind_from_name (store_rows_text (rows, 7), &principal->kind);
  principal->path = arena_strdup (arena, store_rows_text (rows, 8));
  principal->name = arena_strdup (arena, store_rows_text (rows, 9));
  principal->role_arn = arena_strdup (arena, store_rows_text (rows, 10));
  principal->create_ms = store_rows_int (rows, 11);
  return found;
}

gboolean
access_key_record_find (StoreTx *tx, const char *id, Arena *arena, AccessKey **out_key,
                        Principal **out_principal, GError **error)
{
  static const char sql[] =
      "SELECT k.id, k.secret_sealed, k.token_sha256, k.expire_ms, k.disabled, k.create_ms,"
      " p.arn, p.kind, p.path, p.name, p.role_arn, p.create_ms"
      " FROM access_key k JOIN principal p ON p.arn = k.principal_arn WHERE k.id = $1";
  Found *found = NULL;
  if (!row_read_one (tx, sql, STORE_ARGS (store_text (id)), read_found, arena, &found, error))
    return FALSE;
  *out_key = found == NULL ? NULL : &found->key;
  *out_principal = found == NULL ? NULL : &found->principal;
  return TRUE;
}

static gpointer
read_listed (StoreRows *rows, Arena *arena)
{
  AccessKey *key = arena_new0 (arena, AccessKey);
  key->id = arena_strdup (arena, store_rows_text (rows, 0));
  key->principal_arn = arena_strdup (arena, store_rows_text (rows, 1));
  key->disabled = store_rows_bool (rows, 2);
  key->create_ms = store_rows_int (rows, 3);
  return key;
}

gboolean
access_key_record_list (StoreTx *tx, const char *principal_arn, const char *after, gsize limit,
                        Arena *arena, AccessKeyList *out, GError **error)
{
  static const char sql[] = "SELECT id, principal_arn, disabled, create_ms FROM access_key"
                            " WHERE principal_arn = $1 AND expire_ms = 0 AND id > $2"
                            " ORDER BY id LIMIT $3";
  gpointer *items;
  if (!row_read_all (tx, sql,
                     STORE_ARGS (store_text (principal_arn),
                                 store_text (after == NULL ? "" : after),
                                 store_int ((gint64)limit)),
                     read_listed, arena, &out->n, &items, error))
    return FALSE;
  out->items = (AccessKey **)items;
  return TRUE;
}

gboolean
access_key_record_set_disabled (StoreTx *tx, const char *principal_arn, const char *id,
                                gboolean disabled, gboolean *out_found, GError **error)
{
  static const char sql[] = "UPDATE access_key SET disabled = $3"
                            " WHERE id = $1 AND principal_arn = $2 AND expire_ms = 0";
  gint64 n = 0;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (id), store_text (principal_arn), store_bool (disabled)),
                   &n, error))
    return FALSE;
  *out_found = n > 0;
  return TRUE;
}

gboolean
access_key_record_delete (StoreTx *tx, const char *principal_arn, const char *id,
                          gboolean *out_found, GError **error)
{
  static const char sql[] =
      "DELETE FROM access_key WHERE id = $1 AND principal_arn = $2 AND expire_ms = 0";
  gint64 n = 0;
  if (!store_exec (tx, sql, STORE_ARGS (store_text (id), store_text (principal_arn)), &n, error))
    return FALSE;
  *out_found = n > 0;
  return TRUE;
}

gboolean
access_key_record_is_last_of_administrators (StoreTx *tx, const char *id, gboolean *out,
                                             GError **error)
{
#define USABLE                                                                                     \
  "SELECT 1 FROM access_key k JOIN principal p ON p.arn = k.principal_arn"                         \
  " WHERE p.kind = 'administrator' AND k.disabled = 0 AND k.expire_ms = 0"
  static const char sql[] = "SELECT COUNT (*) FROM (" USABLE " AND k.id = $1"
                            " AND NOT EXISTS (" USABLE " AND k.id <> $1)) AS counted";
#undef USABLE
  gint64 n = 0;
  if (!row_read_int (tx, sql, STORE_ARGS (store_text (id)), &n, error))
    return FALSE;
  *out = n > 0;
  return TRUE;
}

gboolean
access_key_record_purge (StoreTx *tx, gint64 before_ms, gsize limit, GError **error)
{
  static const char sql[] = "SELECT id, principal_arn, disabled, create_ms FROM access_key"
                            " WHERE expire_ms > 0 AND expire_ms < $1 ORDER BY expire_ms LIMIT $2";
  static const char delete_sql[] = "DELETE FROM access_key WHERE id = $1";
  g_autoptr (Arena) arena = arena_new ();
  gsize n = 0;
  gpointer *items;
  if (!row_read_all (tx, sql, STORE_ARGS (store_int (before_ms), store_int ((gint64)limit)),
                     read_listed, arena, &n, &items, error))
    return FALSE;
  for (gsize i = 0; i < n; i++) {
    const AccessKey *key = items[i];
    if (!iam_policy_record_clear (tx, key->id, error) ||
        !resource_tag_record_clear (tx, key->id, error) ||
        !store_exec (tx, delete_sql, STORE_ARGS (store_text (key->id)), NULL, error) ||
        !principal_record_delete_idle_session (tx, key->principal_arn, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
access_key_record_any (StoreTx *tx, Arena *arena, const char **out_id, GError **error)
{
  static const char sql[] = "SELECT id FROM access_key ORDER BY id LIMIT 1";
  return row_read_one (tx, sql, STORE_NO_ARGS, row_read_text, arena, out_id, error);
}
