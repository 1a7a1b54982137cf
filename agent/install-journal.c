#include "agent/install-journal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

#define DONE_SUFFIX   "-journal-done"
#define MAX_NAME_SIZE 4096

static char *
done_path (const AgentHost *host, const char *group_id, Arena *arena)
{
  return arena_printf (arena, "%s/%s" DONE_SUFFIX, host_instructions_dir (host, arena), group_id);
}

gboolean
install_journal_set_done (const AgentHost *host, const char *group_id, const char *deployment_id,
                          GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  return fs_atomic_write (done_path (host, group_id, arena), deployment_id, strlen (deployment_id),
                          0600, FS_ATOMIC_DURABLE, error);
}

gboolean
install_journal_find (const AgentHost *host, const char *deployment_id, Arena *arena,
                      InstallJournalState *out, const char **out_group, GError **error)
{
  const char *folder = host_instructions_dir (host, arena);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  *out = INSTALL_JOURNAL_NONE;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    if (!g_str_has_suffix (name, DONE_SUFFIX))
      continue;
    g_autofree char *path = g_build_filename (folder, name, NULL);
    gboolean missing;
    g_autofree char *text = fs_read_optional (path, MAX_NAME_SIZE, NULL, &missing, error);
    if (text == NULL && !missing)
      return FALSE;
    if (g_strcmp0 (text, deployment_id) != 0)
      continue;
    *out = INSTALL_JOURNAL_DONE;
    *out_group = arena_strndup (arena, name, strlen (name) - strlen (DONE_SUFFIX));
    return TRUE;
  }
  return TRUE;
}

gboolean
install_journal_remove (const AgentHost *host, const char *group_id, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *path = done_path (host, group_id, arena);
  return unlink (path) == 0 || errno == ENOENT || fs_fail (error, errno, "remove", path);
}
