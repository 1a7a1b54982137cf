#include "server/objects/s3-error.h"

#include "core/sigv4.h"
#include "server/authenticate.h"
#include "server/objects/aws-chunked.h"

G_DEFINE_QUARK (slipway_s3_error, s3_error)

typedef struct {
  const char *name;
  guint status;
} ErrorFacts;

#define S3_ERROR_ROW(enumerator, name, status) [enumerator] = { name, status },
static const ErrorFacts facts[] = { S3_ERROR_LIST (S3_ERROR_ROW) };

const char *
s3_error_name (S3ErrorCode code)
{
  return facts[code].name;
}

guint
s3_error_status (S3ErrorCode code)
{
  return facts[code].status;
}

static S3ErrorCode
code_of_signature_error (Sigv4Error code, gboolean presigned)
{
  switch (code) {
  case SIGV4_ERROR_INCOMPLETE:
  case SIGV4_ERROR_SCOPE:
    return presigned ? S3_ERR_AUTHORIZATION_QUERY_PARAMETERS
                     : S3_ERR_AUTHORIZATION_HEADER_MALFORMED;
  case SIGV4_ERROR_MISSING_TOKEN:
  case SIGV4_ERROR_UNSIGNED_HEADER:
  case SIGV4_ERROR_PRESIGNED_EXPIRED:
    return S3_ERR_ACCESS_DENIED;
  case SIGV4_ERROR_EXPIRED:
  case SIGV4_ERROR_NOT_YET_CURRENT:
    return S3_ERR_REQUEST_TIME_TOO_SKEWED;
  case SIGV4_ERROR_PAYLOAD:
    return S3_ERR_CONTENT_SHA256_MISMATCH;
  case SIGV4_ERROR_PAYLOAD_KIND:
    return S3_ERR_INVALID_REQUEST;
  case SIGV4_ERROR_MISMATCH:
    return S3_ERR_SIGNATURE_DOES_NOT_MATCH;
  }
  return S3_ERR_ACCESS_DENIED;
}

static S3ErrorCode
code_of_key_error (AuthenticateError code)
{
  switch (code) {
  case AUTHENTICATE_ERROR_UNKNOWN_KEY:
    return S3_ERR_INVALID_ACCESS_KEY_ID;
  case AUTHENTICATE_ERROR_TOKEN:
    return S3_ERR_INVALID_TOKEN;
  case AUTHENTICATE_ERROR_TOKEN_EXPIRED:
    return S3_ERR_EXPIRED_TOKEN;
  case AUTHENTICATE_ERROR_THROTTLED:
    return S3_ERR_SLOW_DOWN;
  }
  return S3_ERR_ACCESS_DENIED;
}

GError *
s3_error_from (const GError *error, gboolean presigned)
{
  if (error->domain == S3_ERROR)
    return g_error_copy (error);
  if (error->domain == SIGV4_ERROR)
    return g_error_new_literal (S3_ERROR,
                                (int)code_of_signature_error ((Sigv4Error)error->code, presigned),
                                error->message);
  if (error->domain == AWS_CHUNKED_ERROR)
    return g_error_new_literal (S3_ERROR,
                                error->code == AWS_CHUNKED_ERROR_SMALL ? S3_ERR_INVALID_CHUNK_SIZE
                                                                       : S3_ERR_INCOMPLETE_BODY,
                                error->message);
  if (error->domain == AUTHENTICATE_ERROR)
    return g_error_new_literal (S3_ERROR, (int)code_of_key_error ((AuthenticateError)error->code),
                                error->message);
  return g_error_new_literal (S3_ERROR, S3_ERR_INTERNAL_ERROR,
                              "an internal error occurred; the server's log says more");
}
