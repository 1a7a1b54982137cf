#include "server/metrics.h"

#include <string.h>

static void
test_text (void)
{
  g_autoptr (Metrics) metrics = metrics_new ();
  metrics_add (metrics, METRIC_POLLS_PARKED, 3);
  metrics_add (metrics, METRIC_POLLS_PARKED, -1);
  g_autoptr (GString) text = g_string_new (NULL);
  metrics_write (metrics, text);
  g_assert_nonnull (
      strstr (text->str, "# TYPE slipway_polls_parked gauge\nslipway_polls_parked 2\n"));
  g_assert_nonnull (strstr (text->str, "# TYPE slipway_connections_total counter\n"));
  g_assert_true (g_str_has_suffix (text->str, "\n"));
}

static void
test_null (void)
{
  metrics_add (NULL, METRIC_POLLS_PARKED, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics/text-has-type-and-value", test_text);
  g_test_add_func ("/metrics/no-metrics-counts-nothing", test_null);
  return g_test_run ();
}
