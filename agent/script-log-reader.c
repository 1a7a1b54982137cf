#include "agent/script-log-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "proto/write-all.h"

#define MAX_GENERATIONS 100
#define PIECE_BYTES     (64 * 1024)
#define STAMP_LENGTH    20 /* "2026-11-27 10:00:00 " */
#define EVENT_WORDS     "LifecycleEvent - "

G_DEFINE_QUARK (slipway - script - log - reader - error, script_log_reader_error)

gboolean
script_log_query_parse (const char *const *words, gsize n, ScriptLogQuery *out, GError **error)
{
  *out = (ScriptLogQuery){ 0 };
  for (gsize i = 0; i < n; i++) {
    if (strcmp (words[i], "--follow") == 0 || strcmp (words[i], "-f") == 0) {
      out->follow = TRUE;
    } else if (strcmp (words[i], "--event") == 0 && i + 1 < n) {
      out->event = words[++i];
    } else if (g_str_has_prefix (words[i], "--event=")) {
      out->event = words[i] + strlen ("--event=");
    } else if (words[i][0] == '-') {
      g_set_error (error, SCRIPT_LOG_READER_ERROR, SCRIPT_LOG_READER_ERROR_USAGE,
                   "unknown option or missing value: %s", words[i]);
      return FALSE;
    } else if (out->deployment_id != NULL) {
      g_set_error (error, SCRIPT_LOG_READER_ERROR, SCRIPT_LOG_READER_ERROR_USAGE,
                   "one deployment at a time, not both %s and %s", out->deployment_id, words[i]);
      return FALSE;
    } else {
      out->deployment_id = words[i];
    }
  }
  return TRUE;
}

/* ---- which one ---- */

typedef struct {
  char *path; /* NULL: none yet */
  struct timespec modified;
} Newest;

static void
consider (Newest *newest, const char *group_dir, const char *deployment)
{
  g_autofree char *path = g_build_filename (group_dir, deployment, "logs", "scripts.log", NULL);
  struct stat status;

  if (stat (path, &status) != 0 || !S_ISREG (status.st_mode))
    return;
  if (newest->path != NULL && (status.st_mtim.tv_sec < newest->modified.tv_sec ||
                               (status.st_mtim.tv_sec == newest->modified.tv_sec &&
                                status.st_mtim.tv_nsec < newest->modified.tv_nsec)))
    return;
  g_free (newest->path);
  newest->path = g_steal_pointer (&path);
  newest->modified = status.st_mtim;
}

static void
consider_group (Newest *newest, const char *group_dir, const char *deployment_id)
{
  const char *name;
  if (deployment_id != NULL) {
    consider (newest, group_dir, deployment_id);
    return;
  }
  g_autoptr (GDir) dir = g_dir_open (group_dir, 0, NULL); /* NULL: no folder, so no group */
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    consider (newest, group_dir, name);
}

char *
script_log_reader_find (const char *root_dir, const char *deployment_id, GError **error)
{
  Newest newest = { 0 };
  const char *name;
  gboolean is_name =
      deployment_id == NULL || (strchr (deployment_id, '/') == NULL && deployment_id[0] != '.');
  g_autoptr (GDir) dir = g_dir_open (root_dir, 0, error);

  if (dir == NULL)
    return NULL;
  while (is_name && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *group_dir = g_build_filename (root_dir, name, NULL);
    consider_group (&newest, group_dir, deployment_id);
  }
  if (newest.path == NULL && deployment_id == NULL)
    g_set_error (error, SCRIPT_LOG_READER_ERROR, SCRIPT_LOG_READER_ERROR_NONE,
                 "no script of any deployment has run below \"%s\"", root_dir);
  else if (newest.path == NULL)
    g_set_error (error, SCRIPT_LOG_READER_ERROR, SCRIPT_LOG_READER_ERROR_NONE,
                 "no script of deployment %s has run on this host, or its folder has been pruned: "
                 "there is no \"%s/GROUP/%s/logs/scripts.log\"",
                 deployment_id, root_dir, deployment_id);
  return newest.path;
}

/* ---- what of it ---- */

typedef struct {
  const char *event; /* NULL: all */
  gboolean at_line_start, is_wanted;
  int out_fd;
} Printer;

/* Does a line with these first bytes begin an event, and which? */
static void
look_at_line (Printer *printer, const char *line, gsize n)
{
  gsize words = strlen (EVENT_WORDS);
  if (n < STAMP_LENGTH + words || strncmp (line + STAMP_LENGTH, EVENT_WORDS, words) != 0)
    return;
  const char *name = line + STAMP_LENGTH + words;
  gsize length = strlen (printer->event);
  gsize left = n - STAMP_LENGTH - words;
  while (left > 0 && g_ascii_isspace (name[left - 1]))
    left--;
  printer->is_wanted = left == length && strncmp (name, printer->event, length) == 0;
}

static gboolean
print (Printer *printer, const char *bytes, gsize n, GError **error)
{
  if (n == 0 || !printer->is_wanted || write_all (printer->out_fd, bytes, n))
    return TRUE;
  g_set_error (error, SCRIPT_LOG_READER_ERROR, SCRIPT_LOG_READER_ERROR_FAILED,
               "cannot write the log out: %s", g_strerror (errno));
  return FALSE;
}

