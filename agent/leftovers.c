#include "agent/leftovers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "core/pathname.h"

#define SUFFIX         ".tmp"
#define RANDOM_SIZE    8
#define MAX_STAT_BYTES 4096

/* "NAME.PID-RANDOM.tmp": the process; 0 when the name is none of fs_atomic_write's. */
static pid_t
writer_of (const char *name)
{
  gint64 pid;
  const char *dash = strrchr (name, '-');
  if (dash == NULL || strspn (dash + 1, "0123456789abcdef") != RANDOM_SIZE ||
      strcmp (dash + 1 + RANDOM_SIZE, SUFFIX) != 0)
    return 0;
  g_autofree char *front = g_strndup (name, (gsize)(dash - name));
  const char *dot = strrchr (front, '.');
  if (dot == NULL || !g_ascii_string_to_signed (dot + 1, 10, 1, G_MAXINT, &pid, NULL))
    return 0;
  return (pid_t)pid;
}

/* It has ended, and nobody has asked how: for long, where orphans are not waited for. proc(5): the state stands behind the name. */
static gboolean
is_zombie (pid_t pid)
{
  gboolean missing;
  g_autoptr (GError) error = NULL; /* what cannot be read is taken for alive */
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int)pid);
  g_autofree char *text = fs_read_optional (path, MAX_STAT_BYTES, NULL, &missing, &error);
  const char *behind = text != NULL ? strrchr (text, ')') : NULL;
  return behind != NULL && (g_str_has_prefix (behind, ") Z") || g_str_has_prefix (behind, ") X"));
}

/* Our own number: of an earlier process, since this one writes nothing now. */
static gboolean
is_gone (pid_t pid)
{
  return pid == getpid () || (kill (pid, 0) != 0 && errno == ESRCH) || is_zombie (pid);
}

static gboolean
is_left_behind (const char *name)
{
  pid_t pid = writer_of (name);
  return pid != 0 && is_gone (pid);
}

static gboolean
is_of_install (const char *name)
{
  return g_str_has_suffix (name, SUFFIX) && writer_of (name) == 0;
}

static void
sweep (const AgentHost *host, const char *folder, gboolean (*chosen) (const char *name),
       Arena *arena)
{
  g_autoptr (GDir) dir = folder != NULL ? g_dir_open (folder, 0, NULL) : NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    if (!chosen (name))
      continue;
    const char *path = pathname_join (folder, name, arena);
    if (unlink (path) != 0 && errno != ENOENT)
      agent_log (host->log, AGENT_LOG_WARN, "cannot remove the temporary file \"%s\": %s", path,
                 g_strerror (errno));
  }
}

void
leftovers_remove (const AgentHost *host)
{
  static const char *const folders[] = { "accepted-commands", "finished-commands",
                                         "running-scripts" };
  g_autoptr (Arena) arena = arena_new ();
  const char *root = host->config->root_dir;

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    sweep (host, pathname_join (root, folders[i], arena), is_left_behind, arena);
  sweep (host, host_instructions_dir (host, arena), is_left_behind, arena);
  sweep (host, pathname_join (root, host->config->ongoing_deployment_tracking, arena),
         is_left_behind, arena);
  sweep (host, host->config->pid_dir, is_left_behind, arena);
}

void
leftovers_remove_of_install (const AgentHost *host)
{
  g_autoptr (Arena) arena = arena_new ();
  sweep (host, host_instructions_dir (host, arena), is_of_install, arena);
}
