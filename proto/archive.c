#include "proto/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/pathname.h"
#include "proto/archive-source.h"

G_DEFINE_QUARK (slipway - archive - error, archive_error)

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

typedef struct {
  struct archive *archive;
  ArchiveFormat format;
  ArchiveUnpackFlags flags;
  int root_fd;
  ArchiveJudge judge;
  ArchiveAccounts accounts;
  Arena *arena; /* reset for each entry */
  GArray *late_modes;
  GString *parent; /* the folder that parent_fd is */
  int parent_fd;   /* -1: none yet */
} Unpack;

gboolean
archive_format_from_name (const char *name, ArchiveFormat *out)
{
  static const char *const names[] = {
    [ARCHIVE_TAR] = "tar",
    [ARCHIVE_TGZ] = "tgz",
    [ARCHIVE_ZIP] = "zip",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (name != NULL && strcmp (name, names[i]) == 0) {
      *out = (ArchiveFormat)i;
      return TRUE;
    }
  return FALSE;
}

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
fail_format (GError **error, struct archive *archive)
{
  const char *why = archive_error_string (archive);
  g_autofree char *valid = g_utf8_make_valid (why != NULL ? why : "unknown reason", -1);
  g_set_error (error, ARCHIVE_ERROR, ARCHIVE_ERROR_FORMAT, "archive cannot be read: %s", valid);
  return FALSE;
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

static void
forget_parent (Unpack *unpack)
{
  if (unpack->parent_fd >= 0)
    close (unpack->parent_fd);
  unpack->parent_fd = -1;
}

/* Makes parent_fd the folder that path stands in. */
static gboolean
enter_parent (Unpack *unpack, const char *path, GError **error)
{
  const char *parent = pathname_parent (path, unpack->arena);
  if (unpack->parent_fd >= 0 && strcmp (unpack->parent->str, parent) == 0)
    return TRUE;

  forget_parent (unpack);
  int fd = openat (unpack->root_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (const char *at = parent; fd >= 0 && *at != '\0';) {
    gsize length = strcspn (at, "/");
    int next = open_folder (fd, arena_strndup (unpack->arena, at, length));
    int saved_errno = errno;
    close (fd);
    errno = saved_errno;
    fd = next;
    at += length + (at[length] == '/');
  }
  if (fd < 0)
    return fail_errno (error, errno, "open the folder (links are not followed)", parent);
  unpack->parent_fd = fd;
  g_string_assign (unpack->parent, parent);
  return TRUE;
}

/* Takes away what an earlier entry of the same name left. */
static gboolean
remove_earlier (Unpack *unpack, const char *path, GError **error)
{
  const char *name = pathname_basename (path);
  int parent_fd = unpack->parent_fd;

  if (unlinkat (parent_fd, name, 0) == 0 || errno == ENOENT)
    return TRUE;
  if ((errno == EISDIR || errno == EPERM) && unlinkat (parent_fd, name, AT_REMOVEDIR) == 0)
    return TRUE;
  return fail_errno (error, errno, "replace", path);
}

static gboolean
give_owner (Unpack *unpack, struct archive_entry *entry, int fd, const char *path, GError **error)
{
  uid_t uid;
  gid_t gid;

  if ((unpack->flags & ARCHIVE_UNPACK_OWNERS) == 0 || unpack->format == ARCHIVE_ZIP)
    return TRUE;
  archive_source_owner (entry, &unpack->accounts, &uid, &gid);
  int result = fd >= 0 ? fchown (fd, uid, gid)
                       : fchownat (unpack->parent_fd, pathname_basename (path), uid, gid,
                                   AT_SYMLINK_NOFOLLOW);
  return result == 0 || fail_errno (error, errno, "set the owner of", path);
}

static gboolean
write_all_at (int fd, const char *bytes, gsize n, gint64 offset)
{
  while (n > 0) {
    ssize_t done = pwrite (fd, bytes, n, offset);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return FALSE;
    bytes += done;
    n -= (gsize)done;
    offset += done;
  }
  return TRUE;
}

static gboolean
write_content (Unpack *unpack, int fd, const char *path, GError **error)
{
  gint64 end = 0; /* holes count as well */
  const void *bytes;
  size_t n;
  la_int64_t offset;

  for (;;) {
    int status = archive_read_data_block (unpack->archive, &bytes, &n, &offset);
    if (status == ARCHIVE_EOF)
      break;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
      return fail_format (error, unpack->archive);
    if (offset < end || n > (guint64)(G_MAXINT64 - offset))
      return fail_errno (error, EINVAL, "place a part of", path);
    if (!archive_judge_bytes (&unpack->judge, offset + (gint64)n - end, error))
      return FALSE;
    if (!write_all_at (fd, bytes, n, offset))
      return fail_errno (error, errno, "write", path);
    end = offset + (gint64)n;
  }
  return TRUE;
}

static gboolean
unpack_file (Unpack *unpack, struct archive_entry *entry, const ArchiveVerdict *verdict,
             GError **error)
{
  const char *name = pathname_basename (verdict->path);
  const int how = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat (unpack->parent_fd, name, how, 0600);
  if (fd < 0 && errno == EEXIST) {
    if (!remove_earlier (unpack, verdict->path, error))
      return FALSE;
    fd = openat (unpack->parent_fd, name, how, 0600);
  }
  if (fd < 0)
    return fail_errno (error, errno, "create", verdict->path);

  gboolean ok = write_content (unpack, fd, verdict->path, error);
  /* a hole at the end has no block; the judge has seen the announced size */
  if (ok && archive_entry_sparse_count (entry) > 0 && archive_entry_size_is_set (entry) &&
      ftruncate (fd, archive_entry_size (entry)) != 0)
    ok = fail_errno (error, errno, "extend", verdict->path);
  ok = ok && give_owner (unpack, entry, fd, verdict->path, error);
  if (ok && fchmod (fd, verdict->mode) != 0)
    ok = fail_errno (error, errno, "set the mode of", verdict->path);
  if (ok && archive_entry_mtime_is_set (entry)) {
    struct timespec mtime = { archive_entry_mtime (entry), archive_entry_mtime_nsec (entry) };
    struct timespec times[2] = { mtime, mtime };
    if (futimens (fd, times) != 0)
      ok = fail_errno (error, errno, "set the time of", verdict->path);
  }
  if (close (fd) != 0 && ok)
    ok = fail_errno (error, errno, "close", verdict->path);
  return ok;
}

static gboolean
unpack_directory (Unpack *unpack, struct archive_entry *entry, const ArchiveVerdict *verdict,
                  GError **error)
{
  const char *name = pathname_basename (verdict->path);
  struct stat status;

  if (mkdirat (unpack->parent_fd, name, 0700) != 0) {
    if (errno != EEXIST)
      return fail_errno (error, errno, "create the folder", verdict->path);
    if (fstatat (unpack->parent_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
      return fail_errno (error, errno, "examine", verdict->path);
    if (!S_ISDIR (status.st_mode)) {
      if (!remove_earlier (unpack, verdict->path, error))
        return FALSE;
      if (mkdirat (unpack->parent_fd, name, 0700) != 0)
        return fail_errno (error, errno, "create the folder", verdict->path);
    }
  }
  int fd = openat (unpack->parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return fail_errno (error, errno, "open the folder", verdict->path);
  gboolean ok = give_owner (unpack, entry, fd, verdict->path, error);
  if (ok && fchmod (fd, verdict->mode | 0700) != 0)
    ok = fail_errno (error, errno, "set the mode of", verdict->path);
  close (fd);
  if (ok && (verdict->mode & 0700) != 0700) {
    LateMode late = { g_strdup (verdict->path), verdict->mode };
    g_array_append_val (unpack->late_modes, late);
  }
  return ok;
}

static gboolean
unpack_symlink (Unpack *unpack, struct archive_entry *entry, const ArchiveVerdict *verdict,
                GError **error)
{
  const char *name = pathname_basename (verdict->path);
  int result = symlinkat (verdict->link_target, unpack->parent_fd, name);
  if (result != 0 && errno == EEXIST) {
    if (!remove_earlier (unpack, verdict->path, error))
      return FALSE;
    result = symlinkat (verdict->link_target, unpack->parent_fd, name);
  }
  if (result != 0)
    return fail_errno (error, errno, "create the link", verdict->path);
  return give_owner (unpack, entry, -1, verdict->path, error);
}

static gboolean
unpack_hard_link (Unpack *unpack, const ArchiveVerdict *verdict, GError **error)
{
  struct stat status;

  if (strcmp (verdict->link_target, verdict->path) == 0)
    return TRUE;
  if (!enter_parent (unpack, verdict->link_target, error))
    return FALSE;
  int target_fd = openat (unpack->parent_fd, pathname_basename (verdict->link_target),
                          O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (target_fd < 0)
    return fail_errno (error, errno, "find the target of a hard link", verdict->link_target);
  /* a second name of a symbolic link would make it mean something else */
  gboolean ok = fstat (target_fd, &status) == 0 && S_ISREG (status.st_mode);
  if (!ok)
    fail_errno (error, EINVAL, "link to something other than a file:", verdict->link_target);
  ok = ok && enter_parent (unpack, verdict->path, error) &&
       remove_earlier (unpack, verdict->path, error);
  if (ok) {
    g_autofree char *source = g_strdup_printf ("/proc/self/fd/%d", target_fd);
    if (linkat (AT_FDCWD, source, unpack->parent_fd, pathname_basename (verdict->path),
                AT_SYMLINK_FOLLOW) != 0)
      ok = fail_errno (error, errno, "create the hard link", verdict->path);
  }
  close (target_fd);
  return ok;
}

static gboolean
unpack_entry (Unpack *unpack, struct archive_entry *entry, GError **error)
{
  ArchiveEntry described;
  ArchiveVerdict verdict;

  archive_source_describe (entry, &described);
  if (!archive_judge_entry (&unpack->judge, &described, unpack->arena, &verdict, error))
    return FALSE;
  if (verdict.path[0] == '\0')
    return TRUE;
  if (!enter_parent (unpack, verdict.path, error))
    return FALSE;
  switch (described.kind) {
  case ARCHIVE_ENTRY_FILE:
    return unpack_file (unpack, entry, &verdict, error);
  case ARCHIVE_ENTRY_DIRECTORY:
    return unpack_directory (unpack, entry, &verdict, error);
  case ARCHIVE_ENTRY_SYMLINK:
    return unpack_symlink (unpack, entry, &verdict, error);
  case ARCHIVE_ENTRY_HARD_LINK:
    return unpack_hard_link (unpack, &verdict, error);
  case ARCHIVE_ENTRY_OTHER:
  default:
    g_return_val_if_reached (FALSE);
  }
}

static gboolean
apply_late_modes (Unpack *unpack, GError **error)
{
  for (guint i = unpack->late_modes->len; i-- > 0;) {
    const LateMode *late = &g_array_index (unpack->late_modes, LateMode, i);
    if (!enter_parent (unpack, late->path, error))
      return FALSE;
    int fd = openat (unpack->parent_fd, pathname_basename (late->path),
                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
      continue; /* a later entry took its place */
    int result = fd >= 0 ? fchmod (fd, late->mode) : -1;
    int saved_errno = errno;
    if (fd >= 0)
      close (fd);
    if (result != 0)
      return fail_errno (error, saved_errno, "set the mode of", late->path);
  }
  return TRUE;
}

static gboolean
unpack_all (Unpack *unpack, GError **error)
{
  gboolean first = TRUE;

  for (;;) {
    struct archive_entry *entry;
    int status = archive_read_next_header (unpack->archive, &entry);
    if (status == ARCHIVE_EOF)
      return apply_late_modes (unpack, error);
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
      return fail_format (error, unpack->archive);
    if (first && unpack->format == ARCHIVE_TGZ &&
        archive_filter_code (unpack->archive, 0) != ARCHIVE_FILTER_GZIP) {
      g_set_error_literal (error, ARCHIVE_ERROR, ARCHIVE_ERROR_FORMAT,
                           "archive cannot be read: it is not compressed with gzip");
      return FALSE;
    }
    first = FALSE;
    arena_reset (unpack->arena);
    if (!unpack_entry (unpack, entry, error))
      return FALSE;
  }
}

gboolean
archive_unpack (int archive_fd, ArchiveFormat format, ArchiveUnpackFlags flags,
                const ArchivePolicy *policy, int dir_fd, ArchiveSummary *out_summary,
                GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GArray) late_modes = g_array_new (FALSE, FALSE, sizeof (LateMode));
  g_autoptr (GString) parent = g_string_new (NULL);
  g_array_set_clear_func (late_modes, late_mode_clear);
  g_autofree ArchiveSource *source = g_new0 (ArchiveSource, 1);
  source->fd = archive_fd;
  Unpack unpack = {
    .format = format,
    .flags = flags,
    .root_fd = dir_fd,
    .judge = ARCHIVE_JUDGE_INIT (policy != NULL ? policy : &archive_policy_default),
    .arena = arena,
    .late_modes = late_modes,
    .parent = parent,
    .parent_fd = -1,
  };

  /* names in pax headers are UTF-8, and the library converts them to the thread's locale */
  locale_t utf8 = newlocale (LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  locale_t before = utf8 != (locale_t)0 ? uselocale (utf8) : (locale_t)0;
  unpack.archive = archive_source_open (source, format);
  gboolean ok = unpack.archive != NULL;
  if (!ok)
    g_set_error (error, ARCHIVE_ERROR, ARCHIVE_ERROR_FORMAT, "archive cannot be read: %s",
                 source->problem);
  ok = ok && unpack_all (&unpack, error);
  if (unpack.archive != NULL)
    archive_read_free (unpack.archive);
  forget_parent (&unpack);
  if (utf8 != (locale_t)0) {
    uselocale (before);
    freelocale (utf8);
  }
  if (ok && out_summary != NULL)
    *out_summary = (ArchiveSummary){ unpack.judge.entries, unpack.judge.total_bytes };
  return ok;
}
