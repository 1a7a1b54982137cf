#include "agent/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

#define START_PATIENCE_MS 10000
#define EXIT_PATIENCE_MS  500
#define POLL_MS           20
#define PASSING_MS        1000 /* others' moments: a look at the lock, a pid on its way into its file */
#define LOCK_MODE         0600
#define NOTHING_HELD      (-2)

G_DEFINE_QUARK (slipway - daemon - error, daemon_error)

static char *
pid_path (const AgentConfig *config, const char *suffix)
{
  g_autofree char *name = g_strconcat (config->program_name, ".pid", suffix, NULL);
  return g_build_filename (config->pid_dir, name, NULL);
}

static int
open_lock (const AgentConfig *config, GError **error)
{
  g_autofree char *path = pid_path (config, ".lock");
  if (!fs_make_directory (config->pid_dir, error))
    return -1;
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, LOCK_MODE);
  if (fd < 0) {
    fs_fail (error, errno, "open", path);
    return -1;
  }
  /* one that an earlier version made open: whoever may read it may hold it, and no agent would start */
  struct stat status;
  if (fstat (fd, &status) == 0 && (status.st_mode & 07777) != LOCK_MODE &&
      fchmod (fd, LOCK_MODE) != 0) {
    /* another user's file: as open as its owner wants */
  }
  return fd;
}

/* FALSE: it has ended, or nobody has asked yet how (then its command line is empty). What cannot be read is taken for alive. */
static gboolean
process_lives (pid_t pid)
{
  gboolean missing;
  gsize n = 0;
  g_autoptr (GError) error = NULL;
  g_autofree char *proc = g_strdup_printf ("/proc/%d/cmdline", (int)pid);
  g_autofree char *command = fs_read_optional (proc, 64 * 1024, &n, &missing, &error);
  return error != NULL || (command != NULL && n > 0);
}

/* The process that the pid file names; 0: it names none. FALSE and error: it cannot be read. */
static gboolean
read_pid (const AgentConfig *config, pid_t *out, GError **error)
{
  g_autofree char *path = pid_path (config, "");
  gboolean missing;
  gint64 pid;
  g_autofree char *text = fs_read_optional (path, 100, NULL, &missing, error);

  if (text == NULL && !missing)
    return FALSE;
  gboolean named =
      text != NULL && g_ascii_string_to_signed (g_strchomp (text), 10, 2, G_MAXINT, &pid, NULL);
  *out = named ? (pid_t)pid : 0;
  return TRUE;
}

static gboolean
named_agent_lives (const AgentConfig *config)
{
  pid_t pid;
  g_autoptr (GError) error = NULL; /* what cannot be read is taken for alive */
  return !read_pid (config, &pid, &error) || pid == 0 || process_lives (pid);
}

/*
 * A look at whether an agent runs shares the lock for a moment, and must not keep one from starting; nor must the children of one
 * that was killed, which end with it, but a moment later. A living agent's lock is not waited for: that one may be asked to stop
 * meanwhile, and whoever asked does not want the next. FALSE and errno.
 */
static gboolean
lock_patiently (const AgentConfig *config, int fd)
{
  for (int waited = 0; flock (fd, LOCK_EX | LOCK_NB) != 0; waited += POLL_MS) {
    int saved_errno = errno;
    gboolean passing = saved_errno == EWOULDBLOCK && waited < PASSING_MS &&
                       (flock (fd, LOCK_SH | LOCK_NB) == 0 || !named_agent_lives (config));
    flock (fd, LOCK_UN);
    errno = saved_errno;
    if (!passing)
      return FALSE;
    g_usleep (POLL_MS * 1000);
  }
  return TRUE;
}

int
daemon_hold (const AgentConfig *config, GError **error)
{
  if (config->pid_dir == NULL)
    return NOTHING_HELD;
  int fd = open_lock (config, error);
  if (fd < 0)
    return -1;
  if (!lock_patiently (config, fd)) {
    int saved_errno = errno;
    close (fd);
    if (saved_errno == EWOULDBLOCK)
      g_set_error (error, DAEMON_ERROR, DAEMON_ERROR_RUNNING,
                   "another agent runs with the pid folder \"%s\"", config->pid_dir);
    else
      fs_fail (error, saved_errno, "lock the pid folder", config->pid_dir);
    return -1;
  }
  if (ftruncate (fd, 0) != 0) {
    /* then what an earlier agent wrote is there until this one writes */
  }
  g_autofree char *path = pid_path (config, "");
  g_autofree char *text = g_strdup_printf ("%d\n", (int)getpid ());
  if (!fs_atomic_write (path, text, strlen (text), 0644, FS_ATOMIC_PLAIN, error)) {
    close (fd);
    return -1;
  }
  return fd;
}

void
daemon_release (const AgentConfig *config, int lock_fd)
{
  if (lock_fd < 0)
    return;
  g_autofree char *path = pid_path (config, "");
  unlink (path); /* a stale one is recognised */
  close (lock_fd);
}

