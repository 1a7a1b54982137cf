#include "store/postgres/connection.h"

#include <string.h>

#include "store/postgres/value.h"

/* More statements than the program has; only a caller that builds its texts could reach it. */
#define CACHE_MAX_STATEMENTS 1024

typedef struct {
  char *sql; /* a copy: what is at the address may change */
  char name[24];
  guint n_params;
  Oid types[PG_MAX_PARAMS];
  gboolean prepared;
} PgStatement;

/* What has been sent and not yet answered, in order. */
typedef enum {
  SENT_CONTROL,
  SENT_NOTE, /* asks which transaction this is */
  SENT_PREPARE,
  SENT_EXECUTE
} SentKind;

typedef struct {
  SentKind kind;
  PgStatement *statement; /* of SENT_PREPARE */
} Sent;

struct PgConnection {
  PGconn *pq;
  GHashTable *statements; /* address of the text -> PgStatement */
  guint64 n_named;
  GPtrArray *controls; /* texts that wait to be sent */
  GArray *sent;        /* Sent; a synchronisation point follows the last */
  PgTransaction transaction;
};

static void
statement_free (gpointer data)
{
  PgStatement *statement = data;
  g_free (statement->sql);
  g_free (statement);
}

void
pg_connection_close (PgConnection *connection)
{
  if (connection == NULL)
    return;
  PQfinish (connection->pq);
  g_hash_table_unref (connection->statements);
  g_ptr_array_unref (connection->controls);
  g_array_unref (connection->sent);
  g_free (connection);
}

guint
pg_connection_number (const PgConnection *connection)
{
  return (guint)PQbackendPID (connection->pq);
}

/* --- sending and hearing --- */

static PgFailure
fail_lost (PgConnection *connection, GError **error)
{
  g_autofree char *text = g_strdup (PQerrorMessage (connection->pq));
  g_strdelimit (g_strstrip (text), "\n", ' ');
  g_set_error (error, STORE_ERROR, STORE_ERROR_IO, "the connection to PostgreSQL was lost%s%s",
               *text != '\0' ? ": " : "", text);
  return PG_FAILURE_LOST;
}

static void
note_sent (PgConnection *connection, SentKind kind, PgStatement *statement)
{
  const Sent sent = { kind, statement };
  g_array_append_val (connection->sent, sent);
}

static const char note_sql[] = "SELECT CAST (pg_current_xact_id () AS TEXT)";

static gboolean
send_controls (PgConnection *connection)
{
  for (guint i = 0; i < connection->controls->len; i++) {
    const char *text = g_ptr_array_index (connection->controls, i);
    if (!PQsendQueryParams (connection->pq, text, 0, NULL, NULL, NULL, NULL, 1))
      return FALSE;
    note_sent (connection, strcmp (text, note_sql) == 0 ? SENT_NOTE : SENT_CONTROL, NULL);
  }
  g_ptr_array_set_size (connection->controls, 0);
  return TRUE;
}

/* One answer; *out_result (may be NULL) gets it when it is a statement's and good. */
static PgFailure
take_answer (PgConnection *connection, const Sent *sent, PGresult *answer, PGresult **out_result,
             GError **error)
{
  switch (PQresultStatus (answer)) {
  case PGRES_COMMAND_OK:
  case PGRES_TUPLES_OK:
    if (sent->kind == SENT_PREPARE)
      sent->statement->prepared = TRUE;
    if (sent->kind == SENT_NOTE)
      g_strlcpy (connection->transaction.id, PQgetvalue (answer, 0, 0),
                 sizeof connection->transaction.id);
    if (sent->kind == SENT_EXECUTE && out_result != NULL)
      *out_result = answer;
    else
      PQclear (answer);
    return PG_FAILURE_NONE;
  case PGRES_EMPTY_QUERY:
    PQclear (answer);
    g_set_error (error, STORE_ERROR, STORE_ERROR_SQL, "expected one statement");
    return PG_FAILURE_STATEMENT;
  case PGRES_PIPELINE_ABORTED:
    PQclear (answer);
    return PG_FAILURE_NONE; /* one before it has failed, and says why */
  default: {
    PgFailure failure = pg_result_error (
        answer, sent->kind == SENT_PREPARE ? "cannot prepare the statement" : "statement failed",
        error);
    PQclear (answer);
    gboolean is_statement = sent->kind == SENT_PREPARE || sent->kind == SENT_EXECUTE;
    return failure == PG_FAILURE_STATEMENT && !is_statement ? PG_FAILURE_TRANSACTION : failure;
  }
  }
}

