#include "server/objects/request.h"

#include <string.h>

#include "core/digest.h"
#include "core/sigv4-canonical.h"
#include "core/time-iso8601.h"
#include "server/objects/permit.h"
#include "server/objects/route.h"
#include "server/objects/s3-audit.h"
#include "server/objects/s3-error.h"

S3Request *
s3_request_new (const ObjectsConfig *config, ContentStore *contents, HttpExchange *exchange)
{
  S3Request *request = g_new0 (S3Request, 1);
  request->ref_count = 1;
  request->config = config;
  request->contents = contents;
  request->exchange = exchange;
  request->arena = arena_new ();
  request->now_ms = ambient_now_ms (config->ambient);
  request->headers = g_array_new (FALSE, FALSE, sizeof (HttpHeader));
  request->details = g_array_new (FALSE, FALSE, sizeof (HttpHeader));
  return request;
}

S3Request *
s3_request_ref (S3Request *request)
{
  g_atomic_int_inc (&request->ref_count);
  return request;
}

void
s3_request_unref (S3Request *request)
{
  if (!g_atomic_int_dec_and_test (&request->ref_count))
    return;
  permit_free (request->permit);
  g_array_unref (request->headers);
  g_array_unref (request->details);
  arena_free (request->arena);
  g_free (request);
}

/* --- reading --- */

const char *
s3_request_header (const S3Request *request, const char *name)
{
  return http_exchange_header (request->exchange, name);
}

const char *
s3_request_param (const S3Request *request, const char *name)
{
  return s3_address_param (&request->address, name);
}

gboolean
s3_request_number (S3Request *request, const char *name, gint64 fallback, gint64 max, gint64 *out,
                   GError **error)
{
  const char *text = s3_request_param (request, name);
  *out = fallback;
  if (text == NULL)
    return TRUE;
  if (g_ascii_string_to_signed (text, 10, 0, G_MAXINT32, out, NULL)) {
    *out = MIN (*out, max);
    return TRUE;
  }
  return s3_invalid_argument (
      request, name, text,
      arena_printf (request->arena, "%s must be an integer from 0 to %d", name, G_MAXINT32), error);
}

S3XmlDocument *
s3_request_document (const S3Request *request, const char *root, GError **error)
{
  gsize n = 0;
  const guint8 *bytes = request->upload != NULL ? upload_bytes (request->upload, &n) : NULL;
  return s3_xml_parse (bytes != NULL ? (gconstpointer)bytes : "", n, root, error);
}

gboolean
s3_request_wants_checksum (const S3Request *request, ChecksumAlgorithm *out)
{
  gsize n;
  const HttpHeader *headers = http_exchange_headers (request->exchange, &n);
  for (gsize i = 0; i < n; i++) {
    if (checksum_from_header (headers[i].name, out))
      return TRUE;
  }
  const char *trailer = s3_request_header (request, "x-amz-trailer");
  if (trailer != NULL && checksum_from_header (trailer, out))
    return TRUE;
  static const char *const names[] = { "x-amz-sdk-checksum-algorithm", "x-amz-checksum-algorithm" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    const char *value = s3_request_header (request, names[i]);
    g_autofree char *upper = value != NULL ? g_ascii_strup (value, -1) : NULL;
    if (upper != NULL && checksum_algorithm_from_name (upper, out))
      return TRUE;
  }
  return FALSE;
}

/* --- answering --- */

void
s3_answer_header (S3Request *request, const char *name, const char *value)
{
  if (value == NULL)
    return;
  HttpHeader header = { .name = arena_strdup (request->arena, name),
                        .value = arena_strdup (request->arena, value) };
  g_array_append_val (request->headers, header);
}

void
s3_answer_etag (S3Request *request, const char *etag)
{
  s3_answer_header (request, "ETag", arena_printf (request->arena, "\"%s\"", etag));
}

void
s3_answer_version (S3Request *request, const char *version_id)
{
  if (version_id != NULL &&
      (request->is_versioned || strcmp (version_id, OBJECT_NULL_VERSION) != 0))
    s3_answer_header (request, "x-amz-version-id", version_id);
}

static void
answer (S3Request *request, guint status, GBytes *body)
{
  s3_answer_header (request, "x-amz-request-id", http_exchange_request_id (request->exchange));
  const HttpHeader *headers = (const HttpHeader *)(gpointer)request->headers->data;
  if (strcmp (http_exchange_method (request->exchange), "HEAD") == 0)
    http_exchange_answer_head (request->exchange, status, headers, request->headers->len, 0);
  else
    http_exchange_answer (request->exchange, status, headers, request->headers->len, body);
}

