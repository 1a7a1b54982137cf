#pragma once

#include "core/arena.h"
#include "store/store.h"

/* Multipart uploads that have begun and are not completed, and their parts, as rows.
 *
 * Every function runs inside a work (see store.h), on its thread. Lookups return TRUE with *out NULL when there is
 * no such row; strings of a record live in the caller's arena. */

typedef struct {
  const char *upload_id;
  const char *bucket;
  const char *key;
  gint64 start_ms;
  const char *headers;            /* as in ObjectRecord */
  const char *metadata;           /* as in ObjectRecord */
  const char *checksum_algorithm; /* NULL for none */
  const char *checksum_type;      /* FULL_OBJECT, COMPOSITE; NULL without an algorithm */
  const char *tags;               /* as in ObjectRecord */
  const char *initiator;          /* ARN; NULL: not known */
} MultipartRecord;

typedef struct {
  gint64 number; /* 1 ... 10000 */
  const char *content_sha256;
  gint64 size_bytes;
  const char *etag; /* MD5 in hex */
  gint64 modified_ms;
  const char *checksum; /* base64; NULL for none */
} MultipartPartRecord;

gboolean multipart_record_insert (StoreTx *tx, const MultipartRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Only when it is for that bucket and key. */
gboolean multipart_record_find (StoreTx *tx, const char *upload_id, const char *bucket,
                                const char *key, Arena *arena, MultipartRecord **out,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* With its parts. */
gboolean multipart_record_delete (StoreTx *tx, const char *upload_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Of a bucket, by key and then by upload id: from key lower (inclusive) to key upper (exclusive), of the key lower itself those
 * with an id above after_upload_id ("": all). Bounds are bytes, not necessarily UTF-8. */
gboolean multipart_record_list (StoreTx *tx, const char *bucket, const GBytes *lower,
                                const GBytes *upper, const char *after_upload_id, gsize limit,
                                Arena *arena, gsize *out_n, MultipartRecord ***out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Of all buckets: those that began before a time, the oldest first. */
gboolean multipart_record_stale (StoreTx *tx, gint64 before_ms, gsize limit, Arena *arena,
                                 gsize *out_n, MultipartRecord ***out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Writes or replaces a part; *out_replaced_sha256 is the content it had (NULL for none). */
gboolean multipart_record_put_part (StoreTx *tx, const char *upload_id,
                                    const MultipartPartRecord *part, Arena *arena,
                                    const char **out_replaced_sha256, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* By number, those after the given one. */
gboolean multipart_record_parts (StoreTx *tx, const char *upload_id, gint64 after, gsize limit,
                                 Arena *arena, gsize *out_n, MultipartPartRecord ***out,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
