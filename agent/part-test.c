#include "agent/part.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static int
echo (gconstpointer ctx, int fd)
{
  char byte;
  while (read (fd, &byte, 1) == 1 && write (fd, &byte, 1) == 1)
    continue;
  close (fd);
  return GPOINTER_TO_INT (ctx);
}

static void
test_life (gconstpointer data)
{
  int fds[2];
  char byte = 'x';
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  Part *part =
      part_start ((PartMode)GPOINTER_TO_INT (data), echo, GINT_TO_POINTER (7), fds[1], NULL);
  g_assert_nonnull (part);
  g_assert_cmpint (write (fds[0], &byte, 1), ==, 1);
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);
  struct pollfd end = { .fd = part_end_fd (part), .events = POLLIN };
  g_assert_cmpint (poll (&end, 1, 0), ==, 0);
  shutdown (fds[0], SHUT_RDWR);
  g_assert_cmpint (poll (&end, 1, -1), ==, 1);
  g_assert_cmpint (part_end (part), ==, 7);
  close (fds[0]);
}

static void
test_killed (void)
{
  int fds[2];
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  Part *part = part_start (PARTS_ARE_PROCESSES, echo, NULL, fds[1], NULL);
  part_kill (part);
  g_assert_cmpint (part_end (part), ==, PART_KILLED + SIGKILL);
  close (fds[0]);
}

static int
count_kept (gconstpointer ctx, int fd)
{
  int kept[] = { fd, STDERR_FILENO, *(const int *)ctx };
  part_keep_only (kept, G_N_ELEMENTS (kept));
  int n = 0;
  for (int i = 0; i < 1024; i++)
    n += fcntl (i, F_GETFD) != -1;
  return n == 5 && fcntl (fd, F_GETFD) != -1 && fcntl (*(const int *)ctx, F_GETFD) != -1 ? 0 : 1;
}

static void
test_keep_only (void)
{
  int fds[2], others[3];
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    others[i] = dup (STDERR_FILENO);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  Part *part = part_start (PARTS_ARE_PROCESSES, count_kept, &others[1], fds[1], NULL);
  g_assert_cmpint (part_end (part), ==, 0);
  close (fds[0]);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    close (others[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/part/a-process-lives-and-ends", GINT_TO_POINTER (PARTS_ARE_PROCESSES),
                        test_life);
  g_test_add_data_func ("/part/a-thread-lives-and-ends", GINT_TO_POINTER (PARTS_ARE_THREADS),
                        test_life);
  g_test_add_func ("/part/a-killed-process-is-told-apart", test_killed);
  g_test_add_func ("/part/descriptors-that-are-not-kept-are-closed", test_keep_only);
  return g_test_run ();
}
