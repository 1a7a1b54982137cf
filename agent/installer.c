#include "agent/installer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "agent/install-journal.h"
#include "agent/install-lock.h"
#include "agent/install-permissions.h"
#include "agent/install-tree.h"
#include "core/pathname.h"
#include "proto/json-doc.h"

typedef struct {
  const AgentHost *host;
  const DeploymentSpec *spec;
  Arena *arena;
  const char *deployment_dir;
  const char *archive_dir;
  const char *cleanup_path;
  const AppSpec *appspec;
  const InstallCleanup *cleanup; /* NULL: none */
  const InstallPlan *plan;
  int cleanup_fd;
} Install;

static gboolean
load_appspec (Install *install, GError **error)
{
  const DeploymentSpec *spec = install->spec;
  gsize n = 0;

  g_autofree char *text =
      host_read_appspec (install->archive_dir, spec->appspec_filename, &n, error);
  if (text == NULL)
    return FALSE;
  install->appspec = appspec_parse (text, n, install->arena, error);
  if (install->appspec == NULL) {
    g_prefix_error (error,
                    "the AppSpec file \"%s\" in \"%s\" is not valid: ", spec->appspec_filename,
                    install->archive_dir);
    return FALSE;
  }
  return install_plan_check_events (install->appspec, spec->possible_events,
                                    spec->n_possible_events, error);
}

static gboolean
compute_plan (Install *install, GError **error)
{
  InstallTree revision = install_tree_below (install->archive_dir);
  InstallTree on_host = install_tree_host ();
  InstallPlanInput input = {
    .appspec = install->appspec,
    .file_exists = install->spec->file_exists,
    .revision = &revision,
    .host = &on_host,
    .cleanup = install->cleanup,
  };
  install->plan = install_plan_compute (&input, install->arena, error);
  return install->plan != NULL;
}

static gboolean
clean_up_one (const Install *install, const InstallCleanupEntry *entry, GError **error)
{
  struct stat status;

  if (entry->is_semanage) {
    install_permissions_forget_context (install->host, entry->path);
    return TRUE;
  }
  if (lstat (entry->path, &status) != 0)
    return errno == ENOENT || errno == ENOTDIR || fs_fail (error, errno, "examine", entry->path);
  if (!S_ISDIR (status.st_mode))
    return unlink (entry->path) == 0 || errno == ENOENT ||
           fs_fail (error, errno, "remove", entry->path);
  if (rmdir (entry->path) == 0 || errno == ENOENT)
    return TRUE;
  if (errno == ENOTEMPTY || errno == EEXIST) {
    agent_log (install->host->log, AGENT_LOG_INFO,
               "%s: the folder %s stays, there is more in it than was deployed",
               install->spec->deployment_id, entry->path);
    return TRUE;
  }
  return fs_fail (error, errno, "remove the folder", entry->path);
}

static gboolean
clean_up (const Install *install, GError **error)
{
  if (install->cleanup == NULL)
    return TRUE;
  agent_log (install->host->log, AGENT_LOG_INFO,
             "%s: removing what the previous deployment installed (%" G_GSIZE_FORMAT " entries)",
             install->spec->deployment_id, install->cleanup->n);
  for (gsize i = install->cleanup->n; i-- > 0;)
    if (!clean_up_one (install, &install->cleanup->entries[i], error))
      return FALSE;
  if (unlink (install->cleanup_path) != 0 && errno != ENOENT)
    return fs_fail (error, errno, "remove", install->cleanup_path);
  return TRUE;
}

static gboolean
note_created (const Install *install, const char *path, gsize n, GError **error)
{
  g_autoptr (GString) line = g_string_new_len (path, (gssize)n);
  g_string_append_c (line, '\n');
  if (write (install->cleanup_fd, line->str, line->len) != (ssize_t)line->len)
    return fs_fail (error, errno, "write", install->cleanup_path);
  return TRUE;
}

static gboolean
make_directory (const Install *install, const char *path, GError **error)
{
  struct stat status;
  if (mkdir (path, 0777) == 0)
    return note_created (install, path, strlen (path), error);
  /* one that something was left in after the clean-up */
  if (errno == EEXIST && stat (path, &status) == 0 && S_ISDIR (status.st_mode))
    return TRUE;
  return fs_fail (error, errno, "create the folder", path);
}

static char *
temporary_beside (const Install *install, const char *path)
{
  const char *parent = pathname_parent (path, install->arena);
  return arena_printf (install->arena, "%s/.slipway-%s-%08x.tmp",
                       strcmp (parent, "/") == 0 ? "" : parent, install->spec->deployment_id,
                       g_random_int ());
}

/* Content, times, owner and mode; owner first because it clears set-id bits. */
static gboolean
fill_copy (int from_fd, int to_fd, const struct stat *status)
{
  struct timespec times[2] = { status->st_atim, status->st_mtim };
  if (!fs_copy_content (from_fd, to_fd))
    return FALSE;
  if (geteuid () == 0 && fchown (to_fd, status->st_uid, status->st_gid) != 0)
    return FALSE;
  return fchmod (to_fd, status->st_mode & 07777) == 0 && futimens (to_fd, times) == 0;
}

