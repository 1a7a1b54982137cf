/*
 * The small files that a crash of either agent, or anybody, may have left: the first byte chooses a pointer file or a clean-up file.
 * What is read of them are whole names.
 */
#include "agent/host.h"
#include "fuzz/fuzz-target.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GROUP "g"

static void
check_cleanup (const char *path, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  const InstallCleanup *cleanup = NULL;
  gboolean ok = host_read_cleanup (path, arena, &cleanup, &error);
  FUZZ_CHECK (ok, error);
  if (!ok)
    return;
  g_assert (cleanup != NULL);
  for (gsize i = 0; i < cleanup->n; i++)
    g_assert (cleanup->entries[i].path[0] == '/' &&
              strchr (cleanup->entries[i].path, '\n') == NULL);
}

static void
check_pointer (const guint8 *data, gsize size, Arena *arena)
{
  AgentLogSettings settings = { .ambient = ambient_system (), .least = AGENT_LOG_ERROR };
  const char *base = g_access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir ();
  g_autofree char *root = g_strdup_printf ("%s/slipway-fuzz-XXXXXX", base);
  g_autoptr (GError) error = NULL;
  g_assert (g_mkdtemp (root) != NULL);
  g_autoptr (AgentLog) log = agent_log_new (&settings, &error);
  AgentConfig config = { .root_dir = root };
  AgentHost host = { .config = &config, .log = log, .ambient = ambient_system () };
  const char *folder = host_instructions_dir (&host, arena);
  const char *path = arena_printf (arena, "%s/" GROUP "_last_successful_install", folder);
  const char *out = NULL;

  g_assert (g_mkdir (folder, 0700) == 0);
  g_assert (g_file_set_contents (path, (const char *)data, (gssize)size, NULL));
  gboolean ok = host_read_pointer (&host, GROUP, HOST_LAST_SUCCESSFUL, arena, &out, &error);
  FUZZ_CHECK (ok, error);
  if (out != NULL) /* an end of line at most is missing of the file */
    g_assert (out[0] != '\0' && strlen (out) <= size && strlen (out) + 1 >= size);
  g_unlink (path);
  g_rmdir (folder);
  g_assert (g_rmdir (root) == 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();

  if (size < 1)
    return 0;
  if (data[0] % 2 == 0) {
    check_pointer (data + 1, size - 1, arena);
    return 0;
  }
  int fd = memfd_create ("cleanup", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_assert (pwrite (fd, data + 1, size - 1, 0) == (ssize_t)(size - 1));
  check_cleanup (path, arena);
  close (fd);
  return 0;
}
