#include "proto/api-error.h"

#include <string.h>

#include "proto/json-doc.h"

G_DEFINE_QUARK (api - error - quark, api_error)

static const struct {
  const char *name;
  guint status;
} list[API_N_ERRORS] = {
#define ROW(code, name, status) [code] = { name, status },
  API_ERROR_LIST (ROW)
#undef ROW
};

void
api_error_set (GError **error, ApiErrorCode code, const char *format, ...)
{
  g_autofree char *text = NULL;

  if (format != NULL) {
    va_list arguments;
    va_start (arguments, format);
    text = g_strdup_vprintf (format, arguments);
    va_end (arguments);
  } else if (api_error_message (code) != NULL) {
    text = g_strdup (api_error_message (code));
  } else {
    text = g_strdup (api_error_name (code));
  }
  g_set_error_literal (error, API_ERROR, (int)code, text);
}

const char *
api_error_name (ApiErrorCode code)
{
  if ((guint)code < API_N_ERRORS && list[code].name != NULL)
    return list[code].name;
  return list[API_ERR_INTERNAL_FAILURE].name;
}

guint
api_error_status (ApiErrorCode code)
{
  if ((guint)code < API_N_ERRORS && list[code].name != NULL)
    return list[code].status;
  return list[API_ERR_INTERNAL_FAILURE].status;
}

ApiErrorCode
api_error_from_name (const char *name)
{
  if (name == NULL)
    return API_ERR_NONE;
  const char *hash = strchr (name, '#');
  const char *start = hash != NULL ? hash + 1 : name;
  gsize length = strcspn (start, ",:");
  for (guint i = API_ERR_NONE + 1; i < API_N_ERRORS; i++)
    if (strlen (list[i].name) == length && memcmp (list[i].name, start, length) == 0)
      return (ApiErrorCode)i;
  return API_ERR_NONE;
}

ApiErrorCode
api_error_code (const GError *error)
{
  return error->domain == API_ERROR ? (ApiErrorCode)error->code : API_ERR_INTERNAL_FAILURE;
}

char *
api_error_to_body (const GError *error, gsize *out_length)
{
  GString *body = g_string_sized_new (128);

  g_string_append (body, "{\"__type\":");
  json_doc_append_text (body, api_error_name (api_error_code (error)));
  /* The text of a fault of ours is for the log, not for the caller. */
  if (error->domain == API_ERROR && api_error_status (api_error_code (error)) != 500) {
    g_string_append (body, ",\"message\":");
    json_doc_append_text (body, error->message);
  }
  g_string_append_c (body, '}');
  *out_length = body->len;
  return g_string_free (body, FALSE);
}
