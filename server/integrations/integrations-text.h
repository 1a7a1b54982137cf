#pragma once

#include "core/arena.h"
#include "server/integrations/integrations-fields.h"
#include "server/integrations/integrations-mistakes.h"
#include "server/integrations/integrations.h"

/* integrations.yml from text to values: what integrations.c does first, before it looks at the files that the text names. Pure.
 *
 * Thread rule: any thread. */

/* Fills out, texts in arena. Mistakes are noted, out then holds what could be understood. out_files: of IntegrationsFile *, in arena. */
void integrations_read_text (const char *text, gsize length, const char *dir, const char *region,
                             Arena *arena, Integrations *out, GPtrArray *out_files,
                             IntegrationsMistakes *mistakes);
