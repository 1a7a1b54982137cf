#include "server/objects/route.h"

#include <string.h>

#include "server/objects/actions.h"
#include "server/objects/s3-error.h"

/* clang-format off */
static const S3Route routes[] = {
  { ON_SERVICE, "GET", NULL, BODY_NONE, "ListBuckets", s3_list_buckets, "s3:ListAllMyBuckets", NULL },

  { ON_BUCKET, "PUT", NULL, BODY_DOCUMENT, "CreateBucket", s3_create_bucket, "s3:CreateBucket", NULL },
  { ON_BUCKET, "HEAD", NULL, BODY_NONE, "HeadBucket", s3_head_bucket, "s3:ListBucket", NULL },
  { ON_BUCKET, "DELETE", NULL, BODY_NONE, "DeleteBucket", s3_delete_bucket, "s3:DeleteBucket", NULL },
  { ON_BUCKET, "GET", NULL, BODY_NONE, "ListObjects", s3_list_objects, "s3:ListBucket", NULL },
  { ON_BUCKET, "GET", "versions", BODY_NONE, "ListObjectVersions", s3_list_object_versions, "s3:ListBucketVersions", NULL },
  { ON_BUCKET, "GET", "uploads", BODY_NONE, "ListMultipartUploads", s3_list_multipart_uploads, "s3:ListBucketMultipartUploads", NULL },
  { ON_BUCKET, "POST", "delete", BODY_DOCUMENT, "DeleteObjects", s3_delete_objects, NULL, NULL },
  { ON_BUCKET, "GET", "location", BODY_NONE, "GetBucketLocation", s3_get_bucket_location, "s3:GetBucketLocation", NULL },
  { ON_BUCKET, "GET", "versioning", BODY_NONE, "GetBucketVersioning", s3_get_bucket_versioning, "s3:GetBucketVersioning", NULL },
  { ON_BUCKET, "PUT", "versioning", BODY_DOCUMENT, "PutBucketVersioning", s3_put_bucket_versioning, "s3:PutBucketVersioning", NULL },
  { ON_BUCKET, "GET", "tagging", BODY_NONE, "GetBucketTagging", s3_get_bucket_tagging, "s3:GetBucketTagging", NULL },
  { ON_BUCKET, "PUT", "tagging", BODY_DOCUMENT, "PutBucketTagging", s3_put_bucket_tagging, "s3:PutBucketTagging", NULL },
  { ON_BUCKET, "DELETE", "tagging", BODY_NONE, "DeleteBucketTagging", s3_delete_bucket_tagging, "s3:PutBucketTagging", NULL },
  { ON_BUCKET, "GET", "policy", BODY_NONE, "GetBucketPolicy", s3_get_bucket_policy, "s3:GetBucketPolicy", NULL },
  { ON_BUCKET, "PUT", "policy", BODY_DOCUMENT, "PutBucketPolicy", s3_put_bucket_policy, "s3:PutBucketPolicy", NULL },
  { ON_BUCKET, "DELETE", "policy", BODY_NONE, "DeleteBucketPolicy", s3_delete_bucket_policy, "s3:DeleteBucketPolicy", NULL },
  { ON_BUCKET, "GET", "policyStatus", BODY_NONE, "GetBucketPolicyStatus", s3_get_bucket_policy_status, "s3:GetBucketPolicyStatus", NULL },

  /* settings that are always the same here: bucket-settings.c */
  { ON_BUCKET, "GET", "accelerate", BODY_NONE, "GetBucketAccelerateConfiguration", s3_get_bucket_setting, "s3:GetAccelerateConfiguration", NULL },
  { ON_BUCKET, "GET", "acl", BODY_NONE, "GetBucketAcl", s3_get_bucket_setting, "s3:GetBucketAcl", NULL },
  { ON_BUCKET, "GET", "analytics", BODY_NONE, "ListBucketAnalyticsConfigurations", s3_get_bucket_setting, "s3:GetAnalyticsConfiguration", NULL },
  { ON_BUCKET, "GET", "cors", BODY_NONE, "GetBucketCors", s3_get_bucket_setting, "s3:GetBucketCORS", NULL },
  { ON_BUCKET, "GET", "encryption", BODY_NONE, "GetBucketEncryption", s3_get_bucket_setting, "s3:GetEncryptionConfiguration", NULL },
  { ON_BUCKET, "GET", "intelligent-tiering", BODY_NONE, "ListBucketIntelligentTieringConfigurations", s3_get_bucket_setting, "s3:GetIntelligentTieringConfiguration", NULL },
  { ON_BUCKET, "GET", "inventory", BODY_NONE, "ListBucketInventoryConfigurations", s3_get_bucket_setting, "s3:GetInventoryConfiguration", NULL },
  { ON_BUCKET, "GET", "lifecycle", BODY_NONE, "GetBucketLifecycleConfiguration", s3_get_bucket_setting, "s3:GetLifecycleConfiguration", NULL },
  { ON_BUCKET, "GET", "logging", BODY_NONE, "GetBucketLogging", s3_get_bucket_setting, "s3:GetBucketLogging", NULL },
  { ON_BUCKET, "GET", "metrics", BODY_NONE, "ListBucketMetricsConfigurations", s3_get_bucket_setting, "s3:GetMetricsConfiguration", NULL },
  { ON_BUCKET, "GET", "notification", BODY_NONE, "GetBucketNotificationConfiguration", s3_get_bucket_setting, "s3:GetBucketNotification", NULL },
  { ON_BUCKET, "GET", "object-lock", BODY_NONE, "GetObjectLockConfiguration", s3_get_bucket_setting, "s3:GetBucketObjectLockConfiguration", NULL },
  { ON_BUCKET, "GET", "ownershipControls", BODY_NONE, "GetBucketOwnershipControls", s3_get_bucket_setting, "s3:GetBucketOwnershipControls", NULL },
  { ON_BUCKET, "GET", "publicAccessBlock", BODY_NONE, "GetPublicAccessBlock", s3_get_bucket_setting, "s3:GetBucketPublicAccessBlock", NULL },
  { ON_BUCKET, "GET", "replication", BODY_NONE, "GetBucketReplication", s3_get_bucket_setting, "s3:GetReplicationConfiguration", NULL },
  { ON_BUCKET, "GET", "requestPayment", BODY_NONE, "GetBucketRequestPayment", s3_get_bucket_setting, "s3:GetBucketRequestPayment", NULL },
  { ON_BUCKET, "GET", "website", BODY_NONE, "GetBucketWebsite", s3_get_bucket_setting, "s3:GetBucketWebsite", NULL },
  { ON_BUCKET, "PUT", "acl", BODY_DOCUMENT, "PutBucketAcl", s3_put_acl, "s3:PutBucketAcl", NULL },
  { ON_BUCKET, "PUT", "ownershipControls", BODY_DOCUMENT, "PutBucketOwnershipControls", s3_put_ownership_controls, "s3:PutBucketOwnershipControls", NULL },
  { ON_BUCKET, "PUT", "publicAccessBlock", BODY_DOCUMENT, "PutPublicAccessBlock", s3_put_public_access_block, "s3:PutBucketPublicAccessBlock", NULL },
  { ON_BUCKET, "DELETE", "cors", BODY_NONE, "DeleteBucketCors", s3_delete_bucket_setting, "s3:PutBucketCORS", NULL },
  { ON_BUCKET, "DELETE", "encryption", BODY_NONE, "DeleteBucketEncryption", s3_delete_bucket_setting, "s3:PutEncryptionConfiguration", NULL },
  { ON_BUCKET, "DELETE", "lifecycle", BODY_NONE, "DeleteBucketLifecycle", s3_delete_bucket_setting, "s3:PutLifecycleConfiguration", NULL },
  { ON_BUCKET, "DELETE", "ownershipControls", BODY_NONE, "DeleteBucketOwnershipControls", s3_delete_bucket_setting, "s3:PutBucketOwnershipControls", NULL },
  { ON_BUCKET, "DELETE", "publicAccessBlock", BODY_NONE, "DeletePublicAccessBlock", s3_delete_bucket_setting, "s3:PutBucketPublicAccessBlock", NULL },
  { ON_BUCKET, "DELETE", "replication", BODY_NONE, "DeleteBucketReplication", s3_delete_bucket_setting, "s3:PutReplicationConfiguration", NULL },
  { ON_BUCKET, "DELETE", "website", BODY_NONE, "DeleteBucketWebsite", s3_delete_bucket_setting, "s3:DeleteBucketWebsite", NULL },

  { ON_OBJECT, "GET", NULL, BODY_NONE, "GetObject", s3_get_object, "s3:GetObject", "s3:GetObjectVersion" },
  { ON_OBJECT, "HEAD", NULL, BODY_NONE, "HeadObject", s3_get_object, "s3:GetObject", "s3:GetObjectVersion" },
  { ON_OBJECT, "GET", "attributes", BODY_NONE, "GetObjectAttributes", s3_get_object_attributes, "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes" },
  { ON_OBJECT, "GET", "acl", BODY_NONE, "GetObjectAcl", s3_get_object_acl, "s3:GetObjectAcl", "s3:GetObjectVersionAcl" },
  { ON_OBJECT, "PUT", "acl", BODY_DOCUMENT, "PutObjectAcl", s3_put_acl, "s3:PutObjectAcl", "s3:PutObjectVersionAcl" },
  { ON_OBJECT, "GET", "tagging", BODY_NONE, "GetObjectTagging", s3_get_object_tagging, "s3:GetObjectTagging", "s3:GetObjectVersionTagging" },
  { ON_OBJECT, "PUT", "tagging", BODY_DOCUMENT, "PutObjectTagging", s3_put_object_tagging, "s3:PutObjectTagging", "s3:PutObjectVersionTagging" },
  { ON_OBJECT, "DELETE", "tagging", BODY_NONE, "DeleteObjectTagging", s3_delete_object_tagging, "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging" },
  { ON_OBJECT, "GET", "retention", BODY_NONE, "GetObjectRetention", s3_get_object_lock, "s3:GetObjectRetention", NULL },
  { ON_OBJECT, "GET", "legal-hold", BODY_NONE, "GetObjectLegalHold", s3_get_object_lock, "s3:GetObjectLegalHold", NULL },
  { ON_OBJECT, "PUT", NULL, BODY_CONTENT, "PutObject", s3_put_object, "s3:PutObject", NULL },
  { ON_OBJECT, "DELETE", NULL, BODY_NONE, "DeleteObject", s3_delete_object, "s3:DeleteObject", "s3:DeleteObjectVersion" },
  { ON_OBJECT, "POST", "uploads", BODY_NONE, "CreateMultipartUpload", s3_create_multipart_upload, "s3:PutObject", NULL },
  { ON_OBJECT, "PUT", "uploadId", BODY_CONTENT, "UploadPart", s3_upload_part, "s3:PutObject", NULL },
  { ON_OBJECT, "GET", "uploadId", BODY_NONE, "ListParts", s3_list_parts, "s3:ListMultipartUploadParts", NULL },
  { ON_OBJECT, "POST", "uploadId", BODY_DOCUMENT, "CompleteMultipartUpload", s3_complete_multipart_upload, "s3:PutObject", NULL },
  { ON_OBJECT, "DELETE", "uploadId", BODY_NONE, "AbortMultipartUpload", s3_abort_multipart_upload, "s3:AbortMultipartUpload", NULL },
};
/* clang-format on */

