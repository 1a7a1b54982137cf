#pragma once

#include <glib.h>
#include <signal.h>

/*
 * Writing to a TLS connection that the peer has left raises SIGPIPE in the calling thread. Between begin and end it is held
 * back and forgotten, whatever the program does about it.
 *
 * Thread rule: a guard belongs to the thread that began it.
 */
typedef struct {
  sigset_t before;
  gboolean was_pending;
} PipeGuard;

void pipe_guard_begin (PipeGuard *guard);
void pipe_guard_end (const PipeGuard *guard);
