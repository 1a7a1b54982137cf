#pragma once

#include "core/ambient.h"
#include "server/integrations/alarm.h"

/* Alarms of Prometheus, and of what has its HTTP API (Thanos, Mimir, VictoriaMetrics' vmalert).
 *
 * A rule is active while one of that name fires, in any group. An expression is active while it has a result: a vector that is not
 * empty, or a scalar that is not 0; what an instant query answers now.
 *
 *   high-errors: {driver: prometheus, url: http://127.0.0.1:9090, alert: HighErrors}
 *   error-rate: {driver: prometheus, url: https://prom.example, expression: "rate(errors[1m]) > 5", token_file: prom.token}
 *
 * Rules of one server are asked for once for all alarms. Files with keys are read anew each time.
 *
 * Thread rule: any thread; the context is the server's Ambient. */
extern const AlarmOps prometheus_alarms;

/* What a server's answer says of an alarm: to the question for its rules, or for its expression. */
AlarmReading prometheus_judge (guint status, const char *body, gsize length,
                               const AlarmSettings *alarm, Arena *arena);
