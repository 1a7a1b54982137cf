#include "server/host-commands/command-id.h"

#include <string.h>

#include "core/ids.h"
#include "core/lifecycle.h"

char *
command_id_format (const char *deployment_id, gint64 ordinal, gint64 step, gint64 attempt,
                   Arena *arena)
{
  if (attempt > 1)
    return arena_printf (arena, "%s:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT,
                         deployment_id, ordinal, step, attempt);
  return arena_printf (arena, "%s:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, deployment_id, ordinal,
                       step);
}

/* Decimal digits only, no leading zero, up to the end character. */
static gboolean
parse_number (const char **text, char end, gint64 limit, gint64 *out)
{
  const char *p = *text;
  gint64 value = 0;
  if (!g_ascii_isdigit (*p) || (p[0] == '0' && g_ascii_isdigit (p[1])))
    return FALSE;
  for (; g_ascii_isdigit (*p); p++) {
    value = value * 10 + (*p - '0');
    if (value >= limit)
      return FALSE;
  }
  if (*p != end)
    return FALSE;
  *text = end != '\0' ? p + 1 : p;
  *out = value;
  return TRUE;
}

gboolean
command_id_parse (const char *text, CommandId *out)
{
  CommandId id;
  const char *colon = strchr (text, ':');
  if (colon == NULL || (gsize)(colon - text) >= sizeof id.deployment_id)
    return FALSE;
  memcpy (id.deployment_id, text, (gsize)(colon - text));
  id.deployment_id[colon - text] = '\0';
  const char *rest = colon + 1;
  if (!ids_is_deployment (id.deployment_id) || !parse_number (&rest, ':', G_MAXINT32, &id.ordinal))
    return FALSE;
  gboolean has_attempt = strchr (rest, ':') != NULL;
  id.attempt = 1;
  if (!parse_number (&rest, has_attempt ? ':' : '\0', LIFECYCLE_N_EVENTS, &id.step) ||
      (has_attempt && (!parse_number (&rest, '\0', G_MAXINT32, &id.attempt) || id.attempt < 2)))
    return FALSE;
  *out = id;
  return TRUE;
}
