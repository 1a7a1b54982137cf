#include "agent/hook-script.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/pathname.h"

#define HEAD_BYTES 256 /* as much as the kernel looks at */
#define EXECUTABLE 0111

G_DEFINE_QUARK (slipway - hook - script - error, hook_script_error)

static gboolean
fail (GError **error, HookScriptError code, const char *what, const char *path, const char *why)
{
  g_autofree char *shown = g_utf8_make_valid (path, -1);
  g_set_error (error, HOOK_SCRIPT_ERROR, code, "%s: \"%s\"%s%s", what, shown,
               why != NULL ? ": " : "", why != NULL ? why : "");
  return FALSE;
}

/* Where openat2 is not to be had: the same by names. */
static int
open_by_name (const char *archive_dir, const char *path, HookScriptLinks links)
{
  g_autofree char *folder = realpath (archive_dir, NULL);
  g_autofree char *file = realpath (path, NULL);
  if (folder == NULL || file == NULL)
    return -1;
  if (links == HOOK_SCRIPT_LINKS_INSIDE && pathname_below (file, folder) == NULL) {
    errno = EXDEV;
    return -1;
  }
  return open (file, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* For looking at it; -1 with errno EXDEV when the way there leaves the revision. */
static int
open_inside (const char *archive_dir, const char *inside, const char *path, HookScriptLinks links)
{
  struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
  if (links == HOOK_SCRIPT_LINKS_INSIDE)
    how.resolve |= RESOLVE_BENEATH;
  int dir_fd = open (archive_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (dir_fd < 0)
    return -1;
  int fd = (int)syscall (SYS_openat2, dir_fd, inside, &how, sizeof how);
  int saved_errno = errno;
  close (dir_fd);
  if (fd < 0 && (saved_errno == ENOSYS || saved_errno == EPERM || saved_errno == EAGAIN))
    return open_by_name (archive_dir, path, links);
  errno = saved_errno;
  return fd;
}

/* What an open file is called where names are needed; follows to the very file. */
static const char *
name_of_fd (int fd, Arena *arena)
{
  return arena_printf (arena, "/proc/self/fd/%d", fd);
}

/* The interpreter line, as the kernel reads it: execve(2). */
static void
look_at_head (int path_fd, Arena *arena, HookScript *out)
{
  char head[HEAD_BYTES + 1];
  int fd = open (name_of_fd (path_fd, arena), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read (fd, head, HEAD_BYTES) : -1;
  if (fd >= 0)
    close (fd);
  if (n < 0)
    return; /* one may be allowed to execute what one may not read */
  head[n] = '\0';
  out->must_be_readable = strncmp (head,
                                   "\x7f"
                                   "ELF",
                                   4) != 0;
  if (strncmp (head, "#!", 2) != 0)
    return;
  char *end = strchr (head, '\n');
  if (end != NULL)
    *end = '\0';
  gsize length = strlen (head);
  out->has_cr_lf = end != NULL && head[length - 1] == '\r';
  if (out->has_cr_lf)
    head[length - 1] = '\0';
  const char *word = head + 2 + strspn (head + 2, " \t");
  out->interpreter = arena_strndup (arena, word, strcspn (word, " \t"));
}

static gboolean
make_executable (int fd, guint mode, Arena *arena, HookScript *out, GError **error)
{
  const char *name = name_of_fd (fd, arena);
  if (access (name, X_OK) == 0)
    return TRUE;
  if (chmod (name, (mode & 07777) | EXECUTABLE) != 0)
    return fail (error, HOOK_SCRIPT_ERROR_NOT_EXECUTABLE,
                 "is not executable and could not be made so", out->path, g_strerror (errno));
  out->made_executable = TRUE;
  return TRUE;
}

static gboolean
examine (int fd, Arena *arena, HookScript *out, GError **error)
{
  struct stat status;
  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
    return fail (error, HOOK_SCRIPT_ERROR_MISSING, "is not a file", out->path, NULL);
  if (!make_executable (fd, status.st_mode, arena, out, error))
    return FALSE;
  look_at_head (fd, arena, out);
  return TRUE;
}

gboolean
hook_script_find (const char *archive_dir, const char *location, HookScriptLinks links,
                  Arena *arena, HookScript *out, GError **error)
{
  const char *inside = pathname_normalise_inside (location, arena);

  *out = (HookScript){ 0 };
  if (inside == NULL || inside[0] == '\0')
    return fail (error, HOOK_SCRIPT_ERROR_MISSING, "is not inside the revision", archive_dir, NULL);
  g_autofree char *absolute = g_canonicalize_filename (archive_dir, NULL);
  out->path = pathname_join (absolute, inside, arena);
  int fd = open_inside (absolute, inside, out->path, links);
  if (fd < 0 && errno == EXDEV)
    return fail (error, HOOK_SCRIPT_ERROR_MISSING, "is a link that leads out of the revision",
                 out->path, NULL);
  if (fd < 0)
    return fail (error, HOOK_SCRIPT_ERROR_MISSING,
                 errno == ENOENT ? "does not exist" : "cannot be opened", out->path,
                 errno == ENOENT ? NULL : g_strerror (errno));
  gboolean ok = examine (fd, arena, out, error);
  close (fd);
  return ok;
}
