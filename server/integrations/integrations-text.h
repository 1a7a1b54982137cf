#pragma once

#include "core/arena.h"
#include "server/integrations/integrations.h"

/* integrations.yml from text to values: what integrations.c does first, before it looks at the files that the text names. Pure.
 *
 * Thread rule: any thread. */

/* A file that the text names. */
typedef struct {
  const char *where; /* "aws.credentials_file" */
  const char *path;
  guint line;
  gboolean secret; /* must be closed to others */
} IntegrationsFile;

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

/* Fills out, texts in arena. Mistakes are noted, out then holds what could be understood. out_files: of IntegrationsFile *, in arena. */
void integrations_read_text (const char *text, gsize length, const char *dir, const char *region,
                             Arena *arena, Integrations *out, GPtrArray *out_files,
                             IntegrationsMistakes *mistakes);
