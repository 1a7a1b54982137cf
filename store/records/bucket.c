#include "store/records/bucket.h"

#include <string.h>

#include "store/records/row-read.h"

ENUM_NAMES_DEFINE (BucketVersioning, bucket_versioning, BUCKET_VERSIONING_LIST)
ENUM_NAMES_DEFINE (BucketDocument, bucket_document, BUCKET_DOCUMENT_LIST)

#define COLUMNS "name, create_ms, versioning"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  BucketRecord *record = arena_new0 (arena, BucketRecord);
  record->name = arena_strdup (arena, store_rows_text (rows, 0));
  record->create_ms = store_rows_int (rows, 1);
  if (!bucket_versioning_from_name (store_rows_text (rows, 2), &record->versioning))
    g_assert_not_reached (); /* only this file writes the column */
  return record;
}

gboolean
bucket_record_insert (StoreTx *tx, const char *name, gint64 create_ms, gboolean *out_taken,
                      GError **error)
{
  static const char sql[] =
      "INSERT INTO bucket (name, create_ms, versioning, last_sequence) VALUES ($1, $2, '', 0)"
      " ON CONFLICT DO NOTHING";
  gint64 changes;
  if (!store_exec (tx, sql, STORE_ARGS (store_text (name), store_int (create_ms)), &changes, error))
    return FALSE;
  *out_taken = changes == 0;
  return TRUE;
}

gboolean
bucket_record_by_name (StoreTx *tx, const char *name, Arena *arena, BucketRecord **out,
                       GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM bucket WHERE name = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (name)), read_row, arena, out, error);
}

gboolean
bucket_record_list (StoreTx *tx, const char *prefix, const char *after, gsize limit, Arena *arena,
                    gsize *out_n, BucketRecord ***out, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM bucket WHERE name > $1 AND name LIKE $2"
                            " ORDER BY name LIMIT $3";
  /* a name has no other characters: with others nothing begins, and none is left that LIKE would take for its own */
  gboolean possible = strspn (prefix, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen (prefix);
  g_autofree char *pattern = g_strconcat (possible ? prefix : "", "%", NULL);
  return row_read_all (tx, sql,
                       STORE_ARGS (store_text (after), store_text (pattern),
                                   store_int (possible ? (gint64)limit : 0)),
                       read_row, arena, out_n, (gpointer **)out, error);
}

/* A bucket and its number. */
typedef struct {
  BucketRecord bucket;
  gint64 sequence;
} NumberedBucket;

static gpointer
read_numbered_row (StoreRows *rows, Arena *arena)
{
  NumberedBucket *numbered = arena_new0 (arena, NumberedBucket);
  numbered->bucket = *(BucketRecord *)read_row (rows, arena);
  numbered->sequence = store_rows_int (rows, 3);
  return numbered;
}

gboolean
bucket_record_begin_write (StoreTx *tx, const char *name, Arena *arena, BucketRecord **out,
                           gint64 *out_sequence, GError **error)
{
  static const char sql[] = "UPDATE bucket SET last_sequence = last_sequence + 1 WHERE name = $1"
                            " RETURNING " COLUMNS ", last_sequence";
  NumberedBucket *numbered = NULL;
  if (!row_read_one (tx, sql, STORE_ARGS (store_text (name)), read_numbered_row, arena, &numbered,
                     error))
    return FALSE;
  *out = numbered != NULL ? &numbered->bucket : NULL;
  *out_sequence = numbered != NULL ? numbered->sequence : 0;
  return TRUE;
}

gboolean
bucket_record_set_versioning (StoreTx *tx, const char *name, BucketVersioning versioning,
                              gboolean *out_found, GError **error)
{
  static const char sql[] = "UPDATE bucket SET versioning = $2 WHERE name = $1";
  gint64 changes;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (name), store_text (bucket_versioning_name (versioning))),
                   &changes, error))
    return FALSE;
  *out_found = changes > 0;
  return TRUE;
}

gboolean
bucket_record_delete (StoreTx *tx, const char *name, GError **error)
{
  static const char documents_sql[] = "DELETE FROM bucket_document WHERE bucket = $1";
  static const char bucket_sql[] = "DELETE FROM bucket WHERE name = $1";
  return store_exec (tx, documents_sql, STORE_ARGS (store_text (name)), NULL, error) &&
         store_exec (tx, bucket_sql, STORE_ARGS (store_text (name)), NULL, error);
}

gboolean
bucket_record_document (StoreTx *tx, const char *name, BucketDocument kind, Arena *arena,
                        const char **out, GError **error)
{
  static const char sql[] = "SELECT document FROM bucket_document WHERE bucket = $1 AND kind = $2";
  return row_read_one (tx, sql,
                       STORE_ARGS (store_text (name), store_text (bucket_document_name (kind))),
                       row_read_text, arena, out, error);
}

static gpointer
read_policy (StoreRows *rows, Arena *arena)
{
  BucketPolicyRecord *policy = arena_new0 (arena, BucketPolicyRecord);
  policy->bucket = arena_strdup (arena, store_rows_text (rows, 0));
  policy->document = arena_strdup (arena, store_rows_text (rows, 1));
  return policy;
}

gboolean
bucket_record_policies_naming (StoreTx *tx, const char *name, Arena *arena, BucketPolicyList *out,
                               GError **error)
{
  /* As iam_role_record_naming. */
  static const char sql[] = "SELECT bucket, document FROM bucket_document WHERE kind = $1"
                            " AND (document LIKE $2 OR document LIKE '%\\u%' ESCAPE '!')";
  gpointer *items;
  if (!row_read_all (tx, sql,
                     STORE_ARGS (store_text (bucket_document_name (BUCKET_DOCUMENT_POLICY)),
                                 store_text (arena_printf (arena, "%%%s%%", name))),
                     read_policy, arena, &out->n, &items, error))
    return FALSE;
  out->items = (BucketPolicyRecord **)items;
  return TRUE;
}

gboolean
bucket_record_set_document (StoreTx *tx, const char *name, BucketDocument kind,
                            const char *document, GError **error)
{
  static const char put_sql[] =
      "INSERT INTO bucket_document (bucket, kind, document) VALUES ($1, $2, $3)"
      " ON CONFLICT (bucket, kind) DO UPDATE SET document = excluded.document";
  static const char delete_sql[] = "DELETE FROM bucket_document WHERE bucket = $1 AND kind = $2";
  const char *kind_name = bucket_document_name (kind);
  if (document == NULL)
    return store_exec (tx, delete_sql, STORE_ARGS (store_text (name), store_text (kind_name)), NULL,
                       error);
  return store_exec (tx, put_sql,
                     STORE_ARGS (store_text (name), store_text (kind_name), store_text (document)),
                     NULL, error);
}
