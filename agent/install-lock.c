#include "agent/install-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "core/pathname.h"

#define LOCK_NAME ".install-lock"

int
install_lock_hold (const AgentHost *host, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *dir = host_instructions_dir (host, arena);
  const char *path = pathname_join (dir, LOCK_NAME, arena);
  int result;

  if (!fs_make_directory (dir, error))
    return -1;
  int fd = open (path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) {
    fs_fail (error, errno, "open", path);
    return -1;
  }
  while ((result = flock (fd, LOCK_EX)) != 0 && errno == EINTR)
    ;
  if (result != 0) {
    fs_fail (error, errno, "lock", path);
    close (fd);
    return -1;
  }
  return fd;
}
