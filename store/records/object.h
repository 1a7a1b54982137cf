#pragma once

#include "core/arena.h"
#include "store/store.h"

/* Objects in buckets, as rows: one a version. Where the content is, and everything a client is told about it.
 *
 * Every function runs inside a work (see store.h), on its thread. Lookups return TRUE with *out NULL when there is
 * no such row; strings of a record live in the caller's arena. */

#define OBJECT_NULL_VERSION "null"

typedef struct {
  const char *bucket;
  const char *key;
  const char *version_id; /* OBJECT_NULL_VERSION where the bucket had no versioning */
  gint64 sequence;        /* greater is newer */
  gboolean is_latest;
  gboolean is_delete_marker;
  const char *content_sha256; /* 64 hex digits; NULL for a delete marker */
  gint64 size_bytes;
  const char *etag; /* without quotes; NULL for a delete marker */
  gint64 modified_ms;
  const char *headers;            /* JSON object: what GET repeats; NULL for none */
  const char *metadata;           /* JSON object: x-amz-meta-*; NULL for none */
  const char *checksum_algorithm; /* CRC32...; NULL for none */
  const char *checksum;           /* base64, "-N" after it when composite */
  const char *checksum_type;      /* FULL_OBJECT, COMPOSITE */
  const char *tags;               /* JSON array of [key, value]; NULL for none */
  gint64 n_parts;                 /* rows in object_part; 0: it did not come in parts */
  const char *upload_id;          /* the multipart upload that made it; NULL for none */
} ObjectRecord;

/* Writes record as the key's latest version. A version with the same id is replaced, with its parts; *out_replaced_sha256
 * is then its content (NULL for none). is_latest is taken as TRUE. */
gboolean object_record_put (StoreTx *tx, const ObjectRecord *record, Arena *arena,
                            const char **out_replaced_sha256, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Of a version that is there. *out_found FALSE: there is none, or it is a delete marker. */
gboolean object_record_set_tags (StoreTx *tx, const char *bucket, const char *key,
                                 const char *version_id, const char *tags, gboolean *out_found,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The version that the multipart upload has made. */
gboolean object_record_by_upload (StoreTx *tx, const char *bucket, const char *key,
                                  const char *upload_id, Arena *arena, ObjectRecord **out,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* version_id NULL: the latest, which may be a delete marker. */
gboolean object_record_find (StoreTx *tx, const char *bucket, const char *key,
                             const char *version_id, Arena *arena, ObjectRecord **out,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes one version for good, with its parts; the newest that is left becomes the latest. *out_deleted NULL: there was none. */
gboolean object_record_delete (StoreTx *tx, const char *bucket, const char *key,
                               const char *version_id, Arena *arena, ObjectRecord **out_deleted,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Latest versions that are no delete markers, by key: from key lower (inclusive) to key upper (exclusive), at most limit. Bounds are
 * bytes, not necessarily UTF-8. */
gboolean object_record_list (StoreTx *tx, const char *bucket, const GBytes *lower,
                             const GBytes *upper, gsize limit, Arena *arena, gsize *out_n,
                             ObjectRecord ***out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All versions, by key, the newest first; below_sequence (0: no bound) leaves out newer ones of the key lower itself. */
gboolean object_record_list_versions (StoreTx *tx, const char *bucket, const GBytes *lower,
                                      const GBytes *upper, gint64 below_sequence, gsize limit,
                                      Arena *arena, gsize *out_n, ObjectRecord ***out,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Is there any version, or any upload that has begun? */
gboolean object_record_bucket_in_use (StoreTx *tx, const char *bucket, gboolean *out_in_use,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Is the content that of any version or part? */
gboolean object_record_content_in_use (StoreTx *tx, const char *content_sha256,
                                       gboolean *out_in_use, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
