#pragma once

#include <glib.h>

/* The store: where everything that must survive a crash is kept.
 *
 * One interface over a relational database. A caller hands over a *work*: a function that runs inside one
 * transaction on a store thread, and afterwards learns whether it was committed. Records (store/records/) are
 * written on top of store_exec and store_query; nobody else writes SQL.
 *
 * It does not know what the columns mean, does not retry for the caller beyond what is said below, and keeps no
 * cache of rows.
 *
 * Threads: every function that takes a Store may be called from any thread. A StoreTx and its StoreRows belong
 * to the work they were given to, on the thread that runs it, until the work returns. Callbacks (done, on_commit)
 * run on a store thread and must be quick: no blocking, no store_run (that is a programming error and aborts),
 * but store_submit is fine.
 *
 * SQL: one text for all databases. `$1`, `$2`... are the parameters (a parameter may appear several times, in any
 * order); types are TEXT, BIGINT and BYTEA; UPSERT and RETURNING may be used; nothing that SQLite or PostgreSQL
 * alone understands. SQL texts are string constants: statements are cached by the address of the text.
 * A statement that fails spoils its transaction, as it does in PostgreSQL: every later statement of that work
 * fails too, and the work cannot commit. So test for a conflict with ON CONFLICT DO NOTHING, not by its error.
 *
 *   static gboolean
 *   create (StoreTx *tx, gpointer data, GError **error)
 *   {
 *     const Application *a = data;
 *     return store_exec (tx, "INSERT INTO application (id, name) VALUES ($1, $2)",
 *                        STORE_ARGS (store_text (a->id), store_text (a->name)), NULL, error);
 *   }
 *   ...
 *   if (!store_run (store, STORE_WRITE, create, &a, &error))
 */

typedef struct Store Store;
typedef struct StoreTx StoreTx;
typedef struct StoreRows StoreRows;

#define STORE_ERROR (store_error_quark ())
GQuark store_error_quark (void);

typedef enum {
  STORE_ERROR_OPEN,   /* the database cannot be opened: path, permissions, not a database */
  STORE_ERROR_SCHEMA, /* the schema is newer than this program, or a migration failed */
  STORE_ERROR_BUSY,   /* another process holds the database for too long; trying again may help */
  STORE_ERROR_CONSTRAINT, /* unique, not null, foreign key or check constraint */
  STORE_ERROR_FULL,       /* no space left */
  STORE_ERROR_IO, /* the database or its file failed, or cannot be reached: nothing of this transaction was kept,
                    * unless the message says that this is not known (StoreStats.uncertain counts those) */
  STORE_ERROR_SQL, /* the statement itself is wrong, or a value has the wrong type */
} StoreError;

/* It lies with the database's state, not with what was asked: the same may succeed later. */
gboolean store_error_may_pass (const GError *error);

typedef enum {
  STORE_READ,  /* a consistent snapshot; statements that write fail */
  STORE_WRITE, /* one writer after another; sees all that was committed before */
} StoreMode;

/* Runs on a store thread inside one transaction. TRUE commits, FALSE (with *error set) rolls back. It may be run
 * again when the database could not keep the first attempt, so it has no effect but through tx (and through data
 * that it overwrites). */
typedef gboolean (*StoreWork) (StoreTx *tx, gpointer data, GError **error);

/* Called exactly once for a submitted work, after its commit is durable (error NULL) or it was rolled back. */
typedef void (*StoreDone) (gpointer data, const GError *error);

/* Opens the database and brings its schema up to date. May block on disk and network.
 * url: "sqlite:/path/to/file" (made if needed, mode 0600), "sqlite::memory:" (gone when closed; for tests), or
 * "postgresql://USER@HOST:PORT/DATABASE?OPTION=VALUE" with libpq's options ("postgres://..." is the same; so is "postgresql:"
 * with libpq's KEY=VALUE list). Messages do not show its password.
 * Errors: STORE_ERROR_OPEN, STORE_ERROR_SCHEMA, STORE_ERROR_BUSY, STORE_ERROR_IO. */
