/* ListBuckets, CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation, bucket versioning. */
#include <string.h>

#include "server/objects/actions.h"
#include "server/objects/object-tags.h"
#include "server/objects/permit.h"
#include "server/objects/s3-error.h"

#define MAX_LISTED_BUCKETS 10000

typedef struct {
  S3Request *request;
  const char *after; /* listing goes on behind this name */
  gint64 limit;
  gsize n_buckets;
  BucketRecord **buckets;
  BucketVersioning versioning;
  const char *tags;
} BucketWork;

static gboolean
require_bucket_work (StoreTx *tx, gpointer data, GError **error)
{
  const BucketWork *work = data;
  return s3_require_bucket (work->request, tx, NULL, error);
}

static gboolean
list_work (StoreTx *tx, gpointer data, GError **error)
{
  BucketWork *work = data;
  const char *prefix = s3_request_param (work->request, "prefix");
  return bucket_record_list (tx, prefix != NULL ? prefix : "", work->after, (gsize)work->limit + 1,
                             work->request->arena, &work->n_buckets, &work->buckets, error);
}

/* A continuation token is the last name of the page before. */
static gboolean
read_list_query (BucketWork *work, GError **error)
{
  S3Request *request = work->request;
  const char *token = s3_request_param (request, "continuation-token");
  work->after = token != NULL ? token : "";
  if (!s3_request_number (request, "max-buckets", MAX_LISTED_BUCKETS, MAX_LISTED_BUCKETS,
                          &work->limit, error))
    return FALSE;
  if (work->limit > 0)
    return TRUE;
  return s3_invalid_argument (request, "max-buckets", "0", "max-buckets must be at least 1", error);
}

gboolean
s3_list_buckets (S3Request *request, GError **error)
{
  BucketWork work = { .request = request };
  if (!read_list_query (&work, error) || !s3_run (request, STORE_READ, list_work, &work, error))
    return FALSE;
  gsize n = MIN (work.n_buckets, (gsize)work.limit);
  S3XmlWriter *writer = s3_xml_writer_new ("ListAllMyBucketsResult", TRUE);
  s3_write_owner (request, writer, "Owner");
  s3_xml_begin (writer, "Buckets");
  for (gsize i = 0; i < n; i++) {
    s3_xml_begin (writer, "Bucket");
    s3_xml_text (writer, "Name", work.buckets[i]->name);
    s3_xml_time (writer, "CreationDate", work.buckets[i]->create_ms);
    s3_xml_text (writer, "BucketRegion", request->config->arn->region);
    s3_xml_end (writer);
  }
  s3_xml_end (writer);
  s3_xml_text (writer, "Prefix", s3_request_param (request, "prefix"));
  if (work.n_buckets > n)
    s3_xml_text (writer, "ContinuationToken", work.buckets[n - 1]->name);
  return s3_answer_xml (request, 200, writer);
}

static gboolean
create_work (StoreTx *tx, gpointer data, GError **error)
{
  const BucketWork *work = data;
  gboolean taken = FALSE;
  const char *name = work->request->address.bucket;
  if (!bucket_record_insert (tx, name, work->request->now_ms, &taken, error))
    return FALSE;
  if (!taken)
    return work->tags == NULL ||
           bucket_record_set_document (tx, name, BUCKET_DOCUMENT_TAGGING, work->tags, error);
  g_set_error (error, S3_ERROR, S3_ERR_BUCKET_ALREADY_OWNED_BY_YOU,
               "there is a bucket \"%s\" already", name);
  return FALSE;
}

/* CreateBucketConfiguration: the tags count; a location is where this server is, whatever it is called. */
static gboolean
read_configuration (BucketWork *work, GError **error)
{
  S3Request *request = work->request;
  if (request->upload == NULL || upload_size (request->upload) == 0)
    return TRUE;
  g_autoptr (S3XmlDocument) document =
      s3_request_document (request, "CreateBucketConfiguration", error);
  if (document == NULL)
    return FALSE;
  const S3XmlNode *tags = s3_xml_child (s3_xml_root (document), "Tags");
  g_autofree char *text = NULL;
  if (tags != NULL && !object_tags_from_set (tags, BUCKET_TAGS_MAX, &text, error))
    return FALSE;
  work->tags = arena_strdup (request->arena, text);
  const ObjectName on = { .bucket = request->address.bucket };
  return work->tags == NULL || permit_check (request->permit, "s3:TagResource", &on, error);
}

static gboolean
check_new_bucket (S3Request *request, GError **error)
{
  const char *name = request->address.bucket;
  const char *ownership = s3_request_header (request, "x-amz-object-ownership");
  if (!s3_bucket_name_is_allowed (name)) {
    g_set_error (
        error, S3_ERROR, S3_ERR_INVALID_BUCKET_NAME,
        "the bucket name \"%s\" is not valid: 3 to 63 lower-case letters, digits, dots and "
        "hyphens, letters or digits around each dot and at both ends",
        name);
    return FALSE;
  }
  if (ownership == NULL || strcmp (ownership, "BucketOwnerEnforced") == 0)
    return TRUE;
  s3_error_detail (request, "Header", "x-amz-object-ownership");
  g_set_error (error, S3_ERROR, S3_ERR_NOT_IMPLEMENTED,
               "x-amz-object-ownership can only be BucketOwnerEnforced here");
  return FALSE;
}

