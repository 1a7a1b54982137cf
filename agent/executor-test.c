#include "agent/executor.h"

#include <string.h>

#include "agent/test-installation.h"

static void
test_nine_hooks_and_two_commands (void)
{
  const DeploymentSpec spec = { 0 };
  g_assert_true (executor_accepts (&spec, "DownloadBundle"));
  g_assert_true (executor_accepts (&spec, "Install"));
  g_assert_true (executor_accepts (&spec, "ApplicationStop"));
  g_assert_true (executor_accepts (&spec, "AfterAllowTraffic"));
  g_assert_false (executor_accepts (&spec, "BlockTraffic"));
  g_assert_false (executor_accepts (&spec, "Custom"));
}

static void
test_possible_events (void)
{
  const char *possible[] = { "Custom" };
  const DeploymentSpec spec = { .possible_events = possible, .n_possible_events = 1 };
  g_assert_true (executor_accepts (&spec, "Custom"));
  g_assert_true (executor_accepts (&spec, "ValidateService"));
  g_assert_false (executor_accepts (&spec, "custom"));
}

static void
test_unaccepted_fails (void)
{
  const DeploymentSpec spec = { .deployment_id = "d-1", .group_id = "g" };
  const BundleContext context = { 0 };
  g_auto (CommandResult) result = { 0 };
  gboolean noop = FALSE;
  g_autoptr (GError) error = NULL;
  g_assert_true (executor_is_noop (NULL, "Custom", &spec, &noop, &error));
  g_assert_true (noop);
  executor_run (&context, "Custom", &spec, &result);
  g_assert_cmpint (result.code, ==, DIAGNOSTICS_UNKNOWN);
  g_assert_nonnull (strstr (result.message, "unsupported command type: Custom"));

  g_auto (CommandResult) as_noop = { 0 };
  executor_run_noop (NULL, "Custom", &spec, &as_noop);
  g_assert_cmpint (as_noop.code, ==, DIAGNOSTICS_UNKNOWN);
  g_assert_cmpstr (as_noop.message, ==, result.message);
}

/* Of one whose revision came up between its judgement and its run, nothing runs either. */
static void
test_noop_runs_nothing (Installation *installation, gconstpointer data)
{
  const AgentHost *host = &installation->host;
  const DeploymentSpec spec = { .deployment_id = "d-1",
                                .group_id = "g",
                                .creator = "user",
                                .type = "IN_PLACE",
                                .appspec_filename = "appspec.yml" };
  const char *deployment = host_deployment_dir (host, "g", "d-1", installation->arena);
  const char *archive = host_archive_dir (deployment, installation->arena);
  g_auto (CommandResult) result = { 0 };

  installation_put (archive, "appspec.yml=version: 0.0\nos: linux\nhooks:\n  ApplicationStop:\n"
                             "    - location: missing.sh\n");
  executor_run_noop (host, "ApplicationStop", &spec, &result);
  g_assert_cmpint (result.code, ==, DIAGNOSTICS_OK);
  g_assert_cmpstr (result.message, ==, "Succeeded: ");

  const BundleContext context = { .host = host };
  g_auto (CommandResult) run = { 0 };
  executor_run (&context, "ApplicationStop", &spec, &run);
  g_assert_cmpint (run.code, !=, DIAGNOSTICS_OK);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/executor/accepts-the-nine-events-and-its-two-commands",
                   test_nine_hooks_and_two_commands);
  g_test_add_func ("/executor/accepts-events-that-the-deployment-names", test_possible_events);
  g_test_add_func ("/executor/others-fail-and-are-noops", test_unaccepted_fails);
  g_test_add ("/executor/a-noop-runs-nothing", Installation, NULL, installation_set_up,
              test_noop_runs_nothing, installation_tear_down);
  return g_test_run ();
}
