#include "agent/script-log.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "agent/ansi-text.h"
#include "agent/log-file.h"

#define STAMP_CHARACTERS 32
#define FLUSH_BYTES      (64 * 1024)
#define ROTATE_BYTES     (64 * 1024 * 1024)
#define OLD_KEPT         7
/* A tail of one less than SCRIPT_LOG_TAIL_CHARACTERS has at most four bytes for each. */
#define RECENT_BYTES (4 * SCRIPT_LOG_TAIL_CHARACTERS)

struct ScriptLog {
  const Ambient *ambient;
  AgentLog *agent_log;
  char *deployment_id;
  char *scripts_path, *deployments_path;
  LogFile *scripts_file, *deployments_file; /* the second NULL: none */
  gboolean scripts_failed, deployments_failed;
  GString *scripts;     /* whole lines, not yet written */
  GString *deployments; /* the same */
  GString *
      recent; /* lines for the tail: RECENT_BYTES at least once there were so many, and some more */
  /* What lines begin with; as long as has_time, right for lines with that tag. */
  gboolean has_time;
  const char *tag;
  GString *scripts_head, *deployments_head;
  gint64 now_ms, stamp_s;
  char stamp[STAMP_CHARACTERS]; /* "2026-11-27 10:00:00" */
};

static LogFile *
open_file (const char *path, const Ambient *ambient, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  LogFileSettings settings = { .directory = directory,
                               .name = name,
                               .rotation = LOG_FILE_BY_SIZE,
                               .kept = OLD_KEPT,
                               .max_bytes = ROTATE_BYTES,
                               .mode = 0644,
                               .ambient = ambient };
  if (g_str_has_suffix (name, ".log"))
    name[strlen (name) - strlen (".log")] = '\0';
  return log_file_open (&settings, error);
}

ScriptLog *
script_log_new (const ScriptLogSettings *settings, GError **error)
{
  g_autofree char *relative =
      g_build_filename (settings->deployment_dir, "logs", "scripts.log", NULL);
  g_autoptr (ScriptLog) log = g_new0 (ScriptLog, 1);

  log->ambient = settings->ambient;
  log->agent_log = settings->agent_log;
  log->deployment_id = g_strdup (settings->deployment_id);
  log->scripts_path = g_canonicalize_filename (relative, NULL);
  log->deployments_path = g_strdup (settings->deployments_log);
  log->scripts = g_string_new (NULL);
  log->deployments = g_string_new (NULL);
  log->recent = g_string_new (NULL);
  log->scripts_head = g_string_new (NULL);
  log->deployments_head = g_string_new (NULL);
  log->stamp_s = -1;
  log->scripts_file = open_file (log->scripts_path, log->ambient, error);
  if (log->scripts_file == NULL)
    return NULL;
  if (log->deployments_path != NULL) {
    log->deployments_file = open_file (log->deployments_path, log->ambient, error);
    if (log->deployments_file == NULL)
      return NULL;
  }
  return g_steal_pointer (&log);
}

void
script_log_free (ScriptLog *log)
{
  if (log == NULL)
    return;
  script_log_flush (log);
  log_file_free (log->scripts_file);
  log_file_free (log->deployments_file);
  g_string_free (log->recent, TRUE);
  g_string_free (log->scripts, TRUE);
  g_string_free (log->deployments, TRUE);
  g_string_free (log->scripts_head, TRUE);
  g_string_free (log->deployments_head, TRUE);
  g_free (log->scripts_path);
  g_free (log->deployments_path);
  g_free (log->deployment_id);
  g_free (log);
}

const char *
script_log_path (const ScriptLog *log)
{
  return log->scripts_path;
}

/* A full disk does not end a deployment that is going well; the tail still has the text. */
static void
put (const ScriptLog *log, LogFile *file, const char *path, GString *lines, gboolean *failed)
{
  if (lines->len > 0 && !log_file_write (file, lines->str, lines->len)) {
    int saved_errno = errno;
    if (!*failed && log->agent_log != NULL)
      agent_log (log->agent_log, AGENT_LOG_WARN,
                 "output of scripts is lost, because \"%s\" cannot be written: %s", path,
                 g_strerror (saved_errno));
    *failed = TRUE;
  }
  g_string_truncate (lines, 0);
}

