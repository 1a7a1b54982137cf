#include "cli/local-interrupt.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct LocalInterrupt {
  gint64 term_grace_ms;
  sigset_t signals, before;
  GThread *thread;

  GMutex lock; /* all below */
  GCond changed;
  gboolean finished; /* local_interrupt_free wakes the thread by a signal of its own */
  int signal_number;
  pid_t script; /* 0: none runs */
  gint64 kill_at_us;
};

/* With the lock held. */
static void
end_script (LocalInterrupt *interrupt)
{
  kill (-interrupt->script, SIGTERM);
  interrupt->kill_at_us = g_get_monotonic_time () + interrupt->term_grace_ms * 1000;
  g_cond_broadcast (&interrupt->changed);
}

/* After the grace, if the script still runs. A second signal need not wait for this: it has a thread of its own then. */
static gpointer
kill_after_grace (gpointer data)
{
  LocalInterrupt *interrupt = data;
  g_mutex_lock (&interrupt->lock);
  while (!interrupt->finished) {
    if (interrupt->script == 0 || interrupt->kill_at_us == 0) {
      g_cond_wait (&interrupt->changed, &interrupt->lock);
    } else if (!g_cond_wait_until (&interrupt->changed, &interrupt->lock, interrupt->kill_at_us) &&
               interrupt->script != 0) {
      kill (-interrupt->script, SIGKILL);
      interrupt->kill_at_us = 0;
    }
  }
  g_mutex_unlock (&interrupt->lock);
  return NULL;
}

/* FALSE: there is nothing more to wait for. */
static gboolean
take_signal (LocalInterrupt *interrupt, int number)
{
  g_mutex_lock (&interrupt->lock);
  gboolean goes_on = !interrupt->finished;
  if (goes_on && interrupt->signal_number != 0) {
    _exit (128 + number);
  }
  if (goes_on) {
    interrupt->signal_number = number;
    fprintf (stderr, "slipway: interrupted; %s\n",
             interrupt->script != 0 ? "ending the script that runs"
                                    : "what runs is let finish (again to end at once)");
    if (interrupt->script != 0) {
      end_script (interrupt);
    }
  }
  g_mutex_unlock (&interrupt->lock);
  return goes_on;
}

static gpointer
wait_for_signals (gpointer data)
{
  LocalInterrupt *interrupt = data;
  GThread *killer = g_thread_new ("grace", kill_after_grace, interrupt);
  int number = 0;
  while (sigwait (&interrupt->signals, &number) != 0 || take_signal (interrupt, number)) {
    ;
  }
  g_thread_join (killer);
  return NULL;
}

LocalInterrupt *
local_interrupt_new (gint64 term_grace_ms)
{
  LocalInterrupt *interrupt = g_new0 (LocalInterrupt, 1);
  interrupt->term_grace_ms = term_grace_ms;
  g_mutex_init (&interrupt->lock);
  g_cond_init (&interrupt->changed);
  sigemptyset (&interrupt->signals);
  sigaddset (&interrupt->signals, SIGINT);
  sigaddset (&interrupt->signals, SIGTERM);
  sigaddset (&interrupt->signals, SIGHUP);
  pthread_sigmask (SIG_BLOCK, &interrupt->signals, &interrupt->before);
  interrupt->thread = g_thread_new ("signals", wait_for_signals, interrupt);
  return interrupt;
}

void
local_interrupt_free (LocalInterrupt *interrupt)
{
  if (interrupt == NULL) {
    return;
  }
  g_mutex_lock (&interrupt->lock);
  interrupt->finished = TRUE;
  g_cond_broadcast (&interrupt->changed);
  g_mutex_unlock (&interrupt->lock);
  kill (getpid (), SIGTERM); /* blocked everywhere: only the waiting thread gets it */
  g_thread_join (interrupt->thread);
  /* A real one may have woken the thread instead of ours, which must not end the program now. */
  const struct timespec at_once = { 0 };
  while (sigtimedwait (&interrupt->signals, NULL, &at_once) > 0) {
    ;
  }
  pthread_sigmask (SIG_SETMASK, &interrupt->before, NULL);
  g_cond_clear (&interrupt->changed);
  g_mutex_clear (&interrupt->lock);
  g_free (interrupt);
}

int
local_interrupt_signal (LocalInterrupt *interrupt)
{
  g_mutex_lock (&interrupt->lock);
  int number = interrupt->signal_number;
  g_mutex_unlock (&interrupt->lock);
  return number;
}

void
local_interrupt_script_started (LocalInterrupt *interrupt, pid_t pid)
{
  g_mutex_lock (&interrupt->lock);
  interrupt->script = pid;
  interrupt->kill_at_us = 0;
  if (interrupt->signal_number != 0) {
    end_script (interrupt);
  }
  g_mutex_unlock (&interrupt->lock);
}

void
local_interrupt_script_ended (LocalInterrupt *interrupt)
{
  g_mutex_lock (&interrupt->lock);
  interrupt->script = 0;
  g_cond_broadcast (&interrupt->changed);
  g_mutex_unlock (&interrupt->lock);
}
