#pragma once

#include "core/arena.h"
#include "server/objects/content-store.h"
#include "server/objects/objects.h"
#include "server/objects/s3-address.h"
#include "server/objects/s3-xml.h"
#include "server/objects/upload.h"
#include "store/records/object.h"

/* One request to the object endpoint, taken apart and authenticated, and the ways to answer it. Private to
 * server/objects/.
 *
 * An action gets it on a thread of the pool and may block. It returns TRUE after it has answered exactly once, or FALSE
 * with an error that the caller turns into an answer (S3_ERROR as it is, anything else as InternalError). After
 * the answer, exchange and upload must not be touched. */
typedef struct S3Request S3Request;

typedef gboolean (*S3Action) (S3Request *request, GError **error);
typedef struct S3Route S3Route;

struct S3Request {
  gint ref_count;
  const ObjectsConfig *config;
  ContentStore *contents;
  HttpExchange *exchange;
  Arena *arena;
  S3Address address;
  const S3Route *route; /* what is to be done */
  Sigv4Request signed_request;
  Sigv4Auth auth;
  const Principal *principal; /* set before the action runs */
  Upload *upload;             /* the body; NULL: none */
  gint is_refused;            /* atomic: the body is not wanted any more */
  gint64 now_ms;
  GArray *headers; /* HttpHeader of the answer */
};

S3Request *s3_request_new (const ObjectsConfig *config, ContentStore *contents,
                           HttpExchange *exchange);
S3Request *s3_request_ref (S3Request *request);
void s3_request_unref (S3Request *request);

/* --- reading --- */
const char *s3_request_header (const S3Request *request, const char *name);
const char *s3_request_param (const S3Request *request, const char *name);
/* A parameter that is a number: fallback when it is absent; S3_ERR_INVALID_ARGUMENT when it is not in 0 ... max. */
gboolean s3_request_number (const S3Request *request, const char *name, gint64 fallback, gint64 max,
                            gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The body as a document with that root. NULL with S3_ERR_MALFORMED_XML. */
S3XmlDocument *s3_request_document (const S3Request *request, const char *root, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The algorithm that the client wants the object's checksum in; FALSE: none. */
gboolean s3_request_wants_checksum (const S3Request *request, ChecksumAlgorithm *out);

/* Content-Type and the like, and x-amz-meta-*, as JSON texts in the arena (NULL for none). Raises S3_ERR_METADATA_TOO_LARGE,
 * S3_ERR_INVALID_ARGUMENT. */
gboolean s3_request_metadata (const S3Request *request, const char **out_headers,
                              const char **out_metadata, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* --- answering --- */
/* value is copied; NULL adds nothing. */
void s3_answer_header (S3Request *request, const char *name, const char *value);
void s3_answer_etag (S3Request *request, const char *etag);
/* The version's id, unless the object has none. */
void s3_answer_version (S3Request *request, const char *version_id);
gboolean s3_answer_empty (S3Request *request, guint status);
/* Finishes and frees the writer. */
gboolean s3_answer_xml (S3Request *request, guint status, S3XmlWriter *writer);
void s3_answer_error (S3Request *request, const GError *cause);

/* --- the store; blocking --- */
gboolean s3_run (S3Request *request, StoreMode mode, StoreWork work, gpointer data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Raises S3_ERR_NO_SUCH_BUCKET. Inside a work. */
gboolean s3_require_bucket (const S3Request *request, StoreTx *tx, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A fresh id, in the arena. */
const char *s3_make_version_id (const S3Request *request);

/* Writes a version whose content has been published, unpins it, and sets version_id, sequence and modified_ms. upload_id (or
 * NULL): the multipart upload that it completes, and that ends with it. Honours If-Match and If-None-Match. */
gboolean s3_commit_object (S3Request *request, ObjectRecord *record, const char *upload_id,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The object that a read is about. Raises NO_SUCH_BUCKET, NO_SUCH_KEY, NO_SUCH_VERSION, METHOD_NOT_ALLOWED. */
gboolean s3_find_object (S3Request *request, const char *bucket, const char *key,
                         const char *version_id, ObjectRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same with its content opened, or pinned when out_fd is NULL. */
gboolean s3_open_object (S3Request *request, const char *bucket, const char *key,
                         const char *version_id, ObjectRecord **out, int *out_fd, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Feeds a part of a file to an upload made for it. */
gboolean s3_copy_range (int fd, guint64 offset, guint64 length, Upload *upload, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* --- the actions --- */
gboolean s3_list_buckets (S3Request *request, GError **error);
gboolean s3_create_bucket (S3Request *request, GError **error);
gboolean s3_head_bucket (S3Request *request, GError **error);
gboolean s3_delete_bucket (S3Request *request, GError **error);
gboolean s3_get_bucket_location (S3Request *request, GError **error);
gboolean s3_get_bucket_versioning (S3Request *request, GError **error);
gboolean s3_put_bucket_versioning (S3Request *request, GError **error);
gboolean s3_list_objects (S3Request *request, GError **error);
gboolean s3_list_object_versions (S3Request *request, GError **error);
gboolean s3_list_multipart_uploads (S3Request *request, GError **error);
gboolean s3_get_object (S3Request *request, GError **error); /* and HEAD */
gboolean s3_get_object_tagging (S3Request *request, GError **error);
gboolean s3_put_object (S3Request *request, GError **error); /* and CopyObject */
gboolean s3_delete_object (S3Request *request, GError **error);
gboolean s3_delete_objects (S3Request *request, GError **error);
gboolean s3_create_multipart_upload (S3Request *request, GError **error);
gboolean s3_upload_part (S3Request *request, GError **error); /* and UploadPartCopy */
gboolean s3_list_parts (S3Request *request, GError **error);
gboolean s3_complete_multipart_upload (S3Request *request, GError **error);
gboolean s3_abort_multipart_upload (S3Request *request, GError **error);
