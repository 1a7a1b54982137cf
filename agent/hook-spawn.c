#include "agent/hook-spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/write-all.h"

#define CONTROL_FD   (STDERR_FILENO + 1)
#define ABOVE_ALL_FD 10 /* where descriptors are out of the way of the first four */
#define SCRIPT_UMASK 0022
#define SHELL        "/bin/sh"

/* All that the child needs, made before it is: between fork and exec only system calls are safe. */
typedef struct {
  const HookSpawn *spawn;
  const char *program;
  char *const *argv;
  char *const *shell_argv; /* the same by way of the shell */
  int control_fd;
} Plan;

static void G_GNUC_NORETURN
give_up (int control_fd, HookSpawnStage stage, int saved_errno, gsize refused_length)
{
  HookSpawnFailure failure = { stage, saved_errno, refused_length };
  (void)!write_all (control_fd, &failure, sizeof failure);
  _exit (127);
}

static gboolean
set_streams (const Plan *plan)
{
  int null_fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  const int wanted[] = { null_fd, plan->spawn->stdout_fd, plan->spawn->stderr_fd,
                         plan->control_fd };
  int safe[G_N_ELEMENTS (wanted)];

  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++) {
    safe[i] = fcntl (wanted[i], F_DUPFD_CLOEXEC, ABOVE_ALL_FD);
    if (safe[i] < 0)
      return FALSE;
  }
  for (int i = 0; i < CONTROL_FD; i++)
    if (dup2 (safe[i], i) < 0)
      return FALSE;
  if (dup3 (safe[CONTROL_FD], CONTROL_FD, O_CLOEXEC) < 0)
    return FALSE;
  closefrom (CONTROL_FD + 1);
  return TRUE;
}

/* By the system call: the C library does not let go of the two that it keeps for threads, and whoever started the agent may have
 * ignored them. */
static void
reset_signals (void)
{
  const gulong plain[8] = { 0 }; /* the kernel's sigaction: handler SIG_DFL, and nothing else */
  sigset_t none;

  for (int i = 1; i < NSIG; i++)
    syscall (SYS_rt_sigaction, i, plain, NULL,
             sizeof (guint64)); /* the few that cannot be set are at their defaults */
  sigemptyset (&none);
  pthread_sigmask (SIG_SETMASK, &none, NULL);
}

static gboolean
become (const HookSpawnUser *user)
{
  return setgroups (user->n_groups, user->groups) == 0 &&
         setresgid (user->gid, user->gid, user->gid) == 0 &&
         setresuid (user->uid, user->uid, user->uid) == 0;
}

/* Ends the process when the user may not get there; by the kernel's word, so that ACLs and the like count. */
static void
check_way (const Plan *plan)
{
  char prefix[PATH_MAX];
  gsize length = strlen (plan->program);

  if (length >= sizeof prefix)
    give_up (CONTROL_FD, HOOK_SPAWN_REACHING, ENAMETOOLONG, length);
  memcpy (prefix, plan->program, length + 1);
  for (gsize i = 1; i < length; i++) {
    if (prefix[i] != '/')
      continue;
    prefix[i] = '\0';
    if (access (prefix, X_OK) != 0)
      give_up (CONTROL_FD, HOOK_SPAWN_REACHING, errno, i);
    prefix[i] = '/';
  }
  if (access (prefix, plan->spawn->access) != 0)
    give_up (CONTROL_FD, HOOK_SPAWN_REACHING, errno, length);
}

static void G_GNUC_NORETURN
be_child (const Plan *plan)
{
  const HookSpawn *spawn = plan->spawn;
  char go;

  setpgid (0, 0);
  if (!set_streams (plan))
    give_up (plan->control_fd, HOOK_SPAWN_PREPARING, errno, 0);
  umask (SCRIPT_UMASK);
  if (chdir ("/") != 0)
    give_up (CONTROL_FD, HOOK_SPAWN_PREPARING, errno, 0);
  if (spawn->user != NULL && !become (spawn->user))
    give_up (CONTROL_FD, HOOK_SPAWN_BECOMING_USER, errno, 0);
  if (spawn->access != 0)
    check_way (plan);

  ssize_t n;
  while ((n = read (CONTROL_FD, &go, 1)) < 0 && errno == EINTR)
    ;
  if (n != 1)
    _exit (127); /* the agent is no more, and has noted nothing */
  reset_signals ();
  execve (plan->program, plan->argv, (char *const *)spawn->envp);
  if (errno == ENOEXEC)
    execve (SHELL, plan->shell_argv, (char *const *)spawn->envp);
  give_up (CONTROL_FD, HOOK_SPAWN_EXECUTING, errno, 0);
}

/* TRUE: it is the script now. */
static gboolean
await_exec (int control_fd, HookSpawnFailure *out)
{
  gsize have = 0;
  while (have < sizeof *out) {
    ssize_t n = read (control_fd, (char *)out + have, sizeof *out - have);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return TRUE; /* closed by exec, or by a signal that its parent will hear of */
    have += (gsize)n;
  }
  return FALSE;
}

static pid_t
start (Plan *plan, HookSpawnFailure *out)
{
  const HookSpawn *spawn = plan->spawn;
  int control[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) != 0) {
    *out = (HookSpawnFailure){ HOOK_SPAWN_PREPARING, errno, 0 };
    return -1;
  }
  plan->control_fd = control[1];
  pid_t pid = fork ();
  if (pid == 0)
    be_child (plan);
  int saved_errno = errno;
  close (control[1]);
  if (pid < 0) {
    close (control[0]);
    *out = (HookSpawnFailure){ HOOK_SPAWN_PREPARING, saved_errno, 0 };
    return -1;
  }
  setpgid (pid, pid); /* whoever comes first: from here on the group is there */
  if (spawn->started != NULL)
    spawn->started (spawn->ctx, pid);
  /* one that gave up already does not listen; what it said is there to be read */
  ssize_t sent G_GNUC_UNUSED = send (control[0], "", 1, MSG_NOSIGNAL);
  gboolean running = await_exec (control[0], out);
  close (control[0]);
  if (running)
    return pid;
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    ;
  return -1;
}

pid_t
hook_spawn (const HookSpawn *spawn, HookSpawnFailure *out_failure)
{
  g_autofree char *found = NULL;
  g_autoptr (GPtrArray) shell_argv = g_ptr_array_new ();
  Plan plan = { .spawn = spawn, .program = spawn->argv[0], .argv = (char *const *)spawn->argv };

  if (strchr (plan.program, '/') == NULL) {
    found = g_find_program_in_path (plan.program);
    if (found == NULL) {
      *out_failure = (HookSpawnFailure){ HOOK_SPAWN_EXECUTING, ENOENT, 0 };
      return -1;
    }
    plan.program = found;
  }
  g_ptr_array_add (shell_argv, (char *)SHELL);
  g_ptr_array_add (shell_argv, (char *)plan.program);
  for (gsize i = 1; spawn->argv[i] != NULL; i++)
    g_ptr_array_add (shell_argv, (char *)spawn->argv[i]);
  g_ptr_array_add (shell_argv, NULL);
  plan.shell_argv = (char *const *)shell_argv->pdata;
  return start (&plan, out_failure);
}
