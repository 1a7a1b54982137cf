#include "store/records/hook-execution.h"

#include "store/records/row-read.h"

#define COLUMNS "id, deployment_id, target_id, event, status, create_ms, complete_ms"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  HookExecutionRecord *record = arena_new0 (arena, HookExecutionRecord);
  record->id = arena_strdup (arena, store_rows_text (rows, 0));
  record->deployment_id = arena_strdup (arena, store_rows_text (rows, 1));
  record->target_id = arena_strdup (arena, store_rows_text (rows, 2));
  if (!lifecycle_event_from_name (store_rows_text (rows, 3), &record->event) ||
      !event_status_from_name (store_rows_text (rows, 4), &record->status))
    g_assert_not_reached (); /* only this file writes the columns */
  record->create_ms = store_rows_int (rows, 5);
  record->complete_ms = store_rows_int (rows, 6);
  return record;
}

gboolean
hook_execution_record_insert (StoreTx *tx, const HookExecutionRecord *record, gboolean *out_taken,
                              GError **error)
{
  static const char sql[] =
      "INSERT INTO hook_execution (id, deployment_id, target_id, event, status, create_ms)"
      " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (deployment_id, target_id, event) DO NOTHING";
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (record->id), store_text (record->deployment_id),
                               store_text (record->target_id),
                               store_text (lifecycle_event_name (record->event)),
                               store_text (event_status_name (EVENT_IN_PROGRESS)),
                               store_int (record->create_ms)),
                   &changes, error))
    return FALSE;
  *out_taken = changes == 0;
  return TRUE;
}

gboolean
hook_execution_record_by_id (StoreTx *tx, const char *id, Arena *arena, HookExecutionRecord **out,
                             GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM hook_execution WHERE id = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (id)), read_row, arena, out, error);
}

gboolean
hook_execution_record_by_event (StoreTx *tx, const char *deployment_id, const char *target_id,
                                LifecycleEvent event, Arena *arena, HookExecutionRecord **out,
                                GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM hook_execution"
                            " WHERE deployment_id = $1 AND target_id = $2 AND event = $3";
  return row_read_one (tx, sql,
                       STORE_ARGS (store_text (deployment_id), store_text (target_id),
                                   store_text (lifecycle_event_name (event))),
                       read_row, arena, out, error);
}

gboolean
hook_execution_record_complete (StoreTx *tx, const char *id, EventStatus status, gint64 now_ms,
                                gboolean *out_changed, GError **error)
{
  static const char sql[] =
      "UPDATE hook_execution SET status = $2, complete_ms = $3 WHERE id = $1 AND status = $4";
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (id), store_text (event_status_name (status)),
                               store_int (now_ms),
                               store_text (event_status_name (EVENT_IN_PROGRESS))),
                   &changes, error))
    return FALSE;
  *out_changed = changes > 0;
  return TRUE;
}
