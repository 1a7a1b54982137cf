#pragma once

/* For tests only: the database that a test's store is on. The same tests run on SQLite and, as `... on PostgreSQL`, on a
 * server that tests/e2e/private_postgresql.py starts: it sets SLIPWAY_TEST_STORE and SLIPWAY_TEST_POSTGRESQL.
 *
 *   g_autoptr (Store) store = test_store_new ();
 *
 * On PostgreSQL a program has one database, which the next test_database_new empties: a test has one at a time. */

#include <glib.h>
#include <libpq-fe.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "store/store.h"

G_GNUC_UNUSED static gboolean
test_database_is_postgresql (void)
{
  return g_strcmp0 (g_getenv ("SLIPWAY_TEST_STORE"), "postgresql") == 0;
}

/* As the superuser; "postgres" is there always. */
G_GNUC_UNUSED static PGconn *
test_database_connect (const char *url)
{
  PGconn *pq = PQconnectdb (url);
  if (PQstatus (pq) != CONNECTION_OK)
    g_error ("%s", PQerrorMessage (pq));
  return pq;
}

G_GNUC_UNUSED static void
test_database_run (PGconn *pq, const char *sql)
{
  PGresult *result = PQexec (pq, sql);
  ExecStatusType status = PQresultStatus (result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
    g_error ("%s: %s", sql, PQerrorMessage (pq));
  PQclear (result);
}

/* Runs statements on the test's database in a session of their own. */
G_GNUC_UNUSED static void
test_database_run_apart (const char *url, const char *sql)
{
  PGconn *pq = test_database_connect (url);
  test_database_run (pq, sql);
  PQfinish (pq);
}

/* The server's URL with another database. */
G_GNUC_UNUSED static char *
test_database_url (const char *database)
{
  const char *server = g_getenv ("SLIPWAY_TEST_POSTGRESQL");
  if (server == NULL)
    g_error ("SLIPWAY_TEST_POSTGRESQL is not set: run it with tests/e2e/private_postgresql.py");
  g_auto (GStrv) parts = g_strsplit (server, "/postgres?", 2);
  return g_strdup_printf ("%s/%s?%s", parts[0], database, parts[1]);
}

/* Emptying the tables takes a tenth of what making them does. */
static const char test_database_empty_sql[] =
    "DO $$ DECLARE name TEXT; BEGIN"
    " FOR name IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " AND relkind = 'r' AND relname <> 'schema_migration' LOOP"
    " EXECUTE 'DELETE FROM ' || name; END LOOP; END $$";

/* The program's database, made by the first who asks. The session stays open: a new one for each test would cost more than
 * what it does. */
G_GNUC_UNUSED static char *
test_database_new_postgresql (void)
{
  static PGconn *pq;
  g_autofree char *name = g_strdup_printf ("test_%d", (int)getpid ());
  g_autofree char *url = test_database_url (name);
  if (pq != NULL) {
    test_database_run (pq, test_database_empty_sql);
    return g_steal_pointer (&url);
  }
  g_autofree char *sql = g_strdup_printf ("CREATE DATABASE %s", name);
  g_autofree char *server = test_database_url ("postgres");
  test_database_run_apart (server, sql);
  pq = test_database_connect (url);
  test_database_run (pq, "SET client_min_messages = error; SET session_replication_role = replica");
  return g_steal_pointer (&url);
}

/* sqlite_url: what to use there; NULL: in memory. The caller frees it. */
G_GNUC_UNUSED static char *
test_database_new (const char *sqlite_url)
{
  if (test_database_is_postgresql ())
    return test_database_new_postgresql ();
  return g_strdup (sqlite_url != NULL ? sqlite_url : "sqlite::memory:");
}

/* One without any table: for tests that make their own, or look at migrations. */
G_GNUC_UNUSED static char *
test_database_new_blank (const char *sqlite_url)
{
  char *url = test_database_new (sqlite_url);
  if (test_database_is_postgresql ())
    test_database_run_apart (url, "SET client_min_messages = error;"
                                  "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  return url;
}

/* A store on an empty database. */
G_GNUC_UNUSED static Store *
test_store_new (void)
{
  g_autofree char *url = test_database_new (NULL);
  g_autoptr (GError) error = NULL;
  Store *store = store_open (url, &error);
  g_assert_no_error (error);
  return store;
}

/* One case of a test of records, a `const StoreWork *`: a transaction on an empty database, with an Arena as its data. */
G_GNUC_UNUSED static void
test_store_case (gconstpointer work)
{
  g_autoptr (Store) store = test_store_new ();
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  gboolean committed = store_run (store, STORE_WRITE, *(const StoreWork *)work, arena, &error);
  g_assert_no_error (error);
  g_assert_true (committed);
}

/* A call with `&error` for its error, which must succeed. */
#define TEST_STORE_OK(call)                                                                        \
  do {                                                                                             \
    g_autoptr (GError) error = NULL;                                                               \
    gboolean ok = (call);                                                                          \
    g_assert_no_error (error);                                                                     \
    g_assert_true (ok);                                                                            \
  } while (0)
