#pragma once

#include <glib.h>
#include <sys/types.h>

/*
 * One script as a child process: argument vector, own process group, standard input at its end, nothing open besides its
 * three streams, output line by line, a deadline (agent.md 5.4, 5.5). At the deadline the group gets SIGTERM, after a grace SIGKILL, so that a script that
 * ignores the first cannot hold the agent up. A file without an interpreter line is run by /bin/sh.
 *
 * Thread rule: any thread, several at once; blocks until the script has ended. Times are of the monotonic clock.
 */
typedef enum {
  HOOK_OUTPUT_STDOUT,
  HOOK_OUTPUT_STDERR
} HookStream;

/* A line with its line break if it had one; lines of more than 64 KiB come in pieces. */
typedef void (*HookLine) (gpointer ctx, HookStream stream, const char *line, gsize n);

/* All that there was to read has been delivered: the place to write out what was gathered. */
typedef void (*HookQuiet) (gpointer ctx);

typedef enum {
  HOOK_NOT_STARTED, /* start_errno says why */
  HOOK_EXITED,      /* and both outputs are closed; status is the exit status */
  HOOK_SIGNALLED,   /* the same; status is the signal */
  HOOK_TIMED_OUT,
  HOOK_OUTPUT_OPEN /* it ended, but somebody still held an output at the deadline */
} HookEnd;

typedef struct {
  const char *const *argv; /* argv[0] is looked up on PATH when it has no slash */
  const char *const *envp;
  gint64 timeout_ms;
  gint64 term_grace_ms;
  HookLine line;
  HookQuiet quiet;                           /* NULL: none */
  void (*started) (gpointer ctx, pid_t pid); /* NULL: none; once, before any line */
  gpointer ctx;
} HookProcess;

typedef struct {
  HookEnd end;
  int status;
  int start_errno;
} HookResult;

HookResult hook_process_run (const HookProcess *process);
