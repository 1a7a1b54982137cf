#include "agent/fs-stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/write-all.h"

#define PIECE_BYTES (64 * 1024)

struct FsStream {
  char *path;
  char *temporary;
  int fd;
  int failed; /* errno of the first failure */
  gsize n;
  char piece[PIECE_BYTES];
};

FsStream *
fs_stream_open (const char *path, guint mode, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".tmp", NULL);
  int fd = open (temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) {
    fs_fail (error, errno, "create", temporary);
    return NULL;
  }
  FsStream *stream = g_new (FsStream, 1);
  stream->path = g_strdup (path);
  stream->temporary = g_steal_pointer (&temporary);
  stream->fd = fd;
  stream->failed = 0;
  stream->n = 0;
  return stream;
}

static void
flush (FsStream *stream)
{
  if (stream->failed == 0 && !write_all (stream->fd, stream->piece, stream->n))
    stream->failed = errno;
  stream->n = 0;
}

void
fs_stream_add_bytes (FsStream *stream, const char *bytes, gsize n)
{
  while (n > 0) {
    gsize fits = MIN (n, PIECE_BYTES - stream->n);
    memcpy (stream->piece + stream->n, bytes, fits);
    stream->n += fits;
    bytes += fits;
    n -= fits;
    if (stream->n == PIECE_BYTES)
      flush (stream);
  }
}

void
fs_stream_add (FsStream *stream, const char *text)
{
  fs_stream_add_bytes (stream, text, strlen (text));
}

gboolean
fs_stream_close (FsStream *stream, FsAtomicFlags flags, GError **error)
{
  g_autoptr (FsStream) owned = stream;
  gboolean durable = (flags & FS_ATOMIC_DURABLE) != 0;

  flush (owned);
  if (owned->failed == 0 && durable && fsync (owned->fd) != 0)
    owned->failed = errno;
  if (close (owned->fd) != 0 && owned->failed == 0)
    owned->failed = errno;
  owned->fd = -1;
  if (owned->failed == 0 && rename (owned->temporary, owned->path) != 0)
    owned->failed = errno;
  if (owned->failed != 0) {
    unlink (owned->temporary); /* the first failure is the one to tell */
    return fs_fail (error, owned->failed, "write", owned->path);
  }
  return !durable || fs_sync_parent (owned->path, error);
}

void
fs_stream_free (FsStream *stream)
{
  if (stream == NULL)
    return;
  if (stream->fd >= 0) {
    close (stream->fd);
    unlink (stream->temporary);
  }
  g_free (stream->path);
  g_free (stream->temporary);
  g_free (stream);
}
