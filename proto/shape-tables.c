/* The tables that tools/gen-api.py makes from proto/api/, with the functions that only look things up in them. */
#include "proto/api-operation.h"
#include "proto/api-types.h"
#include "proto/shape-table.h"

#include <string.h>

#include "proto/api-tables.h"

const ApiOperation *
api_operation (ApiOp id)
{
  g_assert ((guint)id < API_N_OPS);
  return &operations[id];
}

const ApiOperation *
api_operation_by_name (const char *name)
{
  for (guint i = 0; name != NULL && i < API_N_OPS; i++)
    if (strcmp (operations[i].name, name) == 0)
      return &operations[i];
  return NULL;
}

const ApiOperation *
api_operation_by_target (const char *x_amz_target)
{
  const char *dot = x_amz_target != NULL ? strrchr (x_amz_target, '.') : NULL;

  if (dot == NULL)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++) {
    if (strncmp (prefixes[i].prefix, x_amz_target, (gsize)(dot - x_amz_target)) != 0 ||
        prefixes[i].prefix[dot - x_amz_target] != '\0')
      continue;
    const ApiOperation *op = api_operation_by_name (dot + 1);
    if (op != NULL && op->service == prefixes[i].service)
      return op;
  }
  return NULL;
}

const ApiOperation *
api_operation_by_query (const char *action, const char *version)
{
  const ApiOperation *op = api_operation_by_name (action);

  return op != NULL && g_strcmp0 (op->query_version, version) == 0 && version != NULL ? op : NULL;
}

gboolean
api_operation_lists_error (const ApiOperation *op, ApiErrorCode code)
{
  for (guint i = 0; i < op->n_errors; i++)
    if (op->errors[i] == code)
      return TRUE;
  return FALSE;
}

const char *
api_error_message (ApiErrorCode code)
{
  return (guint)code < API_N_ERRORS ? error_messages[code] : NULL;
}
