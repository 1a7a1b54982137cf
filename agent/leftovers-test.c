#include "agent/leftovers.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/test-host.h"

static const char *
put (TestHost *f, const char *folder, const char *name)
{
  const char *dir = arena_printf (f->arena, "%s/%s", f->folder, folder);
  const char *path = arena_printf (f->arena, "%s/%s", dir, name);
  g_assert_true (fs_make_directory (dir, NULL));
  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  return path;
}

static gboolean
is_there (const char *path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* The number of a process that was. */
static pid_t
ended_process (void)
{
  pid_t pid = fork ();
  if (pid == 0)
    _exit (0);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  return pid;
}

static const char *
name_of (TestHost *f, pid_t pid)
{
  return arena_printf (f->arena, "d-1.%d-0123abcd.tmp", (int)pid);
}

static void
test_gone (TestHost *f, gconstpointer unused)
{
  static const char *const folders[] = {
    "root/ongoing-deployment", "root/accepted-commands",       "root/finished-commands",
    "root/running-scripts",    "root/deployment-instructions", "pid",
  };
  const char *name = name_of (f, ended_process ());
  const char *paths[G_N_ELEMENTS (folders)];

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    paths[i] = put (f, folders[i], name);
  leftovers_remove (&f->host);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    g_assert_false (is_there (paths[i]));
}

static void
test_own_number (TestHost *f, gconstpointer unused)
{
  const char *path = put (f, "root/running-scripts", name_of (f, getpid ()));
  leftovers_remove (&f->host);
  g_assert_false (is_there (path));
}

static void
test_zombie (TestHost *f, gconstpointer unused)
{
  siginfo_t info;
  pid_t pid = fork ();
  if (pid == 0)
    _exit (0);
  g_assert_cmpint (waitid (P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), ==, 0);
  const char *path = put (f, "root/running-scripts", name_of (f, pid));
  leftovers_remove (&f->host);
  g_assert_false (is_there (path));
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
test_at_work (TestHost *f, gconstpointer unused)
{
  const char *path = put (f, "root/running-scripts", name_of (f, getppid ()));
  leftovers_remove (&f->host);
  g_assert_true (is_there (path));
}

static void
test_other_names (TestHost *f, gconstpointer unused)
{
  pid_t pid = ended_process ();
  const char *names[] = {
    "d-1",
    "d-1.tmp",
    ".tmp",
    "-0123abcd.tmp",
    arena_printf (f->arena, "d-1.%d-0123abcd", (int)pid),
    arena_printf (f->arena, "d-1.%d-0123abcX.tmp", (int)pid),
    arena_printf (f->arena, "d-1.%d-0123abcde.tmp", (int)pid),
    arena_printf (f->arena, "%d-0123abcd.tmp", (int)pid),
  };
  const char *paths[G_N_ELEMENTS (names)];

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    paths[i] = put (f, "root/ongoing-deployment", names[i]);
  leftovers_remove (&f->host);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (is_there (paths[i]));
}

static void
test_of_install (TestHost *f, gconstpointer unused)
{
  const char *half_written = put (f, "root/deployment-instructions", "group-journal.tmp");
  const char *whole = put (f, "root/deployment-instructions", "group-journal");
  const char *at_work = put (f, "root/deployment-instructions", name_of (f, getppid ()));
  leftovers_remove (&f->host);
  g_assert_true (is_there (half_written)); /* an Install may be at work */
  leftovers_remove_of_install (&f->host);
  g_assert_false (is_there (half_written));
  g_assert_true (is_there (whole));
  g_assert_true (is_there (at_work));
}

static void
test_nothing_there (TestHost *f, gconstpointer unused)
{
  leftovers_remove (&f->host);
  g_assert_false (is_there (arena_printf (f->arena, "%s/root", f->folder)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add (name, TestHost, NULL, test_host_set_up, function, test_host_tear_down)
  ADD ("/leftovers/of-processes-that-are-gone-are-removed-from-each-folder", test_gone);
  ADD ("/leftovers/a-number-used-again-by-this-process-does-not-protect", test_own_number);
  ADD ("/leftovers/a-process-that-has-ended-and-was-not-waited-for-is-gone", test_zombie);
  ADD ("/leftovers/of-a-process-that-is-there-are-left-alone", test_at_work);
  ADD ("/leftovers/other-names-are-left-alone", test_other_names);
  ADD ("/leftovers/of-an-install-by-whoever-holds-its-lock", test_of_install);
  ADD ("/leftovers/folders-that-are-not-there-are-fine", test_nothing_there);
  return g_test_run ();
}
