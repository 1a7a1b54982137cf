#include "core/state-machine.h"

#include "core/deployment-machine.h"
#include "core/target-machine.h"

#include <string.h>

/* docs/state-machines.md holds, for each machine, a mermaid block under a heading "## <name>". What belongs there is
 * in the message of a failure. */
static void
test_the_diagrams_in_docs_are_the_tables (void)
{
  static const StateMachine *const machines[] = { &deployment_machine, &target_machine,
                                                  &event_machine, &command_machine };
  g_autofree char *path =
      g_build_filename (g_getenv ("SLIPWAY_SOURCE_ROOT"), "docs", "state-machines.md", NULL);
  g_autofree char *page = NULL;
  g_autoptr (GError) error = NULL;
  g_file_get_contents (path, &page, NULL, &error);
  g_assert_no_error (error);

  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++) {
    g_autoptr (GString) drawn = g_string_new (NULL);
    g_string_append_printf (drawn, "## %s\n", machines[i]->name);
    g_autoptr (GString) block = g_string_new ("```mermaid\n");
    state_machine_draw (machines[i], 0, block);
    g_string_append (block, "```\n");
    const char *section = strstr (page, drawn->str);
    if (section == NULL || strstr (section, block->str) == NULL) {
      g_test_message ("%s%s", drawn->str, block->str);
      g_test_fail_printf ("docs/state-machines.md does not show the %s as it is; it should be:\n%s",
                          machines[i]->name, block->str);
    }
  }
}

static void
test_a_final_state_accepts_nothing (void)
{
  g_assert_true (state_machine_is_final (&deployment_machine, DEPLOYMENT_FAILED));
  g_assert_false (state_machine_is_final (&deployment_machine, DEPLOYMENT_READY));
  g_assert_true (state_machine_is_final (&target_machine, TARGET_SKIPPED));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/state-machine/the-diagrams-in-docs-are-the-tables",
                   test_the_diagrams_in_docs_are_the_tables);
  g_test_add_func ("/state-machine/a-final-state-accepts-nothing",
                   test_a_final_state_accepts_nothing);
  return g_test_run ();
}
