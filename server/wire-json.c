#include <string.h>

#include "proto/api-error.h"
#include "server/wire-protocol.h"

/* AWS JSON 1.1: api.md 1.1, 1.2, 1.4. */

#define TARGET_HEADER "X-Amz-Target"

static gboolean
find_operation (const HttpExchange *exchange, Arena *arena, const ApiOperation **out_op,
                GError **error)
{
  const char *target = http_exchange_header (exchange, TARGET_HEADER);
  if (strcmp (http_exchange_method (exchange), "POST") != 0 ||
      strcmp (http_exchange_path (exchange), "/") != 0) {
    api_error_set (error, API_ERR_UNKNOWN_OPERATION, "operations are called with POST /");
    return FALSE;
  }
  if (target == NULL) {
    api_error_set (error, API_ERR_UNKNOWN_OPERATION, "the header X-Amz-Target is missing");
    return FALSE;
  }
  *out_op = api_operation_by_target (target);
  if (*out_op != NULL)
    return TRUE;
  api_error_set (error, API_ERR_UNKNOWN_OPERATION, "there is no operation %.128s",
                 g_utf8_validate (target, -1, NULL) ? target : "of that name");
  return FALSE;
}

static gboolean
decode (const ApiOperation *op, const HttpExchange *exchange, Arena *arena, gpointer *out_input,
        GError **error)
{
  const char *encoding = http_exchange_header (exchange, "Content-Encoding");
  if (encoding != NULL && *encoding != '\0' && g_ascii_strcasecmp (encoding, "identity") != 0) {
    api_error_set (error, API_ERR_MALFORMED_HTTP_REQUEST, "content encoding %.32s is not supported",
                   encoding);
    return FALSE;
  }
  gsize length = 0;
  const char *body = http_exchange_body (exchange, &length);
  return api_decode_input (op, body, length, arena, out_input, error);
}

static char *
encode_output (const ApiOperation *op, gconstpointer output, const char *request_id,
               gsize *out_length)
{
  return api_encode_output (op, output, out_length);
}

static char *
encode_error (const GError *error, const char *request_id, guint *out_status, gsize *out_length)
{
  *out_status = api_error_status (api_error_code (error));
  return api_error_to_body (error, out_length);
}

const WireProtocol wire_json = {
  .content_type = "application/x-amz-json-1.1",
  .find_operation = find_operation,
  .decode = decode,
  .encode_output = encode_output,
  .encode_error = encode_error,
};
