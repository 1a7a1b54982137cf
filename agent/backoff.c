#include "agent/backoff.h"

#define LONGEST_CALL_PAUSE_MS 30000

gint64
backoff_poll_ms (guint n, gint64 first_ms, gint64 elapsed_ms)
{
  static const gint64 tenths_of_first[] = { 10, 13, 17, 21, 27, 34, 44, 56, 71, 90 };
  if (n == 0)
    return 0;
  gint64 pause_ms = first_ms * tenths_of_first[MIN (n, G_N_ELEMENTS (tenths_of_first)) - 1] / 10;
  return MAX (pause_ms - elapsed_ms, 0);
}

gint64
backoff_call_ms (guint n, gint64 first_ms, const Ambient *ambient)
{
  gint64 pause_ms = MIN (first_ms, LONGEST_CALL_PAUSE_MS);
  for (guint i = 1; i < n && pause_ms < LONGEST_CALL_PAUSE_MS; i++)
    pause_ms = MIN (pause_ms * 2, LONGEST_CALL_PAUSE_MS);
  return pause_ms + ambient_random_below (ambient, (guint32)(pause_ms / 4 + 1));
}
