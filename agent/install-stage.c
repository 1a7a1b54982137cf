#include "agent/install-stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "agent/install-copy.h"
#include "agent/install-folders.h"
#include "agent/safe-path.h"
#include "core/pathname.h"

#define FOLDER_ONLY         (O_PATH | O_DIRECTORY | O_CLOEXEC)
#define FOLDER_READ         (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define MAX_COPIERS         4
#define COPIES_A_TURN       32 /* siblings mostly, so that a folder is entered once by each copier */
#define COPIES_FOR_A_THREAD 128 /* fewer are done before a thread has started */

typedef struct {
  const InstallStaging *staging;
  const InstallPlan *plan;
  InstallIdentity *identities; /* by creation: of roots, and of files */
  guint *modes; /* by creation: the mode that such a folder is to get when nothing else is said */
  int archive_fd;
  gsize next;   /* atomic: the first creation that no copier has taken */
  guint failed; /* atomic */
  GMutex lock;  /* of the two below */
  GError *error;
  gsize
      error_at; /* the creation that failed: of several, the first one is told, whoever was quicker */
} Stage;

static void
note_failure (Stage *stage, gsize index, GError *error)
{
  g_mutex_lock (&stage->lock);
  if (stage->error == NULL || index < stage->error_at) {
    g_clear_error (&stage->error);
    stage->error = g_steal_pointer (&error);
    stage->error_at = index;
  }
  g_mutex_unlock (&stage->lock);
  g_clear_error (&error);
  g_atomic_int_set (&stage->failed, 1);
}

static InstallOwner
owner_of (const InstallStaging *staging, gsize index)
{
  const AppSpecPermission *permission = staging->layout->placements[index].permission;
  const InstallOwner *owner =
      permission != NULL ? g_hash_table_lookup (staging->owners, permission) : NULL;
  return owner != NULL ? *owner : (InstallOwner){ (uid_t)-1, (gid_t)-1 };
}

static gboolean
is_empty (int fd)
{
  int own_fd = openat (fd, ".", FOLDER_READ);
  DIR *dir = own_fd >= 0 ? fdopendir (own_fd) : NULL;
  gsize n = 0;

  if (dir == NULL)
    return FALSE;
  while (readdir (dir) != NULL) /* NOLINT(concurrency-mt-unsafe): nobody else reads this DIR */
    n++;
  closedir (dir);
  return n <= 2;
}

/*
 * A root's folder: ours alone until it is complete. Where others may write, another folder may have been put in its place since it was
 * made; it must be one that could be ours.
 */
static gboolean
close_root (Stage *stage, gsize index, int fd, GError **error)
{
  const char *path = stage->plan->instructions[index].path;
  struct stat status;

  if (fstat (fd, &status) != 0)
    return fs_fail (error, errno, "examine what is staged for", path);
  if (status.st_uid != geteuid () || !is_empty (fd))
    return fs_fail (error, ESTALE, "open what is staged for", path);
  stage->identities[index] = (InstallIdentity){ status.st_dev, status.st_ino };
  stage->modes[index] = status.st_mode & 07777;
  return fchmod (fd, (status.st_mode & 07000) | 0700) == 0 ||
         fs_fail (error, errno, "set the mode of what is staged for", path);
}

static gboolean
make_folder (Stage *stage, InstallFolders *folders, gsize index, GError **error)
{
  const char *path = stage->plan->instructions[index].path;

  if (!install_folders_enter (folders, index, error))
    return FALSE;
  if (mkdirat (folders->fd, folders->name->str, 0777) != 0)
    return fs_fail (error, errno, "create a folder to stage", path);
  if (stage->staging->layout->placements[index].root != index)
    return TRUE;
  int fd = openat (folders->fd, folders->name->str, FOLDER_READ);
  if (fd < 0)
    return fs_fail (error, errno, "open what is staged for", path);
  gboolean ok = close_root (stage, index, fd, error);
  close (fd);
  return ok;
}

static gboolean
make_folders (Stage *stage, GError **error)
{
  g_auto (InstallFolders) folders = { 0 };
  gboolean ok = TRUE;

  install_folders_init (&folders, stage->staging->journal, stage->staging->layout,
                        stage->identities);
  for (gsize i = 0; i < stage->plan->n_created && ok; i++)
    if (stage->plan->instructions[i].kind == INSTALL_MKDIR)
      ok = make_folder (stage, &folders, i, error);
  return ok;
}

typedef struct {
  Stage *stage;
  InstallFolders folders;
  int from_fd; /* the source folder that was used last; -1: none */
  GString *from;
  char *buffer;
} Copier;

