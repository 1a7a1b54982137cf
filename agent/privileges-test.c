#include "agent/privileges.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_users (void)
{
  NetworkUser user = { 0 };
  g_autoptr (GError) unknown = NULL, root = NULL;
  g_assert_false (privileges_find_user ("no-such-user-here", &user, &unknown));
  g_assert_error (unknown, PRIVILEGES_ERROR, PRIVILEGES_ERROR_USER);
  g_assert_nonnull (strstr (unknown->message, "network_user"));
  g_assert_false (privileges_find_user ("root", &user, &root));
  g_assert_error (root, PRIVILEGES_ERROR, PRIVILEGES_ERROR_USER);
  g_assert_true (privileges_find_user (NULL, &user, NULL));
  g_assert_cmpuint (user.uid, !=, 0);
  g_free ((char *)user.name);
}

static void
test_given_up (void)
{
  NetworkUser user = { 0 };
  if (privileges_why_not_separate () != NULL) {
    g_test_skip (privileges_why_not_separate ());
    return;
  }
  g_assert_true (privileges_find_user (NULL, &user, NULL));
  pid_t child = fork ();
  if (child == 0) {
    gboolean ok = privileges_give_up (&user, NULL) && getuid () == user.uid &&
                  getgid () == user.gid && setuid (0) != 0 &&
                  prctl (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl (PR_GET_DUMPABLE) == 0 &&
                  access ("/etc/shadow", R_OK) != 0;
    _exit (ok ? 0 : 1);
  }
  int status;
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_free ((char *)user.name);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/privileges/unknown-users-and-root-are-refused", test_users);
  g_test_add_func ("/privileges/they-are-given-up-for-good", test_given_up);
  return g_test_run ();
}
