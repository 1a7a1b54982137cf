#include "proto/archive-writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/pathname.h"
#include "proto/archive-accounts.h"

#define MODE_BITS   07777u
#define MODE_SET_ID 06000u

/* Folders that are not open to their owner get their mode when everything is in them. */
typedef struct {
  char *path;
  mode_t mode;
} LateMode;

static void
late_mode_clear (gpointer data)
{
  g_free (((LateMode *)data)->path);
}

/* What a mode given at creation comes to under this umask, and default ACL, which all folders here inherit alike. */
typedef enum {
  MODE_UNKNOWN,
  MODE_EXACT,
  MODE_CHANGED
} ModeAtCreation;

struct ArchiveWriter {
  ArchiveUnpackFlags flags;
  gboolean refuse_same_names;
  int root_fd;
  ArchiveAccounts accounts;
  Arena *arena; /* reset for each entry */
  GArray *late_modes;
  guint8 at_creation[MODE_BITS + 1]; /* ModeAtCreation of each mode */

  GString *parent; /* the folder that parent_fd is */
  int parent_fd;   /* -1: none yet */
  gid_t parent_gid;

  int file_fd; /* -1: no file is open */
  const ArchiveFeedEntry *entry;
  const ArchiveVerdict *verdict;
  gboolean mode_is_set;
  gint64 position; /* of file_fd */
};

static gboolean
fail_errno (GError **error, int saved_errno, const char *what, const char *path)
{
  gboolean full = saved_errno == ENOSPC || saved_errno == EDQUOT;
  g_autofree char *shown = g_strescape (path, NULL);
  g_set_error (error, ARCHIVE_ERROR, full ? ARCHIVE_ERROR_DISK_FULL : ARCHIVE_ERROR_IO,
               "cannot %s \"%.200s\": %s", what, shown, g_strerror (saved_errno));
  return FALSE;
}

static gboolean
refuse_name (GError **error, const char *path, const char *why)
{
  g_autofree char *shown = g_strescape (path, NULL);
  g_set_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_TWICE, "archive entry \"%.200s\" %s",
               shown, why);
  return FALSE;
}

