#include "agent/install-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/fs-atomic.h"

/* path as the system takes it, in buffer: below root (ctx), or as it is. */
static const char *
full_path (gpointer ctx, const char *path, char *buffer, gsize n, GError **error)
{
  const char *root = ctx;
  int length = root == NULL
                   ? g_snprintf (buffer, n, "%s", path)
                   : g_snprintf (buffer, n, path[0] != '\0' ? "%s/%s" : "%s%s", root, path);
  if (length < 0 || (gsize)length >= n) {
    fs_fail (error, ENAMETOOLONG, "examine", path);
    return NULL;
  }
  return buffer;
}

static gboolean
kind_of (gpointer ctx, const char *path, int (*examine) (const char *, struct stat *),
         InstallKind *out, GError **error)
{
  char buffer[PATH_MAX];
  struct stat status;

  if (full_path (ctx, path, buffer, sizeof buffer, error) == NULL)
    return FALSE;
  if (examine (buffer, &status) != 0) {
    /* a loop of links leads nowhere, just as a dangling one */
    if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
      return fs_fail (error, errno, "examine", buffer);
    *out = INSTALL_ABSENT;
  } else if (S_ISDIR (status.st_mode)) {
    *out = INSTALL_DIRECTORY;
  } else {
    *out = S_ISLNK (status.st_mode) ? INSTALL_SYMLINK : INSTALL_FILE;
  }
  return TRUE;
}

static gboolean
tree_kind (gpointer ctx, const char *path, InstallKind *out, GError **error)
{
  return kind_of (ctx, path, lstat, out, error);
}

static gboolean
tree_followed_kind (gpointer ctx, const char *path, InstallKind *out, GError **error)
{
  return kind_of (ctx, path, stat, out, error);
}

static gboolean
entry_kind (DIR *dir, const struct dirent *entry, InstallKind *out)
{
  struct stat status;

  switch (entry->d_type) {
  case DT_DIR:
    *out = INSTALL_DIRECTORY;
    return TRUE;
  case DT_LNK:
    *out = INSTALL_SYMLINK;
    return TRUE;
  case DT_UNKNOWN: /* some file systems do not say */
    if (fstatat (dirfd (dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
      return FALSE;
    *out = S_ISDIR (status.st_mode)   ? INSTALL_DIRECTORY
           : S_ISLNK (status.st_mode) ? INSTALL_SYMLINK
                                      : INSTALL_FILE;
    return TRUE;
  default:
    *out = INSTALL_FILE;
    return TRUE;
  }
}

static gboolean
is_mount_root (DIR *dir)
{
  struct statx status;
  return statx (dirfd (dir), "", AT_EMPTY_PATH, 0, &status) == 0 &&
         (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 &&
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static gboolean
tree_list (gpointer ctx, const char *path, Arena *arena, InstallNames *out, GError **error)
{
  char buffer[PATH_MAX];
  if (full_path (ctx, path, buffer, sizeof buffer, error) == NULL)
    return FALSE;
  DIR *dir = opendir (buffer);
  if (dir == NULL)
    return fs_fail (error, errno, "list", buffer);

  g_autoptr (GArray) names = g_array_new (FALSE, FALSE, sizeof (InstallName));
  struct dirent *entry;
  InstallName name;
  /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this DIR */
  while ((errno = 0, entry = readdir (dir)) != NULL) {
    if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
      continue;
    if (!entry_kind (dir, entry, &name.kind))
      break;
    name.name = arena_strdup (arena, entry->d_name);
    g_array_append_val (names, name);
  }
  int saved_errno = errno;
  out->is_pinned = is_mount_root (dir);
  closedir (dir);
  if (saved_errno != 0)
    return fs_fail (error, saved_errno, "list", buffer);
  out->n = names->len;
  out->names = arena_memdup (arena, names->data, names->len * sizeof (InstallName));
  return TRUE;
}

InstallTree
install_tree_below (const char *root)
{
  return (InstallTree){ tree_kind, tree_followed_kind, tree_list, (gpointer)root };
}

InstallTree
install_tree_host (void)
{
  return (InstallTree){ tree_kind, tree_followed_kind, tree_list, NULL };
}
