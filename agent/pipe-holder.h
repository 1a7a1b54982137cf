#pragma once

#include <glib.h>

/*
 * Who keeps a pipe open: the processes that have an end of it among their descriptors, found through /proc. For messages: it
 * may have changed by the time it is read.
 *
 * Thread rule: any thread. Looks at every descriptor of every process, some milliseconds on a busy machine: not for each script.
 */

/*
 * "sleep (process 4711)", with " and others" behind the third; this process and its own end are not meant. NULL: nobody to be
 * seen, because nobody holds it, or one whom this user may not look into.
 */
char *pipe_holder_describe (int pipe_fd) G_GNUC_WARN_UNUSED_RESULT;
