#include "store/store.h"

#include <string.h>

#include "store/migrations.h"
#include "store/postgres/driver.h"
#include "store/sqlite/driver.h"
#include "store/store-driver.h"

G_DEFINE_QUARK (slipway_store_error, store_error)

static const StoreDriver *const drivers[] = {
  &sqlite_store_driver,
  &sqlite_here_store_driver,
  &postgres_store_driver,
};

static void
refuse_url (const char *url, GError **error)
{
  /* What follows its scheme may be a secret. */
  g_set_error (error, STORE_ERROR, STORE_ERROR_OPEN,
               "cannot open a store \"%.*s...\": expected sqlite:PATH or "
               "postgresql://[USER@]HOST[:PORT]/DATABASE",
               (int)MIN (strcspn (url, ":"), 20), url);
}

/* NULL with *error: there is no driver for it. */
static const StoreDriver *
find_driver (const char *url, const char **out_rest, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (drivers); i++) {
    for (const char *const *scheme = drivers[i]->schemes; *scheme != NULL; scheme++) {
      if (g_str_has_prefix (url, *scheme)) {
        *out_rest = url + strlen (*scheme);
        return drivers[i];
      }
    }
  }
  refuse_url (url, error);
  return NULL;
}

Store *
store_open (const char *url, GError **error)
{
  const char *rest;
  const StoreDriver *driver = find_driver (url, &rest, error);
  return driver != NULL ? driver->open (rest, error) : NULL;
}

gboolean
store_url_describe (const char *url, StoreUrl *out, GError **error)
{
  const char *rest;
  const StoreDriver *driver = find_driver (url, &rest, error);
  if (driver != NULL && driver->describe != NULL)
    return driver->describe (rest, out, error);
  if (driver != NULL)
    refuse_url (url, error);
  return FALSE;
}

void
store_url_clear (StoreUrl *url)
{
  g_clear_pointer (&url->name, g_free);
}

gboolean
store_error_may_pass (const GError *error)
{
  return g_error_matches (error, STORE_ERROR, STORE_ERROR_BUSY) ||
         g_error_matches (error, STORE_ERROR, STORE_ERROR_FULL) ||
         g_error_matches (error, STORE_ERROR, STORE_ERROR_IO);
}

void
store_close (Store *store)
{
  if (store != NULL)
    store->driver->close (store);
}

void
store_submit (Store *store, StoreMode mode, StoreWork work, StoreDone done, gpointer data)
{
  if (store->driver->run_here != NULL)
    store->driver->run_here (store, mode, work, done, data);
  else
    job_queue_submit (store->queue, mode, work, done, data);
}

/* One blocking call: the caller's work, and the mailbox its end arrives in. */
typedef struct {
  StoreWork work;
  gpointer data;
  GMutex lock;
  GCond ended_cond;
  gboolean ended;
  GError *error;
} BlockingRun;

static gboolean
blocking_work (StoreTx *tx, gpointer data, GError **error)
{
  BlockingRun *run = data;
  return run->work (tx, run->data, error);
}

static void
blocking_done (gpointer data, const GError *error)
{
  BlockingRun *run = data;
  g_mutex_lock (&run->lock);
  run->error = error != NULL ? g_error_copy (error) : NULL;
  run->ended = TRUE;
  g_cond_signal (&run->ended_cond);
  g_mutex_unlock (&run->lock);
}

gboolean
store_run (Store *store, StoreMode mode, StoreWork work, gpointer data, GError **error)
{
  g_assert (!job_queue_owns_thread (store->queue));
  BlockingRun run = { .work = work, .data = data };
  g_mutex_init (&run.lock);
  g_cond_init (&run.ended_cond);
  store_submit (store, mode, blocking_work, blocking_done, &run);
  g_mutex_lock (&run.lock);
  while (!run.ended)
    g_cond_wait (&run.ended_cond, &run.lock);
  g_mutex_unlock (&run.lock);
  g_cond_clear (&run.ended_cond);
  g_mutex_clear (&run.lock);
  if (run.error == NULL)
    return TRUE;
  g_propagate_error (error, run.error);
  return FALSE;
}

void
store_tx_on_commit (StoreTx *tx, void (*fn) (gpointer), gpointer data, GDestroyNotify destroy)
{
  tx->driver->tx_on_commit (tx, fn, data, destroy);
}

void
store_get_stats (Store *store, StoreStats *out_stats)
{
  job_queue_get_stats (store->queue, out_stats);
  out_stats->schema_found = store->schema_found;
  out_stats->schema = migrations_newest ();
}

StoreValue
store_null (void)
{
  return (StoreValue){ .kind = STORE_VALUE_NULL };
}

StoreValue
store_int (gint64 number)
{
  return (StoreValue){ .kind = STORE_VALUE_INT, .number = number };
}

StoreValue
store_bool (gboolean flag)
{
  return store_int (flag ? 1 : 0);
}

StoreValue
store_text (const char *text)
{
  if (text == NULL)
    return store_null ();
  return (StoreValue){ .kind = STORE_VALUE_TEXT, .bytes = text, .size_bytes = strlen (text) };
}

StoreValue
store_bytes (const void *bytes, gsize size_bytes)
{
  if (bytes == NULL)
    return store_null ();
  return (StoreValue){ .kind = STORE_VALUE_BYTES, .bytes = bytes, .size_bytes = size_bytes };
}

gboolean
store_exec (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args, gint64 *out_changes,
            GError **error)
{
  return tx->driver->exec (tx, sql, args, n_args, out_changes, error);
}

StoreRows *
store_query (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args, GError **error)
{
  return tx->driver->query (tx, sql, args, n_args, error);
}

void
store_rows_free (StoreRows *rows)
{
  if (rows != NULL)
    rows->driver->rows_free (rows);
}

gboolean
store_rows_next (StoreRows *rows, GError **error)
{
  return rows->driver->rows_next (rows, error);
}

gboolean
store_rows_is_null (StoreRows *rows, int column)
{
  return rows->driver->rows_is_null (rows, column);
}

gint64
store_rows_int (StoreRows *rows, int column)
{
  return rows->driver->rows_int (rows, column);
}

gboolean
store_rows_bool (StoreRows *rows, int column)
{
  return store_rows_int (rows, column) != 0;
}

const char *
store_rows_text (StoreRows *rows, int column)
{
  return rows->driver->rows_text (rows, column);
}

const guint8 *
store_rows_bytes (StoreRows *rows, int column, gsize *out_size_bytes)
{
  return rows->driver->rows_bytes (rows, column, out_size_bytes);
}
