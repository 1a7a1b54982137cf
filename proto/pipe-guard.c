#include "proto/pipe-guard.h"

#include <errno.h>

void
pipe_guard_begin (PipeGuard *guard)
{
  sigset_t pipe_only;
  sigset_t pending;

  sigemptyset (&pipe_only);
  sigaddset (&pipe_only, SIGPIPE);
  sigpending (&pending);
  guard->was_pending = sigismember (&pending, SIGPIPE) == 1;
  pthread_sigmask (SIG_BLOCK, &pipe_only, &guard->before);
}

void
pipe_guard_end (const PipeGuard *guard)
{
  const struct timespec at_once = { 0, 0 };
  sigset_t pipe_only;

  sigemptyset (&pipe_only);
  sigaddset (&pipe_only, SIGPIPE);
  if (!guard->was_pending)
    while (sigtimedwait (&pipe_only, NULL, &at_once) < 0 && errno == EINTR)
      ;
  pthread_sigmask (SIG_SETMASK, &guard->before, NULL);
}
