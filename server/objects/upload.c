#include "server/objects/upload.h"

#include <string.h>

#include "server/objects/s3-error.h"

#define MD5_SIZE 16

struct Upload {
  UploadPlan plan;
  guint8 promised_sha256[DIGEST_SHA256_SIZE];
  char *promised_md5;
  char *promised_checksum;
  AwsChunked *chunked; /* NULL: the body is the data */
  ContentTemp *temp;   /* made by the first byte */
  GByteArray *memory;
  guint64 size;
  Digest *sha256;
  Digest *md5;
  Checksum *checksum;
  gboolean finished;
  char sha256_hex[DIGEST_SHA256_HEX_SIZE];
  char md5_hex[2 * MD5_SIZE + 1];
  guint8 md5_value[DIGEST_MAX_SIZE];
  char checksum_value[CHECKSUM_MAX_TEXT_SIZE];
};

static gboolean
take_data (gpointer ctx, const guint8 *bytes, gsize n, GError **error)
{
  Upload *upload = ctx;
  if (n > upload->plan.max_bytes - upload->size) {
    g_set_error (error, S3_ERROR, S3_ERR_ENTITY_TOO_LARGE,
                 "the body is larger than the %" G_GUINT64_FORMAT " bytes allowed here",
                 upload->plan.max_bytes);
    return FALSE;
  }
  upload->size += n;
  digest_update (upload->sha256, bytes, n);
  digest_update (upload->md5, bytes, n);
  if (upload->checksum != NULL)
    checksum_update (upload->checksum, bytes, n);
  if (upload->memory != NULL) {
    g_byte_array_append (upload->memory, bytes, (guint)n);
    return TRUE;
  }
  if (upload->temp == NULL)
    upload->temp = content_temp_new (upload->plan.contents, error);
  return upload->temp != NULL && content_temp_write (upload->temp, bytes, n, error);
}

Upload *
upload_new (const UploadPlan *plan)
{
  Upload *upload = g_new0 (Upload, 1);
  upload->plan = *plan;
  if (plan->payload_sha256 != NULL)
    memcpy (upload->promised_sha256, plan->payload_sha256, sizeof upload->promised_sha256);
  upload->promised_md5 = g_strdup (plan->content_md5);
  upload->promised_checksum = g_strdup (plan->checksum);
  upload->sha256 = digest_new (DIGEST_SHA256);
  upload->md5 = digest_new (DIGEST_MD5);
  if (plan->has_checksum)
    upload->checksum = checksum_new (plan->algorithm);
  if (plan->contents == NULL)
    upload->memory = g_byte_array_new ();
  switch (plan->payload) {
  case SIGV4_PAYLOAD_CHUNKS:
    upload->chunked = aws_chunked_new (AWS_CHUNKED_SIGNED, take_data, upload);
    break;
  case SIGV4_PAYLOAD_CHUNKS_TRAILER:
    upload->chunked = aws_chunked_new (AWS_CHUNKED_SIGNED | AWS_CHUNKED_TRAILER, take_data, upload);
    break;
  case SIGV4_PAYLOAD_UNSIGNED_TRAILER:
    upload->chunked = aws_chunked_new (AWS_CHUNKED_TRAILER, take_data, upload);
    break;
  default:
    break;
  }
  return upload;
}

void
upload_free (Upload *upload)
{
  if (upload == NULL)
    return;
  aws_chunked_free (upload->chunked);
  content_temp_free (upload->temp);
  g_clear_pointer (&upload->memory, g_byte_array_unref);
  digest_free (upload->sha256);
  digest_free (upload->md5);
  checksum_free (upload->checksum);
  g_free (upload->promised_md5);
  g_free (upload->promised_checksum);
  g_free (upload);
}

static gboolean
sink_write (gpointer self, const guint8 *bytes, gsize n, GError **error)
{
  Upload *upload = self;
  if (upload->plan.is_refused != NULL && g_atomic_int_get (upload->plan.is_refused)) {
    g_set_error (error, S3_ERROR, S3_ERR_ACCESS_DENIED, "the request is refused");
    return FALSE;
  }
  if (upload->chunked != NULL)
    return aws_chunked_write (upload->chunked, bytes, n, error);
  return take_data (upload, bytes, n, error);
}

static gboolean
sink_finish (gpointer self, GError **error)
{
  Upload *upload = self;
  upload->finished = TRUE;
  return upload->chunked == NULL || aws_chunked_finish (upload->chunked, error);
}

static void
sink_free (gpointer self)
{
  upload_free (self);
}

const HttpBodySink upload_sink = {
  .write = sink_write,
  .finish = sink_finish,
  .free = sink_free,
};

