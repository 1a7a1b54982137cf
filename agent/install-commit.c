#include "agent/install-commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-stream.h"
#include "agent/install-context.h"
#include "agent/install-discard.h"
#include "agent/install-folders.h"
#include "agent/install-stage.h"
#include "agent/safe-path.h"
#include "core/pathname.h"

#define ASIDE_SUFFIX "-old"

typedef struct {
  const AgentHost *host;
  const InstallJournal *journal;
  const InstallLayout *layout;
  const GArray *marks;
  InstallCommitTurn turn;
  InstallFolders folders;
  GHashTable *old_paths;
  GArray *aside;        /* gsize: roots that another thing stood in the place of */
  GHashTable *unplaced; /* a set of GSIZE_TO_POINTER: roots that are still where they were staged */
  GPtrArray *left;      /* paths of the old revision that could not be removed */
  GPtrArray *contexts;  /* real paths that have a rule now */
  GError *error;        /* what failed first */
} Commit;

static const char *
path_at (const Commit *commit, gsize index)
{
  return commit->journal->plan->instructions[index].path;
}

static gboolean
is_folder (const Commit *commit, gsize index)
{
  return commit->journal->plan->instructions[index].kind == INSTALL_MKDIR;
}

/* Takes error. The first one is the Install's, all are in the log. */
static void
note_failure (Commit *commit, GError *error)
{
  agent_log (commit->host->log, AGENT_LOG_ERROR, "%s: %s", commit->journal->deployment_id,
             error->message);
  if (commit->error == NULL)
    commit->error = error;
  else
    g_error_free (error);
}

static void
add_line (FsStream *stream, const char *text)
{
  fs_stream_add (stream, text);
  fs_stream_add_bytes (stream, "\n", 1);
}

static void
add_semanage_line (FsStream *stream, const char *path)
{
  fs_stream_add_bytes (stream, "semanage", sizeof "semanage");
  add_line (stream, path);
}

typedef enum {
  LINES_OF_BOTH,
  LINES_OF_NEW
} Lines;

static gboolean
write_cleanup (Commit *commit, Lines lines, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const InstallJournal *journal = commit->journal;
  FsAtomicFlags flags = lines == LINES_OF_NEW ? FS_ATOMIC_DURABLE : FS_ATOMIC_PLAIN;
  g_autoptr (FsStream) stream =
      fs_stream_open (host_cleanup_path (commit->host, journal->group_id, arena), 0644, error);

  if (stream == NULL)
    return FALSE;
  for (gsize i = 0; lines == LINES_OF_BOTH && i < journal->old->n; i++)
    if (journal->old->entries[i].is_semanage)
      add_semanage_line (stream, journal->old->entries[i].path);
    else
      add_line (stream, journal->old->entries[i].path);
  for (guint i = commit->left->len; i-- > 0;)
    add_line (stream, g_ptr_array_index (commit->left, i));
  for (gsize i = 0; i < journal->plan->n_created; i++)
    add_line (stream, path_at (commit, i));
  for (guint i = 0; i < commit->contexts->len; i++)
    add_semanage_line (stream, g_ptr_array_index (commit->contexts, i));
  return fs_stream_close (g_steal_pointer (&stream), flags, error);
}

static void
forget_contexts (Commit *commit)
{
  const InstallCleanup *old = commit->journal->old;
  for (gsize i = old->n; i-- > 0;)
    if (old->entries[i].is_semanage)
      install_context_forget (commit->host, old->entries[i].path);
}

static char *
aside_name (const Commit *commit)
{
  return g_strconcat (commit->folders.name->str, ASIDE_SUFFIX, NULL);
}

/* Something is in the way that a rename does not replace: it goes aside, under a name that says whose place it had. */
static gboolean
put_aside_and_rename (Commit *commit, gsize index, const char *staged, const char *final)
{
  int fd = commit->folders.fd;
  g_autofree char *aside = aside_name (commit);

  if (renameat (fd, final, fd, aside) != 0 && errno != ENOENT)
    return FALSE;
  if (renameat (fd, staged, fd, final) == 0) {
    g_array_append_val (commit->aside, index);
    return TRUE;
  }
  int saved_errno = errno;
  if (renameat (fd, aside, fd, final) != 0)
    agent_log (commit->host->log, AGENT_LOG_ERROR,
               "%s: what was at \"%s\" is now \"%s\" beside it: %s", commit->journal->deployment_id,
               path_at (commit, index), aside, g_strerror (errno));
  errno = saved_errno;
  return FALSE;
}

/* What is in its place takes its hidden name, in one step where the file system can: one of the two is in place at every instant. */
static gboolean
exchange (Commit *commit, gsize index, const char *staged, const char *final)
{
  int fd = commit->folders.fd;
  if (renameat2 (fd, staged, fd, final, RENAME_EXCHANGE) == 0) {
    g_array_append_val (commit->aside, index);
    return TRUE;
  }
  return put_aside_and_rename (commit, index, staged, final);
}

