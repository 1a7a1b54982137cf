#include "cli/local-interrupt.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRACE_MS 50

/* A process that leads its own group, as scripts do, and has told that it is ready. */
static pid_t
start_script (void (*term) (int))
{
  int ready[2];
  char byte;
  g_assert_cmpint (pipe (ready), ==, 0);
  pid_t pid = fork ();
  if (pid == 0) {
    sigset_t none;
    sigemptyset (&none);
    pthread_sigmask (SIG_SETMASK, &none, NULL);
    setpgid (0, 0);
    signal (SIGTERM, term);
    if (write (ready[1], "x", 1) != 1) {
      _exit (1);
    }
    for (;;) {
      pause ();
    }
  }
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  close (ready[1]);
  return pid;
}

static void
assert_ended_by (pid_t pid, int number)
{
  int status = 0;
  pid_t ended;
  do {
    ended = waitpid (pid, &status, 0);
  } while (ended < 0 && errno == EINTR);
  g_assert_cmpint (ended, ==, pid);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, number);
}

static void
test_script_is_ended (void)
{
  g_autoptr (LocalInterrupt) interrupt = local_interrupt_new (GRACE_MS);
  g_assert_cmpint (local_interrupt_signal (interrupt), ==, 0);
  pid_t pid = start_script (SIG_DFL);
  local_interrupt_script_started (interrupt, pid);
  kill (getpid (), SIGINT);
  assert_ended_by (pid, SIGTERM);
  local_interrupt_script_ended (interrupt);
  g_assert_cmpint (local_interrupt_signal (interrupt), ==, SIGINT);
}

static void
test_stubborn_script_is_killed (void)
{
  g_autoptr (LocalInterrupt) interrupt = local_interrupt_new (GRACE_MS);
  pid_t pid = start_script (SIG_IGN);
  local_interrupt_script_started (interrupt, pid);
  kill (getpid (), SIGHUP);
  assert_ended_by (pid, SIGKILL);
  local_interrupt_script_ended (interrupt);
}

/* The signal came between two scripts: the next one, should it be started all the same, is ended as well. */
static void
test_late_script (void)
{
  g_autoptr (LocalInterrupt) interrupt = local_interrupt_new (GRACE_MS);
  kill (getpid (), SIGTERM);
  while (local_interrupt_signal (interrupt) == 0) {
    g_thread_yield ();
  }
  pid_t pid = start_script (SIG_DFL);
  local_interrupt_script_started (interrupt, pid);
  assert_ended_by (pid, SIGTERM);
  local_interrupt_script_ended (interrupt);
}

static void
test_second_signal_ends_the_program (void)
{
  pid_t pid = fork ();
  if (pid == 0) {
    LocalInterrupt *interrupt = local_interrupt_new (GRACE_MS);
    kill (getpid (), SIGINT);
    while (local_interrupt_signal (interrupt) == 0) {
      g_thread_yield ();
    }
    kill (getpid (), SIGINT);
    for (;;) {
      pause ();
    }
  }
  int status = 0;
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 128 + SIGINT);
}

/* However many signals are under way when it is freed, none of them ends the program. */
static void
test_signals_at_the_end (void)
{
  for (int i = 0; i < 200; i++) {
    LocalInterrupt *interrupt = local_interrupt_new (GRACE_MS);
    if (i % 2 == 0) {
      kill (getpid (), SIGHUP);
    }
    local_interrupt_free (interrupt);
  }
}

static void
test_nothing_happens_without_signals (void)
{
  LocalInterrupt *interrupt = local_interrupt_new (GRACE_MS);
  sigset_t now;
  local_interrupt_free (interrupt);
  pthread_sigmask (SIG_SETMASK, NULL, &now);
  g_assert_false (sigismember (&now, SIGTERM)); /* as it was before */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* first, while there is no other thread to fork beside */
  g_test_add_func ("/local-interrupt/a-second-signal-ends-the-program",
                   test_second_signal_ends_the_program);
  g_test_add_func ("/local-interrupt/the-script-is-ended", test_script_is_ended);
  g_test_add_func ("/local-interrupt/a-stubborn-script-is-killed", test_stubborn_script_is_killed);
  g_test_add_func ("/local-interrupt/a-script-started-late-is-ended-too", test_late_script);
  g_test_add_func ("/local-interrupt/signals-at-the-end-are-lost", test_signals_at_the_end);
  g_test_add_func ("/local-interrupt/freed-it-leaves-nothing-behind",
                   test_nothing_happens_without_signals);
  return g_test_run ();
}
