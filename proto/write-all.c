#include "proto/write-all.h"

#include <errno.h>
#include <unistd.h>

gboolean
write_all (int fd, gconstpointer bytes, gsize n)
{
  const char *next = bytes;
  while (n > 0) {
    ssize_t written = write (fd, next, n);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return FALSE;
    next += written;
    n -= (gsize)written;
  }
  return TRUE;
}
