#pragma once

#include <sys/types.h>

#include "agent/hook-process.h"

/*
 * Whoever looks on while the scripts of an event run in this process: a person's terminal (slipway local). Given in
 * AgentHost.watcher; the agent itself has none.
 *
 * Thread rule: called by the thread that runs the event, between its script's start and end; must not block for long.
 */
typedef struct ScriptWatcher {
  /* path: the script's, absolute. pid: the leader of the script's process group, not yet reaped. */
  void (*started) (gpointer ctx, const char *path, pid_t pid);
  /* As HookLine. */
  void (*line) (gpointer ctx, HookStream stream, const char *line, gsize n);
  /* Also of a script that could not be started. */
  void (*ended) (gpointer ctx, const char *path);
  gpointer ctx;
} ScriptWatcher;
