#include "agent/log-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "core/time-iso8601.h"

#define DAY_MS (G_GINT64_CONSTANT (24) * 3600 * 1000)

enum {
  OWNERS_END,
  FOLLOWERS_END
};

struct LogFile {
  char *directory, *name, *path;
  LogFileRotation rotation;
  guint kept;
  gint64 max_bytes;
  mode_t mode;
  const Ambient *ambient;
  int fd;
  gint64 day;    /* of what is in the file */
  int shared[2]; /* a socket pair that carries descriptors to the follower; -1: not shared */
  gboolean follows;
};

static gint64
today (const LogFile *file)
{
  return ambient_now_ms (file->ambient) / DAY_MS;
}

static int
open_path (const LogFile *file)
{
  return open (file->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
               file->mode);
}

/* An empty file is of today. */
static gint64
day_of (const LogFile *file, int fd)
{
  struct stat status;
  if (fstat (fd, &status) != 0 || status.st_size == 0)
    return today (file);
  return MIN ((gint64)status.st_mtime * 1000 / DAY_MS, today (file));
}

static gboolean
make_folder (const LogFile *file, GError **error)
{
  gboolean is_new = access (file->directory, F_OK) != 0;
  if (!fs_make_directory (file->directory, error))
    return FALSE;
  /* the folder's search bits where the file has read bits */
  if (is_new && chmod (file->directory, file->mode | (file->mode & 0444) >> 2 | 0700) != 0)
    return fs_fail (error, errno, "set the mode of", file->directory);
  return TRUE;
}

LogFile *
log_file_open (const LogFileSettings *settings, GError **error)
{
  g_autoptr (LogFile) file = g_new0 (LogFile, 1);
  file->directory = g_strdup (settings->directory);
  file->name = g_strdup (settings->name);
  file->path = g_strdup_printf ("%s/%s.log", file->directory, file->name);
  file->rotation = settings->rotation;
  file->kept = settings->kept;
  file->max_bytes = settings->max_bytes;
  file->mode = settings->mode;
  file->ambient = settings->ambient;
  file->fd = file->shared[OWNERS_END] = file->shared[FOLLOWERS_END] = -1;
  if (!make_folder (file, error))
    return NULL;
  file->fd = open_path (file);
  if (file->fd < 0) {
    fs_fail (error, errno, "open the log", file->path);
    return NULL;
  }
  file->day = day_of (file, file->fd);
  log_file_tick (file);
  return g_steal_pointer (&file);
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

void
log_file_free (LogFile *file)
{
  if (file == NULL)
    return;
  close_fd (&file->fd);
  close_fd (&file->shared[OWNERS_END]);
  close_fd (&file->shared[FOLLOWERS_END]);
  g_free (file->directory);
  g_free (file->name);
  g_free (file->path);
  g_free (file);
}

/* --- between processes ---------------------------------------------------------------------- */

gboolean
log_file_share (LogFile *file, GError **error)
{
  if (file->shared[OWNERS_END] >= 0)
    return TRUE;
  if (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, file->shared) == 0)
    return TRUE;
  return fs_fail (error, errno, "share the log", file->path);
}

void
log_file_follow (LogFile *file)
{
  file->follows = TRUE;
  close_fd (&file->shared[OWNERS_END]);
}

