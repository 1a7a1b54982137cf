#pragma once

#include "core/arena.h"
#include "store/store.h"

/* The parts that a version of an object was uploaded in, as rows. A version is named by its bucket and its number in it
 * (ObjectRecord.sequence); parts count from 1 without gaps, whatever numbers the client gave them.
 *
 * Every function runs inside a work (see store.h), on its thread. Lookups return TRUE with *out NULL when there is
 * no such row; strings of a record live in the caller's arena. */

typedef struct {
  gint64 number;   /* 1 ... 10000 */
  gint64 position; /* of its first byte */
  gint64 size_bytes;
  const char *checksum; /* base64; NULL for none */
} ObjectPartRecord;

gboolean object_part_record_insert (StoreTx *tx, const char *bucket, gint64 sequence,
                                    const ObjectPartRecord *part, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The parts of one version for another one too. */
gboolean object_part_record_copy (StoreTx *tx, const char *from_bucket, gint64 from_sequence,
                                  const char *to_bucket, gint64 to_sequence, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean object_part_record_delete (StoreTx *tx, const char *bucket, gint64 sequence,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean object_part_record_find (StoreTx *tx, const char *bucket, gint64 sequence, gint64 number,
                                  Arena *arena, ObjectPartRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* By number, those after the given one. */
gboolean object_part_record_list (StoreTx *tx, const char *bucket, gint64 sequence, gint64 after,
                                  gsize limit, Arena *arena, gsize *out_n, ObjectPartRecord ***out,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
