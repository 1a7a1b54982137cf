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
#define FLUSH_BYTES      (64 * 1024)

struct ScriptLog {
  const Ambient *ambient;
  char *deployment_id;
  char *deployments_path;
  int scripts_fd;
  int deployments_fd;     /* -1: none */
  GString *scripts;       /* whole lines, not yet written */
  GString *deployments;   /* the same */
  GString *tail;          /* whole entries, from the oldest kept */
  gint64 tail_characters; /* of tail, in UTF-8 */
  gint64 stamp_s;         /* the second that stamp is of */
  char stamp[STAMP_CHARACTERS];
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
  log->scripts = g_string_new (NULL);
  log->deployments = g_string_new (NULL);
  log->stamp_s = -1;
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
  script_log_flush (log);
  close (log->scripts_fd);
  if (log->deployments_fd >= 0)
    close (log->deployments_fd);
  g_string_free (log->tail, TRUE);
  g_string_free (log->scripts, TRUE);
  g_string_free (log->deployments, TRUE);
  g_free (log->deployments_path);
  g_free (log->deployment_id);
  g_free (log);
}

static void
append (int fd, GString *lines)
{
  /* a full disk must not end a deployment that is going well; the tail still has the text */
  ssize_t written G_GNUC_UNUSED = write (fd, lines->str, lines->len);
  g_string_truncate (lines, 0);
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

void
script_log_flush (ScriptLog *log)
{
  if (log->scripts->len > 0)
    append (log->scripts_fd, log->scripts);
  if (log->deployments->len > 0) {
    rotate_if_full (log);
    append (log->deployments_fd, log->deployments);
  }
}

static void
remember (ScriptLog *log, const char *entry, gsize n)
{
  GString *tail = log->tail;
  gsize first = 0; /* where what stays begins */

  g_string_append_len (tail, entry, (gssize)n);
  log->tail_characters += g_utf8_strlen (entry, (gssize)n);
  while (log->tail_characters >= SCRIPT_LOG_TAIL_CHARACTERS) {
    const char *begin = tail->str + first;
    const char *end = memchr (begin, '\n', tail->len - first);
    gsize entry_length = end != NULL ? (gsize)(end - begin) + 1 : tail->len - first;
    if (first + entry_length == tail->len) { /* a single long line: keep its end */
      glong over = (glong)log->tail_characters - SCRIPT_LOG_TAIL_CHARACTERS + 1;
      entry_length = (gsize)(g_utf8_offset_to_pointer (begin, over) - begin);
    }
    log->tail_characters -= g_utf8_strlen (begin, (gssize)entry_length);
    first += entry_length;
  }
  g_string_erase (tail, 0, (gssize)first);
}

/* The local time of now to the second, in log->stamp. */
static void
stamp (ScriptLog *log, gint64 now_ms)
{
  time_t now = now_ms / 1000;
  struct tm local;

  if (log->stamp_s == now)
    return;
  log->stamp_s = now;
  log->stamp[0] = '\0';
  if (localtime_r (&now, &local) != NULL)
    strftime (log->stamp, sizeof log->stamp, "%Y-%m-%d %H:%M:%S", &local);
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
  stamp (log, now_ms);
  g_string_append_printf (log->scripts, "%s %s", log->stamp, entry->str);
  if (log->deployments_fd >= 0) {
    g_strstrip (entry->str);
    g_string_append_printf (log->deployments, "[%s.%03d] [%s]%s\n", log->stamp,
                            (int)(now_ms % 1000), log->deployment_id, entry->str);
  }
  if (log->scripts->len >= FLUSH_BYTES)
    script_log_flush (log);
}

char *
script_log_tail (const ScriptLog *log)
{
  return g_strndup (log->tail->str, log->tail->len);
}
