#pragma once

#include "core/ambient.h"

/*
 * A log that several processes append to, each with a descriptor of its own or an inherited one. A line is one write at the
 * file's end, so lines of different processes never mix.
 *
 * Whoever may rename in the folder rotates: the one that first finds rotation due does it, under a lock, the others find that
 * the name stands for another file and open that. A process without the privilege follows: it gets the new file's
 * descriptor from the process that shared the log with it before it was forked. Nothing is lost between: until the
 * descriptor is there, lines go to the old file.
 *
 *   log_file_share (file, &error);        // the privileged process, before fork
 *   log_file_follow (file);               // its child, after it gave its privileges up
 *   log_file_tick (file);                 // the privileged process, about once a minute
 *
 * A day's file is never written over: where its name is taken, the log goes on in the same file.
 *
 * Thread rule: one thread at a time (callers lock). Writing and rotating block on the disk.
 */
typedef struct LogFile LogFile;

typedef enum {
  LOG_FILE_DAILY,  /* NAME.log, of other days NAME.YYYYMMDD.log, by UTC */
  LOG_FILE_BY_SIZE /* NAME.log, then NAME.log.1 and so on */
} LogFileRotation;

typedef struct {
  const char *directory; /* made if missing */
  const char *name;      /* without ".log" */
  LogFileRotation rotation;
  guint kept;       /* old files */
  gint64 max_bytes; /* BY_SIZE; passed by what is written between two ticks */
  guint
      mode; /* of new files, subject to the umask; a new folder gets the search bits that go with it */
  const Ambient *ambient;
} LogFileSettings;

LogFile *log_file_open (const LogFileSettings *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void log_file_free (LogFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogFile, log_file_free)

/* FALSE with errno set. */
gboolean log_file_write (LogFile *file, const char *bytes, gsize n) G_GNUC_WARN_UNUSED_RESULT;

gboolean log_file_share (LogFile *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void log_file_follow (LogFile *file);
/* Rotates if that is due; opens the file again if somebody else has moved it. */
void log_file_tick (LogFile *file);
/* Its descriptors, for who closes all others. Returns how many; at most LOG_FILE_DESCRIPTORS. */
#define LOG_FILE_DESCRIPTORS 3
gsize log_file_descriptors (const LogFile *file, int *out);
