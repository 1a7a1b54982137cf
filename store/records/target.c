#include "store/records/target.h"

#include <string.h>

#include "store/records/row-read.h"

#define SELECT_TARGETS                                                                             \
  "SELECT t.deployment_id, t.ordinal, t.target_id, t.target_arn, t.host_arn, t.plan, t.status,"    \
  " t.update_ms, t.attempt, t.events_json, t.failed_events_json, c.status, c.acknowledge_ms, "     \
  "t.zone"                                                                                         \
  " FROM target AS t"                                                                              \
  " LEFT JOIN host_command AS c ON c.deployment_id = t.deployment_id AND c.ordinal = t.ordinal"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  TargetRecord *record = arena_new0 (arena, TargetRecord);
  record->deployment_id = arena_strdup (arena, store_rows_text (rows, 0));
  record->ordinal = store_rows_int (rows, 1);
  record->target_id = arena_strdup (arena, store_rows_text (rows, 2));
  record->target_arn = arena_strdup (arena, store_rows_text (rows, 3));
  record->host_arn = arena_strdup (arena, store_rows_text (rows, 4));
  if (!lifecycle_plan_kind_from_name (store_rows_text (rows, 5), &record->plan) ||
      !target_status_from_name (store_rows_text (rows, 6), &record->status))
    g_assert_not_reached (); /* only this file writes the columns */
  record->update_ms = store_rows_int (rows, 7);
  record->attempt = store_rows_int (rows, 8);
  record->events_json = arena_strdup (arena, store_rows_text (rows, 9));
  record->failed_events_json = arena_strdup (arena, store_rows_text (rows, 10));
  record->has_command =
      command_status_from_name (store_rows_text (rows, 11), &record->command_status);
  record->command_acknowledge_ms = store_rows_int (rows, 12);
  record->zone = arena_strdup (arena, store_rows_text (rows, 13));
  return record;
}

static gboolean
read_list (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args, Arena *arena,
           TargetRecordList *out, GError **error)
{
  gpointer *items;
  if (!row_read_all (tx, sql, args, n_args, read_row, arena, &out->n, &items, error))
    return FALSE;
  out->items = (TargetRecord **)items;
  return TRUE;
}

gboolean
target_record_insert (StoreTx *tx, const TargetRecord *record, GError **error)
{
  static const char sql[] =
      "INSERT INTO target (deployment_id, ordinal, target_id, target_arn, host_arn, plan, status,"
      " update_ms, zone) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->deployment_id), store_int (record->ordinal),
                                 store_text (record->target_id), store_text (record->target_arn),
                                 store_text (record->host_arn),
                                 store_text (lifecycle_plan_kind_name (record->plan)),
                                 store_text (target_status_name (record->status)),
                                 store_int (record->update_ms), store_text (record->zone)),
                     NULL, error);
}

gboolean
target_record_update (StoreTx *tx, const TargetRecord *record, GError **error)
{
  static const char sql[] = "UPDATE target SET status = $3, update_ms = $4, events_json = $5,"
                            " attempt = $6, failed_events_json = $7"
                            " WHERE deployment_id = $1 AND ordinal = $2";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->deployment_id), store_int (record->ordinal),
                                 store_text (target_status_name (record->status)),
                                 store_int (record->update_ms), store_text (record->events_json),
                                 store_int (record->attempt),
                                 store_text (record->failed_events_json)),
                     NULL, error);
}

gboolean
target_record_get (StoreTx *tx, const char *deployment_id, gint64 ordinal, Arena *arena,
                   TargetRecord **out, GError **error)
{
  static const char sql[] = SELECT_TARGETS " WHERE t.deployment_id = $1 AND t.ordinal = $2";
  return row_read_one (tx, sql, STORE_ARGS (store_text (deployment_id), store_int (ordinal)),
                       read_row, arena, out, error);
}

gboolean
target_record_by_target_id (StoreTx *tx, const char *deployment_id, const char *target_id,
                            Arena *arena, TargetRecord **out, GError **error)
{
  static const char sql[] = SELECT_TARGETS " WHERE t.deployment_id = $1 AND t.target_id = $2";
  return row_read_one (tx, sql, STORE_ARGS (store_text (deployment_id), store_text (target_id)),
                       read_row, arena, out, error);
}

gboolean
target_record_by_host (StoreTx *tx, const char *deployment_id, const char *host_arn, Arena *arena,
                       TargetRecord **out, GError **error)
{
  /* Sorted by an expression, or the index of a deployment's targets in their order is walked for it. */
  static const char sql[] = SELECT_TARGETS " WHERE t.host_arn = $2 AND t.deployment_id = $1"
                                           " ORDER BY t.ordinal + 0 LIMIT 1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (deployment_id), store_text (host_arn)),
                       read_row, arena, out, error);
}

