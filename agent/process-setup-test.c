#include "agent/process-setup.h"

#include <pwd.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

static const AgentConfig *
config_of (const char *root, const char *settings, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  const char *text =
      arena_printf (arena, "root_dir: %s/root\npid_dir: %s/pid\n%s\n", root, root, settings);
  const AgentConfig *config = agent_config_parse (text, strlen (text), arena, &error);
  g_assert_no_error (error);
  return config;
}

static void
test_keys (void)
{
  g_autoptr (Arena) arena = arena_new ();
  static const char *const names[] = { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                                       "AWS_CREDENTIAL_FILE" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_setenv (names[i], "x", TRUE);
  g_setenv ("AWS_ACCESS_KEY", "kept", TRUE);
  process_setup_clear_keys (config_of ("/r", "codedeploy_test_profile: beta", arena));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpstr (g_getenv (names[i]), ==, "x");
  process_setup_clear_keys (config_of ("/r", "", arena));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_null (g_getenv (names[i]));
  g_assert_cmpstr (g_getenv ("AWS_ACCESS_KEY"), ==, "kept");
}

static guint
mode_of (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  struct stat status;
  g_assert_cmpint (stat (path, &status), ==, 0);
  return status.st_mode & 07777;
}

static void
test_folders (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("setup-XXXXXX", &error);
  g_assert_no_error (error);
  const AgentConfig *config = config_of (folder, "restrict_agent_dir_permissions: true", arena);

  for (int i = 0; i < 2; i++) {
    g_assert_true (process_setup (config, &error));
    g_assert_cmphex (mode_of (folder, "root"), ==, 0711);
    g_assert_cmphex (mode_of (folder, "pid"), ==, 0700);
    g_assert_cmphex (mode_of (folder, "root/deployment-instructions"), ==, 0700);
    g_assert_cmphex (mode_of (folder, "root/ongoing-deployment"), ==, 0700);
    g_assert_cmphex (mode_of (folder, "root/deployment-logs"), ==, 0750);
  }
  g_assert_true (fs_remove_tree (folder, NULL));
}

static void
test_core_dumps (void)
{
  g_autoptr (Arena) arena = arena_new ();
  struct rlimit before, after;
  g_assert_cmpint (getrlimit (RLIMIT_CORE, &before), ==, 0);
  g_assert_true (process_setup (config_of ("/r", "disable_core_dumps: false", arena), NULL));
  g_assert_cmpint (getrlimit (RLIMIT_CORE, &after), ==, 0);
  g_assert_cmpuint (after.rlim_cur, ==, before.rlim_cur);
  g_assert_true (process_setup (config_of ("/r", "", arena), NULL));
  g_assert_cmpint (getrlimit (RLIMIT_CORE, &after), ==, 0);
  g_assert_cmpuint (after.rlim_cur, ==, 0);
  g_assert_cmpuint (after.rlim_max, ==, before.rlim_max);
}

static void
test_unknown_user (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (process_setup_become_user ("no-such-user-here", NULL, &error));
  g_assert_error (error, PROCESS_SETUP_ERROR, PROCESS_SETUP_ERROR_USER);
  g_clear_error (&error);
  g_assert_false (process_setup_become_user ("root", "no-such-group-here", &error));
  g_assert_error (error, PROCESS_SETUP_ERROR, PROCESS_SETUP_ERROR_USER);
}

/* As who a child that became nobody runs: 0 when there is no way back, nor to another user. */
static int
run_as_nobody (uid_t uid)
{
  if (!process_setup_become_user ("nobody", NULL, NULL))
    return 1;
  if (getuid () != uid || geteuid () != uid || getgroups (0, NULL) > 1)
    return 2;
  if (setuid (0) == 0 || process_setup_become_user ("root", NULL, NULL))
    return 3;
  return process_setup_become_user ("nobody", NULL, NULL) ? 0 : 4;
}

static void
test_become_user (void)
{
  /* One thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
  const struct passwd *nobody = getpwnam ("nobody");
  int status;
  if (geteuid () != 0 || nobody == NULL) {
    g_test_skip ("only root can become another user");
    return;
  }
  uid_t uid = nobody->pw_uid;
  pid_t child = fork ();
  if (child == 0)
    _exit (run_as_nobody (uid));
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-setup/variables-with-keys-go", test_keys);
  g_test_add_func ("/process-setup/folders-are-closed", test_folders);
  g_test_add_func ("/process-setup/no-core-dumps", test_core_dumps);
  g_test_add_func ("/process-setup/unknown-users", test_unknown_user);
  g_test_add_func ("/process-setup/another-user-for-good", test_become_user);
  return g_test_run ();
}
