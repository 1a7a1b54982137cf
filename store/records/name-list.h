#pragma once

#include "core/arena.h"
#include "store/store.h"

/* A list of names out of a query, in the caller's arena. */

typedef struct {
  gsize n;
  const char **items;
} NameList;

/* All the rows of a query whose first column is a name. */
gboolean name_list_query (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args,
                          Arena *arena, NameList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
