#pragma once

#include "server/objects/request.h"
#include "server/objects/upload.h"
#include "store/records/multipart.h"

/* What the operations on multipart uploads share. */
#define MULTIPART_MAX_PARTS   10000
#define MULTIPART_FULL_OBJECT "FULL_OBJECT"
#define MULTIPART_COMPOSITE   "COMPOSITE"

/* The upload that the parameter uploadId names. Raises S3_ERR_NO_SUCH_BUCKET, S3_ERR_NO_SUCH_UPLOAD. Inside a work. */
gboolean multipart_require (S3Request *request, StoreTx *tx, MultipartRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* x-amz-abort-date: when it will be given up, if ever. */
void multipart_answer_abort_date (S3Request *request, const MultipartRecord *upload);

/* How contents that are here already become one of the upload's: joined parts, a copied part. */
UploadPlan multipart_copy_plan (const S3Request *request, const MultipartRecord *upload);
