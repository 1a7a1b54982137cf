#include "store/records/deployment.h"

#include "store/records/row-read.h"

#define COLUMNS                                                                                    \
  "d.id, d.application_id, d.group_id, d.revision_number, d.config_name, d.healthy_type,"          \
  " d.healthy_value, d.creator, d.status, d.info_json, d.create_ms, d.start_ms, d.complete_ms,"    \
  " d.minimum_healthy, d.n_targets, d.n_pending, d.n_running, d.n_succeeded, d.n_failed,"          \
  " d.n_skipped, d.first_failure, d.ending, d.stop_rollback, d.error_code, d.error_message,"       \
  " d.rollback_id, d.rollback_of, d.rollback_message, a.name, g.name,"                             \
  " d.timeout_minutes, d.retries, d.maximum_batch, a.deleted_ms, d.phase, d.stage, d.wait,"        \
  " d.wait_until_ms, d.paused_ms, d.alarms_ms, d.alarm_warning, d.announces, d.n_stages,"          \
  " d.n_unhealthy, d.paused_by, d.total_left_ms, d.course, d.note, d.replaced_json, d.fleet_name," \
  " d.root_id, d.copied_fleet"

static DeploymentError
read_error (StoreRows *rows, int column)
{
  DeploymentError code = DEPLOYMENT_ERROR_NONE;
  const char *text = store_rows_text (rows, column);
  /* A code that a newer version wrote is still an error. */
  if (text != NULL && !deployment_error_from_name (text, &code))
    code = DEPLOYMENT_ERROR_INTERNAL_ERROR;
  return code;
}

/* The column holds the request's word; NULL when it said nothing. */
static StopRollback
read_stop_rollback (StoreRows *rows, int column)
{
  const char *text = store_rows_text (rows, column);
  if (text == NULL)
    return STOP_ROLLBACK_AS_CONFIGURED;
  return g_str_equal (text, "true") ? STOP_ROLLBACK_YES : STOP_ROLLBACK_NO;
}

