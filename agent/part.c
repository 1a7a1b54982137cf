#include "agent/part.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct Part {
  PartMain main;
  gconstpointer ctx;
  int fd;
  int end_fd; /* of a process its pidfd, of a thread an eventfd */
  pid_t pid;  /* 0: a thread */
  GThread *thread;
  int status;
};

static gpointer
run_thread (gpointer data)
{
  Part *part = data;
  guint64 one = 1;
  part->status = part->main (part->ctx, part->fd);
  /* a counter of 0 takes a 1 */
  while (write (part->end_fd, &one, sizeof one) < 0 && errno == EINTR)
    continue;
  return NULL;
}

static gboolean
start_thread (Part *part, GError **error)
{
  part->end_fd = eventfd (0, EFD_CLOEXEC);
  if (part->end_fd < 0) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot make an event descriptor: %s",
                 g_strerror (errno));
    return FALSE;
  }
  part->thread = g_thread_try_new ("part", run_thread, part, error);
  return part->thread != NULL;
}

static gboolean
start_process (Part *part, GError **error)
{
  pid_t parent = getpid ();

  part->pid = fork ();
  if (part->pid == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    if (getppid () != parent) /* it died before that */
      _exit (1);
    _exit (part->main (part->ctx, part->fd));
  }
  int saved_errno = errno;
  if (part->pid > 0) {
    part->end_fd = pidfd_open (part->pid, 0);
    if (part->end_fd >= 0)
      return TRUE;
    saved_errno = errno;
    kill (part->pid, SIGKILL);
    waitpid (part->pid, NULL, 0);
  }
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot start a process: %s",
               g_strerror (saved_errno));
  return FALSE;
}

Part *
part_start (PartMode mode, PartMain main, gconstpointer ctx, int fd, GError **error)
{
  Part *part = g_new0 (Part, 1);
  *part = (Part){ .main = main, .ctx = ctx, .fd = fd, .end_fd = -1 };
  gboolean started =
      mode == PARTS_ARE_PROCESSES ? start_process (part, error) : start_thread (part, error);
  if (!started || mode == PARTS_ARE_PROCESSES)
    close (fd);
  if (started)
    return part;
  if (part->end_fd >= 0)
    close (part->end_fd);
  g_free (part);
  return NULL;
}

int
part_end_fd (const Part *part)
{
  return part->end_fd;
}

pid_t
part_pid (const Part *part)
{
  return part->pid;
}

void
part_kill (const Part *part)
{
  if (part->pid > 0)
    kill (part->pid, SIGKILL);
}

static int
wait_for_process (pid_t pid)
{
  int status;
  while (waitpid (pid, &status, 0) < 0)
    if (errno != EINTR)
      return 1;
  return WIFSIGNALED (status) ? PART_KILLED + WTERMSIG (status) : WEXITSTATUS (status);
}

int
part_end (Part *part)
{
  int status;

  if (part->thread != NULL) {
    g_thread_join (part->thread);
    status = part->status;
  } else {
    status = wait_for_process (part->pid);
  }
  close (part->end_fd);
  g_free (part);
  return status;
}

static int
by_number (const void *one, const void *other)
{
  return *(const int *)one - *(const int *)other;
}

void
part_keep_only (const int *fds, gsize n)
{
  g_autofree int *kept = g_memdup2 (fds, n * sizeof *fds);
  guint from = STDERR_FILENO + 1;

  qsort (kept, n, sizeof *kept, by_number);
  for (gsize i = 0; i < n; i++) {
    if (kept[i] < (int)from)
      continue;
    if (kept[i] > (int)from)
      close_range (from, (guint)kept[i] - 1, 0);
    from = (guint)kept[i] + 1;
  }
  close_range (from, ~0U, 0);
}
