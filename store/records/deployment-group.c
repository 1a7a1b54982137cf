#include "store/records/deployment-group.h"

#include "store/records/row-read.h"

#define COLUMNS                                                                                    \
  "id, application_id, name, deployment_config_name, service_role_arn, settings_json,"             \
  " ecs_service, create_ms, target_revision_number, last_attempted_deployment_id,"                 \
  " last_successful_deployment_id, deleted_ms, new_hosts"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  DeploymentGroupRecord *record = arena_new0 (arena, DeploymentGroupRecord);
  record->id = arena_strdup (arena, store_rows_text (rows, 0));
  record->application_id = arena_strdup (arena, store_rows_text (rows, 1));
  record->name = arena_strdup (arena, store_rows_text (rows, 2));
  record->deployment_config_name = arena_strdup (arena, store_rows_text (rows, 3));
  record->service_role_arn = arena_strdup (arena, store_rows_text (rows, 4));
  record->settings_json = arena_strdup (arena, store_rows_text (rows, 5));
  record->ecs_service = arena_strdup (arena, store_rows_text (rows, 6));
  record->create_ms = store_rows_int (rows, 7);
  record->target_revision_number = store_rows_int (rows, 8);
  record->last_attempted_deployment_id = arena_strdup (arena, store_rows_text (rows, 9));
  record->last_successful_deployment_id = arena_strdup (arena, store_rows_text (rows, 10));
  record->deleted_ms = store_rows_int (rows, 11);
  record->new_hosts = store_rows_bool (rows, 12);
  return record;
}

/* Whether another living group holds the ECS service. */
static gboolean
ecs_service_is_taken (StoreTx *tx, const DeploymentGroupRecord *record, gboolean *out_taken,
                      GError **error)
{
  static const char sql[] = "SELECT COUNT(*) FROM deployment_group"
                            " WHERE ecs_service = $1 AND deleted_ms IS NULL AND id <> $2";
  if (record->ecs_service == NULL) {
    *out_taken = FALSE;
    return TRUE;
  }
  gint64 others;
  if (!row_read_int (tx, sql,
                     STORE_ARGS (store_text (record->ecs_service), store_text (record->id)),
                     &others, error))
    return FALSE;
  *out_taken = others > 0;
  return TRUE;
}

gboolean
deployment_group_record_insert (StoreTx *tx, const DeploymentGroupRecord *record,
                                DeploymentGroupWrite *out_result, GError **error)
{
  static const char sql[] =
      "INSERT INTO deployment_group (id, application_id, name, deployment_config_name,"
      " service_role_arn, settings_json, ecs_service, create_ms, new_hosts)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
  gboolean ecs_taken;
  if (!ecs_service_is_taken (tx, record, &ecs_taken, error))
    return FALSE;
  if (ecs_taken) {
    *out_result = DEPLOYMENT_GROUP_ECS_SERVICE_TAKEN;
    return TRUE;
  }
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (record->id), store_text (record->application_id),
                               store_text (record->name),
                               store_text (record->deployment_config_name),
                               store_text (record->service_role_arn),
                               store_text (record->settings_json), store_text (record->ecs_service),
                               store_int (record->create_ms), store_bool (record->new_hosts)),
                   &changes, error))
    return FALSE;
  *out_result = changes > 0 ? DEPLOYMENT_GROUP_WRITTEN : DEPLOYMENT_GROUP_NAME_TAKEN;
  return TRUE;
}

gboolean
deployment_group_record_update (StoreTx *tx, const DeploymentGroupRecord *record,
                                DeploymentGroupWrite *out_result, GError **error)
{
  static const char sql[] =
      "UPDATE deployment_group SET name = $3, deployment_config_name = $4, service_role_arn = $5,"
      " settings_json = $6, ecs_service = $7, new_hosts = $8 WHERE id = $1 AND NOT EXISTS"
      " (SELECT 1 FROM deployment_group AS other WHERE other.application_id = $2"
      "   AND other.name = $3 AND other.deleted_ms IS NULL AND other.id <> $1)";
  gboolean ecs_taken;
  if (!ecs_service_is_taken (tx, record, &ecs_taken, error))
    return FALSE;
  if (ecs_taken) {
    *out_result = DEPLOYMENT_GROUP_ECS_SERVICE_TAKEN;
    return TRUE;
  }
  gint64 changes;
  if (!store_exec (
          tx, sql,
          STORE_ARGS (store_text (record->id), store_text (record->application_id),
                      store_text (record->name), store_text (record->deployment_config_name),
                      store_text (record->service_role_arn), store_text (record->settings_json),
                      store_text (record->ecs_service), store_bool (record->new_hosts)),
          &changes, error))
    return FALSE;
  *out_result = changes > 0 ? DEPLOYMENT_GROUP_WRITTEN : DEPLOYMENT_GROUP_NAME_TAKEN;
  return TRUE;
}

