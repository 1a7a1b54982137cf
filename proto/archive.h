#pragma once

#include "core/archive-judge.h"

/*
 * Unpacks a tar, tgz or zip archive below a folder. Every entry passes core/archive-judge.h first; extraction works relative to folder
 * descriptors, component by component, and never follows a link, so that not even an archive that replaces its own
 * folders by links can write outside. Streaming: memory does not grow with the archive.
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
      1 << 0 /* give entries the owner and group the archive names (tar only; needs root) */
} ArchiveUnpackFlags;

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
 * Reads archive_fd (a regular file, from its beginning) into the folder dir_fd; both stay open. policy NULL: the default one. Refusals
 * come with ARCHIVE_JUDGE_ERROR and name the entry. out_summary may be NULL.
 */
gboolean archive_unpack (int archive_fd, ArchiveFormat format, ArchiveUnpackFlags flags,
                         const ArchivePolicy *policy, int dir_fd, ArchiveSummary *out_summary,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
