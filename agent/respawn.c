#include "agent/respawn.h"

gint64
respawn_after_end_ms (Respawn *respawn, gint64 lived_ms)
{
  if (lived_ms >= RESPAWN_HEALTHY_MS)
    respawn->failures = 0;
  gint64 pause_ms = MAX (respawn->first_ms, RESPAWN_LEAST_MS);
  for (guint i = 0; i < respawn->failures && pause_ms < RESPAWN_LONGEST_MS; i++)
    pause_ms *= 2;
  respawn->failures++;
  return MIN (pause_ms, RESPAWN_LONGEST_MS);
}

gboolean
respawn_is_unhealthy (const Respawn *respawn)
{
  return respawn->failures >= RESPAWN_UNHEALTHY_AT;
}
