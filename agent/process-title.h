#pragma once

#include <glib.h>

/*
 * What ps shows as this process's command line; tools look for "codedeploy-agent: master PID" (agent.md 6.1). Written over the
 * memory that the kernel gave the arguments, and the environment's behind them, which is copied first.
 *
 * Thread rule: process_title_begin once, in main, before anything keeps a pointer into argv or the environment; then one thread.
 */
typedef struct {
  char *start;
  gsize size; /* 0: there is no room, titles are not shown */
} ProcessTitle;

/* The strings of argv and of the environment are copies afterwards. */
ProcessTitle process_title_begin (int argc, char **argv);
void process_title_set (const ProcessTitle *title, const char *text);