static gboolean
is_folder_at (int dir_fd, const char *name)
{
  struct stat status;
  return fstatat (dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR (status.st_mode);
}

/* The folder has entered its root's place. FALSE and errno on failure. */
static gboolean
place_root (Commit *commit, gsize index, const InstallIdentity *identity)
{
  int fd = commit->folders.fd;
  const char *staged = commit->folders.name->str;
  const char *final = pathname_basename (path_at (commit, index));
  InstallIdentity found;

  if (identity != NULL &&
      (!install_identity_at (fd, staged, &found) || !install_identity_equal (&found, identity))) {
    /* what has its hidden name now, if anything, is what it was exchanged for */
    errno = ESTALE;
    return commit->turn == INSTALL_COMMIT_AGAIN;
  }
  if (identity == NULL && commit->turn == INSTALL_COMMIT_AGAIN && is_folder_at (fd, staged))
    return TRUE; /* of a file: the folder that it was exchanged for */
  if (renameat (fd, staged, fd, final) == 0)
    return TRUE;
  switch (errno) {
  case ENOENT:
    return commit->turn == INSTALL_COMMIT_AGAIN;
  case EISDIR:
  case ENOTDIR:
  case ENOTEMPTY:
  case EEXIST:
    return exchange (commit, index, staged, final);
  default:
    return FALSE;
  }
}

/* Which folder was staged as root index. Marks of roots come first, and in order. NULL and error when there is none. */
static const InstallIdentity *
next_identity (const Commit *commit, guint *next_mark, gsize index, GError **error)
{
  const InstallMark *mark = *next_mark < commit->marks->len
                                ? &g_array_index (commit->marks, InstallMark, *next_mark)
                                : NULL;
  if (mark == NULL || mark->kind != INSTALL_MARK_ROOT || mark->index != index) {
    g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED,
                 "the install journal does not know the folder staged for \"%s\"",
                 path_at (commit, index));
    return NULL;
  }
  (*next_mark)++;
  return &mark->identity;
}

static void
place_roots (Commit *commit)
{
  guint next_mark = 0;

  for (gsize i = 0; i < commit->layout->n; i++) {
    const InstallIdentity *identity = NULL;
    GError *error = NULL;
    if (commit->layout->placements[i].root != i)
      continue;
    gboolean ok = !is_folder (commit, i) ||
                  (identity = next_identity (commit, &next_mark, i, &error)) != NULL;
    ok = ok && install_folders_enter (&commit->folders, i, &error);
    if (ok && !place_root (commit, i, identity))
      ok = fs_fail (&error, errno, "put in place", path_at (commit, i));
    if (!ok) {
      g_hash_table_add (commit->unplaced, GSIZE_TO_POINTER (i));
      note_failure (commit, error);
    }
  }
}

static void
discard_at (Commit *commit, gsize index)
{
  g_autoptr (GError) error = NULL;
  if (!install_folders_enter (&commit->folders, index, &error)) {
    agent_log (commit->host->log, AGENT_LOG_WARN, "%s: %s", commit->journal->deployment_id,
               error->message);
    return;
  }
  g_autofree char *staged = g_strdup (commit->folders.name->str);
  g_autofree char *aside = aside_name (commit);
  InstallDiscard discard = { .host = commit->host,
                             .deployment_id = commit->journal->deployment_id,
                             .old_paths = commit->old_paths,
                             .dir_fd = commit->folders.fd,
                             .aside = staged,
                             .path = path_at (commit, index),
                             .left = commit->left };
  install_discard (&discard);
  discard.aside = aside;
  install_discard (&discard);
}

/* What stood in the places of roots. Cut off before, it may be at any of them. */
static void
discard_all (Commit *commit)
{
  if (commit->turn == INSTALL_COMMIT_FIRST) {
    for (guint i = 0; i < commit->aside->len; i++)
      discard_at (commit, g_array_index (commit->aside, gsize, i));
    return;
  }
  for (gsize i = 0; i < commit->layout->n; i++)
    if (commit->layout->placements[i].root == i &&
        !g_hash_table_contains (commit->unplaced, GSIZE_TO_POINTER (i)))
      discard_at (commit, i);
}

