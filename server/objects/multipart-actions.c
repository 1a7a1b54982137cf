/* CreateMultipartUpload, UploadPart, UploadPartCopy, ListParts, CompleteMultipartUpload, AbortMultipartUpload,
 * ListMultipartUploads. */
#include <string.h>
#include <unistd.h>

#include "core/sigv4-canonical.h"
#include "server/objects/byte-range.h"
#include "server/objects/request.h"
#include "server/objects/s3-error.h"
#include "store/records/multipart.h"

#define MAX_PARTS        10000
#define MIN_PART_BYTES   (5 * 1024 * 1024) /* of all parts but the last */
#define MAX_LISTED       1000
#define TYPE_FULL_OBJECT "FULL_OBJECT"
#define TYPE_COMPOSITE   "COMPOSITE"

typedef struct {
  S3Request *request;
  MultipartRecord *upload;
  MultipartPartRecord part;
  gint64 after;
  gint64 limit;
  gsize n_parts;
  MultipartPartRecord **parts;
  gsize n_uploads;
  MultipartRecord **uploads;
} MultipartWork;

static gboolean
no_such_upload (GError **error)
{
  g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_UPLOAD,
               "there is no such upload: it may have been completed or aborted");
  return FALSE;
}

/* Sets work->upload from the parameter uploadId. Inside a work. */
static gboolean
require_upload (MultipartWork *work, StoreTx *tx, GError **error)
{
  const S3Request *request = work->request;
  if (!s3_require_bucket (request, tx, error) ||
      !multipart_record_find (tx, s3_request_param (request, "uploadId"), request->address.bucket,
                              request->address.key, request->arena, &work->upload, error))
    return FALSE;
  return work->upload != NULL || no_such_upload (error);
}

/* --- beginning --- */

static gboolean
create_work (StoreTx *tx, gpointer data, GError **error)
{
  const MultipartWork *work = data;
  return s3_require_bucket (work->request, tx, error) &&
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
    type = algorithm == CHECKSUM_CRC64NVME ? TYPE_FULL_OBJECT : TYPE_COMPOSITE;
  gboolean is_full = strcmp (type, TYPE_FULL_OBJECT) == 0;
  if ((!is_full && strcmp (type, TYPE_COMPOSITE) != 0) || (is_full && is_hash) ||
      (!is_full && algorithm == CHECKSUM_CRC64NVME)) {
    g_set_error (error, S3_ERROR, S3_ERR_INVALID_REQUEST,
                 "the checksum type %s cannot be used with the algorithm %s", type,
                 checksum_algorithm_name (algorithm));
    return FALSE;
  }
  upload->checksum_algorithm = checksum_algorithm_name (algorithm);
  upload->checksum_type = is_full ? TYPE_FULL_OBJECT : TYPE_COMPOSITE;
  return TRUE;
}

gboolean
s3_create_multipart_upload (S3Request *request, GError **error)
{
  MultipartRecord upload = { .upload_id = s3_make_version_id (request),
                             .bucket = request->address.bucket,
                             .key = request->address.key,
                             .start_ms = request->now_ms };
  MultipartWork work = { .request = request, .upload = &upload };
  if (!read_checksum_wish (request, &upload, error) ||
      !s3_request_metadata (request, &upload.headers, &upload.metadata, error) ||
      !s3_run (request, STORE_WRITE, create_work, &work, error))
    return FALSE;
  s3_answer_header (request, "x-amz-checksum-algorithm", upload.checksum_algorithm);
  s3_answer_header (request, "x-amz-checksum-type", upload.checksum_type);
  S3XmlWriter *writer = s3_xml_writer_new ("InitiateMultipartUploadResult", TRUE);
  s3_xml_text (writer, "Bucket", upload.bucket);
  s3_xml_text (writer, "Key", upload.key);
  s3_xml_text (writer, "UploadId", upload.upload_id);
  return s3_answer_xml (request, 200, writer);
}

/* --- parts --- */

