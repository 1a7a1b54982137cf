#pragma once

#include <glib.h>

/*
 * Copies a folder's content from descriptor to descriptor: files with owner (as root), mode and time, folders too, links as links.
 * Nothing is followed; what is neither file, folder nor link is refused.
 *
 * Thread rule: any thread; blocks on the disk.
 */

/* shown names the source in errors (G_FILE_ERROR). to_fd should be empty. */
gboolean tree_copy (int from_fd, int to_fd, const char *shown, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
