#include "store/sqlite/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More statements than the program has; only a caller that builds its texts could reach it. */
#define CACHE_MAX_STATEMENTS 1024
#define STATEMENT_MAX_PARAMS 64

struct SqliteStatement {
  SqliteConnection *connection;
  const char *sql; /* the key in the cache */
  sqlite3_stmt *stmt;
  guint n_params;
  guint8 numbers[STATEMENT_MAX_PARAMS]; /* SQLite's parameter i + 1 is our $numbers[i] */
  gboolean cached;
  gboolean in_use;
};

struct SqliteConnection {
  sqlite3 *db;
  GHashTable *statements; /* address of the text -> SqliteStatement */
  guint log_pages;        /* in the write-ahead log after the last commit */
};

static StoreError
store_error_from_sqlite (int code)
{
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return STORE_ERROR_BUSY;
  case SQLITE_CONSTRAINT:
    return STORE_ERROR_CONSTRAINT;
  case SQLITE_FULL:
    return STORE_ERROR_FULL;
  case SQLITE_CANTOPEN:
  case SQLITE_NOTADB:
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return STORE_ERROR_OPEN;
  case SQLITE_ERROR:
  case SQLITE_RANGE:
  case SQLITE_MISMATCH:
  case SQLITE_MISUSE:
  case SQLITE_TOOBIG:
    return STORE_ERROR_SQL;
  default:
    return STORE_ERROR_IO;
  }
}

static void
set_error (SqliteConnection *connection, const char *what, GError **error)
{
  int code = sqlite3_extended_errcode (connection->db);
  g_set_error (error, STORE_ERROR, store_error_from_sqlite (code), "%s: %s (%s)", what,
               sqlite3_errmsg (connection->db), sqlite3_errstr (code & 0xff));
}

static void
statement_free (gpointer data)
{
  SqliteStatement *statement = data;
  sqlite3_finalize (statement->stmt);
  g_free (statement);
}

void
sqlite_connection_close (SqliteConnection *connection)
{
  if (connection == NULL)
    return;
  g_clear_pointer (&connection->statements, g_hash_table_unref);
  int code = sqlite3_close (connection->db);
  g_assert (code == SQLITE_OK); /* otherwise a statement was never released */
  g_free (connection);
}

/* SQLite would create the file with the umask's mode; the log and the index beside it copy the mode of the file. */
static gboolean
make_private_file (const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  int code = errno;
  if (fd < 0 || fchmod (fd, 0600) != 0) {
    if (fd >= 0) {
      code = errno;
      close (fd);
    }
    g_set_error (error, STORE_ERROR, STORE_ERROR_OPEN, "cannot open the database \"%s\": %s", path,
                 g_strerror (code));
    return FALSE;
  }
  close (fd);
  return TRUE;
}

static int
remember_log_pages (void *data, sqlite3 *db, const char *name, int pages)
{
  SqliteConnection *connection = data;
  connection->log_pages = (guint)pages;
  return SQLITE_OK;
}

/* SQLite would count what it allocates, under a lock that all its threads share; nobody reads that. Refused, and no harm, when
 * somebody else in the process has used SQLite before. */
static gpointer
configure_once (gpointer data)
{
  return GINT_TO_POINTER (sqlite3_config (SQLITE_CONFIG_MEMSTATUS, 0));
}

static gboolean
switch_to_write_ahead_log (SqliteConnection *connection, const char *path, GError **error)
{
  g_autoptr (GError) cause = NULL;
  SqliteStatement *pragma = sqlite_connection_prepare (connection, "PRAGMA journal_mode=WAL", NULL,
                                                       0, SQLITE_STATEMENT_BORROW, &cause);
  if (pragma == NULL) {
    g_propagate_prefixed_error (error, g_steal_pointer (&cause),
                                "cannot open the database \"%s\": ", path);
    return FALSE;
  }
  SqliteStep step = sqlite_statement_step (pragma, &cause);
  gboolean is_wal =
      step == SQLITE_STEP_ROW && g_strcmp0 (sqlite_statement_text (pragma, 0), "wal") == 0;
  sqlite_statement_release (pragma);
  if (is_wal)
    return TRUE;
  if (cause != NULL)
    g_propagate_prefixed_error (error, g_steal_pointer (&cause),
                                "cannot open the database \"%s\": ", path);
  else
    g_set_error (error, STORE_ERROR, STORE_ERROR_OPEN,
                 "cannot open the database \"%s\": its file system does not allow a write-ahead "
                 "log; put the data directory on a local disk",
                 path);
  return FALSE;
}

