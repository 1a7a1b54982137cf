/* What Prometheus, or who passes for it, answers: the first byte chooses the question and the status. */
#include "server/integrations/prometheus.h"
#include "fuzz/fuzz-target.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const guint statuses[] = { 200, 200, 400, 503 };
  static const AlarmSettings alarms[] = {
    { .driver = ALARM_DRIVER_PROMETHEUS, .url = "http://prom", .alert = "HighErrors" },
    { .driver = ALARM_DRIVER_PROMETHEUS, .url = "http://prom", .expression = "up == 0" },
  };
  g_autoptr (Arena) arena = arena_new ();
  if (size == 0)
    return 0;
  guint status = statuses[(data[0] >> 1) % G_N_ELEMENTS (statuses)];
  const AlarmReading got = prometheus_judge (status, (const char *)data + 1, size - 1,
                                             &alarms[data[0] % G_N_ELEMENTS (alarms)], arena);

  gboolean unread = got.state == ALARM_UNKNOWN || got.state == ALARM_UNREADABLE;
  g_assert (unread == (got.why != NULL));
  g_assert (status == 200 || unread);
  return 0;
}
