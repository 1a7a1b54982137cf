#include "store/postgres/sql-state.h"

#include <string.h>

typedef struct {
  const char *prefix; /* of the code; the first row that fits counts */
  StoreError error;
  PgFailure failure;
  const char *remedy; /* NULL: the message says enough */
} StateRow;

static const StateRow states[] = {
  { "08", STORE_ERROR_IO, PG_FAILURE_LOST, NULL },
  { "23", STORE_ERROR_CONSTRAINT, PG_FAILURE_STATEMENT, NULL },
  { "40001", STORE_ERROR_BUSY, PG_FAILURE_CONFLICT, NULL }, /* serialization_failure */
  { "40P01", STORE_ERROR_BUSY, PG_FAILURE_CONFLICT, NULL }, /* deadlock_detected */
  { "40002", STORE_ERROR_CONSTRAINT, PG_FAILURE_CONFLICT, NULL },
  { "40", STORE_ERROR_IO, PG_FAILURE_CONFLICT, NULL },
  { "55P03", STORE_ERROR_BUSY, PG_FAILURE_STATEMENT,
    "another session holds what is needed; see pg_stat_activity" },
  { "57014", STORE_ERROR_BUSY, PG_FAILURE_STATEMENT, "it took longer than statement_timeout" },
  { "53100", STORE_ERROR_FULL, PG_FAILURE_STATEMENT, "make room on PostgreSQL's disk" },
  { "53300", STORE_ERROR_BUSY, PG_FAILURE_LOST, "raise max_connections" },
  { "53", STORE_ERROR_IO, PG_FAILURE_STATEMENT, NULL },
  { "57P", STORE_ERROR_IO, PG_FAILURE_LOST, NULL },   /* shut down, crashed, starting */
  { "25P03", STORE_ERROR_IO, PG_FAILURE_LOST, NULL }, /* idle_in_transaction_session_timeout */
  { "25006", STORE_ERROR_SQL, PG_FAILURE_STATEMENT, NULL }, /* a write in a read transaction */
  { "25", STORE_ERROR_SQL, PG_FAILURE_STATEMENT, NULL },
  { "28", STORE_ERROR_OPEN, PG_FAILURE_LOST,
    "check the user, pg_hba.conf, and the password in ~/.pgpass" },
  { "3D", STORE_ERROR_OPEN, PG_FAILURE_LOST, "make it with createdb" },
  { "42501", STORE_ERROR_OPEN, PG_FAILURE_STATEMENT,
    "the user must own the database, or may use and create in its schema" },
  { "0A", STORE_ERROR_SQL, PG_FAILURE_STATEMENT, NULL },
  { "21", STORE_ERROR_SQL, PG_FAILURE_STATEMENT, NULL },
  { "22", STORE_ERROR_SQL, PG_FAILURE_STATEMENT, NULL },
  { "26", STORE_ERROR_IO, PG_FAILURE_LOST, /* a statement that we prepared is not there */
    "connect to PostgreSQL directly, or through a pooler that keeps sessions" },
  { "2", STORE_ERROR_SQL, PG_FAILURE_STATEMENT, NULL },
  { "3", STORE_ERROR_SQL, PG_FAILURE_STATEMENT, NULL },
  { "42", STORE_ERROR_SQL, PG_FAILURE_STATEMENT, NULL },
  { "54", STORE_ERROR_SQL, PG_FAILURE_STATEMENT, NULL }, /* too long for an index, too complex */
  { "P0", STORE_ERROR_CONSTRAINT, PG_FAILURE_STATEMENT,
    NULL }, /* what a trigger raises, as in SQLite */
  { "", STORE_ERROR_IO, PG_FAILURE_STATEMENT, NULL },
};

static const StateRow no_answer = { "", STORE_ERROR_IO, PG_FAILURE_LOST, NULL };

static const StateRow *
find_row (const char *state)
{
  if (state == NULL)
    return &no_answer;
  const StateRow *row = states;
  while (strncmp (state, row->prefix, strlen (row->prefix)) != 0)
    row++; /* the last fits all */
  return row;
}

StoreError
pg_sql_state_error (const char *state)
{
  return find_row (state)->error;
}

PgFailure
pg_sql_state_failure (const char *state)
{
  return find_row (state)->failure;
}

static gboolean
ends_the_session (const PGresult *result)
{
  const char *severity = PQresultErrorField (result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return g_strcmp0 (severity, "FATAL") == 0 || g_strcmp0 (severity, "PANIC") == 0;
}

PgFailure
pg_result_error (const PGresult *result, const char *what, GError **error)
{
  const char *state = PQresultErrorField (result, PG_DIAG_SQLSTATE);
  const StateRow *row = find_row (state);
  /* The primary message only: the detail may quote a row's values. */
  const char *primary = PQresultErrorField (result, PG_DIAG_MESSAGE_PRIMARY);
  g_autofree char *text = g_strdup (primary != NULL ? primary : PQresultErrorMessage (result));
  g_strdelimit (g_strstrip (text), "\n", ' ');
  g_set_error (error, STORE_ERROR, row->error, "%s: %s (%s)%s%s", what,
               *text != '\0' ? text : "the connection to PostgreSQL was lost",
               state != NULL ? state : "no answer", row->remedy != NULL ? "; " : "",
               row->remedy != NULL ? row->remedy : "");
  return ends_the_session (result) ? PG_FAILURE_LOST : row->failure;
}
