#include "store/records/github-token.h"

#include "store/records/row-read.h"

gboolean
github_token_record_put (StoreTx *tx, const GithubTokenRecord *record, GError **error)
{
  static const char sql[] =
      "INSERT INTO github_token (name, sealed, create_ms) VALUES ($1, $2, $3)"
      " ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, create_ms = excluded.create_ms";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->name),
                                 store_bytes (record->sealed, record->sealed_size),
                                 store_int (record->create_ms)),
                     NULL, error);
}

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  GithubTokenRecord *record = arena_new0 (arena, GithubTokenRecord);
  record->name = arena_strdup (arena, store_rows_text (rows, 0));
  const guint8 *sealed = store_rows_bytes (rows, 1, &record->sealed_size);
  record->sealed = arena_memdup (arena, sealed, record->sealed_size);
  record->create_ms = store_rows_int (rows, 2);
  return record;
}

gboolean
github_token_record_by_name (StoreTx *tx, const char *name, Arena *arena, GithubTokenRecord **out,
                             GError **error)
{
  static const char sql[] = "SELECT name, sealed, create_ms FROM github_token WHERE name = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (name)), read_row, arena, out, error);
}

gboolean
github_token_record_delete (StoreTx *tx, const char *name, gboolean *out_deleted, GError **error)
{
  static const char sql[] = "DELETE FROM github_token WHERE name = $1";
  gint64 changes;
  if (!store_exec (tx, sql, STORE_ARGS (store_text (name)), &changes, error))
    return FALSE;
  *out_deleted = changes > 0;
  return TRUE;
}

gboolean
github_token_record_count (StoreTx *tx, gint64 limit, gint64 *out_count, GError **error)
{
  static const char sql[] = "SELECT COUNT(*) FROM (SELECT 1 FROM github_token LIMIT $1) AS counted";
  return row_read_int (tx, sql, STORE_ARGS (store_int (limit)), out_count, error);
}

gboolean
github_token_record_names (StoreTx *tx, const char *after, gsize limit, Arena *arena, NameList *out,
                           GError **error)
{
  static const char sql[] = "SELECT name FROM github_token WHERE name > $1 ORDER BY name LIMIT $2";
  return name_list_query (tx, sql,
                          STORE_ARGS (store_text (after ? after : ""), store_int ((gint64)limit)),
                          arena, out, error);
}
