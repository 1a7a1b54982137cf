#include "agent/command-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "core/digest.h"
#include "core/pathname.h"

#define LOCKS_DIR "command-locks"

static const char *
lock_path (const AgentHost *host, const char *command_id, Arena *arena)
{
  char hex[DIGEST_SHA256_HEX_SIZE];
  digest_sha256_hex (command_id, strlen (command_id), hex);
  return arena_printf (arena, "%s/" LOCKS_DIR "/%s", host->config->root_dir, hex);
}

/* A holder that let go has removed the file: then the lock is on one that nobody else will find. */
static gboolean
is_named (int fd, const char *path)
{
  struct stat ours, named;
  return fstat (fd, &ours) == 0 && stat (path, &named) == 0 && ours.st_ino == named.st_ino &&
         ours.st_dev == named.st_dev;
}

int
command_lock_hold (const AgentHost *host, const char *command_id, CommandLockWait wait,
                   GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *path = lock_path (host, command_id, arena);

  const char *dir = pathname_parent (path, arena);
  if (!fs_make_directory (host->config->root_dir, error))
    return -1;
  if (mkdir (dir, 0700) != 0 && errno != EEXIST) {
    fs_fail (error, errno, "make the folder", dir);
    return -1;
  }
  for (;;) {
    int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
      fs_fail (error, errno, "open", path);
      return -1;
    }
    int locked;
    do
      locked = flock (fd, LOCK_EX | (wait == COMMAND_LOCK_TRY ? LOCK_NB : 0));
    while (locked != 0 && errno == EINTR);
    int saved_errno = errno;
    if (locked == 0 && is_named (fd, path))
      return fd;
    close (fd);
    if (locked != 0) {
      if (saved_errno != EWOULDBLOCK)
        fs_fail (error, saved_errno, "lock", path);
      return -1;
    }
  }
}

void
command_lock_release (const AgentHost *host, const char *command_id, int fd)
{
  g_autoptr (Arena) arena = arena_new ();
  if (fd < 0)
    return;
  unlink (lock_path (host, command_id, arena)); /* one that stays is taken again */
  close (fd);
}

void
command_lock_sweep (const AgentHost *host)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *folder = pathname_join (host->config->root_dir, LOCKS_DIR, arena);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL); /* NULL: no command ever ran */
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    const char *path = pathname_join (folder, name, arena);
    int fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
      continue;
    /* removed while held, as by one who lets go: who waits for it looks for its name again */
    if (flock (fd, LOCK_EX | LOCK_NB) == 0 && is_named (fd, path))
      unlink (path); /* one that stays is taken again */
    close (fd);
  }
}
