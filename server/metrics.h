#pragma once

#include <glib.h>

/* Counters and gauges of one server, written as Prometheus text for GET /metrics. Names get the prefix "slipway_".
 *
 * Thread rule: any thread; an addition is one atomic instruction. */
#define METRIC_LIST(X)                                                                             \
  X (METRIC_REQUESTS_OK, counter, "requests_ok_total",                                             \
     "Requests answered with a status below 400")                                                  \
  X (METRIC_REQUESTS_CLIENT_ERROR, counter, "requests_client_error_total",                         \
     "Requests answered with a status of 400 to 499")                                              \
  X (METRIC_REQUESTS_SERVER_ERROR, counter, "requests_server_error_total",                         \
     "Requests answered with a status of 500 or more")                                             \
  X (METRIC_REQUESTS_OPEN, gauge, "requests_open", "Requests being read, worked on or parked")     \
  X (METRIC_AUTH_REFUSED, counter, "authentication_refused_total",                                 \
     "Requests refused for their signature, key or clock")                                         \
  X (METRIC_AUTH_KEY_LOOKUPS, counter, "authentication_key_lookups_total",                         \
     "Access keys read from the store because the cache did not have them")                        \
  X (METRIC_CONNECTIONS, counter, "connections_total", "Connections accepted")                     \
  X (METRIC_CONNECTIONS_OPEN, gauge, "connections_open", "Connections open now")                   \
  X (METRIC_CONNECTIONS_REFUSED, counter, "connections_refused_total",                             \
     "Connections closed at once: too many, silent, or plain text from elsewhere")                 \
  X (METRIC_BYTES_IN, counter, "request_body_bytes_total", "Bytes of request bodies")              \
  X (METRIC_BYTES_OUT, counter, "response_body_bytes_total", "Bytes of answers")                   \
  X (METRIC_POLLS_PARKED, gauge, "polls_parked", "Host polls waiting for a command")               \
  X (METRIC_COMMANDS_DELIVERED, counter, "host_commands_delivered_total",                          \
     "Host commands handed to a poll")                                                             \
  X (METRIC_COMMANDS_COMPLETED, counter, "host_commands_completed_total",                          \
     "Host commands reported complete")                                                            \
  X (METRIC_DEPLOYMENTS_CREATED, counter, "deployments_created_total", "Deployments created")      \
  X (METRIC_DEPLOYMENTS_SUCCEEDED, counter, "deployments_succeeded_total",                         \
     "Deployments that succeeded")                                                                 \
  X (METRIC_DEPLOYMENTS_FAILED, counter, "deployments_failed_total", "Deployments that failed")    \
  X (METRIC_DEPLOYMENTS_STOPPED, counter, "deployments_stopped_total",                             \
     "Deployments that were stopped")                                                              \
  X (METRIC_NOTIFICATIONS_DELIVERED, counter, "notifications_delivered_total",                     \
     "Notifications that their receivers have taken")                                              \
  X (METRIC_NOTIFICATIONS_FAILED, counter, "notifications_failed_total",                           \
     "Tries to deliver a notification that failed")                                                \
  X (METRIC_NOTIFICATIONS_DEAD, counter, "notifications_dead_total",                               \
     "Notifications that were given up")                                                           \
  X (METRIC_TIMERS_FIRED, counter, "timers_fired_total", "Timers that came due")

#define METRIC_ENUMERATOR(id, type, name, help) id,
typedef enum {
  METRIC_LIST (METRIC_ENUMERATOR) N_METRICS
} Metric;

typedef struct Metrics Metrics;

Metrics *metrics_new (void);
void metrics_free (Metrics *metrics);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Metrics, metrics_free)

/* by may be negative for a gauge. A NULL metrics counts nothing. */
void metrics_add (Metrics *metrics, Metric metric, gint64 by);
gint64 metrics_get (const Metrics *metrics, Metric metric);

/* One line that is not in the table: a value read elsewhere. type: "counter" or "gauge". */
void metrics_write_value (GString *out, const char *type, const char *name, const char *help,
                          gint64 value);
/* All of the table. */
void metrics_write (const Metrics *metrics, GString *out);
