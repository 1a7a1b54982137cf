#include "store/records/timer.h"

#include "store/records/row-read.h"

ENUM_NAMES_DEFINE (TimerKind, timer_kind, TIMER_KIND_LIST)

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  TimerRecord *record = arena_new0 (arena, TimerRecord);
  record->deployment_id = arena_strdup (arena, store_rows_text (rows, 0));
  record->ordinal = store_rows_int (rows, 1);
  if (!timer_kind_from_name (store_rows_text (rows, 2), &record->kind))
    g_assert_not_reached (); /* only this file writes the column */
  record->due_ms = store_rows_int (rows, 3);
  return record;
}

gboolean
timer_record_put (StoreTx *tx, const TimerRecord *record, GError **error)
{
  static const char sql[] =
      "INSERT INTO timer (deployment_id, ordinal, kind, due_ms) VALUES ($1, $2, $3, $4)"
      " ON CONFLICT (deployment_id, ordinal, kind) DO UPDATE SET due_ms = $4";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->deployment_id), store_int (record->ordinal),
                                 store_text (timer_kind_name (record->kind)),
                                 store_int (record->due_ms)),
                     NULL, error);
}

gboolean
timer_record_due (StoreTx *tx, const char *deployment_id, gint64 ordinal, TimerKind kind,
                  gint64 *out_due_ms, GError **error)
{
  static const char sql[] = "SELECT COALESCE (MAX (due_ms), 0) FROM timer"
                            " WHERE deployment_id = $1 AND ordinal = $2 AND kind = $3";
  return row_read_int (tx, sql,
                       STORE_ARGS (store_text (deployment_id), store_int (ordinal),
                                   store_text (timer_kind_name (kind))),
                       out_due_ms, error);
}

gboolean
timer_record_delete (StoreTx *tx, const char *deployment_id, gint64 ordinal, TimerKind kind,
                     GError **error)
{
  static const char sql[] =
      "DELETE FROM timer WHERE deployment_id = $1 AND ordinal = $2 AND kind = $3";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (deployment_id), store_int (ordinal),
                                 store_text (timer_kind_name (kind))),
                     NULL, error);
}

gboolean
timer_record_delete_all (StoreTx *tx, const char *deployment_id, GError **error)
{
  static const char sql[] = "DELETE FROM timer WHERE deployment_id = $1";
  return store_exec (tx, sql, STORE_ARGS (store_text (deployment_id)), NULL, error);
}

gboolean
timer_record_claim (StoreTx *tx, const TimerRecord *record, gint64 now_ms, gboolean *out_claimed,
                    GError **error)
{
  static const char sql[] = "DELETE FROM timer WHERE deployment_id = $1 AND ordinal = $2"
                            " AND kind = $3 AND due_ms <= $4";
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (record->deployment_id), store_int (record->ordinal),
                               store_text (timer_kind_name (record->kind)), store_int (now_ms)),
                   &changes, error))
    return FALSE;
  *out_claimed = changes > 0;
  return TRUE;
}

gboolean
timer_record_earliest (StoreTx *tx, gsize limit, Arena *arena, TimerRecordList *out, GError **error)
{
  static const char sql[] = "SELECT deployment_id, ordinal, kind, due_ms FROM timer"
                            " ORDER BY due_ms LIMIT $1";
  gpointer *items;
  if (!row_read_all (tx, sql, STORE_ARGS (store_int ((gint64)limit)), read_row, arena, &out->n,
                     &items, error))
    return FALSE;
  out->items = (TimerRecord **)items;
  return TRUE;
}