/* Parameters that select an operation, those that are not here included: they answer NotImplemented, and are
 * never taken for a plain GET or PUT. */
static const char *const subresources[] = {
  "abac",
  "accelerate",
  "acl",
  "analytics",
  "attributes",
  "cors",
  "delete",
  "encryption",
  "intelligent-tiering",
  "inventory",
  "legal-hold",
  "lifecycle",
  "location",
  "logging",
  "metadataConfiguration",
  "metadataInventoryTable",
  "metadataJournalTable",
  "metadataTable",
  "metrics",
  "notification",
  "object-lock",
  "ownershipControls",
  "policy",
  "policyStatus",
  "publicAccessBlock",
  "renameObject",
  "replication",
  "requestPayment",
  "restore",
  "retention",
  "select",
  "session",
  "tagging",
  "torrent",
  "uploadId",
  "uploads",
  "versioning",
  "versions",
  "website",
};

/* Ask for something that is not done here. */
static const char *const refused_headers[] = {
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-copy-source-server-side-encryption-customer-algorithm",
  "x-amz-object-lock-mode",
  "x-amz-object-lock-legal-hold",
  "x-amz-object-lock-retain-until-date",
  "x-amz-bucket-object-lock-enabled",
  "x-amz-website-redirect-location",
  "x-amz-write-offset-bytes",
  "x-amz-rename-source",
  "x-amz-mfa",
};

