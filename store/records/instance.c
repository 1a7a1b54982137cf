#include "store/records/instance.h"

#include "store/records/row-read.h"

#define COLUMNS                                                                                    \
  "instance.name, arn_suffix, iam_user_arn, iam_session_arn, register_ms, deregister_ms"

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  InstanceRecord *record = arena_new0 (arena, InstanceRecord);
  record->name = arena_strdup (arena, store_rows_text (rows, 0));
  record->arn_suffix = arena_strdup (arena, store_rows_text (rows, 1));
  record->iam_user_arn = arena_strdup (arena, store_rows_text (rows, 2));
  record->iam_session_arn = arena_strdup (arena, store_rows_text (rows, 3));
  record->register_ms = store_rows_int (rows, 4);
  record->deregister_ms = store_rows_int (rows, 5);
  return record;
}

gboolean
instance_record_register (StoreTx *tx, const InstanceRecord *record, InstanceRegister *out_result,
                          GError **error)
{
  static const char holder[] = "SELECT COUNT(*) FROM instance WHERE deregister_ms IS NULL"
                               " AND iam_user_arn = $1";
  static const char session_holder[] = "SELECT COUNT(*) FROM instance WHERE deregister_ms IS NULL"
                                       " AND iam_session_arn = $1";
  static const char sql[] =
      "INSERT INTO instance (name, arn_suffix, iam_user_arn, iam_session_arn, register_ms)"
      " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET"
      " arn_suffix = excluded.arn_suffix, iam_user_arn = excluded.iam_user_arn,"
      " iam_session_arn = excluded.iam_session_arn, register_ms = excluded.register_ms,"
      " deregister_ms = NULL WHERE instance.deregister_ms IS NOT NULL";
  InstanceRecord *same_name;
  g_autoptr (Arena) scratch = arena_new ();
  gint64 users, sessions, changes;
  if (!instance_record_by_name (tx, record->name, scratch, &same_name, error) ||
      !row_read_int (tx, holder, STORE_ARGS (store_text (record->iam_user_arn)), &users, error) ||
      !row_read_int (tx, session_holder, STORE_ARGS (store_text (record->iam_session_arn)),
                     &sessions, error))
    return FALSE;
  if (same_name != NULL && same_name->deregister_ms == 0)
    *out_result = INSTANCE_NAME_TAKEN;
  else if (users > 0)
    *out_result = INSTANCE_IAM_USER_TAKEN;
  else if (sessions > 0)
    *out_result = INSTANCE_IAM_SESSION_TAKEN;
  else if (!store_exec (tx, sql,
                        STORE_ARGS (store_text (record->name), store_text (record->arn_suffix),
                                    store_text (record->iam_user_arn),
                                    store_text (record->iam_session_arn),
                                    store_int (record->register_ms)),
                        &changes, error))
    return FALSE;
  else
    *out_result = changes > 0 ? INSTANCE_REGISTERED : INSTANCE_NAME_TAKEN;
  return TRUE;
}

gboolean
instance_record_deregister (StoreTx *tx, const char *name, gint64 now_ms, gboolean *out_changed,
                            GError **error)
{
  static const char sql[] =
      "UPDATE instance SET deregister_ms = $2 WHERE name = $1 AND deregister_ms IS NULL";
  static const char tags[] = "DELETE FROM instance_tag WHERE instance_name = $1";
  gint64 changes;
  if (!store_exec (tx, sql, STORE_ARGS (store_text (name), store_int (now_ms)), &changes, error) ||
      !store_exec (tx, tags, STORE_ARGS (store_text (name)), NULL, error))
    return FALSE;
  *out_changed = changes > 0;
  return TRUE;
}

gboolean
instance_record_by_name (StoreTx *tx, const char *name, Arena *arena, InstanceRecord **out,
                         GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM instance WHERE name = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (name)), read_row, arena, out, error);
}

gboolean
instance_record_by_iam_arn (StoreTx *tx, const char *arn, Arena *arena, InstanceRecord **out,
                            GError **error)
{
  /* Two searches rather than an OR: each has its index. */
  static const char sql[] =
      "SELECT " COLUMNS " FROM instance WHERE deregister_ms IS NULL AND iam_user_arn = $1"
      " UNION ALL "
      "SELECT " COLUMNS " FROM instance WHERE deregister_ms IS NULL AND iam_session_arn = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (arn)), read_row, arena, out, error);
}

/* $3: 0 any, 1 registered, 2 deregistered, as in the enumeration. */
G_STATIC_ASSERT (INSTANCE_FILTER_ANY == 0 && INSTANCE_FILTER_REGISTERED == 1 &&
                 INSTANCE_FILTER_DEREGISTERED == 2);
static const char names_sql[] =
    "SELECT name FROM instance WHERE name > $1"
    " AND ($3 = 0 OR $3 = CASE WHEN deregister_ms IS NULL THEN 1 ELSE 2 END)"
    " ORDER BY name LIMIT $2";

/* Names of the instances that one filter matches; each has its index. A value may be there under several keys. */
static const char *const tagged_sql[] = {
  [TAG_FILTER_KEY_ONLY] =
      "SELECT DISTINCT instance_name FROM instance_tag WHERE key = $1 AND instance_name > $3"
      " AND CAST ($2 AS TEXT) IS NULL ORDER BY instance_name LIMIT $4",
  [TAG_FILTER_VALUE_ONLY] =
      "SELECT DISTINCT instance_name FROM instance_tag WHERE value = $2 AND instance_name > $3"
      " AND CAST ($1 AS TEXT) IS NULL ORDER BY instance_name LIMIT $4",
  [TAG_FILTER_KEY_AND_VALUE] =
      "SELECT instance_name FROM instance_tag WHERE key = $1 AND value = $2"
      " AND instance_name > $3 ORDER BY instance_name LIMIT $4",
};

