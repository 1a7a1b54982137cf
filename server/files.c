#include "server/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/write-all.h"

static gboolean
fail (GError **error, const char *what, const char *path, int code)
{
  g_set_error (error, G_FILE_ERROR, (int)g_file_error_from_errno (code), "cannot %s %s: %s", what,
               path, g_strerror (code));
  return FALSE;
}

gboolean
files_read (const char *path, gsize max_bytes, char **out, gsize *out_length, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail (error, "read", path, errno);
  struct stat status;
  int code = 0;
  gsize length = 0;
  g_autofree char *bytes = NULL;
  if (fstat (fd, &status) != 0)
    code = errno;
  else if (!S_ISREG (status.st_mode))
    code = EINVAL;
  else if ((guint64)status.st_size > max_bytes)
    code = EFBIG;
  else
    bytes = g_malloc ((gsize)status.st_size + 1);
  while (bytes != NULL && code == 0 && length < (gsize)status.st_size) {
    ssize_t n = read (fd, bytes + length, (gsize)status.st_size - length);
    if (n == 0)
      break;
    if (n > 0)
      length += (gsize)n;
    else if (errno != EINTR)
      code = errno;
  }
  close (fd);
  if (bytes == NULL || code != 0)
    return fail (error, "read", path, code);
  bytes[length] = '\0';
  *out = g_steal_pointer (&bytes);
  if (out_length != NULL)
    *out_length = length;
  return TRUE;
}

typedef enum {
  WITHOUT_SYNC,
  WITH_SYNC
} Durability;

static gboolean
replace (const char *path, const char *bytes, gssize length, int mode, Durability durability,
         GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".new", NULL);
  if (unlink (temporary) != 0 && errno != ENOENT)
    return fail (error, "remove", temporary, errno);
  int fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return fail (error, "create", temporary, errno);
  gsize n = length < 0 ? strlen (bytes) : (gsize)length;
  int code = write_all (fd, bytes, n) ? 0 : errno;
  if (code == 0 && mode != 0600 && fchmod (fd, (mode_t)mode) != 0)
    code = errno;
  if (code == 0 && durability == WITH_SYNC && fsync (fd) != 0)
    code = errno;
  if (close (fd) != 0 && code == 0)
    code = errno;
  if (code == 0 && rename (temporary, path) != 0)
    code = errno;
  if (code != 0) {
    unlink (temporary); /* it is in nobody's way if this fails too */
    return fail (error, "write", path, code);
  }
  if (durability == WITHOUT_SYNC)
    return TRUE;
  g_autofree char *folder = g_path_get_dirname (path);
  return files_sync (folder, error);
}

gboolean
files_write (const char *path, const char *bytes, gssize length, int mode, GError **error)
{
  return replace (path, bytes, length, mode, WITH_SYNC, error);
}

gboolean
files_write_unsynced (const char *path, const char *bytes, gssize length, int mode, GError **error)
{
  return replace (path, bytes, length, mode, WITHOUT_SYNC, error);
}

gboolean
files_sync (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail (error, "open", path, errno);
  int code = fsync (fd) == 0 ? 0 : errno;
  close (fd);
  return code == 0 ? TRUE : fail (error, "sync", path, code);
}
