#include "store/records/resource-tag.h"

gboolean
resource_tag_record_put (StoreTx *tx, const char *resource_id, const char *key, const char *value,
                         GError **error)
{
  static const char sql[] = "INSERT INTO resource_tag (resource_id, key, value) VALUES ($1, $2, $3)"
                            " ON CONFLICT (resource_id, key) DO UPDATE SET value = excluded.value";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (resource_id), store_text (key), store_text (value)),
                     NULL, error);
}

gboolean
resource_tag_record_remove (StoreTx *tx, const char *resource_id, const char *key, GError **error)
{
  static const char sql[] = "DELETE FROM resource_tag WHERE resource_id = $1 AND key = $2";
  return store_exec (tx, sql, STORE_ARGS (store_text (resource_id), store_text (key)), NULL, error);
}

gboolean
resource_tag_record_list (StoreTx *tx, const char *resource_id, Arena *arena, TagList *out,
                          GError **error)
{
  static const char sql[] =
      "SELECT key, value FROM resource_tag WHERE resource_id = $1 ORDER BY key";
  return tag_list_query (tx, sql, STORE_ARGS (store_text (resource_id)), arena, out, error);
}

gboolean
resource_tag_record_clear (StoreTx *tx, const char *resource_id, GError **error)
{
  static const char sql[] = "DELETE FROM resource_tag WHERE resource_id = $1";
  return store_exec (tx, sql, STORE_ARGS (store_text (resource_id)), NULL, error);
}
