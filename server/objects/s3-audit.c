#include "server/objects/s3-audit.h"

#include <string.h>

#include "proto/json-doc.h"
#include "server/audit.h"
#include "server/objects/permit.h"
#include "server/objects/route.h"
#include "server/objects/s3-error.h"

gboolean
s3_audit_is_recorded (const S3Request *request)
{
  return strcmp (request->route->method, "GET") != 0 &&
         strcmp (request->route->method, "HEAD") != 0;
}

static void
add_parameter (GString *out, const char *name, const char *value)
{
  if (value == NULL)
    return;
  g_string_append (out, out->len > 1 ? "," : "");
  json_doc_append_text (out, name);
  g_string_append_c (out, ':');
  json_doc_append_text (out, value);
}

static const char *
parameters (const S3Request *request)
{
  g_autoptr (GString) out = g_string_new ("{");
  add_parameter (out, "bucketName", request->address.bucket);
  add_parameter (out, "key", request->address.key);
  add_parameter (out, "versionId", s3_request_param (request, "versionId"));
  add_parameter (out, "uploadId", s3_request_param (request, "uploadId"));
  add_parameter (out, "partNumber", s3_request_param (request, "partNumber"));
  if (request->deleted_json != NULL)
    g_string_append_printf (out, ",\"objects\":%s", request->deleted_json);
  g_string_append_c (out, '}');
  return arena_strdup (request->arena, out->str);
}

static gsize
resources (const S3Request *request, AuditResource items[2])
{
  gsize n = 0;
  const char *bucket = request->address.bucket;
  if (bucket == NULL)
    return 0;
  items[n++] = (AuditResource){ "AWS::S3::Bucket", bucket };
  if (request->address.key != NULL)
    items[n++] = (AuditResource){ "AWS::S3::Object", arena_printf (request->arena, "%s/%s", bucket,
                                                                   request->address.key) };
  return n;
}

static gboolean
write_event (S3Request *request, const GError *failure, StoreTx *tx, GError **error)
{
  const AuditRules rules = { request->config->ambient, request->config->audit_days };
  AuditResource items[2];
  gboolean is_told = failure != NULL && failure->domain == S3_ERROR;
  gboolean is_about_objects = request->address.key != NULL || request->deleted_json != NULL;
  const AuditDeed deed = {
    .caller = permit_caller (request->permit),
    .scope = request->config->arn,
    .event_source = "s3.amazonaws.com",
    .event_name = request->route->name,
    .category = is_about_objects ? AUDIT_DATA : AUDIT_MANAGEMENT,
    .request_json = parameters (request),
    .error_code = failure == NULL ? NULL
                  : is_told       ? s3_error_name ((S3ErrorCode)failure->code)
                                  : "InternalError",
    .error_message = is_told ? failure->message : NULL,
    .request_id = http_exchange_request_id (request->exchange),
    .now_ms = request->now_ms,
    .n_resources = resources (request, items),
    .resources = items,
  };
  return audit_write (tx, &rules, &deed, request->arena, error);
}

gboolean
s3_audit_success (S3Request *request, StoreTx *tx, GError **error)
{
  return write_event (request, NULL, tx, error);
}

typedef struct {
  S3Request *request;
  const GError *failure;
} Failure;

static gboolean
failure_work (StoreTx *tx, gpointer data, GError **error)
{
  const Failure *failure = data;
  return write_event (failure->request, failure->failure, tx, error);
}

void
s3_audit_failure (S3Request *request, const GError *failure)
{
  Failure work = { request, failure };
  g_autoptr (GError) error = NULL;
  if (!store_run (request->config->store, STORE_WRITE, failure_work, &work, &error))
    log_failure (request->config->log, "audit-failed", log_error_field (error),
                 log_text ("operation", request->route->name),
                 log_text ("id", http_exchange_request_id (request->exchange)));
}
