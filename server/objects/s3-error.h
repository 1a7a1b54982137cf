#pragma once

#include <glib.h>

/* The errors of the object endpoint, as S3 names them: one list of code, name and HTTP status. Messages come from
 * where the error is raised: what is wrong, with which object, and what to do.
 *
 * Any thread. */
#define S3_ERROR_LIST(X)                                                                           \
  X (S3_ERR_ACCESS_DENIED, "AccessDenied", 403)                                                    \
  X (S3_ERR_ACL_NOT_SUPPORTED, "AccessControlListNotSupported", 400)                               \
  X (S3_ERR_AUTHORIZATION_HEADER_MALFORMED, "AuthorizationHeaderMalformed", 400)                   \
  X (S3_ERR_AUTHORIZATION_QUERY_PARAMETERS, "AuthorizationQueryParametersError", 400)              \
  X (S3_ERR_BAD_DIGEST, "BadDigest", 400)                                                          \
  X (S3_ERR_BAD_REQUEST, "BadRequest", 400)                                                        \
  X (S3_ERR_BUCKET_ALREADY_OWNED_BY_YOU, "BucketAlreadyOwnedByYou", 409)                           \
  X (S3_ERR_BUCKET_NOT_EMPTY, "BucketNotEmpty", 409)                                               \
  X (S3_ERR_ENCRYPTION_NOT_FOUND, "ServerSideEncryptionConfigurationNotFoundError", 404)           \
  X (S3_ERR_ENTITY_TOO_LARGE, "EntityTooLarge", 400)                                               \
  X (S3_ERR_ENTITY_TOO_SMALL, "EntityTooSmall", 400)                                               \
  X (S3_ERR_EXPIRED_TOKEN, "ExpiredToken", 400)                                                    \
  X (S3_ERR_INCOMPLETE_BODY, "IncompleteBody", 400)                                                \
  X (S3_ERR_INTERNAL_ERROR, "InternalError", 500)                                                  \
  X (S3_ERR_INVALID_ACCESS_KEY_ID, "InvalidAccessKeyId", 403)                                      \
  X (S3_ERR_INVALID_ARGUMENT, "InvalidArgument", 400)                                              \
  X (S3_ERR_INVALID_BUCKET_NAME, "InvalidBucketName", 400)                                         \
  X (S3_ERR_INVALID_BUCKET_OWNER, "InvalidBucketOwnerAWSAccountID", 400)                           \
  X (S3_ERR_INVALID_CHUNK_SIZE, "InvalidChunkSizeError", 403)                                      \
  X (S3_ERR_INVALID_DIGEST, "InvalidDigest", 400)                                                  \
  X (S3_ERR_INVALID_PART, "InvalidPart", 400)                                                      \
  X (S3_ERR_INVALID_PART_ORDER, "InvalidPartOrder", 400)                                           \
  X (S3_ERR_INVALID_PART_NUMBER, "InvalidPartNumber", 416)                                         \
  X (S3_ERR_INVALID_RANGE, "InvalidRange", 416)                                                    \
  X (S3_ERR_INVALID_REQUEST, "InvalidRequest", 400)                                                \
  X (S3_ERR_INVALID_STORAGE_CLASS, "InvalidStorageClass", 400)                                     \
  X (S3_ERR_INVALID_TAG, "InvalidTag", 400)                                                        \
  X (S3_ERR_INVALID_TOKEN, "InvalidToken", 400)                                                    \
  X (S3_ERR_INVALID_URI, "InvalidURI", 400)                                                        \
  X (S3_ERR_KEY_TOO_LONG, "KeyTooLongError", 400)                                                  \
  X (S3_ERR_MALFORMED_POLICY, "MalformedPolicy", 400)                                              \
  X (S3_ERR_MALFORMED_XML, "MalformedXML", 400)                                                    \
  X (S3_ERR_METADATA_TOO_LARGE, "MetadataTooLarge", 400)                                           \
  X (S3_ERR_METHOD_NOT_ALLOWED, "MethodNotAllowed", 405)                                           \
  X (S3_ERR_MISSING_CONTENT_LENGTH, "MissingContentLength", 411)                                   \
  X (S3_ERR_NO_SUCH_BUCKET, "NoSuchBucket", 404)                                                   \
  X (S3_ERR_NO_SUCH_BUCKET_POLICY, "NoSuchBucketPolicy", 404)                                      \
  X (S3_ERR_NO_SUCH_CONFIGURATION, "NoSuchConfiguration", 404)                                     \
  X (S3_ERR_NO_SUCH_CORS, "NoSuchCORSConfiguration", 404)                                          \
  X (S3_ERR_NO_SUCH_KEY, "NoSuchKey", 404)                                                         \
  X (S3_ERR_NO_SUCH_LIFECYCLE, "NoSuchLifecycleConfiguration", 404)                                \
  X (S3_ERR_NO_SUCH_TAG_SET, "NoSuchTagSet", 404)                                                  \
  X (S3_ERR_NO_SUCH_UPLOAD, "NoSuchUpload", 404)                                                   \
  X (S3_ERR_NO_SUCH_VERSION, "NoSuchVersion", 404)                                                 \
  X (S3_ERR_NO_SUCH_WEBSITE, "NoSuchWebsiteConfiguration", 404)                                    \
  X (S3_ERR_NOT_IMPLEMENTED, "NotImplemented", 501)                                                \
  X (S3_ERR_NOT_MODIFIED, "NotModified", 304)                                                      \
  X (S3_ERR_OBJECT_LOCK_NOT_FOUND, "ObjectLockConfigurationNotFoundError", 404)                    \
  X (S3_ERR_PRECONDITION_FAILED, "PreconditionFailed", 412)                                        \
  X (S3_ERR_REPLICATION_NOT_FOUND, "ReplicationConfigurationNotFoundError", 404)                   \
  X (S3_ERR_REQUEST_TIME_TOO_SKEWED, "RequestTimeTooSkewed", 403)                                  \
  X (S3_ERR_SERVICE_UNAVAILABLE, "ServiceUnavailable", 503)                                        \
  X (S3_ERR_SLOW_DOWN, "SlowDown", 503)                                                            \
  X (S3_ERR_SIGNATURE_DOES_NOT_MATCH, "SignatureDoesNotMatch", 403)                                \
  X (S3_ERR_CONTENT_SHA256_MISMATCH, "XAmzContentSHA256Mismatch", 400)

#define S3_ERROR_ENUMERATOR(enumerator, name, status) enumerator,
typedef enum {
  S3_ERROR_LIST (S3_ERROR_ENUMERATOR)
} S3ErrorCode;

/* Errors of this domain are told to the client as they are. */
#define S3_ERROR (s3_error_quark ())
GQuark s3_error_quark (void);

const char *s3_error_name (S3ErrorCode code);
guint s3_error_status (S3ErrorCode code);

/* What a failure from elsewhere (signatures, framing, store, files) is for the client: a copy in S3_ERROR. presigned: the
 * signature came in the query, whose errors have a name of their own. Anything unexpected is InternalError with a message
 * that tells nothing; the caller logs the original. */
GError *s3_error_from (const GError *error, gboolean presigned) G_GNUC_WARN_UNUSED_RESULT;
