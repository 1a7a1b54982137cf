/* PutObject, CopyObject, DeleteObject, DeleteObjects. */
#include <string.h>

#include "core/time-iso8601.h"
#include "server/objects/request.h"
#include "server/objects/s3-error.h"
#include "store/records/bucket.h"

#define MAX_DELETED_KEYS 1000

static void
add_checksum_header (S3Request *request, const ObjectRecord *record)
{
  ChecksumAlgorithm algorithm;
  if (!checksum_algorithm_from_name (record->checksum_algorithm, &algorithm))
    return;
  s3_answer_header (request, checksum_header (algorithm), record->checksum);
  s3_answer_header (request, "x-amz-checksum-type", record->checksum_type);
}

static gboolean
copy_object (S3Request *request, const char *copy_source, GError **error)
{
  const char *bucket, *key, *version_id;
  ObjectRecord *source = NULL;
  static const char *const unsupported[] = { "x-amz-copy-source-if-match",
                                             "x-amz-copy-source-if-none-match",
                                             "x-amz-copy-source-if-modified-since",
                                             "x-amz-copy-source-if-unmodified-since" };
  for (gsize i = 0; i < G_N_ELEMENTS (unsupported); i++) {
    if (s3_request_header (request, unsupported[i]) == NULL)
      continue;
    g_set_error (error, S3_ERROR, S3_ERR_NOT_IMPLEMENTED, "%s is not available here",
                 unsupported[i]);
    return FALSE;
  }
  if (!s3_address_parse_copy_source (copy_source, request->arena, &bucket, &key, &version_id,
                                     error))
    return FALSE;
  const char *directive = s3_request_header (request, "x-amz-metadata-directive");
  gboolean replaces = directive != NULL && strcmp (directive, "REPLACE") == 0;
  gboolean to_itself = strcmp (bucket, request->address.bucket) == 0 &&
                       strcmp (key, request->address.key) == 0 && version_id == NULL;
  if (to_itself && !replaces) {
    g_set_error (error, S3_ERROR, S3_ERR_INVALID_REQUEST,
                 "copying an object to itself needs x-amz-metadata-directive: REPLACE");
    return FALSE;
  }
  if (!s3_open_object (request, bucket, key, version_id, &source, NULL, error))
    return FALSE;
  ObjectRecord record = *source;
  record.bucket = request->address.bucket;
  record.key = request->address.key;
  if (replaces && !s3_request_metadata (request, &record.headers, &record.metadata, error)) {
    content_store_unpin (request->contents, source->content_sha256);
    return FALSE;
  }
  if (!s3_commit_object (request, &record, NULL, error))
    return FALSE;
  s3_answer_version (request, record.version_id);
  if (strcmp (source->version_id, OBJECT_NULL_VERSION) != 0)
    s3_answer_header (request, "x-amz-copy-source-version-id", source->version_id);
  S3XmlWriter *writer = s3_xml_writer_new ("CopyObjectResult", TRUE);
  s3_xml_etag (writer, "ETag", record.etag);
  s3_xml_time (writer, "LastModified", record.modified_ms);
  ChecksumAlgorithm algorithm;
  if (checksum_algorithm_from_name (record.checksum_algorithm, &algorithm)) {
    s3_xml_text (writer, checksum_element (algorithm), record.checksum);
    s3_xml_text (writer, "ChecksumType", record.checksum_type);
  }
  return s3_answer_xml (request, 200, writer);
}

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
  if (!s3_request_metadata (request, &record.headers, &record.metadata, error) ||
      !upload_publish (request->upload, error) || !s3_commit_object (request, &record, NULL, error))
    return FALSE;
  s3_answer_etag (request, record.etag);
  s3_answer_version (request, record.version_id);
  add_checksum_header (request, &record);
  return s3_answer_empty (request, 200);
}

/* --- deleting --- */

typedef struct {
  const char *key;
  const char *version_id; /* NULL: the latest, by a delete marker where versions are kept */
  gboolean made_marker;   /* results from here on */
  gboolean deleted_marker;
  const char *result_version_id;
} Deletion;

typedef struct {
  S3Request *request;
  Deletion *items;
  gsize n_items;
} DeleteWork;

static gboolean
put_delete_marker (const DeleteWork *work, StoreTx *tx, const BucketRecord *bucket, gint64 sequence,
                   Deletion *item, GError **error)
{
  S3Request *request = work->request;
  const char *version_id = bucket->versioning == BUCKET_VERSIONING_ENABLED
                               ? s3_make_version_id (request)
                               : OBJECT_NULL_VERSION;
  ObjectRecord marker = { .bucket = bucket->name,
                          .key = item->key,
                          .version_id = version_id,
                          .sequence = sequence,
                          .is_delete_marker = TRUE,
                          .modified_ms = request->now_ms };
  const char *replaced = NULL;
  item->made_marker = TRUE;
  item->result_version_id = version_id;
  return object_record_put (tx, &marker, request->arena, &replaced, error) &&
         content_store_forget_in (request->contents, tx, replaced, error);
}

