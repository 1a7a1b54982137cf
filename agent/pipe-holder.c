#include "agent/pipe-holder.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_NAMED 3

static DIR *
open_folder (int dir_fd, const char *path)
{
  int fd = openat (dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  if (dir == NULL && fd >= 0)
    close (fd);
  return dir;
}

/* By the links' texts: looking at what they lead to could hang on a file system that is away. */
static gboolean
has_open (int proc_fd, const char *pid, const char *wanted)
{
  g_autofree char *path = g_strdup_printf ("%s/fd", pid);
  DIR *dir = open_folder (proc_fd, path); /* NULL: it has ended, or is none of ours */
  gboolean found = FALSE;
  struct dirent *entry;

  /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of this function's own */
  while (dir != NULL && !found && (entry = readdir (dir)) != NULL) {
    char link[64];
    ssize_t n = readlinkat (dirfd (dir), entry->d_name, link, sizeof link - 1);
    if (n < 0)
      continue;
    link[n] = '\0';
    found = strcmp (link, wanted) == 0;
  }
  if (dir != NULL)
    closedir (dir);
  return found;
}

static void
append_name (GString *text, int proc_fd, const char *pid)
{
  g_autofree char *path = g_strdup_printf ("%s/comm", pid);
  char name[64];
  int fd = openat (proc_fd, path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read (fd, name, sizeof name - 1) : -1;
  if (fd >= 0)
    close (fd);
  name[MAX (n, 0)] = '\0';
  g_autofree char *valid = g_utf8_make_valid (g_strstrip (name), -1);
  g_string_append_printf (text, "%s%s (process %s)", text->len > 0 ? ", " : "",
                          valid[0] != '\0' ? valid : "?", pid);
}

char *
pipe_holder_describe (int pipe_fd)
{
  struct stat status;
  DIR *proc = fstat (pipe_fd, &status) == 0 ? open_folder (AT_FDCWD, "/proc") : NULL;
  if (proc == NULL)
    return NULL;
  g_autofree char *wanted = g_strdup_printf ("pipe:[%lu]", (unsigned long)status.st_ino);
  g_autofree char *own = g_strdup_printf ("%d", (int)getpid ());
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_found = 0;
  struct dirent *entry;

  /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of this function's own */
  while (n_found <= MOST_NAMED && (entry = readdir (proc)) != NULL) {
    if (!g_ascii_isdigit (entry->d_name[0]) || strcmp (entry->d_name, own) == 0 ||
        !has_open (dirfd (proc), entry->d_name, wanted))
      continue;
    if (++n_found > MOST_NAMED)
      g_string_append (text, " and others");
    else
      append_name (text, dirfd (proc), entry->d_name);
  }
  closedir (proc);
  return n_found > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}
