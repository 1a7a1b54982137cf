#include "agent/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "core/time-iso8601.h"

#define KEPT_DAYS 7
#define DAY_MS    (G_GINT64_CONSTANT (24) * 3600 * 1000)

struct AgentLog {
  GMutex lock;
  AgentLogLevel least;
  gboolean to_stderr;
  gboolean complained;
  const Ambient *ambient;
  char *directory;
  char *program_name;
  int fd;
  gint64 day; /* of the open file */
};

static char *
path_of_day (const AgentLog *log, gint64 day)
{
  char date[TIME_DATE_SIZE];
  time_format_date (day * DAY_MS, date);
  return g_strdup_printf ("%s/%s.%s.log", log->directory, log->program_name, date);
}

static int
open_file (const AgentLog *log)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.log", log->directory, log->program_name);
  return open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
}

AgentLog *
agent_log_new (const AgentLogSettings *settings, GError **error)
{
  AgentLog *log = g_new0 (AgentLog, 1);
  g_mutex_init (&log->lock);
  log->least = settings->least;
  log->to_stderr = settings->to_stderr;
  log->ambient = settings->ambient;
  log->program_name = g_strdup (settings->program_name);
  log->directory = g_strdup (settings->directory);
  log->fd = -1;
  log->day = ambient_now_ms (log->ambient) / DAY_MS;
  if (log->directory == NULL)
    return log;
  if (!fs_make_directory (log->directory, error)) {
    agent_log_free (log);
    return NULL;
  }
  log->fd = open_file (log);
  if (log->fd < 0) {
    fs_fail (error, errno, "open the log in", log->directory);
    agent_log_free (log);
    return NULL;
  }
  return log;
}

void
agent_log_free (AgentLog *log)
{
  if (log == NULL)
    return;
  if (log->fd >= 0)
    close (log->fd);
  g_mutex_clear (&log->lock);
  g_free (log->directory);
  g_free (log->program_name);
  g_free (log);
}

static void
rotate (AgentLog *log, gint64 day)
{
  g_autofree char *current = g_strdup_printf ("%s/%s.log", log->directory, log->program_name);
  g_autofree char *old = path_of_day (log, log->day);
  g_autofree char *oldest = path_of_day (log, day - KEPT_DAYS - 1);

  close (log->fd);
  /* a log that cannot be rotated goes on in the same file */
  if (rename (current, old) == 0)
    unlink (oldest);
  log->fd = open_file (log);
  log->day = day;
}

static void
complain (AgentLog *log, int saved_errno)
{
  if (!log->complained)
    fprintf (stderr, "error: cannot write the log in %s: %s\n", log->directory,
             g_strerror (saved_errno));
  log->complained = TRUE;
}

static void
write_line (AgentLog *log, gint64 now_ms, const GString *line)
{
  if (log->to_stderr && fwrite (line->str, 1, line->len, stderr) != line->len)
    log->to_stderr = FALSE; /* nobody is there to be told */
  if (log->directory == NULL)
    return;
  if (now_ms / DAY_MS != log->day && log->fd >= 0)
    rotate (log, now_ms / DAY_MS);
  if (log->fd < 0 || write (log->fd, line->str, line->len) != (ssize_t)line->len)
    complain (log, errno);
}

void
agent_log (AgentLog *log, AgentLogLevel level, const char *format, ...)
{
  static const char *const names[] = {
    [AGENT_LOG_DEBUG] = "DEBUG",
    [AGENT_LOG_INFO] = "INFO ",
    [AGENT_LOG_WARN] = "WARN ",
    [AGENT_LOG_ERROR] = "ERROR",
  };
  if (level < log->least)
    return;

  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  for (char *at = valid; *at != '\0'; at++)
    if ((guchar)*at < 0x20 || *at == 0x7f)
      *at = ' ';

  gint64 now_ms = ambient_now_ms (log->ambient);
  char time[TIME_ISO8601_SIZE];
  time_format_iso8601 (now_ms, time);
  g_autoptr (GString) line = g_string_new (NULL);
  g_string_printf (line, "%s %s [%s(%d)]: %s\n", time, names[level], log->program_name,
                   (int)getpid (), valid);
  g_mutex_lock (&log->lock);
  write_line (log, now_ms, line);
  g_mutex_unlock (&log->lock);
}
