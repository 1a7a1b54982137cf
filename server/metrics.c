#include "server/metrics.h"

#define PREFIX "slipway_"

struct Metrics {
  gint64 values[N_METRICS];
};

typedef struct {
  const char *type;
  const char *name;
  const char *help;
} MetricRow;

#define METRIC_ROW(id, type, name, help) [id] = { #type, name, help },
static const MetricRow rows[] = { METRIC_LIST (METRIC_ROW) };
G_STATIC_ASSERT (G_N_ELEMENTS (rows) == N_METRICS);

Metrics *
metrics_new (void)
{
  return g_new0 (Metrics, 1);
}

void
metrics_free (Metrics *metrics)
{
  g_free (metrics);
}

void
metrics_add (Metrics *metrics, Metric metric, gint64 by)
{
  if (metrics != NULL)
    __atomic_add_fetch (&metrics->values[metric], by, __ATOMIC_RELAXED);
}

gint64
metrics_get (const Metrics *metrics, Metric metric)
{
  return __atomic_load_n (&metrics->values[metric], __ATOMIC_RELAXED);
}

void
metrics_write_value (GString *out, const char *type, const char *name, const char *help,
                     gint64 value)
{
  g_string_append_printf (
      out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n" PREFIX "%s %" G_GINT64_FORMAT "\n",
      name, help, name, type, name, value);
}

void
metrics_write (const Metrics *metrics, GString *out)
{
  for (gsize i = 0; i < N_METRICS; i++)
    metrics_write_value (out, rows[i].type, rows[i].name, rows[i].help,
                         metrics_get (metrics, (Metric)i));
}
