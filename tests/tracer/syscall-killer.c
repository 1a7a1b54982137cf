/*
 * Runs a program and kills it, or one process of it, with SIGKILL at its Nth system call: what the crash test stands on.
 *
 *   syscall-killer [OPTION...] -- PROGRAM [ARGUMENT...]
 *
 * All processes and threads of the program are followed; programs that it executes (hooks, tools) run on, and are not counted.
 * What happens is told a line each on the report's descriptor:
 *
 *   call ROLE N TEXT      with --record: a call that counts, with its number within its role
 *   killed ROLE N TEXT    the kill; with --control nothing of the program goes on until a byte arrives there
 *   total ROLE N          at the end, when there was no kill: how many there were
 *   gone                  no process of the program is left (other programs may go on)
 *
 * The roles are those of tests/tracer/tracee.h, and "any" for all together. SIGTERM is passed on to the program. The exit status is the program's, 128 + signal
 * when one ended it. When the tracer ends, so do all that it follows.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tracer/syscall-filter.h"
#include "tests/tracer/syscall-table.h"
#include "tests/tracer/tracee.h"

#define SYSCALL_STOP_BIT 0x80
#define NAME_BYTES       16
#define ANY_ROLE         "any"

typedef enum {
  KILL_AGENT,  /* every process of the program */
  KILL_PROCESS /* the one that makes the call */
} KillWhat;

typedef struct {
  const char *role; /* NULL: no kill */
  guint number;
  KillWhat what;
  gboolean after; /* the call has been made */
  gboolean all_calls;
  gboolean record;
  int report_fd;
  int control_fd; /* -1: none */
  char **program;
} Options;

typedef struct {
  Options options;
  Tracees *tracees;
  GHashTable *unclaimed; /* set of tids that stopped before it was known whose they are */
  GHashTable *counts;    /* role -> GUINT */
  pid_t first;
  int exit_status;
  char *call; /* at which to kill, in words */
  gboolean is_killed;
  gboolean is_gone;
} Tracer;

/* For the signal handler: whom to pass SIGTERM on to. */
static volatile sig_atomic_t terminate_pid;

static void
pass_on (int signal_number)
{
  if (terminate_pid > 0)
    kill ((pid_t)terminate_pid, signal_number);
}

static G_GNUC_PRINTF (2, 3) void report (const Tracer *tracer, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  /* nobody reads any more: then nobody misses it */
  if (write (tracer->options.report_fd, line, strlen (line)) < 0)
    return;
}

static void
go_on (const TraceeThread *thread, int signal_number)
{
  enum __ptrace_request how = thread->awaits_return ? PTRACE_SYSCALL : PTRACE_CONT;
  /* ESRCH: it was killed meanwhile, which the next wait tells */
  ptrace (how, thread->tid, NULL,
          (void *)(uintptr_t)signal_number); /* NOLINT(performance-no-int-to-ptr) */
}

static guint
count_one (Tracer *tracer, const char *role)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (tracer->counts, role)) + 1;
  g_hash_table_insert (tracer->counts, (gpointer)role, GUINT_TO_POINTER (n));
  return n;
}

static void
wait_for_control (const Tracer *tracer)
{
  char byte;
  if (tracer->options.control_fd >= 0)
    while (read (tracer->options.control_fd, &byte, 1) < 0 && errno == EINTR)
      continue;
}

static void
remove_thread (Tracer *tracer, pid_t tid, int status)
{
  if (tid == tracer->first)
    tracer->exit_status = WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
  g_hash_table_remove (tracer->unclaimed, GINT_TO_POINTER (tid));
  tracees_remove (tracer->tracees, tid);
}

/* The ends of those that were killed; stops of others are left for later. */
static void
reap (Tracer *tracer, pid_t pid)
{
  int status;
  while (waitpid (pid, &status, __WALL) == pid)
    if (WIFEXITED (status) || WIFSIGNALED (status)) {
      remove_thread (tracer, pid, status);
      return;
    }
}

static void
release (gpointer key, gpointer value, gpointer data)
{
  Tracer *tracer = data;
  go_on (tracees_add_orphan (tracer->tracees, GPOINTER_TO_INT (key)), 0);
}

static void
kill_now (Tracer *tracer, TraceeThread *thread)
{
  pid_t tid = thread->tid, pid = thread->process->pid;
  gboolean only_process = tracer->options.what == KILL_PROCESS;

  thread->awaits_return = FALSE;
  tracer->is_killed = TRUE;
  if (only_process)
    kill (pid, SIGKILL);
  else
    tracees_kill_program (tracer->tracees);
  /* a forked process without a name outlives the agent, as it would a kill from outside */
  gboolean is_dying = only_process || thread->process->kind == TRACEE_PROGRAM;
  if (is_dying && thread->process->n_threads == 1)
    reap (tracer, tid);
  report (tracer, "killed %s %u %s", tracer->options.role, tracer->options.number, tracer->call);
  wait_for_control (tracer);
  g_hash_table_foreach (tracer->unclaimed, release, tracer);
  g_hash_table_remove_all (tracer->unclaimed);
  if (!is_dying)
    go_on (thread, 0);
}

