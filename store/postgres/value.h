#pragma once

#include <libpq-fe.h>

#include "store/store.h"

/* Values on their way to PostgreSQL and back, all in its binary format; private to store/postgres/.
 *
 * A parameter's type is what its value is: BIGINT, TEXT or BYTEA; a NULL has none and takes what the statement says.
 * Numbers come back from every integer type, from boolean (0, 1: SQLite's) and from numeric without a fraction (what
 * SUM of BIGINT is).
 *
 * Threads: pure, any thread. */

#define PG_MAX_PARAMS 64

/* One statement's parameters as libpq wants them. */
typedef struct {
  Oid types[PG_MAX_PARAMS]; /* 0: not said */
  const char *values[PG_MAX_PARAMS];
  int lengths[PG_MAX_PARAMS];
  int formats[PG_MAX_PARAMS];
  guint8 numbers[PG_MAX_PARAMS][8];
} PgParams;

/* How many parameters a statement has: the greatest N of its $N. Texts, names and comments are no parameters. */
guint pg_count_params (const char *sql);

/* The first n of args; texts and bytes are borrowed. Errors: STORE_ERROR_SQL. */
gboolean pg_params_fill (PgParams *params, const StoreValue *args, gsize n_args, guint n,
                         const char *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* FALSE with STORE_ERROR_SQL when a number of the row is none that fits. */
gboolean pg_row_check (const PGresult *result, int row, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As in store.h; a column of another type is a programming error. */
gint64 pg_value_int (const PGresult *result, int row, int column);
const char *pg_value_text (const PGresult *result, int row, int column);
const guint8 *pg_value_bytes (const PGresult *result, int row, int column, gsize *out_size_bytes);

/* numeric in its binary format: FALSE when it is no whole number or does not fit. */
gboolean pg_numeric_to_int (const guint8 *bytes, gsize size_bytes, gint64 *out);