static gboolean
write_copy (const char *source, const char *temporary, GError **error)
{
  struct stat status;
  int from_fd = open (source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (from_fd < 0 || fstat (from_fd, &status) != 0 || !S_ISREG (status.st_mode)) {
    int saved_errno = from_fd >= 0 && errno == 0 ? EINVAL : errno;
    if (from_fd >= 0)
      close (from_fd);
    return fs_fail (error, saved_errno, "read", source);
  }
  int to_fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  gboolean ok = to_fd >= 0 && fill_copy (from_fd, to_fd, &status);
  int saved_errno = errno;
  if (to_fd >= 0 && close (to_fd) != 0 && ok) {
    ok = FALSE;
    saved_errno = errno;
  }
  close (from_fd);
  return ok || fs_fail (error, saved_errno, "write", temporary);
}

static gboolean
write_link (const char *source, const char *temporary, GError **error)
{
  char target[PATH_MAX];
  ssize_t n = readlink (source, target, sizeof target - 1);
  if (n < 0)
    return fs_fail (error, errno, "read the link", source);
  target[n] = '\0';
  return symlink (target, temporary) == 0 || fs_fail (error, errno, "create the link", temporary);
}

static gboolean
copy (const Install *install, const InstallInstruction *instruction, GError **error)
{
  const char *source = pathname_join (install->archive_dir, instruction->source, install->arena);
  const char *temporary = temporary_beside (install, instruction->path);

  if (!note_created (install, instruction->path, strlen (instruction->path), error))
    return FALSE;
  gboolean ok = instruction->is_symlink ? write_link (source, temporary, error)
                                        : write_copy (source, temporary, error);
  if (ok && rename (temporary, instruction->path) != 0)
    ok = fs_fail (error, errno, "put in place", instruction->path);
  if (!ok)
    unlink (temporary); /* may not be there; the failure above is the one to tell */
  return ok;
}

static gboolean
set_context (const Install *install, const InstallInstruction *instruction, GError **error)
{
  g_autofree char *real = NULL;
  if (!install_permissions_set_context (install->host, instruction, &real, error))
    return FALSE;
  g_autoptr (GString) line = g_string_new ("semanage");
  g_string_append_c (line, '\0');
  g_string_append (line, real);
  return note_created (install, line->str, line->len, error);
}

static gboolean
execute_one (const Install *install, const InstallInstruction *instruction, GError **error)
{
  switch (instruction->kind) {
  case INSTALL_MKDIR:
    return make_directory (install, instruction->path, error);
  case INSTALL_COPY:
    return copy (install, instruction, error);
  case INSTALL_CHOWN:
    return install_permissions_chown (instruction, error);
  case INSTALL_CHMOD:
    return install_permissions_chmod (instruction, error);
  case INSTALL_SETFACL:
    return install_permissions_setfacl (install->host, instruction, error);
  case INSTALL_SEMANAGE:
  default:
    return set_context (install, instruction, error);
  }
}

static gboolean
execute_plan (Install *install, GError **error)
{
  install->cleanup_fd =
      open (install->cleanup_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (install->cleanup_fd < 0)
    return fs_fail (error, errno, "open", install->cleanup_path);
  gboolean ok = TRUE;
  for (gsize i = 0; i < install->plan->n && ok; i++)
    ok = execute_one (install, &install->plan->instructions[i], error);
  if (fsync (install->cleanup_fd) != 0 && ok)
    ok = fs_fail (error, errno, "sync", install->cleanup_path);
  if (close (install->cleanup_fd) != 0 && ok)
    ok = fs_fail (error, errno, "close", install->cleanup_path);
  return ok;
}

static gboolean
write_instructions (const Install *install, GError **error)
{
  const char *path =
      host_instructions_file (install->host, install->spec->group_id, install->arena);
  g_autofree char *text = install_permissions_describe_plan (install->plan, install->archive_dir);
  return fs_atomic_write (path, text, strlen (text), 0644, FS_ATOMIC_PLAIN, error);
}

static gboolean
run_locked (Install *install, GError **error)
{
  return install_journal_remove (install->host, install->spec->group_id, error) &&
         load_appspec (install, error) &&
         host_read_cleanup (install->cleanup_path, install->arena, &install->cleanup, error) &&
         compute_plan (install, error) && write_instructions (install, error) &&
         clean_up (install, error) && execute_plan (install, error) &&
         host_write_pointer (install->host, install->spec->group_id, HOST_LAST_SUCCESSFUL,
                             install->deployment_dir, error) &&
         install_journal_set_done (install->host, install->spec->group_id,
                                   install->spec->deployment_id, error);
}

gboolean
installer_run (const AgentHost *host, const DeploymentSpec *spec, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  Install install = { .host = host, .spec = spec, .arena = arena };

  install.deployment_dir = host_deployment_dir (host, spec->group_id, spec->deployment_id, arena);
  const char *archive = host_archive_dir (install.deployment_dir, arena);
  g_autofree char *absolute = g_canonicalize_filename (archive, NULL);
  install.archive_dir = absolute;
  install.cleanup_path = host_cleanup_path (host, spec->group_id, arena);
  int lock_fd = install_lock_hold (host, error);
  if (lock_fd < 0)
    return FALSE;
  gboolean ok = run_locked (&install, error);
  close (lock_fd);
  return ok;
}

gboolean
installer_recover (const AgentHost *host, const char *deployment_id, InstallRecovery *out,
                   GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  InstallJournalState state;
  const char *group_id;

  if (!install_journal_find (host, deployment_id, arena, &state, &group_id, error))
    return FALSE;
  *out = state == INSTALL_JOURNAL_DONE ? INSTALL_FINISHED : INSTALL_NOTHING_LEFT;
  return TRUE;
}

gboolean
installer_settle (const AgentHost *host, const char *deployment_id, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  InstallJournalState state;
  const char *group_id;

  if (!install_journal_find (host, deployment_id, arena, &state, &group_id, error))
    return FALSE;
  return state == INSTALL_JOURNAL_NONE || install_journal_remove (host, group_id, error);
}
