#include "agent/pipe-holder.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that has the pipe open, and nothing to do. */
static pid_t
hold (void)
{
  pid_t pid = fork ();
  if (pid == 0)
    for (;;)
      pause ();
  return pid;
}

static void
test_holders (void)
{
  int fds[2];
  pid_t pids[5];
  g_assert_cmpint (pipe (fds), ==, 0);
  g_assert_null (pipe_holder_describe (fds[0])); /* we are not meant */
  pids[0] = hold ();
  g_autofree char *own = g_path_get_basename (g_get_prgname ());
  g_autofree char *expected = g_strdup_printf ("%.15s (process %d)", own, (int)pids[0]);
  g_autofree char *one = pipe_holder_describe (fds[0]);
  g_assert_cmpstr (one, ==, expected);
  for (int i = 1; i < 5; i++)
    pids[i] = hold ();
  g_autofree char *many = pipe_holder_describe (fds[0]);
  g_assert_nonnull (strstr (many, expected));
  g_assert_true (g_str_has_suffix (many, ") and others"));
  g_auto (GStrv) named = g_strsplit (many, ", ", -1);
  g_assert_cmpuint (g_strv_length (named), ==, 3);
  for (int i = 0; i < 5; i++) {
    kill (pids[i], SIGKILL);
    g_assert_cmpint (waitpid (pids[i], NULL, 0), ==, pids[i]);
  }
  g_assert_null (pipe_holder_describe (fds[0]));
  g_assert_null (pipe_holder_describe (-1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pipe-holder/others-that-have-it-open", test_holders);
  return g_test_run ();
}
