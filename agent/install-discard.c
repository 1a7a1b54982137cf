#include "agent/install-discard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/pathname.h"

#define FOLDER_READ (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define MAX_DEPTH   256 /* two descriptors each */

typedef struct {
  const InstallDiscard *discard;
  GString *path; /* of the folder that is being emptied */
  guint depth;
} Emptying;

static void
warn (const InstallDiscard *discard, const char *what, const char *path, int saved_errno)
{
  agent_log (discard->host->log, AGENT_LOG_WARN,
             "cannot %s \"%s\" of the previous revision: %s; it is left aside in \"%s\" beside "
             "\"%s\"",
             what, path, g_strerror (saved_errno), discard->aside, discard->path);
}

/*
 * A deployed thing is still there, and the next Install is to try again: under the name that it has now, or at its old path, should a
 * folder that it is in be given back.
 */
static void
note_left (const InstallDiscard *discard, const char *path, int saved_errno)
{
  gsize folder = (gsize)(pathname_basename (discard->path) - discard->path);
  warn (discard, "remove", path, saved_errno);
  g_ptr_array_add (discard->left, g_strdup (path));
  g_ptr_array_add (discard->left, g_strdup_printf ("%.*s%s%s", (int)folder, discard->path,
                                                   discard->aside, path + strlen (discard->path)));
}

/* A rename that replaces nothing; file systems that do not know the flag get a look first. */
static gboolean
move_free (int from_fd, const char *from, int to_fd, const char *to)
{
  struct stat status;
  if (renameat2 (from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
    return TRUE;
  if (errno != EINVAL && errno != ENOSYS)
    return FALSE;
  if (fstatat (to_fd, to, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    errno = EEXIST;
    return FALSE;
  }
  return renameat (from_fd, from, to_fd, to) == 0;
}

static void
give_back (Emptying *emptying, int from_fd, const char *from, int to_fd, const char *to)
{
  const InstallDiscard *discard = emptying->discard;
  if (move_free (from_fd, from, to_fd, to))
    agent_log (discard->host->log, AGENT_LOG_INFO, "\"%s\" stays: it was not deployed",
               emptying->path->str);
  else
    warn (discard, "keep", emptying->path->str, errno);
}

static void empty_folder (Emptying *emptying, int dir_fd, const char *name, int new_dir_fd,
                          const char *new_name);

/* One thing in the folder fd, whose successor is new_fd (-1: it has none). The path is set to it. */
static void
handle_entry (Emptying *emptying, int fd, const struct dirent *entry, int new_fd)
{
  const InstallDiscard *discard = emptying->discard;
  const char *name = entry->d_name;
  struct stat status;

  if (!g_hash_table_contains (discard->old_paths, emptying->path->str)) {
    /* without a successor the whole folder is given back, and this with it */
    if (new_fd >= 0)
      give_back (emptying, fd, name, new_fd, name);
    return;
  }
  if (fstatat (fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT)
      note_left (discard, emptying->path->str, errno);
  } else if (S_ISDIR (status.st_mode)) {
    empty_folder (emptying, fd, name, new_fd, name);
  } else if (unlinkat (fd, name, 0) != 0 && errno != ENOENT) {
    note_left (discard, emptying->path->str, errno);
  }
}

static void
handle_entries (Emptying *emptying, DIR *dir, int new_fd)
{
  gsize length = emptying->path->len;
  const struct dirent *entry;

  /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this DIR */
  while ((entry = readdir (dir)) != NULL) {
    if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
      continue;
    g_string_append_c (emptying->path, '/');
    g_string_append (emptying->path, entry->d_name);
    handle_entry (emptying, dirfd (dir), entry, new_fd);
    g_string_truncate (emptying->path, length);
  }
}

/*
 * The folder name in dir_fd, whose place is now that of new_name in new_dir_fd: emptied and removed, or, when others have things in it and
 * nothing succeeds it, moved to that place.
 */
static void
empty_folder (Emptying *emptying, int dir_fd, const char *name, int new_dir_fd,
              const char *new_name)
{
  errno = ELOOP;
  int fd = emptying->depth < MAX_DEPTH ? openat (dir_fd, name, FOLDER_READ) : -1;
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  if (dir == NULL) {
    note_left (emptying->discard, emptying->path->str, errno);
    if (fd >= 0)
      close (fd);
    return;
  }
  int new_fd = new_dir_fd >= 0
                   ? openat (new_dir_fd, new_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                   : -1;
  emptying->depth++;
  handle_entries (emptying, dir, new_fd);
  emptying->depth--;
  closedir (dir);
  if (unlinkat (dir_fd, name, AT_REMOVEDIR) != 0 && errno != ENOENT) {
    /* without a successor of its parent it stays in that one, which is given back whole */
    if (new_fd < 0 && new_dir_fd >= 0)
      give_back (emptying, dir_fd, name, new_dir_fd, new_name);
    else if (new_fd >= 0)
      note_left (emptying->discard, emptying->path->str, errno);
  }
  if (new_fd >= 0)
    close (new_fd);
}

void
install_discard (const InstallDiscard *discard)
{
  g_autoptr (GString) path = g_string_new (discard->path);
  Emptying emptying = { discard, path, 0 };
  struct stat status;

  if (fstatat (discard->dir_fd, discard->aside, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT)
      note_left (discard, discard->path, errno);
  } else if (!g_hash_table_contains (discard->old_paths, discard->path) &&
             (!discard->of_file || S_ISDIR (status.st_mode))) {
    agent_log (discard->host->log, AGENT_LOG_WARN,
               "\"%s\" was not deployed, and appeared while its place was taken: it is now "
               "\"%s\" beside it",
               discard->path, discard->aside);
  } else if (S_ISDIR (status.st_mode)) {
    empty_folder (&emptying, discard->dir_fd, discard->aside, discard->dir_fd,
                  pathname_basename (discard->path));
  } else if (unlinkat (discard->dir_fd, discard->aside, 0) != 0 && errno != ENOENT) {
    note_left (discard, discard->path, errno);
  }
}
