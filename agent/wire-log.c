#include "agent/wire-log.h"

#include <unistd.h>

#include "agent/log-file.h"
#include "core/time-iso8601.h"

#define MAX_BYTES (64 * 1024 * 1024)
#define KEPT      15 /* beside the newest */

struct WireLog {
  GMutex lock;
  LogFile *file;
  const Ambient *ambient;
};

WireLog *
wire_log_open (const AgentConfig *config, const Ambient *ambient, GError **error)
{
  if (!config->log_aws_wire || config->log_dir == NULL)
    return NULL;
  g_autofree char *name = g_strconcat (config->program_name, ".aws_wire", NULL);
  const LogFileSettings settings = {
    .directory = config->log_dir,
    .name = name,
    .rotation = LOG_FILE_BY_SIZE,
    .kept = KEPT,
    .max_bytes = MAX_BYTES,
    .mode = 0640,
    .ambient = ambient,
  };
  LogFile *file = log_file_open (&settings, error);
  if (file == NULL)
    return NULL;
  WireLog *log = g_new0 (WireLog, 1);
  g_mutex_init (&log->lock);
  log->file = file;
  log->ambient = ambient;
  return log;
}

void
wire_log_free (WireLog *log)
{
  if (log == NULL)
    return;
  log_file_free (log->file);
  g_mutex_clear (&log->lock);
  g_free (log);
}

void
wire_log_line (gpointer data, const char *line)
{
  WireLog *log = data;
  char time[TIME_ISO8601_SIZE];
  time_format_iso8601 (ambient_now_ms (log->ambient), time);
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_printf (text, "%s [%d] %s\n", time, (int)getpid (), line);

  g_mutex_lock (&log->lock);
  /* A trace is not worth an error of its own: the agent's log tells of a full disk. */
  (void)!log_file_write (log->file, text->str, text->len);
  g_mutex_unlock (&log->lock);
}

gboolean
wire_log_share (WireLog *log, GError **error)
{
  return log == NULL || log_file_share (log->file, error);
}

void
wire_log_follow (WireLog *log)
{
  if (log != NULL)
    log_file_follow (log->file);
}

void
wire_log_tick (WireLog *log)
{
  if (log == NULL)
    return;
  g_mutex_lock (&log->lock);
  log_file_tick (log->file);
  g_mutex_unlock (&log->lock);
}

gsize
wire_log_descriptors (const WireLog *log, int *out)
{
  return log != NULL ? log_file_descriptors (log->file, out) : 0;
}