gboolean
target_record_pending (StoreTx *tx, const char *deployment_id, gint64 from, gsize limit,
                       Arena *arena, TargetRecordList *out, GError **error)
{
  static const char sql[] =
      SELECT_TARGETS " WHERE t.deployment_id = $1 AND t.ordinal >= $2 AND t.status = 'Pending'"
                     " ORDER BY t.ordinal LIMIT $3";
  return read_list (
      tx, sql, STORE_ARGS (store_text (deployment_id), store_int (from), store_int ((gint64)limit)),
      arena, out, error);
}

gboolean
target_record_ready (StoreTx *tx, const char *deployment_id, gsize limit, Arena *arena,
                     TargetRecordList *out, GError **error)
{
  /* The condition of the index target_ready. */
  static const char sql[] = SELECT_TARGETS
      " WHERE t.deployment_id = $1 AND t.status = 'Ready' ORDER BY t.ordinal LIMIT $2";
  return read_list (tx, sql, STORE_ARGS (store_text (deployment_id), store_int ((gint64)limit)),
                    arena, out, error);
}

static gint64
first_of (TargetLabel label)
{
  return label == TARGET_BLUE ? TARGET_FIRST_BLUE : 0;
}

static gint64
end_of (TargetLabel label)
{
  return label == TARGET_GREEN ? TARGET_FIRST_BLUE : G_MAXINT64;
}

gboolean
target_record_of_label (StoreTx *tx, const char *deployment_id, TargetLabel label, Arena *arena,
                        TargetRecordList *out, GError **error)
{
  static const char sql[] = SELECT_TARGETS " WHERE t.deployment_id = $1 AND t.ordinal >= $2"
                                           " AND t.ordinal < $3 ORDER BY t.ordinal";
  return read_list (tx, sql,
                    STORE_ARGS (store_text (deployment_id), store_int (first_of (label)),
                                store_int (end_of (label))),
                    arena, out, error);
}

gboolean
target_record_count_label (StoreTx *tx, const char *deployment_id, TargetLabel label,
                           gint64 *out_count, GError **error)
{
  static const char sql[] =
      "SELECT COUNT(*) FROM target WHERE deployment_id = $1 AND ordinal >= $2 AND ordinal < $3";
  return row_read_int (tx, sql,
                       STORE_ARGS (store_text (deployment_id), store_int (first_of (label)),
                                   store_int (end_of (label))),
                       out_count, error);
}

typedef struct {
  TargetStatus status;
  gint64 n;
} StatusCount;

static gpointer
read_count (StoreRows *rows, Arena *arena)
{
  StatusCount *count = arena_new0 (arena, StatusCount);
  if (!target_status_from_name (store_rows_text (rows, 0), &count->status))
    g_assert_not_reached (); /* only this file writes the column */
  count->n = store_rows_int (rows, 1);
  return count;
}

gboolean
target_record_count (StoreTx *tx, const char *deployment_id, TargetCounts *out, GError **error)
{
  static const char sql[] =
      "SELECT status, COUNT(*) FROM target WHERE deployment_id = $1 GROUP BY status";
  g_autoptr (Arena) arena = arena_new ();
  gsize n;
  gpointer *items;
  if (!row_read_all (tx, sql, STORE_ARGS (store_text (deployment_id)), read_count, arena, &n,
                     &items, error))
    return FALSE;
  *out = (TargetCounts){ { 0 } };
  for (gsize i = 0; i < n; i++) {
    const StatusCount *count = items[i];
    out->n[count->status] = count->n;
  }
  return TRUE;
}

gboolean
target_record_skip_waiting (StoreTx *tx, const char *deployment_id, gint64 now_ms, GError **error)
{
  static const char sql[] = "UPDATE target SET status = 'Skipped', update_ms = $2"
                            " WHERE deployment_id = $1 AND status IN ('Pending', 'Ready')";
  return store_exec (tx, sql, STORE_ARGS (store_text (deployment_id), store_int (now_ms)), NULL,
                     error);
}

gboolean
target_record_ids (StoreTx *tx, const char *deployment_id, TargetLabel label, const char *statuses,
                   gint64 after, gsize limit, Arena *arena, TargetRecordList *out, GError **error)
{
  static const char sql[] = SELECT_TARGETS " WHERE t.deployment_id = $1 AND t.ordinal > $2"
                                           " AND ($3 = '' OR $3 LIKE '%,' || t.status || ',%')"
                                           " AND t.ordinal < $5 ORDER BY t.ordinal LIMIT $4";
  return read_list (tx, sql,
                    STORE_ARGS (store_text (deployment_id),
                                store_int (MAX (after, first_of (label) - 1)),
                                store_text (statuses != NULL ? statuses : ""),
                                store_int ((gint64)limit), store_int (end_of (label))),
                    arena, out, error);
}

