#include "store/records/deployment-config.h"

#include "store/records/row-read.h"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  DeploymentConfigRecord *record = arena_new0 (arena, DeploymentConfigRecord);
  record->id = arena_strdup (arena, store_rows_text (rows, 0));
  record->name = arena_strdup (arena, store_rows_text (rows, 1));
  if (!compute_platform_from_name (store_rows_text (rows, 2), &record->compute_platform))
    g_assert_not_reached (); /* only this file writes the column */
  record->settings_json = arena_strdup (arena, store_rows_text (rows, 3));
  record->create_ms = store_rows_int (rows, 4);
  return record;
}

gboolean
deployment_config_record_insert (StoreTx *tx, const DeploymentConfigRecord *record,
                                 gboolean *out_taken, GError **error)
{
  static const char sql[] =
      "INSERT INTO deployment_config (id, name, compute_platform, settings_json, create_ms)"
      " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (record->id), store_text (record->name),
                               store_text (compute_platform_name (record->compute_platform)),
                               store_text (record->settings_json), store_int (record->create_ms)),
                   &changes, error))
    return FALSE;
  *out_taken = changes == 0;
  return TRUE;
}

gboolean
deployment_config_record_by_name (StoreTx *tx, const char *name, Arena *arena,
                                  DeploymentConfigRecord **out, GError **error)
{
  static const char sql[] = "SELECT id, name, compute_platform, settings_json, create_ms"
                            " FROM deployment_config WHERE name = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (name)), read_row, arena, out, error);
}

gboolean
deployment_config_record_count (StoreTx *tx, gint64 limit, gint64 *out_count, GError **error)
{
  static const char sql[] =
      "SELECT COUNT(*) FROM (SELECT 1 FROM deployment_config LIMIT $1) AS counted";
  return row_read_int (tx, sql, STORE_ARGS (store_int (limit)), out_count, error);
}

gboolean
deployment_config_record_names (StoreTx *tx, const char *after, gsize limit, Arena *arena,
                                NameList *out, GError **error)
{
  static const char sql[] =
      "SELECT name FROM deployment_config WHERE name > $1 ORDER BY name LIMIT $2";
  return name_list_query (tx, sql,
                          STORE_ARGS (store_text (after ? after : ""), store_int ((gint64)limit)),
                          arena, out, error);
}

gboolean
deployment_config_record_delete (StoreTx *tx, const char *name, GError **error)
{
  static const char sql[] = "DELETE FROM deployment_config WHERE name = $1";
  return store_exec (tx, sql, STORE_ARGS (store_text (name)), NULL, error);
}
