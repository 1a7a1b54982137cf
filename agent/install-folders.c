#include "agent/install-folders.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "agent/safe-path.h"
#include "core/pathname.h"

#define FOLDER_ONLY (O_PATH | O_DIRECTORY | O_CLOEXEC)
#define NO_ROOT     G_MAXSIZE

void
install_folders_init (InstallFolders *folders, const InstallJournal *journal,
                      const InstallLayout *layout, const InstallIdentity *identities)
{
  *folders = (InstallFolders){ .journal = journal,
                               .layout = layout,
                               .identities = identities,
                               .fd = -1,
                               .root = NO_ROOT,
                               .parent = g_string_new (NULL),
                               .name = g_string_new (NULL) };
}

static void
leave (InstallFolders *folders)
{
  if (folders->fd >= 0)
    close (folders->fd);
  folders->fd = -1;
}

void
install_folders_clear (InstallFolders *folders)
{
  if (folders->parent == NULL)
    return;
  leave (folders);
  g_string_free (folders->parent, TRUE);
  g_string_free (folders->name, TRUE);
  folders->parent = NULL;
}

gboolean
install_identity_at (int dir_fd, const char *name, InstallIdentity *out)
{
  struct stat status;
  if (fstatat (dir_fd, name, &status, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0)
    return FALSE;
  *out = (InstallIdentity){ status.st_dev, status.st_ino };
  return TRUE;
}

gboolean
install_identity_equal (const InstallIdentity *one, const InstallIdentity *other)
{
  return one->device == other->device && one->inode == other->inode;
}

static void
name_staged (InstallFolders *folders, gsize root)
{
  g_autoptr (Arena) arena = arena_new ();
  g_string_assign (folders->name,
                   install_layout_staged_name (folders->journal->deployment_id, root, arena));
}

/* The folder that was staged as a root; -1 and error. */
static int
open_root (InstallFolders *folders, gsize root, GError **error)
{
  const char *path = folders->journal->plan->instructions[root].path;
  InstallIdentity found;

  int parent_fd = safe_path_open_parent (path, error);
  if (parent_fd < 0)
    return -1;
  name_staged (folders, root);
  int fd = openat (parent_fd, folders->name->str, FOLDER_ONLY | O_NOFOLLOW);
  int saved_errno = errno;
  close (parent_fd);
  if (fd >= 0 && folders->identities != NULL &&
      (!install_identity_at (fd, "", &found) ||
       !install_identity_equal (&found, &folders->identities[root]))) {
    close (fd);
    fd = -1;
    saved_errno = ESTALE;
  }
  if (fd < 0)
    fs_fail (error, saved_errno, "open what is staged for", path);
  return fd;
}

static gboolean
enter_staged (InstallFolders *folders, gsize root, const char *path, GError **error)
{
  const char *root_path = folders->journal->plan->instructions[root].path;
  gsize below = strlen (root_path) + 1;
  gsize end = (gsize)(pathname_basename (path) - path);

  int root_fd = open_root (folders, root, error);
  if (root_fd < 0)
    return FALSE;
  if (end <= below) {
    folders->fd = root_fd;
    return TRUE;
  }
  g_autofree char *inside = g_strndup (path + below, end - below - 1);
  folders->fd = safe_path_open_below (root_fd, inside, FOLDER_ONLY);
  int saved_errno = errno;
  close (root_fd);
  return folders->fd >= 0 || fs_fail (error, saved_errno, "open the staged folder of", path);
}

/* Is the folder of path open already? Notes that it is the one that is going to be. */
static gboolean
is_entered (InstallFolders *folders, gsize root, const char *path)
{
  gsize length = (gsize)(pathname_basename (path) - path);

  if (folders->fd >= 0 && folders->root == root && folders->parent->len == length &&
      memcmp (folders->parent->str, path, length) == 0)
    return TRUE;
  leave (folders);
  folders->root = root;
  g_string_truncate (folders->parent, 0);
  g_string_append_len (folders->parent, path, (gssize)length);
  return FALSE;
}

gboolean
install_folders_enter_parent (InstallFolders *folders, const char *path, GError **error)
{
  if (!is_entered (folders, NO_ROOT, path))
    folders->fd = safe_path_open_parent (path, error);
  return folders->fd >= 0;
}

gboolean
install_folders_enter (InstallFolders *folders, gsize index, GError **error)
{
  const char *path = folders->journal->plan->instructions[index].path;
  gsize root = folders->layout->placements[index].root;

  if (root == index) {
    if (!install_folders_enter_parent (folders, path, error))
      return FALSE;
    name_staged (folders, index);
    return TRUE;
  }
  if (!is_entered (folders, root, path) && !enter_staged (folders, root, path, error))
    return FALSE;
  g_string_assign (folders->name, pathname_basename (path));
  return TRUE;
}
