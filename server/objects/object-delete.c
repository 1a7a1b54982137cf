/* DeleteObject, DeleteObjects. */
#include <string.h>

#include "proto/json-doc.h"
#include "server/objects/actions.h"
#include "server/objects/object-commit.h"
#include "server/objects/permit.h"
#include "server/objects/s3-error.h"

#define MAX_DELETED_KEYS 1000

typedef struct {
  const char *key;
  const char *version_id; /* NULL: the latest, by a delete marker where versions are kept */
  const char *etag;       /* what the latest version must have; NULL: anything */
  gboolean is_refused;    /* the caller may not */
  gboolean made_marker;   /* results from here on */
  gboolean deleted_marker;
  const char *result_version_id;
  const char *failure; /* code; NULL: deleted */
  const char *message;
} Deletion;

typedef struct {
  S3Request *request;
  Deletion *items;
  gsize n_items;
  gboolean is_batch; /* one that is refused does not stop the others */
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
  item->failure = NULL;
  item->result_version_id = item->version_id;
  if (!object_commit_check (request, tx, item->key, item->etag, NULL, error))
    return FALSE;
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

/* Notes why an item is not deleted; FALSE for what is no matter of this item. */
static gboolean
note_failure (const DeleteWork *work, Deletion *item, const GError *error)
{
  if (!work->is_batch || error->domain != S3_ERROR)
    return FALSE;
  item->failure = s3_error_name ((S3ErrorCode)error->code);
  item->message = arena_strdup (work->request->arena, error->message);
  return TRUE;
}

static gboolean
delete_work (StoreTx *tx, gpointer data, GError **error)
{
  const DeleteWork *work = data;
  S3Request *request = work->request;
  const char *name = request->address.bucket;
  for (gsize i = 0; i < work->n_items; i++) {
    g_autoptr (GError) failure = NULL;
    BucketRecord *bucket = NULL;
    gint64 sequence;
    if (!bucket_record_begin_write (tx, name, request->arena, &bucket, &sequence, error))
      return FALSE;
    if (bucket == NULL)
      return s3_no_such_bucket (request, name, error);
    s3_request_sees_bucket (request, bucket);
    if (work->items[i].is_refused)
      continue;
    if (!delete_one (work, tx, bucket, sequence, &work->items[i], &failure) &&
        !note_failure (work, &work->items[i], failure)) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  }
  return TRUE;
}

/* Conditions that S3 has for directory buckets only. */
static gboolean
refuse_directory_conditions (S3Request *request, GError **error)
{
  static const char *const headers[] = { "x-amz-if-match-last-modified-time",
                                         "x-amz-if-match-size" };
  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++) {
    if (s3_request_header (request, headers[i]) == NULL)
      continue;
    s3_error_detail (request, "Header", headers[i]);
    g_set_error (error, S3_ERROR, S3_ERR_NOT_IMPLEMENTED,
                 "%s is not available here: use If-Match with the ETag", headers[i]);
    return FALSE;
  }
  return TRUE;
}

gboolean
s3_delete_object (S3Request *request, GError **error)
{
  Deletion item = { .key = request->address.key,
                    .version_id = s3_request_param (request, "versionId"),
                    .etag = s3_request_header (request, "If-Match") };
  DeleteWork work = { .request = request, .items = &item, .n_items = 1 };
  if (!refuse_directory_conditions (request, error) ||
      !s3_run (request, STORE_WRITE, delete_work, &work, error))
    return FALSE;
  if (item.made_marker || item.deleted_marker)
    s3_answer_header (request, "x-amz-delete-marker", "true");
  s3_answer_version (request, item.result_version_id);
  return s3_answer_empty (request, 204);
}

/* --- DeleteObjects --- */

static gboolean
read_deletion (S3Request *request, const S3XmlNode *node, Deletion *item, GError **error)
{
  g_autofree char *key = s3_xml_child_text (node, "Key");
  g_autofree char *version_id = s3_xml_child_text (node, "VersionId");
  g_autofree char *etag = s3_xml_child_text (node, "ETag");
  if (key == NULL || *key == '\0') {
    g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML, "each Object needs a Key");
    return FALSE;
  }
  item->key = arena_strdup (request->arena, key);
  if (version_id != NULL && *version_id != '\0')
    item->version_id = arena_strdup (request->arena, version_id);
  if (etag != NULL && *etag != '\0')
    item->etag = arena_strdup (request->arena, etag);
  if (s3_xml_child (node, "LastModifiedTime") == NULL && s3_xml_child (node, "Size") == NULL)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_NOT_IMPLEMENTED,
               "LastModifiedTime and Size are not available here: use ETag");
  return FALSE;
}