/* -1: nothing is there. */
static int
receive_descriptor (int socket)
{
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE (sizeof (int))];
  } control;
  char byte;
  struct iovec piece = { &byte, 1 };
  struct msghdr message = {
    .msg_iov = &piece,
    .msg_iovlen = 1,
    .msg_control = control.room,
    .msg_controllen = sizeof control.room,
  };
  int fd = -1;
  if (recvmsg (socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
    return -1;
  const struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
    memcpy (&fd, CMSG_DATA (header), sizeof fd);
  return fd;
}

static void
send_descriptor (int socket, int fd)
{
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  char byte = 0;
  struct iovec piece = { &byte, 1 };
  struct msghdr message = {
    .msg_iov = &piece,
    .msg_iovlen = 1,
    .msg_control = control.room,
    .msg_controllen = sizeof control.room,
  };
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (sizeof fd);
  memcpy (CMSG_DATA (header), &fd, sizeof fd);
  if (sendmsg (socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    return; /* the follower goes on in the old file, and gets the next one */
}

/* The follower may not have written for days: what waits for it is replaced, so that only the newest does. */
static void
tell_follower (const LogFile *file)
{
  int old;
  if (file->shared[OWNERS_END] < 0)
    return;
  while ((old = receive_descriptor (file->shared[FOLLOWERS_END])) >= 0)
    close (old);
  send_descriptor (file->shared[OWNERS_END], file->fd);
}

static void
take_new_descriptor (LogFile *file)
{
  int fd;
  while ((fd = receive_descriptor (file->shared[FOLLOWERS_END])) >= 0) {
    close (file->fd);
    file->fd = fd;
  }
}

/* --- rotation ------------------------------------------------------------------------------- */

static gboolean
is_due (const LogFile *file)
{
  struct stat status;
  if (file->rotation == LOG_FILE_DAILY)
    return today (file) != file->day;
  return fstat (file->fd, &status) == 0 && status.st_size >= file->max_bytes;
}

/* Does the name still stand for the file that is open? */
static gboolean
is_current (const LogFile *file)
{
  struct stat named, opened;
  return lstat (file->path, &named) == 0 && fstat (file->fd, &opened) == 0 &&
         named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

static void
reopen (LogFile *file)
{
  int fd = open_path (file);
  if (fd < 0)
    return; /* the file that is open still takes lines */
  close (file->fd);
  file->fd = fd;
  file->day = day_of (file, fd);
  tell_follower (file);
}

/* Days' logs from before the ones that are kept. */
static void
remove_old_days (const LogFile *file)
{
  char oldest[TIME_DATE_SIZE];
  gsize n = strlen (file->name);
  GDir *dir = g_dir_open (file->directory, 0, NULL); /* what cannot be read is left */
  const char *entry;

  time_format_date ((today (file) - file->kept) * DAY_MS, oldest);
  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL) {
    if (strncmp (entry, file->name, n) != 0 || entry[n] != '.')
      continue;
    const char *date = entry + n + 1;
    if (strspn (date, "0123456789") != TIME_DATE_SIZE - 1 ||
        strcmp (date + TIME_DATE_SIZE - 1, ".log") != 0 ||
        strncmp (date, oldest, TIME_DATE_SIZE - 1) >= 0)
      continue;
    g_autofree char *path = g_build_filename (file->directory, entry, NULL);
    unlink (path);
  }
  if (dir != NULL)
    g_dir_close (dir);
}

static gboolean
move_daily (const LogFile *file)
{
  char date[TIME_DATE_SIZE];
  time_format_date (file->day * DAY_MS, date);
  g_autofree char *old = g_strdup_printf ("%s/%s.%s.log", file->directory, file->name, date);
  if (renameat2 (AT_FDCWD, file->path, AT_FDCWD, old, RENAME_NOREPLACE) != 0)
    return FALSE;
  remove_old_days (file);
  return TRUE;
}

static gboolean
move_by_number (const LogFile *file)
{
  for (guint i = file->kept; i > 1; i--) {
    g_autofree char *from = g_strdup_printf ("%s.%u", file->path, i - 1);
    g_autofree char *to = g_strdup_printf ("%s.%u", file->path, i);
    if (rename (from, to) != 0 && errno != ENOENT)
      return FALSE;
  }
  g_autofree char *first = g_strdup_printf ("%s.1", file->path);
  return rename (file->path, first) == 0;
}

/* Whoever may read the folder may lock it, and must not have the agent wait: then the old file is gone on with, and the next line tries again. */
static void
rotate (LogFile *file)
{
  int lock = open (file->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0 || flock (lock, LOCK_EX | LOCK_NB) != 0) {
    close_fd (&lock);
    return;
  }
  if (is_current (file) && is_due (file) &&
      !(file->rotation == LOG_FILE_DAILY ? move_daily (file) : move_by_number (file)))
    file->day = today (file); /* it goes on in the same file, and is not tried with every line */
  if (!is_current (file))
    reopen (file);
  close (lock);
}

void
log_file_tick (LogFile *file)
{
  if (file->follows)
    take_new_descriptor (file);
  else if (is_due (file) || !is_current (file))
    rotate (file);
}

gboolean
log_file_write (LogFile *file, const char *bytes, gsize n)
{
  if (file->follows)
    take_new_descriptor (file);
  else if (is_due (file))
    rotate (file);
  gssize written;
  do
    written = write (file->fd, bytes, n);
  while (written < 0 && errno == EINTR);
  if (written >= 0 && (gsize)written != n)
    errno = ENOSPC; /* part of a line: the disk is full */
  return written == (gssize)n;
}

gsize
log_file_descriptors (const LogFile *file, int *out)
{
  const int all[LOG_FILE_DESCRIPTORS] = { file->fd, file->shared[OWNERS_END],
                                          file->shared[FOLLOWERS_END] };
  gsize n = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i] >= 0)
      out[n++] = all[i];
  return n;
}
