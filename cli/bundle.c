#include "cli/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPTH   64
#define PIECE_BYTES 65536

G_DEFINE_QUARK (bundle - error - quark, bundle_error)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DIR, closedir)

typedef struct archive Writer;
typedef struct archive_entry WriterEntry;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Writer, archive_write_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WriterEntry, archive_entry_free)

void
bundle_free (Bundle *bundle)
{
  if (bundle == NULL) {
    return;
  }
  if (bundle->fd >= 0) {
    close (bundle->fd);
  }
  g_free (bundle);
}

typedef struct {
  Writer *archive;
  BundleFlags flags;
  guint n_files;
} Packer;

static gboolean
refuse (GError **error, const char *name, const char *why)
{
  g_set_error (error, BUNDLE_ERROR, BUNDLE_ERROR_FOLDER, "cannot pack \"%s\": %s", name, why);
  return FALSE;
}

static gboolean
write_failed (Packer *packer, const char *name, GError **error)
{
  g_set_error (error, BUNDLE_ERROR, BUNDLE_ERROR_WRITE, "cannot write \"%s\" into the bundle: %s",
               name, archive_error_string (packer->archive));
  return FALSE;
}

/* Exactly `size` bytes: a file that changes while it is packed is an error, not a broken bundle. */
static gboolean
pack_content (Packer *packer, int fd, gint64 size, const char *name, GError **error)
{
  g_autofree char *piece = g_malloc (PIECE_BYTES);
  gint64 left = size;
  for (;;) {
    gssize n = read (fd, piece, PIECE_BYTES);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return refuse (error, name, g_strerror (errno));
    }
    if (n > left || (n == 0 && left > 0)) {
      return refuse (error, name, "it changed while it was being read");
    }
    if (n == 0) {
      return TRUE;
    }
    if (archive_write_data (packer->archive, piece, (gsize)n) != n) {
      return write_failed (packer, name, error);
    }
    left -= n;
  }
}

static WriterEntry *
describe (const char *name, const struct stat *about)
{
  WriterEntry *entry = archive_entry_new ();
  archive_entry_set_pathname (entry, name);
  archive_entry_set_filetype (entry, about->st_mode & S_IFMT);
  archive_entry_set_perm (entry, about->st_mode & 07777);
  archive_entry_set_mtime (entry, about->st_mtime, 0);
  archive_entry_set_uid (entry, 0);
  archive_entry_set_gid (entry, 0);
  archive_entry_set_size (entry, S_ISREG (about->st_mode) ? about->st_size : 0);
  return entry;
}

static gboolean
pack_link (Packer *packer, int folder_fd, const char *leaf, const char *name,
           const struct stat *about, GError **error)
{
  char target[PATH_MAX];
  gssize n = readlinkat (folder_fd, leaf, target, sizeof target - 1);
  if (n < 0) {
    return refuse (error, name, g_strerror (errno));
  }
  target[n] = '\0';
  g_autoptr (WriterEntry) entry = describe (name, about);
  archive_entry_set_symlink (entry, target);
  return archive_write_header (packer->archive, entry) == ARCHIVE_OK ||
         write_failed (packer, name, error);
}

