#pragma once

#include <sys/types.h>
#include <time.h>

#include "proto/archive.h"

/*
 * Reads an archive in a thread of its own and hands its entries and their content over in order, in a few parcels of fixed size: it is
 * decompressed on one core while another writes. Memory does not grow with the archive (but libarchive keeps a zip's directory, which
 * proto/archive-zip.h bounds).
 *
 * Thread rule: a feed belongs to the thread that started it. archive_feed_next blocks.
 */
typedef struct ArchiveFeed ArchiveFeed;

/* Names longer than this are cut off, which leaves them longer than any policy allows. */
#define ARCHIVE_FEED_MAX_NAME 8191

typedef struct {
  ArchiveEntry entry;
  const char *user, *group; /* "" when the archive names none */
  gint64 uid, gid;
  gboolean has_mtime;
  struct timespec mtime;
  gboolean is_sparse; /* a hole at its end has no bytes */
} ArchiveFeedEntry;

typedef enum {
  ARCHIVE_FEED_ENTRY,
  ARCHIVE_FEED_BYTES, /* of the entry before it */
  ARCHIVE_FEED_END
} ArchiveFeedKind;

typedef struct {
  ArchiveFeedKind kind;
  const ArchiveFeedEntry *entry;
  const guint8 *bytes;
  gsize n;
  gint64 offset; /* in the file; not below the end of the bytes before */
} ArchiveFeedItem;

ArchiveFeed *archive_feed_new (int archive_fd, ArchiveFormat format, const ArchiveGrowth *growth,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Stops the thread and waits for it. */
void archive_feed_free (ArchiveFeed *feed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArchiveFeed, archive_feed_free)

/* What it points to is valid until the next call. */
gboolean archive_feed_next (ArchiveFeed *feed, ArchiveFeedItem *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
