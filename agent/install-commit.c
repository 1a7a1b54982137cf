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
#include "agent/install-place.h"
#include "agent/install-stage.h"
#include "agent/safe-path.h"
#include "core/pathname.h"

typedef struct {
  const InstallCommit *what;
  InstallFolders folders;
  GHashTable *old_paths;
  GArray *aside;       /* gsize: roots that another thing stood in the place of */
  GPtrArray *left;     /* paths of the old revision that could not be removed */
  GPtrArray *contexts; /* real paths that have a rule now */
  GError *error;       /* what failed first */
} Commit;

static const char *
path_at (const Commit *commit, gsize index)
{
  return commit->what->journal->plan->instructions[index].path;
}

/* Takes error. The first one is the Install's, all are in the log. */
static void
note_failure (Commit *commit, GError *error)
{
  agent_log (commit->what->host->log, AGENT_LOG_ERROR, "%s", error->message);
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
  LINES_OF_OLD = 1 << 0,
  LINES_OF_NEW = 1 << 1
} Lines;

static gboolean
write_cleanup (Commit *commit, Lines lines, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const InstallJournal *journal = commit->what->journal;
  FsAtomicFlags flags = lines == LINES_OF_NEW ? FS_ATOMIC_DURABLE : FS_ATOMIC_PLAIN;
  gboolean of_old = (lines & LINES_OF_OLD) != 0, of_new = (lines & LINES_OF_NEW) != 0;
  g_autoptr (FsStream) stream = fs_stream_open (
      host_cleanup_path (commit->what->host, journal->group_id, arena), 0644, error);

  if (stream == NULL)
    return FALSE;
  for (gsize i = 0; of_old && i < journal->old->n; i++)
    if (journal->old->entries[i].is_semanage)
      add_semanage_line (stream, journal->old->entries[i].path);
    else
      add_line (stream, journal->old->entries[i].path);
  for (guint i = commit->left->len; i-- > 0;)
    add_line (stream, g_ptr_array_index (commit->left, i));
  for (gsize i = 0; of_new && i < journal->plan->n_created; i++)
    add_line (stream, path_at (commit, i));
  for (guint i = 0; i < commit->contexts->len; i++)
    add_semanage_line (stream, g_ptr_array_index (commit->contexts, i));
  return fs_stream_close (g_steal_pointer (&stream), flags, error);
}

static void
forget_contexts (Commit *commit)
{
  const InstallCleanup *old = commit->what->journal->old;
  for (gsize i = old->n; i-- > 0;)
    if (old->entries[i].is_semanage)
      install_context_forget (commit->what->host, old->entries[i].path);
}

static void
discard_at (Commit *commit, gsize index)
{
  g_autoptr (GError) error = NULL;
  if (!install_folders_enter (&commit->folders, index, &error)) {
    agent_log (commit->what->host->log, AGENT_LOG_WARN, "%s", error->message);
    return;
  }
  g_autofree char *staged = g_strdup (commit->folders.name->str);
  g_autofree char *aside = install_place_aside_name (&commit->folders);
  InstallDiscard discard = { .host = commit->what->host,
                             .deployment_id = commit->what->journal->deployment_id,
                             .old_paths = commit->old_paths,
                             .dir_fd = commit->folders.fd,
                             .path = path_at (commit, index),
                             .aside = staged,
                             .of_file = commit->what->journal->plan->instructions[index].kind ==
                                        INSTALL_COPY,
                             .left = commit->left };
  install_discard (&discard);
  discard.aside = aside;
  install_discard (&discard);
}

/* What stood in the places of roots. Cut off before, it may be at any of them. */
static void
discard_all (Commit *commit)
{
  if (commit->what->turn == INSTALL_COMMIT_FIRST) {
    for (guint i = 0; i < commit->aside->len; i++)
      discard_at (commit, g_array_index (commit->aside, gsize, i));
    return;
  }
  for (gsize i = 0; i < commit->what->layout->n; i++)
    if (commit->what->layout->placements[i].root == i)
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
    agent_log (commit->what->host->log, AGENT_LOG_INFO,
               "the folder %s stays, there is more in it than was deployed", path);
    return TRUE;
  }
  return fs_fail (error, errno, "remove", path);
}

