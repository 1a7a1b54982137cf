#pragma once

#include "agent/fs-atomic.h"

/*
 * A file that is written piece by piece and is there whole or not at all: under PATH.tmp until it is closed. The same temporary
 * name each time, so that crashes leave one file at most, which the next writer of path takes over. So there must be one
 * writer at a time.
 *
 *   g_autoptr (FsStream) stream = fs_stream_open (path, 0644, error);
 *   if (stream == NULL) return FALSE;
 *   fs_stream_add (stream, text);
 *   return fs_stream_close (g_steal_pointer (&stream), FS_ATOMIC_PLAIN, error);
 *
 * Thread rule: one thread at a time; blocks on the disk.
 */
typedef struct FsStream FsStream;

/* NULL if and only if error is set. mode is subject to the umask. */
FsStream *fs_stream_open (const char *path, guint mode, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A failure shows when the stream is closed. */
void fs_stream_add (FsStream *stream, const char *text);
void fs_stream_add_bytes (FsStream *stream, const char *bytes, gsize n);

/* Takes the stream. On failure what was at path is still there. */
gboolean fs_stream_close (FsStream *stream, FsAtomicFlags flags, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Gives the file up. */
void fs_stream_free (FsStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FsStream, fs_stream_free)
