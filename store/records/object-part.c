#include "store/records/object-part.h"

#include "store/records/row-read.h"

#define COLUMNS "number, position, size, checksum"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  ObjectPartRecord *part = arena_new0 (arena, ObjectPartRecord);
  part->number = store_rows_int (rows, 0);
  part->position = store_rows_int (rows, 1);
  part->size_bytes = store_rows_int (rows, 2);
  part->checksum = arena_strdup (arena, store_rows_text (rows, 3));
  return part;
}

gboolean
object_part_record_insert (StoreTx *tx, const char *bucket, gint64 sequence,
                           const ObjectPartRecord *part, GError **error)
{
  static const char sql[] =
      "INSERT INTO object_part (bucket, sequence, " COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6)";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (bucket), store_int (sequence),
                                 store_int (part->number), store_int (part->position),
                                 store_int (part->size_bytes), store_text (part->checksum)),
                     NULL, error);
}

gboolean
object_part_record_copy (StoreTx *tx, const char *from_bucket, gint64 from_sequence,
                         const char *to_bucket, gint64 to_sequence, GError **error)
{
  static const char sql[] =
      "INSERT INTO object_part (bucket, sequence, " COLUMNS ")"
      " SELECT $3, $4, " COLUMNS " FROM object_part WHERE bucket = $1 AND sequence = $2";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (from_bucket), store_int (from_sequence),
                                 store_text (to_bucket), store_int (to_sequence)),
                     NULL, error);
}

gboolean
object_part_record_delete (StoreTx *tx, const char *bucket, gint64 sequence, GError **error)
{
  static const char sql[] = "DELETE FROM object_part WHERE bucket = $1 AND sequence = $2";
  return store_exec (tx, sql, STORE_ARGS (store_text (bucket), store_int (sequence)), NULL, error);
}

gboolean
object_part_record_find (StoreTx *tx, const char *bucket, gint64 sequence, gint64 number,
                         Arena *arena, ObjectPartRecord **out, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM object_part"
                            " WHERE bucket = $1 AND sequence = $2 AND number = $3";
  return row_read_one (tx, sql,
                       STORE_ARGS (store_text (bucket), store_int (sequence), store_int (number)),
                       read_row, arena, out, error);
}

gboolean
object_part_record_list (StoreTx *tx, const char *bucket, gint64 sequence, gint64 after,
                         gsize limit, Arena *arena, gsize *out_n, ObjectPartRecord ***out,
                         GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM object_part WHERE bucket = $1"
                            " AND sequence = $2 AND number > $3 ORDER BY number LIMIT $4";
  return row_read_all (tx, sql,
                       STORE_ARGS (store_text (bucket), store_int (sequence), store_int (after),
                                   store_int ((gint64)limit)),
                       read_row, arena, out_n, (gpointer **)out, error);
}