gboolean
deployment_group_record_with_new_hosts (StoreTx *tx, Arena *arena, NameList *out, GError **error)
{
  /* The condition of the index deployment_group_with_new_hosts. */
  static const char sql[] = "SELECT id FROM deployment_group WHERE new_hosts = 1"
                            " AND deleted_ms IS NULL ORDER BY id";
  return name_list_query (tx, sql, STORE_NO_ARGS, arena, out, error);
}

gboolean
deployment_group_record_by_name (StoreTx *tx, const char *application_id, const char *name,
                                 Arena *arena, DeploymentGroupRecord **out, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM deployment_group"
                            " WHERE application_id = $1 AND name = $2 AND deleted_ms IS NULL";
  return row_read_one (tx, sql, STORE_ARGS (store_text (application_id), store_text (name)),
                       read_row, arena, out, error);
}

gboolean
deployment_group_record_by_id (StoreTx *tx, const char *id, Arena *arena,
                               DeploymentGroupRecord **out, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM deployment_group WHERE id = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (id)), read_row, arena, out, error);
}

gboolean
deployment_group_record_count (StoreTx *tx, const char *application_id, gint64 limit,
                               gint64 *out_count, GError **error)
{
  static const char sql[] =
      "SELECT COUNT(*) FROM (SELECT 1 FROM deployment_group"
      " WHERE application_id = $1 AND deleted_ms IS NULL LIMIT $2) AS counted";
  return row_read_int (tx, sql, STORE_ARGS (store_text (application_id), store_int (limit)),
                       out_count, error);
}

gboolean
deployment_group_record_names (StoreTx *tx, const char *application_id, const char *after,
                               gsize limit, Arena *arena, NameList *out, GError **error)
{
  static const char sql[] = "SELECT name FROM deployment_group"
                            " WHERE application_id = $1 AND deleted_ms IS NULL AND name > $2"
                            " ORDER BY name LIMIT $3";
  return name_list_query (tx, sql,
                          STORE_ARGS (store_text (application_id), store_text (after ? after : ""),
                                      store_int ((gint64)limit)),
                          arena, out, error);
}

gboolean
deployment_group_record_ids (StoreTx *tx, const char *application_id, Arena *arena, NameList *out,
                             GError **error)
{
  static const char sql[] =
      "SELECT id FROM deployment_group WHERE application_id = $1 AND deleted_ms IS NULL";
  return name_list_query (tx, sql, STORE_ARGS (store_text (application_id)), arena, out, error);
}

gboolean
deployment_group_record_names_by_target (StoreTx *tx, const char *application_id,
                                         gint64 revision_number, Arena *arena, NameList *out,
                                         GError **error)
{
  static const char sql[] = "SELECT name FROM deployment_group WHERE application_id = $1"
                            " AND target_revision_number = $2 AND deleted_ms IS NULL ORDER BY name";
  return name_list_query (tx, sql,
                          STORE_ARGS (store_text (application_id), store_int (revision_number)),
                          arena, out, error);
}

gboolean
deployment_group_record_uses_config (StoreTx *tx, const char *config_name, gboolean *out_used,
                                     GError **error)
{
  static const char sql[] =
      "SELECT COUNT(*) FROM (SELECT 1 FROM deployment_group"
      " WHERE deployment_config_name = $1 AND deleted_ms IS NULL LIMIT 1) AS counted";
  gint64 count;
  if (!row_read_int (tx, sql, STORE_ARGS (store_text (config_name)), &count, error))
    return FALSE;
  *out_used = count > 0;
  return TRUE;
}

gboolean
deployment_group_record_delete (StoreTx *tx, const char *id, gint64 now_ms, GError **error)
{
  static const char tags[] = "DELETE FROM resource_tag WHERE resource_id = $1";
  static const char group[] =
      "UPDATE deployment_group SET deleted_ms = $2 WHERE id = $1 AND deleted_ms IS NULL";
  return store_exec (tx, tags, STORE_ARGS (store_text (id)), NULL, error) &&
         store_exec (tx, group, STORE_ARGS (store_text (id), store_int (now_ms)), NULL, error);
}

gboolean
deployment_group_record_set_attempted (StoreTx *tx, const char *id, const char *deployment_id,
                                       GError **error)
{
  static const char sql[] =
      "UPDATE deployment_group SET last_attempted_deployment_id = $2 WHERE id = $1";
  return store_exec (tx, sql, STORE_ARGS (store_text (id), store_text (deployment_id)), NULL,
                     error);
}

gboolean
deployment_group_record_set_succeeded (StoreTx *tx, const char *id, const char *deployment_id,
                                       gint64 revision_number, GError **error)
{
  static const char sql[] = "UPDATE deployment_group SET last_successful_deployment_id = $2,"
                            " target_revision_number = $3 WHERE id = $1";
  return store_exec (
      tx, sql,
      STORE_ARGS (store_text (id), store_text (deployment_id), store_int (revision_number)), NULL,
      error);
}