static gboolean
names_by_filter (StoreTx *tx, const TagFilter *filter, const char *after, gint64 limit,
                 Arena *arena, NameList *out, GError **error)
{
  const char *key = filter->type == TAG_FILTER_VALUE_ONLY ? NULL : filter->key;
  const char *value = filter->type == TAG_FILTER_KEY_ONLY ? NULL : filter->value;
  return name_list_query (tx, tagged_sql[filter->type],
                          STORE_ARGS (store_text (key), store_text (value),
                                      store_text (after ? after : ""), store_int (limit)),
                          arena, out, error);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* The union of what the filters match: sorted, each name once, at most limit. When every filter gives its first
 * limit names, the first limit of their union are among them. */
static gboolean
names_by_any (StoreTx *tx, const TagFilterList *filters, const char *after, gint64 limit,
              Arena *arena, NameList *out, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  for (gsize i = 0; i < filters->n; i++) {
    NameList some;
    if (!names_by_filter (tx, &filters->filters[i], after, limit, arena, &some, error))
      return FALSE;
    for (gsize j = 0; j < some.n; j++)
      g_ptr_array_add (all, (gpointer)some.items[j]);
  }
  if (filters->n > 1)
    g_ptr_array_sort (all, compare_names);
  out->n = 0;
  out->items = arena_alloc_n (arena, all->len, sizeof (char *));
  for (guint i = 0; i < all->len && (gint64)out->n < limit; i++)
    if (out->n == 0 || strcmp (out->items[out->n - 1], all->pdata[i]) != 0)
      out->items[out->n++] = all->pdata[i];
  return TRUE;
}

gboolean
instance_record_names (StoreTx *tx, InstanceFilter filter, const TagFilterList *tags,
                       const char *after, gsize limit, Arena *arena, NameList *out, GError **error)
{
  if (tags == NULL || tags->n == 0)
    return name_list_query (
        tx, names_sql,
        STORE_ARGS (store_text (after ? after : ""), store_int ((gint64)limit), store_int (filter)),
        arena, out, error);
  if (filter == INSTANCE_FILTER_DEREGISTERED) { /* they have no tags */
    *out = (NameList){ .n = 0 };
    return TRUE;
  }
  return names_by_any (tx, tags, after, (gint64)limit, arena, out, error);
}

/* Both lists are sorted; the common names stay in a. */
static void
keep_common (NameList *a, const NameList *b)
{
  gsize kept = 0, j = 0;
  for (gsize i = 0; i < a->n; i++) {
    while (j < b->n && strcmp (b->items[j], a->items[i]) < 0)
      j++;
    if (j < b->n && strcmp (b->items[j], a->items[i]) == 0)
      a->items[kept++] = a->items[i];
  }
  a->n = kept;
}

gboolean
instance_record_select (StoreTx *tx, const TagSelector *selector, Arena *arena,
                        InstanceRecordList *out, GError **error)
{
  const TagFilterList *first = selector->n_groups > 0 ? &selector->groups[0] : &selector->flat;
  NameList names;
  if (!names_by_any (tx, first, NULL, G_MAXINT64, arena, &names, error))
    return FALSE;
  for (gsize i = 1; i < selector->n_groups; i++) {
    NameList group;
    if (!names_by_any (tx, &selector->groups[i], NULL, G_MAXINT64, arena, &group, error))
      return FALSE;
    keep_common (&names, &group);
  }
  out->n = 0;
  out->items = arena_alloc_n (arena, names.n, sizeof (InstanceRecord *));
  for (gsize i = 0; i < names.n; i++) {
    InstanceRecord *record;
    if (!instance_record_by_name (tx, names.items[i], arena, &record, error))
      return FALSE;
    if (record != NULL && record->deregister_ms == 0)
      out->items[out->n++] = record;
  }
  return TRUE;
}

gboolean
instance_record_tags (StoreTx *tx, const char *name, Arena *arena, TagList *out, GError **error)
{
  static const char sql[] =
      "SELECT key, value FROM instance_tag WHERE instance_name = $1 ORDER BY key";
  return tag_list_query (tx, sql, STORE_ARGS (store_text (name)), arena, out, error);
}

gboolean
instance_record_tag_put (StoreTx *tx, const char *name, const char *key, const char *value,
                         GError **error)
{
  static const char sql[] =
      "INSERT INTO instance_tag (instance_name, key, value)"
      " VALUES ($1, $2, $3)"
      " ON CONFLICT (instance_name, key) DO UPDATE SET value = excluded.value";
  return store_exec (tx, sql, STORE_ARGS (store_text (name), store_text (key), store_text (value)),
                     NULL, error);
}

gboolean
instance_record_tag_remove (StoreTx *tx, const char *name, const char *key, const char *value,
                            GError **error)
{
  static const char sql[] =
      "DELETE FROM instance_tag WHERE instance_name = $1 AND key = $2 AND value = $3";
  return store_exec (tx, sql, STORE_ARGS (store_text (name), store_text (key), store_text (value)),
                     NULL, error);
}
