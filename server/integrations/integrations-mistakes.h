#pragma once

#include <glib.h>

/* What is wrong with integrations.yml: all of it is told at once, a line each.
 *
 * Thread rule: any thread, one at a time. */

/* What is wrong so far, a line each. */
typedef struct {
  const char *file_name;
  GString *text;
  guint n;
} IntegrationsMistakes;

void integrations_mistake (IntegrationsMistakes *mistakes, guint line, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* FALSE with all of them as the error, if there are any. */
gboolean integrations_mistakes_end (const IntegrationsMistakes *mistakes, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