static gboolean
put_part_work (StoreTx *tx, gpointer data, GError **error)
{
  MultipartWork *work = data;
  const char *replaced = NULL;
  return require_upload (work, tx, error) &&
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
  const char *bucket, *key, *version_id;
  ObjectRecord *source = NULL;
  int fd = -1;
  if (!s3_address_parse_copy_source (copy_source, request->arena, &bucket, &key, &version_id,
                                     error) ||
      !s3_run (request, STORE_READ, find_upload_work, work, error) ||
      !s3_open_object (request, bucket, key, version_id, &source, &fd, error))
    return FALSE;
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
  UploadPlan plan = { .contents = request->contents,
                      .max_bytes = G_MAXINT64,
                      .payload = SIGV4_PAYLOAD_UNSIGNED,
                      .decoded_length = -1,
                      .has_checksum = checksum_algorithm_from_name (
                          work->upload->checksum_algorithm, &plan.algorithm) };
  g_autoptr (Upload) upload = upload_new (&plan);
  gboolean copied = s3_copy_range (fd, offset, length, upload, error);
  close (fd);
  if (!copied || !upload_check (upload, NULL, error) || !keep_part (work, upload, error))
    return FALSE;
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
  if (work.part.number < 1 || work.part.number > MAX_PARTS) {
    g_set_error (error, S3_ERROR, S3_ERR_INVALID_ARGUMENT, "partNumber must be from 1 to %d",
                 MAX_PARTS);
    return FALSE;
  }
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

static gboolean
list_parts_work (StoreTx *tx, gpointer data, GError **error)
{
  MultipartWork *work = data;
  return require_upload (work, tx, error) &&
         multipart_record_parts (tx, work->upload->upload_id, work->after, (gsize)work->limit + 1,
                                 work->request->arena, &work->n_parts, &work->parts, error);
}

gboolean
s3_list_parts (S3Request *request, GError **error)
{
  MultipartWork work = { .request = request };
  if (!s3_request_number (request, "part-number-marker", 0, G_MAXINT32, &work.after, error) ||
      !s3_request_number (request, "max-parts", MAX_LISTED, MAX_LISTED, &work.limit, error) ||
      !s3_run (request, STORE_READ, list_parts_work, &work, error))
    return FALSE;
  gboolean is_truncated = work.n_parts > (gsize)work.limit;
  gsize n = MIN (work.n_parts, (gsize)work.limit);
  ChecksumAlgorithm algorithm;
  gboolean has_checksum =
      checksum_algorithm_from_name (work.upload->checksum_algorithm, &algorithm);
  S3XmlWriter *writer = s3_xml_writer_new ("ListPartsResult", TRUE);
  s3_xml_text (writer, "Bucket", request->address.bucket);
  s3_xml_text (writer, "Key", request->address.key);
  s3_xml_text (writer, "UploadId", work.upload->upload_id);
  s3_xml_text (writer, "StorageClass", "STANDARD");
  s3_xml_text (writer, "ChecksumAlgorithm", work.upload->checksum_algorithm);
  s3_xml_text (writer, "ChecksumType", work.upload->checksum_type);
  s3_xml_number (writer, "PartNumberMarker", work.after);
  if (is_truncated && n > 0)
    s3_xml_number (writer, "NextPartNumberMarker", work.parts[n - 1]->number);
  s3_xml_number (writer, "MaxParts", work.limit);
  s3_xml_bool (writer, "IsTruncated", is_truncated);
  for (gsize i = 0; i < n; i++) {
    s3_xml_begin (writer, "Part");
    s3_xml_number (writer, "PartNumber", work.parts[i]->number);
    s3_xml_time (writer, "LastModified", work.parts[i]->modified_ms);
    s3_xml_etag (writer, "ETag", work.parts[i]->etag);
    s3_xml_number (writer, "Size", work.parts[i]->size_bytes);
    if (has_checksum)
      s3_xml_text (writer, checksum_element (algorithm), work.parts[i]->checksum);
    s3_xml_end (writer);
  }
  return s3_answer_xml (request, 200, writer);
}

/* --- ending --- */

/* The parts that the client names, in its order, as pointers into work->parts. */
static gboolean
choose_parts (MultipartWork *work, const S3XmlDocument *document, GPtrArray *out_chosen,
              GError **error)
{
  const S3XmlNode *node = s3_xml_child (s3_xml_root (document), "Part");
  gint64 before = 0;
  gsize at = 0;
  for (; node != NULL; node = s3_xml_next (node)) {
    g_autofree char *number_text = s3_xml_child_text (node, "PartNumber");
    g_autofree char *etag = s3_xml_child_text (node, "ETag");
    gint64 number;
    if (number_text == NULL || etag == NULL ||
        !g_ascii_string_to_signed (number_text, 10, 1, MAX_PARTS, &number, NULL)) {
      g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML,
                   "each Part needs a PartNumber from 1 to %d and an ETag", MAX_PARTS);
      return FALSE;
    }
    if (number <= before) {
      g_set_error (error, S3_ERROR, S3_ERR_INVALID_PART_ORDER,
                   "the parts are not in ascending order");
      return FALSE;
    }
    before = number;
    while (at < work->n_parts && work->parts[at]->number < number)
      at++;
    g_autofree char *quoted =
        at < work->n_parts ? g_strdup_printf ("\"%s\"", work->parts[at]->etag) : NULL;
    if (at == work->n_parts || work->parts[at]->number != number ||
        (strcmp (etag, work->parts[at]->etag) != 0 && strcmp (etag, quoted) != 0)) {
      g_set_error (error, S3_ERROR, S3_ERR_INVALID_PART,
                   "part %" G_GINT64_FORMAT " has not been uploaded, or with another ETag", number);
      return FALSE;
    }
    g_ptr_array_add (out_chosen, work->parts[at]);
  }
  if (out_chosen->len > 0)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML, "there is no element Part");
  return FALSE;
}

