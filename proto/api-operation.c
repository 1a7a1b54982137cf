#include "proto/api-operation.h"

#include "proto/json-doc.h"
#include "proto/shape-table.h"

static gboolean
decode (const Shape *shape, const char *bytes, gsize length, const JsonDocLimits *limits,
        Arena *arena, gpointer *out_value, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (length == 0) {
    *out_value = arena_alloc (arena, shape->size);
    return TRUE;
  }
  g_autoptr (json_t) json = json_doc_parse (bytes, length, limits, &problem);
  if (json == NULL) {
    api_error_set (error, API_ERR_SERIALIZATION, "the body is not a JSON document: %s",
                   problem->message);
    return FALSE;
  }
  return shape_decode (shape, json, arena, out_value, error);
}

gboolean
api_decode_input (const ApiOperation *op, const char *bytes, gsize length, Arena *arena,
                  gpointer *out_input, GError **error)
{
  static const JsonDocLimits limits = { .max_bytes = API_MAX_REQUEST_BYTES,
                                        .max_depth = 32,
                                        .max_values = 50000 };
  gpointer input = NULL;

  if (!decode (op->input, bytes, length, &limits, arena, &input, error) ||
      !shape_check (op->input, input, error))
    return FALSE;
  *out_input = input;
  return TRUE;
}

gboolean
api_decode_output (const ApiOperation *op, const char *bytes, gsize length, Arena *arena,
                   gpointer *out_output, GError **error)
{
  static const JsonDocLimits limits = { .max_bytes = 16 * 1024 * 1024,
                                        .max_depth = 32,
                                        .max_values = 1000000 };

  if (op->output == NULL) {
    *out_output = NULL;
    return TRUE;
  }
  return decode (op->output, bytes, length, &limits, arena, out_output, error);
}

static char *
encode (const Shape *shape, gconstpointer value, gsize *out_length)
{
  GString *out = g_string_sized_new (1024);

  if (value != NULL)
    shape_write (shape, value, out);
  else
    g_string_append (out, "{}");
  *out_length = out->len;
  return g_string_free (out, FALSE);
}

char *
api_encode_output (const ApiOperation *op, gconstpointer output, gsize *out_length)
{
  if (op->output == NULL) {
    *out_length = 0;
    return g_strdup ("");
  }
  return encode (op->output, output, out_length);
}

char *
api_encode_input (const ApiOperation *op, gconstpointer input, gsize *out_length)
{
  return encode (op->input, input, out_length);
}

gpointer
api_new_output (const ApiOperation *op, Arena *arena)
{
  return op->output != NULL ? arena_alloc (arena, op->output->size) : NULL;
}
