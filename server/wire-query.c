#include "server/wire-query.h"

#include <string.h>

#include "proto/api-error.h"
#include "proto/shape-query.h"
#include "proto/shape-xml.h"

#define FORM_TYPE     "application/x-www-form-urlencoded"
#define TARGET_HEADER "X-Amz-Target"

/* ---- requests ---- */

gboolean
wire_query_is_meant (const HttpExchange *head, const char *signed_service)
{
  if (http_exchange_header (head, TARGET_HEADER) != NULL)
    return FALSE;
  const char *type = http_exchange_header (head, "Content-Type");
  const char *query = http_exchange_query (head);
  return g_strcmp0 (signed_service, "iam") == 0 || g_strcmp0 (signed_service, "sts") == 0 ||
         (type != NULL && g_ascii_strncasecmp (type, FORM_TYPE, strlen (FORM_TYPE)) == 0) ||
         g_str_has_prefix (query, "Action=") || strstr (query, "&Action=") != NULL;
}

static gboolean
read_form (const HttpExchange *exchange, Arena *arena, QueryForm *out, GError **error)
{
  const char *method = http_exchange_method (exchange);
  if (strcmp (http_exchange_path (exchange), "/") != 0) {
    api_error_set (error, API_ERR_UNKNOWN_OPERATION, "operations are called with POST /");
    return FALSE;
  }
  if (strcmp (method, "GET") == 0) {
    const char *query = http_exchange_query (exchange);
    return query_form_parse (query, strlen (query), arena, out, error);
  }
  if (strcmp (method, "POST") != 0) {
    api_error_set (error, API_ERR_UNKNOWN_OPERATION, "operations are called with POST / or GET /");
    return FALSE;
  }
  gsize length = 0;
  const char *body = http_exchange_body (exchange, &length);
  return query_form_parse (body, length, arena, out, error);
}

static gboolean
find_operation (const HttpExchange *exchange, Arena *arena, const ApiOperation **out_op,
                GError **error)
{
  QueryForm form;
  if (!read_form (exchange, arena, &form, error))
    return FALSE;
  const char *action = query_form_get (&form, "Action");
  const char *version = query_form_get (&form, "Version");
  if (action == NULL || version == NULL) {
    api_error_set (error, API_ERR_UNKNOWN_OPERATION, "the parameter %s is missing",
                   action == NULL ? "Action" : "Version");
    return FALSE;
  }
  *out_op = api_operation_by_query (action, version);
  if (*out_op == NULL)
    api_error_set (error, API_ERR_UNKNOWN_OPERATION,
                   "Could not find operation %.128s for version %.32s", action, version);
  return *out_op != NULL;
}

static gboolean
decode (const ApiOperation *op, const HttpExchange *exchange, Arena *arena, gpointer *out_input,
        GError **error)
{
  QueryForm form;
  return read_form (exchange, arena, &form, error) &&
         shape_query_decode (op->input, &form, arena, out_input, error) &&
         shape_check (op->input, *out_input, error);
}

/* ---- answers ---- */

static char *
finish (GString *out, gsize *out_length)
{
  *out_length = out->len;
  return g_string_free (out, FALSE);
}

static char *
encode_output (const ApiOperation *op, gconstpointer output, const char *request_id,
               gsize *out_length)
{
  GString *out = g_string_sized_new (1024);
  g_string_append_printf (out, "<%sResponse xmlns=\"%s\">\n", op->name, op->xml_namespace);
  if (op->output != NULL) {
    g_string_append_printf (out, "<%sResult>", op->name);
    shape_xml_write (op->output, output, out);
    g_string_append_printf (out, "</%sResult>\n", op->name);
  }
  g_string_append_printf (
      out, "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata>\n</%sResponse>\n",
      request_id, op->name);
  return finish (out, out_length);
}

/* The errors that are common to all operations, as the Query services call them. Every other has its own name. */
static const struct {
  const char *name;
  guint status;
} common_errors[API_N_ERRORS] = {
  [API_ERR_ACCESS_DENIED] = { "AccessDenied", 403 },
  [API_ERR_EXPIRED_TOKEN] = { "ExpiredToken", 403 },
  [API_ERR_INCOMPLETE_SIGNATURE] = { "IncompleteSignature", 403 },
  [API_ERR_INVALID_SIGNATURE] = { "SignatureDoesNotMatch", 403 },
  [API_ERR_MALFORMED_HTTP_REQUEST] = { "MalformedHttpRequest", 400 },
  [API_ERR_MISSING_AUTHENTICATION_TOKEN] = { "MissingAuthenticationToken", 403 },
  [API_ERR_REQUEST_ENTITY_TOO_LARGE] = { "RequestEntityTooLarge", 413 },
  [API_ERR_REQUEST_TIMEOUT] = { "RequestTimeout", 408 },
  [API_ERR_SERIALIZATION] = { "MalformedInput", 400 },
  [API_ERR_THROTTLING] = { "Throttling", 400 },
  [API_ERR_UNKNOWN_OPERATION] = { "InvalidAction", 400 },
  [API_ERR_UNRECOGNIZED_CLIENT] = { "InvalidClientTokenId", 403 },
};

const char *
wire_query_error_name (ApiErrorCode code)
{
  const char *name = common_errors[code].name;
  return name != NULL ? name : api_error_name (code);
}

static char *
encode_error (const GError *error, const char *request_id, guint *out_status, gsize *out_length)
{
  ApiErrorCode code = api_error_code (error);
  gboolean common = common_errors[code].name != NULL;
  GString *out = g_string_sized_new (512);
  *out_status = common ? common_errors[code].status : api_error_status (code);
  g_string_append_printf (out, "<ErrorResponse>\n<Error><Type>%s</Type><Code>%s</Code><Message>",
                          *out_status >= 500 ? "Receiver" : "Sender", wire_query_error_name (code));
  /* The text of a fault of ours is for the log, not for the caller. */
  if (error->domain == API_ERROR && *out_status != 500)
    shape_xml_append_text (out, error->message);
  g_string_append_printf (out, "</Message></Error>\n<RequestId>%s</RequestId>\n</ErrorResponse>\n",
                          request_id);
  return finish (out, out_length);
}

const WireProtocol wire_query = {
  .content_type = "text/xml",
  .find_operation = find_operation,
  .decode = decode,
  .encode_output = encode_output,
  .encode_error = encode_error,
};