/* --- health --- */

static gpointer
read_health (StoreRows *rows, Arena *arena)
{
  TargetHealthRecord *record = arena_new0 (arena, TargetHealthRecord);
  record->target_arn = arena_strdup (arena, store_rows_text (rows, 0));
  record->healthy = store_rows_bool (rows, 1);
  record->revision_number = store_rows_int (rows, 2);
  return record;
}

#define SELECT_HEALTH "SELECT target_arn, healthy, revision_number FROM target_health"

gboolean
target_health_record_get (StoreTx *tx, const char *group_id, const char *target_arn, Arena *arena,
                          TargetHealthRecord **out, GError **error)
{
  static const char sql[] = SELECT_HEALTH " WHERE group_id = $1 AND target_arn = $2";
  return row_read_one (tx, sql, STORE_ARGS (store_text (group_id), store_text (target_arn)),
                       read_health, arena, out, error);
}

gboolean
target_health_record_list (StoreTx *tx, const char *group_id, Arena *arena,
                           TargetHealthRecordList *out, GError **error)
{
  static const char sql[] = SELECT_HEALTH " WHERE group_id = $1";
  gpointer *items;
  if (!row_read_all (tx, sql, STORE_ARGS (store_text (group_id)), read_health, arena, &out->n,
                     &items, error))
    return FALSE;
  out->items = (TargetHealthRecord **)items;
  return TRUE;
}

gboolean
target_health_record_succeeded (StoreTx *tx, const char *group_id, const char *target_arn,
                                const char *deployment_id, gint64 revision_number, GError **error)
{
  static const char sql[] =
      "INSERT INTO target_health (group_id, target_arn, healthy, revision_number, deployment_id)"
      " VALUES ($1, $2, 1, $3, $4) ON CONFLICT (group_id, target_arn)"
      " DO UPDATE SET healthy = 1, revision_number = $3, deployment_id = $4";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (group_id), store_text (target_arn),
                                 store_int (revision_number), store_text (deployment_id)),
                     NULL, error);
}

gboolean
target_health_record_failed (StoreTx *tx, const char *group_id, const char *target_arn,
                             const char *deployment_id, GError **error)
{
  static const char sql[] =
      "INSERT INTO target_health (group_id, target_arn, healthy, deployment_id)"
      " VALUES ($1, $2, 0, $3) ON CONFLICT (group_id, target_arn)"
      " DO UPDATE SET healthy = 0, deployment_id = $3";
  return store_exec (
      tx, sql,
      STORE_ARGS (store_text (group_id), store_text (target_arn), store_text (deployment_id)), NULL,
      error);
}

gboolean
target_health_record_forget_failed (StoreTx *tx, const char *group_id, const char *deployment_id,
                                    gint64 target_revision, GError **error)
{
  static const char sql[] =
      "UPDATE target_health SET revision_number = NULL WHERE group_id = $1 AND deployment_id = $2"
      " AND healthy = 0 AND revision_number = $3";
  return store_exec (
      tx, sql,
      STORE_ARGS (store_text (group_id), store_text (deployment_id), store_int (target_revision)),
      NULL, error);
}

static gpointer
read_outdated (StoreRows *rows, Arena *arena)
{
  FleetInstance *instance = arena_new0 (arena, FleetInstance);
  instance->arn = arena_strdup (arena, store_rows_text (rows, 0));
  const char *slash = strrchr (instance->arn, '/');
  instance->name = slash != NULL ? slash + 1 : instance->arn;
  return instance;
}

gboolean
target_health_record_outdated (StoreTx *tx, const char *group_id, gint64 revision_number,
                               gint64 since_ms, Arena *arena, FleetInstanceList *out,
                               GError **error)
{
  static const char sql[] =
      "SELECT h.target_arn FROM target_health AS h JOIN deployment AS d ON d.id = h.deployment_id"
      " WHERE h.group_id = $1 AND h.healthy = 1 AND h.revision_number <> $2"
      " AND d.creator = 'autoscaling' AND d.complete_ms >= $3 AND NOT EXISTS (SELECT 1 FROM"
      " scaling_wait AS w WHERE w.group_id = h.group_id AND w.host_arn = h.target_arn)"
      " ORDER BY h.target_arn";
  gpointer *items;
  if (!row_read_all (
          tx, sql,
          STORE_ARGS (store_text (group_id), store_int (revision_number), store_int (since_ms)),
          read_outdated, arena, &out->n, &items, error))
    return FALSE;
  out->items = (FleetInstance **)items;
  return TRUE;
}
