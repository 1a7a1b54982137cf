#include "agent/command-journal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/command-lock.h"
#include "agent/fs-atomic.h"
#include "core/digest.h"
#include "core/pathname.h"
#include "proto/json-doc.h"

#define FINISHED_DIR      "finished-commands"
#define ACCEPTED_DIR      "accepted-commands"
#define STALE_MS          (G_GINT64_CONSTANT (86400) * 1000)
#define MAX_ID_BYTES      (64 * 1024)
#define MAX_OUTCOME_BYTES (1024 * 1024)
#define MAX_PENDING       1000

static char *
tracking_dir (const AgentHost *host, Arena *arena)
{
  return pathname_join (host->config->root_dir, host->config->ongoing_deployment_tracking, arena);
}

static char *
record_path (const AgentHost *host, const char *dir, const char *command_id, Arena *arena)
{
  char hex[DIGEST_SHA256_HEX_SIZE];
  digest_sha256_hex (command_id, strlen (command_id), hex);
  return arena_printf (arena, "%s/%s/%s", host->config->root_dir, dir, hex);
}

static char *
finished_path (const AgentHost *host, const char *command_id, Arena *arena)
{
  return record_path (host, FINISHED_DIR, command_id, arena);
}

static gboolean
remove_file (const char *path, GError **error)
{
  if (unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  return fs_fail (error, errno, "remove", path);
}

static void
append_member (GString *out, const char *key, const char *text)
{
  g_string_append_printf (out, "%c\"%s\":", out->len == 0 ? '{' : ',', key);
  json_doc_append_text (out, text != NULL ? text : "");
}

gboolean
command_journal_accept (const AgentHost *host, const ApiHostCommand *command, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  const char *path = record_path (host, ACCEPTED_DIR, command->host_command_identifier, arena);

  append_member (text, "command", command->host_command_identifier);
  append_member (text, "host", command->host_identifier);
  append_member (text, "execution", command->deployment_execution_id);
  append_member (text, "name", command->command_name);
  g_string_append (text, "}\n");
  return fs_make_directory (pathname_parent (path, arena), error) &&
         fs_atomic_write (path, text->str, text->len, 0600, FS_ATOMIC_PLAIN, error);
}

gboolean
command_journal_unaccept (const AgentHost *host, const char *command_id, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  return remove_file (record_path (host, ACCEPTED_DIR, command_id, arena), error);
}

/*
 * A tracking file has a deployment's name, and its next command may begin while the last one's is being forgotten: whoever puts one there or
 * looks whose it is to remove it holds this lock, until the descriptor is closed. -1 and error.
 */
static int
lock_tracking (const AgentHost *host, Arena *arena, GError **error)
{
  return fs_make_directory (tracking_dir (host, arena), error)
             ? command_lock_hold_tracking (host, error)
             : -1;
}

static gboolean
write_tracking (const AgentHost *host, const char *deployment_id, const char *command_id,
                Arena *arena, GError **error)
{
  const char *path = pathname_join (tracking_dir (host, arena), deployment_id, arena);
  int lock_fd = lock_tracking (host, arena, error);
  if (lock_fd < 0)
    return FALSE;
  gboolean ok =
      fs_atomic_write (path, command_id, strlen (command_id), 0644, FS_ATOMIC_DURABLE, error);
  close (lock_fd);
  return ok;
}

gboolean
command_journal_begin (const AgentHost *host, const char *deployment_id, const char *command_id,
                       GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  return write_tracking (host, deployment_id, command_id, arena, error) &&
         (host->config->rerun_interrupted_hooks ||
          command_journal_unaccept (host, command_id, error));
}

gboolean
command_journal_finish (const AgentHost *host, const CommandOutcome *outcome, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *path = finished_path (host, outcome->command_id, arena);
  g_autoptr (GString) text = g_string_new ("{\"command\":");
  json_doc_append_text (text, outcome->command_id);
  g_string_append_printf (text,
                          ",\"succeeded\":%s,\"payload\":", outcome->succeeded ? "true" : "false");
  json_doc_append_text (text, outcome->payload);
  g_string_append (text, "}\n");
  /* not synced: if the machine dies here, the tracking file, which was, says that the command was interrupted */
  return fs_make_directory (pathname_parent (path, arena), error) &&
         fs_atomic_write (path, text->str, text->len, 0600, FS_ATOMIC_PLAIN, error);
}

static char *
read_id (const char *path)
{
  gboolean missing;
  g_autoptr (GError) error = NULL; /* a tracking file that cannot be read names no command */
  return fs_read_optional (path, MAX_ID_BYTES, NULL, &missing, &error);
}

typedef struct {
  const char *path;
  const char *deployment_id;
  const char *command_id;
  gint64 mtime_ms;
} Tracked;

/* The tracking files, stale ones deleted. */
static GArray *
read_tracked (const AgentHost *host, Arena *arena)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (Tracked));
  const char *dir_path = tracking_dir (host, arena);
  g_autoptr (GDir) dir = g_dir_open (dir_path, 0, NULL);
  gint64 now_ms = ambient_now_ms (host->ambient);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL && found->len < MAX_PENDING) {
    Tracked tracked = { .path = pathname_join (dir_path, name, arena) };
    struct stat status;
    if (g_str_has_suffix (name, ".tmp") || stat (tracked.path, &status) != 0 ||
        !S_ISREG (status.st_mode))
      continue;
    tracked.mtime_ms = (gint64)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
    if (now_ms - tracked.mtime_ms > STALE_MS) {
      if (unlink (tracked.path) == 0 && host->log != NULL)
        agent_log (host->log, AGENT_LOG_INFO, "removed the stale tracking file %s", tracked.path);
      continue;
    }
    g_autofree char *id = read_id (tracked.path);
    if (id != NULL && id[0] == '\0' && unlink (tracked.path) == 0)
      /* ours are whole or not there; an official agent that was killed while it wrote leaves this, and a stop would be refused */
      agent_log (host->log, AGENT_LOG_INFO, "removed the tracking file %s, which names no command",
                 tracked.path);
    if (id == NULL || id[0] == '\0')
      continue;
    tracked.command_id = arena_strdup (arena, id);
    tracked.deployment_id = arena_strdup (arena, name);
    g_array_append_val (found, tracked);
  }
  return found;
}

