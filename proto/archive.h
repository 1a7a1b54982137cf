#pragma once

#include "core/archive-judge.h"

/*
 * Unpacks a tar, tgz or zip archive below a folder. Every entry passes core/archive-judge.h first; extraction works relative to folder
 * descriptors, component by component, and never follows a link, so that not even an archive that replaces its own
 * folders by links can write outside. Streaming, in two threads: one reads and decompresses, the caller's writes. Memory does
 * not grow with the archive; of a zip the directory is in memory, and bounded.
 *
 * A later entry of the same name replaces an earlier one of the same kind, as tar does when an archive was appended to; one of
 * another kind is refused. Names that differ by case are different names, unless the file system takes them for one: there the
 * second is refused. What a header says must hold: a size or checksum that does not match is an error, and so are two headers of
 * one zip entry that differ. What stands behind the end of an archive is not looked at.
 *
 * On error what was written so far stays (the caller removes the folder).
 *
 * Thread rule: any thread, blocks on the disk. Nothing shared.
 */
typedef enum {
  ARCHIVE_TAR, /* compressed or not: the filter is recognised (gzip, bzip2, xz, zstd, ...) */
  ARCHIVE_TGZ, /* gzip only */
  ARCHIVE_ZIP
} ArchiveFormat;

typedef enum {
  ARCHIVE_UNPACK_PLAIN = 0,
  ARCHIVE_UNPACK_OWNERS =
      1 << 0, /* give entries the owner and group the archive names (tar only; needs root) */
  ARCHIVE_UNPACK_NAMES_ONCE = 1 << 1 /* refuse every entry whose name is there already */
} ArchiveUnpackFlags;

typedef enum {
  ARCHIVE_GROWTH_PERHAPS, /* there may be more by now */
  ARCHIVE_GROWTH_OVER,    /* the file is whole */
  ARCHIVE_GROWTH_BROKEN   /* it will never be */
} ArchiveGrowthState;

/* For a tar that is still being written: asked, in another thread, where the file ends for now. Waits a moment, never long. */
typedef struct {
  ArchiveGrowthState (*wait) (gpointer ctx);
  gpointer ctx;
} ArchiveGrowth;

typedef struct {
  ArchiveFormat format;
  ArchiveUnpackFlags flags;
  const ArchivePolicy *policy; /* NULL: the default one */
  const ArchiveGrowth
      *growth; /* NULL: the file is whole; not for a zip, which is read from its end */
} ArchiveUnpackOptions;

typedef struct {
  gint64 entries;
  gint64 total_bytes;
} ArchiveSummary;

#define ARCHIVE_ERROR (archive_error_quark ())
GQuark archive_error_quark (void);
typedef enum {
  ARCHIVE_ERROR_FORMAT, /* not such an archive, or damaged, or cut short */
  ARCHIVE_ERROR_DISK_FULL,
  ARCHIVE_ERROR_IO
} ArchiveError;

/* "tar", "tgz", "zip", exactly; FALSE: none of them. */
gboolean archive_format_from_name (const char *name, ArchiveFormat *out) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Reads archive_fd (a regular file, from its beginning) into the folder dir_fd, which is empty; both stay open. Refusals come with
 * ARCHIVE_JUDGE_ERROR and name the entry. out_summary may be NULL.
 */
gboolean archive_unpack (int archive_fd, const ArchiveUnpackOptions *options, int dir_fd,
                         ArchiveSummary *out_summary, GError **error) G_GNUC_WARN_UNUSED_RESULT;