void
script_log_flush (ScriptLog *log)
{
  put (log, log->scripts_file, log->scripts_path, log->scripts, &log->scripts_failed);
  put (log, log->deployments_file, log->deployments_path, log->deployments,
       &log->deployments_failed);
  log->has_time = FALSE;
}

/* The local time of now. */
static void
take_time (ScriptLog *log)
{
  log->now_ms = ambient_now_ms (log->ambient);
  time_t now = log->now_ms / 1000;
  struct tm local;

  log->has_time = TRUE;
  log->tag = NULL;
  if (log->stamp_s == now)
    return;
  log->stamp_s = now;
  log->stamp[0] = '\0';
  if (localtime_r (&now, &local) != NULL)
    strftime (log->stamp, sizeof log->stamp, "%Y-%m-%d %H:%M:%S", &local);
}

static void
make_heads (ScriptLog *log, const char *tag)
{
  log->tag = tag;
  g_string_printf (log->scripts_head, "%s %s", log->stamp, tag);
  g_string_printf (log->deployments_head, "[%s.%03d] [%s]%s", log->stamp, (int)(log->now_ms % 1000),
                   log->deployment_id, tag);
}

static inline void
append (GString *to, const char *bytes, gsize n)
{
  if (to->allocated_len - to->len <= n) {
    g_string_append_len (to, bytes, (gssize)n);
    return;
  }
  memcpy (to->str + to->len, bytes, n);
  to->len += n;
  to->str[to->len] = '\0';
}

static gsize
length_without_blanks_at_end (const char *text, gsize n)
{
  while (n > 0 && g_ascii_isspace (text[n - 1]))
    n--;
  return n;
}

/* Only the newest RECENT_BYTES of it matter, and they are not moved for each line. */
static void
remember (ScriptLog *log, const char *tag, const char *text, gsize n)
{
  GString *recent = log->recent;
  if (n > RECENT_BYTES) {
    text += n - RECENT_BYTES;
    n = RECENT_BYTES;
  }
  if (recent->len > 4 * RECENT_BYTES)
    g_string_erase (recent, 0, (gssize)(recent->len - RECENT_BYTES));
  append (recent, tag, strlen (tag));
  gsize begin = recent->len;
  append (recent, text, n);
  g_string_truncate (recent, begin + ansi_text_strip (recent->str + begin, n));
  if (recent->len == begin || recent->str[recent->len - 1] != '\n')
    append (recent, "\n", 1);
}

void
script_log_line (ScriptLog *log, const char *tag, const char *text, gsize n)
{
  if (!log->has_time)
    take_time (log);
  if (log->tag == NULL || log->tag != tag)
    make_heads (log, tag);
  remember (log, tag, text, n);
  append (log->scripts, log->scripts_head->str, log->scripts_head->len);
  append (log->scripts, text, n);
  if (n == 0 || text[n - 1] != '\n')
    append (log->scripts, "\n", 1);
  if (log->deployments_file != NULL) {
    append (log->deployments, log->deployments_head->str, log->deployments_head->len);
    append (log->deployments, text, length_without_blanks_at_end (text, n));
    append (log->deployments, "\n", 1);
  }
  if (log->scripts->len >= FLUSH_BYTES || log->deployments->len >= FLUSH_BYTES)
    script_log_flush (log);
}

/* The recent lines as text in which each character counts as one. */
static char *
recent_text (const ScriptLog *log)
{
  g_autoptr (GString) raw = g_string_new_len (log->recent->str, (gssize)log->recent->len);
  for (gsize i = 0; i < raw->len; i++)
    if (raw->str[i] == '\0')
      raw->str[i] = '?';
  return g_utf8_make_valid (raw->str, (gssize)raw->len);
}

char *
script_log_tail (const ScriptLog *log)
{
  g_autofree char *text = recent_text (log);
  glong room = SCRIPT_LOG_TAIL_CHARACTERS - 1;
  const char *begin = text + strlen (text);

  while (begin > text) {
    const char *line = begin - 1; /* its line break */
    while (line > text && line[-1] != '\n')
      line--;
    glong length = g_utf8_strlen (line, begin - line);
    if (length > room) {
      if (length >= SCRIPT_LOG_TAIL_CHARACTERS)
        begin = g_utf8_offset_to_pointer (line, length - room);
      break;
    }
    room -= length;
    begin = line;
  }
  return g_strdup (begin);
}
