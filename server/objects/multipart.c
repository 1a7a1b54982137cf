#include "server/objects/multipart.h"

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