static gboolean
check_part_sizes (const S3Request *request, const GPtrArray *chosen, GError **error)
{
  guint64 total = 0;
  for (guint i = 0; i < chosen->len; i++) {
    const MultipartPartRecord *part = chosen->pdata[i];
    total += (guint64)part->size_bytes;
    if (i + 1 < chosen->len && part->size_bytes < MIN_PART_BYTES) {
      g_set_error (error, S3_ERROR, S3_ERR_ENTITY_TOO_SMALL,
                   "part %" G_GINT64_FORMAT " has fewer than %d bytes and is not the last",
                   part->number, MIN_PART_BYTES);
      return FALSE;
    }
  }
  if (total <= request->config->max_object_size)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_ENTITY_TOO_LARGE,
               "the object would be larger than the %" G_GUINT64_FORMAT " bytes allowed here",
               request->config->max_object_size);
  return FALSE;
}

static gboolean
join_parts (const S3Request *request, const GPtrArray *chosen, Upload *upload, GError **error)
{
  for (guint i = 0; i < chosen->len; i++) {
    const MultipartPartRecord *part = chosen->pdata[i];
    int fd = content_store_open (request->contents, part->content_sha256, error);
    if (fd < 0)
      return FALSE;
    gboolean copied = s3_copy_range (fd, 0, (guint64)part->size_bytes, upload, error);
    close (fd);
    if (!copied)
      return FALSE;
  }
  return upload_check (upload, NULL, error);
}

/* MD5 over the parts' MD5s, and how many they are. */
static const char *
multipart_etag (const S3Request *request, const GPtrArray *chosen)
{
  g_autoptr (Digest) digest = digest_new (DIGEST_MD5);
  guint8 md5[DIGEST_MAX_SIZE];
  char hex[2 * DIGEST_MAX_SIZE + 1];
  for (guint i = 0; i < chosen->len; i++) {
    const MultipartPartRecord *part = chosen->pdata[i];
    if (digest_unhex (part->etag, md5, digest_size (DIGEST_MD5)))
      digest_update (digest, md5, digest_size (DIGEST_MD5));
  }
  digest_hex (md5, digest_finish (digest, md5), hex);
  return arena_printf (request->arena, "%s-%u", hex, chosen->len);
}