static const char *const grant_headers[] = {
  "x-amz-grant-full-control", "x-amz-grant-read",      "x-amz-grant-read-acp",
  "x-amz-grant-write",        "x-amz-grant-write-acp",
};

static const char *
selected_subresource (const S3Request *request)
{
  for (gsize i = 0; i < G_N_ELEMENTS (subresources); i++) {
    if (s3_request_param (request, subresources[i]) != NULL)
      return subresources[i];
  }
  return NULL;
}

const S3Route *
s3_route_find (S3Request *request, GError **error)
{
  static const char *const level_names[] = { "SERVICE", "BUCKET", "OBJECT" };
  const char *method = http_exchange_method (request->exchange);
  const char *subresource = selected_subresource (request);
  S3Level level = request->address.bucket == NULL ? ON_SERVICE
                  : request->address.key == NULL  ? ON_BUCKET
                                                  : ON_OBJECT;
  for (gsize i = 0; i < G_N_ELEMENTS (routes); i++) {
    if (routes[i].level == level && strcmp (routes[i].method, method) == 0 &&
        g_strcmp0 (routes[i].subresource, subresource) == 0)
      return &routes[i];
  }
  /* an upload by an HTML form is S3's, and not here; nothing else without a subresource is S3's */
  gboolean is_form = level == ON_BUCKET && strcmp (method, "POST") == 0;
  if (subresource == NULL && !is_form) {
    s3_error_detail (request, "Method", method);
    s3_error_detail (request, "ResourceType", level_names[level]);
    g_set_error (error, S3_ERROR, S3_ERR_METHOD_NOT_ALLOWED,
                 "the method %s is not allowed against this resource", method);
    return NULL;
  }
  g_set_error (error, S3_ERROR, S3_ERR_NOT_IMPLEMENTED,
               "%s of a %s%s%s is not available at this object endpoint", method,
               level == ON_OBJECT   ? "object"
               : level == ON_BUCKET ? "bucket"
                                    : "service",
               subresource != NULL ? " with " : "", subresource != NULL ? subresource : "");
  return NULL;
}

