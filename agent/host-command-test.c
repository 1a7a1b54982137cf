#include "agent/host-command.h"

#define OWN "arn:aws:iam::123456789012:user/web-1"

static const ApiHostCommand good = {
  .host_command_identifier = "id",
  .host_identifier = OWN,
  .deployment_execution_id = "",
  .command_name = "Install",
};

static void
assert_problem (const ApiHostCommand *command, HostCommandError code)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (host_command_check (command, OWN, &error));
  g_assert_error (error, HOST_COMMAND_ERROR, (int)code);
}

static void
test_whose (void)
{
  ApiHostCommand command = good;
  g_assert_true (host_command_check (&command, OWN, NULL));
  command.host_identifier = "web-1"; /* a part of it will do */
  g_assert_true (host_command_check (&command, OWN, NULL));
  command.host_identifier = "web-2";
  assert_problem (&command, HOST_COMMAND_ERROR_OTHER_HOST);
  command.host_identifier = "";
  assert_problem (&command, HOST_COMMAND_ERROR_OTHER_HOST);
  command.host_identifier = NULL;
  assert_problem (&command, HOST_COMMAND_ERROR_OTHER_HOST);
}

static void
test_incomplete (void)
{
  static const char *const missing[] = { NULL, "" };
  for (gsize i = 0; i < G_N_ELEMENTS (missing); i++) {
    ApiHostCommand nameless = good, anonymous = good;
    nameless.command_name = missing[i];
    anonymous.host_command_identifier = missing[i];
    assert_problem (&nameless, HOST_COMMAND_ERROR_INCOMPLETE);
    assert_problem (&anonymous, HOST_COMMAND_ERROR_INCOMPLETE);
  }
  ApiHostCommand nowhere = good;
  nowhere.deployment_execution_id = NULL;
  assert_problem (&nowhere, HOST_COMMAND_ERROR_INCOMPLETE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-command/is-for-this-host", test_whose);
  g_test_add_func ("/host-command/has-a-name-and-identifiers", test_incomplete);
  return g_test_run ();
}
