#include "cli/awaited-wave.h"

#include "cli/exit-status.h"

static void
test_awaited (void)
{
  g_autoptr (GError) error = NULL;
  const ApiDeploymentInfo info = { .deployment_id = "d-1",
                                   .status = "InProgress",
                                   .awaited_wave = "rest" };
  g_assert_cmpstr (awaited_wave (&info, &error), ==, "rest");
  g_assert_no_error (error);
}

static void
test_none (void)
{
  static const struct {
    const char *status, *said;
  } table[] = {
    { "Created", "the deployment d-1 does not wait for an approval; slipway status d-1 says what "
                 "it does" },
    { "InProgress", "the deployment d-1 does not wait for an approval; slipway status d-1 says "
                    "what it does" },
    { "Succeeded", "the deployment d-1 has already completed: it is Succeeded" },
    { "Failed", "the deployment d-1 has already completed: it is Failed" },
    { "Stopped", "the deployment d-1 has already completed: it is Stopped" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;
    const ApiDeploymentInfo info = { .deployment_id = "d-1", .status = table[i].status };
    g_assert_null (awaited_wave (&info, &error));
    g_assert_error (error, CLI_ERROR, CLI_EXIT_REFUSED);
    g_assert_cmpstr (error->message, ==, table[i].said);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/awaited-wave/the-one-it-waits-with", test_awaited);
  g_test_add_func ("/awaited-wave/none-is-refused-with-the-reason", test_none);
  return g_test_run ();
}