static gboolean
refuse (GError **error, S3ErrorCode code, const char *what)
{
  g_set_error_literal (error, S3_ERROR, (int)code, what);
  return FALSE;
}

static gboolean
check_md5 (const Upload *upload, GError **error)
{
  if (upload->promised_md5 == NULL)
    return TRUE;
  gsize n = 0;
  g_autofree guint8 *promised = g_base64_decode (upload->promised_md5, &n);
  if (n != MD5_SIZE)
    return refuse (error, S3_ERR_INVALID_DIGEST, "Content-MD5 is not the base64 of 16 bytes");
  if (memcmp (promised, upload->md5_value, MD5_SIZE) != 0)
    return refuse (error, S3_ERR_BAD_DIGEST, "Content-MD5 does not match the body that arrived");
  return TRUE;
}

static gboolean
check_checksum (const Upload *upload, GError **error)
{
  if (upload->checksum == NULL)
    return TRUE;
  const char *header = checksum_header (upload->plan.algorithm);
  const char *promised = upload->promised_checksum;
  if (upload->plan.expects_trailer && upload->chunked != NULL)
    promised = aws_chunked_trailer (upload->chunked, header);
  if (promised == NULL) {
    if (!upload->plan.expects_trailer)
      return TRUE;
    g_set_error (error, S3_ERROR, S3_ERR_INVALID_REQUEST,
                 "the trailing header %s was announced and did not come", header);
    return FALSE;
  }
  if (!checksum_parse (upload->plan.algorithm, promised, NULL)) {
    g_set_error (error, S3_ERROR, S3_ERR_INVALID_REQUEST, "the value of %s is not valid", header);
    return FALSE;
  }
  if (strcmp (promised, upload->checksum_value) == 0)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_BAD_DIGEST,
               "%s does not match the body that arrived: calculated %s", header,
               upload->checksum_value);
  return FALSE;
}

gboolean
upload_check (Upload *upload, const GError *error_so_far, GError **error)
{
  if (error_so_far != NULL) {
    g_propagate_error (error, g_error_copy (error_so_far));
    return FALSE;
  }
  guint8 value[DIGEST_MAX_SIZE];
  digest_finish (upload->sha256, value);
  digest_hex (value, DIGEST_SHA256_SIZE, upload->sha256_hex);
  digest_finish (upload->md5, upload->md5_value);
  digest_hex (upload->md5_value, MD5_SIZE, upload->md5_hex);
  if (upload->checksum != NULL)
    checksum_text (upload->checksum, upload->checksum_value);

  if (upload->chunked != NULL && !upload->finished)
    return refuse (error, S3_ERR_INCOMPLETE_BODY, "the aws-chunked body is missing");
  if (upload->plan.payload == SIGV4_PAYLOAD_HASH &&
      memcmp (value, upload->promised_sha256, DIGEST_SHA256_SIZE) != 0)
    return refuse (error, S3_ERR_CONTENT_SHA256_MISMATCH,
                   "x-amz-content-sha256 does not match the body that arrived");
  if (upload->plan.decoded_length >= 0 && (guint64)upload->plan.decoded_length != upload->size)
    return refuse (error, S3_ERR_INCOMPLETE_BODY,
                   "the body does not have the length that x-amz-decoded-content-length gives");
  return check_md5 (upload, error) && check_checksum (upload, error);
}

gboolean
upload_verify_chunks (const Upload *upload, const Sigv4Auth *auth, const guint8 key[SIGV4_KEY_SIZE],
                      GError **error)
{
  if (upload->plan.payload != SIGV4_PAYLOAD_CHUNKS &&
      upload->plan.payload != SIGV4_PAYLOAD_CHUNKS_TRAILER)
    return TRUE;
  return aws_chunked_verify (upload->chunked, auth, key, error);
}

guint64
upload_size (const Upload *upload)
{
  return upload->size;
}

const char *
upload_sha256 (const Upload *upload)
{
  return upload->sha256_hex;
}

const char *
upload_md5 (const Upload *upload)
{
  return upload->md5_hex;
}

const char *
upload_checksum (const Upload *upload, ChecksumAlgorithm *out_algorithm)
{
  *out_algorithm = upload->plan.algorithm;
  return upload->checksum != NULL ? upload->checksum_value : NULL;
}

const guint8 *
upload_bytes (const Upload *upload, gsize *out_size)
{
  *out_size = upload->memory->len;
  return upload->memory->data;
}

gboolean
upload_publish (Upload *upload, GError **error)
{
  if (upload->temp == NULL) /* an empty object */
    upload->temp = content_temp_new (upload->plan.contents, error);
  return upload->temp != NULL && content_temp_publish (upload->temp, upload->sha256_hex, error);
}
