/* CreateMultipartUpload, UploadPart, UploadPartCopy, AbortMultipartUpload. */
#include <string.h>
#include <unistd.h>

#include "server/objects/actions.h"
#include "server/objects/byte-range.h"
#include "server/objects/metadata.h"
#include "server/objects/multipart.h"
#include "server/objects/object-commit.h"
#include "server/objects/object-find.h"
#include "server/objects/s3-error.h"

typedef struct {
  S3Request *request;
  MultipartRecord *upload;
  MultipartPartRecord part;
  const char *algorithm; /* of the part's checksum, when it has one */
} MultipartWork;

static gboolean
require_upload (MultipartWork *work, StoreTx *tx, GError **error)
{
  return multipart_require (work->request, tx, &work->upload, error);
}

/* --- beginning --- */

static gboolean
create_work (StoreTx *tx, gpointer data, GError **error)
{
  const MultipartWork *work = data;
  return s3_require_bucket (work->request, tx, NULL, error) &&
         multipart_record_insert (tx, work->upload, error);
}

/* What the client wants the whole object's checksum to be; the CRCs can be of the whole, the hashes only of the parts'. */
static gboolean
read_checksum_wish (const S3Request *request, MultipartRecord *upload, GError **error)
{
  ChecksumAlgorithm algorithm;
  if (!s3_request_wants_checksum (request, &algorithm))
    return TRUE;
  const char *type = s3_request_header (request, "x-amz-checksum-type");
  gboolean is_hash = algorithm == CHECKSUM_SHA1 || algorithm == CHECKSUM_SHA256;
  if (type == NULL)
    type = algorithm == CHECKSUM_CRC64NVME ? MULTIPART_FULL_OBJECT : MULTIPART_COMPOSITE;
  gboolean is_full = strcmp (type, MULTIPART_FULL_OBJECT) == 0;
  if ((!is_full && strcmp (type, MULTIPART_COMPOSITE) != 0) || (is_full && is_hash) ||
      (!is_full && algorithm == CHECKSUM_CRC64NVME)) {
    g_set_error (error, S3_ERROR, S3_ERR_INVALID_REQUEST,
                 "the checksum type %s cannot be used with the algorithm %s", type,
                 checksum_algorithm_name (algorithm));
    return FALSE;
  }
  upload->checksum_algorithm = checksum_algorithm_name (algorithm);
  upload->checksum_type = is_full ? MULTIPART_FULL_OBJECT : MULTIPART_COMPOSITE;
  return TRUE;
}

/* Ids sort by the time of beginning, as uploads of one key are listed. */
static const char *
make_upload_id (const S3Request *request)
{
  return arena_printf (request->arena, "%012" G_GINT64_MODIFIER "x%.20s", (guint64)request->now_ms,
                       s3_make_version_id (request));
}

gboolean
s3_create_multipart_upload (S3Request *request, GError **error)
{
  MultipartRecord upload = { .upload_id = make_upload_id (request),
                             .bucket = request->address.bucket,
                             .key = request->address.key,
                             .start_ms = request->now_ms,
                             .initiator = request->principal->arn };
  MultipartWork work = { .request = request, .upload = &upload };
  if (!read_checksum_wish (request, &upload, error) ||
      !metadata_from_request (request, &upload.headers, &upload.metadata, error) ||
      !metadata_tags_from_request (request, &upload.tags, error) ||
      !s3_run (request, STORE_WRITE, create_work, &work, error))
    return FALSE;
  multipart_answer_abort_date (request, &upload);
  s3_answer_header (request, "x-amz-checksum-algorithm", upload.checksum_algorithm);
  s3_answer_header (request, "x-amz-checksum-type", upload.checksum_type);
  S3XmlWriter *writer = s3_xml_writer_new ("InitiateMultipartUploadResult", TRUE);
  s3_xml_text (writer, "Bucket", upload.bucket);
  s3_xml_text (writer, "Key", upload.key);
  s3_xml_text (writer, "UploadId", upload.upload_id);
  return s3_answer_xml (request, 200, writer);
}

/* --- parts --- */

/* A part's checksum is of the upload's kind. */
static gboolean
check_algorithm (const MultipartWork *work, GError **error)
{
  const char *wanted = work->upload->checksum_algorithm;
  if (wanted == NULL || work->part.checksum == NULL || strcmp (wanted, work->algorithm) == 0)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_INVALID_REQUEST,
               "the upload was begun with the checksum algorithm %s, the part comes with %s",
               wanted, work->algorithm);
  return FALSE;
}

static gboolean
put_part_work (StoreTx *tx, gpointer data, GError **error)
{
  MultipartWork *work = data;
  const char *replaced = NULL;
  return require_upload (work, tx, error) && check_algorithm (work, error) &&
         multipart_record_put_part (tx, work->upload->upload_id, &work->part, work->request->arena,
                                    &replaced, error) &&
         content_store_forget_in (work->request->contents, tx, replaced, error);
}

