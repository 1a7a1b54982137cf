#pragma once

#include "core/arena.h"
#include "proto/api-operation.h"
#include "server/http-server.h"

/* How the requests and answers of a service look on the wire. The way of a request through the server (server/dispatch.h)
 * is the same for all; what differs is a constant table of functions.
 *
 * Texts that are returned are NUL-terminated, of *out_length bytes, and the caller's to free.
 *
 * Thread rule: constant tables, any thread; nothing blocks. */
typedef struct {
  const char *content_type; /* of every answer */

  /* Which operation the request is for. Raises API_ERROR. */
  gboolean (*find_operation) (const HttpExchange *exchange, Arena *arena,
                              const ApiOperation **out_op, GError **error);
  /* The operation's input (its ApiXInput), in arena. Raises API_ERROR. */
  gboolean (*decode) (const ApiOperation *op, const HttpExchange *exchange, Arena *arena,
                      gpointer *out_input, GError **error);
  char *(*encode_output) (const ApiOperation *op, gconstpointer output, const char *request_id,
                          gsize *out_length);
  /* An error of any domain: what is not an API_ERROR becomes an internal failure without details. */
  char *(*encode_error) (const GError *error, const char *request_id, guint *out_status,
                         gsize *out_length);
} WireProtocol;

/* AWS JSON 1.1: X-Amz-Target names the operation, the body is a JSON object (api.md 1). */
extern const WireProtocol wire_json;
