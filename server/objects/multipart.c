#include "server/objects/multipart.h"

#include "core/time-iso8601.h"
#include "server/objects/s3-error.h"

gboolean
multipart_require (S3Request *request, StoreTx *tx, MultipartRecord **out, GError **error)
{
  if (!s3_require_bucket (request, tx, NULL, error) ||
      !multipart_record_find (tx, s3_request_param (request, "uploadId"), request->address.bucket,
                              request->address.key, request->arena, out, error))
    return FALSE;
  if (*out != NULL)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_UPLOAD,
               "there is no such upload: it may have been completed or aborted");
  return FALSE;
}

void
multipart_answer_abort_date (S3Request *request, const MultipartRecord *upload)
{
  char text[TIME_HTTP_SIZE];
  if (request->config->abort_uploads_ms == 0)
    return;
  time_format_http (upload->start_ms + request->config->abort_uploads_ms, text);
  s3_answer_header (request, "x-amz-abort-date", text);
}

UploadPlan
multipart_copy_plan (const S3Request *request, const MultipartRecord *upload)
{
  UploadPlan plan = { .contents = request->contents,
                      .max_bytes = G_MAXINT64,
                      .payload = SIGV4_PAYLOAD_UNSIGNED,
                      .decoded_length = -1 };
  plan.has_checksum = checksum_algorithm_from_name (upload->checksum_algorithm, &plan.algorithm);
  return plan;
}
