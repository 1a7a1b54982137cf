#include "store/postgres/schema.h"

#include "store/migrations.h"

/* Any number will do that is the same for all slipwayds. */
#define MIGRATION_LOCK "20261101"

static const char begin_sql[] =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '120s';"
    "SELECT pg_advisory_xact_lock (" MIGRATION_LOCK ");"
    "CREATE TABLE IF NOT EXISTS schema_migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL)";

/* The columns that this transaction has made: what else is in the schema is somebody else's. */
static const char collate_sql[] =
    "SELECT format ('ALTER TABLE %I ', c.relname) ||"
    " string_agg (format ('ALTER COLUMN %I TYPE TEXT COLLATE \"C\"', a.attname), ', ')"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
    " JOIN pg_collation l ON l.oid = a.attcollation"
    " WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema ())"
    " AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped"
    " AND a.atttypid = CAST ('text' AS regtype) AND l.collname <> 'C'"
    " AND CAST (CAST (a.xmin AS TEXT) AS BIGINT) ="
    "     mod (CAST (CAST (pg_current_xact_id () AS TEXT) AS BIGINT), 4294967296)"
    " GROUP BY c.relname ORDER BY c.relname";

static gboolean
read_newest_migration (PgConnection *connection, gint64 *out_newest, GError **error)
{
  PgFailure failure;
  PGresult *newest = pg_connection_execute (
      connection, "SELECT CAST (COALESCE (MAX (number), 0) AS TEXT) FROM schema_migration", NULL, 0,
      &failure, error);
  if (newest == NULL)
    return FALSE;
  *out_newest = g_ascii_strtoll (PQgetvalue (newest, 0, 0), NULL, 10);
  PQclear (newest);
  return TRUE;
}

static gboolean
apply_migration (PgConnection *connection, const Migration *migration, GError **error)
{
  const StoreValue args[] = { store_int (migration->number), store_text (migration->name) };
  PgFailure failure;
  PGresult *insert = NULL;
  if (pg_connection_run_script (connection, migration->sql, error))
    insert = pg_connection_execute (connection,
                                    "INSERT INTO schema_migration (number, name) VALUES ($1, $2)",
                                    args, G_N_ELEMENTS (args), &failure, error);
  if (insert == NULL) {
    g_prefix_error (error, "migration %04" G_GINT64_FORMAT "-%s: ", migration->number,
                    migration->name);
    return FALSE;
  }
  PQclear (insert);
  return TRUE;
}

static gboolean
order_by_code_point (PgConnection *connection, GError **error)
{
  PgFailure failure;
  PGresult *statements = pg_connection_execute (connection, collate_sql, NULL, 0, &failure, error);
  if (statements == NULL)
    return FALSE;
  g_autoptr (GString) script = g_string_new (NULL);
  for (int i = 0; i < PQntuples (statements); i++)
    g_string_append_printf (script, "%s;", PQgetvalue (statements, i, 0));
  PQclear (statements);
  return pg_connection_run_script (connection, script->str, error);
}

gboolean
pg_schema_migrate (PgConnection *connection, gint64 *out_found, GError **error)
{
  gint64 newest = 0;
  if (!pg_connection_run_script (connection, begin_sql, error) ||
      !read_newest_migration (connection, &newest, error) || !migrations_accept (newest, error))
    return FALSE;
  gsize count;
  const Migration *all = migrations_all (&count);
  for (gsize i = (gsize)newest; i < count; i++)
    if (!apply_migration (connection, &all[i], error))
      return FALSE;
  if (newest < (gint64)count && !order_by_code_point (connection, error))
    return FALSE;
  *out_found = newest;
  return pg_connection_run_script (connection, "COMMIT", error);
}
