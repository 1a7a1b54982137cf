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

static gboolean
make_folder (const AgentHost *host, Arena *arena, GError **error)
{
  const char *dir = pathname_join (host->config->root_dir, LOCKS_DIR, arena);
  return fs_make_directory (host->config->root_dir, error) &&
         (mkdir (dir, 0700) == 0 || errno == EEXIST ||
          fs_fail (error, errno, "make the folder", dir));
}

static int
open_lock (const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    fs_fail (error, errno, "open", path);
  return fd;
}

static gboolean
lock (int fd, int operation)
{
  while (flock (fd, operation) != 0)
    if (errno != EINTR)
      return FALSE;
  return TRUE;
}

int
command_lock_hold_tracking (const AgentHost *host, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *path = arena_printf (arena, "%s/" LOCKS_DIR "/tracking", host->config->root_dir);

  int fd = make_folder (host, arena, error) ? open_lock (path, error) : -1;
  if (fd < 0 || lock (fd, LOCK_EX))
    return fd;
  fs_fail (error, errno, "lock", path);
  close (fd);
  return -1;
}

int
command_lock_hold (const AgentHost *host, const char *command_id, CommandLockWait wait,
                   GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *path = lock_path (host, command_id, arena);

  if (!make_folder (host, arena, error))
    return -1;
  for (;;) {
    int fd = open_lock (path, error);
    if (fd < 0)
      return -1;
    gboolean locked = lock (fd, LOCK_EX | (wait == COMMAND_LOCK_TRY ? LOCK_NB : 0));
    int saved_errno = errno;
    if (locked && is_named (fd, path))
      return fd;
    close (fd);
    if (!locked) {
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
    if (strlen (name) != DIGEST_SHA256_HEX_SIZE - 1) /* of the tracking files: it stays */
      continue;
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
