#pragma once

#include "core/archive-judge.h"

/*
 * Walks a zip's directory before anything of it is unpacked: the directory must lie where it says, each of its entries must have a
 * header of its own in the file that says the same (name, way of compression, sizes), and directory and announced sizes must be in
 * bounds. Tools disagree about which of two headers counts; here a zip in which they differ is refused. Names and links are left to
 * core/archive-judge.h, data to the unpacking.
 *
 * Thread rule: any thread; blocks on the disk. Memory does not grow with the zip.
 */

/* What a zip's directory may take: the library keeps it in memory, several times over. About 200,000 files. */
#define ARCHIVE_ZIP_MAX_DIRECTORY_BYTES (16 * 1024 * 1024)

/* Errors are ARCHIVE_ERROR_FORMAT, or ARCHIVE_JUDGE_ERROR where an entry is to blame. */
gboolean archive_zip_check (int fd, const ArchivePolicy *policy, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
