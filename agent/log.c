#include "agent/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "agent/log-file.h"
#include "core/time-iso8601.h"

#define USUAL_DAYS_KEPT 7
#define MAX_TEXT_BYTES  (16 * 1024)

struct AgentLog {
  AgentLog *whole; /* NULL: this is it, else only about is used */
  char *about;     /* "[d-ABCDEF123 Install] "; NULL: nothing */

  GMutex lock;
  AgentLogLevel least;
  gboolean to_stderr;
  gboolean complained;
  const Ambient *ambient;
  char *directory;
  char *program_name;
  LogFile *file; /* NULL: standard error only */
};

/* Files that were there before, too. */
static gboolean
restrict_modes (const AgentLog *log, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.log", log->directory, log->program_name);
  if (chmod (log->directory, 0750) != 0 || chmod (path, 0640) != 0)
    return fs_fail (error, errno, "close to other users the log in", log->directory);
  return TRUE;
}

AgentLog *
agent_log_new (const AgentLogSettings *settings, GError **error)
{
  g_autoptr (AgentLog) log = g_new0 (AgentLog, 1);
  g_mutex_init (&log->lock);
  log->least = settings->least;
  log->to_stderr = settings->to_stderr;
  log->ambient = settings->ambient;
  log->program_name = g_strdup (settings->program_name);
  log->directory = g_strdup (settings->directory);
  if (log->directory == NULL)
    return g_steal_pointer (&log);
  LogFileSettings file = {
    .directory = settings->directory,
    .name = settings->program_name,
    .rotation = LOG_FILE_DAILY,
    .kept = settings->days_kept != 0 ? settings->days_kept : USUAL_DAYS_KEPT,
    .mode = settings->restricted ? 0640 : 0644,
    .ambient = settings->ambient,
  };
  log->file = log_file_open (&file, error);
  if (log->file == NULL || (settings->restricted && !restrict_modes (log, error)))
    return NULL;
  return g_steal_pointer (&log);
}

void
agent_log_free (AgentLog *log)
{
  if (log == NULL)
    return;
  log_file_free (log->file);
  if (log->whole == NULL)
    g_mutex_clear (&log->lock);
  g_free (log->about);
  g_free (log->directory);
  g_free (log->program_name);
  g_free (log);
}

AgentLog *
agent_log_about (AgentLog *log, const char *deployment_id, const char *event)
{
  AgentLog *view = g_new0 (AgentLog, 1);
  view->whole = log->whole != NULL ? log->whole : log;
  view->about = event != NULL ? g_strdup_printf ("[%s %s] ", deployment_id, event)
                              : g_strdup_printf ("[%s] ", deployment_id);
  return view;
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
write_line (AgentLog *log, const GString *line)
{
  if (log->to_stderr && fwrite (line->str, 1, line->len, stderr) != line->len)
    log->to_stderr = FALSE; /* nobody is there to be told */
  if (log->file == NULL)
    return;
  if (log_file_write (log->file, line->str, line->len))
    log->complained = FALSE;
  else
    complain (log, errno);
}

/* On one line, and not for ever. */
static char *
fit_for_a_line (const char *text)
{
  char *valid = g_utf8_make_valid (text, (gssize)strnlen (text, MAX_TEXT_BYTES));
  for (char *at = valid; *at != '\0'; at++)
    if ((guchar)*at < 0x20 || *at == 0x7f)
      *at = ' ';
  return valid;
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
  AgentLog *whole = log->whole != NULL ? log->whole : log;
  if (level < whole->least)
    return;

  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *about = fit_for_a_line (log->about != NULL ? log->about : "");
  g_autofree char *valid = fit_for_a_line (text);

  char time[TIME_ISO8601_SIZE];
  time_format_iso8601 (ambient_now_ms (whole->ambient), time);
  g_autoptr (GString) line = g_string_new (NULL);
  g_string_printf (line, "%s %s [%s(%d)]: %s%s\n", time, names[level], whole->program_name,
                   (int)getpid (), about, valid);
  g_mutex_lock (&whole->lock);
  write_line (whole, line);
  g_mutex_unlock (&whole->lock);
}

gboolean
agent_log_share (AgentLog *log, GError **error)
{
  return log->file == NULL || log_file_share (log->file, error);
}

void
agent_log_follow (AgentLog *log)
{
  if (log->file != NULL)
    log_file_follow (log->file);
}

void
agent_log_tick (AgentLog *log)
{
  g_mutex_lock (&log->lock);
  if (log->file != NULL)
    log_file_tick (log->file);
  g_mutex_unlock (&log->lock);
}

gsize
agent_log_descriptors (const AgentLog *log, int *out)
{
  return log->file != NULL ? log_file_descriptors (log->file, out) : 0;
}
