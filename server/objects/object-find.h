#pragma once

#include "server/objects/conditions.h"
#include "server/objects/request.h"

/* Finding the object that a request reads, and its content.
 *
 * Blocks; on threads of the pool. */
typedef struct {
  const char *bucket;
  const char *key;
  const char *version_id; /* NULL: the latest */
} ObjectName;

/* What the request's address and its parameter versionId name. */
ObjectName object_name_of_request (const S3Request *request);

/* Raises NO_SUCH_BUCKET, NO_SUCH_KEY, NO_SUCH_VERSION, METHOD_NOT_ALLOWED (a delete marker), with S3's headers. */
gboolean object_find (S3Request *request, const ObjectName *name, ObjectRecord **out,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same with its content opened for reading. */
gboolean object_open (S3Request *request, const ObjectName *name, ObjectRecord **out, int *out_fd,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same with its content pinned. */
gboolean object_pin (S3Request *request, const ObjectName *name, ObjectRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The source of a copy, as x-amz-copy-source names it. Raises S3_ERR_INVALID_ARGUMENT, S3_ERR_INVALID_BUCKET_NAME. */
gboolean object_name_of_copy_source (S3Request *request, const char *copy_source, ObjectName *out,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* x-amz-copy-source-if-*: S3_ERR_PRECONDITION_FAILED. */
gboolean object_check_copy_conditions (S3Request *request, const ObjectRecord *source,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Feeds a part of a file to an upload made for it. */
gboolean object_copy_range (int fd, guint64 offset, guint64 length, Upload *upload, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
