#include "store/postgres/work.h"

#include "store/postgres/driver.h"
#include "store/postgres/value.h"

typedef struct {
  StoreTx parent;
  PgConnection *connection;
  Job *job;
  guint open_rows;
  GError *spoiled;   /* the first statement that failed */
  PgFailure failure; /* of that statement */
} PgTx;

typedef struct {
  StoreRows parent;
  PgTx *tx;
  PGresult *result;
  int row; /* -1: before the first */
} PgRows;

WorkEnd
pg_work_run (Job *job, PgConnection *connection)
{
  PgTx tx = { .parent.driver = &postgres_store_driver, .connection = connection, .job = job };
  gboolean kept = job->work (&tx.parent, job->data, &job->error);
  g_assert (tx.open_rows == 0);
  g_assert (kept == (job->error == NULL));
  if (tx.spoiled != NULL && (kept || tx.failure == PG_FAILURE_TRANSACTION)) {
    g_clear_error (&job->error);
    job->error = g_steal_pointer (&tx.spoiled);
  }
  g_clear_error (&tx.spoiled);
  switch (tx.failure) {
  case PG_FAILURE_CONFLICT:
    return WORK_CONFLICT;
  case PG_FAILURE_LOST:
    return WORK_LOST;
  case PG_FAILURE_TRANSACTION:
    return WORK_ABANDONED;
  case PG_FAILURE_NONE:
  case PG_FAILURE_STATEMENT:
    break;
  }
  return job->error == NULL ? WORK_KEPT : WORK_REFUSED;
}

void
pg_tx_on_commit (StoreTx *parent, void (*fn) (gpointer), gpointer data, GDestroyNotify destroy)
{
  job_on_commit (((PgTx *)parent)->job, fn, data, destroy);
}

static PGresult *
tx_execute (PgTx *tx, const char *sql, const StoreValue *args, gsize n_args, GError **error)
{
  if (tx->spoiled != NULL) {
    g_propagate_prefixed_error (error, g_error_copy (tx->spoiled),
                                "an earlier statement of this transaction failed: ");
    return NULL;
  }
  GError *cause = NULL;
  PGresult *result =
      pg_connection_execute (tx->connection, sql, args, n_args, &tx->failure, &cause);
  if (result == NULL) {
    tx->spoiled = g_error_copy (cause);
    g_propagate_error (error, cause);
  }
  return result;
}

gboolean
pg_tx_exec (StoreTx *parent, const char *sql, const StoreValue *args, gsize n_args,
            gint64 *out_changes, GError **error)
{
  PGresult *result = tx_execute ((PgTx *)parent, sql, args, n_args, error);
  if (result == NULL)
    return FALSE;
  if (out_changes != NULL)
    *out_changes = g_ascii_strtoll (PQcmdTuples (result), NULL, 10);
  PQclear (result);
  return TRUE;
}

StoreRows *
pg_tx_query (StoreTx *parent, const char *sql, const StoreValue *args, gsize n_args, GError **error)
{
  PgTx *tx = (PgTx *)parent;
  PGresult *result = tx_execute (tx, sql, args, n_args, error);
  if (result == NULL)
    return NULL;
  PgRows *rows = g_new0 (PgRows, 1);
  *rows =
      (PgRows){ .parent.driver = &postgres_store_driver, .tx = tx, .result = result, .row = -1 };
  tx->open_rows++;
  return &rows->parent;
}

void
pg_rows_free (StoreRows *parent)
{
  PgRows *rows = (PgRows *)parent;
  PQclear (rows->result);
  rows->tx->open_rows--;
  g_free (rows);
}

gboolean
pg_rows_next (StoreRows *parent, GError **error)
{
  PgRows *rows = (PgRows *)parent;
  int n_rows = PQntuples (rows->result);
  if (rows->row < n_rows)
    rows->row++;
  if (rows->row == n_rows)
    return FALSE;
  GError *cause = NULL;
  if (pg_row_check (rows->result, rows->row, &cause))
    return TRUE;
  rows->row = n_rows;
  if (rows->tx->spoiled == NULL) {
    rows->tx->spoiled = g_error_copy (cause);
    rows->tx->failure = PG_FAILURE_STATEMENT;
  }
  g_propagate_error (error, cause);
  return FALSE;
}

/* The rows, which stand at one; asking without one is a programming error. */
static const PgRows *
at_row (StoreRows *parent)
{
  const PgRows *rows = (const PgRows *)parent;
  g_assert (rows->row >= 0 && rows->row < PQntuples (rows->result));
  return rows;
}

gboolean
pg_rows_is_null (StoreRows *parent, int column)
{
  const PgRows *rows = at_row (parent);
  g_assert (column < PQnfields (rows->result));
  return PQgetisnull (rows->result, rows->row, column);
}

gint64
pg_rows_int (StoreRows *parent, int column)
{
  const PgRows *rows = at_row (parent);
  return pg_value_int (rows->result, rows->row, column);
}

const char *
pg_rows_text (StoreRows *parent, int column)
{
  const PgRows *rows = at_row (parent);
  return pg_value_text (rows->result, rows->row, column);
}

const guint8 *
pg_rows_bytes (StoreRows *parent, int column, gsize *out_size_bytes)
{
  const PgRows *rows = at_row (parent);
  return pg_value_bytes (rows->result, rows->row, column, out_size_bytes);
}