static gboolean
read_deletions (S3Request *request, const S3XmlDocument *document, DeleteWork *work, GError **error)
{
  work->items = arena_new0_n (request->arena, Deletion, MAX_DELETED_KEYS);
  const S3XmlNode *node = s3_xml_child (s3_xml_root (document), "Object");
  for (; node != NULL; node = s3_xml_next (node)) {
    if (work->n_items == MAX_DELETED_KEYS) {
      g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML, "there are more than %d elements Object",
                   MAX_DELETED_KEYS);
      return FALSE;
    }
    if (!read_deletion (request, node, &work->items[work->n_items++], error))
      return FALSE;
  }
  if (work->n_items > 0)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML, "there is no element Object");
  return FALSE;
}

static void
write_deleted (S3XmlWriter *writer, const Deletion *item)
{
  s3_xml_begin (writer, "Deleted");
  s3_xml_text (writer, "Key", item->key);
  s3_xml_text (writer, "VersionId", item->version_id);
  if (item->made_marker || item->deleted_marker) {
    s3_xml_bool (writer, "DeleteMarker", TRUE);
    s3_xml_text (writer, "DeleteMarkerVersionId", item->result_version_id);
  }
  s3_xml_end (writer);
}

static void
write_failed (S3XmlWriter *writer, const Deletion *item)
{
  s3_xml_begin (writer, "Error");
  s3_xml_text (writer, "Key", item->key);
  s3_xml_text (writer, "VersionId", item->version_id);
  s3_xml_text (writer, "Code", item->failure);
  s3_xml_text (writer, "Message", item->message);
  s3_xml_end (writer);
}

/* Each key is judged by itself: one that the caller may not delete does not stop the others. */
static gboolean
judge_deletions (DeleteWork *work, GError **error)
{
  S3Request *request = work->request;
  for (gsize i = 0; i < work->n_items; i++) {
    Deletion *item = &work->items[i];
    g_autoptr (GError) failure = NULL;
    const ObjectName on = { request->address.bucket, item->key, item->version_id };
    const char *action = item->version_id != NULL ? "s3:DeleteObjectVersion" : "s3:DeleteObject";
    if (permit_check (request->permit, action, &on, &failure) &&
        (item->etag == NULL || permit_check (request->permit, "s3:GetObject", &on, &failure)))
      continue;
    if (!note_failure (work, item, failure)) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
    item->is_refused = TRUE;
  }
  return TRUE;
}

/* For the audit: which keys, and which of them the caller may not. */
static const char *
describe_deletions (const DeleteWork *work)
{
  g_autoptr (GString) out = g_string_new ("[");
  for (gsize i = 0; i < work->n_items; i++) {
    const Deletion *item = &work->items[i];
    g_string_append (out, i == 0 ? "{\"key\":" : ",{\"key\":");
    json_doc_append_text (out, item->key);
    if (item->version_id != NULL) {
      g_string_append (out, ",\"versionId\":");
      json_doc_append_text (out, item->version_id);
    }
    g_string_append (out, item->is_refused ? ",\"refused\":true}" : "}");
  }
  g_string_append_c (out, ']');
  return arena_strdup (work->request->arena, out->str);
}

gboolean
s3_delete_objects (S3Request *request, GError **error)
{
  g_autoptr (S3XmlDocument) document = s3_request_document (request, "Delete", error);
  DeleteWork work = { .request = request, .is_batch = TRUE };
  if (document == NULL || !read_deletions (request, document, &work, error) ||
      !judge_deletions (&work, error))
    return FALSE;
  request->deleted_json = describe_deletions (&work);
  if (!s3_run (request, STORE_WRITE, delete_work, &work, error))
    return FALSE;
  g_autofree char *quiet = s3_xml_child_text (s3_xml_root (document), "Quiet");
  gboolean is_quiet = quiet != NULL && g_ascii_strcasecmp (quiet, "true") == 0;
  S3XmlWriter *writer = s3_xml_writer_new ("DeleteResult", TRUE);
  for (gsize i = 0; i < work.n_items; i++) {
    if (work.items[i].failure != NULL)
      write_failed (writer, &work.items[i]);
    else if (!is_quiet)
      write_deleted (writer, &work.items[i]);
  }
  return s3_answer_xml (request, 200, writer);
}