gboolean
s3_create_bucket (S3Request *request, GError **error)
{
  BucketWork work = { .request = request };
  if (!check_new_bucket (request, error) || !read_configuration (&work, error) ||
      !s3_run (request, STORE_WRITE, create_work, &work, error))
    return FALSE;
  s3_answer_header (request, "Location",
                    arena_printf (request->arena, "/%s", request->address.bucket));
  return s3_answer_empty (request, 200);
}

gboolean
s3_head_bucket (S3Request *request, GError **error)
{
  BucketWork work = { .request = request };
  if (!s3_run (request, STORE_READ, require_bucket_work, &work, error))
    return FALSE;
  s3_answer_header (request, "x-amz-bucket-region", request->config->arn->region);
  s3_answer_header (request, "x-amz-access-point-alias", "false");
  return s3_answer_empty (request, 200);
}

static gboolean
delete_work (StoreTx *tx, gpointer data, GError **error)
{
  const BucketWork *work = data;
  const char *name = work->request->address.bucket;
  gboolean in_use = FALSE;
  if (!s3_require_bucket (work->request, tx, NULL, error) ||
      !object_record_bucket_in_use (tx, name, &in_use, error))
    return FALSE;
  if (!in_use)
    return bucket_record_delete (tx, name, error);
  g_set_error (
      error, S3_ERROR, S3_ERR_BUCKET_NOT_EMPTY,
      "the bucket \"%s\" is not empty: delete its objects, their versions, and uploads that "
      "have begun",
      name);
  return FALSE;
}

gboolean
s3_delete_bucket (S3Request *request, GError **error)
{
  BucketWork work = { .request = request };
  if (!s3_run (request, STORE_WRITE, delete_work, &work, error))
    return FALSE;
  return s3_answer_empty (request, 204);
}

gboolean
s3_get_bucket_location (S3Request *request, GError **error)
{
  BucketWork work = { .request = request };
  if (!s3_run (request, STORE_READ, require_bucket_work, &work, error))
    return FALSE;
  /* the oldest region has no name here, by tradition */
  gboolean oldest = strcmp (request->config->arn->region, "us-east-1") == 0;
  GString *xml = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint "
                               "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
  g_autofree char *escaped = g_markup_escape_text (oldest ? "" : request->config->arn->region, -1);
  g_string_append_printf (xml, "%s</LocationConstraint>\n", escaped);
  g_autoptr (GBytes) body = g_string_free_to_bytes (xml);
  return s3_answer_bytes (request, 200, "application/xml", body);
}

static gboolean
get_versioning_work (StoreTx *tx, gpointer data, GError **error)
{
  BucketWork *work = data;
  BucketRecord *bucket = NULL;
  if (!s3_require_bucket (work->request, tx, &bucket, error))
    return FALSE;
  work->versioning = bucket->versioning;
  return TRUE;
}

gboolean
s3_get_bucket_versioning (S3Request *request, GError **error)
{
  BucketWork work = { .request = request };
  if (!s3_run (request, STORE_READ, get_versioning_work, &work, error))
    return FALSE;
  S3XmlWriter *writer = s3_xml_writer_new ("VersioningConfiguration", TRUE);
  if (work.versioning != BUCKET_VERSIONING_NEVER)
    s3_xml_text (writer, "Status", bucket_versioning_name (work.versioning));
  return s3_answer_xml (request, 200, writer);
}

static gboolean
put_versioning_work (StoreTx *tx, gpointer data, GError **error)
{
  const BucketWork *work = data;
  gboolean found = FALSE;
  return s3_require_bucket (work->request, tx, NULL, error) &&
         bucket_record_set_versioning (tx, work->request->address.bucket, work->versioning, &found,
                                       error);
}

gboolean
s3_put_bucket_versioning (S3Request *request, GError **error)
{
  g_autoptr (S3XmlDocument) document =
      s3_request_document (request, "VersioningConfiguration", error);
  if (document == NULL)
    return FALSE;
  g_autofree char *status = s3_xml_child_text (s3_xml_root (document), "Status");
  g_autofree char *mfa = s3_xml_child_text (s3_xml_root (document), "MfaDelete");
  BucketWork work = { .request = request };
  if (!bucket_versioning_from_name (status, &work.versioning) ||
      work.versioning == BUCKET_VERSIONING_NEVER) {
    g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML, "Status must be Enabled or Suspended");
    return FALSE;
  }
  if (g_strcmp0 (mfa, "Enabled") == 0) {
    g_set_error (error, S3_ERROR, S3_ERR_NOT_IMPLEMENTED, "MfaDelete is not available here");
    return FALSE;
  }
  if (!s3_run (request, STORE_WRITE, put_versioning_work, &work, error))
    return FALSE;
  return s3_answer_empty (request, 200);
}
