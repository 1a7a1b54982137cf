#pragma once

#include "store/job-queue.h"
#include "store/store.h"

/* What a database driver implements; private to store/. Every object starts with its driver, so that store.c can
 * hand a call over. The contracts are those of store.h.
 *
 * Threads: as in store.h. */

typedef struct {
  const char *schemes[3]; /* of its URLs, with the colon: "sqlite:"; NULL at the end */
  /* NULL: not a store for servers, and no URL that people may name. */
  gboolean (*describe) (const char *rest_of_url, StoreUrl *out, GError **error);
  Store *(*open) (const char *rest_of_url, GError **error);
  void (*close) (Store *store);
  /* Instead of the queue: runs the work on the caller's thread. NULL: it is queued. */
  void (*run_here) (Store *store, StoreMode mode, StoreWork work, StoreDone done, gpointer data);
  void (*tx_on_commit) (StoreTx *tx, void (*fn) (gpointer), gpointer data, GDestroyNotify destroy);
  gboolean (*exec) (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args,
                    gint64 *out_changes, GError **error);
  StoreRows *(*query) (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args,
                       GError **error);
  void (*rows_free) (StoreRows *rows);
  gboolean (*rows_next) (StoreRows *rows, GError **error);
  gboolean (*rows_is_null) (StoreRows *rows, int column);
  gint64 (*rows_int) (StoreRows *rows, int column);
  const char *(*rows_text) (StoreRows *rows, int column);
  const guint8 *(*rows_bytes) (StoreRows *rows, int column, gsize *out_size_bytes);
} StoreDriver;

/* What every driver's store begins with; open sets it. */
struct Store {
  const StoreDriver *driver;
  JobQueue *queue;     /* what its threads take their works from */
  gint64 schema_found; /* see StoreStats */
};

struct StoreTx {
  const StoreDriver *driver;
};

struct StoreRows {
  const StoreDriver *driver;
};
