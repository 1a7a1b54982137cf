/* PutObject, CopyObject. */
#include <string.h>

#include "server/objects/actions.h"
#include "server/objects/metadata.h"
#include "server/objects/object-commit.h"
#include "server/objects/object-find.h"
#include "server/objects/permit.h"
#include "server/objects/s3-error.h"

static void
add_checksum_header (S3Request *request, const ObjectRecord *record)
{
  ChecksumAlgorithm algorithm;
  if (!checksum_algorithm_from_name (record->checksum_algorithm, &algorithm))
    return;
  s3_answer_header (request, checksum_header (algorithm), record->checksum);
  s3_answer_header (request, "x-amz-checksum-type", record->checksum_type);
}

/* --- CopyObject --- */

/* COPY (the default) or REPLACE. */
static gboolean
read_directive (S3Request *request, const char *header, gboolean *out_replaces, GError **error)
{
  const char *value = s3_request_header (request, header);
  *out_replaces = g_strcmp0 (value, "REPLACE") == 0;
  if (value == NULL || *out_replaces || strcmp (value, "COPY") == 0)
    return TRUE;
  return s3_invalid_argument (request, header, value,
                              arena_printf (request->arena, "%s must be COPY or REPLACE", header),
                              error);
}

/* Tags that go along are read and written. */
static gboolean
may_copy_tags (S3Request *request, const ObjectName *source, const ObjectRecord *record,
               GError **error)
{
  const ObjectName to = { .bucket = request->address.bucket, .key = request->address.key };
  const char *reading =
      source->version_id != NULL ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging";
  return record->tags == NULL ||
         (permit_check (request->permit, reading, source, error) &&
          permit_check (request->permit, "s3:PutObjectTagging", &to, error));
}

/* record is the source's, to become the copy's. */
static gboolean
describe_copy (S3Request *request, const ObjectName *source, ObjectRecord *record, GError **error)
{
  gboolean replaces_metadata, replaces_tags;
  if (!read_directive (request, "x-amz-metadata-directive", &replaces_metadata, error) ||
      !read_directive (request, "x-amz-tagging-directive", &replaces_tags, error))
    return FALSE;
  gboolean to_itself = strcmp (source->bucket, request->address.bucket) == 0 &&
                       strcmp (source->key, request->address.key) == 0 &&
                       source->version_id == NULL;
  if (to_itself && !replaces_metadata &&
      s3_request_header (request, "x-amz-storage-class") == NULL) {
    g_set_error (error, S3_ERROR, S3_ERR_INVALID_REQUEST,
                 "this copy request is illegal because it is trying to copy an object to itself "
                 "without changing the object's metadata: give x-amz-metadata-directive: REPLACE");
    return FALSE;
  }
  record->bucket = request->address.bucket;
  record->key = request->address.key;
  record->upload_id = NULL;
  return (!replaces_metadata ||
          metadata_from_request (request, &record->headers, &record->metadata, error)) &&
         (replaces_tags ? metadata_tags_from_request (request, &record->tags, error)
                        : may_copy_tags (request, source, record, error));
}

static gboolean
answer_copy (S3Request *request, const ObjectRecord *record, const ObjectRecord *source)
{
  s3_answer_version (request, record->version_id);
  if (strcmp (source->version_id, OBJECT_NULL_VERSION) != 0)
    s3_answer_header (request, "x-amz-copy-source-version-id", source->version_id);
  S3XmlWriter *writer = s3_xml_writer_new ("CopyObjectResult", TRUE);
  s3_xml_etag (writer, "ETag", record->etag);
  s3_xml_time (writer, "LastModified", record->modified_ms);
  s3_xml_checksum (writer, record->checksum_algorithm, record->checksum, record->checksum_type);
  return s3_answer_xml (request, 200, writer);
}

/* A copy is one more row for the same content: it keeps ETag, checksum and parts. */
static gboolean
copy_object (S3Request *request, const char *copy_source, GError **error)
{
  ObjectName name;
  ObjectRecord *source = NULL;
  if (!object_name_of_copy_source (request, copy_source, &name, error) ||
      !object_pin (request, &name, &source, error))
    return FALSE;
  ObjectRecord record = *source;
  ObjectCommit commit = { .record = &record, .parts_of = source };
  if (!object_check_copy_conditions (request, source, error) ||
      !describe_copy (request, &name, &record, error)) {
    content_store_unpin (request->contents, source->content_sha256);
    return FALSE;
  }
  return object_commit (request, &commit, error) && answer_copy (request, &record, source);
}

/* --- PutObject --- */

gboolean
s3_put_object (S3Request *request, GError **error)
{
  const char *copy_source = s3_request_header (request, "x-amz-copy-source");
  if (copy_source != NULL)
    return copy_object (request, copy_source, error);
  const Upload *upload = request->upload;
  ObjectRecord record = { .bucket = request->address.bucket,
                          .key = request->address.key,
                          .content_sha256 = arena_strdup (request->arena, upload_sha256 (upload)),
                          .size_bytes = (gint64)upload_size (upload),
                          .etag = arena_strdup (request->arena, upload_md5 (upload)) };
  ChecksumAlgorithm algorithm;
  record.checksum = arena_strdup (request->arena, upload_checksum (upload, &algorithm));
  if (record.checksum != NULL) {
    record.checksum_algorithm = checksum_algorithm_name (algorithm);
    record.checksum_type = "FULL_OBJECT";
  }
  ObjectCommit commit = { .record = &record };
  if (!metadata_from_request (request, &record.headers, &record.metadata, error) ||
      !metadata_tags_from_request (request, &record.tags, error) ||
      !upload_publish (request->upload, error) || !object_commit (request, &commit, error))
    return FALSE;
  s3_answer_etag (request, record.etag);
  s3_answer_version (request, record.version_id);
  add_checksum_header (request, &record);
  return s3_answer_empty (request, 200);
}
