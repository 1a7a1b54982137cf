#include "store/records/deployment-stage.h"

#include "store/records/row-read.h"

#define COLUMNS                                                                                    \
  "deployment_id, ordinal, kind, name, first_ordinal, n, minimum_healthy, needed, tolerated,"      \
  " wait_s, approval, before_succeeded, before_failed, n_succeeded, n_failed, start_ms, end_ms,"   \
  " approve_ms, approved_by"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  DeploymentStageRecord *record = arena_new0 (arena, DeploymentStageRecord);
  record->deployment_id = arena_strdup (arena, store_rows_text (rows, 0));
  record->ordinal = store_rows_int (rows, 1);
  if (!stage_kind_from_name (store_rows_text (rows, 2), &record->stage.kind))
    g_assert_not_reached (); /* only this file writes the column */
  record->stage.name = arena_strdup (arena, store_rows_text (rows, 3));
  record->stage.first = store_rows_int (rows, 4);
  record->stage.n = store_rows_int (rows, 5);
  record->stage.minimum_healthy = store_rows_int (rows, 6);
  record->stage.needed = store_rows_int (rows, 7);
  record->stage.tolerated = store_rows_int (rows, 8);
  record->stage.wait_s = store_rows_int (rows, 9);
  record->stage.approval = store_rows_bool (rows, 10);
  record->before_succeeded = store_rows_int (rows, 11);
  record->before_failed = store_rows_int (rows, 12);
  record->n_succeeded = store_rows_int (rows, 13);
  record->n_failed = store_rows_int (rows, 14);
  record->start_ms = store_rows_int (rows, 15);
  record->end_ms = store_rows_int (rows, 16);
  record->approve_ms = store_rows_int (rows, 17);
  record->approved_by = arena_strdup (arena, store_rows_text (rows, 18));
  return record;
}

static StoreValue
time_or_null (gint64 time_ms)
{
  return time_ms != 0 ? store_int (time_ms) : store_null ();
}

gboolean
deployment_stage_record_insert (StoreTx *tx, const DeploymentStageRecord *record, GError **error)
{
  static const char sql[] =
      "INSERT INTO deployment_stage (deployment_id, ordinal, kind, name, first_ordinal, n,"
      " minimum_healthy, needed, tolerated, wait_s, approval)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
  const Stage *stage = &record->stage;
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->deployment_id), store_int (record->ordinal),
                                 store_text (stage_kind_name (stage->kind)),
                                 store_text (stage->name), store_int (stage->first),
                                 store_int (stage->n), store_int (stage->minimum_healthy),
                                 store_int (stage->needed), store_int (stage->tolerated),
                                 store_int (stage->wait_s), store_bool (stage->approval)),
                     NULL, error);
}

gboolean
deployment_stage_record_update (StoreTx *tx, const DeploymentStageRecord *record, GError **error)
{
  static const char sql[] =
      "UPDATE deployment_stage SET before_succeeded = $3, before_failed = $4, n_succeeded = $5,"
      " n_failed = $6, start_ms = $7, end_ms = $8, approve_ms = $9, approved_by = $10"
      " WHERE deployment_id = $1 AND ordinal = $2";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->deployment_id), store_int (record->ordinal),
                                 store_int (record->before_succeeded),
                                 store_int (record->before_failed), store_int (record->n_succeeded),
                                 store_int (record->n_failed), time_or_null (record->start_ms),
                                 time_or_null (record->end_ms), time_or_null (record->approve_ms),
                                 store_text (record->approved_by)),
                     NULL, error);
}

gboolean
deployment_stage_record_get (StoreTx *tx, const char *deployment_id, gint64 ordinal, Arena *arena,
                             DeploymentStageRecord **out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM deployment_stage WHERE deployment_id = $1 AND ordinal = $2";
  return row_read_one (tx, sql, STORE_ARGS (store_text (deployment_id), store_int (ordinal)),
                       read_row, arena, out, error);
}

gboolean
deployment_stage_record_next (StoreTx *tx, const char *deployment_id, gint64 from, Arena *arena,
                              DeploymentStageRecord **out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM deployment_stage WHERE deployment_id = $1 AND ordinal >= $2"
      " AND n > 0 ORDER BY ordinal LIMIT 1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (deployment_id), store_int (from)), read_row,
                       arena, out, error);
}

gboolean
deployment_stage_record_list (StoreTx *tx, const char *deployment_id, Arena *arena,
                              DeploymentStageRecordList *out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM deployment_stage WHERE deployment_id = $1 ORDER BY ordinal";
  gpointer *items;
  if (!row_read_all (tx, sql, STORE_ARGS (store_text (deployment_id)), read_row, arena, &out->n,
                     &items, error))
    return FALSE;
  out->items = (DeploymentStageRecord **)items;
  return TRUE;
}
