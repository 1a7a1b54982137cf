#include "cli/watch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/deployment-report.h"
#include "cli/exit-status.h"
#include "cli/progress.h"
#include "cli/terminal-text.h"

/* A look costs a few requests; more hosts are looked at less often. */
#define PAUSE_MS          250
#define PAUSE_PER_HOST_MS 4
#define PAUSE_MAX_MS      10000
/* A server that is restarted, or moved, is waited for. */
#define AWAY_MAX_S    60
#define AWAY_PAUSE_MS 1000
/* How long a failed deployment gets to name its rollback. */
#define ROLLBACK_LOOKS 8

typedef struct {
  gboolean live;
  ProgressStyle style;
  guint painted_rows;   /* of the block on the screen */
  gint64 away_since_us; /* 0: the server answered when it was asked last */
  gboolean found;
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

/* Ctrl-C ends the watching and not the deployment, which people may not expect. Only this pause is prepared for it: while the server
 * is asked the signal does what it always does. */
static void
pause_for (const Watch *watch, const char *deployment_id, gint64 ms)
{
  const struct timespec time = { ms / 1000, ms % 1000 * 1000 * 1000 };
  sigset_t interrupt, before;
  sigemptyset (&interrupt);
  sigaddset (&interrupt, SIGINT);
  pthread_sigmask (SIG_BLOCK, &interrupt, &before);
  int caught = sigtimedwait (&interrupt, NULL, &time);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (caught == SIGINT) {
    fprintf (stderr,
             "%sDeployment %s goes on. Look with \"slipway status %s\", end it with \"slipway stop "
             "%s\"\n",
             watch->live ? "\n" : "", deployment_id, deployment_id, deployment_id);
    raise (SIGINT);
  }
}

static gboolean
is_over (gint64 deadline_us, guint timeout_s)
{
  return timeout_s > 0 && g_get_monotonic_time () >= deadline_us;
}

/* Is what was not answered asked again? */
static gboolean
bear_absence (Watch *watch, const GError *reason)
{
  gint64 now_us = g_get_monotonic_time ();
  if (!watch->found || cli_exit_status (reason) != CLI_EXIT_UNREACHABLE) {
    return FALSE;
  }
  if (watch->away_since_us == 0) {
    g_autofree char *text = terminal_text_line (reason->message);
    watch->away_since_us = now_us;
    watch->painted_rows = 0; /* the message stands below the block */
    fprintf (stderr, "slipway: %s; asking again for %d s\n", text, AWAY_MAX_S);
  }
  return now_us - watch->away_since_us < AWAY_MAX_S * G_USEC_PER_SEC;
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
    g_autoptr (GError) reason = NULL;
    if (!deployment_snapshot_fetch (session, deployment_id, arena, &snapshot, &reason)) {
      if (!is_over (deadline_us, timeout_s) && bear_absence (&watch, reason)) {
        pause_for (&watch, deployment_id, AWAY_PAUSE_MS);
        continue;
      }
      g_propagate_error (error, g_steal_pointer (&reason));
      return CLI_EXIT_UNREACHABLE;
    }
    watch.found = TRUE;
    watch.away_since_us = 0;
    show (&watch, session, &snapshot);
    if (deployment_snapshot_is_over (&snapshot) &&
        (!rollback_may_follow (&snapshot) || looks_after_end++ >= ROLLBACK_LOOKS)) {
      finish (&watch, session, &snapshot);
      return deployment_report_exit (&snapshot);
    }
    if (is_over (deadline_us, timeout_s)) {
      g_set_error (
          error, CLI_ERROR, CLI_EXIT_TIMEOUT,
          "deployment %s is still %s after %u s; it goes on: look with \"slipway status %s\"",
          deployment_id, snapshot.info->status, timeout_s, deployment_id);
      return CLI_EXIT_TIMEOUT;
    }
    pause_for (&watch, deployment_id,
               (gint64)MIN (PAUSE_MAX_MS, PAUSE_MS + PAUSE_PER_HOST_MS * snapshot.n_targets));
  }
}