static int
require_pid_dir (const AgentConfig *config, GError **error)
{
  if (config->pid_dir != NULL)
    return 0;
  g_set_error_literal (error, DAEMON_ERROR, DAEMON_ERROR_FAILED,
                       "\"pid_dir\" is missing in the configuration");
  return -1;
}

static int
find_now (const AgentConfig *config, GError **error)
{
  if (require_pid_dir (config, error) != 0)
    return -1;
  g_autofree char *path = pid_path (config, "");
  int fd = open_lock (config, error);
  if (fd < 0)
    return -1;
  if (flock (fd, LOCK_SH | LOCK_NB) == 0) {
    unlink (path); /* nobody runs, so whatever it says is stale */
    close (fd);
    return 0;
  }
  close (fd);
  pid_t pid;
  if (!read_pid (config, &pid, error))
    return -1;
  /* one that was killed is none, though a child of its may hold the lock for a moment longer */
  if (pid > 0 && process_lives (pid))
    return (int)pid;
  g_set_error (error, DAEMON_ERROR, DAEMON_ERROR_RUNNING,
               "an agent holds the pid folder \"%s\", but its pid file does not say which process",
               config->pid_dir);
  return -1;
}

int
daemon_find (const AgentConfig *config, GError **error)
{
  for (int waited = 0;; waited += POLL_MS) {
    g_autoptr (GError) problem = NULL;
    int pid = find_now (config, &problem);
    if (pid >= 0)
      return pid;
    /* one that has just taken the lock, or is about to let go, has no pid file for a moment */
    if (waited >= PASSING_MS || !g_error_matches (problem, DAEMON_ERROR, DAEMON_ERROR_RUNNING)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return -1;
    }
    g_usleep (POLL_MS * 1000);
  }
}

int
daemon_open_lock_file (const AgentConfig *config)
{
  g_autofree char *path = pid_path (config, ".lock");
  return open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* In the child: a session of its own, no terminal, then the same program again. */
static void
become_daemon (const char *config_file)
{
  char title[100];
  char *absolute = realpath (config_file, NULL);

  setsid ();
  int null_fd = open ("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++)
    dup2 (null_fd, fd);
  if (chdir ("/") != 0 || absolute == NULL)
    _exit (1);
  /* tools look for this title */
  snprintf (title, sizeof title, "codedeploy-agent: master %d", (int)getpid ());
  execl ("/proc/self/exe", title, "--config-file", absolute, "run", NULL);
  _exit (1);
}

gboolean
daemon_start (const AgentConfig *config, const char *config_file, GError **error)
{
  int pid = daemon_find (config, error);
  if (pid != 0)
    return pid > 0;

  pid_t child = fork ();
  if (child < 0) {
    g_set_error (error, DAEMON_ERROR, DAEMON_ERROR_FAILED, "cannot fork: %s", g_strerror (errno));
    return FALSE;
  }
  if (child == 0)
    become_daemon (config_file);
  for (int waited = 0; waited < START_PATIENCE_MS; waited += POLL_MS) {
    g_autoptr (GError) not_yet = NULL;
    /* another one's, if it was quicker: that of a start beside this one, or of one that was killed */
    if (daemon_find (config, &not_yet) > 0)
      return TRUE;
    if (waitpid (child, NULL, WNOHANG) == child)
      break;
    g_usleep (POLL_MS * 1000);
  }
  /* No log is there without log_dir, and none can be written to a full disk. */
  g_autofree char *log = config->log_dir == NULL
                             ? g_strdup ("")
                             : g_strdup_printf ("its log in \"%s\" says why; ", config->log_dir);
  g_set_error (error, DAEMON_ERROR, DAEMON_ERROR_FAILED,
               "the agent did not stay up; %s\"run\" instead of \"start\" shows it here", log);
  return FALSE;
}

/* The lock is gone a moment before the process is. */
static void
wait_for_exit (int pid)
{
  for (int waited = 0; waited < EXIT_PATIENCE_MS && kill (pid, 0) == 0; waited += POLL_MS)
    g_usleep (POLL_MS * 1000);
}

gboolean
daemon_stop (const AgentConfig *config, gboolean *out_was_running, GError **error)
{
  int pid = daemon_find (config, error);
  *out_was_running = pid > 0;
  if (pid <= 0)
    return pid == 0;
  if (kill (pid, SIGTERM) != 0 && errno != ESRCH) {
    g_set_error (error, DAEMON_ERROR, DAEMON_ERROR_FAILED, "cannot stop process %d: %s", pid,
                 g_strerror (errno));
    return FALSE;
  }
  gint64 end = g_get_monotonic_time () + config->kill_agent_max_wait_time_s * G_USEC_PER_SEC;
  while (g_get_monotonic_time () < end) {
    g_autoptr (GError) ignored = NULL; /* between lock and pid file there is a moment */
    if (daemon_find (config, &ignored) == 0) {
      wait_for_exit (pid);
      return TRUE;
    }
    g_usleep (POLL_MS * 1000);
  }
  g_set_error (error, DAEMON_ERROR, DAEMON_ERROR_FAILED, "process %d is still running", pid);
  return FALSE;
}