/* Publishes the upload and writes its row. */
static gboolean
keep_part (MultipartWork *work, Upload *upload, GError **error)
{
  S3Request *request = work->request;
  ChecksumAlgorithm algorithm;
  work->part.content_sha256 = arena_strdup (request->arena, upload_sha256 (upload));
  work->part.size_bytes = (gint64)upload_size (upload);
  work->part.etag = arena_strdup (request->arena, upload_md5 (upload));
  work->part.checksum = arena_strdup (request->arena, upload_checksum (upload, &algorithm));
  if (work->part.checksum != NULL)
    work->algorithm = checksum_algorithm_name (algorithm);
  work->part.modified_ms = request->now_ms;
  if (!upload_publish (upload, error))
    return FALSE;
  gboolean kept = s3_run (request, STORE_WRITE, put_part_work, work, error);
  content_store_unpin (request->contents, work->part.content_sha256);
  if (!kept)
    content_store_forget (request->contents, work->part.content_sha256);
  return kept;
}

static gboolean
find_upload_work (StoreTx *tx, gpointer data, GError **error)
{
  return require_upload (data, tx, error);
}

static gboolean
copy_part (MultipartWork *work, const char *copy_source, GError **error)
{
  S3Request *request = work->request;
  ObjectName name;
  ObjectRecord *source = NULL;
  int fd = -1;
  if (!object_name_of_copy_source (request, copy_source, &name, error) ||
      !s3_run (request, STORE_READ, find_upload_work, work, error) ||
      !object_open (request, &name, &source, &fd, error))
    return FALSE;
  if (!object_check_copy_conditions (request, source, error)) {
    close (fd);
    return FALSE;
  }
  guint64 offset = 0, length = (guint64)source->size_bytes;
  const char *range = s3_request_header (request, "x-amz-copy-source-range");
  if (range != NULL && !byte_range_parse_exact (range, length, &offset, &length)) {
    close (fd);
    g_set_error (error, S3_ERROR, S3_ERR_INVALID_RANGE,
                 "x-amz-copy-source-range is not a range within the source's %" G_GINT64_FORMAT
                 " bytes",
                 source->size_bytes);
    return FALSE;
  }
  UploadPlan plan = multipart_copy_plan (request, work->upload);
  g_autoptr (Upload) upload = upload_new (&plan);
  gboolean copied = object_copy_range (fd, offset, length, upload, error);
  close (fd);
  if (!copied || !upload_check (upload, NULL, error) || !keep_part (work, upload, error))
    return FALSE;
  if (strcmp (source->version_id, OBJECT_NULL_VERSION) != 0)
    s3_answer_header (request, "x-amz-copy-source-version-id", source->version_id);
  S3XmlWriter *writer = s3_xml_writer_new ("CopyPartResult", TRUE);
  s3_xml_etag (writer, "ETag", work->part.etag);
  s3_xml_time (writer, "LastModified", work->part.modified_ms);
  if (plan.has_checksum)
    s3_xml_text (writer, checksum_element (plan.algorithm), work->part.checksum);
  return s3_answer_xml (request, 200, writer);
}

gboolean
s3_upload_part (S3Request *request, GError **error)
{
  MultipartWork work = { .request = request };
  if (!s3_request_number (request, "partNumber", 0, G_MAXINT32, &work.part.number, error))
    return FALSE;
  if (work.part.number < 1 || work.part.number > MULTIPART_MAX_PARTS)
    return s3_invalid_argument (request, "partNumber", s3_request_param (request, "partNumber"),
                                "partNumber must be an integer from 1 to 10000", error);
  const char *copy_source = s3_request_header (request, "x-amz-copy-source");
  if (copy_source != NULL)
    return copy_part (&work, copy_source, error);
  if (!keep_part (&work, request->upload, error))
    return FALSE;
  ChecksumAlgorithm algorithm;
  s3_answer_etag (request, work.part.etag);
  if (upload_checksum (request->upload, &algorithm) != NULL)
    s3_answer_header (request, checksum_header (algorithm), work.part.checksum);
  return s3_answer_empty (request, 200);
}

/* --- aborting --- */

static gboolean
abort_work (StoreTx *tx, gpointer data, GError **error)
{
  MultipartWork *work = data;
  return require_upload (work, tx, error) &&
         object_commit_end_upload (work->request->contents, tx, work->upload->upload_id, error);
}

gboolean
s3_abort_multipart_upload (S3Request *request, GError **error)
{
  MultipartWork work = { .request = request };
  if (!s3_run (request, STORE_WRITE, abort_work, &work, error))
    return FALSE;
  return s3_answer_empty (request, 204);
}