/* Hears all that was sent, up to the synchronisation point. The first failure counts. */
static PgFailure
hear_all (PgConnection *connection, PGresult **out_result, GError **error)
{
  PgFailure failure = PG_FAILURE_NONE;
  for (guint i = 0; i < connection->sent->len && failure != PG_FAILURE_LOST; i++) {
    const Sent *sent = &g_array_index (connection->sent, Sent, i);
    PGresult *answer = PQgetResult (connection->pq);
    if (answer == NULL)
      return failure != PG_FAILURE_NONE ? PG_FAILURE_LOST : fail_lost (connection, error);
    g_autoptr (GError) problem = NULL;
    PgFailure this = take_answer (connection, sent, answer, out_result, &problem);
    if (problem != NULL && failure == PG_FAILURE_NONE)
      g_propagate_error (error, g_steal_pointer (&problem));
    if (failure == PG_FAILURE_NONE || this == PG_FAILURE_LOST)
      failure = this;
    while (failure != PG_FAILURE_LOST && (answer = PQgetResult (connection->pq)) != NULL)
      PQclear (answer);
  }
  g_array_set_size (connection->sent, 0);
  if (failure == PG_FAILURE_LOST)
    return failure;
  PGresult *sync = PQgetResult (connection->pq);
  gboolean in_step = PQresultStatus (sync) == PGRES_PIPELINE_SYNC;
  PQclear (sync);
  if (!in_step)
    return failure != PG_FAILURE_NONE ? PG_FAILURE_LOST : fail_lost (connection, error);
  return failure;
}

