#include "store/records/name-list.h"

#include "store/records/row-read.h"

gboolean
name_list_query (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args, Arena *arena,
                 NameList *out, GError **error)
{
  gpointer *items;
  if (!row_read_all (tx, sql, args, n_args, row_read_text, arena, &out->n, &items, error))
    return FALSE;
  out->items = (const char **)items;
  return TRUE;
}
