#include "store/records/host-command.h"

#include "store/records/row-read.h"

#define COLUMNS                                                                                    \
  "deployment_id, ordinal, host_arn, turn, step, event, status, since_ms, acknowledge_ms,"         \
  " armed_ms, last, attempt, paused"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  HostCommandRecord *record = arena_new0 (arena, HostCommandRecord);
  record->deployment_id = arena_strdup (arena, store_rows_text (rows, 0));
  record->ordinal = store_rows_int (rows, 1);
  record->host_arn = arena_strdup (arena, store_rows_text (rows, 2));
  record->turn = store_rows_int (rows, 3);
  record->step = store_rows_int (rows, 4);
  if (!lifecycle_event_from_name (store_rows_text (rows, 5), &record->event) ||
      !command_status_from_name (store_rows_text (rows, 6), &record->status))
    g_assert_not_reached (); /* only this file writes the columns */
  record->since_ms = store_rows_int (rows, 7);
  record->acknowledge_ms = store_rows_int (rows, 8);
  record->armed_ms = store_rows_int (rows, 9);
  record->last = store_rows_bool (rows, 10);
  record->attempt = store_rows_int (rows, 11);
  record->paused = store_rows_bool (rows, 12);
  return record;
}

static StoreValue
time_or_null (gint64 time_ms)
{
  return time_ms != 0 ? store_int (time_ms) : store_null ();
}

gboolean
host_command_record_next_turn (StoreTx *tx, const char *host_arn, gint64 *out_turn, GError **error)
{
  static const char sql[] =
      "SELECT COALESCE (MAX (turn), 0) + 1 FROM host_command WHERE host_arn = $1";
  return row_read_int (tx, sql, STORE_ARGS (store_text (host_arn)), out_turn, error);
}

gboolean
host_command_record_insert (StoreTx *tx, const HostCommandRecord *record, GError **error)
{
  static const char sql[] =
      "INSERT INTO host_command (deployment_id, ordinal, host_arn, turn, step, event, status,"
      " since_ms, acknowledge_ms, armed_ms, last, attempt)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
  return store_exec (
      tx, sql,
      STORE_ARGS (store_text (record->deployment_id), store_int (record->ordinal),
                  store_text (record->host_arn), store_int (record->turn), store_int (record->step),
                  store_text (lifecycle_event_name (record->event)),
                  store_text (command_status_name (record->status)), store_int (record->since_ms),
                  time_or_null (record->acknowledge_ms), time_or_null (record->armed_ms),
                  store_bool (record->last), store_int (record->attempt)),
      NULL, error);
}

gboolean
host_command_record_get (StoreTx *tx, const char *deployment_id, gint64 ordinal, Arena *arena,
                         HostCommandRecord **out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM host_command WHERE deployment_id = $1 AND ordinal = $2";
  return row_read_one (tx, sql, STORE_ARGS (store_text (deployment_id), store_int (ordinal)),
                       read_row, arena, out, error);
}

gboolean
host_command_record_update (StoreTx *tx, const HostCommandRecord *record, GError **error)
{
  static const char sql[] =
      "UPDATE host_command SET step = $3, event = $4, status = $5, since_ms = $6,"
      " acknowledge_ms = $7, armed_ms = $8, attempt = $9"
      " WHERE deployment_id = $1 AND ordinal = $2";
  return store_exec (
      tx, sql,
      STORE_ARGS (store_text (record->deployment_id), store_int (record->ordinal),
                  store_int (record->step), store_text (lifecycle_event_name (record->event)),
                  store_text (command_status_name (record->status)), store_int (record->since_ms),
                  time_or_null (record->acknowledge_ms), time_or_null (record->armed_ms),
                  store_int (record->attempt)),
      NULL, error);
}

gboolean
host_command_record_delete (StoreTx *tx, const char *deployment_id, gint64 ordinal, GError **error)
{
  static const char sql[] = "DELETE FROM host_command WHERE deployment_id = $1 AND ordinal = $2";
  return store_exec (tx, sql, STORE_ARGS (store_text (deployment_id), store_int (ordinal)), NULL,
                     error);
}

gboolean
host_command_record_of_host (StoreTx *tx, const char *host_arn, Arena *arena,
                             HostCommandRecord **out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM host_command WHERE host_arn = $1 AND status <> 'Waiting' LIMIT 1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (host_arn)), read_row, arena, out, error);
}

gboolean
host_command_record_next_of_host (StoreTx *tx, const char *host_arn, Arena *arena,
                                  HostCommandRecord **out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM host_command WHERE host_arn = $1 AND status = 'Waiting'"
      " AND paused = 0 AND NOT EXISTS"
      " (SELECT 1 FROM host_command WHERE host_arn = $1 AND status <> 'Waiting')"
      " ORDER BY turn LIMIT 1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (host_arn)), read_row, arena, out, error);
}

gboolean
host_command_record_mark_last (StoreTx *tx, const char *deployment_id, GError **error)
{
  static const char sql[] = "UPDATE host_command SET last = 1, paused = 0 WHERE deployment_id = $1";
  return store_exec (tx, sql, STORE_ARGS (store_text (deployment_id)), NULL, error);
}

gboolean
host_command_record_mark_paused (StoreTx *tx, const char *deployment_id, gboolean paused,
                                 GError **error)
{
  static const char sql[] = "UPDATE host_command SET paused = $2 WHERE deployment_id = $1";
  return store_exec (tx, sql, STORE_ARGS (store_text (deployment_id), store_bool (paused)), NULL,
                     error);
}

static gboolean
read_list (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args, Arena *arena,
           HostCommandRecordList *out, GError **error)
{
  gpointer *items;
  if (!row_read_all (tx, sql, args, n_args, read_row, arena, &out->n, &items, error))
    return FALSE;
  out->items = (HostCommandRecord **)items;
  return TRUE;
}

gboolean
host_command_record_unacknowledged (StoreTx *tx, const char *deployment_id, Arena *arena,
                                    HostCommandRecordList *out, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM host_command WHERE deployment_id = $1"
                            " AND status IN ('Waiting', 'Pending', 'Held') ORDER BY ordinal";
  return read_list (tx, sql, STORE_ARGS (store_text (deployment_id)), arena, out, error);
}

gboolean
host_command_record_pending (StoreTx *tx, Arena *arena, HostCommandRecordList *out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM host_command WHERE status = 'Pending' ORDER BY host_arn, turn";
  return read_list (tx, sql, STORE_NO_ARGS, arena, out, error);
}
