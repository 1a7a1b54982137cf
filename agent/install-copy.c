#include "agent/install-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "proto/write-all.h"

#define SHARE_BYTES (1024 * 1024) /* from here on the kernel is asked first to copy by itself */

static ssize_t
read_again (int fd, char *buffer, gsize n)
{
  ssize_t got;
  do {
    got = read (fd, buffer, n);
  } while (got < 0 && errno == EINTR);
  return got;
}

/* Up to the end of the file, which may be elsewhere than its size said. errno on failure. */
static gboolean
copy_through (int from_fd, int to_fd, gsize size, char *buffer)
{
  for (gsize done = 0;;) {
    ssize_t n = read_again (from_fd, buffer, INSTALL_COPY_BUFFER_BYTES);
    if (n < 0 || (n > 0 && !write_all (to_fd, buffer, (gsize)n)))
      return FALSE;
    done += (gsize)n;
    /* less than was asked for, and all of it: no need to be told again that this was the end */
    if (n == 0 || (done == size && n < INSTALL_COPY_BUFFER_BYTES))
      return TRUE;
  }
}

static gboolean
copy_content (int from_fd, int to_fd, const struct stat *status, char *buffer)
{
  if (status->st_size < SHARE_BYTES)
    return copy_through (from_fd, to_fd, (gsize)status->st_size, buffer);
  return ioctl (to_fd, FICLONE, from_fd) == 0 || fs_copy_content (from_fd, to_fd);
}

static InstallOwner
owner_of (const InstallCopy *copy, const struct stat *source)
{
  InstallOwner owner = copy->owner;
  if (geteuid () != 0)
    return owner;
  if (owner.uid == (uid_t)-1)
    owner.uid = source->st_uid;
  if (owner.gid == (gid_t)-1)
    owner.gid = source->st_gid;
  return owner;
}

static guint
mode_of (const InstallCopy *copy, const struct stat *source)
{
  const AppSpecPermission *permission = copy->permission;
  gboolean has_mode = permission != NULL && permission->mode != APPSPEC_NO_MODE;
  return has_mode ? permission->mode : source->st_mode & 07777;
}

static gboolean
finish (const InstallCopy *copy, int to_fd, const struct stat *source, InstallIdentity *out_made,
        GError **error)
{
  struct timespec times[2] = { source->st_atim, source->st_mtim };
  InstallRights rights = { .owner = owner_of (copy, source),
                           .mode = mode_of (copy, source),
                           .item = copy->permission,
                           .path = copy->to_path };
  struct stat now;

  if (fstat (to_fd, &now) != 0)
    return fs_fail (error, errno, "examine what is staged for", copy->to_path);
  *out_made = (InstallIdentity){ now.st_dev, now.st_ino };
  if (!install_permissions_apply (to_fd, &now, &rights, error))
    return FALSE;
  return futimens (to_fd, times) == 0 || fs_fail (error, errno, "set the times of", copy->to_path);
}

static gboolean
copy_from (const InstallCopy *copy, int from_fd, char *buffer, InstallIdentity *out_made,
           GError **error)
{
  struct stat source;

  if (fstat (from_fd, &source) != 0)
    return fs_fail (error, errno, "examine", copy->from_path);
  if (!S_ISREG (source.st_mode))
    return fs_fail (error, EINVAL,
                    "install what is neither file, folder nor link:", copy->from_path);
  guint first_mode = copy->reach == INSTALL_COPY_CLOSED ? mode_of (copy, &source) & 0777 : 0600;
  int to_fd = openat (copy->to_dir_fd, copy->to_name,
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, first_mode);
  if (to_fd < 0)
    return fs_fail (error, errno, "create a file to stage", copy->to_path);
  gboolean ok = copy_content (from_fd, to_fd, &source, buffer) ||
                fs_fail (error, errno, "write what is staged for", copy->to_path);
  ok = ok && finish (copy, to_fd, &source, out_made, error);
  if (close (to_fd) != 0 && ok)
    return fs_fail (error, errno, "write what is staged for", copy->to_path);
  return ok;
}

gboolean
install_copy_file (const InstallCopy *copy, char *buffer, InstallIdentity *out_made, GError **error)
{
  int from_fd = openat (copy->from_dir_fd, copy->from_name,
                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (from_fd < 0)
    return fs_fail (error, errno, "read", copy->from_path);
  gboolean ok = copy_from (copy, from_fd, buffer, out_made, error);
  close (from_fd);
  return ok;
}

gboolean
install_copy_link (const InstallCopy *copy, InstallIdentity *out_made, GError **error)
{
  char target[PATH_MAX];
  struct stat status;
  ssize_t n = readlinkat (copy->from_dir_fd, copy->from_name, target, sizeof target);

  if (n < 0 || (gsize)n >= sizeof target)
    return fs_fail (error, n < 0 ? errno : ENAMETOOLONG, "read the link", copy->from_path);
  target[n] = '\0';
  if (symlinkat (target, copy->to_dir_fd, copy->to_name) != 0)
    return fs_fail (error, errno, "create a link to stage", copy->to_path);
  if (fstatat (copy->to_dir_fd, copy->to_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return fs_fail (error, errno, "examine what is staged for", copy->to_path);
  *out_made = (InstallIdentity){ status.st_dev, status.st_ino };
  return (copy->owner.uid == (uid_t)-1 && copy->owner.gid == (gid_t)-1) ||
         install_permissions_own_link (copy->to_dir_fd, copy->to_name, copy->owner, copy->to_path,
                                       error);
}
