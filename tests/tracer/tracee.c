#include "tests/tracer/tracee.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct Tracees {
  GHashTable *threads;   /* tid -> TraceeThread */
  GHashTable *processes; /* pid -> TraceeProcess */
  char *program;         /* the path of its file, known from its first execution on */
};

Tracees *
tracees_new (void)
{
  Tracees *tracees = g_new0 (Tracees, 1);
  tracees->threads = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  tracees->processes = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return tracees;
}

void
tracees_free (Tracees *tracees)
{
  if (tracees == NULL)
    return;
  g_hash_table_unref (tracees->threads);
  g_hash_table_unref (tracees->processes);
  g_free (tracees->program);
  g_free (tracees);
}

static TraceeThread *
add_thread (Tracees *tracees, TraceeProcess *process, pid_t tid, const char *role)
{
  TraceeThread *thread = g_new0 (TraceeThread, 1);
  *thread = (TraceeThread){ .tid = tid, .process = process, .role = role };
  process->n_threads++;
  g_hash_table_insert (tracees->threads, GINT_TO_POINTER (tid), thread);
  return thread;
}

static TraceeProcess *
add_process (Tracees *tracees, pid_t pid, TraceeKind kind)
{
  TraceeProcess *process = g_new0 (TraceeProcess, 1);
  *process = (TraceeProcess){ .pid = pid, .kind = kind };
  g_hash_table_insert (tracees->processes, GINT_TO_POINTER (pid), process);
  return process;
}

TraceeThread *
tracees_add_first (Tracees *tracees, pid_t pid)
{
  /* until it has executed the program, it is the tracer's own child and makes no call that counts */
  return add_thread (tracees, add_process (tracees, pid, TRACEE_OTHER), pid, NULL);
}

TraceeThread *
tracees_find (Tracees *tracees, pid_t tid)
{
  return g_hash_table_lookup (tracees->threads, GINT_TO_POINTER (tid));
}

static gboolean
is_thread_of (pid_t tid, pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d", pid, tid);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

TraceeThread *
tracees_add_child (Tracees *tracees, const TraceeThread *parent, pid_t tid)
{
  if (is_thread_of (tid, parent->process->pid))
    return add_thread (tracees, parent->process, tid, parent->role);
  gboolean is_other = parent->process->kind == TRACEE_OTHER;
  TraceeProcess *process = add_process (tracees, tid, is_other ? TRACEE_OTHER : TRACEE_FORKED);
  return add_thread (tracees, process, tid, is_other ? NULL : g_intern_static_string ("fork"));
}

TraceeThread *
tracees_add_orphan (Tracees *tracees, pid_t pid)
{
  return add_thread (tracees, add_process (tracees, pid, TRACEE_FORKED), pid,
                     g_intern_static_string ("fork"));
}

static char *
program_of (pid_t pid)
{
  g_autofree char *link = g_strdup_printf ("/proc/%d/exe", pid);
  return g_file_read_link (link, NULL);
}

static gboolean
is_other_thread (gpointer key, gpointer value, gpointer data)
{
  const TraceeThread *thread = value;
  const TraceeProcess *process = data;
  return thread->process == process && thread->tid != process->pid;
}

TraceeThread *
tracees_executed (Tracees *tracees, pid_t pid, pid_t former_tid)
{
  TraceeProcess *process = g_hash_table_lookup (tracees->processes, GINT_TO_POINTER (pid));
  TraceeThread *former = tracees_find (tracees, former_tid);
  gboolean awaits_return = former != NULL && former->awaits_return;
  g_autofree char *program = program_of (pid);

  g_assert (process != NULL);
  g_hash_table_foreach_remove (tracees->threads, is_other_thread, process);
  g_hash_table_remove (tracees->threads, GINT_TO_POINTER (pid));
  process->n_threads = 0;
  TraceeThread *thread = add_thread (tracees, process, pid, NULL);
  thread->awaits_return = awaits_return;
  if (tracees->program == NULL) {
    tracees->program = g_steal_pointer (&program);
    process->kind = TRACEE_PROGRAM;
    thread->role = g_intern_static_string ("main");
  } else if (process->kind != TRACEE_OTHER && g_strcmp0 (program, tracees->program) == 0) {
    process->kind = TRACEE_PROGRAM;
    thread->role = g_intern_static_string ("daemon");
  } else {
    process->kind = TRACEE_OTHER;
  }
  return thread;
}

void
tracees_named (TraceeThread *thread, const char *name)
{
  if (thread->process->kind == TRACEE_OTHER)
    return;
  thread->process->kind = TRACEE_PROGRAM;
  thread->role = g_intern_string (name);
}

void
tracees_remove (Tracees *tracees, pid_t tid)
{
  TraceeThread *thread = tracees_find (tracees, tid);
  if (thread == NULL)
    return;
  if (--thread->process->n_threads == 0)
    g_hash_table_remove (tracees->processes, GINT_TO_POINTER (thread->process->pid));
  g_hash_table_remove (tracees->threads, GINT_TO_POINTER (tid));
}

void
tracees_kill_program (Tracees *tracees)
{
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, tracees->processes);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const TraceeProcess *process = value;
    if (process->kind == TRACEE_PROGRAM)
      kill (process->pid, SIGKILL);
  }
}

guint
tracees_count_program (Tracees *tracees)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;
  g_hash_table_iter_init (&iter, tracees->processes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += ((const TraceeProcess *)value)->kind == TRACEE_PROGRAM;
  return n;
}
