#pragma once

#include <glib.h>

/*
 * Ways to folders that no unprivileged user can bend. A privileged process that is to write at /home/bob/app must not be led to
 * /etc by a link that bob puts there while it works; so it asks for the folder once, gets a descriptor, and acts relative to that.
 *
 * A way without symbolic links needs no rule: a user can only move folders about that are theirs to move. A symbolic link on the way is
 * followed if and only if nobody unprivileged can have put it there:
 *
 *  - it belongs to root or to this process's own user;
 *  - so does each folder from "/" to it, and none of them can be written by group or others. One with the sticky bit may be: nobody can
 *    take away or rename a folder of ours in it. But then it must not hold the link itself, which might be a link of
 *    ours that somebody renamed into it or linked a second time there.
 *
 * (An ACL that lets others write shows as a group's permission to write.) What is found on the way back up (".." in a link) is judged
 * like any other folder. Magic links (/proc/PID/fd/N) are followed as the text they show.
 *
 * The kernel does the work where it can (openat2, RESOLVE_NO_SYMLINKS); the walk by hand is for links and for kernels without it.
 *
 * Thread rule: any thread. Descriptors are the caller's to close, close-on-exec, and O_PATH where not said otherwise: good for openat,
 * renameat, fstat.
 */

/*
 * path: absolute and normalised. -1 if and only if error is set: SAFE_PATH_ERROR, or G_FILE_ERROR (NOENT, NOTDIR: there is no such
 * folder).
 */
int safe_path_open_directory (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The folder that path is in, which need not exist itself. */
int safe_path_open_parent (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * What is at path (relative, normalised; "": the folder itself) below dir_fd, with open's flags but O_CREAT. No link is
 * followed, not even as the last component, and no ".." either. -1 and errno on failure.
 */
int safe_path_open_below (int dir_fd, const char *path, int flags) G_GNUC_WARN_UNUSED_RESULT;

/* Is it an error of "there is no such folder"? */
gboolean safe_path_is_missing (const GError *error);

#define SAFE_PATH_ERROR (safe_path_error_quark ())
GQuark safe_path_error_quark (void);
typedef enum {
  SAFE_PATH_ERROR_UNTRUSTED /* a link that an unprivileged user may have put there */
} SafePathError;
