#include "store/records/scaling-wait.h"

#include "store/records/row-read.h"

#define COLUMNS                                                                                    \
  "hook, instance_id, group_id, auto_scaling_group, host_arn, deployment_id, begin_ms, done_ms"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  ScalingWait *wait = arena_new0 (arena, ScalingWait);
  wait->hook = arena_strdup (arena, store_rows_text (rows, 0));
  wait->instance_id = arena_strdup (arena, store_rows_text (rows, 1));
  wait->group_id = arena_strdup (arena, store_rows_text (rows, 2));
  wait->auto_scaling_group = arena_strdup (arena, store_rows_text (rows, 3));
  wait->host_arn = arena_strdup (arena, store_rows_text (rows, 4));
  wait->deployment_id = arena_strdup (arena, store_rows_text (rows, 5));
  wait->begin_ms = store_rows_int (rows, 6);
  wait->done_ms = store_rows_int (rows, 7);
  return wait;
}

gboolean
scaling_wait_insert (StoreTx *tx, const ScalingWait *wait, GError **error)
{
  static const char sql[] =
      "INSERT INTO scaling_wait (hook, instance_id, group_id, auto_scaling_group, host_arn,"
      " deployment_id, begin_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (wait->hook), store_text (wait->instance_id),
                                 store_text (wait->group_id), store_text (wait->auto_scaling_group),
                                 store_text (wait->host_arn), store_text (wait->deployment_id),
                                 store_int (wait->begin_ms)),
                     NULL, error);
}

gboolean
scaling_wait_get (StoreTx *tx, const char *hook, const char *instance_id, Arena *arena,
                  ScalingWait **out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM scaling_wait WHERE hook = $1 AND instance_id = $2";
  return row_read_one (tx, sql, STORE_ARGS (store_text (hook), store_text (instance_id)), read_row,
                       arena, out, error);
}

static gboolean
read_list (StoreTx *tx, const char *sql, const char *id, Arena *arena, ScalingWaitList *out,
           GError **error)
{
  gpointer *items;
  if (!row_read_all (tx, sql, STORE_ARGS (store_text (id)), read_row, arena, &out->n, &items,
                     error))
    return FALSE;
  out->items = (ScalingWait **)items;
  return TRUE;
}

gboolean
scaling_wait_of_group (StoreTx *tx, const char *group_id, Arena *arena, ScalingWaitList *out,
                       GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM scaling_wait WHERE group_id = $1 ORDER BY instance_id, hook";
  return read_list (tx, sql, group_id, arena, out, error);
}

gboolean
scaling_wait_of_deployment (StoreTx *tx, const char *deployment_id, Arena *arena,
                            ScalingWaitList *out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM scaling_wait WHERE deployment_id = $1 ORDER BY instance_id, hook";
  return read_list (tx, sql, deployment_id, arena, out, error);
}

gboolean
scaling_wait_set_done (StoreTx *tx, const ScalingWait *wait, gint64 done_ms, GError **error)
{
  static const char sql[] =
      "UPDATE scaling_wait SET done_ms = $3 WHERE hook = $1 AND instance_id = $2";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (wait->hook), store_text (wait->instance_id),
                                 done_ms != 0 ? store_int (done_ms) : store_null ()),
                     NULL, error);
}

gboolean
scaling_wait_delete (StoreTx *tx, const ScalingWait *wait, GError **error)
{
  static const char sql[] = "DELETE FROM scaling_wait WHERE hook = $1 AND instance_id = $2";
  return store_exec (tx, sql, STORE_ARGS (store_text (wait->hook), store_text (wait->instance_id)),
                     NULL, error);
}
