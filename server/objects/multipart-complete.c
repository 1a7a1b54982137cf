/* CompleteMultipartUpload. */
#include <string.h>
#include <unistd.h>

#include "server/objects/actions.h"
#include "server/objects/multipart.h"
#include "server/objects/object-commit.h"
#include "server/objects/object-find.h"
#include "server/objects/s3-error.h"

#define MIN_PART_BYTES (5 * 1024 * 1024) /* of all parts but the last */
#define MD5_SIZE       16

/* A part as the client names it. */
typedef struct {
  gint64 number;
  const char *etag;                             /* without quotes */
  const char *checksums[N_CHECKSUM_ALGORITHMS]; /* NULL where it names none */
  const MultipartPartRecord *part;              /* what was uploaded; NULL until it is found */
} WantedPart;

typedef struct {
  S3Request *request;
  WantedPart *wanted;
  gsize n_wanted;
  MultipartRecord *upload; /* NULL: it is over */
  ObjectRecord *made;      /* what it has made then; or NULL */
  gsize n_parts;
  MultipartPartRecord **parts;
} CompleteWork;

/* --- what the client asks for --- */

static char *
unquote (char *etag)
{
  gsize length = strlen (etag);
  if (length < 2 || etag[0] != '"' || etag[length - 1] != '"')
    return etag;
  etag[length - 1] = '\0';
  return etag + 1;
}

static gboolean
read_part (S3Request *request, const S3XmlNode *node, WantedPart *out, GError **error)
{
  g_autofree char *number = s3_xml_child_text (node, "PartNumber");
  g_autofree char *etag = s3_xml_child_text (node, "ETag");
  if (number == NULL || etag == NULL ||
      !g_ascii_string_to_signed (number, 10, 1, MULTIPART_MAX_PARTS, &out->number, NULL)) {
    g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML,
                 "each Part needs a PartNumber from 1 to %d and an ETag", MULTIPART_MAX_PARTS);
    return FALSE;
  }
  out->etag = arena_strdup (request->arena, unquote (etag));
  for (int i = 0; i < N_CHECKSUM_ALGORITHMS; i++) {
    g_autofree char *checksum = s3_xml_child_text (node, checksum_element ((ChecksumAlgorithm)i));
    out->checksums[i] = arena_strdup (request->arena, checksum);
  }
  return TRUE;
}

static gboolean
read_parts (CompleteWork *work, const S3XmlDocument *document, GError **error)
{
  const S3XmlNode *node = s3_xml_child (s3_xml_root (document), "Part");
  work->wanted = arena_new0_n (work->request->arena, WantedPart, MULTIPART_MAX_PARTS);
  gint64 before = 0;
  for (; node != NULL; node = s3_xml_next (node)) {
    if (work->n_wanted == MULTIPART_MAX_PARTS) {
      g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML, "there are more than %d elements Part",
                   MULTIPART_MAX_PARTS);
      return FALSE;
    }
    WantedPart *wanted = &work->wanted[work->n_wanted++];
    if (!read_part (work->request, node, wanted, error))
      return FALSE;
    if (wanted->number <= before) {
      g_set_error (error, S3_ERROR, S3_ERR_INVALID_PART_ORDER,
                   "the parts are not in ascending order");
      return FALSE;
    }
    before = wanted->number;
  }
  if (work->n_wanted > 0)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML, "there is no element Part");
  return FALSE;
}

/* MD5 over the parts' MD5s, and how many they are. */
static const char *
multipart_etag (const CompleteWork *work)
{
  g_autoptr (Digest) digest = digest_new (DIGEST_MD5);
  guint8 md5[DIGEST_MAX_SIZE];
  char hex[2 * DIGEST_MAX_SIZE + 1];
  for (gsize i = 0; i < work->n_wanted; i++) {
    if (digest_unhex (work->wanted[i].etag, md5, MD5_SIZE))
      digest_update (digest, md5, MD5_SIZE);
  }
  digest_hex (md5, digest_finish (digest, md5), hex);
  return arena_printf (work->request->arena, "%s-%" G_GSIZE_FORMAT, hex, work->n_wanted);
}

/* --- what was uploaded --- */

