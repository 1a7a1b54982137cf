#pragma once

#include <glib.h>

/*
 * Writes bytes to a file descriptor until all are written: what write(2) leaves to its caller. It does not sync, and it
 * is not for descriptors that are non-blocking.
 *
 * Thread rule: any thread; blocks as long as the file does.
 */

/* FALSE with errno set when the file takes no more; a part may then have been written. */
gboolean write_all (int fd, gconstpointer bytes, gsize n) G_GNUC_WARN_UNUSED_RESULT;
