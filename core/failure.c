#include "core/failure.h"

void
failure_record (GError **error, GQuark domain, int code, const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *message = NULL;
  va_list arguments;

  if (error == NULL)
    return;
  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  message = g_utf8_make_valid (text, -1);
  g_set_error_literal (error, domain, code, message);
}
