#pragma once

#include <glib.h>
#include <sys/types.h>

/*
 * Ctrl-C while a deployment runs on this machine: the script that runs is ended with its process group (SIGTERM, after the
 * grace SIGKILL), and whoever asks is told to begin nothing more. What is not a script, an Install above all, is let finish. A second
 * signal ends the program at once, which an Install bears as it bears any crash.
 *
 * SIGINT, SIGTERM and SIGHUP are blocked for the calling thread and those it starts later, and waited for by a thread of its own. Make it
 * before other threads.
 *
 * Thread rule: made and freed by one thread; the rest from any.
 */
typedef struct LocalInterrupt LocalInterrupt;

LocalInterrupt *local_interrupt_new (gint64 term_grace_ms) G_GNUC_WARN_UNUSED_RESULT;
void local_interrupt_free (LocalInterrupt *interrupt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LocalInterrupt, local_interrupt_free)

/* The signal that came; 0: none yet. */
int local_interrupt_signal (LocalInterrupt *interrupt);

/* pid leads its process group and is not reaped before local_interrupt_script_ended. */
void local_interrupt_script_started (LocalInterrupt *interrupt, pid_t pid);
void local_interrupt_script_ended (LocalInterrupt *interrupt);
