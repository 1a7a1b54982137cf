#include "server/objects/object-find.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/time-iso8601.h"
#include "server/objects/permit.h"
#include "server/objects/s3-error.h"

#define COPY_BLOCK    (256 * 1024)
#define OPEN_ATTEMPTS 5

typedef struct {
  S3Request *request;
  const ObjectName *name;
  ObjectRecord *found;
} Find;

ObjectName
object_name_of_request (const S3Request *request)
{
  return (ObjectName){ .bucket = request->address.bucket,
                       .key = request->address.key,
                       .version_id = s3_request_param (request, "versionId") };
}

static gboolean
find_work (StoreTx *tx, gpointer data, GError **error)
{
  Find *find = data;
  const ObjectName *name = find->name;
  S3Request *request = find->request;
  BucketRecord *bucket = NULL;
  if (!bucket_record_by_name (tx, name->bucket, request->arena, &bucket, error))
    return FALSE;
  if (bucket == NULL)
    return s3_no_such_bucket (request, name->bucket, error);
  s3_request_sees_bucket (request, bucket);
  return object_record_find (tx, name->bucket, name->key, name->version_id, request->arena,
                             &find->found, error);
}

/* The version that was asked for, or the latest one, says only that something was deleted. */
static void
answer_marker (S3Request *request, const ObjectRecord *marker)
{
  s3_answer_header (request, "x-amz-delete-marker", "true");
  s3_answer_version (request, marker->version_id);
}

static gboolean
missing (S3Request *request, const ObjectName *name, GError **error)
{
  if (!permit_may_know_missing (request->permit, name->bucket)) {
    g_set_error (error, S3_ERROR, S3_ERR_ACCESS_DENIED, "Access Denied");
    return FALSE;
  }
  s3_error_detail (request, "Key", name->key);
  if (name->version_id == NULL) {
    g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_KEY,
                 "there is no object \"%s\" in the bucket \"%s\"", name->key, name->bucket);
    return FALSE;
  }
  s3_error_detail (request, "VersionId", name->version_id);
  g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_VERSION, "the object \"%s\" has no version \"%s\"",
               name->key, name->version_id);
  return FALSE;
}

gboolean
object_find (S3Request *request, const ObjectName *name, ObjectRecord **out, GError **error)
{
  Find find = { .request = request, .name = name };
  if (!s3_run (request, STORE_READ, find_work, &find, error))
    return FALSE;
  if (find.found == NULL)
    return missing (request, name, error);
  if (!find.found->is_delete_marker) {
    *out = find.found;
    return TRUE;
  }
  answer_marker (request, find.found);
  if (name->version_id == NULL)
    return missing (request, name, error);
  char modified[TIME_HTTP_SIZE];
  time_format_http (find.found->modified_ms, modified);
  s3_answer_header (request, "Last-Modified", modified);
  s3_answer_header (request, "Allow", "DELETE");
  s3_error_detail (request, "Method", http_exchange_method (request->exchange));
  s3_error_detail (request, "ResourceType", "DeleteMarker");
  g_set_error (error, S3_ERROR, S3_ERR_METHOD_NOT_ALLOWED,
               "this version of \"%s\" is a delete marker", name->key);
  return FALSE;
}

/* Between the look at the rows and that at the file, somebody may have overwritten the object. out_fd NULL: pins. */
static gboolean
find_with_content (S3Request *request, const ObjectName *name, ObjectRecord **out, int *out_fd,
                   GError **error)
{
  for (int attempt = 1;; attempt++) {
    g_autoptr (GError) cause = NULL;
    if (!object_find (request, name, out, error))
      return FALSE;
    const char *sha256 = (*out)->content_sha256;
    if (out_fd == NULL) {
      if (content_store_pin (request->contents, sha256, &cause))
        return TRUE;
    } else {
      *out_fd = content_store_open (request->contents, sha256, &cause);
      if (*out_fd >= 0)
        return TRUE;
    }
    if (attempt == OPEN_ATTEMPTS || !g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
      g_propagate_prefixed_error (error, g_steal_pointer (&cause),
                                  "object \"%s\" of bucket \"%s\": ", name->key, name->bucket);
      return FALSE;
    }
  }
}

gboolean
object_open (S3Request *request, const ObjectName *name, ObjectRecord **out, int *out_fd,
             GError **error)
{
  return find_with_content (request, name, out, out_fd, error);
}

gboolean
object_pin (S3Request *request, const ObjectName *name, ObjectRecord **out, GError **error)
{
  return find_with_content (request, name, out, NULL, error);
}

gboolean
object_name_of_copy_source (S3Request *request, const char *copy_source, ObjectName *out,
                            GError **error)
{
  return s3_address_parse_copy_source (copy_source, request->arena, &out->bucket, &out->key,
                                       &out->version_id, error);
}

gboolean
object_check_copy_conditions (S3Request *request, const ObjectRecord *source, GError **error)
{
  const Conditions conditions = {
    .if_match = s3_request_header (request, "x-amz-copy-source-if-match"),
    .if_none_match = s3_request_header (request, "x-amz-copy-source-if-none-match"),
    .if_modified_since = s3_request_header (request, "x-amz-copy-source-if-modified-since"),
    .if_unmodified_since = s3_request_header (request, "x-amz-copy-source-if-unmodified-since"),
  };
  const char *failed = NULL;
  if (conditions_judge (&conditions, source->etag, source->modified_ms, &failed) == CONDITIONS_HOLD)
    return TRUE;
  g_autofree char *lower = g_ascii_strdown (failed, -1);
  s3_error_detail (request, "Condition",
                   arena_printf (request->arena, "x-amz-copy-source-%s", lower));
  g_set_error (error, S3_ERROR, S3_ERR_PRECONDITION_FAILED,
               "the source \"%s\" is not in the state that x-amz-copy-source-%s asks for",
               source->key, lower);
  return FALSE;
}

gboolean
object_copy_range (int fd, guint64 offset, guint64 length, Upload *upload, GError **error)
{
  g_autofree guint8 *block = g_malloc (COPY_BLOCK);
  while (length > 0) {
    ssize_t n = pread (fd, block, (gsize)MIN (length, (guint64)COPY_BLOCK), (off_t)offset);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_IO, "cannot read a stored content: %s",
                   n == 0 ? "it is shorter than its record says" : g_strerror (errno));
      return FALSE;
    }
    if (!upload_sink.write (upload, block, (gsize)n, error))
      return FALSE;
    offset += (guint64)n;
    length -= (guint64)n;
  }
  return TRUE;
}
