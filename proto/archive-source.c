#include "proto/archive-source.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_ACCOUNT_BYTES 16384

static la_ssize_t
source_read (struct archive *archive, void *data, const void **out)
{
  ArchiveSource *source = data;
  ssize_t n;

  do
    n = pread (source->fd, source->buffer, sizeof source->buffer, source->offset);
  while (n < 0 && errno == EINTR);
  if (n < 0) {
    archive_set_error (archive, errno, "%s", g_strerror (errno));
    return ARCHIVE_FATAL;
  }
  source->offset += n;
  *out = source->buffer;
  return n;
}

static la_int64_t
source_seek (struct archive *archive, void *data, la_int64_t offset, int whence)
{
  ArchiveSource *source = data;
  struct stat status;
  gint64 base = 0;

  if (whence == SEEK_CUR)
    base = source->offset;
  if (whence == SEEK_END) {
    if (fstat (source->fd, &status) != 0) {
      archive_set_error (archive, errno, "%s", g_strerror (errno));
      return ARCHIVE_FATAL;
    }
    base = status.st_size;
  }
  if (base + offset < 0)
    return ARCHIVE_FATAL;
  source->offset = base + offset;
  return source->offset;
}

static la_int64_t
source_skip (struct archive *archive, void *data, la_int64_t request)
{
  ArchiveSource *source = data;
  struct stat status;

  /* never past the end: a skip must not hide that the file was cut short */
  if (fstat (source->fd, &status) != 0 || source->offset >= status.st_size)
    return 0;
  gint64 skipped = MIN (request, status.st_size - source->offset);
  source->offset += skipped;
  return skipped;
}

struct archive *
archive_source_open (ArchiveSource *source, ArchiveFormat format)
{
  struct archive *archive = archive_read_new ();
  int status = ARCHIVE_OK;

  if (archive == NULL) {
    g_strlcpy (source->problem, "out of memory", sizeof source->problem);
    return NULL;
  }
  if (format != ARCHIVE_ZIP)
    status |=
        archive_read_support_filter_gzip (archive) | archive_read_support_format_tar (archive);
  else
    status |= archive_read_support_format_zip (archive);
  if (format == ARCHIVE_TAR)
    status |=
        archive_read_support_filter_bzip2 (archive) | archive_read_support_filter_xz (archive) |
        archive_read_support_filter_zstd (archive) | archive_read_support_filter_compress (archive);
  archive_read_set_read_callback (archive, source_read);
  archive_read_set_seek_callback (archive, source_seek);
  archive_read_set_skip_callback (archive, source_skip);
  archive_read_set_callback_data (archive, source);
  if (status != ARCHIVE_OK || archive_read_open1 (archive) != ARCHIVE_OK) {
    const char *why = archive_error_string (archive);
    g_strlcpy (source->problem, why != NULL ? why : "the library lacks its format",
               sizeof source->problem);
    archive_read_free (archive);
    return NULL;
  }
  return archive;
}

void
archive_source_describe (struct archive_entry *entry, ArchiveEntry *out)
{
  const char *path = archive_entry_pathname (entry);
  const char *hard_link = archive_entry_hardlink (entry);

  *out = (ArchiveEntry){
    .path = path != NULL ? path : archive_entry_pathname_utf8 (entry),
    .mode = archive_entry_perm (entry),
    .size_bytes = archive_entry_size_is_set (entry) ? archive_entry_size (entry) : -1,
  };
  if (hard_link != NULL) {
    out->kind = ARCHIVE_ENTRY_HARD_LINK;
    out->link_target = hard_link;
    return;
  }
  switch (archive_entry_filetype (entry)) {
  case AE_IFREG:
    out->kind = ARCHIVE_ENTRY_FILE;
    break;
  case AE_IFDIR:
    out->kind = ARCHIVE_ENTRY_DIRECTORY;
    break;
  case AE_IFLNK:
    out->kind = ARCHIVE_ENTRY_SYMLINK;
    out->link_target = archive_entry_symlink (entry);
    break;
  default:
    out->kind = ARCHIVE_ENTRY_OTHER;
    break;
  }
}

static void
look_up_user (ArchiveAccounts *accounts, const char *name)
{
  char buffer[MAX_ACCOUNT_BYTES];
  struct passwd passwd, *found = NULL;

  accounts->user_known =
      getpwnam_r (name, &passwd, buffer, sizeof buffer, &found) == 0 && found != NULL;
  accounts->uid = accounts->user_known ? found->pw_uid : 0;
  g_strlcpy (accounts->user, name, sizeof accounts->user);
}

static void
look_up_group (ArchiveAccounts *accounts, const char *name)
{
  char buffer[MAX_ACCOUNT_BYTES];
  struct group group, *found = NULL;

  accounts->group_known =
      getgrnam_r (name, &group, buffer, sizeof buffer, &found) == 0 && found != NULL;
  accounts->gid = accounts->group_known ? found->gr_gid : 0;
  g_strlcpy (accounts->group, name, sizeof accounts->group);
}

void
archive_source_owner (struct archive_entry *entry, ArchiveAccounts *accounts, uid_t *out_uid,
                      gid_t *out_gid)
{
  const char *user = archive_entry_uname (entry);
  const char *group = archive_entry_gname (entry);
  gint64 uid = archive_entry_uid (entry);
  gint64 gid = archive_entry_gid (entry);

  *out_uid = uid >= 0 && uid < G_MAXUINT32 ? (uid_t)uid : (uid_t)-1;
  *out_gid = gid >= 0 && gid < G_MAXUINT32 ? (gid_t)gid : (gid_t)-1;
  if (user != NULL && user[0] != '\0') {
    if (strcmp (user, accounts->user) != 0)
      look_up_user (accounts, user);
    if (accounts->user_known)
      *out_uid = accounts->uid;
  }
  if (group != NULL && group[0] != '\0') {
    if (strcmp (group, accounts->group) != 0)
      look_up_group (accounts, group);
    if (accounts->group_known)
      *out_gid = accounts->gid;
  }
}
