#pragma once

#include "cli/bundle.h"
#include "cli/session.h"

/*
 * Puts a bundle into a bucket: one PutObject, or a multipart upload for a large one. Every request is signed over the
 * hash of what it carries. An upload that fails half-way is aborted, so that no parts are left behind.
 *
 * Thread rule: main thread; blocks.
 */
typedef struct {
  char *etag;       /* without quotes */
  char *version_id; /* NULL: the bucket keeps no versions */
} S3Uploaded;

#define S3_UPLOAD_ERROR (s3_upload_error_quark ())
GQuark s3_upload_error_quark (void);
typedef enum {
  S3_UPLOAD_ERROR_REFUSED,   /* message: "NoSuchBucket: ..." */
  S3_UPLOAD_ERROR_NO_BUCKET, /* the same, of that code */
} S3UploadError;

gboolean s3_upload (Session *session, const Bundle *bundle, const char *bucket, const char *key,
                    S3Uploaded *out_uploaded, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes a bucket; one of ours that is there already is fine. */
gboolean s3_make_bucket (Session *session, const char *bucket, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void s3_uploaded_clear (S3Uploaded *uploaded);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (S3Uploaded, s3_uploaded_clear)
