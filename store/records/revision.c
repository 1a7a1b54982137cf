#include "store/records/revision.h"

#include "store/records/row-read.h"

#define COLUMNS                                                                                    \
  "application_id, number, identity, s3_bucket, s3_key, location_json, description, register_ms,"  \
  " first_used_ms, last_used_ms"

/* Where a revision that was never used stands in the orders by use: after all others. */
#define NEVER     "9223372036854775807"
#define NEVER_INT G_MAXINT64

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  RevisionRecord *record = arena_new0 (arena, RevisionRecord);
  record->application_id = arena_strdup (arena, store_rows_text (rows, 0));
  record->number = store_rows_int (rows, 1);
  record->identity = arena_strdup (arena, store_rows_text (rows, 2));
  record->s3_bucket = arena_strdup (arena, store_rows_text (rows, 3));
  record->s3_key = arena_strdup (arena, store_rows_text (rows, 4));
  record->location_json = arena_strdup (arena, store_rows_text (rows, 5));
  record->description = arena_strdup (arena, store_rows_text (rows, 6));
  record->register_ms = store_rows_int (rows, 7);
  record->first_used_ms = store_rows_int (rows, 8);
  record->last_used_ms = store_rows_int (rows, 9);
  return record;
}

static gboolean
insert (StoreTx *tx, const RevisionRecord *wanted, GError **error)
{
  /* The counter's row is locked from here to the end of the transaction, so numbers are in order of commit. */
  static const char next_number[] =
      "UPDATE application SET last_revision_number = last_revision_number + 1 WHERE id = $1"
      " RETURNING last_revision_number";
  static const char sql[] =
      "INSERT INTO revision (application_id, number, identity, s3_bucket, s3_key, location_json,"
      " description, register_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
      " ON CONFLICT (application_id, identity) DO NOTHING";
  gint64 number;
  return row_read_int (tx, next_number, STORE_ARGS (store_text (wanted->application_id)), &number,
                       error) &&
         store_exec (tx, sql,
                     STORE_ARGS (store_text (wanted->application_id), store_int (number),
                                 store_text (wanted->identity), store_text (wanted->s3_bucket),
                                 store_text (wanted->s3_key), store_text (wanted->location_json),
                                 store_text (wanted->description), store_int (wanted->register_ms)),
                     NULL, error);
}

static gboolean
set_description (StoreTx *tx, RevisionRecord *record, const char *description, Arena *arena,
                 GError **error)
{
  static const char sql[] =
      "UPDATE revision SET description = $3 WHERE application_id = $1 AND number = $2";
  record->description = arena_strdup (arena, description);
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (record->application_id), store_int (record->number),
                                 store_text (description)),
                     NULL, error);
}

gboolean
revision_record_put (StoreTx *tx, const RevisionRecord *wanted, RevisionPut mode, Arena *arena,
                     RevisionRecord **out, GError **error)
{
  RevisionRecord *record;
  if (!revision_record_by_identity (tx, wanted->application_id, wanted->identity, arena, &record,
                                    error))
    return FALSE;
  if (record != NULL) {
    if (mode == REVISION_REPLACE_DESCRIPTION && wanted->description != NULL &&
        !set_description (tx, record, wanted->description, arena, error))
      return FALSE;
  } else if (!insert (tx, wanted, error) ||
             !revision_record_by_identity (tx, wanted->application_id, wanted->identity, arena,
                                           &record, error)) {
    return FALSE;
  }
  *out = record;
  return TRUE;
}

gboolean
revision_record_by_identity (StoreTx *tx, const char *application_id, const char *identity,
                             Arena *arena, RevisionRecord **out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM revision WHERE application_id = $1 AND identity = $2";
  return row_read_one (tx, sql, STORE_ARGS (store_text (application_id), store_text (identity)),
                       read_row, arena, out, error);
}

gboolean
revision_record_by_number (StoreTx *tx, const char *application_id, gint64 number, Arena *arena,
                           RevisionRecord **out, GError **error)
{
  static const char sql[] =
      "SELECT " COLUMNS " FROM revision WHERE application_id = $1 AND number = $2";
  return row_read_one (tx, sql, STORE_ARGS (store_text (application_id), store_int (number)),
                       read_row, arena, out, error);
}

