#include "agent/host.h"

#include <string.h>

#include "agent/fs-atomic.h"
#include "core/pathname.h"

#define INSTRUCTIONS_DIR  "deployment-instructions"
#define MAX_POINTER_BYTES 4096
#define MAX_APPSPEC_BYTES (1024 * 1024)
#define MAX_CLEANUP_BYTES (256 * 1024 * 1024)
#define SEMANAGE_WORD     "semanage"

G_DEFINE_QUARK (slipway - host - error, host_error)

char *
host_group_dir (const AgentHost *host, const char *group_id, Arena *arena)
{
  return pathname_join (host->config->root_dir, group_id, arena);
}

char *
host_deployment_dir (const AgentHost *host, const char *group_id, const char *deployment_id,
                     Arena *arena)
{
  return pathname_join (host_group_dir (host, group_id, arena), deployment_id, arena);
}

char *
host_archive_dir (const char *deployment_dir, Arena *arena)
{
  return pathname_join (deployment_dir, "deployment-archive", arena);
}

char *
host_instructions_dir (const AgentHost *host, Arena *arena)
{
  return pathname_join (host->config->root_dir, INSTRUCTIONS_DIR, arena);
}

static char *
instructions_path (const AgentHost *host, const char *group_id, const char *suffix, Arena *arena)
{
  return arena_printf (arena, "%s/%s%s", host_instructions_dir (host, arena), group_id, suffix);
}

char *
host_instructions_file (const AgentHost *host, const char *group_id, Arena *arena)
{
  return instructions_path (host, group_id, "-install.json", arena);
}

char *
host_cleanup_path (const AgentHost *host, const char *group_id, Arena *arena)
{
  return instructions_path (host, group_id, "-cleanup", arena);
}

char *
host_deployments_log (const AgentHost *host, Arena *arena)
{
  if (!host->config->enable_deployments_log)
    return NULL;
  const char *dir = pathname_join (host->config->root_dir, "deployment-logs", arena);
  return arena_printf (arena, "%s/%s-deployments.log", dir, host->config->program_name);
}

static char *
pointer_path (const AgentHost *host, const char *group_id, HostPointer which, Arena *arena)
{
  return instructions_path (
      host, group_id,
      which == HOST_LAST_SUCCESSFUL ? "_last_successful_install" : "_most_recent_install", arena);
}

gboolean
host_read_pointer (const AgentHost *host, const char *group_id, HostPointer which, Arena *arena,
                   const char **out, GError **error)
{
  const char *path = pointer_path (host, group_id, which, arena);
  gboolean missing;
  gsize n = 0;

  *out = NULL;
  g_autofree char *text = fs_read_optional (path, MAX_POINTER_BYTES, &n, &missing, error);
  if (text == NULL)
    return missing;
  if (n > 0 && text[n - 1] == '\n')
    text[--n] = '\0';
  /* a crash of the official agent can leave it empty or full of NULs */
  if (n > 0 && strlen (text) == n)
    *out = arena_strdup (arena, text);
  else
    agent_log (host->log, AGENT_LOG_WARN, "pointer file %s is empty or damaged: ignored", path);
  return TRUE;
}

gboolean
host_write_pointer (const AgentHost *host, const char *group_id, HostPointer which,
                    const char *deployment_dir, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *path = pointer_path (host, group_id, which, arena);
  /* no fs_stream: DownloadBundles do not wait for each other */
  return fs_make_directory (pathname_parent (path, arena), error) &&
         fs_atomic_write (path, deployment_dir, strlen (deployment_dir), 0644, FS_ATOMIC_DURABLE,
                          error);
}

static void
add_cleanup_line (char *line, gsize n, GArray *entries)
{
  gsize word = strlen (SEMANAGE_WORD);
  InstallCleanupEntry entry = { 0 };

  /* "semanage", a NUL, the path */
  if (n > word && line[word] == '\0' && strcmp (line, SEMANAGE_WORD) == 0) {
    entry.is_semanage = TRUE;
    entry.path = line + word + 1;
  } else {
    entry.path = line;
  }
  /* paths are absolute, so blanks before one are nobody's; those at its end may be the name's own */
  entry.path = g_strchug ((char *)entry.path);
  if (entry.path[0] == '/')
    g_array_append_val (entries, entry);
}

gboolean
host_read_cleanup (const char *path, Arena *arena, const InstallCleanup **out, GError **error)
{
  gboolean missing;
  gsize n = 0;

  *out = NULL;
  g_autofree char *text = fs_read_optional (path, MAX_CLEANUP_BYTES, &n, &missing, error);
  if (text == NULL)
    return missing;

  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (InstallCleanupEntry));
  char *copy = arena_memdup (arena, text, n + 1);
  for (char *at = copy, *end = copy + n; at < end;) {
    char *stop = memchr (at, '\n', (gsize)(end - at));
    if (stop == NULL)
      break; /* cut off while it was written */
    *stop = '\0';
    add_cleanup_line (at, (gsize)(stop - at), entries);
    at = stop + 1;
  }
  InstallCleanup *cleanup = arena_new0 (arena, InstallCleanup);
  cleanup->n = entries->len;
  cleanup->entries =
      arena_memdup (arena, entries->data, entries->len * sizeof (InstallCleanupEntry));
  *out = cleanup;
  return TRUE;
}

char *
host_read_appspec (const char *archive_dir, const char *filename, gsize *out_length, GError **error)
{
  const char *const names[] = { filename, "appspec.yaml", "appspec.yml" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (archive_dir, names[i], NULL);
    gboolean missing;
    char *text = fs_read_regular_optional (path, MAX_APPSPEC_BYTES, out_length, &missing, error);
    if (text != NULL || !missing)
      return text;
  }
  g_set_error (error, HOST_ERROR, HOST_ERROR_NO_APPSPEC,
               "there is no AppSpec file \"%s\" in the revision unpacked at \"%s\" (looked for "
               "\"%s/%s\", appspec.yaml and appspec.yml)",
               filename, archive_dir, archive_dir, filename);
  return NULL;
}
