#pragma once

#include "core/arena.h"
#include "core/enum-names.h"
#include "store/store.h"

/* Buckets, as rows.
 *
 * Every function runs inside a work (see store.h), on its thread. Lookups return TRUE with *out NULL when there is
 * no such row; strings of a record live in the caller's arena. */

#define BUCKET_VERSIONING_LIST(X)                                                                  \
  X (BUCKET_VERSIONING_NEVER, "")                                                                  \
  X (BUCKET_VERSIONING_ENABLED, "Enabled")                                                         \
  X (BUCKET_VERSIONING_SUSPENDED, "Suspended")

ENUM_NAMES_TYPE (BucketVersioning, BUCKET_VERSIONING_LIST);
ENUM_NAMES_DECLARE (BucketVersioning, bucket_versioning)

typedef struct {
  const char *name;
  gint64 create_ms;
  BucketVersioning versioning;
} BucketRecord;

/* *out_taken: there is one already; nothing was written. */
gboolean bucket_record_insert (StoreTx *tx, const char *name, gint64 create_ms, gboolean *out_taken,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean bucket_record_by_name (StoreTx *tx, const char *name, Arena *arena, BucketRecord **out,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* By name, at most limit: those that begin with prefix and come after a name ("": from the start). */
gboolean bucket_record_list (StoreTx *tx, const char *prefix, const char *after, gsize limit,
                             Arena *arena, gsize *out_n, BucketRecord ***out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The bucket and the number of its next write; locks the bucket's row until the work ends. *out NULL: no such
 * bucket. */
gboolean bucket_record_begin_write (StoreTx *tx, const char *name, Arena *arena, BucketRecord **out,
                                    gint64 *out_sequence, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* *out_found FALSE: no such bucket. */
gboolean bucket_record_set_versioning (StoreTx *tx, const char *name, BucketVersioning versioning,
                                       gboolean *out_found, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* With its documents. The caller has made sure that it is empty. */
gboolean bucket_record_delete (StoreTx *tx, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What is kept with a bucket besides its objects. */
#define BUCKET_DOCUMENT_LIST(X)                                                                    \
  X (BUCKET_DOCUMENT_POLICY, "policy")                                                             \
  X (BUCKET_DOCUMENT_TAGGING, "tagging")

ENUM_NAMES_TYPE (BucketDocument, BUCKET_DOCUMENT_LIST);
ENUM_NAMES_DECLARE (BucketDocument, bucket_document)

/* *out NULL: it has none (or there is no such bucket). */
gboolean bucket_record_document (StoreTx *tx, const char *name, BucketDocument kind, Arena *arena,
                                 const char **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
typedef struct {
  const char *bucket;
  const char *document;
} BucketPolicyRecord;

typedef struct {
  gsize n;
  BucketPolicyRecord **items;
} BucketPolicyList;

/* The policies that may name a user or role of this name; some that do not are among them. */
gboolean bucket_record_policies_naming (StoreTx *tx, const char *name, Arena *arena,
                                        BucketPolicyList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* document NULL: removes it. The bucket must be there. */
gboolean bucket_record_set_document (StoreTx *tx, const char *name, BucketDocument kind,
                                     const char *document, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