static void
on_call (Tracer *tracer, TraceeThread *thread)
{
  const Options *options = &tracer->options;
  struct __ptrace_syscall_info info;

  if (ptrace (PTRACE_GET_SYSCALL_INFO, thread->tid, sizeof info, &info) <= 0 ||
      info.op != PTRACE_SYSCALL_INFO_SECCOMP) {
    go_on (thread, 0);
    return;
  }
  guint64 arguments[6];
  for (gsize i = 0; i < G_N_ELEMENTS (arguments); i++)
    arguments[i] = info.seccomp.args[i];
  SyscallEntry entry = { thread->tid, (long)info.seccomp.nr, arguments };
  char name[NAME_BYTES];
  if (entry.number == SYS_prctl && arguments[0] == PR_SET_NAME &&
      syscall_read_text (entry.thread, arguments[1], name, sizeof name))
    tracees_named (thread, name);
  if (thread->role == NULL || tracer->is_killed ||
      (!options->all_calls && !syscall_counts (&entry))) {
    go_on (thread, 0);
    return;
  }

  guint n = count_one (tracer, thread->role);
  guint of_all = count_one (tracer, ANY_ROLE);
  gboolean is_it = (g_strcmp0 (options->role, thread->role) == 0 && n == options->number) ||
                   (g_strcmp0 (options->role, ANY_ROLE) == 0 && of_all == options->number);
  g_autofree char *text = is_it || options->record ? syscall_describe (&entry) : NULL;
  if (options->record)
    report (tracer, "call %s %u %s", thread->role, n, text);
  if (is_it)
    tracer->call = g_steal_pointer (&text);
  if (is_it && !options->after) {
    kill_now (tracer, thread);
    return;
  }
  thread->awaits_return = is_it;
  go_on (thread, 0);
}

static void
claim (Tracer *tracer, const TraceeThread *parent)
{
  unsigned long message;
  if (ptrace (PTRACE_GETEVENTMSG, parent->tid, NULL, &message) != 0)
    return;
  if (tracees_find (tracer->tracees, (pid_t)message) != NULL)
    return;
  const TraceeThread *child = tracees_add_child (tracer->tracees, parent, (pid_t)message);
  if (g_hash_table_remove (tracer->unclaimed, GINT_TO_POINTER (child->tid)))
    go_on (child, 0);
}

static void
on_event (Tracer *tracer, TraceeThread *thread, int event, int signal_number)
{
  unsigned long former = 0;

  switch (event) {
  case PTRACE_EVENT_SECCOMP:
    on_call (tracer, thread);
    return;
  case PTRACE_EVENT_FORK:
  case PTRACE_EVENT_VFORK:
  case PTRACE_EVENT_CLONE:
    claim (tracer, thread);
    go_on (thread, 0);
    return;
  case PTRACE_EVENT_EXEC:
    ptrace (PTRACE_GETEVENTMSG, thread->tid, NULL, &former);
    go_on (tracees_executed (tracer->tracees, thread->tid, (pid_t)former), 0);
    return;
  case PTRACE_EVENT_STOP:
    if (signal_number == SIGTRAP)
      go_on (thread, 0);
    else /* stopped by a signal, until SIGCONT */
      ptrace (PTRACE_LISTEN, thread->tid, NULL, NULL);
    return;
  default:
    go_on (thread, 0);
  }
}

static void
on_stop (Tracer *tracer, pid_t tid, int status)
{
  TraceeThread *thread = tracees_find (tracer->tracees, tid);
  int signal_number = WSTOPSIG (status), event = status >> 16;

  if (thread == NULL && tracer->is_killed)
    thread = tracees_add_orphan (tracer->tracees, tid);
  if (thread == NULL) {
    g_hash_table_add (tracer->unclaimed, GINT_TO_POINTER (tid));
    return;
  }
  if (event != 0)
    on_event (tracer, thread, event, signal_number);
  else if (signal_number == (SIGTRAP | SYSCALL_STOP_BIT) && thread->awaits_return)
    kill_now (tracer, thread);
  else
    go_on (thread, signal_number == (SIGTRAP | SYSCALL_STOP_BIT) ? 0 : signal_number);
}

static void
follow (Tracer *tracer)
{
  int status;
  for (;;) {
    pid_t tid = waitpid (-1, &status, __WALL);
    if (tid < 0 && errno == EINTR)
      continue;
    if (tid < 0)
      return;
    if (WIFSTOPPED (status))
      on_stop (tracer, tid, status);
    else
      remove_thread (tracer, tid, status);
    if (!tracer->is_gone && tracees_count_program (tracer->tracees) == 0 &&
        tracees_find (tracer->tracees, tracer->first) == NULL) {
      tracer->is_gone = TRUE;
      report (tracer, "gone");
    }
  }
}

