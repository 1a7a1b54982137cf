#pragma once

#include <glib.h>
#include <zlib.h>

/*
 * Undoes gzip as a stream: members one after the other, each with its length and checksum verified (libarchive's own filter verifies
 * neither). Zeros may follow the last member, as on a tape; anything else is an error. For archive-source.c only.
 *
 * Thread rule: a stream belongs to one thread; no I/O.
 */
typedef struct {
  z_stream z;
  gboolean begun;   /* z is set up */
  gboolean between; /* the last member is complete: the input may end here */
} ArchiveGzip;

/* What is left of input and room for output; archive_gzip_inflate moves both on. */
typedef struct {
  const guint8 *in;
  gsize in_left;
  guint8 *out;
  gsize out_left;
} ArchiveGzipIo;

/* Zeroed memory is a stream that has not begun. */
void archive_gzip_clear (ArchiveGzip *gzip);

/*
 * Goes on until the input is used up or the output is full. NULL, or what is wrong with the input (a constant text).
 * The input ends well only where archive_gzip_may_end.
 */
const char *archive_gzip_inflate (ArchiveGzip *gzip, ArchiveGzipIo *io) G_GNUC_WARN_UNUSED_RESULT;
gboolean archive_gzip_may_end (const ArchiveGzip *gzip);
