#include "agent/tree-copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

#define MAX_DEPTH 512

/* What errors call a name in a folder. */
static gboolean
fail_in (GError **error, int saved_errno, const char *what, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  return fs_fail (error, saved_errno, what, path);
}

/* Owner first: it clears set-id bits. */
static gboolean
give_attributes (int fd, const struct stat *status)
{
  struct timespec times[2] = { status->st_atim, status->st_mtim };
  if (geteuid () == 0 && fchown (fd, status->st_uid, status->st_gid) != 0)
    return FALSE;
  return fchmod (fd, status->st_mode & 07777) == 0 && futimens (fd, times) == 0;
}

static gboolean
copy_file (int from_dir, int to_dir, const char *name, const char *shown, GError **error)
{
  struct stat status;
  int from_fd = openat (from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (from_fd < 0)
    return fail_in (error, errno, "open", shown, name);
  int to_fd = openat (to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  gboolean ok = to_fd >= 0 && fstat (from_fd, &status) == 0 && fs_copy_content (from_fd, to_fd) &&
                give_attributes (to_fd, &status);
  int saved_errno = errno;
  if (to_fd >= 0 && close (to_fd) != 0 && ok) {
    ok = FALSE;
    saved_errno = errno;
  }
  close (from_fd);
  return ok || fail_in (error, saved_errno, "copy", shown, name);
}

static gboolean
copy_link (int from_dir, int to_dir, const char *name, const struct stat *status, const char *shown,
           GError **error)
{
  char target[PATH_MAX];
  ssize_t n = readlinkat (from_dir, name, target, sizeof target - 1);
  if (n < 0)
    return fail_in (error, errno, "read the link", shown, name);
  target[n] = '\0';
  if (symlinkat (target, to_dir, name) != 0 ||
      (geteuid () == 0 &&
       fchownat (to_dir, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) != 0))
    return fail_in (error, errno, "copy the link", shown, name);
  return TRUE;
}

static gboolean copy_content (int from_fd, int to_fd, const char *shown, guint depth,
                              GError **error);

static gboolean
copy_folder (int from_dir, int to_dir, const char *name, const char *shown, guint depth,
             GError **error)
{
  const int how = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  struct stat status;
  if (depth >= MAX_DEPTH)
    return fail_in (error, ELOOP, "copy", shown, name);
  int from_fd = openat (from_dir, name, how);
  if (from_fd < 0)
    return fail_in (error, errno, "open the folder", shown, name);
  int to_fd = mkdirat (to_dir, name, 0700) == 0 ? openat (to_dir, name, how) : -1;
  gboolean ok = to_fd >= 0 && fstat (from_fd, &status) == 0;
  if (!ok)
    fail_in (error, errno, "copy the folder", shown, name);
  g_autofree char *path = g_build_filename (shown, name, NULL);
  ok = ok && copy_content (from_fd, to_fd, path, depth + 1, error);
  if (ok && !give_attributes (to_fd, &status))
    ok = fail_in (error, errno, "set owner and mode of the copy of", shown, name);
  close (from_fd);
  if (to_fd >= 0)
    close (to_fd);
  return ok;
}

static gboolean
copy_one (int from_fd, int to_fd, const char *name, const char *shown, guint depth, GError **error)
{
  struct stat status;
  if (fstatat (from_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return fail_in (error, errno, "examine", shown, name);
  switch (status.st_mode & S_IFMT) {
  case S_IFREG:
    return copy_file (from_fd, to_fd, name, shown, error);
  case S_IFDIR:
    return copy_folder (from_fd, to_fd, name, shown, depth, error);
  case S_IFLNK:
    return copy_link (from_fd, to_fd, name, &status, shown, error);
  default:
    return fail_in (error, EINVAL, "copy what is neither file, folder nor link:", shown, name);
  }
}

static gboolean
copy_content (int from_fd, int to_fd, const char *shown, guint depth, GError **error)
{
  int list_fd = openat (from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = list_fd >= 0 ? fdopendir (list_fd) : NULL;
  if (dir == NULL) {
    int saved_errno = errno;
    if (list_fd >= 0)
      close (list_fd);
    return fs_fail (error, saved_errno, "list", shown);
  }
  gboolean ok = TRUE;
  struct dirent *entry;
  errno = 0;
  while (ok && /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this DIR */
         (entry = readdir (dir)) != NULL) {
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      ok = copy_one (from_fd, to_fd, entry->d_name, shown, depth, error);
    errno = 0;
  }
  if (ok && errno != 0)
    ok = fs_fail (error, errno, "list", shown);
  closedir (dir);
  return ok;
}

gboolean
tree_copy (int from_fd, int to_fd, const char *shown, GError **error)
{
  return copy_content (from_fd, to_fd, shown, 0, error);
}
