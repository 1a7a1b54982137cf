#include "proto/archive-source.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TRAILING_BYTES (64 * 1024 * 1024)

ArchiveSource *
archive_source_new (int fd, const ArchiveGrowth *growth)
{
  ArchiveSource *source = g_malloc (sizeof *source);
  memset (source, 0, G_STRUCT_OFFSET (ArchiveSource, in)); /* the buffers stay untouched pages */
  source->fd = fd;
  source->growth = growth;
  source->io.in = source->in;
  return source;
}

void
archive_source_free (ArchiveSource *source)
{
  if (source == NULL)
    return;
  archive_gzip_clear (&source->gzip);
  g_free (source);
}

gboolean
archive_source_fail (const ArchiveSource *source, struct archive *archive, GError **error)
{
  const char *why = source->problem;
  if (why == NULL && archive != NULL)
    why = archive_error_string (archive);
  g_autofree char *valid = g_utf8_make_valid (why != NULL ? why : "unknown reason", -1);
  g_set_error (error, ARCHIVE_ERROR, ARCHIVE_ERROR_FORMAT, "archive cannot be read: %s", valid);
  return FALSE;
}

/* Bytes at offset; 0 at the end of a whole file; -1 with problem set. Waits for a file that grows. */
static ssize_t
read_at (ArchiveSource *source, void *buffer, gsize n, gint64 offset)
{
  gboolean whole = source->growth == NULL;

  for (;;) {
    ssize_t got = pread (source->fd, buffer, n, offset);
    if (got > 0 || (got == 0 && whole))
      return got;
    if (got < 0) {
      if (errno == EINTR)
        continue;
      source->problem = g_strerror (errno);
      return -1;
    }
    switch (source->growth->wait (source->growth->ctx)) {
    case ARCHIVE_GROWTH_PERHAPS:
      break;
    case ARCHIVE_GROWTH_OVER:
      whole = TRUE; /* and what came before we were told is still to be read */
      break;
    case ARCHIVE_GROWTH_BROKEN:
    default:
      source->problem = "the rest of it did not come";
      return -1;
    }
  }
}

/* Fills the input; what has been inflated already goes on its way before a file that grows is waited for. */
static ssize_t
refill (ArchiveSource *source)
{
  gboolean idle = source->io.out_left == sizeof source->out;
  ssize_t got = idle ? read_at (source, source->in, sizeof source->in, source->offset)
                     : pread (source->fd, source->in, sizeof source->in, source->offset);

  if (got <= 0)
    return idle ? got : 0;
  source->offset += got;
  source->io.in = source->in;
  source->io.in_left = (gsize)got;
  return got;
}

static ssize_t
read_compressed (ArchiveSource *source)
{
  ArchiveGzipIo *io = &source->io;

  io->out = source->out;
  io->out_left = sizeof source->out;
  for (;;) {
    source->problem = archive_gzip_inflate (&source->gzip, io);
    if (source->problem != NULL)
      return -1;
    if (io->out_left == 0)
      break;
    ssize_t got = refill (source);
    if (got < 0)
      return -1;
    if (got > 0)
      continue;
    if (io->out_left == sizeof source->out && !archive_gzip_may_end (&source->gzip)) {
      source->problem = "its compressed data is cut short";
      return -1;
    }
    break;
  }
  return (ssize_t)(sizeof source->out - io->out_left);
}

static ssize_t
read_some (ArchiveSource *source)
{
  if (source->compressed)
    return read_compressed (source);
  ssize_t got = read_at (source, source->out, sizeof source->out, source->offset);
  if (got > 0)
    source->offset += got;
  return got;
}

static la_ssize_t
source_read (struct archive *archive, void *data, const void **out)
{
  ArchiveSource *source = data;
  ssize_t n = read_some (source);

  if (n < 0) {
    archive_set_error (archive, EIO, "%s", source->problem);
    return ARCHIVE_FATAL;
  }
  *out = source->out;
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
  if (offset < -base || offset > G_MAXINT64 - base)
    return ARCHIVE_FATAL;
  source->offset = base + offset;
  return source->offset;
}

/* No skipping but in a zip, by seeking: a skip must not hide that the file was cut short, and tars are read to their end. */
static gboolean
set_up (ArchiveSource *source, struct archive *archive, ArchiveFormat format)
{
  int status;

  if (format == ARCHIVE_ZIP) {
    status = archive_read_support_format_zip_seekable (archive);
    archive_read_set_seek_callback (archive, source_seek);
  } else {
    status = archive_read_support_format_tar (archive);
  }
  if (format == ARCHIVE_TAR && !source->compressed)
    status |=
        archive_read_support_filter_bzip2 (archive) | archive_read_support_filter_xz (archive) |
        archive_read_support_filter_zstd (archive) | archive_read_support_filter_compress (archive);
  archive_read_set_read_callback (archive, source_read);
  archive_read_set_callback_data (archive, source);
  return status == ARCHIVE_OK && archive_read_open1 (archive) == ARCHIVE_OK;
}

static gboolean
recognise_gzip (ArchiveSource *source, ArchiveFormat format, GError **error)
{
  guint8 magic[2] = { 0 };
  gsize n = 0;

  if (format == ARCHIVE_ZIP)
    return TRUE;
  while (n < sizeof magic) {
    ssize_t got = read_at (source, magic + n, sizeof magic - n, (gint64)n);
    if (got < 0)
      return archive_source_fail (source, NULL, error);
    if (got == 0)
      break;
    n += (gsize)got;
  }
  source->compressed = magic[0] == 0x1f && magic[1] == 0x8b;
  if (format == ARCHIVE_TGZ && !source->compressed) {
    g_set_error_literal (error, ARCHIVE_ERROR, ARCHIVE_ERROR_FORMAT,
                         "archive cannot be read: it is not compressed with gzip");
    return FALSE;
  }
  return TRUE;
}

struct archive *
archive_source_open (ArchiveSource *source, ArchiveFormat format, GError **error)
{
  if (!recognise_gzip (source, format, error))
    return NULL;
  struct archive *archive = archive_read_new ();
  if (archive != NULL && set_up (source, archive, format))
    return archive;
  archive_source_fail (source, archive, error);
  archive_read_free (archive);
  return NULL;
}

gboolean
archive_source_check_filters (const ArchiveSource *source, struct archive *archive, GError **error)
{
  /* the last of them is the file itself */
  int compressions = archive_filter_count (archive) - 1 + (source->compressed ? 1 : 0);

  if (compressions <= 1)
    return TRUE;
  g_set_error (error, ARCHIVE_ERROR, ARCHIVE_ERROR_FORMAT,
               "archive cannot be read: it is compressed %d times over", compressions);
  return FALSE;
}

gboolean
archive_source_finish (ArchiveSource *source, GError **error)
{
  gint64 trailing = 0;
  ssize_t n;

  if (!source->compressed)
    return TRUE;
  while ((n = read_some (source)) > 0) {
    trailing += n;
    if (trailing > MAX_TRAILING_BYTES) {
      source->problem = "there is too much behind its end";
      n = -1;
      break;
    }
  }
  return n == 0 || archive_source_fail (source, NULL, error);
}
