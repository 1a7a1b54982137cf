#include "agent/install-place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "agent/fs-atomic.h"
#include "core/pathname.h"

#define ASIDE_SUFFIX "-old"

/* A root by its names in one folder. */
typedef struct {
  int fd;
  const char *staged, *final, *aside;
  const InstallIdentity *identity;
} Root;

char *
install_place_aside_name (const InstallFolders *folders)
{
  return g_strconcat (folders->name->str, ASIDE_SUFFIX, NULL);
}

static gboolean
is_at (const Root *root, const char *name)
{
  InstallIdentity found;
  return install_identity_at (root->fd, name, &found) &&
         install_identity_equal (&found, root->identity);
}

static gboolean
exists (const Root *root, const char *name)
{
  struct stat status;
  return fstatat (root->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static gboolean
move (const Root *root, const char *from, const char *to)
{
  return renameat (root->fd, from, root->fd, to) == 0;
}

static gboolean
exchange (const Root *root)
{
  return renameat2 (root->fd, root->staged, root->fd, root->final, RENAME_EXCHANGE) == 0;
}

/* Where the file system cannot exchange names: for an instant there is nothing in the place. */
static gboolean
put_aside_and_move (const Root *root)
{
  if (!move (root, root->final, root->aside) && errno != ENOENT)
    return FALSE;
  return move (root, root->staged, root->final);
}

/* FALSE and errno on failure. *out_replaced: something stood there. */
static gboolean
place (const Root *root, gboolean *out_replaced)
{
  *out_replaced = FALSE;
  if (!is_at (root, root->staged)) {
    errno = ESTALE; /* another thing has its name, and it is not in place either */
    return is_at (root, root->final);
  }
  if (renameat2 (root->fd, root->staged, root->fd, root->final, RENAME_NOREPLACE) == 0)
    return TRUE;
  *out_replaced = TRUE;
  if (errno == EEXIST && exchange (root))
    return TRUE;
  return (errno == EINVAL || errno == ENOSYS) && put_aside_and_move (root);
}

static gboolean
take_back (const Root *root)
{
  if (is_at (root, root->final)) {
    if (exists (root, root->staged))
      return exchange (root);
    if (!move (root, root->final, root->staged))
      return FALSE;
  }
  return !exists (root, root->aside) || exists (root, root->final) ||
         move (root, root->aside, root->final);
}

/* Enters the folder of the markth root. The names are good until the next call; aside is the caller's. */
static gboolean
enter (const InstallPlacing *placing, InstallFolders *folders, guint mark_at, Root *out,
       char **out_aside, GError **error)
{
  const InstallMark *mark = &g_array_index (placing->marks, InstallMark, mark_at);

  if (mark->index >= placing->layout->n) {
    g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED, "the install journal is damaged");
    return FALSE;
  }
  if (!install_folders_enter (folders, mark->index, error))
    return FALSE;
  *out_aside = install_place_aside_name (folders);
  *out =
      (Root){ .fd = folders->fd,
              .staged = folders->name->str,
              .final = pathname_basename (placing->journal->plan->instructions[mark->index].path),
              .aside = *out_aside,
              .identity = &mark->identity };
  return TRUE;
}

static guint
count_roots (const InstallPlacing *placing)
{
  guint n = 0;
  while (n < placing->marks->len &&
         g_array_index (placing->marks, InstallMark, n).kind == INSTALL_MARK_ROOT)
    n++;
  return n;
}

gboolean
install_place (const InstallPlacing *placing, GArray *out_aside, GError **error)
{
  g_auto (InstallFolders) folders = { 0 };
  guint n = count_roots (placing);

  install_folders_init (&folders, placing->journal, placing->layout, NULL);
  for (guint i = 0; i < n; i++) {
    gsize index = g_array_index (placing->marks, InstallMark, i).index;
    g_autofree char *aside = NULL;
    gboolean replaced;
    Root root;
    if (!enter (placing, &folders, i, &root, &aside, error))
      return FALSE;
    if (!place (&root, &replaced))
      return fs_fail (error, errno, "put in place",
                      placing->journal->plan->instructions[index].path);
    if (replaced)
      g_array_append_val (out_aside, index);
  }
  return TRUE;
}

gboolean
install_place_undo (const InstallPlacing *placing, GError **error)
{
  g_auto (InstallFolders) folders = { 0 };
  g_autoptr (GError) first = NULL;

  install_folders_init (&folders, placing->journal, placing->layout, NULL);
  for (guint i = count_roots (placing); i-- > 0;) {
    g_autoptr (GError) problem = NULL;
    g_autofree char *aside = NULL;
    Root root;
    if (!enter (placing, &folders, i, &root, &aside, &problem) ||
        (!take_back (&root) && !fs_fail (&problem, errno, "put back", root.final)))
      agent_log (placing->host->log, AGENT_LOG_ERROR, "%s", problem->message);
    if (problem != NULL && first == NULL)
      first = g_steal_pointer (&problem);
  }
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}
