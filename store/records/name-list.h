#pragma once

#include "core/arena.h"
#include "store/store.h"

/* A list of names out of a query, in the caller's arena. */

typedef struct {
  gsize n;
  const char **items;
} NameList;

/* Reads the first column of all the remaining rows. */
gboolean name_list_read (StoreRows *rows, Arena *arena, NameList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
