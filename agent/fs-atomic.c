#include "agent/fs-atomic.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/write-all.h"

#define COPY_PIECE_BYTES (64 * 1024)
#define MAX_TREE_DEPTH   512

gboolean
fs_fail (GError **error, int saved_errno, const char *what, const char *path)
{
  g_autofree char *shown = g_utf8_make_valid (path, -1);
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved_errno), "cannot %s \"%s\": %s",
               what, shown, g_strerror (saved_errno));
  return FALSE;
}

gboolean
fs_sync_parent (const char *path, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  int fd = open (parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fs_fail (error, errno, "open", parent);
  int result = fsync (fd);
  int saved_errno = errno;
  close (fd);
  return result == 0 || fs_fail (error, saved_errno, "sync", parent);
}

gboolean
fs_atomic_write (const char *path, const char *bytes, gsize n, guint mode, FsAtomicFlags flags,
                 GError **error)
{
  g_autofree char *temporary =
      g_strdup_printf ("%s.%d-%08x.tmp", path, (int)getpid (), g_random_int ());
  int fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0)
    return fs_fail (error, errno, "create", temporary);

  gboolean durable = (flags & FS_ATOMIC_DURABLE) != 0;
  gboolean ok = write_all (fd, bytes, n) && (!durable || fsync (fd) == 0);
  int saved_errno = errno;
  if (close (fd) != 0 && ok) {
    ok = FALSE;
    saved_errno = errno;
  }
  if (ok && rename (temporary, path) != 0) {
    ok = FALSE;
    saved_errno = errno;
  }
  if (!ok) {
    unlink (temporary); /* the first failure is the one to tell */
    return fs_fail (error, saved_errno, "write", path);
  }
  return !durable || fs_sync_parent (path, error);
}

static int
open_optional (const char *path, int flags, gboolean *out_missing, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | flags);
  *out_missing = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
  if (fd < 0 && !*out_missing)
    fs_fail (error, errno, "open", path);
  return fd;
}

/* Takes fd. */
static char *
read_all (int fd, const char *path, gsize max_bytes, gsize *out_length, GError **error)
{
  g_autoptr (GString) content = g_string_new (NULL);
  char piece[4096];
  ssize_t n;
  while ((n = read (fd, piece, sizeof piece)) != 0) {
    if (n < 0 && errno == EINTR)
      continue;
    if (n > 0 && content->len + (gsize)n > max_bytes) {
      n = -1;
      errno = EFBIG;
    }
    if (n < 0)
      break;
    g_string_append_len (content, piece, n);
  }
  int saved_errno = errno;
  close (fd);
  if (n < 0) {
    fs_fail (error, saved_errno, "read", path);
    return NULL;
  }
  if (out_length != NULL)
    *out_length = content->len;
  return g_string_free (g_steal_pointer (&content), FALSE);
}

char *
fs_read_optional (const char *path, gsize max_bytes, gsize *out_length, gboolean *out_missing,
                  GError **error)
{
  int fd = open_optional (path, 0, out_missing, error);
  return fd >= 0 ? read_all (fd, path, max_bytes, out_length, error) : NULL;
}

char *
fs_read_regular_optional (const char *path, gsize max_bytes, gsize *out_length,
                          gboolean *out_missing, GError **error)
{
  struct stat status;
  int fd = open_optional (path, O_NONBLOCK | O_NOCTTY, out_missing, error);
  if (fd < 0)
    return NULL;
  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
    return read_all (fd, path, max_bytes, out_length, error);
  close (fd);
  g_autofree char *shown = g_utf8_make_valid (path, -1);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "\"%s\" is not a regular file", shown);
  return NULL;
}

gboolean
fs_make_directory (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0755) != 0) /* whatever the umask */
    return fs_fail (error, errno, "create the folder", path);
  return TRUE;
}

static gboolean remove_contents (int dir_fd, guint depth);

/* Takes name out of dir_fd; errno on failure. */
static gboolean
remove_at (int dir_fd, const char *name, guint depth)
{
  if (unlinkat (dir_fd, name, 0) == 0 || errno == ENOENT)
    return TRUE;
  if (errno != EISDIR && errno != EPERM)
    return FALSE;
  if (depth > MAX_TREE_DEPTH) {
    errno = ELOOP;
    return FALSE;
  }
  int fd = openat (dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == EACCES && fchmodat (dir_fd, name, 0700, 0) == 0)
    fd = openat (dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOTDIR)
      errno =
          EPERM; /* a file after all, which must not be removed: an immutable one, or in an immutable folder */
    return FALSE;
  }
  return remove_contents (fd, depth + 1) &&
         (unlinkat (dir_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT);
}

/* Takes the descriptor. A folder closed to its owner is opened up first. */
static gboolean
remove_contents (int dir_fd, guint depth)
{
  struct stat status;
  if (fstat (dir_fd, &status) == 0 && (status.st_mode & 0700) != 0700 &&
      fchmod (dir_fd, 0700) != 0) {
    /* then what follows will say what is wrong */
  }
  DIR *dir = fdopendir (dir_fd);
  if (dir == NULL) {
    int saved_errno = errno;
    close (dir_fd);
    errno = saved_errno;
    return FALSE;
  }
  gboolean ok = TRUE;
  struct dirent *entry;
  errno = 0;
  while (ok && /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this DIR */
         (entry = readdir (dir)) != NULL) {
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      ok = remove_at (dirfd (dir), entry->d_name, depth);
    if (ok)
      errno = 0;
  }
  int saved_errno = errno;
  closedir (dir);
  errno = saved_errno;
  return ok && saved_errno == 0;
}

gboolean
fs_remove_tree_at (int dir_fd, const char *name)
{
  return remove_at (dir_fd, name, 0);
}

gboolean
fs_remove_tree (const char *path, GError **error)
{
  if (!remove_at (AT_FDCWD, path, 0))
    return errno == ENOTDIR || fs_fail (error, errno, "remove", path);
  return TRUE;
}

gboolean
fs_copy_content (int from_fd, int to_fd)
{
  ssize_t n;
  do {
    n = copy_file_range (from_fd, NULL, to_fd, NULL, (size_t)1 << 30, 0);
  } while (n > 0 || (n < 0 && errno == EINTR));
  if (n == 0)
    return TRUE;
  if (errno == ENOSPC || errno == EIO || errno == EDQUOT)
    return FALSE;

  /* The kernel does not copy between these two: the rest goes through our own memory. */
  g_autofree char *piece = g_malloc (COPY_PIECE_BYTES);
  while ((n = read (from_fd, piece, COPY_PIECE_BYTES)) != 0) {
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 || !write_all (to_fd, piece, (gsize)n))
      return FALSE;
  }
  return TRUE;
}