static StoreValue
stop_rollback_or_null (StopRollback rollback)
{
  if (rollback == STOP_ROLLBACK_AS_CONFIGURED)
    return store_null ();
  return store_text (rollback == STOP_ROLLBACK_YES ? "true" : "false");
}

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  DeploymentRecord *record = arena_new0 (arena, DeploymentRecord);
  record->id = arena_strdup (arena, store_rows_text (rows, 0));
  record->application_id = arena_strdup (arena, store_rows_text (rows, 1));
  record->group_id = arena_strdup (arena, store_rows_text (rows, 2));
  record->revision_number = store_rows_int (rows, 3);
  record->config_name = arena_strdup (arena, store_rows_text (rows, 4));
  record->healthy.value = store_rows_int (rows, 6);
  if (!minimum_healthy_type_from_name (store_rows_text (rows, 5), &record->healthy.type) ||
      !deployment_creator_from_name (store_rows_text (rows, 7), &record->creator) ||
      !deployment_status_from_name (store_rows_text (rows, 8), &record->status))
    g_assert_not_reached (); /* only this file writes the columns */
  record->info_json = arena_strdup (arena, store_rows_text (rows, 9));
  record->create_ms = store_rows_int (rows, 10);
  record->start_ms = store_rows_int (rows, 11);
  record->complete_ms = store_rows_int (rows, 12);
  record->minimum_healthy = store_rows_int (rows, 13);
  record->n_targets = store_rows_int (rows, 14);
  record->n_pending = store_rows_int (rows, 15);
  record->n_running = store_rows_int (rows, 16);
  record->n_succeeded = store_rows_int (rows, 17);
  record->n_failed = store_rows_int (rows, 18);
  record->n_skipped = store_rows_int (rows, 19);
  record->first_failure = arena_strdup (arena, store_rows_text (rows, 20));
  record->ending = read_error (rows, 21);
  record->stop_rollback = read_stop_rollback (rows, 22);
  record->error_code = read_error (rows, 23);
  record->error_message = arena_strdup (arena, store_rows_text (rows, 24));
  record->rollback_id = arena_strdup (arena, store_rows_text (rows, 25));
  record->rollback_of = arena_strdup (arena, store_rows_text (rows, 26));
  record->rollback_message = arena_strdup (arena, store_rows_text (rows, 27));
  record->application_name = arena_strdup (arena, store_rows_text (rows, 28));
  record->group_name = arena_strdup (arena, store_rows_text (rows, 29));
  record->options = (DeployOptions){ .timeout_minutes = store_rows_int (rows, 30),
                                     .retries = store_rows_int (rows, 31),
                                     .maximum_batch = store_rows_int (rows, 32) };
  record->application_deleted_ms = store_rows_int (rows, 33);
  record->stage = store_rows_int (rows, 35);
  record->wait_until_ms = store_rows_int (rows, 37);
  record->paused_ms = store_rows_int (rows, 38);
  record->alarms_ms = store_rows_int (rows, 39);
  record->alarm_warning = arena_strdup (arena, store_rows_text (rows, 40));
  record->announces = store_rows_int (rows, 41);
  record->n_stages = store_rows_int (rows, 42);
  record->n_unhealthy = store_rows_int (rows, 43);
  record->paused_by = arena_strdup (arena, store_rows_text (rows, 44));
  record->total_left_ms = store_rows_int (rows, 45);
  const char *wait = store_rows_text (rows, 36);
  record->note = arena_strdup (arena, store_rows_text (rows, 47));
  record->replaced_json = arena_strdup (arena, store_rows_text (rows, 48));
  record->fleet_name = arena_strdup (arena, store_rows_text (rows, 49));
  record->root_id = arena_strdup (arena, store_rows_text (rows, 50));
  record->copied_fleet = arena_strdup (arena, store_rows_text (rows, 51));
  if (!deployment_phase_from_name (store_rows_text (rows, 34), &record->phase) ||
      !course_from_name (store_rows_text (rows, 46), &record->course) ||
      (wait != NULL && !deployment_wait_from_name (wait, &record->wait)))
    g_assert_not_reached (); /* only this file writes the columns */
  return record;
}

static StoreValue
time_or_null (gint64 time_ms)
{
  return time_ms != 0 ? store_int (time_ms) : store_null ();
}

static StoreValue
error_or_null (DeploymentError code)
{
  return code != DEPLOYMENT_ERROR_NONE ? store_text (deployment_error_name (code)) : store_null ();
}

static StoreValue
wait_or_null (DeploymentWait wait)
{
  return wait != DEPLOYMENT_WAIT_NONE ? store_text (deployment_wait_name (wait)) : store_null ();
}

gboolean
deployment_record_insert (StoreTx *tx, const DeploymentRecord *record, gboolean *out_taken,
                          GError **error)
{
  static const char sql[] =
      "INSERT INTO deployment (id, application_id, group_id, revision_number, config_name,"
      " healthy_type, healthy_value, creator, status, info_json, create_ms, rollback_of,"
      " rollback_message, timeout_minutes, retries, maximum_batch, announces, note)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
      " ON CONFLICT (id) DO NOTHING";
  gint64 changes;
  if (!store_exec (
          tx, sql,
          STORE_ARGS (
              store_text (record->id), store_text (record->application_id),
              store_text (record->group_id), store_int (record->revision_number),
              store_text (record->config_name),
              store_text (minimum_healthy_type_name (record->healthy.type)),
              store_int (record->healthy.value),
              store_text (deployment_creator_name (record->creator)),
              store_text (deployment_status_name (record->status)), store_text (record->info_json),
              store_int (record->create_ms), store_text (record->rollback_of),
              store_text (record->rollback_message), store_int (record->options.timeout_minutes),
              store_int (record->options.retries), store_int (record->options.maximum_batch),
              store_int (record->announces), store_text (record->note)),
          &changes, error))
    return FALSE;
  *out_taken = changes == 0;
  return TRUE;
}

