#include "cli/config-text.h"

#include <string.h>

#include "cli/exit-status.h"

static void
test_minimum (void)
{
  static const struct {
    const char *text, *type;
    gint64 value;
  } good[] = { { "3", "HOST_COUNT", 3 },
               { "0", "HOST_COUNT", 0 },
               { "75%", "FLEET_PERCENT", 75 },
               { "-1", "HOST_COUNT", -1 }, /* refused by the server, with its words */
               { "100%", "FLEET_PERCENT", 100 } };
  static const char *const bad[] = { "", "%", "x", "3 ", "75%%", "7.5%", "99999999999999999999" };
  g_autoptr (Arena) arena = arena_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError) error = NULL;
    const ApiMinimumHealthyHosts *minimum;
    g_assert_true (config_text_minimum (good[i].text, arena, &minimum, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (minimum->type, ==, good[i].type);
    g_assert_cmpint (*minimum->value, ==, good[i].value);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    const ApiMinimumHealthyHosts *minimum;
    g_assert_false (config_text_minimum (bad[i], arena, &minimum, &error));
    g_assert_error (error, CLI_ERROR, CLI_EXIT_USAGE);
    g_assert_nonnull (strstr (error->message, "--minimum-healthy"));
  }
}

static void
test_traffic (void)
{
  static const char *const bad[] = {
    "",           "allatonce",     "canary",       "canary:10",
    "canary:x:5", "canary:10:5:1", "linear:10:1m", "all-at-once:1"
  };
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) none = NULL;
  const ApiTrafficRoutingConfig *routing;
  g_assert_true (config_text_traffic ("all-at-once", arena, &routing, &none));
  g_assert_cmpstr (routing->type, ==, "AllAtOnce");
  g_assert_null (routing->time_based_canary);
  g_assert_null (routing->time_based_linear);
  g_assert_true (config_text_traffic ("canary:10:5", arena, &routing, &none));
  g_assert_cmpstr (routing->type, ==, "TimeBasedCanary");
  g_assert_cmpint (*routing->time_based_canary->canary_percentage, ==, 10);
  g_assert_cmpint (*routing->time_based_canary->canary_interval, ==, 5);
  g_assert_null (routing->time_based_linear);
  g_assert_true (config_text_traffic ("linear:25:3", arena, &routing, &none));
  g_assert_cmpstr (routing->type, ==, "TimeBasedLinear");
  g_assert_cmpint (*routing->time_based_linear->linear_percentage, ==, 25);
  g_assert_cmpint (*routing->time_based_linear->linear_interval, ==, 3);
  g_assert_null (routing->time_based_canary);
  g_assert_no_error (none);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (config_text_traffic (bad[i], arena, &routing, &error));
    g_assert_error (error, CLI_ERROR, CLI_EXIT_USAGE);
    g_assert_nonnull (strstr (error->message, "canary:PERCENT:MINUTES"));
  }
}

static void
test_describe (void)
{
  const gint64 one = 1, two = 2, three = 3, ten = 10, part = 75, ninety = 90;
  const ApiMinimumHealthyHosts percent = { .type = "FLEET_PERCENT", .value = &part };
  const ApiDeploymentConfigInfo server = { .deployment_config_name = "careful",
                                           .compute_platform = "Server",
                                           .minimum_healthy_hosts = &percent,
                                           .deployment_timeout_in_minutes = &ninety,
                                           .retries_per_target = &two,
                                           .maximum_batch_size = &three };
  g_autofree char *all = config_text_describe (&server);
  g_assert_cmpstr (all, ==,
                   "Deployment configuration careful, for Server\n"
                   "  minimum healthy hosts  75%\n"
                   "  hosts at a time        3 at most\n"
                   "  retries                2 for each host that fails\n"
                   "  timeout                90 min for a deployment\n");

  const ApiMinimumHealthyHosts most = { .type = "MOST_CONCURRENCY", .value = &one };
  const ApiDeploymentConfigInfo predefined = { .deployment_config_name =
                                                   "CodeDeployDefault.OneAtATime",
                                               .compute_platform = "Server",
                                               .minimum_healthy_hosts = &most };
  g_autofree char *stock = config_text_describe (&predefined);
  g_assert_cmpstr (stock, ==,
                   "Deployment configuration CodeDeployDefault.OneAtATime, for Server\n"
                   "  minimum healthy hosts  all but 1\n");

  const ApiTimeBasedLinear linear = { .linear_percentage = &ten, .linear_interval = &three };
  const ApiTrafficRoutingConfig routing = { .type = "TimeBasedLinear",
                                            .time_based_linear = &linear };
  const ApiDeploymentConfigInfo shifted = { .deployment_config_name = "slow",
                                            .compute_platform = "Lambda",
                                            .traffic_routing_config = &routing };
  g_autofree char *lambda = config_text_describe (&shifted);
  g_assert_cmpstr (lambda, ==,
                   "Deployment configuration slow, for Lambda\n"
                   "  traffic                10% more every 3 min\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config-text/minimum", test_minimum);
  g_test_add_func ("/config-text/traffic", test_traffic);
  g_test_add_func ("/config-text/describe", test_describe);
  return g_test_run ();
}
