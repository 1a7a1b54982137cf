#include "agent/running-script.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "core/pathname.h"

#define NOTES_DIR      "running-scripts"
#define MAX_NOTE_BYTES 256
#define MAX_STAT_BYTES 4096
#define MAX_NOTES      1000
#define BOOT_ID        "/proc/sys/kernel/random/boot_id"
#define AFTER_KILL_MS  5000

/* What a process is known by. */
typedef struct {
  gint64 pid, parent, group, start_ticks;
} Identity;

static const char *
note_path (const AgentHost *host, const char *deployment_id, Arena *arena)
{
  return arena_printf (arena, "%s/" NOTES_DIR "/%s", host->config->root_dir, deployment_id);
}

static char *
read_text (const char *path, gsize max_bytes)
{
  gboolean missing;
  g_autoptr (GError) error = NULL; /* what cannot be read says nothing, as what is not there */
  return fs_read_optional (path, max_bytes, NULL, &missing, &error);
}

static char *
boot_id (void)
{
  char *text = read_text (BOOT_ID, MAX_NOTE_BYTES);
  return text != NULL ? g_strstrip (text) : g_strdup ("");
}

/* proc(5), stat: what stands behind the name, which may itself hold blanks and brackets. FALSE: there is no such process. */
static gboolean
identify (gint64 pid, Identity *out)
{
  enum {
    PARENT = 1,
    GROUP = 2,
    START = 19
  };
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/stat", pid);
  g_autofree char *text = read_text (path, MAX_STAT_BYTES);
  const char *behind = text != NULL ? strrchr (text, ')') : NULL;
  if (behind == NULL || behind[1] != ' ')
    return FALSE;
  g_auto (GStrv) fields = g_strsplit (behind + 2, " ", START + 2);
  if (g_strv_length (fields) <= START)
    return FALSE;
  *out = (Identity){ .pid = pid,
                     .parent = g_ascii_strtoll (fields[PARENT], NULL, 10),
                     .group = g_ascii_strtoll (fields[GROUP], NULL, 10),
                     .start_ticks = g_ascii_strtoll (fields[START], NULL, 10) };
  /* A zombie has ended. */
  return fields[0][0] != 'Z' && fields[0][0] != 'X';
}

gboolean
running_script_note (const AgentHost *host, const char *deployment_id, pid_t pid, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  Identity identity;
  if (!identify (pid, &identity))
    return TRUE; /* it has ended already */
  const char *path = note_path (host, deployment_id, arena);
  g_autofree char *boot = boot_id ();
  const char *text =
      arena_printf (arena, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
                    boot, identity.pid, identity.start_ticks, (gint64)getpid ());
  /* not synced: when the machine dies, so does the script */
  return fs_make_directory (pathname_parent (path, arena), error) &&
         fs_atomic_write (path, text, strlen (text), 0600, FS_ATOMIC_PLAIN, error);
}

gboolean
running_script_forget (const AgentHost *host, const char *deployment_id, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *path = note_path (host, deployment_id, arena);
  return unlink (path) == 0 || errno == ENOENT || fs_fail (error, errno, "remove", path);
}

typedef enum {
  SCRIPT_ENDED,    /* or the note is none */
  SCRIPT_ATTENDED, /* its parent is still the agent that noted it */
  SCRIPT_LEFT_BEHIND
} ScriptState;

static ScriptState
judge (const char *note, gint64 *out_pid)
{
  g_auto (GStrv) words = g_strsplit (note, " ", 4);
  g_autofree char *boot = boot_id ();
  gint64 start_ticks, agent;
  Identity identity;
  if (g_strv_length (words) != 4 || strcmp (words[0], boot) != 0 ||
      !g_ascii_string_to_signed (words[1], 10, 2, G_MAXINT32, out_pid, NULL) ||
      !g_ascii_string_to_signed (words[2], 10, 0, G_MAXINT64, &start_ticks, NULL) ||
      !g_ascii_string_to_signed (g_strstrip (words[3]), 10, 1, G_MAXINT32, &agent, NULL) ||
      !identify (*out_pid, &identity) || identity.start_ticks != start_ticks ||
      identity.group != *out_pid)
    return SCRIPT_ENDED;
  return identity.parent == agent ? SCRIPT_ATTENDED : SCRIPT_LEFT_BEHIND;
}

/* FALSE: it still runs. */
static gboolean
wait_for_end (int pid_fd, gint64 patience_ms)
{
  gint64 end_us = g_get_monotonic_time () + patience_ms * 1000;
  for (;;) {
    struct pollfd fd = { .fd = pid_fd, .events = POLLIN };
    gint64 left_ms = MAX ((end_us - g_get_monotonic_time ()) / 1000, 0);
    int ready = poll (&fd, 1, (int)MIN (left_ms, 60000));
    if (ready > 0 || (ready == 0 && left_ms == 0) || (ready < 0 && errno != EINTR))
      return ready > 0;
  }
}

static void
end_group (const AgentHost *host, const char *deployment_id, const char *note, gint64 pid)
{
  gint64 same;
  int pid_fd = pidfd_open ((pid_t)pid, 0);
  if (pid_fd < 0 || judge (note, &same) != SCRIPT_LEFT_BEHIND) { /* it has ended meanwhile */
    if (pid_fd >= 0)
      close (pid_fd);
    return;
  }
  agent_log (host->log, AGENT_LOG_WARN,
             "%s: the script that was running when the agent ended is still running (process "
             "%" G_GINT64_FORMAT "); ending it",
             deployment_id, pid);
  kill ((pid_t)-pid, SIGTERM);
  gboolean ended = wait_for_end (pid_fd, host->config->hook_term_grace_ms);
  kill ((pid_t)-pid, SIGKILL); /* also what is left of the group after its leader */
  if (!ended && !wait_for_end (pid_fd, AFTER_KILL_MS))
    agent_log (host->log, AGENT_LOG_ERROR, "%s: process %" G_GINT64_FORMAT " does not end",
               deployment_id, pid);
  close (pid_fd);
}

void
running_script_end_left_behind (const AgentHost *host)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *dir_path = pathname_parent (note_path (host, "x", arena), arena);
  g_autoptr (GDir) dir = g_dir_open (dir_path, 0, NULL); /* NULL: no script ever ran */
  const char *name;
  for (int n = 0; dir != NULL && n < MAX_NOTES && (name = g_dir_read_name (dir)) != NULL; n++) {
    const char *path = note_path (host, name, arena);
    g_autofree char *note = read_text (path, MAX_NOTE_BYTES);
    gint64 pid;
    ScriptState state = note != NULL ? judge (note, &pid) : SCRIPT_ENDED;
    if (state == SCRIPT_ATTENDED)
      continue;
    if (state == SCRIPT_LEFT_BEHIND)
      end_group (host, name, note, pid);
    g_autoptr (GError) error = NULL;
    if (!running_script_forget (host, name, &error))
      agent_log (host->log, AGENT_LOG_WARN, "%s", error->message);
  }
}