gboolean
revision_record_mark_used (StoreTx *tx, const char *application_id, gint64 number, gint64 used_ms,
                           GError **error)
{
  static const char sql[] =
      "UPDATE revision SET first_used_ms = COALESCE (first_used_ms, $3), last_used_ms = $3"
      " WHERE application_id = $1 AND number = $2";
  return store_exec (
      tx, sql, STORE_ARGS (store_text (application_id), store_int (number), store_int (used_ms)),
      NULL, error);
}

gint64
revision_record_sort_key (const RevisionRecord *record, RevisionSort sort)
{
  switch (sort) {
  case REVISION_SORT_REGISTER_TIME:
    return record->register_ms;
  case REVISION_SORT_FIRST_USED:
    return record->first_used_ms != 0 ? record->first_used_ms : NEVER_INT;
  case REVISION_SORT_LAST_USED:
    return record->last_used_ms != 0 ? record->last_used_ms : NEVER_INT;
  case REVISION_SORT_NUMBER:
  case REVISION_N_SORTS:
    break;
  }
  return record->number;
}

/* The page begins after key $2 and number $3. The list is walked along the index of its order; a filter that matches
 * little reads much, but each page goes on where the last one stopped. */
#define LIST(key, comparison, direction)                                                           \
  "SELECT " COLUMNS " FROM revision WHERE application_id = $1"                                     \
  " AND " key " " comparison "= $2 AND (" key " " comparison " $2 OR number " comparison " $3)"    \
  " AND (CAST ($4 AS TEXT) IS NULL OR s3_bucket = $4)"                                             \
  " AND (CAST ($5 AS TEXT) IS NULL OR SUBSTR (s3_key, 1, LENGTH ($5)) = $5)"                       \
  " AND ($6 = 0 OR $6 = CASE WHEN EXISTS"                                                          \
  "   (SELECT 1 FROM deployment_group"                                                             \
  "     WHERE deployment_group.application_id = revision.application_id"                           \
  "       AND deployment_group.target_revision_number = revision.number"                           \
  "       AND deployment_group.deleted_ms IS NULL) THEN 1 ELSE 2 END)"                             \
  " ORDER BY " key " " direction ", number " direction " LIMIT $7"

#define LIST_BOTH(key)                                                                             \
  {                                                                                                \
    [REVISION_ASCENDING] = LIST (key, ">", "ASC"), [REVISION_DESCENDING] = LIST (key, "<", "DESC") \
  }

static const char *const list_sql[REVISION_N_SORTS][REVISION_N_ORDERS] = {
  [REVISION_SORT_NUMBER] = LIST_BOTH ("number"),
  [REVISION_SORT_REGISTER_TIME] = LIST_BOTH ("register_ms"),
  [REVISION_SORT_FIRST_USED] = LIST_BOTH ("COALESCE (first_used_ms, " NEVER ")"),
  [REVISION_SORT_LAST_USED] = LIST_BOTH ("COALESCE (last_used_ms, " NEVER ")"),
};

/* As the statements have them. */
G_STATIC_ASSERT (REVISION_DEPLOYED_IGNORE == 0 && REVISION_DEPLOYED_INCLUDE == 1 &&
                 REVISION_DEPLOYED_EXCLUDE == 2);

gboolean
revision_record_list (StoreTx *tx, const RevisionQuery *query, Arena *arena,
                      RevisionRecordList *out, GError **error)
{
  gboolean first = query->after_number == 0;
  gint64 beginning = query->order == REVISION_ASCENDING ? G_MININT64 : G_MAXINT64;
  gint64 key = first ? beginning : query->after_key;
  gint64 number = first ? beginning : query->after_number;
  gpointer *items;
  if (!row_read_all (tx, list_sql[query->sort][query->order],
                     STORE_ARGS (store_text (query->application_id), store_int (key),
                                 store_int (number), store_text (query->s3_bucket),
                                 store_text (query->s3_key_prefix), store_int (query->deployed),
                                 store_int ((gint64)query->limit)),
                     read_row, arena, &out->n, &items, error))
    return FALSE;
  out->items = (RevisionRecord **)items;
  return TRUE;
}
