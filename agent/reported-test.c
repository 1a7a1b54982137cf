#include "agent/reported.h"

static void
test_found (void)
{
  g_autoptr (ReportedCommands) reported = reported_commands_new ();
  g_autoptr (Arena) arena = arena_new ();
  CommandOutcome out;
  reported_commands_add (reported, &(CommandOutcome){ .command_id = "a", .payload = "{}" });
  reported_commands_add (
      reported, &(CommandOutcome){ .command_id = "b", .succeeded = TRUE, .payload = "{1}" });
  g_assert_true (reported_commands_find (reported, "b", arena, &out));
  g_assert_true (out.succeeded);
  g_assert_cmpstr (out.payload, ==, "{1}");
  g_assert_true (reported_commands_find (reported, "a", arena, &out));
  g_assert_false (out.succeeded);
  g_assert_false (reported_commands_find (reported, "c", arena, &out));
}

static void
test_bounded (void)
{
  g_autoptr (ReportedCommands) reported = reported_commands_new ();
  g_autoptr (Arena) arena = arena_new ();
  CommandOutcome out;
  for (int i = 0; i <= REPORTED_COMMANDS_KEPT; i++) {
    const char *id = arena_printf (arena, "%d", i);
    reported_commands_add (reported, &(CommandOutcome){ .command_id = id, .payload = "" });
  }
  g_assert_false (reported_commands_find (reported, "0", arena, &out));
  g_assert_true (reported_commands_find (reported, "1", arena, &out));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reported/a-result-is-found-by-its-command", test_found);
  g_test_add_func ("/reported/the-oldest-is-forgotten", test_bounded);
  return g_test_run ();
}
