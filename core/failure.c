#include "core/failure.h"

gboolean
failure_set_valist (GError **error, GQuark domain, int code, const char *format, va_list arguments)
{
  g_autofree char *text = NULL;
  g_autofree char *message = NULL;

  if (error == NULL)
    return FALSE;
  text = g_strdup_vprintf (format, arguments);
  message = g_utf8_make_valid (text, -1);
  g_set_error_literal (error, domain, code, message);
  return FALSE;
}

gboolean
failure_set (GError **error, GQuark domain, int code, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  failure_set_valist (error, domain, code, format, arguments);
  va_end (arguments);
  return FALSE;
}
