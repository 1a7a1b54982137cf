#include "store/records/object.h"

#include <string.h>

#include "store/records/object-part.h"
#include "store/records/row-read.h"

#define COLUMNS                                                                                    \
  "bucket, key, version_id, sequence, is_latest, is_delete_marker, content_sha256, size, etag,"    \
  " modified_ms, headers, metadata, checksum_algorithm, checksum, checksum_type, tags,"            \
  " n_parts, upload_id"

static StoreValue
key_value (const char *key)
{
  return store_bytes (key, strlen (key));
}

static StoreValue
bound_value (const GBytes *bound)
{
  gsize size;
  gconstpointer bytes = g_bytes_get_data ((GBytes *)bound, &size);
  return store_bytes (bytes != NULL ? bytes : "", size);
}

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  ObjectRecord *record = arena_new0 (arena, ObjectRecord);
  gsize key_size;
  const guint8 *key = store_rows_bytes (rows, 1, &key_size);
  record->bucket = arena_strdup (arena, store_rows_text (rows, 0));
  record->key = arena_strndup (arena, (const char *)key, key_size);
  record->version_id = arena_strdup (arena, store_rows_text (rows, 2));
  record->sequence = store_rows_int (rows, 3);
  record->is_latest = store_rows_bool (rows, 4);
  record->is_delete_marker = store_rows_bool (rows, 5);
  record->content_sha256 = arena_strdup (arena, store_rows_text (rows, 6));
  record->size_bytes = store_rows_int (rows, 7);
  record->etag = arena_strdup (arena, store_rows_text (rows, 8));
  record->modified_ms = store_rows_int (rows, 9);
  record->headers = arena_strdup (arena, store_rows_text (rows, 10));
  record->metadata = arena_strdup (arena, store_rows_text (rows, 11));
  record->checksum_algorithm = arena_strdup (arena, store_rows_text (rows, 12));
  record->checksum = arena_strdup (arena, store_rows_text (rows, 13));
  record->checksum_type = arena_strdup (arena, store_rows_text (rows, 14));
  record->tags = arena_strdup (arena, store_rows_text (rows, 15));
  record->n_parts = store_rows_int (rows, 16);
  record->upload_id = arena_strdup (arena, store_rows_text (rows, 17));
  return record;
}

static gboolean
delete_version (StoreTx *tx, const char *bucket, const char *key, const char *version_id,
                Arena *arena, ObjectRecord **out, GError **error)
{
  static const char sql[] =
      "DELETE FROM object_version WHERE bucket = $1 AND key = $2 AND version_id = $3"
      " RETURNING " COLUMNS;
  if (!row_read_one (tx, sql,
                     STORE_ARGS (store_text (bucket), key_value (key), store_text (version_id)),
                     read_row, arena, out, error))
    return FALSE;
  return *out == NULL || (*out)->n_parts == 0 ||
         object_part_record_delete (tx, bucket, (*out)->sequence, error);
}

static gboolean
clear_latest (StoreTx *tx, const char *bucket, const char *key, GError **error)
{
  static const char sql[] =
      "UPDATE object_version SET is_latest = 0 WHERE bucket = $1 AND key = $2 AND is_latest = 1";
  return store_exec (tx, sql, STORE_ARGS (store_text (bucket), key_value (key)), NULL, error);
}

gboolean
object_record_put (StoreTx *tx, const ObjectRecord *record, Arena *arena,
                   const char **out_replaced_sha256, GError **error)
{
  static const char sql[] = "INSERT INTO object_version (" COLUMNS ") VALUES"
                            " ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
                            " $15, $16, $17)";
  ObjectRecord *replaced = NULL;
  if (!delete_version (tx, record->bucket, record->key, record->version_id, arena, &replaced,
                       error) ||
      !clear_latest (tx, record->bucket, record->key, error) ||
      !store_exec (tx, sql,
                   STORE_ARGS (store_text (record->bucket), key_value (record->key),
                               store_text (record->version_id), store_int (record->sequence),
                               store_bool (record->is_delete_marker),
                               store_text (record->content_sha256), store_int (record->size_bytes),
                               store_text (record->etag), store_int (record->modified_ms),
                               store_text (record->headers), store_text (record->metadata),
                               store_text (record->checksum_algorithm),
                               store_text (record->checksum), store_text (record->checksum_type),
                               store_text (record->tags), store_int (record->n_parts),
                               store_text (record->upload_id)),
                   NULL, error))
    return FALSE;
  *out_replaced_sha256 = replaced != NULL ? replaced->content_sha256 : NULL;
  return TRUE;
}

