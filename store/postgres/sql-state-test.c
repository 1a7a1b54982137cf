#include "store/postgres/sql-state.h"

typedef struct {
  const char *state, *what;
  StoreError error;
  PgFailure failure;
} Row;

static const Row rows[] = {
  { NULL, "no-answer", STORE_ERROR_IO, PG_FAILURE_LOST },
  { "08006", "connection-failure", STORE_ERROR_IO, PG_FAILURE_LOST },
  { "22021", "character-not-in-repertoire", STORE_ERROR_SQL, PG_FAILURE_STATEMENT },
  { "23505", "unique-violation", STORE_ERROR_CONSTRAINT, PG_FAILURE_STATEMENT },
  { "25006", "read-only-transaction", STORE_ERROR_SQL, PG_FAILURE_STATEMENT },
  { "25P03", "idle-in-transaction-timeout", STORE_ERROR_IO, PG_FAILURE_LOST },
  { "26000", "invalid-statement-name", STORE_ERROR_IO, PG_FAILURE_LOST },
  { "28P01", "invalid-password", STORE_ERROR_OPEN, PG_FAILURE_LOST },
  { "3D000", "no-such-database", STORE_ERROR_OPEN, PG_FAILURE_LOST },
  { "40001", "serialization-failure", STORE_ERROR_BUSY, PG_FAILURE_CONFLICT },
  { "40P01", "deadlock", STORE_ERROR_BUSY, PG_FAILURE_CONFLICT },
  { "42501", "insufficient-privilege", STORE_ERROR_OPEN, PG_FAILURE_STATEMENT },
  { "42601", "syntax-error", STORE_ERROR_SQL, PG_FAILURE_STATEMENT },
  { "42P01", "undefined-table", STORE_ERROR_SQL, PG_FAILURE_STATEMENT },
  { "53100", "disk-full", STORE_ERROR_FULL, PG_FAILURE_STATEMENT },
  { "53300", "too-many-connections", STORE_ERROR_BUSY, PG_FAILURE_LOST },
  { "54000", "program-limit-exceeded", STORE_ERROR_SQL, PG_FAILURE_STATEMENT },
  { "55P03", "lock-not-available", STORE_ERROR_BUSY, PG_FAILURE_STATEMENT },
  { "57014", "query-canceled", STORE_ERROR_BUSY, PG_FAILURE_STATEMENT },
  { "57P01", "admin-shutdown", STORE_ERROR_IO, PG_FAILURE_LOST },
  { "57P03", "cannot-connect-now", STORE_ERROR_IO, PG_FAILURE_LOST },
  { "58030", "io-error", STORE_ERROR_IO, PG_FAILURE_STATEMENT },
  { "P0001", "raised-by-a-trigger", STORE_ERROR_CONSTRAINT, PG_FAILURE_STATEMENT },
  { "XX001", "data-corrupted", STORE_ERROR_IO, PG_FAILURE_STATEMENT },
  { "99999", "unheard-of", STORE_ERROR_IO, PG_FAILURE_STATEMENT },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_assert_cmpint (pg_sql_state_error (row->state), ==, row->error);
  g_assert_cmpint (pg_sql_state_failure (row->state), ==, row->failure);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *path = g_strdup_printf ("/sql-state/%s", rows[i].what);
    g_test_add_data_func (path, &rows[i], test_row);
  }
  return g_test_run ();
}
