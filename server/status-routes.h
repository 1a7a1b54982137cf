#pragma once

#include "server/http-server.h"
#include "store/store.h"

/* What is answered without a signature: GET /healthz and GET /metrics, and 404 for what no other route wants.
 *
 * /healthz answers 200 "ok" when the store answers a read, else 503. /metrics holds counts only: no name,
 * no id.
 *
 * Thread rule: as HttpRoute. */
typedef struct {
  Store *store;
  Metrics *metrics;
} StatusRoutes;

/* routes is borrowed while the server lives. */
HttpRoute status_route_health (const StatusRoutes *routes);
HttpRoute status_route_metrics (const StatusRoutes *routes);
/* The last route. */
HttpRoute status_route_nothing (void);
