#include "proto/pipe-guard.h"

#include <unistd.h>

static void
raise_pipe (void)
{
  int fds[2];
  g_assert_cmpint (pipe (fds), ==, 0);
  close (fds[0]);
  g_assert_cmpint (write (fds[1], "x", 1), ==, -1);
  close (fds[1]);
}

static gboolean
is_pending (void)
{
  sigset_t pending;
  sigpending (&pending);
  return sigismember (&pending, SIGPIPE) == 1;
}

static void
test_forgotten (void)
{
  PipeGuard guard;
  signal (SIGPIPE, SIG_DFL);
  pipe_guard_begin (&guard);
  raise_pipe ();
  g_assert_true (is_pending ());
  pipe_guard_end (&guard); /* a signal that is left would end the program here */
  g_assert_false (is_pending ());
}

static void
test_anothers_is_left (void)
{
  PipeGuard guard;
  sigset_t pipe_only;
  sigemptyset (&pipe_only);
  sigaddset (&pipe_only, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &pipe_only, NULL);
  raise_pipe ();
  pipe_guard_begin (&guard);
  pipe_guard_end (&guard);
  g_assert_true (is_pending ());
  signal (SIGPIPE, SIG_IGN);
  pthread_sigmask (SIG_UNBLOCK, &pipe_only, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pipe-guard/a-broken-pipe-is-forgotten", test_forgotten);
  g_test_add_func ("/pipe-guard/one-from-before-is-left", test_anothers_is_left);
  return g_test_run ();
}