/* Does the file system take two names that differ by case for one? Asked of it, whatever it is. */
static gboolean
folds_case (int dir_fd, gboolean *out, GError **error)
{
  static const char lower[] = ".slipway-case-probe", upper[] = ".slipway-CASE-probe";
  struct stat status;
  int fd = openat (dir_fd, lower, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

  if (fd < 0)
    return fail_errno (error, errno, "create", lower);
  close (fd);
  *out = fstatat (dir_fd, upper, &status, AT_SYMLINK_NOFOLLOW) == 0;
  return unlinkat (dir_fd, lower, 0) == 0 || fail_errno (error, errno, "remove", lower);
}

ArchiveWriter *
archive_writer_new (int dir_fd, ArchiveUnpackFlags flags, GError **error)
{
  g_autoptr (ArchiveWriter) writer = g_new0 (ArchiveWriter, 1);

  writer->flags = flags;
  writer->root_fd = dir_fd;
  writer->parent_fd = -1;
  writer->file_fd = -1;
  writer->arena = arena_new ();
  writer->parent = g_string_new (NULL);
  writer->late_modes = g_array_new (FALSE, FALSE, sizeof (LateMode));
  g_array_set_clear_func (writer->late_modes, late_mode_clear);
  writer->refuse_same_names = (flags & ARCHIVE_UNPACK_NAMES_ONCE) != 0;
  if (!writer->refuse_same_names && !folds_case (dir_fd, &writer->refuse_same_names, error))
    return NULL;
  return g_steal_pointer (&writer);
}

static void
forget_parent (ArchiveWriter *writer)
{
  if (writer->parent_fd >= 0)
    close (writer->parent_fd);
  writer->parent_fd = -1;
}

void
archive_writer_free (ArchiveWriter *writer)
{
  if (writer == NULL)
    return;
  forget_parent (writer);
  if (writer->file_fd >= 0)
    close (writer->file_fd);
  g_array_unref (writer->late_modes);
  g_string_free (writer->parent, TRUE);
  arena_free (writer->arena);
  g_free (writer);
}

/* Opens name in dir_fd as a folder, made if missing; never through a link. */
static int
open_folder (int dir_fd, const char *name)
{
  const int how = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat (dir_fd, name, how);
  if (fd >= 0 || errno != ENOENT)
    return fd;
  if (mkdirat (dir_fd, name, 0755) != 0 && errno != EEXIST)
    return -1;
  return openat (dir_fd, name, how);
}

/* The folder that the first n bytes of path name, from the root. */
static int
open_path (ArchiveWriter *writer, const char *path, gsize n)
{
  int fd = openat (writer->root_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

  for (const char *at = path; fd >= 0 && at < path + n;) {
    gsize length = strcspn (at, "/");
    int next = open_folder (fd, arena_strndup (writer->arena, at, length));
    int saved_errno = errno;
    close (fd);
    errno = saved_errno;
    fd = next;
    at += length + (at[length] == '/');
  }
  return fd;
}

/* Makes parent_fd the folder that path stands in. */
static gboolean
enter_parent (ArchiveWriter *writer, const char *path, GError **error)
{
  struct stat status;
  gsize n = (gsize)(pathname_basename (path) - path);

  if (writer->parent_fd >= 0 && writer->parent->len == n &&
      memcmp (writer->parent->str, path, n) == 0)
    return TRUE;
  forget_parent (writer);
  int fd = open_path (writer, path, n);
  if (fd < 0 || fstat (fd, &status) != 0) {
    int saved_errno = errno;
    if (fd >= 0)
      close (fd);
    return fail_errno (error, saved_errno, "open the folder (links are not followed) of", path);
  }
  writer->parent_fd = fd;
  writer->parent_gid = status.st_gid;
  g_string_truncate (writer->parent, 0);
  g_string_append_len (writer->parent, path, (gssize)n);
  return TRUE;
}

/* Takes away what an earlier entry of the same name and kind left. */
static gboolean
remove_earlier (ArchiveWriter *writer, const char *path, mode_t kind, GError **error)
{
  const char *name = pathname_basename (path);
  struct stat status;

  if (fstatat (writer->parent_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT || fail_errno (error, errno, "examine", path);
  if (writer->refuse_same_names)
    return refuse_name (error, path,
                        "comes twice, or differs from another by case only, which is one name on "
                        "this file system");
  if ((status.st_mode & S_IFMT) != kind)
    return refuse_name (error, path, "comes twice, as different kinds of thing");
  if (unlinkat (writer->parent_fd, name, 0) == 0 || errno == ENOENT)
    return TRUE;
  return fail_errno (error, errno, "replace", path);
}

/* fd -1: the entry's name itself, not what it leads to. */
static gboolean
give_owner (ArchiveWriter *writer, int fd, GError **error)
{
  const char *path = writer->verdict->path;
  uid_t uid;
  gid_t gid;

  if ((writer->flags & ARCHIVE_UNPACK_OWNERS) == 0)
    return TRUE;
  archive_accounts_owner (&writer->accounts, writer->entry, &uid, &gid);
  /* what is made here is ours, and has our group or, on some file systems, its folder's */
  if (uid == geteuid () && gid == getegid () && gid == writer->parent_gid)
    return TRUE;
  int result = fd >= 0 ? fchown (fd, uid, gid)
                       : fchownat (writer->parent_fd, pathname_basename (path), uid, gid,
                                   AT_SYMLINK_NOFOLLOW);
  return result == 0 || fail_errno (error, errno, "set the owner of", path);
}

/* Set-id bits do not outlive writing and a new owner; they are given at the end. */
static gboolean
create_file (ArchiveWriter *writer, const char *name)
{
  const int how = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  guint32 mode = writer->verdict->mode;
  guint8 *known = &writer->at_creation[mode & MODE_BITS];
  gboolean early = (mode & MODE_SET_ID) == 0 && *known != MODE_CHANGED;
  struct stat status;

  writer->file_fd = openat (writer->parent_fd, name, how, early ? mode : 0600);
  writer->mode_is_set = early;
  if (writer->file_fd < 0)
    return FALSE;
  if (early && *known == MODE_UNKNOWN && fstat (writer->file_fd, &status) == 0) {
    *known = (status.st_mode & MODE_BITS) == mode ? MODE_EXACT : MODE_CHANGED;
    writer->mode_is_set = *known == MODE_EXACT;
  }
  return TRUE;
}

static gboolean
add_file (ArchiveWriter *writer, GError **error)
{
  const char *path = writer->verdict->path, *name = pathname_basename (path);

  writer->position = 0;
  if (create_file (writer, name))
    return TRUE;
  if (errno != EEXIST)
    return fail_errno (error, errno, "create", path);
  return remove_earlier (writer, path, S_IFREG, error) &&
         (create_file (writer, name) || fail_errno (error, errno, "create", path));
}

gboolean
archive_writer_bytes (ArchiveWriter *writer, const guint8 *bytes, gsize n, gint64 offset,
                      GError **error)
{
  const char *path = writer->verdict->path;

  if (offset != writer->position && lseek (writer->file_fd, offset, SEEK_SET) < 0)
    return fail_errno (error, errno, "place a part of", path);
  writer->position = offset + (gint64)n;
  while (n > 0) {
    ssize_t done = write (writer->file_fd, bytes, n);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return fail_errno (error, errno, "write", path);
    bytes += done;
    n -= (gsize)done;
  }
  return TRUE;
}

gboolean
archive_writer_end_entry (ArchiveWriter *writer, GError **error)
{
  int fd = writer->file_fd;

  if (fd < 0)
    return TRUE;
  const ArchiveFeedEntry *entry = writer->entry;
  const char *path = writer->verdict->path;
  writer->file_fd = -1;
  /* the judge has seen the announced size */
  gboolean ok = !entry->is_sparse || entry->entry.size_bytes < 0 ||
                ftruncate (fd, entry->entry.size_bytes) == 0 ||
                fail_errno (error, errno, "extend", path);
  ok = ok && give_owner (writer, fd, error);
  if (ok && !writer->mode_is_set && fchmod (fd, writer->verdict->mode) != 0)
    ok = fail_errno (error, errno, "set the mode of", path);
  if (ok && entry->has_mtime) {
    struct timespec times[2] = { entry->mtime, entry->mtime };
    if (futimens (fd, times) != 0)
      ok = fail_errno (error, errno, "set the time of", path);
  }
  if (close (fd) != 0 && ok)
    ok = fail_errno (error, errno, "close", path);
  return ok;
}

static gboolean
make_folder (ArchiveWriter *writer, const char *path, GError **error)
{
  const char *name = pathname_basename (path);
  struct stat status;

  if (mkdirat (writer->parent_fd, name, 0700) == 0)
    return TRUE;
  if (errno != EEXIST)
    return fail_errno (error, errno, "create the folder", path);
  if (fstatat (writer->parent_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return fail_errno (error, errno, "examine", path);
  /* made for what is in it, or by an entry before; where case is folded its name may be another's, but nothing is lost */
  return S_ISDIR (status.st_mode) ||
         refuse_name (error, path, "comes twice, as different kinds of thing");
}

static gboolean
add_directory (ArchiveWriter *writer, GError **error)
{
  const char *path = writer->verdict->path;
  guint32 mode = writer->verdict->mode;

  if (!make_folder (writer, path, error))
    return FALSE;
  int fd = openat (writer->parent_fd, pathname_basename (path),
                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return fail_errno (error, errno, "open the folder", path);
  gboolean ok = give_owner (writer, fd, error);
  if (ok && fchmod (fd, mode | 0700) != 0)
    ok = fail_errno (error, errno, "set the mode of", path);
  close (fd);
  if (ok && (mode & 0700) != 0700) {
    LateMode late = { g_strdup (path), mode };
    g_array_append_val (writer->late_modes, late);
  }
  return ok;
}

static gboolean
add_symlink (ArchiveWriter *writer, GError **error)
{
  const char *path = writer->verdict->path, *name = pathname_basename (path);
  const char *target = writer->verdict->link_target;
  int result = symlinkat (target, writer->parent_fd, name);

  if (result != 0 && errno == EEXIST) {
    if (!remove_earlier (writer, path, S_IFLNK, error))
      return FALSE;
    result = symlinkat (target, writer->parent_fd, name);
  }
  if (result != 0)
    return fail_errno (error, errno, "create the link", path);
  return give_owner (writer, -1, error);
}

static gboolean
add_hard_link (ArchiveWriter *writer, GError **error)
{
  const char *path = writer->verdict->path, *target = writer->verdict->link_target;
  struct stat status;

  if (strcmp (target, path) == 0)
    return TRUE;
  if (!enter_parent (writer, target, error))
    return FALSE;
  int target_fd =
      openat (writer->parent_fd, pathname_basename (target), O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (target_fd < 0)
    return fail_errno (error, errno, "find the target of a hard link", target);
  /* a second name of a symbolic link would make it mean something else */
  gboolean ok = fstat (target_fd, &status) == 0 && S_ISREG (status.st_mode);
  if (!ok)
    fail_errno (error, EINVAL, "link to something other than a file:", target);
  ok = ok && enter_parent (writer, path, error) && remove_earlier (writer, path, S_IFREG, error);
  if (ok) {
    g_autofree char *source = g_strdup_printf ("/proc/self/fd/%d", target_fd);
    if (linkat (AT_FDCWD, source, writer->parent_fd, pathname_basename (path), AT_SYMLINK_FOLLOW) !=
        0)
      ok = fail_errno (error, errno, "create the hard link", path);
  }
  close (target_fd);
  return ok;
}

gboolean
archive_writer_add (ArchiveWriter *writer, const ArchiveFeedEntry *entry,
                    const ArchiveVerdict *verdict, GError **error)
{
  g_assert (writer->file_fd < 0);
  writer->entry = entry;
  writer->verdict = verdict;
  arena_reset (writer->arena);
  if (!enter_parent (writer, verdict->path, error))
    return FALSE;
  switch (entry->entry.kind) {
  case ARCHIVE_ENTRY_FILE:
    return add_file (writer, error);
  case ARCHIVE_ENTRY_DIRECTORY:
    return add_directory (writer, error);
  case ARCHIVE_ENTRY_SYMLINK:
    return add_symlink (writer, error);
  case ARCHIVE_ENTRY_HARD_LINK:
    return add_hard_link (writer, error);
  case ARCHIVE_ENTRY_ENCRYPTED:
  case ARCHIVE_ENTRY_OTHER:
  default:
    g_return_val_if_reached (FALSE); /* the judge refuses them */
  }
}

gboolean
archive_writer_finish (ArchiveWriter *writer, GError **error)
{
  for (guint i = writer->late_modes->len; i-- > 0;) {
    const LateMode *late = &g_array_index (writer->late_modes, LateMode, i);
    arena_reset (writer->arena);
    if (!enter_parent (writer, late->path, error))
      return FALSE;
    int fd = openat (writer->parent_fd, pathname_basename (late->path),
                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int result = fd >= 0 ? fchmod (fd, late->mode) : -1;
    int saved_errno = errno;
    if (fd >= 0)
      close (fd);
    if (result != 0)
      return fail_errno (error, saved_errno, "set the mode of", late->path);
  }
  return TRUE;
}
