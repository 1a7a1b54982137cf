#pragma once

#include <glib.h>

#include "core/enum-names.h"

/* The server's log: one line an event on a file descriptor (stderr), `time=... level=... event=... key=value ...`.
 * Values are quoted and escaped when they hold anything but plain printable text, so a line stays a line whatever a
 * client sent. Secrets do not belong in here; callers pass names and ids.
 *
 * Thread rule: any thread; a line is one write(2). Never fails: a log that cannot be written is dropped.
 *
 *   log_info (log, "listening", log_text ("address", address), log_number ("threads", n));
 */
#define LOG_LEVEL_LIST(X)                                                                          \
  X (LOG_LEVEL_DEBUG, "debug") /* every request, polls included */                                 \
  X (LOG_LEVEL_INFO, "info")   /* changes: requests that write, deployments, starts and stops */   \
  X (LOG_LEVEL_WARNING, "warning")                                                                 \
  X (LOG_LEVEL_ERROR, "error")

ENUM_NAMES_TYPE (LogLevel, LOG_LEVEL_LIST);
ENUM_NAMES_DECLARE (LogLevel, log_level)

typedef struct Log Log;

/* fd stays the caller's. */
Log *log_new (int fd, LogLevel lowest);
void log_free (Log *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Log, log_free)

/* Below this level nothing is written. Ask before doing work only for a line. */
gboolean log_wants (const Log *log, LogLevel level);

typedef struct {
  const char *key;
  const char *text; /* NULL: number counts */
  gint64 number;
} LogField;

/* A NULL text is written as empty. */
LogField log_text (const char *key, const char *text);
LogField log_number (const char *key, gint64 number);
/* error="the message" */
LogField log_error_field (const GError *error);

/* A NULL log writes nothing. */
void log_write (const Log *log, LogLevel level, const char *event, const LogField *fields, gsize n);

#define LOG_FIELDS(...)                                                                            \
  ((const LogField[]){ __VA_ARGS__ }),                                                             \
      (sizeof ((const LogField[]){ __VA_ARGS__ }) / sizeof (LogField))
#define log_debug(log, event, ...)                                                                 \
  log_write ((log), LOG_LEVEL_DEBUG, (event), LOG_FIELDS (__VA_ARGS__))
#define log_info(log, event, ...)                                                                  \
  log_write ((log), LOG_LEVEL_INFO, (event), LOG_FIELDS (__VA_ARGS__))
#define log_warning(log, event, ...)                                                               \
  log_write ((log), LOG_LEVEL_WARNING, (event), LOG_FIELDS (__VA_ARGS__))
#define log_failure(log, event, ...)                                                               \
  log_write ((log), LOG_LEVEL_ERROR, (event), LOG_FIELDS (__VA_ARGS__))