static gboolean
pack_file (Packer *packer, int folder_fd, const char *leaf, const char *name, GError **error)
{
  int fd = openat (folder_fd, leaf, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  struct stat about;
  if (fd < 0 || fstat (fd, &about) != 0) {
    int reason = errno;
    if (fd >= 0) {
      close (fd);
    }
    return refuse (error, name, g_strerror (reason));
  }
  g_autoptr (WriterEntry) entry = describe (name, &about);
  gboolean good = archive_write_header (packer->archive, entry) == ARCHIVE_OK ||
                  write_failed (packer, name, error);
  good = good && pack_content (packer, fd, about.st_size, name, error);
  close (fd);
  packer->n_files++;
  return good;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *
list_names (int folder_fd, const char *shown, BundleFlags flags, GError **error)
{
  int copy = openat (folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (DIR) folder = copy >= 0 ? fdopendir (copy) : NULL;
  if (folder == NULL) {
    refuse (error, shown, g_strerror (errno));
    return NULL;
  }
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  for (;;) {
    errno = 0;
    /* A DIR of our own: nobody else reads it, so readdir is safe here. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const struct dirent *entry = readdir (folder);
    if (entry == NULL) {
      break;
    }
    gboolean dots = g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, "..");
    if (!dots && !((flags & BUNDLE_SKIP_HIDDEN) && entry->d_name[0] == '.')) {
      g_ptr_array_add (names, g_strdup (entry->d_name));
    }
  }
  if (errno != 0) {
    refuse (error, shown, g_strerror (errno));
    return NULL;
  }
  g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

static gboolean pack_folder (Packer *packer, int folder_fd, const char *prefix, guint depth,
                             GError **error);

static gboolean
pack_subfolder (Packer *packer, int folder_fd, const char *leaf, const char *name,
                const struct stat *about, guint depth, GError **error)
{
  if (depth >= MAX_DEPTH) {
    return refuse (error, name, "folders are nested too deeply");
  }
  g_autoptr (WriterEntry) entry = describe (name, about);
  if (archive_write_header (packer->archive, entry) != ARCHIVE_OK) {
    return write_failed (packer, name, error);
  }
  int fd = openat (folder_fd, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    return refuse (error, name, g_strerror (errno));
  }
  gboolean good = pack_folder (packer, fd, name, depth + 1, error);
  close (fd);
  return good;
}

static gboolean
pack_entry (Packer *packer, int folder_fd, const char *leaf, const char *name, guint depth,
            GError **error)
{
  struct stat about;
  if (fstatat (folder_fd, leaf, &about, AT_SYMLINK_NOFOLLOW) != 0) {
    return refuse (error, name, g_strerror (errno));
  }
  switch (about.st_mode & S_IFMT) {
  case S_IFREG:
    return pack_file (packer, folder_fd, leaf, name, error);
  case S_IFLNK:
    return pack_link (packer, folder_fd, leaf, name, &about, error);
  case S_IFDIR:
    return pack_subfolder (packer, folder_fd, leaf, name, &about, depth, error);
  default:
    return refuse (error, name, "it is neither a file, a folder nor a symbolic link");
  }
}

static gboolean
pack_folder (Packer *packer, int folder_fd, const char *prefix, guint depth, GError **error)
{
  g_autoptr (GPtrArray) names =
      list_names (folder_fd, prefix != NULL ? prefix : "the folder", packer->flags, error);
  if (names == NULL) {
    return FALSE;
  }
  for (guint i = 0; i < names->len; i++) {
    const char *leaf = g_ptr_array_index (names, i);
    g_autofree char *name =
        prefix != NULL ? g_strconcat (prefix, "/", leaf, NULL) : g_strdup (leaf);
    if (!pack_entry (packer, folder_fd, leaf, name, depth, error)) {
      return FALSE;
    }
  }
  return TRUE;
}

static int
open_unnamed (GError **error)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "slipway-bundle-XXXXXX", NULL);
  int fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) {
    g_set_error (error, BUNDLE_ERROR, BUNDLE_ERROR_WRITE,
                 "cannot make a temporary file in \"%s\": %s", g_get_tmp_dir (),
                 g_strerror (errno));
    return -1;
  }
  unlink (path);
  return fd;
}

static gboolean
set_format (Writer *archive, RevisionBundle type)
{
  if (type == REVISION_BUNDLE_ZIP) {
    return archive_write_set_format_zip (archive) == ARCHIVE_OK;
  }
  /* A time stamp in the gzip header would make two bundles of one folder differ. */
  return archive_write_set_format_pax_restricted (archive) == ARCHIVE_OK &&
         archive_write_add_filter_gzip (archive) == ARCHIVE_OK &&
         archive_write_set_filter_option (archive, "gzip", "timestamp", NULL) == ARCHIVE_OK;
}

static gboolean
measure (Bundle *bundle, GError **error)
{
  g_autoptr (Digest) digest = digest_new (DIGEST_SHA256);
  g_autofree char *piece = g_malloc (PIECE_BYTES);
  gssize n;
  bundle->size_bytes = 0;
  while ((n = pread (bundle->fd, piece, PIECE_BYTES, bundle->size_bytes)) > 0) {
    digest_update (digest, piece, (gsize)n);
    bundle->size_bytes += n;
  }
  if (n < 0) {
    g_set_error (error, BUNDLE_ERROR, BUNDLE_ERROR_WRITE, "cannot read the bundle back: %s",
                 g_strerror (errno));
    return FALSE;
  }
  guint8 hash[DIGEST_MAX_SIZE];
  gsize size = digest_finish (digest, hash);
  digest_hex (hash, size, bundle->sha256);
  return TRUE;
}

Bundle *
bundle_pack (const char *folder, RevisionBundle type, BundleFlags flags, GError **error)
{
  g_return_val_if_fail (type == REVISION_BUNDLE_ZIP || type == REVISION_BUNDLE_TGZ, NULL);
  g_autoptr (Bundle) bundle = g_new0 (Bundle, 1);
  bundle->type = type;
  bundle->fd = open_unnamed (error);
  if (bundle->fd < 0) {
    return NULL;
  }

  g_autoptr (Writer) archive = archive_write_new ();
  if (!set_format (archive, type) || archive_write_open_fd (archive, bundle->fd) != ARCHIVE_OK) {
    g_set_error (error, BUNDLE_ERROR, BUNDLE_ERROR_WRITE, "cannot start the bundle: %s",
                 archive_error_string (archive));
    return NULL;
  }
  int folder_fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd < 0) {
    refuse (error, folder, g_strerror (errno));
    return NULL;
  }
  Packer packer = { archive, flags, 0 };
  gboolean good = pack_folder (&packer, folder_fd, NULL, 0, error);
  close (folder_fd);
  if (!good) {
    return NULL;
  }
  if (archive_write_close (archive) != ARCHIVE_OK) {
    write_failed (&packer, "the end", error);
    return NULL;
  }
  bundle->n_files = packer.n_files;
  return measure (bundle, error) ? g_steal_pointer (&bundle) : NULL;
}
