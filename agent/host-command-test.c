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

static void
test_copy (void)
{
  g_autoptr (Arena) arena = arena_new ();
  ApiSpecificationEnvelope envelope = { .format = "PKCS7/JSON", .payload = "signed" };
  ApiDeploymentSpecification specification = { .generic_envelope = &envelope };
  HostCommand out,
      whole = { &good,
                { .deployment_system = "CodeDeploy", .deployment_specification = &specification } };

  host_command_copy (&whole, arena, &out);
  g_assert_true (host_command_is_specified (&out));
  g_assert_true (out.command != &good);
  g_assert_cmpstr (out.command->host_command_identifier, ==, "id");
  g_assert_cmpstr (out.command->host_identifier, ==, OWN);
  g_assert_cmpstr (out.command->deployment_execution_id, ==, "");
  g_assert_cmpstr (out.command->command_name, ==, "Install");
  g_assert_cmpstr (out.specification.deployment_system, ==, "CodeDeploy");
  const ApiDeploymentSpecification *copy = out.specification.deployment_specification;
  g_assert_true (copy != &specification && copy->generic_envelope != &envelope);
  g_assert_cmpstr (copy->generic_envelope->format, ==, "PKCS7/JSON");
  g_assert_cmpstr (copy->generic_envelope->payload, ==, "signed");
}

/* What is missing stays missing: it is told from what is there and no good. */
static void
test_copy_of_less (void)
{
  g_autoptr (Arena) arena = arena_new ();
  ApiDeploymentSpecification empty = { NULL };
  HostCommand out, nothing = { NULL }, bare = { &good, { NULL } },
                   hollow = { &good, { .deployment_specification = &empty } };

  host_command_copy (&nothing, arena, &out);
  g_assert_null (out.command);
  host_command_copy (&bare, arena, &out);
  g_assert_false (host_command_is_specified (&out));
  g_assert_nonnull (out.command);
  host_command_copy (&hollow, arena, &out);
  g_assert_true (host_command_is_specified (&out));
  g_assert_null (out.specification.deployment_specification->generic_envelope);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-command/is-for-this-host", test_whose);
  g_test_add_func ("/host-command/has-a-name-and-identifiers", test_incomplete);
  g_test_add_func ("/host-command/a-copy-has-command-and-specification", test_copy);
  g_test_add_func ("/host-command/a-copy-of-less-has-no-more", test_copy_of_less);
  return g_test_run ();
}
