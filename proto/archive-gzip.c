#include "proto/archive-gzip.h"

#include <string.h>

#define GZIP_WINDOW_BITS (15 + 16) /* the largest window, and gzip's header and trailer expected */
#define GZIP_MAGIC_BYTE  0x1f

void
archive_gzip_clear (ArchiveGzip *gzip)
{
  if (gzip->begun)
    inflateEnd (&gzip->z);
  memset (gzip, 0, sizeof *gzip);
}

gboolean
archive_gzip_may_end (const ArchiveGzip *gzip)
{
  return gzip->between;
}

/* At the end of a member: zeros are passed over, another member is begun. */
static const char *
begin_member (ArchiveGzip *gzip, ArchiveGzipIo *io)
{
  while (io->in_left > 0 && io->in[0] == 0) {
    io->in++;
    io->in_left--;
  }
  if (io->in_left == 0)
    return NULL;
  if (io->in[0] != GZIP_MAGIC_BYTE)
    return "there is something else behind the compressed data";
  gzip->between = FALSE;
  return inflateReset (&gzip->z) == Z_OK ? NULL : "zlib cannot go on";
}

static const char *
inflate_some (ArchiveGzip *gzip, ArchiveGzipIo *io)
{
  gzip->z.next_in = (Bytef *)io->in;
  gzip->z.avail_in = (uInt)MIN (io->in_left, G_MAXINT);
  gzip->z.next_out = io->out;
  gzip->z.avail_out = (uInt)MIN (io->out_left, G_MAXINT);
  int status = inflate (&gzip->z, Z_NO_FLUSH);
  gsize produced = (gsize)(gzip->z.next_out - io->out);
  gsize consumed = (gsize)(gzip->z.next_in - io->in);

  io->in += consumed;
  io->in_left -= consumed;
  io->out += produced;
  io->out_left -= produced;
  if (status == Z_STREAM_END)
    gzip->between = TRUE;
  else if (status != Z_OK && !(status == Z_BUF_ERROR && io->in_left == 0))
    return "its compressed data is damaged";
  return NULL;
}

const char *
archive_gzip_inflate (ArchiveGzip *gzip, ArchiveGzipIo *io)
{
  if (!gzip->begun) {
    if (inflateInit2 (&gzip->z, GZIP_WINDOW_BITS) != Z_OK)
      return "out of memory";
    gzip->begun = TRUE;
  }
  /* once without input too: a full output may have left some inside zlib */
  do {
    if (gzip->between) {
      const char *problem = begin_member (gzip, io);
      if (problem != NULL || gzip->between)
        return problem;
    }
    const char *problem = inflate_some (gzip, io);
    if (problem != NULL)
      return problem;
  } while (io->in_left > 0 && io->out_left > 0);
  return NULL;
}