static gboolean
enter_source (Copier *copier, const char *source, GError **error)
{
  gsize length = (gsize)(pathname_basename (source) - source);

  if (copier->from_fd >= 0 && copier->from->len == length &&
      memcmp (copier->from->str, source, length) == 0)
    return TRUE;
  if (copier->from_fd >= 0)
    close (copier->from_fd);
  g_string_truncate (copier->from, 0);
  g_string_append_len (copier->from, source, (gssize)length);
  g_autofree char *folder = g_strndup (source, length > 0 ? length - 1 : 0);
  copier->from_fd = safe_path_open_below (copier->stage->archive_fd, folder, FOLDER_ONLY);
  return copier->from_fd >= 0 || fs_fail (error, errno, "open the revision's folder of", source);
}

static gboolean
copy_one (Copier *copier, gsize index, GError **error)
{
  Stage *stage = copier->stage;
  const InstallInstruction *instruction = &stage->plan->instructions[index];

  if (!enter_source (copier, instruction->source, error) ||
      !install_folders_enter (&copier->folders, index, error))
    return FALSE;
  InstallCopy copy = { .from_dir_fd = copier->from_fd,
                       .from_name = pathname_basename (instruction->source),
                       .from_path = instruction->source,
                       .to_dir_fd = copier->folders.fd,
                       .to_name = copier->folders.name->str,
                       .to_path = instruction->path,
                       .reach = stage->staging->layout->placements[index].root == index
                                    ? INSTALL_COPY_OPEN
                                    : INSTALL_COPY_CLOSED,
                       .owner = owner_of (stage->staging, index),
                       .permission = stage->staging->layout->placements[index].permission };
  InstallIdentity *made = &stage->identities[index];
  return instruction->is_symlink ? install_copy_link (&copy, made, error)
                                 : install_copy_file (&copy, copier->buffer, made, error);
}

static gpointer
run_copier (gpointer data)
{
  Stage *stage = data;
  g_autofree char *buffer = g_malloc (INSTALL_COPY_BUFFER_BYTES);
  Copier copier = { .stage = stage, .from_fd = -1, .from = g_string_new (NULL), .buffer = buffer };
  gsize n = stage->plan->n_created;

  install_folders_init (&copier.folders, stage->staging->journal, stage->staging->layout,
                        stage->identities);
  while (g_atomic_int_get (&stage->failed) == 0) {
    gsize from = __atomic_fetch_add (&stage->next, COPIES_A_TURN, __ATOMIC_RELAXED);
    if (from >= n)
      break;
    for (gsize i = from; i < MIN (from + COPIES_A_TURN, n); i++) {
      GError *error = NULL;
      if (stage->plan->instructions[i].kind == INSTALL_COPY && !copy_one (&copier, i, &error)) {
        note_failure (stage, i, error);
        break;
      }
    }
  }
  install_folders_clear (&copier.folders);
  if (copier.from_fd >= 0)
    close (copier.from_fd);
  g_string_free (copier.from, TRUE);
  return NULL;
}

static gboolean
copy_all (Stage *stage, GError **error)
{
  GThread *threads[MAX_COPIERS] = { NULL };
  gsize wanted = stage->plan->n_created / COPIES_FOR_A_THREAD;
  guint n = (guint)MIN (wanted, MIN (g_get_num_processors (), MAX_COPIERS) - 1);

  /* one that cannot be had is done without */
  for (guint i = 0; i < n; i++)
    threads[i] = g_thread_try_new ("copier", run_copier, stage, NULL);
  run_copier (stage);
  for (guint i = 0; i < n; i++)
    if (threads[i] != NULL)
      g_thread_join (threads[i]);
  if (stage->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&stage->error));
  return FALSE;
}

/* What a folder is to be in the end. */
static gboolean
finish_folder (Stage *stage, InstallFolders *folders, gsize index, GError **error)
{
  const InstallPlacement *placement = &stage->staging->layout->placements[index];
  const AppSpecPermission *permission = placement->permission;
  const char *path = stage->plan->instructions[index].path;
  struct stat status;

  if (permission == NULL && placement->root != index)
    return TRUE;
  if (!install_folders_enter (folders, index, error))
    return FALSE;
  int fd = openat (folders->fd, folders->name->str, FOLDER_READ);
  if (fd < 0 || fstat (fd, &status) != 0) {
    int saved_errno = errno;
    if (fd >= 0)
      close (fd);
    return fs_fail (error, saved_errno, "open what is staged for", path);
  }
  guint mode = placement->root == index ? stage->modes[index] : status.st_mode & 07777;
  if (permission != NULL && permission->mode != APPSPEC_NO_MODE)
    mode = permission->mode;
  InstallRights rights = { owner_of (stage->staging, index), mode, permission, path };
  gboolean ok = placement->root == index && (status.st_dev != stage->identities[index].device ||
                                             status.st_ino != stage->identities[index].inode)
                    ? fs_fail (error, ESTALE, "open what is staged for", path)
                    : install_permissions_apply (fd, &status, &rights, error);
  close (fd);
  return ok;
}

