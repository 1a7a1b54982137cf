#include "server/log.h"

#include <string.h>
#include <unistd.h>

#include "core/time-iso8601.h"

ENUM_NAMES_DEFINE (LogLevel, log_level, LOG_LEVEL_LIST)

/* A value longer than this is cut; it came from outside. */
#define MAX_VALUE_BYTES 1024

struct Log {
  int fd;
  LogLevel lowest;
};

Log *
log_new (int fd, LogLevel lowest)
{
  Log *log = g_new0 (Log, 1);
  log->fd = fd;
  log->lowest = lowest;
  return log;
}

void
log_free (Log *log)
{
  g_free (log);
}

gboolean
log_wants (const Log *log, LogLevel level)
{
  return log != NULL && level >= log->lowest;
}

LogField
log_text (const char *key, const char *text)
{
  return (LogField){ .key = key, .text = text == NULL ? "" : text };
}

LogField
log_number (const char *key, gint64 number)
{
  return (LogField){ .key = key, .number = number };
}

LogField
log_error_field (const GError *error)
{
  return log_text ("error", error == NULL ? "" : error->message);
}

static gboolean
is_plain (const char *text)
{
  if (*text == '\0')
    return FALSE;
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p) || *p == '"' || *p == '=' || *p == '\\')
      return FALSE;
  return TRUE;
}

static void
append_quoted (GString *line, const char *text, gsize length)
{
  g_string_append_c (line, '"');
  for (gsize i = 0; i < length; i++) {
    guchar c = (guchar)text[i];
    if (c == '"' || c == '\\')
      g_string_append_printf (line, "\\%c", c);
    else if (c == '\n')
      g_string_append (line, "\\n");
    else if (c < 0x20 || c == 0x7f)
      g_string_append_printf (line, "\\x%02x", c);
    else
      g_string_append_c (line, (char)c);
  }
  g_string_append_c (line, '"');
}

static void
append_text (GString *line, const char *text)
{
  gsize length = strnlen (text, MAX_VALUE_BYTES);
  if (text[length] == '\0' && is_plain (text))
    g_string_append_len (line, text, (gssize)length);
  else
    append_quoted (line, text, length);
  if (text[length] != '\0')
    g_string_append (line, "...");
}

void
log_write (const Log *log, LogLevel level, const char *event, const LogField *fields, gsize n)
{
  if (!log_wants (log, level))
    return;
  char now[TIME_ISO8601_SIZE];
  time_format_iso8601 (g_get_real_time () / 1000, now);
  g_autoptr (GString) line = g_string_sized_new (256);
  g_string_append_printf (line, "time=%s level=%s event=", now, log_level_name (level));
  append_text (line, event);
  for (gsize i = 0; i < n; i++) {
    g_string_append_printf (line, " %s=", fields[i].key);
    if (fields[i].text != NULL)
      append_text (line, fields[i].text);
    else
      g_string_append_printf (line, "%" G_GINT64_FORMAT, fields[i].number);
  }
  g_string_append_c (line, '\n');
  /* There is nobody to tell when the log itself cannot be written. */
  ssize_t written = write (log->fd, line->str, line->len);
  (void)written;
}
