#include "core/deploy-config.h"

#include <string.h>

ENUM_NAMES_DEFINE (MinimumHealthyType, minimum_healthy_type, MINIMUM_HEALTHY_LIST)
ENUM_NAMES_DEFINE (TrafficRoutingType, traffic_routing_type, TRAFFIC_ROUTING_LIST)

#define SERVER(name_, id_, type_, value_)                                                          \
  {                                                                                                \
    .name = "CodeDeployDefault." name_, .id = "00000000-0000-0000-0000-0000000000" id_,            \
    .platform = COMPUTE_PLATFORM_SERVER, .minimum_healthy = {                                      \
      MINIMUM_HEALTHY_##type_,                                                                     \
      value_                                                                                       \
    }                                                                                              \
  }
#define SHIFTED(platform_, name_, id_, type_, percent_, minutes_)                                  \
  {                                                                                                \
    .name = "CodeDeployDefault." name_, .id = "00000000-0000-0000-0000-0000000000" id_,            \
    .platform = COMPUTE_PLATFORM_##platform_, .traffic_routing = {                                 \
      TRAFFIC_ROUTING_##type_,                                                                     \
      percent_,                                                                                    \
      minutes_                                                                                     \
    }                                                                                              \
  }

/*
 * By name, ascending by code point. Lambda says "Every1Minute", ECS "Every1Minutes": both as AWS spells them. AllAtOnce is
 * FLEET_PERCENT 0 on the wire (api.md 2.4) where deployments.md 2.10 has HOST_COUNT 0; either one asks for no healthy host.
 */
/* clang-format off */
static const DeployConfig predefined[] = {
  SERVER  (        "AllAtOnce",                           "03", FLEET_PERCENT, 0),
  SHIFTED (ECS,    "ECSAllAtOnce",                        "17", ALL_AT_ONCE, 0, 0),
  SHIFTED (ECS,    "ECSCanary10Percent15Minutes",         "14", CANARY, 10, 15),
  SHIFTED (ECS,    "ECSCanary10Percent5Minutes",          "13", CANARY, 10, 5),
  SHIFTED (ECS,    "ECSLinear10PercentEvery1Minutes",     "15", LINEAR, 10, 1),
  SHIFTED (ECS,    "ECSLinear10PercentEvery3Minutes",     "16", LINEAR, 10, 3),
  SERVER  (        "HalfAtATime",                         "02", FLEET_PERCENT, 50),
  SHIFTED (LAMBDA, "LambdaAllAtOnce",                     "12", ALL_AT_ONCE, 0, 0),
  SHIFTED (LAMBDA, "LambdaCanary10Percent10Minutes",      "05", CANARY, 10, 10),
  SHIFTED (LAMBDA, "LambdaCanary10Percent15Minutes",      "06", CANARY, 10, 15),
  SHIFTED (LAMBDA, "LambdaCanary10Percent30Minutes",      "07", CANARY, 10, 30),
  SHIFTED (LAMBDA, "LambdaCanary10Percent5Minutes",       "04", CANARY, 10, 5),
  SHIFTED (LAMBDA, "LambdaLinear10PercentEvery10Minutes", "11", LINEAR, 10, 10),
  SHIFTED (LAMBDA, "LambdaLinear10PercentEvery1Minute",   "08", LINEAR, 10, 1),
  SHIFTED (LAMBDA, "LambdaLinear10PercentEvery2Minutes",  "09", LINEAR, 10, 2),
  SHIFTED (LAMBDA, "LambdaLinear10PercentEvery3Minutes",  "10", LINEAR, 10, 3),
  SERVER  (        "OneAtATime",                          "01", MOST_CONCURRENCY, 1),
};
/* clang-format on */
G_STATIC_ASSERT (G_N_ELEMENTS (predefined) == DEPLOY_CONFIG_N_PREDEFINED);

const DeployConfig *
deploy_config_predefined (gsize index)
{
  g_assert (index < DEPLOY_CONFIG_N_PREDEFINED);
  return &predefined[index];
}

const DeployConfig *
deploy_config_find_predefined (const char *name)
{
  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (predefined); i++)
    if (strcmp (predefined[i].name, name) == 0)
      return &predefined[i];
  return NULL;
}

const DeployConfig *
deploy_config_default (ComputePlatform platform)
{
  static const char *const names[] = {
    [COMPUTE_PLATFORM_SERVER] = "CodeDeployDefault.OneAtATime",
    [COMPUTE_PLATFORM_LAMBDA] = "CodeDeployDefault.LambdaAllAtOnce",
    [COMPUTE_PLATFORM_ECS] = "CodeDeployDefault.ECSAllAtOnce",
  };

  g_assert ((gsize)platform < G_N_ELEMENTS (names));
  return deploy_config_find_predefined (names[platform]);
}

gboolean
minimum_healthy_is_settable (const MinimumHealthy *minimum)
{
  switch (minimum->type) {
  case MINIMUM_HEALTHY_HOST_COUNT:
    return minimum->value >= 0;
  case MINIMUM_HEALTHY_FLEET_PERCENT:
    return minimum->value >= 0 && minimum->value <= 99;
  case MINIMUM_HEALTHY_MOST_CONCURRENCY:
    return FALSE;
  }
  return FALSE;
}

gint64
minimum_healthy_hosts (const MinimumHealthy *minimum, gint64 n_targets)
{
  switch (minimum->type) {
  case MINIMUM_HEALTHY_HOST_COUNT:
    return minimum->value;
  case MINIMUM_HEALTHY_FLEET_PERCENT:
    return (n_targets * minimum->value + 99) / 100;
  case MINIMUM_HEALTHY_MOST_CONCURRENCY:
    /* "One at a time" of a single host would otherwise never start (deployments.md 2.1). */
    return MAX (n_targets - minimum->value, 0);
  }
  g_assert_not_reached ();
}
