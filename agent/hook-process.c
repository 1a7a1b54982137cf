#include "agent/hook-process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_LINE_BYTES   (64 * 1024)
#define READ_BYTES       (16 * 1024)
#define REAP_POLL_MS     20 /* only where pidfd_open is not to be had */
#define N_STREAMS        2
#define AFTER_EXIT_READS 64 /* what a dead script left in a pipe is at most this many reads */

typedef struct {
  int fd; /* -1: at its end */
  GString *partial;
} Output;

typedef struct {
  const HookProcess *process;
  pid_t pid;
  int pid_fd; /* -1: not to be had, or reaped */
  gboolean reaped;
  int wait_status;
  Output outputs[N_STREAMS];
} Run;

static gint64
now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

static void
deliver (Run *run, HookStream stream, const char *line, gsize n)
{
  run->process->line (run->process->ctx, stream, line, n);
}

static void
be_quiet (const Run *run)
{
  if (run->process->quiet != NULL)
    run->process->quiet (run->process->ctx);
}

static void
deliver_partial (Run *run, HookStream stream)
{
  GString *partial = run->outputs[stream].partial;
  if (partial->len > 0)
    deliver (run, stream, partial->str, partial->len);
  g_string_truncate (partial, 0);
}

static void
take_bytes (Run *run, HookStream stream, const char *bytes, gsize n)
{
  GString *partial = run->outputs[stream].partial;
  while (n > 0) {
    const char *end = memchr (bytes, '\n', n);
    gsize take = end != NULL ? (gsize)(end - bytes) + 1 : n;
    take = MIN (take, MAX_LINE_BYTES - partial->len);
    g_string_append_len (partial, bytes, (gssize)take);
    if (bytes[take - 1] == '\n' || partial->len >= MAX_LINE_BYTES)
      deliver_partial (run, stream);
    bytes += take;
    n -= take;
  }
}

static void
close_output (Run *run, HookStream stream)
{
  deliver_partial (run, stream);
  if (run->outputs[stream].fd >= 0)
    close (run->outputs[stream].fd);
  run->outputs[stream].fd = -1;
}

/* One read that does not block; TRUE if there may be more. */
static gboolean
read_output (Run *run, HookStream stream)
{
  char bytes[READ_BYTES];
  ssize_t n = read (run->outputs[stream].fd, bytes, sizeof bytes);
  if (n > 0)
    take_bytes (run, stream, bytes, (gsize)n);
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    close_output (run, stream);
  return n > 0;
}

static void
try_reap (Run *run)
{
  if (run->reaped)
    return;
  pid_t found = waitpid (run->pid, &run->wait_status, WNOHANG);
  if (found == run->pid || (found < 0 && errno == ECHILD)) {
    run->reaped = TRUE;
    if (run->pid_fd >= 0)
      close (run->pid_fd);
    run->pid_fd = -1;
  }
}

static gboolean
outputs_open (const Run *run)
{
  return run->outputs[HOOK_OUTPUT_STDOUT].fd >= 0 || run->outputs[HOOK_OUTPUT_STDERR].fd >= 0;
}

typedef enum {
  UNTIL_CLOSED, /* the process has ended and nobody holds its outputs */
  UNTIL_REAPED
} Until;

/* FALSE: the deadline came first. */
static gboolean
wait_until (Run *run, Until until, gint64 deadline_ms)
{
  for (;;) {
    try_reap (run);
    if (run->reaped && (until == UNTIL_REAPED || !outputs_open (run)))
      return TRUE;
    gint64 left_ms = deadline_ms - now_ms ();
    if (left_ms <= 0)
      return FALSE;
    if (!run->reaped && run->pid_fd < 0)
      left_ms = MIN (left_ms, REAP_POLL_MS);

    struct pollfd fds[N_STREAMS + 1];
    nfds_t n = 0;
    for (int i = 0; i < N_STREAMS; i++)
      fds[n++] = (struct pollfd){ .fd = run->outputs[i].fd, .events = POLLIN };
    fds[n++] = (struct pollfd){ .fd = run->pid_fd, .events = POLLIN };
    if (poll (fds, n, (int)MIN (left_ms, 60000)) < 0 && errno != EINTR)
      return FALSE;
    for (int i = 0; i < N_STREAMS; i++)
      if (run->outputs[i].fd >= 0 && fds[i].revents != 0)
        read_output (run, (HookStream)i);
    be_quiet (run);
  }
}

