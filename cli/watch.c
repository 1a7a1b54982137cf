#include "cli/watch.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/deployment-report.h"
#include "cli/exit-status.h"
#include "cli/progress.h"

/* A look costs a few requests; more hosts are looked at less often. */
#define PAUSE_MS          250
#define PAUSE_PER_HOST_MS 4
#define PAUSE_MAX_MS      10000
/* How long a failed deployment gets to name its rollback. */
#define ROLLBACK_LOOKS 8

typedef struct {
  gboolean live;
  ProgressStyle style;
  guint painted_rows; /* of the block on the screen */
  GHashTable *seen;
} Watch;

static void
watch_clear (Watch *watch)
{
  g_hash_table_unref (watch->seen);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Watch, watch_clear)

static ProgressView
view_now (const Watch *watch)
{
  struct winsize size = { 0 };
  gboolean known =
      ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
  return (ProgressView){ .columns = known ? size.ws_col : 80,
                         .rows = known ? size.ws_row : 24,
                         .style = watch->style,
                         .now_ms = g_get_real_time () / 1000 };
}

static guint
count_lines (const char *text)
{
  guint n = 0;
  for (const char *at = text; (at = strchr (at, '\n')) != NULL; at++) {
    n++;
  }
  return n;
}

/* Over the block that is there: up to its first line, then each line in place of the old one. Erased first: after a line as
 * wide as the terminal the cursor still stands on its last character. */
static void
paint (Watch *watch, const DeploymentSnapshot *snapshot)
{
  const ProgressView view = view_now (watch);
  g_autofree char *block = progress_block (snapshot, &view);
  g_autoptr (GString) out = g_string_new (NULL);
  if (watch->painted_rows > 0) {
    g_string_append_printf (out, "\033[%uA\r", watch->painted_rows);
  }
  g_auto (GStrv) lines = g_strsplit (block, "\n", -1);
  for (gsize i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++) {
    g_string_append_printf (out, "\033[K%s\n", lines[i]);
  }
  g_string_append (out, "\033[J");
  watch->painted_rows = count_lines (block);
  fputs (out->str, stdout);
  fflush (stdout);
}

static void
show (Watch *watch, Session *session, const DeploymentSnapshot *snapshot)
{
  if (watch->live) {
    paint (watch, snapshot);
  } else if (session_output (session) == SESSION_OUTPUT_TEXT) {
    g_autofree char *changes = progress_changes (snapshot, watch->seen);
    fputs (changes, stdout);
    fflush (stdout);
  }
}

/* Whether a rollback is still to be expected. The engine may start it a moment after the failure is visible. */
static gboolean
rollback_may_follow (const DeploymentSnapshot *snapshot)
{
  const ApiDeploymentInfo *info = snapshot->info;
  gboolean enabled = info->auto_rollback_configuration != NULL &&
                     info->auto_rollback_configuration->enabled != NULL &&
                     *info->auto_rollback_configuration->enabled;
  return enabled && info->rollback_info == NULL &&
         deployment_snapshot_status (snapshot) != API_DEPLOYMENT_STATUS_SUCCEEDED;
}

static void
finish (Watch *watch, Session *session, const DeploymentSnapshot *snapshot)
{
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_json (deployment_snapshot_to_json (snapshot));
    return;
  }
  g_autofree char *report = deployment_report (snapshot, watch->style);
  fputs (report, stdout);
  fflush (stdout);
}

static ProgressStyle
style_for (Session *session)
{
  ProgressStyle style = session_colours (session) ? PROGRESS_COLOURS : PROGRESS_PLAIN;
  return g_get_charset (NULL) ? style | PROGRESS_UNICODE : style;
}

int
watch_deployment (Session *session, const char *deployment_id, guint timeout_s, GError **error)
{
  g_auto (Watch)
      watch = { .live = session_on_terminal (session),
                .style = style_for (session),
                .seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free) };
  gint64 deadline_us = g_get_monotonic_time () + (gint64)timeout_s * G_USEC_PER_SEC;
  g_autoptr (Arena) arena = arena_new ();
  for (guint looks_after_end = 0;;) {
    DeploymentSnapshot snapshot;
    arena_reset (arena);
    if (!deployment_snapshot_fetch (session, deployment_id, arena, &snapshot, error)) {
      return CLI_EXIT_UNREACHABLE;
    }
    show (&watch, session, &snapshot);
    if (deployment_snapshot_is_over (&snapshot) &&
        (!rollback_may_follow (&snapshot) || looks_after_end++ >= ROLLBACK_LOOKS)) {
      finish (&watch, session, &snapshot);
      return deployment_report_exit (&snapshot);
    }
    if (timeout_s > 0 && g_get_monotonic_time () >= deadline_us) {
      g_set_error (
          error, CLI_ERROR, CLI_EXIT_TIMEOUT,
          "deployment %s is still %s after %u s; it goes on: look with \"slipway status %s\"",
          deployment_id, snapshot.info->status, timeout_s, deployment_id);
      return CLI_EXIT_TIMEOUT;
    }
    gulong pause_ms = MIN (PAUSE_MAX_MS, PAUSE_MS + PAUSE_PER_HOST_MS * snapshot.n_targets);
    g_usleep (pause_ms * 1000);
  }
}
