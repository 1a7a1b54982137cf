#pragma once

#include "store/job-queue.h"
#include "store/postgres/connection.h"
#include "store/store-driver.h"

/* One work inside a transaction of PostgreSQL's: what it sees of the store. Private to store/postgres/.
 *
 * The transaction is whoever's who lets the work run: its beginning and its end are not here.
 *
 * Threads: the one that the connection belongs to. */

/* What has become of the transaction that a work ran in. */
typedef enum {
  WORK_KEPT,
  WORK_REFUSED,   /* job->error says why; the transaction can go on from the savepoint before */
  WORK_ABANDONED, /* job->error says why the whole transaction cannot go on */
  WORK_CONFLICT,
  WORK_LOST
} WorkEnd;

/* Lets the work speak. The state of the transaction counts, whatever the work made of it; with every end but WORK_KEPT
 * job->error is set. */
WorkEnd pg_work_run (Job *job, PgConnection *connection);

/* For the table of the driver. */
void pg_tx_on_commit (StoreTx *parent, void (*fn) (gpointer data), gpointer data,
                      GDestroyNotify destroy);
gboolean pg_tx_exec (StoreTx *parent, const char *sql, const StoreValue *args, gsize n_args,
                     gint64 *out_changes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
StoreRows *pg_tx_query (StoreTx *parent, const char *sql, const StoreValue *args, gsize n_args,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
void pg_rows_free (StoreRows *parent);
gboolean pg_rows_next (StoreRows *parent, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean pg_rows_is_null (StoreRows *parent, int column);
gint64 pg_rows_int (StoreRows *parent, int column);
const char *pg_rows_text (StoreRows *parent, int column);
const guint8 *pg_rows_bytes (StoreRows *parent, int column, gsize *out_size_bytes);
