/* Tags of objects and of buckets. */
#include "server/objects/actions.h"
#include "server/objects/object-find.h"
#include "server/objects/object-tags.h"
#include "server/objects/s3-error.h"

typedef struct {
  S3Request *request;
  ObjectRecord *object;
  const char *tags;
} TagWork;

static gboolean
answer_tags (S3Request *request, const char *tags)
{
  S3XmlWriter *writer = s3_xml_writer_new ("Tagging", TRUE);
  object_tags_write (tags, writer);
  return s3_answer_xml (request, 200, writer);
}

/* The body's tags, in the arena. */
static gboolean
read_tags (S3Request *request, gsize max, const char **out, GError **error)
{
  g_autoptr (S3XmlDocument) document = s3_request_document (request, "Tagging", error);
  g_autofree char *tags = NULL;
  if (document == NULL || !object_tags_from_xml (s3_xml_root (document), max, &tags, error))
    return FALSE;
  *out = arena_strdup (request->arena, tags);
  return TRUE;
}

/* --- objects --- */

gboolean
s3_get_object_tagging (S3Request *request, GError **error)
{
  const ObjectName name = object_name_of_request (request);
  ObjectRecord *object = NULL;
  if (!object_find (request, &name, &object, error))
    return FALSE;
  s3_answer_version (request, object->version_id);
  return answer_tags (request, object->tags);
}

static gboolean
set_object_tags_work (StoreTx *tx, gpointer data, GError **error)
{
  const TagWork *work = data;
  const ObjectRecord *object = work->object;
  gboolean found = FALSE;
  if (!object_record_set_tags (tx, object->bucket, object->key, object->version_id, work->tags,
                               &found, error))
    return FALSE;
  if (found)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_KEY, "the object has just been deleted");
  return FALSE;
}

static gboolean
set_object_tags (S3Request *request, const char *tags, guint status, GError **error)
{
  const ObjectName name = object_name_of_request (request);
  TagWork work = { .request = request, .tags = tags };
  if (!object_find (request, &name, &work.object, error) ||
      !s3_run (request, STORE_WRITE, set_object_tags_work, &work, error))
    return FALSE;
  s3_answer_version (request, work.object->version_id);
  return s3_answer_empty (request, status);
}

gboolean
s3_put_object_tagging (S3Request *request, GError **error)
{
  const char *tags;
  return read_tags (request, OBJECT_TAGS_MAX, &tags, error) &&
         set_object_tags (request, tags, 200, error);
}

gboolean
s3_delete_object_tagging (S3Request *request, GError **error)
{
  return set_object_tags (request, NULL, 204, error);
}

/* --- buckets --- */

static gboolean
get_bucket_tags_work (StoreTx *tx, gpointer data, GError **error)
{
  TagWork *work = data;
  S3Request *request = work->request;
  return s3_require_bucket (request, tx, NULL, error) &&
         bucket_record_document (tx, request->address.bucket, BUCKET_DOCUMENT_TAGGING,
                                 request->arena, &work->tags, error);
}

gboolean
s3_get_bucket_tagging (S3Request *request, GError **error)
{
  TagWork work = { .request = request };
  if (!s3_run (request, STORE_READ, get_bucket_tags_work, &work, error))
    return FALSE;
  if (work.tags != NULL)
    return answer_tags (request, work.tags);
  g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_TAG_SET, "the bucket has no tags");
  return FALSE;
}

static gboolean
set_bucket_tags_work (StoreTx *tx, gpointer data, GError **error)
{
  const TagWork *work = data;
  S3Request *request = work->request;
  return s3_require_bucket (request, tx, NULL, error) &&
         bucket_record_set_document (tx, request->address.bucket, BUCKET_DOCUMENT_TAGGING,
                                     work->tags, error);
}

gboolean
s3_put_bucket_tagging (S3Request *request, GError **error)
{
  TagWork work = { .request = request };
  return read_tags (request, BUCKET_TAGS_MAX, &work.tags, error) &&
         s3_run (request, STORE_WRITE, set_bucket_tags_work, &work, error) &&
         s3_answer_empty (request, 204);
}

gboolean
s3_delete_bucket_tagging (S3Request *request, GError **error)
{
  TagWork work = { .request = request };
  return s3_run (request, STORE_WRITE, set_bucket_tags_work, &work, error) &&
         s3_answer_empty (request, 204);
}
