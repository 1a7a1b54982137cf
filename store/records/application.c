#include "store/records/application.h"

#include "store/records/row-read.h"

#define COLUMNS                                                                                    \
  "id, name, compute_platform, create_ms, deleted_ms, github_token_name,"                          \
  " (SELECT COUNT(*) FROM github_token AS t WHERE t.name = application.github_token_name)"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  ApplicationRecord *record = arena_new0 (arena, ApplicationRecord);
  record->id = arena_strdup (arena, store_rows_text (rows, 0));
  record->name = arena_strdup (arena, store_rows_text (rows, 1));
  if (!compute_platform_from_name (store_rows_text (rows, 2), &record->compute_platform))
    g_assert_not_reached (); /* only this file writes the column */
  record->create_ms = store_rows_int (rows, 3);
  record->deleted_ms = store_rows_int (rows, 4);
  record->github_token_name = arena_strdup (arena, store_rows_text (rows, 5));
  record->github_token_is_there = store_rows_int (rows, 6) > 0;
  return record;
}

gboolean
application_record_insert (StoreTx *tx, const ApplicationRecord *record, gboolean *out_taken,
                           GError **error)
{
  static const char sql[] =
      "INSERT INTO application (id, name, compute_platform, create_ms) VALUES ($1, $2, $3, $4)"
      " ON CONFLICT DO NOTHING";
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (record->id), store_text (record->name),
                               store_text (compute_platform_name (record->compute_platform)),
                               store_int (record->create_ms)),
                   &changes, error))
    return FALSE;
  *out_taken = changes == 0;
  return TRUE;
}

gboolean
application_record_by_name (StoreTx *tx, const char *name, Arena *arena, ApplicationRecord **out,
                            GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM application WHERE name = $1 AND deleted_ms IS NULL";
  return row_read_one (tx, sql, STORE_ARGS (store_text (name)), read_row, arena, out, error);
}

gboolean
application_record_by_id (StoreTx *tx, const char *id, Arena *arena, ApplicationRecord **out,
                          GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM application WHERE id = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (id)), read_row, arena, out, error);
}

gboolean
application_record_count (StoreTx *tx, gint64 limit, gint64 *out_count, GError **error)
{
  static const char sql[] =
      "SELECT COUNT(*) FROM"
      " (SELECT 1 FROM application WHERE deleted_ms IS NULL LIMIT $1) AS counted";
  return row_read_int (tx, sql, STORE_ARGS (store_int (limit)), out_count, error);
}

gboolean
application_record_names (StoreTx *tx, const char *after, gsize limit, Arena *arena, NameList *out,
                          GError **error)
{
  /* Every name is greater than the empty one. */
  static const char sql[] = "SELECT name FROM application WHERE deleted_ms IS NULL AND name > $1"
                            " ORDER BY name LIMIT $2";
  return name_list_query (tx, sql,
                          STORE_ARGS (store_text (after ? after : ""), store_int ((gint64)limit)),
                          arena, out, error);
}

gboolean
application_record_rename (StoreTx *tx, const char *id, const char *name, gboolean *out_taken,
                           GError **error)
{
  static const char sql[] =
      "UPDATE application SET name = $2 WHERE id = $1 AND NOT EXISTS"
      " (SELECT 1 FROM application AS other"
      "   WHERE other.name = $2 AND other.deleted_ms IS NULL AND other.id <> $1)";
  gint64 changes;
  if (!store_exec (tx, sql, STORE_ARGS (store_text (id), store_text (name)), &changes, error))
    return FALSE;
  *out_taken = changes == 0;
  return TRUE;
}

gboolean
application_record_delete (StoreTx *tx, const char *id, gint64 now_ms, GError **error)
{
  static const char group_tags[] =
      "DELETE FROM resource_tag WHERE resource_id IN"
      " (SELECT id FROM deployment_group WHERE application_id = $1 AND deleted_ms IS NULL)";
  static const char tags[] = "DELETE FROM resource_tag WHERE resource_id = $1";
  static const char groups[] = "UPDATE deployment_group SET deleted_ms = $2 WHERE application_id = "
                               "$1 AND deleted_ms IS NULL";
  static const char revisions[] = "DELETE FROM revision WHERE application_id = $1";
  static const char application[] =
      "UPDATE application SET deleted_ms = $2 WHERE id = $1 AND deleted_ms IS NULL";
  return store_exec (tx, group_tags, STORE_ARGS (store_text (id)), NULL, error) &&
         store_exec (tx, tags, STORE_ARGS (store_text (id)), NULL, error) &&
         store_exec (tx, groups, STORE_ARGS (store_text (id), store_int (now_ms)), NULL, error) &&
         store_exec (tx, revisions, STORE_ARGS (store_text (id)), NULL, error) &&
         store_exec (tx, application, STORE_ARGS (store_text (id), store_int (now_ms)), NULL,
                     error);
}

gboolean
application_record_link (StoreTx *tx, const char *id, const char *github_token_name, GError **error)
{
  static const char sql[] = "UPDATE application SET github_token_name = $2 WHERE id = $1";
  return store_exec (tx, sql, STORE_ARGS (store_text (id), store_text (github_token_name)), NULL,
                     error);
}
