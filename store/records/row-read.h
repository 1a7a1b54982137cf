#pragma once

#include "core/arena.h"
#include "store/store.h"

/* The loops every record needs: one number, one row, all rows. Called inside a work, on its thread. */

/* Makes a record, in the arena, of the row that rows stands on. */
typedef gpointer (*RowReader) (StoreRows *rows, Arena *arena);

/* For a query of exactly one row whose first column is a number. */
gboolean row_read_int (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args,
                       gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For a query of one row or none: *(gpointer *) out is NULL when there is none. */
gboolean row_read_one (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args,
                       RowReader reader, Arena *arena, gpointer out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* All the rows, as an array of pointers in the arena (never NULL). */
gboolean row_read_all (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args,
                       RowReader reader, Arena *arena, gsize *out_n, gpointer **out_items,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A reader for queries of one text column. */
gpointer row_read_text (StoreRows *rows, Arena *arena);
