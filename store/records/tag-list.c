#include "store/records/tag-list.h"

gboolean
tag_list_query (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args, Arena *arena,
                TagList *out, GError **error)
{
  g_autoptr (StoreRows) rows = store_query (tx, sql, args, n_args, error);
  if (rows == NULL)
    return FALSE;
  g_autoptr (GArray) tags = g_array_new (FALSE, FALSE, sizeof (Tag));
  g_autoptr (GError) failure = NULL;
  while (store_rows_next (rows, &failure)) {
    Tag tag = { .key = arena_strdup (arena, store_rows_text (rows, 0)),
                .value = arena_strdup (arena, store_rows_text (rows, 1)) };
    g_array_append_val (tags, tag);
  }
  if (failure != NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  out->n = tags->len;
  out->items = arena_memdup (arena, tags->data, tags->len * sizeof (Tag));
  return TRUE;
}