gboolean
s3_acl_says_what_is (const char *canned)
{
  return strcmp (canned, "private") == 0 || strcmp (canned, "bucket-owner-full-control") == 0;
}

/* Access is given by policies only, as in a bucket of S3 whose objects' owner is enforced. */
static gboolean
check_acl (const S3Request *request, GError **error)
{
  const char *canned = s3_request_header (request, "x-amz-acl");
  gboolean refused = canned != NULL && !s3_acl_says_what_is (canned);
  for (gsize i = 0; i < G_N_ELEMENTS (grant_headers); i++)
    refused |= s3_request_header (request, grant_headers[i]) != NULL;
  if (!refused)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_ACL_NOT_SUPPORTED,
               "buckets here do not allow ACLs: give access with policies");
  return FALSE;
}

static gboolean
check_storage_class (const S3Request *request, GError **error)
{
  static const char *const known[] = { "STANDARD",        "STANDARD_IA", "INTELLIGENT_TIERING",
                                       "ONEZONE_IA",      "GLACIER",     "GLACIER_IR",
                                       "DEEP_ARCHIVE",    "OUTPOSTS",    "REDUCED_REDUNDANCY",
                                       "EXPRESS_ONEZONE", NULL };
  const char *storage_class = s3_request_header (request, "x-amz-storage-class");
  if (storage_class == NULL || g_strv_contains (known, storage_class))
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_INVALID_STORAGE_CLASS,
               "the storage class \"%s\" is not one of S3's", storage_class);
  return FALSE;
}

gboolean
s3_route_check_headers (S3Request *request, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused_headers); i++) {
    const char *value = s3_request_header (request, refused_headers[i]);
    if (value == NULL || g_ascii_strcasecmp (value, "false") == 0)
      continue;
    s3_error_detail (request, "Header", refused_headers[i]);
    g_set_error (error, S3_ERROR, S3_ERR_NOT_IMPLEMENTED,
                 "what the header %s asks for is not available at this object endpoint",
                 refused_headers[i]);
    return FALSE;
  }
  return check_acl (request, error) && check_storage_class (request, error);
}
