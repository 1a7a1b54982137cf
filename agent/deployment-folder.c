#include "agent/deployment-folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

#define ARCHIVE  "deployment-archive"
#define PARTIAL  "deployment-archive-partial"
#define OUTER    "deployment-archive-temp" /* where the official agent keeps it while it strips one */
#define OUTDATED "deployment-archive-old"

void
deployment_folder_clear (DeploymentFolder *folder)
{
  if (folder->path == NULL)
    return;
  close (folder->fd);
  g_clear_pointer (&folder->path, g_free);
}

static gboolean
fail_at (const DeploymentFolder *folder, GError **error, int saved_errno, const char *what,
         const char *name)
{
  g_autofree char *path = g_build_filename (folder->path, name, NULL);
  return fs_fail (error, saved_errno, what, path);
}

typedef int (*StepDown) (int dir_fd, const char *name);

static int
step_to_existing (int dir_fd, const char *name)
{
  return openat (dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int
step_to_made (int dir_fd, const char *name)
{
  if (mkdirat (dir_fd, name, 0755) != 0 && errno != EEXIST)
    return -1;
  return step_to_existing (dir_fd, name);
}

static gboolean
descend (const AgentHost *host, const char *group_id, const char *deployment_id, StepDown step,
         DeploymentFolder *out, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *path = host_deployment_dir (host, group_id, deployment_id, arena);
  const char *names[] = { group_id, deployment_id };
  int fd = open (host->config->root_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  for (gsize i = 0; i < G_N_ELEMENTS (names) && fd >= 0; i++) {
    int next = step (fd, names[i]);
    int saved_errno = errno;
    close (fd);
    errno = saved_errno;
    fd = next;
  }
  if (fd < 0)
    return fs_fail (error, errno, "open the folder (links are not followed)", path);
  *out = (DeploymentFolder){ fd, g_strdup (path) };
  return TRUE;
}

gboolean
deployment_folder_make (const AgentHost *host, const char *group_id, const char *deployment_id,
                        DeploymentFolder *out, GError **error)
{
  return fs_make_directory (host->config->root_dir, error) &&
         descend (host, group_id, deployment_id, step_to_made, out, error);
}

gboolean
deployment_folder_open (const AgentHost *host, const char *group_id, const char *deployment_id,
                        DeploymentFolder *out, GError **error)
{
  return descend (host, group_id, deployment_id, step_to_existing, out, error);
}

static gboolean
remove_any (const DeploymentFolder *folder, const char *name, GError **error)
{
  return fs_remove_tree_at (folder->fd, name) || fail_at (folder, error, errno, "remove", name);
}

int
deployment_folder_create_file (const DeploymentFolder *folder, const char *name, GError **error)
{
  if (!remove_any (folder, name, error))
    return -1;
  int fd = openat (folder->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0)
    fail_at (folder, error, errno, "create", name);
  return fd;
}

static gboolean
move (const DeploymentFolder *folder, const char *from, const char *to, GError **error)
{
  return renameat (folder->fd, from, folder->fd, to) == 0 ||
         fail_at (folder, error, errno, "rename", from);
}

gboolean
deployment_folder_forget_archive (const DeploymentFolder *folder, GError **error)
{
  static const char *const leftovers[] = { OUTDATED, PARTIAL, OUTER };

  for (gsize i = 0; i < G_N_ELEMENTS (leftovers); i++)
    if (!remove_any (folder, leftovers[i], error))
      return FALSE;
  if (renameat (folder->fd, ARCHIVE, folder->fd, OUTDATED) != 0)
    return errno == ENOENT || fail_at (folder, error, errno, "rename", ARCHIVE);
  return remove_any (folder, OUTDATED, error);
}

int
deployment_folder_begin_archive (const DeploymentFolder *folder, GError **error)
{
  if (!remove_any (folder, PARTIAL, error))
    return -1;
  int fd = step_to_made (folder->fd, PARTIAL);
  if (fd < 0)
    fail_at (folder, error, errno, "create the folder", PARTIAL);
  return fd;
}

gboolean
deployment_folder_finish_archive (const DeploymentFolder *folder, GError **error)
{
  return move (folder, PARTIAL, ARCHIVE, error) && remove_any (folder, OUTER, error);
}

static DIR *
open_list (int dir_fd, const char *name)
{
  int fd = step_to_existing (dir_fd, name);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  if (dir == NULL && fd >= 0)
    close (fd);
  return dir;
}

static const char *
next_name (DIR *dir)
{
  struct dirent *entry;
  /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this DIR */
  while ((entry = readdir (dir)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      return entry->d_name;
  return NULL;
}

static gboolean
has_appspec (int dir_fd, const char *name)
{
  DIR *dir = open_list (dir_fd, name);
  gboolean found = FALSE;
  const char *one;

  while (dir != NULL && !found && (one = next_name (dir)) != NULL) {
    g_autofree char *lower = g_ascii_strdown (one, -1);
    found = strstr (lower, "appspec") != NULL;
  }
  if (dir != NULL)
    closedir (dir);
  return found;
}

/* The only entry of the archive that was begun, if it is a folder that has something named like an AppSpec in it. */
static gboolean
leading_directory (const DeploymentFolder *folder, char **out, GError **error)
{
  DIR *dir = open_list (folder->fd, PARTIAL);
  if (dir == NULL)
    return fail_at (folder, error, errno, "list", PARTIAL);
  g_autofree char *only = g_strdup (next_name (dir));
  gboolean alone = only != NULL && next_name (dir) == NULL;
  *out = alone && has_appspec (dirfd (dir), only) ? g_steal_pointer (&only) : NULL;
  closedir (dir);
  return TRUE;
}

gboolean
deployment_folder_strip_archive (const DeploymentFolder *folder, GError **error)
{
  g_autofree char *name = NULL;
  if (!leading_directory (folder, &name, error))
    return FALSE;
  if (name == NULL)
    return TRUE;
  g_autofree char *inner = g_strconcat (OUTER "/", name, NULL);
  return remove_any (folder, OUTER, error) && move (folder, PARTIAL, OUTER, error) &&
         move (folder, inner, PARTIAL, error);
}
