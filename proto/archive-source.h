#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "proto/archive-gzip.h"
#include "proto/archive.h"

/*
 * The reading side of proto/archive.h: a file descriptor as a libarchive stream. gzip is undone here, so that its checksum is verified;
 * the rarer compressions of the type "tar" are libarchive's own. One compression at most: what is compressed twice is no
 * bundle. A file that still grows is waited for. For archive-feed.c only.
 *
 * Thread rule: a source belongs to one thread.
 */
#define ARCHIVE_SOURCE_IN_BYTES  (64 * 1024)
#define ARCHIVE_SOURCE_OUT_BYTES (256 * 1024)

typedef struct {
  int fd;
  gint64 offset;
  const ArchiveGrowth *growth; /* NULL: the file is whole */
  gboolean compressed;         /* by gzip */
  ArchiveGzip gzip;
  ArchiveGzipIo io;
  const char *problem; /* why there are no more bytes; NULL: none */
  guint8 in[ARCHIVE_SOURCE_IN_BYTES];
  guint8 out[ARCHIVE_SOURCE_OUT_BYTES];
} ArchiveSource;

ArchiveSource *archive_source_new (int fd, const ArchiveGrowth *growth);
void archive_source_free (ArchiveSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArchiveSource, archive_source_free)

/* source must outlive the result, which is freed with archive_read_free. Only filters inside the library are used, no programs. */
struct archive *archive_source_open (ArchiveSource *source, ArchiveFormat format, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* After the first header: is the archive compressed as its format allows? */
gboolean archive_source_check_filters (const ArchiveSource *source, struct archive *archive,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads what follows the archive's end, so that the last checksum is verified as well; there must not be much. */
gboolean archive_source_finish (ArchiveSource *source, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets error (ARCHIVE_ERROR_FORMAT) from what the source or the library says. Always FALSE. */
gboolean archive_source_fail (const ArchiveSource *source, struct archive *archive, GError **error);
