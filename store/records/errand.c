#include "store/records/errand.h"

#include "store/records/row-read.h"

ENUM_NAMES_DEFINE (ErrandKind, errand_kind, ERRAND_KIND_LIST)

#define COLUMNS                                                                                    \
  "owner_id, ordinal, kind, request_json, state_json, create_ms, due_ms, tries, waits_for"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  ErrandRecord *record = arena_new0 (arena, ErrandRecord);
  record->owner_id = arena_strdup (arena, store_rows_text (rows, 0));
  record->ordinal = store_rows_int (rows, 1);
  if (!errand_kind_from_name (store_rows_text (rows, 2), &record->kind))
    g_assert_not_reached (); /* only this file writes the column */
  record->request_json = arena_strdup (arena, store_rows_text (rows, 3));
  record->state_json = arena_strdup (arena, store_rows_text (rows, 4));
  record->create_ms = store_rows_int (rows, 5);
  record->due_ms = store_rows_int (rows, 6);
  record->tries = store_rows_int (rows, 7);
  record->waits_for = arena_strdup (arena, store_rows_text (rows, 8));
  return record;
}

gboolean
errand_record_put (StoreTx *tx, const ErrandRecord *record, GError **error)
{
  /* tries goes on: what an old claim of the row came to is not taken for the new one's. */
  static const char sql[] =
      "INSERT INTO errand (owner_id, ordinal, kind, request_json, create_ms, due_ms)"
      " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (owner_id, ordinal, kind) DO UPDATE SET"
      " request_json = $4, create_ms = $5, due_ms = $6, state_json = NULL, waits_for = NULL,"
      " tries = errand.tries + 1";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->owner_id), store_int (record->ordinal),
                                 store_text (errand_kind_name (record->kind)),
                                 store_text (record->request_json), store_int (record->create_ms),
                                 store_int (record->due_ms)),
                     NULL, error);
}

gboolean
errand_record_get (StoreTx *tx, const char *owner_id, gint64 ordinal, ErrandKind kind, Arena *arena,
                   ErrandRecord **out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM errand WHERE owner_id = $1 AND ordinal = $2 AND kind = $3";
  return row_read_one (
      tx, sql,
      STORE_ARGS (store_text (owner_id), store_int (ordinal), store_text (errand_kind_name (kind))),
      read_row, arena, out, error);
}

gboolean
errand_record_of_owner (StoreTx *tx, const char *owner_id, Arena *arena, ErrandRecordList *out,
                        GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM errand WHERE owner_id = $1 AND ordinal = $2 ORDER BY kind";
  gpointer *items;
  if (!row_read_all (tx, sql, STORE_ARGS (store_text (owner_id), store_int (ERRAND_NO_TARGET)),
                     read_row, arena, &out->n, &items, error))
    return FALSE;
  out->items = (ErrandRecord **)items;
  return TRUE;
}

gboolean
errand_record_earliest (StoreTx *tx, ErrandKind kind, gsize limit, Arena *arena,
                        ErrandRecordList *out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM errand WHERE kind = $1 ORDER BY due_ms LIMIT $2";
  gpointer *items;
  if (!row_read_all (tx, sql,
                     STORE_ARGS (store_text (errand_kind_name (kind)), store_int ((gint64)limit)),
                     read_row, arena, &out->n, &items, error))
    return FALSE;
  out->items = (ErrandRecord **)items;
  return TRUE;
}

gboolean
errand_record_claim (StoreTx *tx, ErrandRecord *record, gint64 now_ms, gint64 lease_until_ms,
                     gboolean *out_claimed, GError **error)
{
  static const char sql[] =
      "UPDATE errand SET tries = tries + 1, due_ms = $6 WHERE owner_id = $1 AND ordinal = $2"
      " AND kind = $3 AND tries = $4 AND due_ms <= $5";
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (record->owner_id), store_int (record->ordinal),
                               store_text (errand_kind_name (record->kind)),
                               store_int (record->tries), store_int (now_ms),
                               store_int (lease_until_ms)),
                   &changes, error))
    return FALSE;
  *out_claimed = changes > 0;
  if (*out_claimed) {
    record->tries++;
    record->due_ms = lease_until_ms;
  }
  return TRUE;
}

gboolean
errand_record_renew (StoreTx *tx, ErrandRecord *record, gint64 lease_until_ms,
                     gboolean *out_renewed, GError **error)
{
  static const char sql[] =
      "UPDATE errand SET due_ms = $6 WHERE owner_id = $1 AND ordinal = $2 AND kind = $3"
      " AND tries = $4 AND due_ms = $5";
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (record->owner_id), store_int (record->ordinal),
                               store_text (errand_kind_name (record->kind)),
                               store_int (record->tries), store_int (record->due_ms),
                               store_int (lease_until_ms)),
                   &changes, error))
    return FALSE;
  *out_renewed = changes > 0;
  if (*out_renewed)
    record->due_ms = lease_until_ms;
  return TRUE;
}

gboolean
errand_record_put_off (StoreTx *tx, const ErrandRecord *record, GError **error)
{
  static const char sql[] =
      "UPDATE errand SET due_ms = $5, state_json = $6, waits_for = $7 WHERE owner_id = $1"
      " AND ordinal = $2 AND kind = $3 AND tries = $4";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->owner_id), store_int (record->ordinal),
                                 store_text (errand_kind_name (record->kind)),
                                 store_int (record->tries), store_int (record->due_ms),
                                 store_text (record->state_json), store_text (record->waits_for)),
                     NULL, error);
}

gboolean
errand_record_hasten_all (StoreTx *tx, gint64 due_ms, GError **error)
{
  static const char sql[] = "UPDATE errand SET due_ms = $1 WHERE due_ms > $1";
  return store_exec (tx, sql, STORE_ARGS (store_int (due_ms)), NULL, error);
}

gboolean
errand_record_delete (StoreTx *tx, const char *owner_id, gint64 ordinal, ErrandKind kind,
                      GError **error)
{
  static const char sql[] = "DELETE FROM errand WHERE owner_id = $1 AND ordinal = $2 AND kind = $3";
  return store_exec (
      tx, sql,
      STORE_ARGS (store_text (owner_id), store_int (ordinal), store_text (errand_kind_name (kind))),
      NULL, error);
}

gboolean
errand_record_delete_all (StoreTx *tx, const char *owner_id, GError **error)
{
  static const char sql[] = "DELETE FROM errand WHERE owner_id = $1";
  return store_exec (tx, sql, STORE_ARGS (store_text (owner_id)), NULL, error);
}
