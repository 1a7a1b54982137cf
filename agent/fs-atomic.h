#pragma once

#include <glib.h>

/*
 * Small files that are there whole or not at all, and folders removed as trees. Trees are walked from folder descriptor to
 * folder descriptor; a link is a thing of its own and never followed.
 *
 * Thread rule: any thread; blocks on the disk. Errors are in the G_FILE_ERROR domain and name the path.
 */
typedef enum {
  FS_ATOMIC_PLAIN = 0,
  FS_ATOMIC_DURABLE = 1 << 0 /* synced before it gets its name, and the name synced too */
} FsAtomicFlags;

/* Temporary file beside path, then rename. mode is subject to the umask. */
gboolean fs_atomic_write (const char *path, const char *bytes, gsize n, guint mode,
                          FsAtomicFlags flags, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes what happened to names in path's folder durable. */
gboolean fs_sync_parent (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The file's bytes, NUL-terminated; NULL with *out_missing TRUE and no error when there is no such file. max_bytes bounds it. */
char *fs_read_optional (const char *path, gsize max_bytes, gsize *out_length, gboolean *out_missing,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of a stranger's file: a pipe or a device, which could keep its reader for ever, is refused. */
char *fs_read_regular_optional (const char *path, gsize max_bytes, gsize *out_length,
                                gboolean *out_missing, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes path with its parents; fine when it is a folder already. */
gboolean fs_make_directory (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes path and all below; fine when it is not there. */
gboolean fs_remove_tree (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of a name in an open folder. Sets errno and returns FALSE on failure. */
gboolean fs_remove_tree_at (int dir_fd, const char *name) G_GNUC_WARN_UNUSED_RESULT;

/* Copies all of an open file to another from its beginning; kernel-side where it can. Sets errno and returns FALSE on failure. */
gboolean fs_copy_content (int from_fd, int to_fd) G_GNUC_WARN_UNUSED_RESULT;

/* Sets error from errno: "cannot WHAT "PATH": reason". Always FALSE. */
gboolean fs_fail (GError **error, int saved_errno, const char *what, const char *path);
