#include "agent/install-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/test-host.h"

static int
try_lock (TestHost *fixture)
{
  g_autofree char *path =
      g_build_filename (fixture->folder, "root/deployment-instructions/.install-lock", NULL);
  int fd = open (path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  int result = flock (fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
  close (fd);
  return result;
}

static void
test_held (TestHost *fixture, gconstpointer data)
{
  int fd = install_lock_hold (&fixture->host, NULL);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (try_lock (fixture), ==, EWOULDBLOCK);
  close (fd);
  g_assert_cmpint (try_lock (fixture), ==, 0);
}

static void
test_holder_dies (TestHost *fixture, gconstpointer data)
{
  pid_t child = fork ();
  if (child == 0) {
    if (install_lock_hold (&fixture->host, NULL) < 0)
      _exit (1);
    _exit (0); /* without letting go */
  }
  int status;
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (try_lock (fixture), ==, 0);
}

static void
test_no_folder (TestHost *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *root = g_build_filename (fixture->folder, "root", NULL);
  g_assert_true (g_file_set_contents (root, "a file", -1, NULL));
  g_assert_cmpint (install_lock_hold (&fixture->host, &error), ==, -1);
  g_assert_nonnull (strstr (error->message, "deployment-instructions"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/install-lock/is-held-until-closed", TestHost, NULL, test_host_set_up, test_held,
              test_host_tear_down);
  g_test_add ("/install-lock/ends-with-its-holder", TestHost, NULL, test_host_set_up,
              test_holder_dies, test_host_tear_down);
  g_test_add ("/install-lock/says-what-is-in-the-way", TestHost, NULL, test_host_set_up,
              test_no_folder, test_host_tear_down);
  return g_test_run ();
}