Store *store_open (const char *url, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What is to know of a URL without opening it. */
typedef struct {
  char *name;            /* the URL as it may be shown: without its secrets */
  gboolean has_password; /* so the whole of it may not be shown, nor stand on a command line */
} StoreUrl;
void store_url_clear (StoreUrl *url);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StoreUrl, store_url_clear)
/* Errors: STORE_ERROR_OPEN. */
gboolean store_url_describe (const char *url, StoreUrl *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Finishes every work submitted so far (and those their callbacks submit), then closes. Blocks. No other thread
 * may be using the store any more. NULL is fine. */
void store_close (Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Store, store_close)

/* Queues work and returns at once. done may be NULL. data must live until done has returned. Works of mode
 * STORE_WRITE run in the order of submission; several may share one durable commit, and one that fails is rolled
 * back alone. */
void store_submit (Store *store, StoreMode mode, StoreWork work, StoreDone done, gpointer data);

/* The same, waiting for the end: TRUE when committed. Never on a store thread. */
gboolean store_run (Store *store, StoreMode mode, StoreWork work, gpointer data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* fn (data) is called once this transaction is durable, in the order of registration, before the work's done.
 * When it is rolled back fn is not called. destroy (may be NULL) is called on data in both cases. */
void store_tx_on_commit (StoreTx *tx, void (*fn) (gpointer data), gpointer data,
                         GDestroyNotify destroy);

/* What a parameter is bound to. Plain values; text and bytes are borrowed for the call only. */
typedef struct {
  enum {
    STORE_VALUE_NULL,
    STORE_VALUE_INT,
    STORE_VALUE_TEXT,
    STORE_VALUE_BYTES
  } kind;
  gint64 number;
  const void *bytes;
  gsize size_bytes;
} StoreValue;

StoreValue store_null (void);
StoreValue store_int (gint64 number);
StoreValue store_bool (gboolean flag);                        /* 0 or 1 in a BIGINT column */
StoreValue store_text (const char *text);                     /* UTF-8; NULL is SQL NULL */
StoreValue store_bytes (const void *bytes, gsize size_bytes); /* NULL is SQL NULL */

/* The parameters of a statement: an array and its length. STORE_NO_ARGS for none. */
#define STORE_ARGS(...)                                                                            \
  ((const StoreValue[]){ __VA_ARGS__ }),                                                           \
      (sizeof ((const StoreValue[]){ __VA_ARGS__ }) / sizeof (StoreValue))
#define STORE_NO_ARGS NULL, 0

/* Runs a statement to its end, ignoring rows. out_changes (may be NULL): rows inserted, updated or deleted. */
gboolean store_exec (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args,
                     gint64 *out_changes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Starts a query; also for INSERT/UPDATE/DELETE ... RETURNING, which takes effect completely at the first
 * store_rows_next. The rows are freed by the caller before the work returns. */
StoreRows *store_query (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
void store_rows_free (StoreRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StoreRows, store_rows_free)

/* Moves to the next (at first: the first) row. FALSE at the end, with *error unset, or on failure, with it set:
 * the one function here where FALSE does not imply an error, so a loop is followed by a look at the error. */
gboolean store_rows_next (StoreRows *rows, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Columns of the current row, counted from 0. Pointers are valid until the next store_rows_next or free; SQL NULL
 * is NULL (and 0 as a number). A column of another type than asked for is a programming error. */
gboolean store_rows_is_null (StoreRows *rows, int column);
gint64 store_rows_int (StoreRows *rows, int column);
gboolean store_rows_bool (StoreRows *rows, int column);
const char *store_rows_text (StoreRows *rows, int column);
const guint8 *store_rows_bytes (StoreRows *rows, int column, gsize *out_size_bytes);

/* Counters since opening, and its schema; for the log, /metrics and tests. */
typedef struct {
  guint64 commits;     /* durable commits (each is one sync of the log) */
  guint64 works;       /* write works that were committed */
  guint64 rolled_back; /* write works that were rolled back */
  guint64 reads;       /* read works that ended */
  guint64 queued;      /* works waiting now */
  guint64 uncertain;   /* commits whose answer was lost: see STORE_ERROR_IO */
  gint64
      schema_found; /* the newest migration at opening: 0 of an empty database, less than `schema` of an older one */
  gint64 schema; /* the newest migration now */
} StoreStats;
void store_get_stats (Store *store, StoreStats *out_stats);
