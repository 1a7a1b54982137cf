#pragma once

#include "agent/hook-spawn.h"

/*
 * One script from its start (hook-spawn.h) to its end: output line by line as it comes, and a deadline (agent.md 5.5, 5.6).
 *
 *  - At the deadline the script's process group gets SIGTERM, and what is left of it after a grace SIGKILL, so that a script that
 *    ignores the first cannot hold the agent up. Processes that left the group (setsid) live on, as with the official agent.
 *  - A script that has ended while somebody still holds an output is waited for: until the deadline, or until a grace after its end is over. Who
 *    holds it is told soon after the end. Nothing is killed then.
 *  - Memory does not grow with the output: who does not take lines quickly enough makes the script wait.
 *
 * Thread rule: any thread, several at once; blocks until the script has ended. Nobody else may wait for its process. Times are of
 * the monotonic clock.
 */
typedef enum {
  HOOK_OUTPUT_STDOUT,
  HOOK_OUTPUT_STDERR
} HookStream;

/*
 * A line with its line break if it had one. Lines of more than 64 KiB come in pieces, cut between characters if they are UTF-8.
 * The bytes are valid during the call.
 */
typedef void (*HookLine) (gpointer ctx, HookStream stream, const char *line, gsize n);

/* All that there was to read has been delivered: the place to write out what was gathered. */
typedef void (*HookQuiet) (gpointer ctx);

/* The script has ended, and holder (as of pipe_holder_describe, cut to fit; "": nobody to be seen) keeps its output open. */
#define HOOK_HOLDER_BYTES 160
typedef void (*HookHeld) (gpointer ctx, const char *holder);

typedef enum {
  HOOK_NOT_STARTED, /* failure says why */
  HOOK_EXITED,      /* and both outputs are closed; status is the exit status */
  HOOK_SIGNALLED,   /* the same; status is the signal */
  HOOK_TIMED_OUT,
  HOOK_TIMED_OUT_ALIVE, /* and it could not be ended: it may not be signalled, or is stuck in the kernel */
  HOOK_OUTPUT_OPEN, /* it ended, but holder still had an output when the time was over */
  HOOK_LOST         /* somebody else has taken its status */
} HookEnd;

typedef struct {
  const char *const *argv; /* these four as in HookSpawn */
  const char *const *envp;
  const HookSpawnUser *user;
  int access;
  gint64 timeout_ms;
  gint64 term_grace_ms;
  gint64 output_grace_ms; /* 0: no end of its own, the deadline holds */
  HookLine line;
  HookQuiet quiet;                           /* NULL: none */
  HookHeld held;                             /* NULL: none; at most once */
  void (*started) (gpointer ctx, pid_t pid); /* NULL: none; once, before the script does anything */
  gpointer ctx;
} HookProcess;

typedef struct {
  HookEnd end;
  int status;
  int start_errno; /* of HOOK_NOT_STARTED, with the next two as in HookSpawnFailure */
  HookSpawnStage start_stage;
  gsize refused_length;
  char holder[HOOK_HOLDER_BYTES]; /* as in HookHeld; "" for nobody */
} HookResult;

HookResult hook_process_run (const HookProcess *process);
