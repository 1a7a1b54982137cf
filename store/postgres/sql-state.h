#pragma once

#include <libpq-fe.h>

#include "store/store.h"

/* What PostgreSQL's error codes (its manual's appendix A) mean for a store; private to store/postgres/.
 *
 * Threads: pure, any thread. */

/* What has become of the transaction in which a statement failed. */
typedef enum {
  PG_FAILURE_NONE,
  PG_FAILURE_STATEMENT,   /* it can go on from the savepoint before */
  PG_FAILURE_TRANSACTION, /* it cannot be kept: it could not begin, commit or set a savepoint */
  PG_FAILURE_CONFLICT,    /* it cannot be kept; run again, it may */
  PG_FAILURE_LOST /* the session is gone, and the transaction with it unless it was committing */
} PgFailure;

/* state: five characters, or NULL when there was no answer. */
StoreError pg_sql_state_error (const char *state);
PgFailure pg_sql_state_failure (const char *state);

/* The error of a failed result. what: the beginning of the message. */
PgFailure pg_result_error (const PGresult *result, const char *what, GError **error);
