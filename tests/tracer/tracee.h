#pragma once

#include <glib.h>
#include <sys/types.h>

/*
 * The processes and threads that a tracer follows, and who of them is the program itself. A *role* is what numbers are counted
 * by: "main" for the process that was started, a thread's or forked process's own name once it gives itself one
 * (prctl PR_SET_NAME), "fork" for a forked process before that. A process that executes another program is that program's and has no role; one
 * that executes the same again is "daemon".
 *
 * Thread rule: the tracer's thread.
 */
typedef enum {
  TRACEE_PROGRAM,
  TRACEE_FORKED, /* of the program, without a name yet: it may become either of the others */
  TRACEE_OTHER   /* another program: not counted, not killed */
} TraceeKind;

typedef struct {
  pid_t pid;
  TraceeKind kind;
  guint n_threads;
} TraceeProcess;

typedef struct {
  pid_t tid;
  TraceeProcess *process;
  const char *role;       /* interned; NULL: not counted */
  gboolean awaits_return; /* of the call at which to kill */
} TraceeThread;

typedef struct Tracees Tracees;

Tracees *tracees_new (void);
void tracees_free (Tracees *tracees);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Tracees, tracees_free)

TraceeThread *tracees_add_first (Tracees *tracees, pid_t pid);
/* NULL when nobody said yet who its parent is. */
TraceeThread *tracees_find (Tracees *tracees, pid_t tid);
/* A thread or process that parent has made. */
TraceeThread *tracees_add_child (Tracees *tracees, const TraceeThread *parent, pid_t tid);
/* A process whose parent was killed before it could be told of it. */
TraceeThread *tracees_add_orphan (Tracees *tracees, pid_t pid);
/* Its process executes something; all its other threads are gone. former_tid: of the thread that did. */
TraceeThread *tracees_executed (Tracees *tracees, pid_t pid, pid_t former_tid);
void tracees_named (TraceeThread *thread, const char *name);
void tracees_remove (Tracees *tracees, pid_t tid);

/* Sends SIGKILL to all processes of the program. */
void tracees_kill_program (Tracees *tracees);
/* How many processes of the program there are. */
guint tracees_count_program (Tracees *tracees);