gboolean
s3_answer_empty (S3Request *request, guint status)
{
  answer (request, status, NULL);
  return TRUE;
}

gboolean
s3_answer_bytes (S3Request *request, guint status, const char *content_type, GBytes *body)
{
  s3_answer_header (request, "Content-Type", content_type);
  answer (request, status, body);
  return TRUE;
}

gboolean
s3_answer_xml (S3Request *request, guint status, S3XmlWriter *writer)
{
  g_autoptr (GBytes) body = s3_xml_writer_finish (writer);
  return s3_answer_bytes (request, status, "application/xml", body);
}

/* --- errors --- */

static const HttpHeader *
find_detail (const S3Request *request, const char *element)
{
  for (guint i = 0; i < request->details->len; i++) {
    const HttpHeader *detail = &g_array_index (request->details, HttpHeader, i);
    if (strcmp (detail->name, element) == 0)
      return detail;
  }
  return NULL;
}

void
s3_error_detail (S3Request *request, const char *element, const char *value)
{
  /* a work may be run again: the first word stands */
  if (value == NULL || find_detail (request, element) != NULL)
    return;
  HttpHeader detail = { .name = element, .value = arena_strdup (request->arena, value) };
  g_array_append_val (request->details, detail);
}

void
s3_error_detail_number (S3Request *request, const char *element, gint64 value)
{
  s3_error_detail (request, element, arena_printf (request->arena, "%" G_GINT64_FORMAT, value));
}

gboolean
s3_invalid_argument (S3Request *request, const char *name, const char *value, const char *message,
                     GError **error)
{
  s3_error_detail (request, "ArgumentName", name);
  s3_error_detail (request, "ArgumentValue", value);
  g_set_error_literal (error, S3_ERROR, S3_ERR_INVALID_ARGUMENT, message);
  return FALSE;
}

gboolean
s3_no_such_bucket (S3Request *request, const char *name, GError **error)
{
  s3_error_detail (request, "BucketName", name);
  g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_BUCKET, "there is no bucket \"%s\"", name);
  return FALSE;
}

/* The members that S3 gives with a code, as far as the request says them. */
static void
add_usual_details (S3Request *request, S3ErrorCode code)
{
  char now[TIME_ISO8601_SIZE];
  switch (code) {
  case S3_ERR_NO_SUCH_BUCKET:
  case S3_ERR_NO_SUCH_BUCKET_POLICY:
  case S3_ERR_NO_SUCH_TAG_SET:
  case S3_ERR_BUCKET_NOT_EMPTY:
  case S3_ERR_BUCKET_ALREADY_OWNED_BY_YOU:
  case S3_ERR_INVALID_BUCKET_NAME:
    s3_error_detail (request, "BucketName", request->address.bucket);
    break;
  case S3_ERR_NO_SUCH_KEY:
    s3_error_detail (request, "Key", request->address.key);
    break;
  case S3_ERR_NO_SUCH_VERSION:
    s3_error_detail (request, "Key", request->address.key);
    s3_error_detail (request, "VersionId", s3_request_param (request, "versionId"));
    break;
  case S3_ERR_NO_SUCH_UPLOAD:
    s3_error_detail (request, "UploadId", s3_request_param (request, "uploadId"));
    break;
  case S3_ERR_INVALID_ACCESS_KEY_ID:
  case S3_ERR_SIGNATURE_DOES_NOT_MATCH:
    s3_error_detail (request, "AWSAccessKeyId", request->auth.access_key_id);
    break;
  case S3_ERR_REQUEST_TIME_TOO_SKEWED:
    s3_error_detail (request, "RequestTime", request->auth.amz_date);
    s3_error_detail_number (request, "MaxAllowedSkewMilliseconds",
                            (gint64)SIGV4_MAX_SKEW_S3_S * 1000);
    time_format_iso8601 (request->now_ms, now);
    s3_error_detail (request, "ServerTime", now);
    break;
  case S3_ERR_AUTHORIZATION_HEADER_MALFORMED:
    s3_error_detail (request, "Region", request->config->arn->region);
    break;
  default:
    break;
  }
}

static gboolean
is_presigned (const S3Request *request)
{
  return s3_request_param (request, "X-Amz-Signature") != NULL ||
         s3_request_param (request, "X-Amz-Credential") != NULL;
}

