#include "store/records/access-key.h"

#include "store/records/name-list.h"
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
  principal->kind = PRINCIPAL_HOST;
  (void)!principal_kind_from_name (store_rows_text (rows, 7), &principal->kind);
  principal->path = arena_strdup (arena, store_rows_text (rows, 8));
  principal->name = arena_strdup (arena, store_rows_text (rows, 9));
  principal->create_ms = store_rows_int (rows, 10);
  return found;
}

gboolean
access_key_record_find (StoreTx *tx, const char *id, Arena *arena, AccessKey **out_key,
                        Principal **out_principal, GError **error)
{
  static const char sql[] =
      "SELECT k.id, k.secret_sealed, k.token_sha256, k.expire_ms, k.disabled, k.create_ms,"
      " p.arn, p.kind, p.path, p.name, p.create_ms"
      " FROM access_key k JOIN principal p ON p.arn = k.principal_arn WHERE k.id = $1";
  Found *found = NULL;
  if (!row_read_one (tx, sql, STORE_ARGS (store_text (id)), read_found, arena, &found, error))
    return FALSE;
  *out_key = found == NULL ? NULL : &found->key;
  *out_principal = found == NULL ? NULL : &found->principal;
  return TRUE;
}

gboolean
access_key_record_ids (StoreTx *tx, const char *principal_arn, Arena *arena, const char ***out_ids,
                       GError **error)
{
  static const char sql[] = "SELECT id FROM access_key WHERE principal_arn = $1 ORDER BY id";
  NameList list = { 0 };
  if (!name_list_query (tx, sql, STORE_ARGS (store_text (principal_arn)), arena, &list, error))
    return FALSE;
  const char **ids = arena_new0_n (arena, const char *, list.n + 1);
  for (gsize i = 0; i < list.n; i++)
    ids[i] = list.items[i];
  *out_ids = ids;
  return TRUE;
}
