#include "server/actions/page.h"

#include "proto/api-error.h"
#include "server/page-token.h"

#include <jansson.h>

/* The operation and its input without the token, however it is spelt, and without the size of a page. */
static char *
page_scope (const ApiCall *call)
{
  json_t *input = shape_encode (call->op->input, call->input);
  json_object_del (input, "nextToken");
  json_object_del (input, "NextToken");
  json_object_del (input, "Marker");
  json_object_del (input, "MaxItems");
  char *filters = json_dumps (input, JSON_COMPACT | JSON_SORT_KEYS);
  json_decref (input);
  char *scope = arena_printf (call->arena, "%s%s", call->op->name, filters);
  free (filters);
  return scope;
}

gboolean
page_begin (ApiCall *call, const char *next_token, const char **out_after, GError **error)
{
  *out_after = NULL;
  if (next_token == NULL)
    return TRUE;
  *out_after = page_token_open (&call->env->page_key, page_scope (call), next_token, call->arena);
  if (*out_after != NULL)
    return TRUE;
  gboolean marker = call->op->query_version != NULL;
  api_error_set (error, marker ? API_ERR_VALIDATION_ERROR : API_ERR_INVALID_NEXT_TOKEN,
                 "%s is not one that this list with these filters gave out",
                 marker ? "Marker" : "nextToken");
  return FALSE;
}

const char *
page_end (ApiCall *call, const char *last)
{
  return page_token_seal (&call->env->page_key, page_scope (call), last, call->arena);
}