static void
remove_all (Commit *commit)
{
  const InstallCleanup *old = commit->what->journal->old;
  g_autoptr (Arena) passing = arena_new ();

  for (guint i = 0; i < commit->what->marks->len; i++) {
    const InstallMark *mark = &g_array_index (commit->what->marks, InstallMark, i);
    g_autoptr (GError) error = NULL;
    if (mark->kind != INSTALL_MARK_REMOVAL || mark->index >= old->n)
      continue;
    const char *path = pathname_normalise_absolute (old->entries[mark->index].path, passing);
    if (path != NULL && !remove_old (commit, path, &mark->identity, &error)) {
      agent_log (commit->what->host->log, AGENT_LOG_WARN, "%s; the next deployment will try again",
                 error->message);
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
  const InstallPlan *plan = commit->what->journal->plan;
  InstallContextTurn turn =
      commit->what->turn == INSTALL_COMMIT_FIRST ? INSTALL_CONTEXT_FIRST : INSTALL_CONTEXT_AGAIN;

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
  const InstallJournal *journal = commit->what->journal;
  return host_write_pointer (
      commit->what->host, journal->group_id, HOST_LAST_SUCCESSFUL,
      host_deployment_dir (commit->what->host, journal->group_id, journal->deployment_id, arena),
      error);
}

/* Everything is in place. */
static void
run_steps (Commit *commit)
{
  GError *error = NULL;

  forget_contexts (commit);
  discard_all (commit);
  remove_all (commit);
  set_contexts (commit);
  if (!write_cleanup (commit, LINES_OF_NEW, &error))
    note_failure (commit, error);
}

/* Each of them may have been done before, but for the last. */
static gboolean
place_all (Commit *commit, GError **error)
{
  const AgentHost *host = commit->what->host;
  const char *group_id = commit->what->journal->group_id;
  InstallPlacing placing = { host, commit->what->journal, commit->what->layout,
                             commit->what->marks };

  return write_cleanup (commit, LINES_OF_OLD | LINES_OF_NEW, error) &&
         install_place (&placing, commit->aside, error) &&
         install_journal_advance (host, group_id, INSTALL_JOURNAL_COMMITTED, INSTALL_JOURNAL_PLACED,
                                  error);
}

static gboolean
take_back (Commit *commit, GError **error)
{
  InstallPlacing placing = { commit->what->host, commit->what->journal, commit->what->layout,
                             commit->what->marks };

  /* the clean-up file goes on naming both when something is still where it was put */
  if (!install_place_undo (&placing, error))
    return FALSE;
  install_stage_undo (commit->what->host, commit->what->journal, commit->what->layout);
  return write_cleanup (commit, LINES_OF_OLD, error);
}

static void
commit_init (Commit *commit, Arena *arena)
{
  commit->old_paths = install_layout_old_paths (commit->what->journal->old, arena);
  commit->aside = g_array_new (FALSE, FALSE, sizeof (gsize));
  commit->left = g_ptr_array_new_with_free_func (g_free);
  commit->contexts = g_ptr_array_new_with_free_func (g_free);
  install_folders_init (&commit->folders, commit->what->journal, commit->what->layout, NULL);
}

static void
commit_clear (Commit *commit)
{
  install_folders_clear (&commit->folders);
  g_hash_table_unref (commit->old_paths);
  g_array_unref (commit->aside);
  g_ptr_array_unref (commit->left);
  g_ptr_array_unref (commit->contexts);
  g_clear_error (&commit->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Commit, commit_clear)

/* Everything is in place and has been seen to. */
static gboolean
conclude (Commit *commit, GError **error)
{
  if (commit->error == NULL && commit->what->journal->failure != NULL)
    g_set_error_literal (&commit->error, HOST_ERROR, HOST_ERROR_FAILED,
                         commit->what->journal->failure);
  if (commit->error == NULL)
    return write_pointer (commit, error);
  g_propagate_error (error, g_steal_pointer (&commit->error));
  return FALSE;
}

gboolean
install_commit (const InstallCommit *what, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  g_auto (Commit) commit = { .what = what };
  g_autoptr (GError) ignored = NULL; /* the first failure is the one to tell */

  commit_init (&commit, arena);
  if (what->turn == INSTALL_COMMIT_PLACED || place_all (&commit, error)) {
    run_steps (&commit);
    return conclude (&commit, error);
  }
  agent_log (what->host->log, AGENT_LOG_WARN,
             "the new revision cannot be put in place, and is taken back");
  if (!install_journal_advance (what->host, what->journal->group_id, INSTALL_JOURNAL_COMMITTED,
                                INSTALL_JOURNAL_BACK, &ignored)) {
    agent_log (what->host->log, AGENT_LOG_ERROR, "%s", ignored->message);
    g_clear_error (&ignored);
  }
  if (!take_back (&commit, &ignored))
    agent_log (what->host->log, AGENT_LOG_ERROR, "%s", ignored->message);
  return FALSE;
}

gboolean
install_commit_undo (const InstallCommit *what, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  g_auto (Commit) commit = { .what = what };

  commit_init (&commit, arena);
  return take_back (&commit, error);
}
