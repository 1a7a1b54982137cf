#pragma once

#include <glib.h>

/* Files of the data folder: read whole, written so that a crash leaves the old or the new one. Owner-only (0600).
 *
 * Thread rule: any thread that may wait for a disk. Errors: G_FILE_ERROR, naming path and reason. */

/* At most max_bytes; the caller frees *out, which is NUL-terminated as well. */
gboolean files_read (const char *path, gsize max_bytes, char **out, gsize *out_length,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Temporary file, sync, rename, sync of the folder. mode: 0600, 0644... */
gboolean files_write (const char *path, const char *bytes, gssize length, int mode, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same without the syncs, for a file that means nothing after a crash or is synced with others by files_sync. */
gboolean files_write_unsynced (const char *path, const char *bytes, gssize length, int mode,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A file's contents, or a folder's entries. */
gboolean files_sync (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
