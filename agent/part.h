#pragma once

#include <glib.h>
#include <sys/types.h>

/*
 * A part of the agent that runs beside its main loop: as a process of its own, forked and not executed anew, or where there are
 * no privileges to keep apart as a thread. Either way it has one end of a channel and nothing else to speak through.
 *
 * A forked part dies with its parent (SIGKILL), whatever it is at; its signal mask is the parent's.
 *
 * Thread rule: processes are started by a process that has no other threads; one thread starts and ends parts.
 */
typedef enum {
  PARTS_ARE_PROCESSES,
  PARTS_ARE_THREADS
} PartMode;

/* Owns fd. ctx is borrowed and outlives the part. The result is the part's exit status, 0 to 255. */
typedef int (*PartMain) (gconstpointer ctx, int fd);

typedef struct Part Part;

/* Takes fd over, also on failure. */
Part *part_start (PartMode mode, PartMain main, gconstpointer ctx, int fd, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Readable once the part has ended. */
int part_end_fd (const Part *part);
/* 0: a thread. */
pid_t part_pid (const Part *part);
/* SIGKILL; of a thread nothing happens. */
void part_kill (const Part *part);

#define PART_KILLED 256 /* and the signal's number */

/* Waits for the end, frees. */
int part_end (Part *part);

/* In a forked part: closes all descriptors above standard error but these. */
void part_keep_only (const int *fds, gsize n);
