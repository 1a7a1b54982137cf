#include "server/host-commands/command-id.h"

static void
test_round_trip (void)
{
  g_autoptr (Arena) arena = arena_new ();
  CommandId id;
  static const gint64 attempts[] = { 1, 2, 11 };
  for (gsize i = 0; i < G_N_ELEMENTS (attempts); i++) {
    const char *text = command_id_format ("d-ABCDEFGH1", 4711, 6, attempts[i], arena);
    g_assert_true (command_id_parse (text, &id));
    g_assert_cmpstr (id.deployment_id, ==, "d-ABCDEFGH1");
    g_assert_cmpint (id.ordinal, ==, 4711);
    g_assert_cmpint (id.step, ==, 6);
    g_assert_cmpint (id.attempt, ==, attempts[i]);
  }
  /* what hosts keep from before there were attempts */
  g_assert_cmpstr (command_id_format ("d-ABCDEFGH1", 0, 3, 1, arena), ==, "d-ABCDEFGH1:0:3");
  g_assert_cmpstr (command_id_format ("d-ABCDEFGH1", 0, 3, 2, arena), ==, "d-ABCDEFGH1:0:3:2");
}

/* 170 */
static void
test_others_are_refused (void)
{
  static const char *const bad[] = {
    "",
    ":",
    "d-ABCDEFGH1",
    "d-ABCDEFGH1:1",
    "d-ABCDEFGH1:1:",
    "d-ABCDEFGH1::1",
    "d-ABCDEFGH1:-1:1",
    "d-ABCDEFGH1:01:1",
    "d-ABCDEFGH1:1:13",
    "d-ABCDEFGH1:1:1 ",
    "d-ABCDEFGH1:1:1:1",
    "d-ABCDEFGH1:1:1:0",
    "d-ABCDEFGH1:1:1:02",
    "d-ABCDEFGH1:1:1:",
    "d-ABCDEFGH1:1:1:2:2",
    "d-ABCDEFGH1:1:13:2",
    "d-abcdefgh1:1:1",
    "d-ABCDEFGH1:99999999999999999999999:1",
    "d-ABCDEFGH1234567890:1:1",
    "WyJjb20iLHsiYSI6MX1d",
  };
  CommandId id;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (command_id_parse (bad[i], &id));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/command-id/round-trip", test_round_trip);
  g_test_add_func ("/command-id/170-others-are-refused", test_others_are_refused);
  return g_test_run ();
}
