#include "agent/hook-process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/pipe-holder.h"

#define MAX_LINE_BYTES   (64 * 1024)
#define READ_BYTES       (64 * 1024)
#define PIPE_BYTES       (256 * 1024) /* fewer changes between the script and us */
#define REAP_POLL_MS     20           /* only where pidfd_open is not to be had */
#define N_STREAMS        2
#define AFTER_EXIT_READS 64   /* what a dead script left in a pipe is at most this many reads */
#define HELD_NOTICE_MS   1000 /* what a script leaves behind may need a moment to end */
#define AFTER_KILL_MS    5000
#define GROUP_POLL_MS    20 /* nobody tells when a group's last process ends */

typedef struct {
  int fd; /* -1: at its end */
  GString *partial;
} Output;

typedef struct {
  const HookProcess *process;
  pid_t pid;
  int pid_fd; /* -1: not to be had, or reaped */
  gboolean reaped, lost;
  int wait_status;
  Output outputs[N_STREAMS];
  char *bytes; /* READ_BYTES */
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

/* How much of text is left when a character that is not whole yet is taken off its end. */
static gsize
whole_characters (const char *text, gsize n)
{
  for (gsize back = 1; back <= 3 && back <= n; back++) {
    guchar byte = (guchar)text[n - back];
    gsize length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (byte < 0x80 || byte >= 0xc0)
      return length > back ? n - back : n;
  }
  return n;
}

static void
deliver_partial (Run *run, HookStream stream, gsize n)
{
  GString *partial = run->outputs[stream].partial;
  if (n > 0)
    deliver (run, stream, partial->str, n);
  g_string_erase (partial, 0, (gssize)n);
}

static void
take_bytes (Run *run, HookStream stream, const char *bytes, gsize n)
{
  GString *partial = run->outputs[stream].partial;
  while (n > 0) {
    const char *end = memchr (bytes, '\n', n);
    gsize take = end != NULL ? (gsize)(end - bytes) + 1 : n;
    if (end != NULL && partial->len == 0 && take <= MAX_LINE_BYTES) {
      deliver (run, stream, bytes, take);
    } else {
      take = MIN (take, MAX_LINE_BYTES - partial->len);
      g_string_append_len (partial, bytes, (gssize)take);
      if (bytes[take - 1] == '\n')
        deliver_partial (run, stream, partial->len);
      else if (partial->len >= MAX_LINE_BYTES)
        deliver_partial (run, stream, whole_characters (partial->str, partial->len));
    }
    bytes += take;
    n -= take;
  }
}

static void
close_output (Run *run, HookStream stream)
{
  Output *output = &run->outputs[stream];
  deliver_partial (run, stream, output->partial->len);
  if (output->fd >= 0)
    close (output->fd);
  output->fd = -1;
}

/* One read that does not block; TRUE if there may be more. */
static gboolean
read_output (Run *run, HookStream stream)
{
  ssize_t n = read (run->outputs[stream].fd, run->bytes, READ_BYTES);
  if (n > 0)
    take_bytes (run, stream, run->bytes, (gsize)n);
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
  if (found == 0 || (found < 0 && errno == EINTR))
    return;
  run->reaped = TRUE;
  run->lost = found < 0;
  if (run->pid_fd >= 0)
    close (run->pid_fd);
  run->pid_fd = -1;
}

static gboolean
outputs_open (const Run *run)
{
  return run->outputs[HOOK_OUTPUT_STDOUT].fd >= 0 || run->outputs[HOOK_OUTPUT_STDERR].fd >= 0;
}

/* What there is to read and reap, waiting for it for at most that long. */
static void
step (Run *run, gint64 patience_ms)
{
  struct pollfd fds[N_STREAMS + 1];
  nfds_t n = 0;

  if (!run->reaped && run->pid_fd < 0)
    patience_ms = MIN (patience_ms, REAP_POLL_MS);
  for (int i = 0; i < N_STREAMS; i++)
    fds[n++] = (struct pollfd){ .fd = run->outputs[i].fd, .events = POLLIN };
  fds[n++] = (struct pollfd){ .fd = run->pid_fd, .events = POLLIN };
  int ready = poll (fds, n, (int)CLAMP (patience_ms, 0, 60000));
  for (int i = 0; ready > 0 && i < N_STREAMS; i++)
    if (run->outputs[i].fd >= 0 && fds[i].revents != 0)
      read_output (run, (HookStream)i);
  if (run->pid_fd < 0 || (ready > 0 && fds[N_STREAMS].revents != 0))
    try_reap (run);
  be_quiet (run);
}

typedef enum {
  UNTIL_REAPED,
  UNTIL_CLOSED /* and nobody holds its outputs */
} Until;

/* FALSE: the deadline came first. */
static gboolean
wait_until (Run *run, Until until, gint64 deadline_ms)
{
  for (;;) {
    if (run->reaped && (until == UNTIL_REAPED || !outputs_open (run)))
      return TRUE;
    gint64 left_ms = deadline_ms - now_ms ();
    if (left_ms <= 0)
      return FALSE;
    step (run, left_ms);
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

/*
 * FALSE: it is still there. The grace is the whole group's (agent.md 9): a script that SIGTERM ends at once must not take it
 * from the program that it started.
 */
static gboolean
stop_group (Run *run)
{
  gint64 deadline_ms = now_ms () + run->process->term_grace_ms;

  kill (-run->pid, SIGTERM);
  gboolean ended = wait_until (run, UNTIL_REAPED, deadline_ms);
  while (ended && kill (-run->pid, 0) == 0 && now_ms () < deadline_ms) {
    step (run, MIN (deadline_ms - now_ms (), GROUP_POLL_MS));
    while (waitpid (-run->pid, NULL, WNOHANG) > 0)
      ; /* dead ones count as members; they are ours to bury where we are the subreaper */
  }
  kill (-run->pid, SIGKILL);
  return ended || wait_until (run, UNTIL_REAPED, now_ms () + AFTER_KILL_MS);
}

static void
find_holder (const Run *run, HookResult *result)
{
  for (int i = 0; i < N_STREAMS; i++) {
    g_autofree char *found =
        run->outputs[i].fd >= 0 ? pipe_holder_describe (run->outputs[i].fd) : NULL;
    if (found != NULL) {
      g_strlcpy (result->holder, found, sizeof result->holder);
      return;
    }
  }
  result->holder[0] = '\0';
}

/* FALSE: an output is still open, and the time for that is over. */
static gboolean
wait_for_outputs (Run *run, gint64 deadline_ms, HookResult *result)
{
  const HookProcess *process = run->process;
  gint64 ended_ms = now_ms ();
  if (process->output_grace_ms > 0)
    deadline_ms = MIN (deadline_ms, ended_ms + process->output_grace_ms);
  if (wait_until (run, UNTIL_CLOSED, MIN (deadline_ms, ended_ms + HELD_NOTICE_MS)))
    return TRUE;
  if (process->held != NULL) {
    find_holder (run, result);
    process->held (process->ctx, result->holder);
  }
  if (wait_until (run, UNTIL_CLOSED, deadline_ms))
    return TRUE;
  find_holder (run, result);
  return FALSE;
}

static void
finish (Run *run, HookResult *result)
{
  gint64 deadline_ms = now_ms () + run->process->timeout_ms;

  if (!wait_until (run, UNTIL_REAPED, deadline_ms)) {
    result->end = stop_group (run) ? HOOK_TIMED_OUT : HOOK_TIMED_OUT_ALIVE;
  } else if (!wait_for_outputs (run, deadline_ms, result)) {
    result->end = HOOK_OUTPUT_OPEN;
  } else if (run->lost) {
    result->end = HOOK_LOST;
  } else if (WIFSIGNALED (run->wait_status)) {
    result->end = HOOK_SIGNALLED;
    result->status = WTERMSIG (run->wait_status);
  } else {
    result->end = HOOK_EXITED;
    result->status = WEXITSTATUS (run->wait_status);
  }
  drain (run);
  if (run->pid_fd >= 0)
    close (run->pid_fd);
}

/* Both ends closed on exec; ours does not block. */
static gboolean
open_pipe (int out_fds[2])
{
  if (pipe2 (out_fds, O_CLOEXEC) != 0 || fcntl (out_fds[0], F_SETFL, O_NONBLOCK) != 0)
    return FALSE;
  (void)fcntl (out_fds[0], F_SETPIPE_SZ, PIPE_BYTES); /* a small one does as well */
  return TRUE;
}

static gboolean
start (Run *run, int fds[N_STREAMS][2], HookResult *result)
{
  const HookProcess *process = run->process;
  HookSpawn spawn = {
    .argv = process->argv,
    .envp = process->envp,
    .stdout_fd = fds[HOOK_OUTPUT_STDOUT][1],
    .stderr_fd = fds[HOOK_OUTPUT_STDERR][1],
    .user = process->user,
    .access = process->access,
    .started = process->started,
    .ctx = process->ctx,
  };
  HookSpawnFailure failure;

  run->pid = hook_spawn (&spawn, &failure);
  if (run->pid >= 0)
    return TRUE;
  result->start_stage = failure.stage;
  result->start_errno = failure.saved_errno;
  result->refused_length = failure.refused_length;
  return FALSE;
}

HookResult
hook_process_run (const HookProcess *process)
{
  int fds[N_STREAMS][2] = { { -1, -1 }, { -1, -1 } };
  Run run = { .process = process, .pid_fd = -1 };
  HookResult result = { .end = HOOK_NOT_STARTED, .start_stage = HOOK_SPAWN_PREPARING };
  gboolean started = FALSE;

  if (open_pipe (fds[0]) && open_pipe (fds[1]))
    started = start (&run, fds, &result);
  else
    result.start_errno = errno;
  for (int i = 0; i < N_STREAMS; i++) {
    if (fds[i][1] >= 0)
      close (fds[i][1]);
    if (!started && fds[i][0] >= 0)
      close (fds[i][0]);
  }
  if (!started)
    return result;

  run.pid_fd = pidfd_open (run.pid, 0);
  run.bytes = g_malloc (READ_BYTES);
  for (int i = 0; i < N_STREAMS; i++)
    run.outputs[i] = (Output){ .fd = fds[i][0], .partial = g_string_new (NULL) };
  finish (&run, &result);
  for (int i = 0; i < N_STREAMS; i++)
    g_string_free (run.outputs[i].partial, TRUE);
  g_free (run.bytes);
  return result;
}