/* Of an exchange whose end nobody waited for: it said nothing that matters but that the session is gone. */
static gboolean
hear_unheard (PgConnection *connection, PgFailure *out_failure, GError **error)
{
  if (connection->sent->len == 0)
    return TRUE;
  g_autoptr (GError) problem = NULL;
  *out_failure = hear_all (connection, NULL, &problem);
  if (*out_failure != PG_FAILURE_LOST)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

void
pg_connection_control (PgConnection *connection, const char *text)
{
  g_ptr_array_add (connection->controls, g_strdup (text));
}

gboolean
pg_connection_flush (PgConnection *connection, PgFailure *out_failure, GError **error)
{
  *out_failure = PG_FAILURE_NONE;
  if (!hear_unheard (connection, out_failure, error))
    return FALSE;
  if (connection->controls->len == 0)
    return TRUE;
  if (send_controls (connection) && PQpipelineSync (connection->pq))
    *out_failure = hear_all (connection, NULL, error);
  else
    *out_failure = fail_lost (connection, error);
  return *out_failure == PG_FAILURE_NONE;
}

void
pg_connection_flush_unheard (PgConnection *connection)
{
  PgFailure failure;
  if (!hear_unheard (connection, &failure, NULL) || !send_controls (connection) ||
      !PQpipelineSync (connection->pq))
    return; /* the next call finds the same */
  PQflush (connection->pq);
}

/* --- statements --- */

static PgStatement *
statement_new (PgConnection *connection, const char *sql)
{
  PgStatement *statement = g_new0 (PgStatement, 1);
  statement->sql = g_strdup (sql);
  statement->n_params = pg_count_params (sql);
  g_snprintf (statement->name, sizeof statement->name, "s%" G_GUINT64_FORMAT,
              ++connection->n_named);
  return statement;
}

/* A parameter that was NULL so far may have any type; from its first value on it has that one. */
static gboolean
takes (const PgStatement *statement, const PgParams *params)
{
  if (!statement->prepared)
    return FALSE;
  for (guint i = 0; i < statement->n_params; i++)
    if (params->types[i] != 0 && params->types[i] != statement->types[i])
      return FALSE;
  return TRUE;
}

static void
forget_on_server (PgConnection *connection, const PgStatement *statement)
{
  if (!statement->prepared)
    return;
  g_autofree char *text = g_strdup_printf ("DEALLOCATE %s", statement->name);
  pg_connection_control (connection, text);
}

static PgStatement *
find_statement (PgConnection *connection, const char *sql)
{
  PgStatement *found = g_hash_table_lookup (connection->statements, sql);
  if (found != NULL && strcmp (found->sql, sql) == 0)
    return found;
  if (found != NULL)
    forget_on_server (connection, found);
  if (found == NULL && g_hash_table_size (connection->statements) >= CACHE_MAX_STATEMENTS) {
    pg_connection_control (connection, "DEALLOCATE ALL");
    g_hash_table_remove_all (connection->statements);
  }
  PgStatement *statement = statement_new (connection, sql);
  g_hash_table_replace (connection->statements, (gpointer)sql, statement);
  return statement;
}

/* Under a new name: the old one may still be there. */
static gboolean
send_prepare (PgConnection *connection, PgStatement *statement, const PgParams *params)
{
  for (guint i = 0; i < statement->n_params; i++)
    if (params->types[i] != 0)
      statement->types[i] = params->types[i];
  statement->prepared = FALSE;
  g_snprintf (statement->name, sizeof statement->name, "s%" G_GUINT64_FORMAT,
              ++connection->n_named);
  if (!PQsendPrepare (connection->pq, statement->name, statement->sql, (int)statement->n_params,
                      statement->types))
    return FALSE;
  note_sent (connection, SENT_PREPARE, statement);
  return TRUE;
}

static gboolean
send_statement (PgConnection *connection, PgStatement *statement, const PgParams *params)
{
  gboolean fits = takes (statement, params);
  if (!fits)
    forget_on_server (connection, statement);
  if (!send_controls (connection) || (!fits && !send_prepare (connection, statement, params)) ||
      !PQsendQueryPrepared (connection->pq, statement->name, (int)statement->n_params,
                            params->values, params->lengths, params->formats, 1))
    return FALSE;
  note_sent (connection, SENT_EXECUTE, NULL);
  return PQpipelineSync (connection->pq) != 0;
}

PGresult *
pg_connection_execute (PgConnection *connection, const char *sql, const StoreValue *args,
                       gsize n_args, PgFailure *out_failure, GError **error)
{
  *out_failure = PG_FAILURE_NONE;
  if (!hear_unheard (connection, out_failure, error))
    return NULL;
  PgStatement *statement = find_statement (connection, sql);
  PgParams params;
  if (!pg_params_fill (&params, args, n_args, statement->n_params, sql, error)) {
    *out_failure = PG_FAILURE_STATEMENT;
    return NULL;
  }
  PGresult *result = NULL;
  if (send_statement (connection, statement, &params))
    *out_failure = hear_all (connection, &result, error);
  else
    *out_failure = fail_lost (connection, error);
  if (*out_failure == PG_FAILURE_NONE)
    return result;
  g_prefix_error (error, "\"%s\": ", sql);
  PQclear (result);
  return NULL;
}

/* --- what became of a transaction --- */

void
pg_connection_note_transaction (PgConnection *connection)
{
  connection->transaction.id[0] = '\0';
  pg_connection_control (connection, note_sql);
}

PgTransaction
pg_connection_noted_transaction (const PgConnection *connection)
{
  return connection->transaction;
}

PgOutcome
pg_connection_outcome (PgConnection *connection, const PgTransaction *transaction)
{
  /* A standby that took over may have given the number to another transaction. */
  if (transaction->id[0] == '\0' || transaction->timeline[0] == '\0' ||
      strcmp (transaction->timeline, connection->transaction.timeline) != 0)
    return PG_OUTCOME_UNKNOWN;
  const StoreValue args[] = { store_text (transaction->id) };
  PgFailure failure;
  g_autoptr (GError) error = NULL;
  PGresult *answer = pg_connection_execute (connection, "SELECT pg_xact_status (CAST ($1 AS xid8))",
                                            args, 1, &failure, &error);
  if (answer == NULL)
    return PG_OUTCOME_UNKNOWN;
  static const struct {
    const char *text;
    PgOutcome outcome;
  } outcomes[] = {
    { "committed", PG_OUTCOME_COMMITTED },
    { "aborted", PG_OUTCOME_ABORTED },
    { "in progress", PG_OUTCOME_RUNNING },
  };
  PgOutcome outcome = PG_OUTCOME_UNKNOWN;
  for (gsize i = 0; i < G_N_ELEMENTS (outcomes); i++)
    if (strcmp (PQgetvalue (answer, 0, 0), outcomes[i].text) == 0)
      outcome = outcomes[i].outcome;
  PQclear (answer);
  return outcome;
}

/* --- opening --- */

/* Nobody reads the process's standard error for what a server remarks. */
static void
ignore_notice (void *data, const PGresult *notice)
{
}

static gboolean
run_simply (PgConnection *connection, const char *sql, GError **error)
{
  PGresult *result = PQexec (connection->pq, sql);
  ExecStatusType status = PQresultStatus (result);
  gboolean ok =
      status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
  if (!ok)
    pg_result_error (result, "SQL script failed", error);
  PQclear (result);
  return ok;
}

gboolean
pg_connection_run_script (PgConnection *connection, const char *sql, GError **error)
{
  g_assert (connection->controls->len == 0 && connection->sent->len == 0);
  if (!PQexitPipelineMode (connection->pq)) {
    fail_lost (connection, error);
    return FALSE;
  }
  gboolean ok = run_simply (connection, sql, error);
  if (!PQenterPipelineMode (connection->pq))
    g_assert_not_reached (); /* the connection is idle */
  return ok;
}

/* A setting that its owner has not touched gets our value. A session that stands still in a transaction would hold up every
 * other writer; commits are acknowledged, so they are durable. (Not through pg_settings: that view costs milliseconds.) */
static const char session_sql[] =
    "SELECT set_config (name, value, false) FROM (VALUES ('statement_timeout', '0', '60s'),"
    " ('lock_timeout', '0', '10s'), ('idle_in_transaction_session_timeout', '0', '60s'),"
    " ('synchronous_commit', 'off', 'on')) AS ours (name, untouched, value)"
    " WHERE current_setting (name) = untouched;"
    "SET client_min_messages = warning; SET standard_conforming_strings = on";

static gboolean
check_encoding (PgConnection *connection, GError **error)
{
  const char *encoding = PQparameterStatus (connection->pq, "server_encoding");
  if (g_strcmp0 (encoding, "UTF8") == 0)
    return TRUE;
  g_set_error (error, STORE_ERROR, STORE_ERROR_OPEN,
               "its encoding is %s, it must be UTF8: make it with createdb --encoding=UTF8 "
               "--template=template0",
               encoding != NULL ? encoding : "unknown");
  return FALSE;
}

/* The first part of a log file's name: it changes whenever a standby takes over, or an old state is restored. */
static void
note_timeline (PgConnection *connection)
{
  PGresult *answer =
      PQexec (connection->pq, "SELECT substr (pg_walfile_name (pg_current_wal_lsn ()), 1, 8)");
  if (PQresultStatus (answer) == PGRES_TUPLES_OK)
    g_strlcpy (connection->transaction.timeline, PQgetvalue (answer, 0, 0),
               sizeof connection->transaction.timeline);
  PQclear (answer);
}

/* Before a server has said anything there is no code, but where the fault lies is clear: nobody answers. */
static void
set_connect_error (const PgTarget *target, PGconn *pq, GError **error)
{
  g_autofree char *text = g_strdup (pq != NULL ? PQerrorMessage (pq) : "out of memory");
  g_strdelimit (g_strstrip (text), "\n\t", ' ');
  gboolean has_none = pq != NULL && PQconnectionNeedsPassword (pq);
  g_set_error (error, STORE_ERROR, STORE_ERROR_OPEN, "cannot connect to %s: %s%s",
               pg_target_name (target), text,
               has_none ? " (~/.pgpass or PGPASSFILE can hold it)" : "");
}

PgConnection *
pg_connection_open (const PgTarget *target, GError **error)
{
  PGconn *pq = pg_target_connect (target);
  if (pq == NULL || PQstatus (pq) != CONNECTION_OK) {
    set_connect_error (target, pq, error);
    PQfinish (pq);
    return NULL;
  }
  g_autoptr (PgConnection) connection = g_new0 (PgConnection, 1);
  connection->pq = pq;
  connection->statements = g_hash_table_new_full (NULL, NULL, NULL, statement_free);
  connection->controls = g_ptr_array_new_with_free_func (g_free);
  connection->sent = g_array_new (FALSE, FALSE, sizeof (Sent));
  PQsetNoticeReceiver (pq, ignore_notice, NULL);
  if (!check_encoding (connection, error) || !run_simply (connection, session_sql, error)) {
    g_prefix_error (error, "cannot use %s: ", pg_target_name (target));
    return NULL;
  }
  note_timeline (connection);
  if (!PQenterPipelineMode (pq))
    g_assert_not_reached (); /* it is idle */
  return g_steal_pointer (&connection);
}