/* The same with the parts' checksums; NULL when one has none. */
static const char *
composite_checksum (const S3Request *request, const GPtrArray *chosen, ChecksumAlgorithm algorithm)
{
  g_autoptr (Checksum) checksum = checksum_new (algorithm);
  char text[CHECKSUM_MAX_TEXT_SIZE];
  for (guint i = 0; i < chosen->len; i++) {
    const MultipartPartRecord *part = chosen->pdata[i];
    guint8 value[CHECKSUM_MAX_SIZE];
    if (part->checksum == NULL || !checksum_parse (algorithm, part->checksum, value))
      return NULL;
    checksum_update (checksum, value, checksum_size (algorithm));
  }
  checksum_text (checksum, text);
  return arena_printf (request->arena, "%s-%u", text, chosen->len);
}

/* Sets the record's checksum, and compares it with what the client expects. */
static gboolean
settle_checksum (const MultipartWork *work, const GPtrArray *chosen, const Upload *joined,
                 ObjectRecord *record, GError **error)
{
  ChecksumAlgorithm algorithm;
  if (!checksum_algorithm_from_name (work->upload->checksum_algorithm, &algorithm))
    return TRUE;
  gboolean is_full = strcmp (work->upload->checksum_type, TYPE_FULL_OBJECT) == 0;
  record->checksum = is_full
                         ? arena_strdup (work->request->arena, upload_checksum (joined, &algorithm))
                         : composite_checksum (work->request, chosen, algorithm);
  if (record->checksum == NULL)
    return TRUE;
  record->checksum_algorithm = checksum_algorithm_name (algorithm);
  record->checksum_type = work->upload->checksum_type;
  const char *expected = s3_request_header (work->request, checksum_header (algorithm));
  if (expected == NULL || strcmp (expected, record->checksum) == 0)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_BAD_DIGEST, "%s does not match the parts: calculated %s",
               checksum_header (algorithm), record->checksum);
  return FALSE;
}

static gboolean
answer_completed (S3Request *request, const ObjectRecord *record)
{
  s3_answer_version (request, record->version_id);
  S3XmlWriter *writer = s3_xml_writer_new ("CompleteMultipartUploadResult", TRUE);
  s3_xml_text (writer, "Location",
               arena_printf (request->arena, "/%s/%s", record->bucket, record->key));
  s3_xml_text (writer, "Bucket", record->bucket);
  s3_xml_text (writer, "Key", record->key);
  s3_xml_etag (writer, "ETag", record->etag);
  ChecksumAlgorithm algorithm;
  if (checksum_algorithm_from_name (record->checksum_algorithm, &algorithm)) {
    s3_xml_text (writer, checksum_element (algorithm), record->checksum);
    s3_xml_text (writer, "ChecksumType", record->checksum_type);
  }
  return s3_answer_xml (request, 200, writer);
}

gboolean
s3_complete_multipart_upload (S3Request *request, GError **error)
{
  MultipartWork work = { .request = request, .limit = MAX_PARTS };
  g_autoptr (GPtrArray) chosen = g_ptr_array_new ();
  g_autoptr (S3XmlDocument) document =
      s3_request_document (request, "CompleteMultipartUpload", error);
  if (document == NULL || !s3_run (request, STORE_READ, list_parts_work, &work, error) ||
      !choose_parts (&work, document, chosen, error) || !check_part_sizes (request, chosen, error))
    return FALSE;
  UploadPlan plan = { .contents = request->contents,
                      .max_bytes = G_MAXINT64,
                      .payload = SIGV4_PAYLOAD_UNSIGNED,
                      .decoded_length = -1,
                      .has_checksum = checksum_algorithm_from_name (work.upload->checksum_algorithm,
                                                                    &plan.algorithm) };
  g_autoptr (Upload) joined = upload_new (&plan);
  if (!join_parts (request, chosen, joined, error))
    return FALSE;
  ObjectRecord record = { .bucket = request->address.bucket,
                          .key = request->address.key,
                          .content_sha256 = arena_strdup (request->arena, upload_sha256 (joined)),
                          .size_bytes = (gint64)upload_size (joined),
                          .etag = multipart_etag (request, chosen),
                          .headers = work.upload->headers,
                          .metadata = work.upload->metadata };
  if (!settle_checksum (&work, chosen, joined, &record, error) || !upload_publish (joined, error) ||
      !s3_commit_object (request, &record, work.upload->upload_id, error))
    return FALSE;
  return answer_completed (request, &record);
}

