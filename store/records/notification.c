#include "store/records/notification.h"

#include "store/records/row-read.h"

#define COLUMNS                                                                                    \
  "id, deployment_id, sink, trigger_name, event, fact_json, seq, create_ms, since_ms, due_ms,"     \
  " tries, failures, failure, dead_ms"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  NotificationRecord *record = arena_new0 (arena, NotificationRecord);
  record->id = arena_strdup (arena, store_rows_text (rows, 0));
  record->deployment_id = arena_strdup (arena, store_rows_text (rows, 1));
  record->sink = arena_strdup (arena, store_rows_text (rows, 2));
  record->trigger_name = arena_strdup (arena, store_rows_text (rows, 3));
  record->event = arena_strdup (arena, store_rows_text (rows, 4));
  record->fact_json = arena_strdup (arena, store_rows_text (rows, 5));
  record->seq = store_rows_int (rows, 6);
  record->create_ms = store_rows_int (rows, 7);
  record->since_ms = store_rows_int (rows, 8);
  record->due_ms = store_rows_int (rows, 9);
  record->tries = store_rows_int (rows, 10);
  record->failures = store_rows_int (rows, 11);
  record->failure = arena_strdup (arena, store_rows_text (rows, 12));
  record->dead_ms = store_rows_int (rows, 13);
  return record;
}

static gboolean
read_list (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args, Arena *arena,
           NotificationRecordList *out, GError **error)
{
  gpointer *items;
  if (!row_read_all (tx, sql, args, n_args, read_row, arena, &out->n, &items, error))
    return FALSE;
  out->items = (NotificationRecord **)items;
  return TRUE;
}

/* The last of a line, alive or dead. The dead ones were first of it once, so whatever is alive stands behind them. */
static gboolean
last_of_line (StoreTx *tx, const char *sink, const char *deployment_id, Arena *arena,
              NotificationRecord **out, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM notification WHERE sink = $1"
                            " AND deployment_id = $2 ORDER BY seq DESC LIMIT 1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (sink), store_text (deployment_id)),
                       read_row, arena, out, error);
}

gboolean
notification_record_put (StoreTx *tx, const NotificationRecord *record, GError **error)
{
  static const char sql[] =
      "INSERT INTO notification (id, deployment_id, sink, trigger_name, event, fact_json, seq,"
      " create_ms, since_ms, due_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)";
  g_autoptr (Arena) arena = arena_new ();
  NotificationRecord *last;
  if (!last_of_line (tx, record->sink, record->deployment_id, arena, &last, error))
    return FALSE;
  gboolean first = last == NULL || last->dead_ms != 0;
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->id), store_text (record->deployment_id),
                                 store_text (record->sink), store_text (record->trigger_name),
                                 store_text (record->event), store_text (record->fact_json),
                                 store_int (last != NULL ? last->seq + 1 : 1),
                                 store_int (record->create_ms),
                                 first ? store_int (record->create_ms) : store_null ()),
                     NULL, error);
}

gboolean
notification_record_get (StoreTx *tx, const char *id, Arena *arena, NotificationRecord **out,
                         GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM notification WHERE id = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (id)), read_row, arena, out, error);
}

gboolean
notification_record_earliest (StoreTx *tx, gsize limit, Arena *arena, NotificationRecordList *out,
                              GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM notification WHERE due_ms IS NOT NULL"
                            " ORDER BY due_ms LIMIT $1";
  return read_list (tx, sql, STORE_ARGS (store_int ((gint64)limit)), arena, out, error);
}

gboolean
notification_record_first_of_line (StoreTx *tx, const NotificationRecord *record, Arena *arena,
                                   NotificationRecord **out, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM notification WHERE sink = $1"
                            " AND deployment_id = $2 AND dead_ms IS NULL ORDER BY seq LIMIT 1";
  return row_read_one (tx, sql,
                       STORE_ARGS (store_text (record->sink), store_text (record->deployment_id)),
                       read_row, arena, out, error);
}

