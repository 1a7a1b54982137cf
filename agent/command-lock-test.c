#include "agent/command-lock.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/test-host.h"

static int
hold (TestHost *f, const char *id)
{
  g_autoptr (GError) error = NULL;
  int fd = command_lock_hold (&f->host, id, COMMAND_LOCK_TRY, &error);
  g_assert_no_error (error);
  return fd;
}

static void
test_one_holder (TestHost *f, gconstpointer data)
{
  int first = hold (f, "one"), other = hold (f, "two");
  g_assert_cmpint (first, >=, 0);
  g_assert_cmpint (other, >=, 0);
  g_assert_cmpint (hold (f, "one"), ==, -1);
  command_lock_release (&f->host, "one", first);
  first = hold (f, "one");
  g_assert_cmpint (first, >=, 0);
  command_lock_release (&f->host, "one", first);
  command_lock_release (&f->host, "two", other);
}

/* A holder that is killed leaves the file, and not the lock. */
static void
test_dead_holder (TestHost *f, gconstpointer data)
{
  pid_t child = fork ();
  if (child == 0)
    _exit (hold (f, "one") >= 0 ? 0 : 1);
  int status;
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  int fd = command_lock_hold (&f->host, "one", COMMAND_LOCK_WAIT, NULL);
  g_assert_cmpint (fd, >=, 0);
  command_lock_release (&f->host, "one", fd);
}

static void
test_sweep (TestHost *f, gconstpointer data)
{
  int held = hold (f, "held");
  int dead = hold (f, "dead");
  const char *folder = arena_printf (f->arena, "%s/root/command-locks", f->folder);
  close (dead); /* as its holder's end does */
  command_lock_sweep (&f->host);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (g_dir_read_name (dir));
  g_assert_null (g_dir_read_name (dir));
  g_assert_cmpint (hold (f, "held"), ==, -1);
  command_lock_release (&f->host, "held", held);
}

/* Its holder does not look whether the name is still its own. */
static void
test_sweep_tracking (TestHost *f, gconstpointer data)
{
  int fd = command_lock_hold_tracking (&f->host, NULL);
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  command_lock_sweep (&f->host);
  const char *path = arena_printf (f->arena, "%s/root/command-locks/tracking", f->folder);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/command-lock/one-holder-for-each-command", TestHost, NULL, test_host_set_up,
              test_one_holder, test_host_tear_down);
  g_test_add ("/command-lock/ends-with-its-holder", TestHost, NULL, test_host_set_up,
              test_dead_holder, test_host_tear_down);
  g_test_add ("/command-lock/files-of-killed-holders-are-swept", TestHost, NULL, test_host_set_up,
              test_sweep, test_host_tear_down);
  g_test_add ("/command-lock/that-of-tracking-files-is-not-swept", TestHost, NULL, test_host_set_up,
              test_sweep_tracking, test_host_tear_down);
  return g_test_run ();
}
