#include "agent/script-log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

#define ROTATE_BYTES     (64 * 1024 * 1024)
#define ROTATE_KEEP      8
#define STAMP_CHARACTERS 32

struct ScriptLog {
  const Ambient *ambient;
  char *deployment_id;
  char *deployments_path;
  int scripts_fd;
  int deployments_fd;
  GString *tail; /* whole entries, from the oldest kept */
};

static int
open_append (const char *path)
{
  return open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
}

ScriptLog *
script_log_new (const ScriptLogSettings *settings, GError **error)
{
  g_autofree char *folder = g_build_filename (settings->deployment_dir, "logs", NULL);
  g_autofree char *path = g_build_filename (folder, "scripts.log", NULL);

  if (!fs_make_directory (folder, error))
    return NULL;
  int fd = open_append (path);
  if (fd < 0) {
    fs_fail (error, errno, "open", path);
    return NULL;
  }
  ScriptLog *log = g_new0 (ScriptLog, 1);
  log->ambient = settings->ambient;
  log->deployment_id = g_strdup (settings->deployment_id);
  log->deployments_path = g_strdup (settings->deployments_log);
  log->scripts_fd = fd;
  log->deployments_fd = -1;
  log->tail = g_string_new (NULL);
  if (log->deployments_path != NULL) {
    g_autofree char *parent = g_path_get_dirname (log->deployments_path);
    if (fs_make_directory (parent, error))
      log->deployments_fd = open_append (log->deployments_path);
    if (log->deployments_fd < 0) {
      if (error != NULL && *error == NULL)
        fs_fail (error, errno, "open", log->deployments_path);
      script_log_free (log);
      return NULL;
    }
  }
  return log;
}

void
script_log_free (ScriptLog *log)
{
  if (log == NULL)
    return;
  close (log->scripts_fd);
  if (log->deployments_fd >= 0)
    close (log->deployments_fd);
  g_string_free (log->tail, TRUE);
  g_free (log->deployments_path);
  g_free (log->deployment_id);
  g_free (log);
}

static void
append (int fd, const GString *line)
{
  /* a full disk must not end a deployment that is going well; the tail still has the text */
  ssize_t written G_GNUC_UNUSED = write (fd, line->str, line->len);
}

static void
rotate_if_full (ScriptLog *log)
{
  struct stat status;
  if (fstat (log->deployments_fd, &status) != 0 || status.st_size < ROTATE_BYTES)
    return;
  for (int i = ROTATE_KEEP - 1; i >= 1; i--) {
    g_autofree char *older = g_strdup_printf ("%s.%d", log->deployments_path, i);
    g_autofree char *newer = i == 1 ? g_strdup (log->deployments_path)
                                    : g_strdup_printf ("%s.%d", log->deployments_path, i - 1);
    if (rename (newer, older) != 0 && i == 1)
      return;
  }
  int fd = open_append (log->deployments_path);
  if (fd >= 0) {
    close (log->deployments_fd);
    log->deployments_fd = fd;
  }
}

static void
remember (ScriptLog *log, const char *entry, gsize n)
{
  g_string_append_len (log->tail, entry, (gssize)n);
  glong characters = g_utf8_strlen (log->tail->str, (gssize)log->tail->len);
  while (characters >= SCRIPT_LOG_TAIL_CHARACTERS) {
    const char *end = memchr (log->tail->str, '\n', log->tail->len);
    gsize first = end != NULL ? (gsize)(end - log->tail->str) + 1 : log->tail->len;
    if (first == log->tail->len) /* a single long line: keep its end */
      first = (gsize)(g_utf8_offset_to_pointer (log->tail->str,
                                                characters - SCRIPT_LOG_TAIL_CHARACTERS + 1) -
                      log->tail->str);
    characters -= g_utf8_strlen (log->tail->str, (gssize)first);
    g_string_erase (log->tail, 0, (gssize)first);
  }
}

void
script_log_entry (ScriptLog *log, const char *text, gsize n)
{
  g_autoptr (GString) raw = g_string_new_len (text, (gssize)n);
  for (gsize i = 0; i < n; i++)
    if (raw->str[i] == '\0')
      raw->str[i] = '?';
  g_autofree char *valid = g_utf8_make_valid (raw->str, (gssize)n);
  g_autoptr (GString) entry = g_string_new (valid);
  if (!g_str_has_suffix (entry->str, "\n"))
    g_string_append_c (entry, '\n');
  remember (log, entry->str, entry->len);

  gint64 now_ms = ambient_now_ms (log->ambient);
  time_t now = now_ms / 1000;
  struct tm local;
  char stamp[STAMP_CHARACTERS] = "";
  if (localtime_r (&now, &local) != NULL)
    strftime (stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &local);
  g_autoptr (GString) line = g_string_new (NULL);
  g_string_printf (line, "%s %s", stamp, entry->str);
  append (log->scripts_fd, line);
  if (log->deployments_fd >= 0) {
    g_strstrip (entry->str);
    g_string_printf (line, "[%s.%03d] [%s]%s\n", stamp, (int)(now_ms % 1000), log->deployment_id,
                     entry->str);
    rotate_if_full (log);
    append (log->deployments_fd, line);
  }
}

char *
script_log_tail (const ScriptLog *log)
{
  return g_strndup (log->tail->str, log->tail->len);
}