NotificationRecord *
notification_record_copy (const NotificationRecord *record, Arena *arena)
{
  NotificationRecord *copy = arena_memdup (arena, record, sizeof *record);
  copy->id = arena_strdup (arena, record->id);
  copy->deployment_id = arena_strdup (arena, record->deployment_id);
  copy->sink = arena_strdup (arena, record->sink);
  copy->trigger_name = arena_strdup (arena, record->trigger_name);
  copy->event = arena_strdup (arena, record->event);
  copy->fact_json = arena_strdup (arena, record->fact_json);
  copy->failure = arena_strdup (arena, record->failure);
  return copy;
}

gboolean
notification_record_claim (StoreTx *tx, NotificationRecord *record, gint64 now_ms,
                           gint64 lease_until_ms, gboolean *out_claimed, GError **error)
{
  static const char sql[] = "UPDATE notification SET tries = tries + 1, due_ms = $4"
                            " WHERE id = $1 AND tries = $2 AND due_ms <= $3";
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (record->id), store_int (record->tries),
                               store_int (now_ms), store_int (lease_until_ms)),
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
notification_record_renew (StoreTx *tx, NotificationRecord *record, gint64 lease_until_ms,
                           gboolean *out_renewed, GError **error)
{
  static const char sql[] =
      "UPDATE notification SET due_ms = $4 WHERE id = $1 AND tries = $2 AND due_ms = $3";
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (record->id), store_int (record->tries),
                               store_int (record->due_ms), store_int (lease_until_ms)),
                   &changes, error))
    return FALSE;
  *out_renewed = changes > 0;
  if (*out_renewed)
    record->due_ms = lease_until_ms;
  return TRUE;
}

gboolean
notification_record_hasten (StoreTx *tx, gint64 now_ms, gint64 before_ms, GError **error)
{
  static const char sql[] = "UPDATE notification SET due_ms = $1 WHERE due_ms > $1 AND due_ms < $2";
  return store_exec (tx, sql, STORE_ARGS (store_int (now_ms), store_int (before_ms)), NULL, error);
}

/* The first of a line that is not dead comes to be due, unless it is. */
static gboolean
promote_next (StoreTx *tx, const NotificationRecord *gone, gint64 now_ms, GError **error)
{
  static const char sql[] =
      "UPDATE notification SET due_ms = $3 WHERE sink = $1 AND deployment_id = $2"
      " AND due_ms IS NULL AND seq = (SELECT MIN (seq) FROM notification WHERE sink = $1"
      " AND deployment_id = $2 AND dead_ms IS NULL)";
  return store_exec (
      tx, sql,
      STORE_ARGS (store_text (gone->sink), store_text (gone->deployment_id), store_int (now_ms)),
      NULL, error);
}

gboolean
notification_record_delete (StoreTx *tx, const NotificationRecord *record, gint64 now_ms,
                            GError **error)
{
  static const char sql[] = "DELETE FROM notification WHERE id = $1";
  return store_exec (tx, sql, STORE_ARGS (store_text (record->id)), NULL, error) &&
         promote_next (tx, record, now_ms, error);
}

gboolean
notification_record_put_off (StoreTx *tx, const NotificationRecord *record, GError **error)
{
  static const char sql[] = "UPDATE notification SET due_ms = $3, failures = $4, failure = $5"
                            " WHERE id = $1 AND tries = $2 AND dead_ms IS NULL";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->id), store_int (record->tries),
                                 store_int (record->due_ms), store_int (record->failures),
                                 store_text (record->failure)),
                     NULL, error);
}

gboolean
notification_record_bury (StoreTx *tx, const NotificationRecord *record, gint64 now_ms,
                          GError **error)
{
  static const char sql[] =
      "UPDATE notification SET due_ms = NULL, dead_ms = $3, failures = $4, failure = $5"
      " WHERE id = $1 AND tries = $2 AND dead_ms IS NULL";
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (record->id), store_int (record->tries),
                               store_int (now_ms), store_int (record->failures),
                               store_text (record->failure)),
                   &changes, error))
    return FALSE;
  return changes == 0 || promote_next (tx, record, now_ms, error);
}

