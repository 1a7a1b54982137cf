#pragma once

#include "store/postgres/sql-state.h"
#include "store/postgres/target.h"
#include "store/store.h"

/* One session with a PostgreSQL server, with its cache of prepared statements; private to store/postgres/.
 *
 * Round trips are what a transaction costs, so what needs no answer by itself (BEGIN, SAVEPOINT, RELEASE...) is only noted
 * as a *control*, and travels with the next statement or with pg_connection_flush, in libpq's pipeline mode.
 *
 * Statements are prepared once and cached by the address of their text (checked against the text, so that a reused
 * address is only slow, never wrong). When a parameter comes with another type than the statement was prepared with, it
 * is prepared anew.
 *
 * Each failing call says in *out_failure what has become of the transaction. After PG_FAILURE_LOST only
 * pg_connection_close is left to do.
 *
 * Threads: one thread at a time. Every call may block on the network, up to the server's statement_timeout and the
 * time-outs of the URL. */

typedef struct PgConnection PgConnection;

/* Connects and makes the session fit: UTF-8, durable commits, time-outs unless the user has set them. Errors:
 * STORE_ERROR_OPEN, STORE_ERROR_IO, STORE_ERROR_BUSY; they name the target. */
PgConnection *pg_connection_open (const PgTarget *target, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void pg_connection_close (PgConnection *connection); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PgConnection, pg_connection_close)

/* Runs the statements of a script, which has no parameters, one after the other. No control may be waiting. */
gboolean pg_connection_run_script (PgConnection *connection, const char *sql, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* text is copied. */
void pg_connection_control (PgConnection *connection, const char *text);
/* Sends the controls that wait, and waits for their end. */
gboolean pg_connection_flush (PgConnection *connection, PgFailure *out_failure, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Sends the controls that wait; how they ended only matters to the session: if it is lost, the next call says so. */
void pg_connection_flush_unheard (PgConnection *connection);

/* A control that makes the session remember which transaction this is. */
void pg_connection_note_transaction (PgConnection *connection);
/* How a transaction that another session had noted has ended; that one was lost while it committed. */
typedef enum {
  PG_OUTCOME_COMMITTED,
  PG_OUTCOME_ABORTED,
  PG_OUTCOME_RUNNING, /* the server has not noticed yet that the session is gone */
  PG_OUTCOME_UNKNOWN  /* this server cannot tell: another has taken over, or it was not noted */
} PgOutcome;
/* A transaction, and the history of the server that it belongs to. */
typedef struct {
  char id[24];       /* "" : not noted */
  char timeline[12]; /* "" : the server does not say */
} PgTransaction;
PgTransaction pg_connection_noted_transaction (const PgConnection *connection);
PgOutcome pg_connection_outcome (PgConnection *connection, const PgTransaction *transaction);

/* Runs one statement; all its rows are in the result, which the caller frees with PQclear. NULL on failure. */
PGresult *pg_connection_execute (PgConnection *connection, const char *sql, const StoreValue *args,
                                 gsize n_args, PgFailure *out_failure, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Of the session, the same for no other that runs: for pauses that differ. */
guint pg_connection_number (const PgConnection *connection);
