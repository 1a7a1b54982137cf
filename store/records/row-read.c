#include "store/records/row-read.h"

#include <string.h>

gboolean
row_read_int (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args, gint64 *out,
              GError **error)
{
  g_autoptr (StoreRows) rows = store_query (tx, sql, args, n_args, error);
  if (rows == NULL)
    return FALSE;
  g_autoptr (GError) failure = NULL;
  if (store_rows_next (rows, &failure))
    *out = store_rows_int (rows, 0);
  else if (failure == NULL)
    g_set_error (&failure, STORE_ERROR, STORE_ERROR_SQL, "query gave no row: %s", sql);
  if (failure != NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  return TRUE;
}

gboolean
row_read_one (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args, RowReader reader,
              Arena *arena, gpointer out, GError **error)
{
  g_autoptr (StoreRows) rows = store_query (tx, sql, args, n_args, error);
  if (rows == NULL)
    return FALSE;
  g_autoptr (GError) failure = NULL;
  gpointer record = store_rows_next (rows, &failure) ? reader (rows, arena) : NULL;
  if (failure != NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  *(gpointer *)out = record;
  return TRUE;
}

gboolean
row_read_all (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args, RowReader reader,
              Arena *arena, gsize *out_n, gpointer **out_items, GError **error)
{
  g_autoptr (StoreRows) rows = store_query (tx, sql, args, n_args, error);
  if (rows == NULL)
    return FALSE;
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  g_autoptr (GError) failure = NULL;
  while (store_rows_next (rows, &failure))
    g_ptr_array_add (items, reader (rows, arena));
  if (failure != NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  gpointer *copy = arena_alloc (arena, sizeof (gpointer) * MAX (items->len, 1));
  if (items->len > 0)
    memcpy (copy, items->pdata, sizeof (gpointer) * items->len);
  *out_n = items->len;
  *out_items = copy;
  return TRUE;
}

gpointer
row_read_text (StoreRows *rows, Arena *arena)
{
  return arena_strdup (arena, store_rows_text (rows, 0));
}
