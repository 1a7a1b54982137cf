#pragma once

#include "core/compute-platform.h"

/*
 * Deployment configurations: the value, the seventeen predefined ones (api.md 2.4), and what a configuration asks of a
 * fleet (deployments.md 2.1).
 *
 * Thread rule: any thread; all data is constant.
 */
#define MINIMUM_HEALTHY_LIST(X)                                                                    \
  X (MINIMUM_HEALTHY_HOST_COUNT, "HOST_COUNT")                                                     \
  X (MINIMUM_HEALTHY_FLEET_PERCENT, "FLEET_PERCENT")                                               \
  X (MINIMUM_HEALTHY_MOST_CONCURRENCY, "MOST_CONCURRENCY") /* only of OneAtATime; cannot be set */

ENUM_NAMES_TYPE (MinimumHealthyType, MINIMUM_HEALTHY_LIST);
ENUM_NAMES_DECLARE (MinimumHealthyType, minimum_healthy_type)

#define TRAFFIC_ROUTING_LIST(X)                                                                    \
  X (TRAFFIC_ROUTING_ALL_AT_ONCE, "AllAtOnce")                                                     \
  X (TRAFFIC_ROUTING_CANARY, "TimeBasedCanary")                                                    \
  X (TRAFFIC_ROUTING_LINEAR, "TimeBasedLinear")

ENUM_NAMES_TYPE (TrafficRoutingType, TRAFFIC_ROUTING_LIST);
ENUM_NAMES_DECLARE (TrafficRoutingType, traffic_routing_type)

typedef struct {
  MinimumHealthyType type;
  gint64 value; /* hosts, percent 0-99, or hosts at a time */
} MinimumHealthy;

typedef struct {
  TrafficRoutingType type;
  gint64 percent; /* 1-99; 0 for AllAtOnce */
  gint64 minutes; /* between shifts; 0 for AllAtOnce */
} TrafficRouting;

/* What a configuration may ask beyond the public service. All zero: nothing; so it is for every predefined one. */
typedef struct {
  gint64 timeout_minutes; /* of a whole deployment; 0: what the server's settings say */
  gint64
      retries; /* how often a target that fails starts over before it counts as failed; Server only */
  gint64
      maximum_batch; /* targets that run at a time, at most; 0: as the healthy ones allow; Server only */
} DeployOptions;

typedef struct {
  const char *name;
  const char *id; /* a UUID */
  ComputePlatform platform;
  MinimumHealthy minimum_healthy; /* Server only */
  TrafficRouting traffic_routing; /* Lambda and ECS only */
  DeployOptions options;
} DeployConfig;

#define DEPLOY_CONFIG_N_PREDEFINED 17

/* By name, ascending. index < DEPLOY_CONFIG_N_PREDEFINED. */
const DeployConfig *deploy_config_predefined (gsize index);
/* NULL when there is none of this name (case-sensitive). */
const DeployConfig *deploy_config_find_predefined (const char *name);
/* What a group gets that names none. */
const DeployConfig *deploy_config_default (ComputePlatform platform);

/* FALSE when a client may not set this: type MOST_CONCURRENCY, a percentage outside 0-99, a negative count. */
gboolean minimum_healthy_is_settable (const MinimumHealthy *minimum);
/* M: how many of n_targets must stay healthy. May be more than n_targets (HOST_COUNT): then nothing can be deployed. */
gint64 minimum_healthy_hosts (const MinimumHealthy *minimum, gint64 n_targets);
