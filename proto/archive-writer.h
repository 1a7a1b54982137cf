#pragma once

#include <sys/stat.h>

#include "proto/archive-feed.h"

/*
 * The writing side of proto/archive.h: entries that were judged become files, folders and links below a folder, component by
 * component relative to folder descriptors and never through a link, with as few system calls as that takes. For archive.c only.
 *
 * An entry whose name is there already replaces what an earlier entry of the same kind left; one of another kind is refused,
 * and so is any where the file system folds case: there the two names may be different ones.
 *
 * Thread rule: a writer belongs to one thread; blocks on the disk. After an error only archive_writer_free may follow.
 */
typedef struct ArchiveWriter ArchiveWriter;

/* Borrows dir_fd. */
ArchiveWriter *archive_writer_new (int dir_fd, ArchiveUnpackFlags flags, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void archive_writer_free (ArchiveWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArchiveWriter, archive_writer_free)

/* A file takes bytes until the next entry or the end. entry and verdict must stay valid so long. */
gboolean archive_writer_add (ArchiveWriter *writer, const ArchiveFeedEntry *entry,
                             const ArchiveVerdict *verdict, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean archive_writer_bytes (ArchiveWriter *writer, const guint8 *bytes, gsize n, gint64 offset,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Completes the file that is open. To be called before the next archive_writer_add, and at the end. */
gboolean archive_writer_end_entry (ArchiveWriter *writer, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Gives folders the modes that would have been in the way. */
gboolean archive_writer_finish (ArchiveWriter *writer, GError **error) G_GNUC_WARN_UNUSED_RESULT;
