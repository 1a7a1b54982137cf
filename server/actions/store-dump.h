#pragma once

/* For tests only: all that is in a store, as text, to see whether something changed. */

#include "store/store.h"
#include "store/test-database.h"

typedef struct {
  GString *text;
} StoreDump;

G_GNUC_UNUSED static GPtrArray *
store_dump_column (StoreTx *tx, const char *sql, GError **error)
{
  /* The store keeps statements by their address. */
  g_autoptr (StoreRows) rows = store_query (tx, g_intern_string (sql), STORE_NO_ARGS, error);
  GPtrArray *out = g_ptr_array_new_with_free_func (g_free);
  while (rows != NULL && store_rows_next (rows, error))
    g_ptr_array_add (out, g_strdup (store_rows_text (rows, 0)));
  return out;
}

static const char *
store_dump_tables_sql (void)
{
  return test_database_is_postgresql ()
             ? "SELECT tablename FROM pg_tables WHERE schemaname = current_schema () ORDER BY 1"
             : "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1";
}

/* A row as one text. */
static char *
store_dump_rows_sql (StoreTx *tx, const char *table, GError **error)
{
  if (test_database_is_postgresql ())
    return g_strdup_printf ("SELECT CAST (t AS TEXT) FROM \"%s\" AS t ORDER BY 1", table);
  g_autofree char *columns_sql =
      g_strdup_printf ("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('%s')", table);
  g_autoptr (GPtrArray) columns = store_dump_column (tx, columns_sql, error);
  g_ptr_array_add (columns, NULL);
  g_autofree char *joined = g_strjoinv (" || ',' || ", (char **)columns->pdata);
  return g_strdup_printf ("SELECT %s FROM \"%s\" ORDER BY 1", joined, table);
}

G_GNUC_UNUSED static void
store_dump_table (StoreTx *tx, const char *table, GString *out, GError **error)
{
  g_autofree char *sql = store_dump_rows_sql (tx, table, error);
  g_autoptr (GPtrArray) rows = store_dump_column (tx, sql, error);
  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (out, "%s: %s\n", table, (const char *)rows->pdata[i]);
}

G_GNUC_UNUSED static gboolean
store_dump_work (StoreTx *tx, gpointer data, GError **error)
{
  StoreDump *dump = data;
  GError *problem = NULL;
  g_string_truncate (dump->text, 0);
  g_autoptr (GPtrArray) tables = store_dump_column (tx, store_dump_tables_sql (), &problem);
  for (guint i = 0; i < tables->len && problem == NULL; i++)
    store_dump_table (tx, tables->pdata[i], dump->text, &problem);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, problem);
  return FALSE;
}

/* One line a row. */
G_GNUC_UNUSED static char *
store_dump (Store *store)
{
  g_autoptr (GError) error = NULL;
  StoreDump dump = { g_string_new (NULL) };
  gboolean ok = store_run (store, STORE_READ, store_dump_work, &dump, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpuint (dump.text->len, >, 0);
  return g_string_free (dump.text, FALSE);
}