static gboolean
abort_work (StoreTx *tx, gpointer data, GError **error)
{
  MultipartWork *work = data;
  Arena *arena = work->request->arena;
  if (!require_upload (work, tx, error) ||
      !multipart_record_parts (tx, work->upload->upload_id, 0, MAX_PARTS, arena, &work->n_parts,
                               &work->parts, error) ||
      !multipart_record_delete (tx, work->upload->upload_id, error))
    return FALSE;
  for (gsize i = 0; i < work->n_parts; i++) {
    if (!content_store_forget_in (work->request->contents, tx, work->parts[i]->content_sha256,
                                  error))
      return FALSE;
  }
  return TRUE;
}

gboolean
s3_abort_multipart_upload (S3Request *request, GError **error)
{
  MultipartWork work = { .request = request };
  if (!s3_run (request, STORE_WRITE, abort_work, &work, error))
    return FALSE;
  return s3_answer_empty (request, 204);
}

/* --- listing --- */

static gboolean
list_uploads_work (StoreTx *tx, gpointer data, GError **error)
{
  MultipartWork *work = data;
  const S3Request *request = work->request;
  const char *prefix = s3_request_param (request, "prefix");
  const char *key_marker = s3_request_param (request, "key-marker");
  const char *id_marker = s3_request_param (request, "upload-id-marker");
  /* without an id all uploads of the marker's key lie before the page; ids are hex digits */
  if (key_marker != NULL && id_marker == NULL)
    id_marker = "~";
  return s3_require_bucket (request, tx, error) &&
         multipart_record_list (tx, request->address.bucket, prefix != NULL ? prefix : "",
                                key_marker, id_marker, (gsize)work->limit + 1, request->arena,
                                &work->n_uploads, &work->uploads, error);
}

static void
write_upload_key (const S3Request *request, S3XmlWriter *writer, const char *element,
                  const char *key)
{
  g_autoptr (GString) encoded = g_string_new (NULL);
  if (s3_request_param (request, "encoding-type") != NULL)
    sigv4_encode (key, strlen (key), SIGV4_KEEP_SLASH, encoded);
  else
    g_string_assign (encoded, key);
  s3_xml_text (writer, element, encoded->str);
}

gboolean
s3_list_multipart_uploads (S3Request *request, GError **error)
{
  MultipartWork work = { .request = request };
  if (s3_request_param (request, "delimiter") != NULL) {
    g_set_error (error, S3_ERROR, S3_ERR_NOT_IMPLEMENTED,
                 "delimiter is not available for uploads: use prefix");
    return FALSE;
  }
  if (!s3_request_number (request, "max-uploads", MAX_LISTED, MAX_LISTED, &work.limit, error) ||
      !s3_run (request, STORE_READ, list_uploads_work, &work, error))
    return FALSE;
  gboolean is_truncated = work.n_uploads > (gsize)work.limit;
  gsize n = MIN (work.n_uploads, (gsize)work.limit);
  S3XmlWriter *writer = s3_xml_writer_new ("ListMultipartUploadsResult", TRUE);
  s3_xml_text (writer, "Bucket", request->address.bucket);
  s3_xml_text (writer, "EncodingType", s3_request_param (request, "encoding-type"));
  s3_xml_number (writer, "MaxUploads", work.limit);
  s3_xml_bool (writer, "IsTruncated", is_truncated);
  if (is_truncated && n > 0) {
    write_upload_key (request, writer, "NextKeyMarker", work.uploads[n - 1]->key);
    s3_xml_text (writer, "NextUploadIdMarker", work.uploads[n - 1]->upload_id);
  }
  for (gsize i = 0; i < n; i++) {
    s3_xml_begin (writer, "Upload");
    write_upload_key (request, writer, "Key", work.uploads[i]->key);
    s3_xml_text (writer, "UploadId", work.uploads[i]->upload_id);
    s3_xml_text (writer, "StorageClass", "STANDARD");
    s3_xml_time (writer, "Initiated", work.uploads[i]->start_ms);
    s3_xml_end (writer);
  }
  return s3_answer_xml (request, 200, writer);
}