gboolean
deployment_record_update (StoreTx *tx, const DeploymentRecord *record, GError **error)
{
  static const char sql[] =
      "UPDATE deployment SET status = $2, start_ms = $3, complete_ms = $4, minimum_healthy = $5,"
      " n_targets = $6, n_pending = $7, n_running = $8, n_succeeded = $9, n_failed = $10,"
      " n_skipped = $11, first_failure = $12, ending = $13, stop_rollback = $14, error_code = $15,"
      " error_message = $16, rollback_id = $17, rollback_message = $18, phase = $19, stage = $20,"
      " wait = $21, wait_until_ms = $22, paused_ms = $23, alarms_ms = $24,"
      " alarm_warning = $25, n_stages = $26, n_unhealthy = $27, paused_by = $28,"
      " total_left_ms = $29, course = $30, note = $31, replaced_json = $32, fleet_name = $33,"
      " copied_fleet = $34"
      " WHERE id = $1";
  return store_exec (
      tx, sql,
      STORE_ARGS (store_text (record->id), store_text (deployment_status_name (record->status)),
                  time_or_null (record->start_ms), time_or_null (record->complete_ms),
                  store_int (record->minimum_healthy), store_int (record->n_targets),
                  store_int (record->n_pending), store_int (record->n_running),
                  store_int (record->n_succeeded), store_int (record->n_failed),
                  store_int (record->n_skipped), store_text (record->first_failure),
                  error_or_null (record->ending), stop_rollback_or_null (record->stop_rollback),
                  error_or_null (record->error_code), store_text (record->error_message),
                  store_text (record->rollback_id), store_text (record->rollback_message),
                  store_text (deployment_phase_name (record->phase)), store_int (record->stage),
                  wait_or_null (record->wait), time_or_null (record->wait_until_ms),
                  time_or_null (record->paused_ms), time_or_null (record->alarms_ms),
                  store_text (record->alarm_warning), store_int (record->n_stages),
                  store_int (record->n_unhealthy), store_text (record->paused_by),
                  time_or_null (record->total_left_ms), store_text (course_name (record->course)),
                  store_text (record->note), store_text (record->replaced_json),
                  store_text (record->fleet_name), store_text (record->copied_fleet)),
      NULL, error);
}

gboolean
deployment_record_went_with_application (const DeploymentRecord *record)
{
  return record->application_deleted_ms != 0 && record->complete_ms != 0 &&
         record->complete_ms < record->application_deleted_ms;
}

gboolean
deployment_record_by_id (StoreTx *tx, const char *id, Arena *arena, DeploymentRecord **out,
                         GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM deployment AS d"
                            " JOIN application AS a ON a.id = d.application_id"
                            " JOIN deployment_group AS g ON g.id = d.group_id WHERE d.id = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (id)), read_row, arena, out, error);
}

gboolean
deployment_record_active (StoreTx *tx, const char *group_id, Arena *arena, const char **out_id,
                          GError **error)
{
  static const char sql[] = "SELECT id FROM deployment WHERE group_id = $1 AND complete_ms IS NULL"
                            " AND creator NOT IN ('autoscaling', 'autoscalingTermination') LIMIT 1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (group_id)), row_read_text, arena, out_id,
                       error);
}

gboolean
deployment_record_count_active (StoreTx *tx, gint64 limit, gint64 *out_count, GError **error)
{
  static const char sql[] =
      "SELECT COUNT(*) FROM (SELECT 1 FROM deployment WHERE complete_ms IS NULL LIMIT $1)"
      " AS counted";
  return row_read_int (tx, sql, STORE_ARGS (store_int (limit)), out_count, error);
}