static gboolean
find_work (StoreTx *tx, gpointer data, GError **error)
{
  CompleteWork *work = data;
  S3Request *request = work->request;
  const S3Address *address = &request->address;
  const char *upload_id = s3_request_param (request, "uploadId");
  g_autoptr (GError) failure = NULL;
  if (multipart_require (request, tx, &work->upload, &failure))
    return multipart_record_parts (tx, upload_id, 0, MULTIPART_MAX_PARTS, request->arena,
                                   &work->n_parts, &work->parts, error);
  if (g_error_matches (failure, S3_ERROR, S3_ERR_NO_SUCH_UPLOAD)) {
    if (!object_record_by_upload (tx, address->bucket, address->key, upload_id, request->arena,
                                  &work->made, error))
      return FALSE;
    if (work->made != NULL)
      return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static gboolean
invalid_part (const CompleteWork *work, const WantedPart *wanted, const char *why, GError **error)
{
  s3_error_detail (work->request, "UploadId", s3_request_param (work->request, "uploadId"));
  s3_error_detail_number (work->request, "PartNumber", wanted->number);
  s3_error_detail (work->request, "ETag", wanted->etag);
  g_set_error (error, S3_ERROR, S3_ERR_INVALID_PART, "part %" G_GINT64_FORMAT " %s", wanted->number,
               why);
  return FALSE;
}

/* Pairs what is wanted with what is there; both are in the order of their numbers. */
static gboolean
choose_parts (CompleteWork *work, GError **error)
{
  ChecksumAlgorithm algorithm;
  gboolean has_algorithm =
      checksum_algorithm_from_name (work->upload->checksum_algorithm, &algorithm);
  gsize at = 0;
  for (gsize i = 0; i < work->n_wanted; i++) {
    WantedPart *wanted = &work->wanted[i];
    while (at < work->n_parts && work->parts[at]->number < wanted->number)
      at++;
    const MultipartPartRecord *part = at < work->n_parts ? work->parts[at] : NULL;
    if (part == NULL || part->number != wanted->number || strcmp (part->etag, wanted->etag) != 0)
      return invalid_part (work, wanted, "has not been uploaded, or with another ETag", error);
    const char *promised = has_algorithm ? wanted->checksums[algorithm] : NULL;
    if (promised != NULL && g_strcmp0 (promised, part->checksum) != 0)
      return invalid_part (work, wanted, "has been uploaded with another checksum", error);
    wanted->part = part;
  }
  return TRUE;
}

static gboolean
check_part_sizes (const CompleteWork *work, guint64 *out_total, GError **error)
{
  *out_total = 0;
  for (gsize i = 0; i < work->n_wanted; i++) {
    const MultipartPartRecord *part = work->wanted[i].part;
    *out_total += (guint64)part->size_bytes;
    if (i + 1 == work->n_wanted || part->size_bytes >= MIN_PART_BYTES)
      continue;
    s3_error_detail_number (work->request, "ProposedSize", part->size_bytes);
    s3_error_detail_number (work->request, "MinSizeAllowed", MIN_PART_BYTES);
    s3_error_detail_number (work->request, "PartNumber", part->number);
    s3_error_detail (work->request, "ETag", part->etag);
    g_set_error (error, S3_ERROR, S3_ERR_ENTITY_TOO_SMALL,
                 "part %" G_GINT64_FORMAT " has fewer than %d bytes and is not the last",
                 part->number, MIN_PART_BYTES);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_total (S3Request *request, guint64 total, GError **error)
{
  const char *promised = s3_request_header (request, "x-amz-mp-object-size");
  guint64 size;
  if (promised != NULL &&
      (!g_ascii_string_to_unsigned (promised, 10, 0, G_MAXUINT64, &size, NULL) || size != total)) {
    g_set_error (error, S3_ERROR, S3_ERR_INVALID_REQUEST,
                 "the parts have %" G_GUINT64_FORMAT " bytes, not as many as "
                 "x-amz-mp-object-size says",
                 total);
    return FALSE;
  }
  if (total <= request->config->max_object_size)
    return TRUE;
  s3_error_detail_number (request, "ProposedSize", (gint64)total);
  s3_error_detail_number (request, "MaxSizeAllowed", (gint64)request->config->max_object_size);
  g_set_error (error, S3_ERROR, S3_ERR_ENTITY_TOO_LARGE,
               "the object would be larger than the %" G_GUINT64_FORMAT " bytes allowed here",
               request->config->max_object_size);
  return FALSE;
}

/* --- the object --- */

static gboolean
join_parts (const CompleteWork *work, Upload *upload, GError **error)
{
  for (gsize i = 0; i < work->n_wanted; i++) {
    const MultipartPartRecord *part = work->wanted[i].part;
    int fd = content_store_open (work->request->contents, part->content_sha256, error);
    if (fd < 0)
      return FALSE;
    gboolean copied = object_copy_range (fd, 0, (guint64)part->size_bytes, upload, error);
    close (fd);
    if (!copied)
      return FALSE;
  }
  return upload_check (upload, NULL, error);
}

/* The same with the parts' checksums; NULL when one has none. */
static const char *
composite_checksum (const CompleteWork *work, ChecksumAlgorithm algorithm)
{
  g_autoptr (Checksum) checksum = checksum_new (algorithm);
  char text[CHECKSUM_MAX_TEXT_SIZE];
  for (gsize i = 0; i < work->n_wanted; i++) {
    const MultipartPartRecord *part = work->wanted[i].part;
    guint8 value[CHECKSUM_MAX_SIZE];
    if (part->checksum == NULL || !checksum_parse (algorithm, part->checksum, value))
      return NULL;
    checksum_update (checksum, value, checksum_size (algorithm));
  }
  checksum_text (checksum, text);
  return arena_printf (work->request->arena, "%s-%" G_GSIZE_FORMAT, text, work->n_wanted);
}

/* Sets the record's checksum, and compares it with what the client expects. */
static gboolean
settle_checksum (const CompleteWork *work, const Upload *joined, ObjectRecord *record,
                 GError **error)
{
  ChecksumAlgorithm algorithm;
  if (!checksum_algorithm_from_name (work->upload->checksum_algorithm, &algorithm))
    return TRUE;
  gboolean is_full = strcmp (work->upload->checksum_type, MULTIPART_FULL_OBJECT) == 0;
  record->checksum = is_full
                         ? arena_strdup (work->request->arena, upload_checksum (joined, &algorithm))
                         : composite_checksum (work, algorithm);
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

/* The parts as the object keeps them: counted from 1, so that clients who ask for each of so many find them. */
static const ObjectPartRecord *
kept_parts (const CompleteWork *work)
{
  ObjectPartRecord *parts = arena_new0_n (work->request->arena, ObjectPartRecord, work->n_wanted);
  gint64 position = 0;
  for (gsize i = 0; i < work->n_wanted; i++) {
    const MultipartPartRecord *part = work->wanted[i].part;
    parts[i] = (ObjectPartRecord){
      .number = (gint64)i + 1,
      .position = position,
      .size_bytes = part->size_bytes,
      .checksum = work->upload->checksum_algorithm != NULL ? part->checksum : NULL,
    };
    position += part->size_bytes;
  }
  return parts;
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
  s3_xml_checksum (writer, record->checksum_algorithm, record->checksum, record->checksum_type);
  return s3_answer_xml (request, 200, writer);
}

static gboolean
make_object (CompleteWork *work, GError **error)
{
  S3Request *request = work->request;
  guint64 total;
  if (!choose_parts (work, error) || !check_part_sizes (work, &total, error) ||
      !check_total (request, total, error))
    return FALSE;
  UploadPlan plan = multipart_copy_plan (request, work->upload);
  g_autoptr (Upload) joined = upload_new (&plan);
  if (!join_parts (work, joined, error))
    return FALSE;
  ObjectRecord record = { .bucket = request->address.bucket,
                          .key = request->address.key,
                          .content_sha256 = arena_strdup (request->arena, upload_sha256 (joined)),
                          .size_bytes = (gint64)upload_size (joined),
                          .etag = multipart_etag (work),
                          .headers = work->upload->headers,
                          .metadata = work->upload->metadata,
                          .tags = work->upload->tags,
                          .n_parts = (gint64)work->n_wanted,
                          .upload_id = work->upload->upload_id };
  ObjectCommit commit = { .record = &record,
                          .upload_id = work->upload->upload_id,
                          .parts = kept_parts (work) };
  return settle_checksum (work, joined, &record, error) && upload_publish (joined, error) &&
         object_commit (request, &commit, error) && answer_completed (request, &record);
}

/* A client whose answer was lost asks again, and gets it again. */
gboolean
s3_complete_multipart_upload (S3Request *request, GError **error)
{
  CompleteWork work = { .request = request };
  g_autoptr (S3XmlDocument) document =
      s3_request_document (request, "CompleteMultipartUpload", error);
  if (document == NULL)
    return FALSE;
  g_autoptr (GError) malformed = NULL;
  gboolean readable = read_parts (&work, document, &malformed);
  if (!s3_run (request, STORE_READ, find_work, &work, error))
    return FALSE;
  if (!readable) {
    g_propagate_error (error, g_steal_pointer (&malformed));
    return FALSE;
  }
  if (work.upload != NULL)
    return make_object (&work, error);
  if (strcmp (work.made->etag, multipart_etag (&work)) == 0)
    return answer_completed (request, work.made);
  g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_UPLOAD,
               "the upload has been completed with other parts");
  return FALSE;
}