gboolean
object_record_set_tags (StoreTx *tx, const char *bucket, const char *key, const char *version_id,
                        const char *tags, gboolean *out_found, GError **error)
{
  static const char sql[] = "UPDATE object_version SET tags = $4 WHERE bucket = $1 AND key = $2"
                            " AND version_id = $3 AND is_delete_marker = 0";
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (bucket), key_value (key), store_text (version_id),
                               store_text (tags)),
                   &changes, error))
    return FALSE;
  *out_found = changes > 0;
  return TRUE;
}

gboolean
object_record_by_upload (StoreTx *tx, const char *bucket, const char *key, const char *upload_id,
                         Arena *arena, ObjectRecord **out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM object_version WHERE bucket = $1 AND key = $2 AND upload_id = $3"
      " ORDER BY sequence DESC LIMIT 1";
  return row_read_one (tx, sql,
                       STORE_ARGS (store_text (bucket), key_value (key), store_text (upload_id)),
                       read_row, arena, out, error);
}

gboolean
object_record_find (StoreTx *tx, const char *bucket, const char *key, const char *version_id,
                    Arena *arena, ObjectRecord **out, GError **error)
{
  static const char latest_sql[] =
      "SELECT " COLUMNS " FROM object_version WHERE bucket = $1 AND key = $2 AND is_latest = 1";
  static const char version_sql[] =
      "SELECT " COLUMNS " FROM object_version WHERE bucket = $1 AND key = $2 AND version_id = $3";
  return row_read_one (tx, version_id == NULL ? latest_sql : version_sql,
                       STORE_ARGS (store_text (bucket), key_value (key), store_text (version_id)),
                       read_row, arena, out, error);
}

gboolean
object_record_delete (StoreTx *tx, const char *bucket, const char *key, const char *version_id,
                      Arena *arena, ObjectRecord **out_deleted, GError **error)
{
  static const char promote_sql[] =
      "UPDATE object_version SET is_latest = 1 WHERE bucket = $1 AND key = $2 AND sequence ="
      " (SELECT MAX (sequence) FROM object_version WHERE bucket = $1 AND key = $2)";
  if (!delete_version (tx, bucket, key, version_id, arena, out_deleted, error))
    return FALSE;
  if (*out_deleted == NULL || !(*out_deleted)->is_latest)
    return TRUE;
  return store_exec (tx, promote_sql, STORE_ARGS (store_text (bucket), key_value (key)), NULL,
                     error);
}

gboolean
object_record_list (StoreTx *tx, const char *bucket, const GBytes *lower, const GBytes *upper,
                    gsize limit, Arena *arena, gsize *out_n, ObjectRecord ***out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM object_version WHERE bucket = $1 AND is_latest = 1"
      " AND is_delete_marker = 0 AND key >= $2 AND key < $3 ORDER BY key LIMIT $4";
  return row_read_all (tx, sql,
                       STORE_ARGS (store_text (bucket), bound_value (lower), bound_value (upper),
                                   store_int ((gint64)limit)),
                       read_row, arena, out_n, (gpointer **)out, error);
}

gboolean
object_record_list_versions (StoreTx *tx, const char *bucket, const GBytes *lower,
                             const GBytes *upper, gint64 below_sequence, gsize limit, Arena *arena,
                             gsize *out_n, ObjectRecord ***out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM object_version WHERE bucket = $1 AND key >= $2 AND key < $3"
      " AND (key <> $2 OR $4 = 0 OR sequence < $4) ORDER BY key, sequence DESC LIMIT $5";
  return row_read_all (tx, sql,
                       STORE_ARGS (store_text (bucket), bound_value (lower), bound_value (upper),
                                   store_int (below_sequence), store_int ((gint64)limit)),
                       read_row, arena, out_n, (gpointer **)out, error);
}

gboolean
object_record_bucket_in_use (StoreTx *tx, const char *bucket, gboolean *out_in_use, GError **error)
{
  static const char sql[] = "SELECT COUNT (*) FROM bucket WHERE name = $1 AND"
                            " (EXISTS (SELECT 1 FROM object_version WHERE bucket = $1) OR"
                            "  EXISTS (SELECT 1 FROM multipart_upload WHERE bucket = $1))";
  gint64 count;
  if (!row_read_int (tx, sql, STORE_ARGS (store_text (bucket)), &count, error))
    return FALSE;
  *out_in_use = count > 0;
  return TRUE;
}

gboolean
object_record_content_in_use (StoreTx *tx, const char *content_sha256, gboolean *out_in_use,
                              GError **error)
{
  static const char sql[] =
      "SELECT (SELECT COUNT (*) FROM (SELECT 1 FROM object_version WHERE content_sha256 = $1"
      " LIMIT 1) AS versions) + (SELECT COUNT (*) FROM (SELECT 1 FROM multipart_part"
      " WHERE content_sha256 = $1 LIMIT 1) AS parts)";
  gint64 count;
  if (!row_read_int (tx, sql, STORE_ARGS (store_text (content_sha256)), &count, error))
    return FALSE;
  *out_in_use = count > 0;
  return TRUE;
}