SqliteConnection *
sqlite_connection_open (const char *path, SqliteAccess access, guint busy_timeout_ms,
                        GError **error)
{
  static GOnce once = G_ONCE_INIT;
  g_once (&once, configure_once, NULL);
  if (access == SQLITE_ACCESS_WRITER && !make_private_file (path, error))
    return NULL;

  g_autoptr (SqliteConnection) connection = g_new0 (SqliteConnection, 1);
  connection->statements = g_hash_table_new_full (NULL, NULL, NULL, statement_free);
  int code =
      sqlite3_open_v2 (access == SQLITE_ACCESS_MEMORY ? ":memory:" : path, &connection->db,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
  if (code != SQLITE_OK) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_OPEN, "cannot open the database \"%s\": %s", path,
                 connection->db != NULL ? sqlite3_errmsg (connection->db) : sqlite3_errstr (code));
    return NULL;
  }
  sqlite3_busy_timeout (connection->db, (int)busy_timeout_ms);

  /* Checkpoints are asked for between transactions, after the callers have their answers. */
  if (access == SQLITE_ACCESS_WRITER) {
    if (!switch_to_write_ahead_log (connection, path, error))
      return NULL;
    sqlite3_wal_hook (connection->db, remember_log_pages, connection);
  }
  if (!sqlite_connection_run_script (
          connection,
          "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
          "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-4096;"
          "PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=67108864;",
          error) ||
      /* The rows of a deployment to ten thousand hosts, of which each report touches some. */
      (access == SQLITE_ACCESS_WRITER &&
       !sqlite_connection_run_script (connection, "PRAGMA cache_size=-32768;", error))) {
    g_prefix_error (error, "cannot open the database \"%s\": ", path);
    return NULL;
  }
  return g_steal_pointer (&connection);
}

gboolean
sqlite_connection_run_script (SqliteConnection *connection, const char *sql, GError **error)
{
  if (sqlite3_exec (connection->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  set_error (connection, "SQL script failed", error);
  return FALSE;
}

gboolean
sqlite_connection_in_transaction (SqliteConnection *connection)
{
  return !sqlite3_get_autocommit (connection->db);
}

void
sqlite_connection_checkpoint (SqliteConnection *connection, guint pages)
{
  if (connection->log_pages < pages)
    return;
  /* What could not be moved stays in the log, where it is as safe; the next commit counts its pages anew. */
  sqlite3_wal_checkpoint_v2 (connection->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
  connection->log_pages = 0;
}

gint64
sqlite_connection_changes (SqliteConnection *connection)
{
  return sqlite3_changes64 (connection->db);
}

static gboolean
number_params (SqliteStatement *statement, GError **error)
{
  int n_params = sqlite3_bind_parameter_count (statement->stmt);
  if (n_params > STATEMENT_MAX_PARAMS) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_SQL, "more than %d parameters in \"%s\"",
                 STATEMENT_MAX_PARAMS, statement->sql);
    return FALSE;
  }
  for (int i = 1; i <= n_params; i++) {
    const char *name = sqlite3_bind_parameter_name (statement->stmt, i);
    guint64 number = 0;
    if (name == NULL || name[0] != '$' ||
        !g_ascii_string_to_unsigned (name + 1, 10, 1, STATEMENT_MAX_PARAMS, &number, NULL)) {
      g_set_error (error, STORE_ERROR, STORE_ERROR_SQL, "parameters are $1, $2...: \"%s\"",
                   statement->sql);
      return FALSE;
    }
    statement->numbers[i - 1] = (guint8)number;
  }
  statement->n_params = (guint)n_params;
  return TRUE;
}

static SqliteStatement *
statement_new (SqliteConnection *connection, const char *sql, GError **error)
{
  SqliteStatement *statement = g_new0 (SqliteStatement, 1);
  statement->connection = connection;
  statement->sql = sql;
  const char *rest = NULL;
  if (sqlite3_prepare_v3 (connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement->stmt,
                          &rest) != SQLITE_OK) {
    g_autofree char *what = g_strdup_printf ("cannot prepare \"%s\"", sql);
    set_error (connection, what, error);
    statement_free (statement);
    return NULL;
  }
  if (statement->stmt == NULL || strspn (rest, " \t\r\n;") != strlen (rest)) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_SQL, "expected one statement: \"%s\"", sql);
    statement_free (statement);
    return NULL;
  }
  if (!number_params (statement, error)) {
    statement_free (statement);
    return NULL;
  }
  return statement;
}

static gboolean
statement_is_idle (gpointer key, gpointer value, gpointer data)
{
  return !((SqliteStatement *)value)->in_use;
}

/* From the cache when it is there and idle; a text that is being stepped already gets a second, uncached one. */
static SqliteStatement *
statement_acquire (SqliteConnection *connection, const char *sql, GError **error)
{
  SqliteStatement *found = g_hash_table_lookup (connection->statements, sql);
  if (found != NULL && !found->in_use) {
    if (strcmp (sqlite3_sql (found->stmt), sql) == 0)
      return found;
    g_hash_table_remove (connection->statements, sql);
    found = NULL;
  }
  SqliteStatement *statement = statement_new (connection, sql, error);
  if (statement == NULL || found != NULL)
    return statement;
  if (g_hash_table_size (connection->statements) >= CACHE_MAX_STATEMENTS)
    g_hash_table_foreach_remove (connection->statements, statement_is_idle, NULL);
  statement->cached = TRUE;
  g_hash_table_insert (connection->statements, (gpointer)sql, statement);
  return statement;
}

