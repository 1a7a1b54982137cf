#include "agent/safe-path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "core/pathname.h"

#define MAX_LINKS   40 /* as the kernel */
#define FOLDER_ONLY (O_PATH | O_DIRECTORY | O_CLOEXEC)

G_DEFINE_QUARK (slipway - safe - path - error, safe_path_error)

static int
open_resolved (int dir_fd, const char *path, int flags, guint64 resolve)
{
  struct open_how how = { .flags = (guint64)flags, .resolve = resolve | RESOLVE_NO_MAGICLINKS };
  return (int)syscall (SYS_openat2, dir_fd, path, &how, sizeof how);
}

/* Is it the call that is missing: an old kernel, or a filter that does not know it? */
static gboolean
is_unsupported (int saved_errno)
{
  return saved_errno == ENOSYS || saved_errno == EPERM || saved_errno == EINVAL;
}

typedef struct {
  const char *path; /* for messages */
  int fd;           /* the folder that has been reached */
  struct stat status;
  gboolean is_trusted; /* and all above it */
  guint n_links;
  GString *rest; /* what is still to be walked */
} Walk;

static gboolean
is_ours (const struct stat *status)
{
  return status->st_uid == 0 || status->st_uid == geteuid ();
}

/* Takes fd. FALSE and errno when it cannot be examined. */
static gboolean
enter (Walk *walk, int fd)
{
  if (walk->fd >= 0)
    close (walk->fd);
  walk->fd = fd;
  if (fstat (fd, &walk->status) != 0)
    return FALSE;
  gboolean is_closed =
      (walk->status.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (walk->status.st_mode & S_ISVTX) != 0;
  walk->is_trusted = walk->is_trusted && is_ours (&walk->status) && is_closed;
  return TRUE;
}

static gboolean
enter_root (Walk *walk)
{
  int fd = open ("/", FOLDER_ONLY);
  walk->is_trusted = TRUE;
  return fd >= 0 && enter (walk, fd);
}

static gboolean
refuse_link (const Walk *walk, const char *name, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid (walk->path, -1);
  g_autofree char *shown_name = g_utf8_make_valid (name, -1);
  g_set_error (error, SAFE_PATH_ERROR, SAFE_PATH_ERROR_UNTRUSTED,
               "the link \"%s\" on the way to \"%s\" is not followed, because a user without "
               "privileges could have put it there: use the path that it leads to, or let it and "
               "the folders above it belong to root and be writable by no one else",
               shown_name, shown);
  return FALSE;
}

/* link_fd: of the link name in the folder that was reached. */
static gboolean
follow (Walk *walk, int link_fd, const struct stat *link, const char *name, GError **error)
{
  char target[PATH_MAX];

  if (!walk->is_trusted || !is_ours (link) || (walk->status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refuse_link (walk, name, error);
  if (++walk->n_links > MAX_LINKS)
    return fs_fail (error, ELOOP, "open", walk->path);
  ssize_t n = readlinkat (link_fd, "", target, sizeof target - 1);
  if (n <= 0)
    return fs_fail (error, n == 0 ? ENOENT : errno, "read the link on the way to", walk->path);
  target[n] = '\0';
  g_string_prepend_c (walk->rest, '/');
  g_string_prepend_len (walk->rest, target, n);
  return target[0] != '/' || enter_root (walk) || fs_fail (error, errno, "open", "/");
}

static gboolean
step (Walk *walk, const char *name, GError **error)
{
  struct stat status;
  int fd = openat (walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return fs_fail (error, errno, "open", walk->path);
  if (fstat (fd, &status) == 0 && S_ISLNK (status.st_mode)) {
    gboolean ok = follow (walk, fd, &status, name, error);
    close (fd);
    return ok;
  }
  if (!S_ISDIR (status.st_mode)) {
    close (fd);
    return fs_fail (error, ENOTDIR, "open", walk->path);
  }
  return enter (walk, fd) || fs_fail (error, errno, "examine", walk->path);
}

static int
walk_by_hand (const char *path, GError **error)
{
  g_autoptr (GString) rest = g_string_new (path);
  Walk walk = { .path = path, .fd = -1, .rest = rest };
  gboolean ok = enter_root (&walk) || fs_fail (error, errno, "open", "/");

  while (ok && rest->len > 0) {
    gsize length = strcspn (rest->str, "/");
    g_autofree char *name = g_strndup (rest->str, length);
    g_string_erase (rest, 0, (gssize)MIN (length + 1, rest->len));
    if (length > 0 && strcmp (name, ".") != 0)
      ok = step (&walk, name, error);
  }
  if (!ok && walk.fd >= 0)
    close (walk.fd);
  return ok ? walk.fd : -1;
}

int
safe_path_open_directory (const char *path, GError **error)
{
  int fd = open_resolved (AT_FDCWD, path, FOLDER_ONLY, RESOLVE_NO_SYMLINKS);
  if (fd >= 0)
    return fd;
  if (errno == ELOOP || is_unsupported (errno))
    return walk_by_hand (path, error);
  fs_fail (error, errno, "open the folder", path);
  return -1;
}

int
safe_path_open_parent (const char *path, GError **error)
{
  gsize length = (gsize)(pathname_basename (path) - path);
  g_autofree char *parent = g_strndup (path, length > 1 ? length - 1 : length);
  return safe_path_open_directory (parent, error);
}

static int
open_below_by_hand (int dir_fd, const char *path, int flags)
{
  int fd = -1;

  for (const char *at = path;;) {
    gsize length = strcspn (at, "/");
    gboolean is_last = at[length] == '\0';
    g_autofree char *name = g_strndup (at, length);
    int from = fd >= 0 ? fd : dir_fd;
    gboolean leaves = strcmp (name, "..") == 0;
    int next =
        leaves ? -1 : openat (from, name, is_last ? flags | O_NOFOLLOW : FOLDER_ONLY | O_NOFOLLOW);
    int saved_errno = leaves ? EXDEV : errno;
    if (fd >= 0)
      close (fd);
    errno = saved_errno;
    if (next < 0 || is_last)
      return next;
    fd = next;
    at += length + 1;
  }
}

int
safe_path_open_below (int dir_fd, const char *path, int flags)
{
  const char *name = path[0] == '\0' ? "." : path;
  int fd = open_resolved (dir_fd, name, flags, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  if (fd >= 0 || !is_unsupported (errno))
    return fd;
  return open_below_by_hand (dir_fd, name, flags);
}

gboolean
safe_path_is_missing (const GError *error)
{
  return g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
         g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOTDIR);
}