static gboolean
delete_one (const DeleteWork *work, StoreTx *tx, const BucketRecord *bucket, gint64 sequence,
            Deletion *item, GError **error)
{
  S3Request *request = work->request;
  item->made_marker = item->deleted_marker = FALSE;
  item->result_version_id = item->version_id;
  if (item->version_id == NULL && bucket->versioning != BUCKET_VERSIONING_NEVER)
    return put_delete_marker (work, tx, bucket, sequence, item, error);
  ObjectRecord *deleted = NULL;
  const char *version_id = item->version_id != NULL ? item->version_id : OBJECT_NULL_VERSION;
  if (!object_record_delete (tx, bucket->name, item->key, version_id, request->arena, &deleted,
                             error))
    return FALSE;
  item->deleted_marker = deleted != NULL && deleted->is_delete_marker;
  return deleted == NULL ||
         content_store_forget_in (request->contents, tx, deleted->content_sha256, error);
}

static gboolean
delete_work (StoreTx *tx, gpointer data, GError **error)
{
  const DeleteWork *work = data;
  const char *name = work->request->address.bucket;
  for (gsize i = 0; i < work->n_items; i++) {
    BucketRecord *bucket = NULL;
    gint64 sequence;
    if (!bucket_record_begin_write (tx, name, work->request->arena, &bucket, &sequence, error))
      return FALSE;
    if (bucket == NULL) {
      g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_BUCKET, "there is no bucket \"%s\"", name);
      return FALSE;
    }
    if (!delete_one (work, tx, bucket, sequence, &work->items[i], error))
      return FALSE;
  }
  return TRUE;
}

gboolean
s3_delete_object (S3Request *request, GError **error)
{
  Deletion item = { .key = request->address.key,
                    .version_id = s3_request_param (request, "versionId") };
  DeleteWork work = { .request = request, .items = &item, .n_items = 1 };
  if (!s3_run (request, STORE_WRITE, delete_work, &work, error))
    return FALSE;
  if (item.made_marker || item.deleted_marker)
    s3_answer_header (request, "x-amz-delete-marker", "true");
  s3_answer_version (request, item.result_version_id);
  return s3_answer_empty (request, 204);
}

static gboolean
read_deletions (S3Request *request, const S3XmlDocument *document, DeleteWork *work, GError **error)
{
  work->items = arena_new0_n (request->arena, Deletion, MAX_DELETED_KEYS);
  const S3XmlNode *node = s3_xml_child (s3_xml_root (document), "Object");
  for (; node != NULL; node = s3_xml_next (node)) {
    g_autofree char *key = s3_xml_child_text (node, "Key");
    g_autofree char *version_id = s3_xml_child_text (node, "VersionId");
    if (key == NULL || *key == '\0' || work->n_items == MAX_DELETED_KEYS) {
      g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML,
                   "expected 1 to %d elements Object, each with a Key", MAX_DELETED_KEYS);
      return FALSE;
    }
    Deletion *item = &work->items[work->n_items++];
    item->key = arena_strdup (request->arena, key);
    item->version_id = version_id != NULL && *version_id != '\0'
                           ? arena_strdup (request->arena, version_id)
                           : NULL;
  }
  if (work->n_items > 0)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML, "there is no element Object");
  return FALSE;
}

gboolean
s3_delete_objects (S3Request *request, GError **error)
{
  g_autoptr (S3XmlDocument) document = s3_request_document (request, "Delete", error);
  DeleteWork work = { .request = request };
  if (document == NULL || !read_deletions (request, document, &work, error) ||
      !s3_run (request, STORE_WRITE, delete_work, &work, error))
    return FALSE;
  g_autofree char *quiet = s3_xml_child_text (s3_xml_root (document), "Quiet");
  S3XmlWriter *writer = s3_xml_writer_new ("DeleteResult", TRUE);
  for (gsize i = 0; i < work.n_items && g_strcmp0 (quiet, "true") != 0; i++) {
    const Deletion *item = &work.items[i];
    s3_xml_begin (writer, "Deleted");
    s3_xml_text (writer, "Key", item->key);
    s3_xml_text (writer, "VersionId", item->version_id);
    if (item->made_marker || item->deleted_marker) {
      s3_xml_bool (writer, "DeleteMarker", TRUE);
      s3_xml_text (writer, "DeleteMarkerVersionId", item->result_version_id);
    }
    s3_xml_end (writer);
  }
  return s3_answer_xml (request, 200, writer);
}
