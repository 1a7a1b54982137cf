#pragma once

#include "core/arena.h"
#include "store/store.h"

/* A list of tags out of a query, in the caller's arena. */

typedef struct {
  const char *key;
  const char *value;
} TagRecord;

typedef struct {
  gsize n;
  TagRecord *items;
} TagRecordList;

/* Reads key and value, the first two columns, of all the remaining rows. */
gboolean tag_list_read (StoreRows *rows, Arena *arena, TagRecordList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
