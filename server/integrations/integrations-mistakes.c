#include "server/integrations/integrations-mistakes.h"

#include <stdarg.h>

#include "server/integrations/integrations.h"

void
integrations_mistake (IntegrationsMistakes *mistakes, guint line, const char *format, ...)
{
  va_list arguments;
  if (mistakes->n++ >= INTEGRATIONS_MAX_MISTAKES)
    return;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *shown = g_utf8_make_valid (what, -1);
  g_string_append_printf (mistakes->text, "%s%s:%u: %s", mistakes->text->len == 0 ? "" : "\n",
                          mistakes->file_name, line, shown);
}

gboolean
integrations_mistakes_end (const IntegrationsMistakes *mistakes, GError **error)
{
  if (mistakes->n == 0)
    return TRUE;
  guint hidden = mistakes->n - MIN (mistakes->n, INTEGRATIONS_MAX_MISTAKES);
  g_autofree char *more = hidden == 0 ? NULL : g_strdup_printf ("\nand %u more", hidden);
  g_set_error (error, INTEGRATIONS_ERROR, INTEGRATIONS_ERROR_FILE, "%s%s", mistakes->text->str,
               more != NULL ? more : "");
  return FALSE;
}
