#pragma once

#include "server/objects/request.h"

/* The operations, one function each; see S3Action. */

/* bucket-actions.c */
gboolean s3_list_buckets (S3Request *request, GError **error);
gboolean s3_create_bucket (S3Request *request, GError **error);
gboolean s3_head_bucket (S3Request *request, GError **error);
gboolean s3_delete_bucket (S3Request *request, GError **error);
gboolean s3_get_bucket_location (S3Request *request, GError **error);
gboolean s3_get_bucket_versioning (S3Request *request, GError **error);
gboolean s3_put_bucket_versioning (S3Request *request, GError **error);
/* bucket-settings.c */
gboolean s3_get_bucket_setting (S3Request *request, GError **error);
gboolean s3_delete_bucket_setting (S3Request *request, GError **error);
gboolean s3_put_ownership_controls (S3Request *request, GError **error);
gboolean s3_put_public_access_block (S3Request *request, GError **error);
gboolean s3_put_acl (S3Request *request, GError **error); /* of a bucket or an object */
gboolean s3_get_object_acl (S3Request *request, GError **error);
gboolean s3_get_object_lock (S3Request *request, GError **error); /* retention, legal hold */
/* policy-actions.c */
gboolean s3_get_bucket_policy (S3Request *request, GError **error);
gboolean s3_get_bucket_policy_status (S3Request *request, GError **error);
gboolean s3_put_bucket_policy (S3Request *request, GError **error);
gboolean s3_delete_bucket_policy (S3Request *request, GError **error);
/* tag-actions.c */
gboolean s3_get_bucket_tagging (S3Request *request, GError **error);
gboolean s3_put_bucket_tagging (S3Request *request, GError **error);
gboolean s3_delete_bucket_tagging (S3Request *request, GError **error);
gboolean s3_get_object_tagging (S3Request *request, GError **error);
gboolean s3_put_object_tagging (S3Request *request, GError **error);
gboolean s3_delete_object_tagging (S3Request *request, GError **error);
/* list-actions.c */
gboolean s3_list_objects (S3Request *request, GError **error);
gboolean s3_list_object_versions (S3Request *request, GError **error);
/* object-read.c */
gboolean s3_get_object (S3Request *request, GError **error); /* and HEAD */
gboolean s3_get_object_attributes (S3Request *request, GError **error);
/* object-write.c */
gboolean s3_put_object (S3Request *request, GError **error); /* and CopyObject */
/* object-delete.c */
gboolean s3_delete_object (S3Request *request, GError **error);
gboolean s3_delete_objects (S3Request *request, GError **error);
/* multipart-actions.c */
gboolean s3_create_multipart_upload (S3Request *request, GError **error);
gboolean s3_upload_part (S3Request *request, GError **error); /* and UploadPartCopy */
gboolean s3_abort_multipart_upload (S3Request *request, GError **error);
/* multipart-complete.c */
gboolean s3_complete_multipart_upload (S3Request *request, GError **error);
/* multipart-list.c */
gboolean s3_list_parts (S3Request *request, GError **error);
gboolean s3_list_multipart_uploads (S3Request *request, GError **error);