void
s3_answer_error (S3Request *request, const GError *cause)
{
  g_autoptr (GError) error = s3_error_from (cause, is_presigned (request));
  S3ErrorCode code = (S3ErrorCode)error->code;
  guint status = s3_error_status (code);
  if (code == S3_ERR_INTERNAL_ERROR)
    log_failure (request->config->log, "object-request-failed",
                 log_text ("request", http_exchange_request_id (request->exchange)),
                 log_error_field (cause));
  if (code == S3_ERR_ACCESS_DENIED && request->principal != NULL)
    http_exchange_note_denied (request->exchange);
  if (status == 304) {
    s3_answer_empty (request, status);
    return;
  }
  add_usual_details (request, code);
  S3XmlWriter *writer = s3_xml_writer_new ("Error", FALSE);
  s3_xml_text (writer, "Code", s3_error_name (code));
  s3_xml_text (writer, "Message", error->message);
  for (guint i = 0; i < request->details->len; i++) {
    const HttpHeader *detail = &g_array_index (request->details, HttpHeader, i);
    s3_xml_text (writer, detail->name, detail->value);
  }
  s3_xml_text (writer, "Resource", http_exchange_path (request->exchange));
  s3_xml_text (writer, "RequestId", http_exchange_request_id (request->exchange));
  s3_answer_xml (request, status, writer);
}

/* --- names in listings --- */

void
s3_write_name (const S3Request *request, S3XmlWriter *writer, const char *element, const char *name)
{
  if (name == NULL || s3_request_param (request, "encoding-type") == NULL) {
    s3_xml_text (writer, element, name);
    return;
  }
  g_autoptr (GString) encoded = g_string_new (NULL);
  sigv4_encode (name, strlen (name), SIGV4_KEEP_SLASH, encoded);
  s3_xml_text (writer, element, encoded->str);
}

gboolean
s3_request_check_encoding (S3Request *request, GError **error)
{
  const char *encoding = s3_request_param (request, "encoding-type");
  return encoding == NULL || strcmp (encoding, "url") == 0 ||
         s3_invalid_argument (request, "encoding-type", encoding, "encoding-type can only be url",
                              error);
}

/* --- who owns --- */

/* S3's canonical ids are 64 hex digits; this one is the account's for ever. */
void
s3_write_owner_id (S3Request *request, S3XmlWriter *writer)
{
  if (request->owner_id == NULL) {
    char hex[DIGEST_SHA256_HEX_SIZE];
    digest_sha256_hex (request->config->arn->account_id, strlen (request->config->arn->account_id),
                       hex);
    request->owner_id = arena_strdup (request->arena, hex);
  }
  s3_xml_text (writer, "ID", request->owner_id);
}

void
s3_write_owner (S3Request *request, S3XmlWriter *writer, const char *element)
{
  s3_xml_begin (writer, element);
  s3_write_owner_id (request, writer);
  s3_xml_end (writer);
}

/* --- the store --- */

typedef struct {
  S3Request *request;
  StoreWork work;
  gpointer data;
} Change;

static gboolean
change_work (StoreTx *tx, gpointer data, GError **error)
{
  const Change *change = data;
  return change->work (tx, change->data, error) && s3_audit_success (change->request, tx, error);
}

gboolean
s3_run (S3Request *request, StoreMode mode, StoreWork work, gpointer data, GError **error)
{
  Store *store = request->config->store;
  Change change = { request, work, data };
  if (mode == STORE_READ || !s3_audit_is_recorded (request))
    return store_run (store, mode, work, data, error);
  return store_run (store, mode, change_work, &change, error);
}

gboolean
s3_require_bucket (S3Request *request, StoreTx *tx, BucketRecord **out, GError **error)
{
  BucketRecord *bucket = NULL;
  if (!bucket_record_by_name (tx, request->address.bucket, request->arena, &bucket, error))
    return FALSE;
  if (bucket == NULL)
    return s3_no_such_bucket (request, request->address.bucket, error);
  s3_request_sees_bucket (request, bucket);
  if (out != NULL)
    *out = bucket;
  return TRUE;
}

void
s3_request_sees_bucket (S3Request *request, const BucketRecord *bucket)
{
  request->is_versioned = bucket->versioning != BUCKET_VERSIONING_NEVER;
}

const char *
s3_make_version_id (const S3Request *request)
{
  guint8 random[16];
  char hex[2 * sizeof random + 1];
  ambient_random (request->config->ambient, random, sizeof random);
  digest_hex (random, sizeof random, hex);
  return arena_strdup (request->arena, hex);
}