/* FALSE: it is still there, and error says why. A folder with something in it stays by right. */
static gboolean
remove_old (Commit *commit, const char *path, const InstallIdentity *identity, GError **error)
{
  const char *name = pathname_basename (path);
  g_autoptr (GError) problem = NULL;
  struct stat status;

  if (!install_folders_enter_parent (&commit->folders, path, &problem)) {
    if (safe_path_is_missing (problem))
      return TRUE;
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  int fd = commit->folders.fd;
  if (fstatat (fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT || fs_fail (error, errno, "examine", path);
  /* the new revision, or somebody, has put another thing there, maybe by another name of the folder */
  if (status.st_dev != identity->device || status.st_ino != identity->inode)
    return TRUE;
  if (unlinkat (fd, name, S_ISDIR (status.st_mode) ? AT_REMOVEDIR : 0) == 0 || errno == ENOENT)
    return TRUE;
  if (S_ISDIR (status.st_mode) && (errno == ENOTEMPTY || errno == EEXIST)) {
    agent_log (commit->host->log, AGENT_LOG_INFO,
               "%s: the folder %s stays, there is more in it than was deployed",
               commit->journal->deployment_id, path);
    return TRUE;
  }
  return fs_fail (error, errno, "remove", path);
}

static void
remove_all (Commit *commit)
{
  const InstallCleanup *old = commit->journal->old;
  g_autoptr (Arena) passing = arena_new ();

  for (guint i = 0; i < commit->marks->len; i++) {
    const InstallMark *mark = &g_array_index (commit->marks, InstallMark, i);
    g_autoptr (GError) error = NULL;
    if (mark->kind != INSTALL_MARK_REMOVAL || mark->index >= old->n)
      continue;
    const char *path = pathname_normalise_absolute (old->entries[mark->index].path, passing);
    if (path != NULL && !remove_old (commit, path, &mark->identity, &error)) {
      agent_log (commit->host->log, AGENT_LOG_WARN, "%s: %s; the next deployment will try again",
                 commit->journal->deployment_id, error->message);
      g_ptr_array_add (commit->left, g_strdup (path));
    }
    arena_reset (passing);
  }
}

/* The path with the links on the way to it resolved; NULL and error. */
static char *
real_path (Commit *commit, const char *path, GError **error)
{
  char link[64], folder[PATH_MAX];

  if (!install_folders_enter_parent (&commit->folders, path, error))
    return NULL;
  g_snprintf (link, sizeof link, "/proc/self/fd/%d", commit->folders.fd);
  ssize_t n = readlink (link, folder, sizeof folder - 1);
  if (n < 0) {
    fs_fail (error, errno, "resolve", path);
    return NULL;
  }
  folder[n] = '\0';
  return g_strconcat (strcmp (folder, "/") == 0 ? "" : folder, "/", pathname_basename (path), NULL);
}

static void
set_contexts (Commit *commit)
{
  const InstallPlan *plan = commit->journal->plan;
  InstallContextTurn turn =
      commit->turn == INSTALL_COMMIT_FIRST ? INSTALL_CONTEXT_FIRST : INSTALL_CONTEXT_AGAIN;

  for (gsize i = plan->n_created; i < plan->n; i++) {
    const InstallInstruction *instruction = &plan->instructions[i];
    GError *error = NULL;
    if (instruction->kind != INSTALL_SEMANAGE)
      continue;
    g_autofree char *real = real_path (commit, instruction->path, &error);
    if (real == NULL ||
        !install_context_set (real, instruction->permission->context, turn, &error)) {
      note_failure (commit, error);
      return; /* as the official agent: the first failure ends the list */
    }
    g_ptr_array_add (commit->contexts, g_steal_pointer (&real));
  }
}

static gboolean
write_pointer (Commit *commit, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const InstallJournal *journal = commit->journal;
  return host_write_pointer (
      commit->host, journal->group_id, HOST_LAST_SUCCESSFUL,
      host_deployment_dir (commit->host, journal->group_id, journal->deployment_id, arena), error);
}

static void
run_steps (Commit *commit)
{
  GError *error = NULL;

  if (!write_cleanup (commit, LINES_OF_BOTH, &error)) {
    note_failure (commit, error);
    error = NULL;
  }
  forget_contexts (commit);
  place_roots (commit);
  discard_all (commit);
  remove_all (commit);
  if (g_hash_table_size (commit->unplaced) > 0)
    install_stage_undo (commit->host, commit->journal, commit->layout);
  set_contexts (commit);
  if (!write_cleanup (commit, LINES_OF_NEW, &error))
    note_failure (commit, error);
}

gboolean
install_commit (const AgentHost *host, const InstallJournal *journal, const InstallLayout *layout,
                const GArray *marks, InstallCommitTurn turn, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GHashTable) old_paths = install_layout_old_paths (journal->old, arena);
  g_autoptr (GArray) aside = g_array_new (FALSE, FALSE, sizeof (gsize));
  g_autoptr (GHashTable) unplaced = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) contexts = g_ptr_array_new_with_free_func (g_free);
  Commit commit = { .host = host,
                    .journal = journal,
                    .layout = layout,
                    .marks = marks,
                    .turn = turn,
                    .old_paths = old_paths,
                    .aside = aside,
                    .unplaced = unplaced,
                    .left = left,
                    .contexts = contexts };

  install_folders_init (&commit.folders, journal, layout, NULL);
  run_steps (&commit);
  install_folders_clear (&commit.folders);
  if (commit.error == NULL && journal->failure != NULL)
    g_set_error_literal (&commit.error, HOST_ERROR, HOST_ERROR_FAILED, journal->failure);
  if (commit.error == NULL)
    return write_pointer (&commit, error);
  g_propagate_error (error, commit.error);
  return FALSE;
}
