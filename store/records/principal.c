#include "store/records/principal.h"

#include "store/records/row-read.h"

ENUM_NAMES_DEFINE (PrincipalKind, principal_kind, PRINCIPAL_KIND_LIST)

gboolean
principal_record_ensure (StoreTx *tx, const Principal *principal, GError **error)
{
  static const char sql[] = "INSERT INTO principal (arn, kind, path, name, create_ms)"
                            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (arn) DO NOTHING";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (principal->arn),
                                 store_text (principal_kind_name (principal->kind)),
                                 store_text (principal->path), store_text (principal->name),
                                 store_int (principal->create_ms)),
                     NULL, error);
}

static gpointer
read_principal (StoreRows *rows, Arena *arena)
{
  Principal *principal = arena_new0 (arena, Principal);
  principal->arn = arena_strdup (arena, store_rows_text (rows, 0));
  /* A kind that this version does not know gets the rights of the weakest. */
  principal->kind = PRINCIPAL_HOST;
  (void)!principal_kind_from_name (store_rows_text (rows, 1), &principal->kind);
  principal->path = arena_strdup (arena, store_rows_text (rows, 2));
  principal->name = arena_strdup (arena, store_rows_text (rows, 3));
  principal->create_ms = store_rows_int (rows, 4);
  return principal;
}

gboolean
principal_record_by_arn (StoreTx *tx, const char *arn, Arena *arena, Principal **out,
                         GError **error)
{
  static const char sql[] = "SELECT arn, kind, path, name, create_ms FROM principal WHERE arn = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (arn)), read_principal, arena, out, error);
}

gboolean
principal_record_delete (StoreTx *tx, const char *arn, gboolean *out_deleted, GError **error)
{
  static const char keys_sql[] = "DELETE FROM access_key WHERE principal_arn = $1";
  static const char sql[] = "DELETE FROM principal WHERE arn = $1";
  gint64 n = 0;
  if (!store_exec (tx, keys_sql, STORE_ARGS (store_text (arn)), NULL, error) ||
      !store_exec (tx, sql, STORE_ARGS (store_text (arn)), &n, error))
    return FALSE;
  *out_deleted = n > 0;
  return TRUE;
}