static gboolean
remove_tracking (const AgentHost *host, const char *deployment_id, const char *command_id,
                 Arena *arena, GError **error)
{
  if (deployment_id != NULL) {
    const char *path = pathname_join (tracking_dir (host, arena), deployment_id, arena);
    g_autofree char *id = read_id (path);
    if (id != NULL && strcmp (id, command_id) == 0 && !remove_file (path, error))
      return FALSE;
  } else {
    g_autoptr (GArray) tracked = read_tracked (host, arena);
    for (guint i = 0; i < tracked->len; i++) {
      const Tracked *one = &g_array_index (tracked, Tracked, i);
      if (strcmp (one->command_id, command_id) == 0 && !remove_file (one->path, error))
        return FALSE;
    }
  }
  return TRUE;
}

gboolean
command_journal_forget (const AgentHost *host, const char *deployment_id, const char *command_id,
                        GError **error)
{
  g_autoptr (Arena) arena = arena_new ();

  int lock_fd = lock_tracking (host, arena, error);
  if (lock_fd < 0)
    return FALSE;
  gboolean removed = remove_tracking (host, deployment_id, command_id, arena, error);
  close (lock_fd);
  return removed && command_journal_unaccept (host, command_id, error) &&
         remove_file (finished_path (host, command_id, arena), error);
}

