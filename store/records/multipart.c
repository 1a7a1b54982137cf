#include "store/records/multipart.h"

#include <string.h>

#include "store/records/row-read.h"

#define COLUMNS                                                                                    \
  "upload_id, bucket, key, start_ms, headers, metadata, checksum_algorithm, checksum_type,"        \
  " tags, initiator"
#define PART_COLUMNS "number, content_sha256, size, etag, modified_ms, checksum"

static StoreValue
key_value (const char *key)
{
  return store_bytes (key, strlen (key));
}

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  MultipartRecord *record = arena_new0 (arena, MultipartRecord);
  gsize key_size;
  const guint8 *key = store_rows_bytes (rows, 2, &key_size);
  record->upload_id = arena_strdup (arena, store_rows_text (rows, 0));
  record->bucket = arena_strdup (arena, store_rows_text (rows, 1));
  record->key = arena_strndup (arena, (const char *)key, key_size);
  record->start_ms = store_rows_int (rows, 3);
  record->headers = arena_strdup (arena, store_rows_text (rows, 4));
  record->metadata = arena_strdup (arena, store_rows_text (rows, 5));
  record->checksum_algorithm = arena_strdup (arena, store_rows_text (rows, 6));
  record->checksum_type = arena_strdup (arena, store_rows_text (rows, 7));
  record->tags = arena_strdup (arena, store_rows_text (rows, 8));
  record->initiator = arena_strdup (arena, store_rows_text (rows, 9));
  return record;
}

static gpointer
read_part_row (StoreRows *rows, Arena *arena)
{
  MultipartPartRecord *part = arena_new0 (arena, MultipartPartRecord);
  part->number = store_rows_int (rows, 0);
  part->content_sha256 = arena_strdup (arena, store_rows_text (rows, 1));
  part->size_bytes = store_rows_int (rows, 2);
  part->etag = arena_strdup (arena, store_rows_text (rows, 3));
  part->modified_ms = store_rows_int (rows, 4);
  part->checksum = arena_strdup (arena, store_rows_text (rows, 5));
  return part;
}

gboolean
multipart_record_insert (StoreTx *tx, const MultipartRecord *record, GError **error)
{
  static const char sql[] =
      "INSERT INTO multipart_upload (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
      " $9, $10)";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->upload_id), store_text (record->bucket),
                                 key_value (record->key), store_int (record->start_ms),
                                 store_text (record->headers), store_text (record->metadata),
                                 store_text (record->checksum_algorithm),
                                 store_text (record->checksum_type), store_text (record->tags),
                                 store_text (record->initiator)),
                     NULL, error);
}

gboolean
multipart_record_find (StoreTx *tx, const char *upload_id, const char *bucket, const char *key,
                       Arena *arena, MultipartRecord **out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM multipart_upload WHERE upload_id = $1 AND bucket = $2 AND key = $3";
  return row_read_one (tx, sql,
                       STORE_ARGS (store_text (upload_id), store_text (bucket), key_value (key)),
                       read_row, arena, out, error);
}

gboolean
multipart_record_delete (StoreTx *tx, const char *upload_id, GError **error)
{
  static const char parts_sql[] = "DELETE FROM multipart_part WHERE upload_id = $1";
  static const char upload_sql[] = "DELETE FROM multipart_upload WHERE upload_id = $1";
  return store_exec (tx, parts_sql, STORE_ARGS (store_text (upload_id)), NULL, error) &&
         store_exec (tx, upload_sql, STORE_ARGS (store_text (upload_id)), NULL, error);
}

static StoreValue
bound_value (const GBytes *bound)
{
  gsize size;
  gconstpointer bytes = g_bytes_get_data ((GBytes *)bound, &size);
  return store_bytes (bytes != NULL ? bytes : "", size);
}

gboolean
multipart_record_list (StoreTx *tx, const char *bucket, const GBytes *lower, const GBytes *upper,
                       const char *after_upload_id, gsize limit, Arena *arena, gsize *out_n,
                       MultipartRecord ***out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM multipart_upload WHERE bucket = $1 AND key >= $2 AND key < $3"
      " AND (key <> $2 OR upload_id > $4) ORDER BY key, upload_id LIMIT $5";
  return row_read_all (tx, sql,
                       STORE_ARGS (store_text (bucket), bound_value (lower), bound_value (upper),
                                   store_text (after_upload_id), store_int ((gint64)limit)),
                       read_row, arena, out_n, (gpointer **)out, error);
}

gboolean
multipart_record_stale (StoreTx *tx, gint64 before_ms, gsize limit, Arena *arena, gsize *out_n,
                        MultipartRecord ***out, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM multipart_upload WHERE start_ms < $1"
                            " ORDER BY start_ms LIMIT $2";
  return row_read_all (tx, sql, STORE_ARGS (store_int (before_ms), store_int ((gint64)limit)),
                       read_row, arena, out_n, (gpointer **)out, error);
}

gboolean
multipart_record_put_part (StoreTx *tx, const char *upload_id, const MultipartPartRecord *part,
                           Arena *arena, const char **out_replaced_sha256, GError **error)
{
  static const char find_sql[] =
      "SELECT " PART_COLUMNS " FROM multipart_part WHERE upload_id = $1 AND number = $2";
  static const char put_sql[] =
      "INSERT INTO multipart_part (upload_id, " PART_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7)"
      " ON CONFLICT (upload_id, number) DO UPDATE SET content_sha256 = excluded.content_sha256,"
      " size = excluded.size, etag = excluded.etag, modified_ms = excluded.modified_ms,"
      " checksum = excluded.checksum";
  MultipartPartRecord *replaced = NULL;
  if (!row_read_one (tx, find_sql, STORE_ARGS (store_text (upload_id), store_int (part->number)),
                     read_part_row, arena, &replaced, error) ||
      !store_exec (tx, put_sql,
                   STORE_ARGS (store_text (upload_id), store_int (part->number),
                               store_text (part->content_sha256), store_int (part->size_bytes),
                               store_text (part->etag), store_int (part->modified_ms),
                               store_text (part->checksum)),
                   NULL, error))
    return FALSE;
  *out_replaced_sha256 = replaced != NULL ? replaced->content_sha256 : NULL;
  return TRUE;
}

gboolean
multipart_record_parts (StoreTx *tx, const char *upload_id, gint64 after, gsize limit, Arena *arena,
                        gsize *out_n, MultipartPartRecord ***out, GError **error)
{
  static const char sql[] =
      "SELECT " PART_COLUMNS " FROM multipart_part WHERE upload_id = $1 AND number > $2"
      " ORDER BY number LIMIT $3";
  return row_read_all (
      tx, sql, STORE_ARGS (store_text (upload_id), store_int (after), store_int ((gint64)limit)),
      read_part_row, arena, out_n, (gpointer **)out, error);
}
