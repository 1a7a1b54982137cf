#pragma once

#include <glib.h>

#include "store/store.h"

/* One connection to an SQLite database, with its cache of prepared statements; private to store/sqlite/.
 *
 * Parameters are `$1`, `$2`... and are bound by their number, not by the order in which SQLite meets them.
 * Statements are cached by the address of their text (checked against the text, so that a reused address is only
 * slow, never wrong).
 *
 * Threads: one thread at a time. Every call may block on disk, and up to the busy timeout on another process. */

typedef struct SqliteConnection SqliteConnection;
typedef struct SqliteStatement SqliteStatement;

typedef enum {
  SQLITE_ACCESS_WRITER, /* creates the file (mode 0600), switches it to write-ahead logging */
  SQLITE_ACCESS_READER,
  SQLITE_ACCESS_MEMORY, /* path is ignored: a private database in memory */
} SqliteAccess;

SqliteConnection *sqlite_connection_open (const char *path, SqliteAccess access,
                                          guint busy_timeout_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void sqlite_connection_close (SqliteConnection *connection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SqliteConnection, sqlite_connection_close)

/* Runs the statements of a script, which has no parameters, one after the other. */
gboolean sqlite_connection_run_script (SqliteConnection *connection, const char *sql,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* BEGIN, COMMIT and the like: text is a constant without parameters. */
gboolean sqlite_connection_control (SqliteConnection *connection, const char *text, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* FALSE also when SQLite itself has rolled the transaction back (disk full, I/O error). */
gboolean sqlite_connection_in_transaction (SqliteConnection *connection);

/* Moves what the log holds into the database file when it has grown past `pages`. Failing is harmless: the next
 * call tries again. */
void sqlite_connection_checkpoint (SqliteConnection *connection, guint pages);

gint64 sqlite_connection_changes (SqliteConnection *connection);

/* A prepared statement, bound and ready to step. Values are copied when copy_values is set (needed when stepping
 * goes on after the call), otherwise borrowed until sqlite_statement_release. */
typedef enum {
  SQLITE_STATEMENT_BORROW = 0,
  SQLITE_STATEMENT_COPY = 1 << 0,      /* copy the values */
  SQLITE_STATEMENT_READ_ONLY = 1 << 1, /* refuse a statement that writes */
} SqliteStatementFlags;

SqliteStatement *sqlite_connection_prepare (SqliteConnection *connection, const char *sql,
                                            const StoreValue *args, gsize n_args,
                                            SqliteStatementFlags flags, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  SQLITE_STEP_ROW,
  SQLITE_STEP_END,
  SQLITE_STEP_FAILED, /* *error is set */
} SqliteStep;

SqliteStep sqlite_statement_step (SqliteStatement *statement, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Back to the cache. */
void sqlite_statement_release (SqliteStatement *statement);

/* Columns of the current row; the rules of store.h. */
gboolean sqlite_statement_is_null (SqliteStatement *statement, int column);
gint64 sqlite_statement_int (SqliteStatement *statement, int column);
const char *sqlite_statement_text (SqliteStatement *statement, int column);
const guint8 *sqlite_statement_bytes (SqliteStatement *statement, int column,
                                      gsize *out_size_bytes);