static int
bind_value (sqlite3_stmt *stmt, int index, const StoreValue *value, sqlite3_destructor_type keep)
{
  switch (value->kind) {
  case STORE_VALUE_NULL:
    return sqlite3_bind_null (stmt, index);
  case STORE_VALUE_INT:
    return sqlite3_bind_int64 (stmt, index, value->number);
  case STORE_VALUE_TEXT:
    return sqlite3_bind_text64 (stmt, index, value->bytes, value->size_bytes, keep, SQLITE_UTF8);
  case STORE_VALUE_BYTES:
    return sqlite3_bind_blob64 (stmt, index, value->bytes, value->size_bytes, keep);
  }
  g_assert_not_reached ();
}

static gboolean
bind_args (SqliteStatement *statement, const StoreValue *args, gsize n_args,
           sqlite3_destructor_type keep, GError **error)
{
  for (guint i = 0; i < statement->n_params; i++) {
    guint number = statement->numbers[i];
    if (args == NULL || number > n_args) {
      g_set_error (error, STORE_ERROR, STORE_ERROR_SQL,
                   "parameter $%u has no value (%" G_GSIZE_FORMAT " given): \"%s\"", number, n_args,
                   statement->sql);
      return FALSE;
    }
    if (bind_value (statement->stmt, (int)i + 1, &args[number - 1], keep) != SQLITE_OK) {
      set_error (statement->connection, "cannot bind a parameter", error);
      return FALSE;
    }
  }
  return TRUE;
}

SqliteStatement *
sqlite_connection_prepare (SqliteConnection *connection, const char *sql, const StoreValue *args,
                           gsize n_args, SqliteStatementFlags flags, GError **error)
{
  SqliteStatement *statement = statement_acquire (connection, sql, error);
  if (statement == NULL)
    return NULL;
  statement->in_use = TRUE;
  if ((flags & SQLITE_STATEMENT_READ_ONLY) != 0 && !sqlite3_stmt_readonly (statement->stmt)) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_SQL, "a read transaction may not write: \"%s\"",
                 sql);
    sqlite_statement_release (statement);
    return NULL;
  }
  sqlite3_destructor_type keep =
      (flags & SQLITE_STATEMENT_COPY) != 0 ? SQLITE_TRANSIENT : SQLITE_STATIC;
  if (!bind_args (statement, args, n_args, keep, error)) {
    sqlite_statement_release (statement);
    return NULL;
  }
  return statement;
}

SqliteStep
sqlite_statement_step (SqliteStatement *statement, GError **error)
{
  int code = sqlite3_step (statement->stmt);
  if (code == SQLITE_ROW)
    return SQLITE_STEP_ROW;
  if (code == SQLITE_DONE)
    return SQLITE_STEP_END;
  g_autofree char *what = g_strdup_printf ("\"%s\" failed", statement->sql);
  set_error (statement->connection, what, error);
  return SQLITE_STEP_FAILED;
}

void
sqlite_statement_release (SqliteStatement *statement)
{
  if (!statement->cached) {
    statement_free (statement);
    return;
  }
  sqlite3_reset (statement->stmt); /* repeats the error of the last step, which the caller has */
  if (statement->n_params > 0)
    sqlite3_clear_bindings (statement->stmt);
  statement->in_use = FALSE;
}

gboolean
sqlite_connection_control (SqliteConnection *connection, const char *text, GError **error)
{
  SqliteStatement *statement =
      sqlite_connection_prepare (connection, text, NULL, 0, SQLITE_STATEMENT_BORROW, error);
  if (statement == NULL)
    return FALSE;
  SqliteStep step = sqlite_statement_step (statement, error);
  sqlite_statement_release (statement);
  return step != SQLITE_STEP_FAILED;
}

gboolean
sqlite_statement_is_null (SqliteStatement *statement, int column)
{
  g_assert (column < sqlite3_column_count (statement->stmt));
  return sqlite3_column_type (statement->stmt, column) == SQLITE_NULL;
}

gint64
sqlite_statement_int (SqliteStatement *statement, int column)
{
  if (sqlite_statement_is_null (statement, column))
    return 0;
  g_assert (sqlite3_column_type (statement->stmt, column) == SQLITE_INTEGER);
  return sqlite3_column_int64 (statement->stmt, column);
}

const char *
sqlite_statement_text (SqliteStatement *statement, int column)
{
  if (sqlite_statement_is_null (statement, column))
    return NULL;
  g_assert (sqlite3_column_type (statement->stmt, column) == SQLITE_TEXT);
  return (const char *)sqlite3_column_text (statement->stmt, column);
}

const guint8 *
sqlite_statement_bytes (SqliteStatement *statement, int column, gsize *out_size_bytes)
{
  *out_size_bytes = 0;
  if (sqlite_statement_is_null (statement, column))
    return NULL;
  g_assert (sqlite3_column_type (statement->stmt, column) == SQLITE_BLOB);
  const guint8 *bytes = sqlite3_column_blob (statement->stmt, column);
  *out_size_bytes = (gsize)sqlite3_column_bytes (statement->stmt, column);
  return bytes != NULL ? bytes : (const guint8 *)"";
}