gboolean
notification_record_retry (StoreTx *tx, const NotificationRecord *record, gint64 now_ms,
                           gboolean *out_due, GError **error)
{
  static const char now[] = "UPDATE notification SET due_ms = $2, since_ms = $2, failures = 0"
                            " WHERE id = $1 AND due_ms IS NOT NULL";
  static const char again[] =
      "UPDATE notification SET dead_ms = NULL, due_ms = $3, since_ms = $2, failures = 0,"
      " tries = tries + 1, seq = $4 WHERE id = $1";
  g_autoptr (Arena) arena = arena_new ();
  NotificationRecord *last;
  *out_due = record->dead_ms != 0 || record->due_ms != 0;
  if (record->dead_ms == 0)
    return store_exec (tx, now, STORE_ARGS (store_text (record->id), store_int (now_ms)), NULL,
                       error);
  if (!last_of_line (tx, record->sink, record->deployment_id, arena, &last, error))
    return FALSE;
  *out_due = last == NULL || last->dead_ms != 0;
  return store_exec (tx, again,
                     STORE_ARGS (store_text (record->id), store_int (now_ms),
                                 *out_due ? store_int (now_ms) : store_null (),
                                 store_int (last != NULL ? last->seq + 1 : 1)),
                     NULL, error);
}

gboolean
notification_record_forget_dead (StoreTx *tx, gint64 before_ms, gint64 *out_n, GError **error)
{
  static const char sql[] = "DELETE FROM notification WHERE dead_ms < $1";
  return store_exec (tx, sql, STORE_ARGS (store_int (before_ms)), out_n, error);
}

gboolean
notification_record_list (StoreTx *tx, const NotificationQuery *query, Arena *arena,
                          NotificationRecordList *out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM notification"
      " WHERE (CAST ($1 AS TEXT) IS NULL OR deployment_id = $1)"
      " AND ($2 = 0 OR dead_ms IS NOT NULL)"
      " AND (CAST ($4 AS TEXT) IS NULL OR create_ms > $3 OR (create_ms = $3 AND id > $4))"
      " ORDER BY create_ms, id LIMIT $5";
  return read_list (tx, sql,
                    STORE_ARGS (store_text (query->deployment_id), store_bool (query->only_dead),
                                store_int (query->after_ms), store_text (query->after_id),
                                store_int ((gint64)query->limit)),
                    arena, out, error);
}

/* ---- who listens ---- */

static gpointer
read_listener (StoreRows *rows, Arena *arena)
{
  ListenerRecord *record = arena_new0 (arena, ListenerRecord);
  record->deployment_id = arena_strdup (arena, store_rows_text (rows, 0));
  record->ordinal = store_rows_int (rows, 1);
  record->sink = arena_strdup (arena, store_rows_text (rows, 2));
  record->trigger_name = arena_strdup (arena, store_rows_text (rows, 3));
  record->events = store_rows_int (rows, 4);
  return record;
}

gboolean
listener_record_insert (StoreTx *tx, const ListenerRecord *record, GError **error)
{
  static const char sql[] =
      "INSERT INTO notification_listener (deployment_id, ordinal, sink, trigger_name, events)"
      " VALUES ($1, $2, $3, $4, $5)";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->deployment_id), store_int (record->ordinal),
                                 store_text (record->sink), store_text (record->trigger_name),
                                 store_int (record->events)),
                     NULL, error);
}

gboolean
listener_record_list (StoreTx *tx, const char *deployment_id, Arena *arena, ListenerRecordList *out,
                      GError **error)
{
  static const char sql[] = "SELECT deployment_id, ordinal, sink, trigger_name, events"
                            " FROM notification_listener WHERE deployment_id = $1 ORDER BY ordinal";
  gpointer *items;
  if (!row_read_all (tx, sql, STORE_ARGS (store_text (deployment_id)), read_listener, arena,
                     &out->n, &items, error))
    return FALSE;
  out->items = (ListenerRecord **)items;
  return TRUE;
}

gboolean
listener_record_delete_all (StoreTx *tx, const char *deployment_id, GError **error)
{
  static const char sql[] = "DELETE FROM notification_listener WHERE deployment_id = $1";
  return store_exec (tx, sql, STORE_ARGS (store_text (deployment_id)), NULL, error);
}