static gboolean
read_outcome (const char *path, Arena *arena, CommandOutcome *out)
{
  gboolean missing;
  gsize n = 0;
  g_autoptr (GError) error =
      NULL; /* damaged records count as none: the tracking file is the fallback */
  g_autofree char *text = fs_read_optional (path, MAX_OUTCOME_BYTES, &n, &missing, &error);
  if (text == NULL)
    return FALSE;
  g_autoptr (json_t) object = json_doc_parse (text, n, NULL, &error);
  const char *id = object != NULL ? json_doc_text (object, "command") : NULL;
  const char *payload = object != NULL ? json_doc_text (object, "payload") : NULL;
  if (id == NULL || payload == NULL)
    return FALSE;
  *out = (CommandOutcome){
    .command_id = arena_strdup (arena, id),
    .succeeded = json_is_true (json_object_get (object, "succeeded")),
    .payload = arena_strdup (arena, payload),
  };
  return TRUE;
}

gboolean
command_journal_lookup (const AgentHost *host, const char *command_id, Arena *arena,
                        CommandOutcome *out)
{
  return read_outcome (finished_path (host, command_id, arena), arena, out) &&
         strcmp (out->command_id, command_id) == 0;
}

/* Whoever is writing a record does so under another name first. */
static gboolean
is_record_name (const char *name)
{
  return strlen (name) == DIGEST_SHA256_HEX_SIZE - 1;
}

static int
newest_first (gconstpointer a, gconstpointer b)
{
  const Tracked *one = a, *other = b;
  return one->mtime_ms < other->mtime_ms ? 1 : one->mtime_ms > other->mtime_ms ? -1 : 0;
}

/* The deployment is known from the tracking file. FALSE: it is not among those with a result. */
static gboolean
complete_pending (GArray *pending, const Tracked *tracked)
{
  for (guint i = 0; i < pending->len; i++) {
    CommandOutcome *outcome = &g_array_index (pending, CommandOutcome, i);
    if (strcmp (outcome->command_id, tracked->command_id) != 0)
      continue;
    outcome->deployment_id = tracked->deployment_id;
    return TRUE;
  }
  return FALSE;
}

GArray *
command_journal_pending (const AgentHost *host, Arena *arena)
{
  GArray *pending = g_array_new (FALSE, FALSE, sizeof (CommandOutcome));
  const char *dir_path = pathname_join (host->config->root_dir, FINISHED_DIR, arena);
  g_autoptr (GDir) dir = g_dir_open (dir_path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL && pending->len < MAX_PENDING) {
    const char *path = pathname_join (dir_path, name, arena);
    CommandOutcome outcome;
    if (!is_record_name (name))
      continue;
    if (read_outcome (path, arena, &outcome) &&
        strcmp (path, finished_path (host, outcome.command_id, arena)) == 0)
      g_array_append_val (pending, outcome);
    else if (unlink (path) != 0)
      agent_log (host->log, AGENT_LOG_WARN, "cannot remove the damaged record %s", path);
  }

  g_autoptr (GArray) tracked = read_tracked (host, arena);
  g_array_sort (tracked, newest_first);
  for (guint i = 0; i < tracked->len; i++) {
    const Tracked *one = &g_array_index (tracked, Tracked, i);
    CommandOutcome interrupted = { .command_id = one->command_id,
                                   .deployment_id = one->deployment_id };
    if (!complete_pending (pending, one))
      g_array_append_val (pending, interrupted);
  }
  return pending;
}

static gboolean
read_accepted (const char *path, Arena *arena, ApiHostCommand *out)
{
  gboolean missing;
  gsize n = 0;
  g_autoptr (GError) error = NULL; /* a damaged record counts as none */
  g_autofree char *text = fs_read_optional (path, MAX_OUTCOME_BYTES, &n, &missing, &error);
  g_autoptr (json_t) object = text != NULL ? json_doc_parse (text, n, NULL, &error) : NULL;
  const char *words[4] = { NULL };
  const char *const keys[G_N_ELEMENTS (words)] = { "command", "host", "execution", "name" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
    const char *word = object != NULL ? json_doc_text (object, keys[i]) : NULL;
    if (word == NULL)
      return FALSE;
    words[i] = arena_strdup (arena, word);
  }
  *out = (ApiHostCommand){
    .host_command_identifier = words[0],
    .host_identifier = words[1],
    .deployment_execution_id = words[2],
    .command_name = words[3],
  };
  return TRUE;
}

