#include "agent/hook-user.h"

static void
test_root (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const HookUser *user = hook_user_find ("root", arena, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (user->name, ==, "root");
  g_assert_cmpuint (user->spawn.uid, ==, 0);
  g_assert_cmpuint (user->spawn.gid, ==, 0);
  g_assert_true (user->home[0] == '/');
  g_assert_true (user->shell[0] == '/');
  g_assert_cmpuint (user->spawn.n_groups, >=, 1);
  gboolean has_own = FALSE;
  for (gsize i = 0; i < user->spawn.n_groups; i++)
    has_own = has_own || user->spawn.groups[i] == user->spawn.gid;
  g_assert_true (has_own);
}

static void
test_unknown (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *const names[] = { "no-such-user-here", "0", "", "root; id" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (hook_user_find (names[i], arena, &error));
    g_assert_error (error, HOOK_USER_ERROR, HOOK_USER_ERROR_UNKNOWN);
    g_assert_nonnull (strstr (error->message, names[i]));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hook-user/a-user-with-its-groups", test_root);
  g_test_add_func ("/hook-user/nobody-of-that-name", test_unknown);
  return g_test_run ();
}