/* From the inside out: a folder may end up closed to us. */
static gboolean
finish_folders (Stage *stage, GError **error)
{
  g_auto (InstallFolders) folders = { 0 };
  gboolean ok = TRUE;

  install_folders_init (&folders, stage->staging->journal, stage->staging->layout,
                        stage->identities);
  for (gsize i = stage->plan->n_created; i-- > 0 && ok;)
    if (stage->plan->instructions[i].kind == INSTALL_MKDIR)
      ok = finish_folder (stage, &folders, i, error);
  return ok;
}

static void
mark_roots (const Stage *stage, GArray *out_marks)
{
  for (gsize i = 0; i < stage->plan->n_created; i++)
    if (stage->staging->layout->placements[i].root == i) {
      InstallMark mark = { INSTALL_MARK_ROOT, i, stage->identities[i] };
      g_array_append_val (out_marks, mark);
    }
}

/* What is not there, or can be reached only by a link that is not followed, gets no mark: it is not removed. */
static gboolean
mark_removal (const Stage *stage, InstallFolders *folders, gsize at, GArray *out_marks,
              GError **error)
{
  const InstallJournal *journal = stage->staging->journal;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) problem = NULL;
  const char *path = pathname_normalise_absolute (journal->old->entries[at].path, arena);
  InstallMark mark = { INSTALL_MARK_REMOVAL, at, { 0 } };

  if (!install_folders_enter_parent (folders, path, &problem)) {
    if (safe_path_is_missing (problem))
      return TRUE;
    if (g_error_matches (problem, SAFE_PATH_ERROR, SAFE_PATH_ERROR_UNTRUSTED)) {
      agent_log (stage->staging->host->log, AGENT_LOG_WARN, "\"%s\" is not removed: %s", path,
                 problem->message);
      return TRUE;
    }
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (install_identity_at (folders->fd, pathname_basename (path), &mark.identity))
    g_array_append_val (out_marks, mark);
  else if (errno != ENOENT)
    return fs_fail (error, errno, "examine", path);
  return TRUE;
}

static gboolean
mark_removals (const Stage *stage, GArray *out_marks, GError **error)
{
  const InstallLayout *layout = stage->staging->layout;
  g_auto (InstallFolders) folders = { 0 };
  gboolean ok = TRUE;

  install_folders_init (&folders, stage->staging->journal, layout, NULL);
  for (gsize i = 0; i < layout->n_removals && ok; i++)
    ok = mark_removal (stage, &folders, layout->removals[i], out_marks, error);
  return ok;
}

gboolean
install_stage (const InstallStaging *staging, GArray *out_marks, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  Stage stage = { .staging = staging,
                  .plan = staging->journal->plan,
                  .identities = arena_new0_n (arena, InstallIdentity, staging->layout->n),
                  .modes = arena_new0_n (arena, guint, staging->layout->n) };

  stage.archive_fd = safe_path_open_directory (staging->archive_dir, error);
  if (stage.archive_fd < 0)
    return FALSE;
  g_mutex_init (&stage.lock);
  gboolean ok =
      make_folders (&stage, error) && copy_all (&stage, error) && finish_folders (&stage, error);
  close (stage.archive_fd);
  g_mutex_clear (&stage.lock);
  if (!ok)
    return FALSE;
  mark_roots (&stage, out_marks);
  return mark_removals (&stage, out_marks, error);
}

static gboolean
remove_staged (InstallFolders *folders, int flags)
{
  if (unlinkat (folders->fd, folders->name->str, flags) == 0 || errno == ENOENT)
    return TRUE;
  /* a folder may have been closed already, to us as well when we are not root */
  return errno == EACCES && folders->root != G_MAXSIZE &&
         fchmodat (folders->fd, ".", 0700, 0) == 0 &&
         unlinkat (folders->fd, folders->name->str, flags) == 0;
}

void
install_stage_undo (const AgentHost *host, const InstallJournal *journal,
                    const InstallLayout *layout)
{
  g_auto (InstallFolders) folders = { 0 };

  install_folders_init (&folders, journal, layout, NULL);
  for (gsize i = journal->plan->n_created; i-- > 0;) {
    const InstallInstruction *created = &journal->plan->instructions[i];
    g_autoptr (GError) error = NULL;
    if (!install_folders_enter (&folders, i, &error)) {
      if (!safe_path_is_missing (error))
        agent_log (host->log, AGENT_LOG_WARN, "%s", error->message);
    } else if (!remove_staged (&folders, created->kind == INSTALL_MKDIR ? AT_REMOVEDIR : 0)) {
      agent_log (host->log, AGENT_LOG_WARN, "cannot remove \"%s\" that was staged for \"%s\": %s",
                 folders.name->str, created->path, g_strerror (errno));
    }
  }
}