/* Whole lines, or a piece of a line that is too long for that. */
static gboolean
print_lines (Printer *printer, const char *bytes, gsize n, GError **error)
{
  if (printer->event == NULL)
    return print (printer, bytes, n, error);
  const char *stretch = bytes; /* with one answer */
  for (gsize i = 0; i < n;) {
    const char *end = memchr (bytes + i, '\n', n - i);
    gsize length = end != NULL ? (gsize)(end - bytes) - i + 1 : n - i;
    if (printer->at_line_start) {
      gboolean before = printer->is_wanted;
      look_at_line (printer, bytes + i, length);
      gboolean now = printer->is_wanted;
      if (now != before) {
        printer->is_wanted = before;
        if (!print (printer, stretch, (gsize)(bytes + i - stretch), error))
          return FALSE;
        printer->is_wanted = now;
        stretch = bytes + i;
      }
    }
    printer->at_line_start = end != NULL;
    i += length;
  }
  return print (printer, stretch, (gsize)(bytes + n - stretch), error);
}

typedef enum {
  REST_LINES, /* an unfinished last line stays unread: more of it may come */
  REST_ALL
} Rest;

/* Up to where the file ends now. */
static gboolean
print_rest (Printer *printer, int fd, Rest rest, const char *path, GError **error)
{
  g_autofree char *piece = g_malloc (PIECE_BYTES);
  for (;;) {
    off_t at = lseek (fd, 0, SEEK_CUR);
    ssize_t n = read (fd, piece, PIECE_BYTES);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 || at < 0)
      return fs_fail (error, errno, "read", path);
    const char *last = memrchr (piece, '\n', (gsize)n);
    gsize whole = last != NULL ? (gsize)(last - piece) + 1 : 0;
    if (whole == 0 && (rest == REST_ALL || n == PIECE_BYTES))
      whole = (gsize)n;
    if (!print_lines (printer, piece, whole, error))
      return FALSE;
    if (whole < (gsize)n && lseek (fd, at + (off_t)whole, SEEK_SET) < 0)
      return fs_fail (error, errno, "read", path);
    if (whole == 0)
      return TRUE;
  }
}

/* ---- all of it ---- */

static int
open_log (const char *path)
{
  return open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static gboolean
print_old (Printer *printer, const char *path, GError **error)
{
  guint n = 0;
  for (guint i = 1; i < MAX_GENERATIONS; i++) {
    g_autofree char *old = g_strdup_printf ("%s.%u", path, i);
    if (access (old, F_OK) != 0)
      break;
    n = i;
  }
  for (; n > 0; n--) {
    g_autofree char *old = g_strdup_printf ("%s.%u", path, n);
    int fd = open_log (old);
    if (fd < 0 && errno == ENOENT)
      continue; /* moved on meanwhile */
    if (fd < 0)
      return fs_fail (error, errno, "open", old);
    gboolean ok = print_rest (printer, fd, REST_ALL, old, error);
    close (fd);
    if (!ok)
      return FALSE;
  }
  return TRUE;
}

/* Has the name come to stand for another file? */
static gboolean
was_rotated (int fd, const char *path)
{
  struct stat opened, named;
  return fstat (fd, &opened) == 0 && stat (path, &named) == 0 &&
         (opened.st_ino != named.st_ino || opened.st_dev != named.st_dev);
}

/* Until something has happened in the folder. */
static gboolean
await_change (int watch_fd, const char *path, GError **error)
{
  char events[4096];
  return read (watch_fd, events, sizeof events) > 0 || errno == EINTR ||
         fs_fail (error, errno, "watch", path);
}

/* What comes to the file, and to those that take its name, for ever; *fd is the current one. */
static gboolean
follow (Printer *printer, int watch_fd, int *fd, const char *path, GError **error)
{
  for (;;) {
    if (!was_rotated (*fd, path)) {
      if (!print_rest (printer, *fd, REST_LINES, path, error) ||
          (!was_rotated (*fd, path) && !await_change (watch_fd, path, error)))
        return FALSE;
      continue;
    }
    if (!print_rest (printer, *fd, REST_ALL, path, error))
      return FALSE;
    close (*fd);
    *fd = open_log (path);
    if (*fd < 0)
      return fs_fail (error, errno, "open", path);
  }
}

static int
watch_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = inotify_init1 (IN_CLOEXEC);
  if (fd < 0 || inotify_add_watch (fd, folder, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0) {
    fs_fail (error, errno, "watch", folder);
    if (fd >= 0)
      close (fd);
    return -1;
  }
  return fd;
}

gboolean
script_log_reader_print (const char *root_dir, const ScriptLogQuery *query, int out_fd,
                         GError **error)
{
  g_autofree char *path = script_log_reader_find (root_dir, query->deployment_id, error);
  Printer printer = { query->event, TRUE, query->event == NULL, out_fd };
  int watch_fd = -1;

  if (path == NULL)
    return FALSE;
  if (query->follow && (watch_fd = watch_folder (path, error)) < 0)
    return FALSE;
  g_autoptr (GError) local = NULL;
  int fd = -1;
  gboolean ok = print_old (&printer, path, &local);
  if (ok && (fd = open_log (path)) < 0)
    ok = fs_fail (&local, errno, "open", path);
  ok = ok && (query->follow ? follow (&printer, watch_fd, &fd, path, &local)
                            : print_rest (&printer, fd, REST_ALL, path, &local));
  if (fd >= 0)
    close (fd);
  if (watch_fd >= 0)
    close (watch_fd);
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&local));
  return ok;
}
