#include "core/deploy-config.h"

#include "core/ids.h"
#include "core/names.h"

static void
test_predefined_are_sorted_unique_and_reserved (void)
{
  guint seen = 0;

  for (gsize i = 0; i < DEPLOY_CONFIG_N_PREDEFINED; i++) {
    const DeployConfig *config = deploy_config_predefined (i);

    if (i > 0)
      g_assert_cmpstr (deploy_config_predefined (i - 1)->name, <, config->name);
    g_assert_true (names_is_reserved_config (config->name));
    g_assert_cmpint (names_check (config->name), ==, NAME_OK);
    g_assert_true (ids_is_uuid (config->id));
    seen |= 1u << g_ascii_strtoull (config->id + 34, NULL, 10);
    g_assert_true (deploy_config_find_predefined (config->name) == config);
  }
  g_assert_cmphex (seen, ==, 0x3fffe); /* 01 .. 17, each once */
}

static void
test_values_are_those_of_the_guide (void)
{
  const DeployConfig *config = deploy_config_find_predefined ("CodeDeployDefault.OneAtATime");

  g_assert_cmpstr (config->id, ==, "00000000-0000-0000-0000-000000000001");
  g_assert_cmpstr (minimum_healthy_type_name (config->minimum_healthy.type), ==,
                   "MOST_CONCURRENCY");
  g_assert_cmpint (config->minimum_healthy.value, ==, 1);

  config = deploy_config_find_predefined ("CodeDeployDefault.ECSLinear10PercentEvery1Minutes");
  g_assert_cmpint (config->platform, ==, COMPUTE_PLATFORM_ECS);
  g_assert_cmpint (config->traffic_routing.type, ==, TRAFFIC_ROUTING_LINEAR);
  g_assert_cmpint (config->traffic_routing.percent, ==, 10);
  g_assert_cmpint (config->traffic_routing.minutes, ==, 1);
  g_assert_cmpstr (config->id, ==, "00000000-0000-0000-0000-000000000015");

  config = deploy_config_find_predefined ("CodeDeployDefault.LambdaCanary10Percent30Minutes");
  g_assert_cmpstr (traffic_routing_type_name (config->traffic_routing.type), ==, "TimeBasedCanary");
  g_assert_cmpint (config->traffic_routing.minutes, ==, 30);

  g_assert_null (deploy_config_find_predefined ("CodeDeployDefault.oneatatime"));
  g_assert_null (deploy_config_find_predefined (NULL));
}

static void
test_defaults_by_platform (void)
{
  g_assert_cmpstr (deploy_config_default (COMPUTE_PLATFORM_SERVER)->name, ==,
                   "CodeDeployDefault.OneAtATime");
  g_assert_cmpstr (deploy_config_default (COMPUTE_PLATFORM_LAMBDA)->name, ==,
                   "CodeDeployDefault.LambdaAllAtOnce");
  g_assert_cmpstr (deploy_config_default (COMPUTE_PLATFORM_ECS)->name, ==,
                   "CodeDeployDefault.ECSAllAtOnce");
}

static void
test_minimum_healthy_hosts (void)
{
  const MinimumHealthy one = { MINIMUM_HEALTHY_MOST_CONCURRENCY, 1 };
  const MinimumHealthy half = { MINIMUM_HEALTHY_FLEET_PERCENT, 50 };
  const MinimumHealthy none = { MINIMUM_HEALTHY_FLEET_PERCENT, 0 };
  const MinimumHealthy most = { MINIMUM_HEALTHY_FLEET_PERCENT, 99 };
  const MinimumHealthy three = { MINIMUM_HEALTHY_HOST_COUNT, 3 };

  g_assert_cmpint (minimum_healthy_hosts (&one, 1), ==, 0);
  g_assert_cmpint (minimum_healthy_hosts (&one, 2), ==, 1);
  g_assert_cmpint (minimum_healthy_hosts (&one, 1000), ==, 999);
  g_assert_cmpint (minimum_healthy_hosts (&half, 1), ==, 1);
  g_assert_cmpint (minimum_healthy_hosts (&half, 3), ==, 2);
  g_assert_cmpint (minimum_healthy_hosts (&half, 4), ==, 2);
  g_assert_cmpint (minimum_healthy_hosts (&none, 1000), ==, 0);
  g_assert_cmpint (minimum_healthy_hosts (&most, 99), ==, 99);
  g_assert_cmpint (minimum_healthy_hosts (&most, 100), ==, 99);
  g_assert_cmpint (minimum_healthy_hosts (&most, 0), ==, 0);
  g_assert_cmpint (minimum_healthy_hosts (&three, 2), ==, 3);
}

static void
test_settable_values (void)
{
  const struct {
    MinimumHealthy minimum;
    gboolean settable;
  } cases[] = {
    { { MINIMUM_HEALTHY_HOST_COUNT, 0 }, TRUE },
    { { MINIMUM_HEALTHY_HOST_COUNT, -1 }, FALSE },
    { { MINIMUM_HEALTHY_HOST_COUNT, 5000 }, TRUE },
    { { MINIMUM_HEALTHY_FLEET_PERCENT, 0 }, TRUE },
    { { MINIMUM_HEALTHY_FLEET_PERCENT, 99 }, TRUE },
    { { MINIMUM_HEALTHY_FLEET_PERCENT, 100 }, FALSE },
    { { MINIMUM_HEALTHY_FLEET_PERCENT, -1 }, FALSE },
    { { MINIMUM_HEALTHY_MOST_CONCURRENCY, 1 }, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (minimum_healthy_is_settable (&cases[i].minimum), ==, cases[i].settable);
}

static void
test_names_go_both_ways (void)
{
  MinimumHealthyType type;
  ComputePlatform platform;

  g_assert_true (minimum_healthy_type_from_name ("FLEET_PERCENT", &type));
  g_assert_cmpint (type, ==, MINIMUM_HEALTHY_FLEET_PERCENT);
  g_assert_false (minimum_healthy_type_from_name ("fleet_percent", &type));
  g_assert_false (minimum_healthy_type_from_name (NULL, &type));
  g_assert_true (compute_platform_from_name ("ECS", &platform));
  g_assert_cmpint (platform, ==, COMPUTE_PLATFORM_ECS);
  g_assert_false (compute_platform_from_name ("Kubernetes", &platform));
  g_assert_null (compute_platform_name ((ComputePlatform)9));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/deploy-config/predefined-are-sorted-unique-and-reserved",
                   test_predefined_are_sorted_unique_and_reserved);
  g_test_add_func ("/deploy-config/values-are-those-of-the-guide",
                   test_values_are_those_of_the_guide);
  g_test_add_func ("/deploy-config/defaults-by-platform", test_defaults_by_platform);
  g_test_add_func ("/deploy-config/minimum-healthy-hosts", test_minimum_healthy_hosts);
  g_test_add_func ("/deploy-config/settable-values", test_settable_values);
  g_test_add_func ("/deploy-config/names-go-both-ways", test_names_go_both_ways);
  return g_test_run ();
}
