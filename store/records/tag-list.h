#pragma once

#include "core/arena.h"
#include "core/tag-filter.h"
#include "store/store.h"

/* A list of tags out of a query, in the caller's arena. */

typedef struct {
  gsize n;
  const Tag *items;
} TagList;

/* All the rows of a query whose first two columns are a key and a value. */
gboolean tag_list_query (StoreTx *tx, const char *sql, const StoreValue *args, gsize n_args,
                         Arena *arena, TagList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