static void
report_totals (const Tracer *tracer)
{
  GHashTableIter iter;
  gpointer role, n;
  g_hash_table_iter_init (&iter, tracer->counts);
  while (g_hash_table_iter_next (&iter, &role, &n))
    report (tracer, "total %s %u", (const char *)role, GPOINTER_TO_UINT (n));
}

/* In the child: waits until it is followed, then becomes the program. */
static void
become_program (const Options *options, int gate_fd)
{
  char byte;
  if (read (gate_fd, &byte, 1) != 1)
    _exit (125);
  close (gate_fd);
  close (options->report_fd);
  if (options->control_fd >= 0)
    close (options->control_fd);
  if (!syscall_filter_install (options->all_calls ? SYSCALL_FILTER_ALL : SYSCALL_FILTER_COUNTED)) {
    g_printerr ("error: cannot install the filter: %s\n", g_strerror (errno));
    _exit (125);
  }
  execvp (options->program[0], options->program);
  g_printerr ("error: cannot execute \"%s\": %s\n", options->program[0], g_strerror (errno));
  _exit (127);
}

static gboolean
start (Tracer *tracer)
{
  const long wanted = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                      PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP |
                      PTRACE_O_EXITKILL;
  int gate[2];

  if (pipe (gate) != 0)
    return FALSE;
  pid_t child = fork ();
  if (child < 0)
    return FALSE;
  if (child == 0) {
    close (gate[1]);
    become_program (&tracer->options, gate[0]);
  }
  close (gate[0]);
  tracer->first = child;
  tracees_add_first (tracer->tracees, child);
  terminate_pid = child;
  if (ptrace (PTRACE_SEIZE, child, NULL, wanted) != 0) {
    g_printerr ("error: cannot trace: %s\n", g_strerror (errno));
    kill (child, SIGKILL);
    return FALSE;
  }
  gboolean opened = write (gate[1], "", 1) == 1;
  close (gate[1]);
  return opened;
}

/* "ROLE:N" */
static gboolean
parse_point (const char *text, Options *out)
{
  const char *colon = text != NULL ? strrchr (text, ':') : NULL;
  guint64 number;
  if (text == NULL)
    return TRUE;
  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT, &number, NULL))
    return FALSE;
  g_autofree char *role = g_strndup (text, (gsize)(colon - text));
  out->role = g_intern_string (role);
  out->number = (guint)number;
  return TRUE;
}

static gboolean
parse_options (int *argc, char ***argv, Options *out)
{
  g_autofree char *at = NULL;
  g_autofree char *what = NULL;
  const GOptionEntry entries[] = {
    { "at", 0, 0, G_OPTION_ARG_STRING, &at, "which call to kill at", "ROLE:N" },
    { "kill", 0, 0, G_OPTION_ARG_STRING, &what, "whom: agent (all of it) or process", "WHAT" },
    { "after", 0, 0, G_OPTION_ARG_NONE, &out->after, "when the call has been made", NULL },
    { "all-calls", 0, 0, G_OPTION_ARG_NONE, &out->all_calls, "count every call", NULL },
    { "record", 0, 0, G_OPTION_ARG_NONE, &out->record, "report each call", NULL },
    { "report-fd", 0, 0, G_OPTION_ARG_INT, &out->report_fd, "report there", "FD" },
    { "control-fd", 0, 0, G_OPTION_ARG_INT, &out->control_fd, "wait there after a kill", "FD" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("-- PROGRAM [ARGUMENT...]");
  g_autoptr (GError) error = NULL;

  *out = (Options){ .report_fd = STDERR_FILENO, .control_fd = -1 };
  g_option_context_set_strict_posix (context, TRUE);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error)) {
    g_printerr ("error: %s\n", error->message);
    return FALSE;
  }
  int first = *argc > 1 && strcmp ((*argv)[1], "--") == 0 ? 2 : 1;
  out->program = *argv + first;
  if (g_strcmp0 (what, "process") == 0)
    out->what = KILL_PROCESS;
  if (*argc > first && parse_point (at, out) &&
      (what == NULL || out->what == KILL_PROCESS || strcmp (what, "agent") == 0))
    return TRUE;
  g_printerr ("error: wrong use; see --help\n");
  return FALSE;
}

int
main (int argc, char **argv)
{
  Tracer tracer = { 0 };

  if (!parse_options (&argc, &argv, &tracer.options))
    return 64;
  signal (SIGPIPE, SIG_IGN);
  signal (SIGTERM, pass_on);
  signal (SIGINT, pass_on);
  tracer.tracees = tracees_new ();
  tracer.unclaimed = g_hash_table_new (NULL, NULL);
  tracer.counts = g_hash_table_new (g_str_hash, g_str_equal);
  gboolean started = start (&tracer);
  if (started)
    follow (&tracer);
  if (!tracer.is_killed)
    report_totals (&tracer);
  g_free (tracer.call);
  g_hash_table_unref (tracer.counts);
  g_hash_table_unref (tracer.unclaimed);
  tracees_free (tracer.tracees);
  return started ? tracer.exit_status : 125;
}