static gboolean
is_tracked (const GArray *tracked, const char *command_id)
{
  for (guint i = 0; i < tracked->len; i++)
    if (strcmp (g_array_index (tracked, Tracked, i).command_id, command_id) == 0)
      return TRUE;
  return FALSE;
}

gboolean
command_journal_is_interrupted (const AgentHost *host, const char *deployment_id,
                                const char *command_id)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autofree char *id = read_id (pathname_join (tracking_dir (host, arena), deployment_id, arena));
  return id != NULL && strcmp (id, command_id) == 0 &&
         access (finished_path (host, command_id, arena), F_OK) != 0;
}

gboolean
command_journal_is_accepted (const AgentHost *host, const char *command_id)
{
  g_autoptr (Arena) arena = arena_new ();
  return access (record_path (host, ACCEPTED_DIR, command_id, arena), F_OK) == 0;
}

gboolean
command_journal_accepted_one (const AgentHost *host, const char *command_id, Arena *arena,
                              ApiHostCommand *out)
{
  return read_accepted (record_path (host, ACCEPTED_DIR, command_id, arena), arena, out) &&
         strcmp (out->host_command_identifier, command_id) == 0;
}

gboolean
command_journal_rewind (const AgentHost *host, const char *deployment_id, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  int lock_fd = lock_tracking (host, arena, error);
  if (lock_fd < 0)
    return FALSE;
  gboolean removed =
      remove_file (pathname_join (tracking_dir (host, arena), deployment_id, arena), error);
  close (lock_fd);
  return removed;
}

GArray *
command_journal_tracked (const AgentHost *host, Arena *arena)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (TrackedCommand));
  g_autoptr (GArray) tracked = read_tracked (host, arena);
  for (guint i = 0; i < tracked->len; i++) {
    const Tracked *one = &g_array_index (tracked, Tracked, i);
    TrackedCommand command = { one->deployment_id, one->command_id, one->mtime_ms };
    g_array_append_val (found, command);
  }
  return found;
}

GArray *
command_journal_accepted (const AgentHost *host, Arena *arena)
{
  GArray *accepted = g_array_new (FALSE, FALSE, sizeof (ApiHostCommand));
  const char *dir_path = pathname_join (host->config->root_dir, ACCEPTED_DIR, arena);
  g_autoptr (GDir) dir = g_dir_open (dir_path, 0, NULL);
  g_autoptr (GArray) tracked = read_tracked (host, arena);
  gint64 now_s = ambient_now_ms (host->ambient) / 1000;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL && accepted->len < MAX_PENDING) {
    const char *path = pathname_join (dir_path, name, arena);
    ApiHostCommand command;
    struct stat status;
    if (!is_record_name (name))
      continue;
    if (stat (path, &status) == 0 && now_s - status.st_mtim.tv_sec <= STALE_MS / 1000 &&
        read_accepted (path, arena, &command) &&
        strcmp (path, record_path (host, ACCEPTED_DIR, command.host_command_identifier, arena)) ==
            0) {
      if (!is_tracked (tracked, command.host_command_identifier)) {
        g_array_append_val (accepted, command);
        continue;
      }
      if (host->config->rerun_interrupted_hooks) /* it is at work */
        continue;
    }
    if (unlink (path) != 0)
      agent_log (host->log, AGENT_LOG_WARN, "cannot remove the old record %s", path);
  }
  return accepted;
}

gboolean
command_journal_is_busy (const AgentHost *host)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GArray) tracked = read_tracked (host, arena);
  return tracked->len > 0;
}