static void
drain (Run *run)
{
  for (int i = 0; i < N_STREAMS; i++) {
    for (int reads = 0; reads < AFTER_EXIT_READS && run->outputs[i].fd >= 0; reads++)
      if (!read_output (run, (HookStream)i))
        break;
    close_output (run, (HookStream)i);
  }
  be_quiet (run);
}

static void
stop_group (Run *run)
{
  kill (-run->pid, SIGTERM);
  if (!wait_until (run, UNTIL_REAPED, now_ms () + run->process->term_grace_ms)) {
    kill (-run->pid, SIGKILL);
    /* a process that even SIGKILL does not end is stuck in the kernel; leave it after a while */
    (void)!wait_until (run, UNTIL_REAPED, now_ms () + run->process->term_grace_ms + 5000);
  } else {
    kill (-run->pid, SIGKILL); /* what is left of the group after its leader */
  }
}

static int
spawn (pid_t *out_pid, const char *const *argv, const char *const *envp, int out_fd, int err_fd)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;

  sigemptyset (&none);
  sigfillset (&all);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_addopen (&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2 (&actions, out_fd, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2 (&actions, err_fd, STDERR_FILENO);
  /* libcurl's sockets are not closed on exec, and a script may outlive the agent: to the service it would look as if the
   * agent were still waiting for its answer. */
  posix_spawn_file_actions_addclosefrom_np (&actions, STDERR_FILENO + 1);
  posix_spawn_file_actions_addchdir_np (&actions, "/");
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setpgroup (&attributes, 0);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &all);
  posix_spawnattr_setflags (&attributes,
                            POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int result = posix_spawnp (out_pid, argv[0], &actions, &attributes, (char *const *)argv,
                             (char *const *)envp);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attributes);
  return result;
}

static int
spawn_or_shell (pid_t *out_pid, const HookProcess *process, int out_fd, int err_fd)
{
  int result = spawn (out_pid, process->argv, process->envp, out_fd, err_fd);
  if (result == ENOEXEC && process->argv[1] == NULL) {
    const char *with_shell[] = { "/bin/sh", process->argv[0], NULL };
    result = spawn (out_pid, with_shell, process->envp, out_fd, err_fd);
  }
  return result;
}

/* Both ends closed on exec; ours does not block. */
static gboolean
open_pipe (int out_fds[2])
{
  if (pipe2 (out_fds, O_CLOEXEC) != 0)
    return FALSE;
  return fcntl (out_fds[0], F_SETFL, O_NONBLOCK) == 0;
}

static HookResult
finish (Run *run)
{
  gint64 deadline_ms = now_ms () + run->process->timeout_ms;
  gboolean ended = wait_until (run, UNTIL_REAPED, deadline_ms);
  HookResult result = { 0 };

  if (!ended) {
    stop_group (run);
    result.end = HOOK_TIMED_OUT;
  } else if (!wait_until (run, UNTIL_CLOSED, deadline_ms)) {
    result.end = HOOK_OUTPUT_OPEN;
  } else if (WIFSIGNALED (run->wait_status)) {
    result.end = HOOK_SIGNALLED;
    result.status = WTERMSIG (run->wait_status);
  } else {
    result.end = HOOK_EXITED;
    result.status = WEXITSTATUS (run->wait_status);
  }
  drain (run);
  if (run->pid_fd >= 0)
    close (run->pid_fd);
  return result;
}

HookResult
hook_process_run (const HookProcess *process)
{
  int fds[N_STREAMS][2] = { { -1, -1 }, { -1, -1 } };
  Run run = { .process = process, .pid_fd = -1 };
  HookResult result = { .end = HOOK_NOT_STARTED };

  if (!open_pipe (fds[0]) || !open_pipe (fds[1]))
    result.start_errno = errno;
  else
    result.start_errno = spawn_or_shell (&run.pid, process, fds[0][1], fds[1][1]);
  for (int i = 0; i < N_STREAMS; i++) {
    if (fds[i][1] >= 0)
      close (fds[i][1]);
    if (result.start_errno != 0 && fds[i][0] >= 0)
      close (fds[i][0]);
  }
  if (result.start_errno != 0)
    return result;

  run.pid_fd = pidfd_open (run.pid, 0);
  if (process->started != NULL)
    process->started (process->ctx, run.pid);
  for (int i = 0; i < N_STREAMS; i++)
    run.outputs[i] = (Output){ .fd = fds[i][0], .partial = g_string_new (NULL) };
  result = finish (&run);
  for (int i = 0; i < N_STREAMS; i++)
    g_string_free (run.outputs[i].partial, TRUE);
  return result;
}