gboolean
deployment_record_set_root (StoreTx *tx, const char *id, const char *root_id, GError **error)
{
  static const char sql[] = "UPDATE deployment SET root_id = $2 WHERE id = $1";
  return store_exec (tx, sql, STORE_ARGS (store_text (id), store_text (root_id)), NULL, error);
}

gboolean
deployment_record_of_root (StoreTx *tx, const char *root_id, Arena *arena, NameList *out,
                           GError **error)
{
  static const char sql[] = "SELECT id FROM deployment WHERE root_id = $1 ORDER BY create_ms, id";
  return name_list_query (tx, sql, STORE_ARGS (store_text (root_id)), arena, out, error);
}

gboolean
deployment_record_count_active_targets (StoreTx *tx, gint64 *out_count, GError **error)
{
  /* The condition of the index deployment_active. A sum of BIGINT is of another type in PostgreSQL. */
  static const char sql[] =
      "SELECT CAST (COALESCE (SUM (n_targets), 0) AS BIGINT) FROM deployment"
      " WHERE complete_ms IS NULL AND creator NOT IN ('autoscaling', 'autoscalingTermination')";
  return row_read_int (tx, sql, STORE_NO_ARGS, out_count, error);
}

gboolean
deployment_record_uses_config (StoreTx *tx, const char *config_name, gboolean *out_used,
                               GError **error)
{
  /* The condition is the one of the index deployment_active, so only active ones are looked at. */
  static const char sql[] =
      "SELECT COUNT(*) FROM (SELECT 1 FROM deployment WHERE complete_ms IS NULL"
      " AND creator NOT IN ('autoscaling', 'autoscalingTermination') AND config_name = $1"
      " LIMIT 1) AS counted";
  gint64 count;
  if (!row_read_int (tx, sql, STORE_ARGS (store_text (config_name)), &count, error))
    return FALSE;
  *out_used = count > 0;
  return TRUE;
}

static gpointer
read_listed (StoreRows *rows, Arena *arena)
{
  DeploymentRecord *record = arena_new0 (arena, DeploymentRecord);
  record->id = arena_strdup (arena, store_rows_text (rows, 0));
  record->create_ms = store_rows_int (rows, 1);
  return record;
}

/* Newest first; of the same instant, by id. */
#define LIST_CONDITIONS                                                                            \
  " create_ms >= $1 AND create_ms < $2 AND (create_ms < $3 OR (create_ms = $3 AND id < $4))"       \
  " AND ($5 = '' OR $5 LIKE '%,' || status || ',%')"
#define LIST_ORDER " ORDER BY create_ms DESC, id DESC LIMIT $6"

gboolean
deployment_record_list (StoreTx *tx, const DeploymentQuery *query, Arena *arena,
                        DeploymentRecordList *out, GError **error)
{
  static const char all[] =
      "SELECT id, create_ms FROM deployment WHERE" LIST_CONDITIONS " AND NOT EXISTS"
      " (SELECT 1 FROM application AS a WHERE a.id = deployment.application_id"
      " AND a.deleted_ms > deployment.complete_ms)" LIST_ORDER;
  static const char of_group[] = "SELECT id, create_ms FROM deployment WHERE group_id = $7"
                                 " AND" LIST_CONDITIONS LIST_ORDER;
  gboolean first_page = query->after_id == NULL;
  const StoreValue args[] = {
    store_int (query->from_ms),
    store_int (query->before_ms),
    store_int (first_page ? G_MAXINT64 : query->after_ms),
    store_text (first_page ? "" : query->after_id),
    store_text (query->statuses != NULL ? query->statuses : ""),
    store_int ((gint64)query->limit),
    store_text (query->group_id),
  };
  gsize n_args = G_N_ELEMENTS (args) - (query->group_id == NULL ? 1 : 0);
  gpointer *items;
  if (!row_read_all (tx, query->group_id == NULL ? all : of_group, args, n_args, read_listed, arena,
                     &out->n, &items, error))
    return FALSE;
  out->items = (DeploymentRecord **)items;
  return TRUE;
}
