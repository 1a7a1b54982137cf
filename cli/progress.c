#include "cli/progress.h"

#include <string.h>

#include "cli/terminal-text.h"

#define NAME_COLUMNS_MAX 28
#define BAR_COLUMNS      32
/* Lines of the block that are not hosts: the bar, the counted rest, and the line the cursor is on. */
#define OTHER_ROWS 3

typedef enum {
  PAINT_NONE,
  PAINT_GOOD,
  PAINT_BAD,
  PAINT_BUSY,
  PAINT_FAINT,
} Paint;

static void
append_painted (GString *out, ProgressStyle style, Paint paint, const char *text)
{
  static const char *const codes[] = { [PAINT_NONE] = "",
                                       [PAINT_GOOD] = "\033[32m",
                                       [PAINT_BAD] = "\033[31;1m",
                                       [PAINT_BUSY] = "\033[36m",
                                       [PAINT_FAINT] = "\033[2m" };
  gboolean coloured = (style & PROGRESS_COLOURS) && paint != PAINT_NONE;
  g_string_append_printf (out, "%s%s%s", coloured ? codes[paint] : "", text,
                          coloured ? "\033[0m" : "");
}

char *
progress_duration (gint64 ms)
{
  gint64 s = MAX (ms, 0) / 1000;
  if (ms < 10 * 1000) {
    return g_strdup_printf ("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT " s", s,
                            MAX (ms, 0) % 1000 / 100);
  }
  if (s < 60) {
    return g_strdup_printf ("%" G_GINT64_FORMAT " s", s);
  }
  if (s < 3600) {
    return g_strdup_printf ("%" G_GINT64_FORMAT " min %02" G_GINT64_FORMAT " s", s / 60, s % 60);
  }
  return g_strdup_printf ("%" G_GINT64_FORMAT " h %02" G_GINT64_FORMAT " min", s / 3600,
                          s / 60 % 60);
}

static Paint
paint_for_target (ApiTargetStatus status)
{
  switch (status) {
  case API_TARGET_STATUS_SUCCEEDED:
    return PAINT_GOOD;
  case API_TARGET_STATUS_FAILED:
    return PAINT_BAD;
  case API_TARGET_STATUS_IN_PROGRESS:
    return PAINT_BUSY;
  default:
    return PAINT_FAINT;
  }
}

static Paint
paint_for_deployment (ApiDeploymentStatus status)
{
  switch (status) {
  case API_DEPLOYMENT_STATUS_SUCCEEDED:
    return PAINT_GOOD;
  case API_DEPLOYMENT_STATUS_FAILED:
  case API_DEPLOYMENT_STATUS_STOPPED:
    return PAINT_BAD;
  default:
    return PAINT_BUSY;
  }
}

/* ---- the bar ---- */

static guint
count_targets (const DeploymentSnapshot *snapshot, ApiTargetStatus status)
{
  guint n = 0;
  for (gsize i = 0; i < snapshot->n_targets; i++) {
    n += api_target_status_from_name (snapshot->targets[i]->status) == status;
  }
  return n;
}

static void
append_bar (GString *out, const DeploymentSnapshot *snapshot, const ProgressView *view,
            guint columns)
{
  guint64 done = 0, all = 0;
  for (gsize i = 0; i < snapshot->n_targets; i++) {
    guint target_done, target_all;
    target_count_events (snapshot->targets[i], &target_done, &target_all);
    done += target_done;
    all += target_all;
  }
  if (all > 0 && deployment_snapshot_status (snapshot) == API_DEPLOYMENT_STATUS_SUCCEEDED) {
    done = all;
  }
  guint filled = all > 0 ? (guint)(done * columns / all) : 0;
  gboolean unicode = view->style & PROGRESS_UNICODE;
  g_autoptr (GString) full = g_string_new (NULL), rest = g_string_new (NULL);
  for (guint i = 0; i < columns; i++) {
    g_string_append (i < filled ? full : rest, unicode ? "━" : i < filled ? "#" : "-");
  }
  Paint paint = paint_for_deployment (deployment_snapshot_status (snapshot));
  append_painted (out, view->style, paint == PAINT_BUSY ? PAINT_GOOD : paint, full->str);
  append_painted (out, view->style, PAINT_FAINT, rest->str);
}

/* Text is cut to what is left of the line, counted in characters; paint comes after. */
static void
append_cut (GString *out, const ProgressView *view, Paint paint, const char *text, guint *left)
{
  guint length = (guint)g_utf8_strlen (text, -1);
  g_autofree char *fit = length > *left ? terminal_text_fit (text, *left) : g_strdup (text);
  append_painted (out, view->style, paint, fit);
  *left -= MIN (length, *left);
}

static void
append_head (GString *out, const DeploymentSnapshot *snapshot, const ProgressView *view)
{
  const ApiDeploymentInfo *info = snapshot->info;
  guint left = view->columns;
  guint bar = MIN (BAR_COLUMNS, view->columns / 3);
  g_string_append (out, "  ");
  append_bar (out, snapshot, view, bar);
  left -= MIN (left, bar + 2);

  g_autofree char *counts =
      g_strdup_printf ("  %u of %" G_GSIZE_FORMAT " hosts  ",
                       count_targets (snapshot, API_TARGET_STATUS_SUCCEEDED), snapshot->n_targets);
  append_cut (out, view, PAINT_NONE, counts, &left);
  g_autofree char *status = terminal_text_line (info->status);
  append_cut (out, view, paint_for_deployment (deployment_snapshot_status (snapshot)), status,
              &left);
  if (info->create_time != NULL) {
    gint64 end_ms = info->complete_time != NULL ? *info->complete_time : view->now_ms;
    g_autofree char *took = progress_duration (end_ms - *info->create_time);
    g_autofree char *text = g_strconcat ("  ", took, NULL);
    append_cut (out, view, PAINT_FAINT, text, &left);
  }
  g_string_append_c (out, '\n');
}

/* ---- what it waits for ---- */

/* How many lines it has. */
static guint
append_wait (GString *out, const DeploymentSnapshot *snapshot, const ProgressView *view)
{
  const char *wait = snapshot->info->additional_deployment_status_info;
  guint n = 0;
  if (wait == NULL) {
    return 0;
  }
  g_autofree char *text = terminal_text_wrap (wait, view->columns, 2);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (; lines[n] != NULL; n++) {
    guint left = view->columns;
    g_string_append (out, n == 0 ? "  " : "");
    left -= MIN (left, n == 0 ? 2 : 0);
    append_cut (out, view, PAINT_BUSY, lines[n], &left);
    g_string_append_c (out, '\n');
  }
  return n;
}

static void
append_stage (GString *out, const ApiDeploymentStage *stage, const ProgressView *view)
{
  guint left = view->columns;
  g_autofree char *name = terminal_text_line (stage->name);
  g_autofree char *approved = terminal_text_line (stage->approved_by);
  g_autofree char *text = g_strdup_printf (
      "  %s %s: %s, %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " hosts%s%s",
      g_strcmp0 (stage->kind, "zone") == 0 ? "zone" : "wave", name, stage->status,
      stage->succeeded != NULL ? *stage->succeeded : 0, stage->hosts != NULL ? *stage->hosts : 0,
      approved[0] != '\0' ? ", approved by " : "", approved);
  g_autofree char *safe = terminal_text_line (text);
  append_cut (out, view, PAINT_NONE, safe, &left);
  g_string_append_c (out, '\n');
}

/* How many lines they have. */
static guint
append_stages (GString *out, const DeploymentSnapshot *snapshot, const ProgressView *view)
{
  const ApiDeploymentStageList *stages = snapshot->info->stages;
  gsize n = stages != NULL ? stages->n : 0;
  if (n + OTHER_ROWS + 1 > view->rows) {
    return 0; /* the hosts are more important */
  }
  for (gsize i = 0; i < n; i++) {
    append_stage (out, stages->items[i], view);
  }
  return (guint)n;
}

/* ---- the hosts ---- */

static void
append_events (GString *out, const ApiInstanceTarget *target, const ProgressView *view, guint *left)
{
  for (gsize i = 0; target->lifecycle_events != NULL && i < target->lifecycle_events->n; i++) {
    ApiLifecycleEventStatus status =
        api_lifecycle_event_status_from_name (target->lifecycle_events->items[i]->status);
    gboolean unicode = view->style & PROGRESS_UNICODE;
    const char *mark = unicode ? "·" : ".";
    Paint paint = PAINT_FAINT;
    if (status == API_LIFECYCLE_EVENT_STATUS_SUCCEEDED) {
      mark = unicode ? "●" : "#";
      paint = PAINT_GOOD;
    } else if (status == API_LIFECYCLE_EVENT_STATUS_IN_PROGRESS) {
      mark = unicode ? "◐" : ">";
      paint = PAINT_BUSY;
    } else if (status == API_LIFECYCLE_EVENT_STATUS_FAILED) {
      mark = unicode ? "✗" : "x";
      paint = PAINT_BAD;
    }
    append_cut (out, view, paint, mark, left);
  }
}

static void
append_host (GString *out, const ApiInstanceTarget *target, const ProgressView *view,
             guint name_columns)
{
  guint left = view->columns;
  g_autofree char *safe = terminal_text_line (target->target_id);
  g_autofree char *name = terminal_text_fit (safe, name_columns);
  append_cut (out, view, PAINT_NONE, "  ", &left);
  append_cut (out, view, PAINT_NONE, name, &left);
  append_cut (out, view, PAINT_NONE, "  ", &left);
  g_autofree char *status = terminal_text_line (target->status);
  g_autofree char *padded = terminal_text_fit (status, 11);
  append_cut (out, view, paint_for_target (api_target_status_from_name (target->status)), padded,
              &left);
  append_cut (out, view, PAINT_NONE, "  ", &left);
  append_events (out, target, view, &left);

  const ApiLifecycleEvent *event = target_event_of_interest (target);
  if (event != NULL) {
    g_autofree char *event_name = terminal_text_line (event->lifecycle_event_name);
    g_autofree char *text = g_strconcat ("  ", event_name, NULL);
    append_cut (out, view, PAINT_NONE, text, &left);
  }
  g_string_append_c (out, '\n');
}

/* FALSE: it waits for nothing. */
static gboolean
append_awaited (GString *out, const ApiInstanceTarget *target, const ProgressView *view)
{
  guint left = view->columns;
  g_autofree char *message = target_describe_wait (target);
  if (message == NULL) {
    return FALSE;
  }
  append_cut (out, view, PAINT_NONE, "    ", &left);
  append_cut (out, view, PAINT_FAINT, message, &left);
  g_string_append_c (out, '\n');
  return TRUE;
}

/* Failed hosts are never the ones that a small window hides, then those at work; the others keep their order. */
static guint
rank (const ApiInstanceTarget *target)
{
  switch (api_target_status_from_name (target->status)) {
  case API_TARGET_STATUS_FAILED:
    return 0;
  case API_TARGET_STATUS_IN_PROGRESS:
    return 1;
  case API_TARGET_STATUS_PENDING:
    return 2;
  default:
    return 3;
  }
}

static guint
append_ranked (GString *out, const DeploymentSnapshot *snapshot, const ProgressView *view,
               guint name_columns, guint room)
{
  guint shown = 0;
  for (guint wanted = 0; wanted <= 3; wanted++) {
    for (gsize i = 0; i < snapshot->n_targets && shown < room; i++) {
      if (rank (snapshot->targets[i]) == wanted) {
        append_host (out, snapshot->targets[i], view, name_columns);
        shown++;
      }
    }
  }
  return shown;
}

char *
progress_block (const DeploymentSnapshot *snapshot, const ProgressView *view)
{
  g_autoptr (GString) out = g_string_new (NULL);
  append_head (out, snapshot, view);
  guint rows = OTHER_ROWS + append_wait (out, snapshot, view);
  rows += append_stages (out, snapshot, view);

  guint name_columns = 4;
  for (gsize i = 0; i < snapshot->n_targets; i++) {
    guint length = (guint)g_utf8_strlen (snapshot->targets[i]->target_id, -1);
    name_columns = MAX (name_columns, MIN (length, NAME_COLUMNS_MAX));
  }
  guint room = view->rows > rows + 1 ? view->rows - rows : 1;
  if (snapshot->n_targets <= room) {
    gsize spare = room - snapshot->n_targets;
    for (gsize i = 0; i < snapshot->n_targets; i++) {
      append_host (out, snapshot->targets[i], view, name_columns);
      if (spare > 0 && append_awaited (out, snapshot->targets[i], view)) {
        spare--;
      }
    }
  } else {
    guint shown = append_ranked (out, snapshot, view, name_columns, room);
    g_autofree char *more =
        g_strdup_printf ("  and %" G_GSIZE_FORMAT " more", snapshot->n_targets - shown);
    guint left = view->columns;
    append_cut (out, view, PAINT_FAINT, more, &left);
    g_string_append_c (out, '\n');
  }
  return g_strdup (out->str);
}

/* Is the text news? Numbers alone are none: what counts connections or seconds would fill a log. */
static gboolean
is_news (GHashTable *seen, const char *key, const char *text)
{
  g_autofree char *told = g_strdup (text);
  char *end = told;
  for (const char *at = text; *at != '\0'; at++) {
    if (!g_ascii_isdigit (*at)) {
      *end++ = *at;
    }
  }
  *end = '\0';
  if (g_strcmp0 (g_hash_table_lookup (seen, key), told) == 0) {
    return FALSE;
  }
  g_hash_table_replace (seen, g_strdup (key), g_steal_pointer (&told));
  return TRUE;
}

static void
append_host_change (GString *out, const ApiInstanceTarget *target, GHashTable *seen)
{
  const ApiLifecycleEvent *event = target_event_of_interest (target);
  g_autofree char *wait = target_describe_wait (target);
  g_autofree char *name = terminal_text_line (target->target_id);
  g_autofree char *status = terminal_text_line (target->status);
  g_autofree char *event_name =
      terminal_text_line (event != NULL ? event->lifecycle_event_name : NULL);
  g_autofree char *what =
      g_strconcat (event_name, wait != NULL && *event_name != '\0' ? ": " : "", wait, NULL);
  g_autofree char *line =
      g_strdup_printf ("%s  %s%s%s", name, status, *what != '\0' ? "  " : "", what);
  /* Between two events there is nothing to tell. */
  gboolean between = *what == '\0' &&
                     api_target_status_from_name (target->status) == API_TARGET_STATUS_IN_PROGRESS;
  if (between && g_hash_table_contains (seen, target->target_id)) {
    return;
  }
  if (is_news (seen, target->target_id, line)) {
    g_string_append_printf (out, "%s\n", line);
  }
}

char *
progress_changes (const DeploymentSnapshot *snapshot, GHashTable *seen)
{
  GString *out = g_string_new (NULL);
  for (gsize i = 0; i < snapshot->n_targets; i++) {
    append_host_change (out, snapshot->targets[i], seen);
  }
  const char *wait = snapshot->info->additional_deployment_status_info;
  gboolean over = deployment_snapshot_is_over (snapshot); /* then its status tells */
  if ((wait != NULL || (g_hash_table_contains (seen, "\n") && !over)) &&
      is_news (seen, "\n", wait != NULL ? wait : "")) {
    g_autofree char *text = terminal_text_line (wait != NULL ? wait : "goes on");
    g_string_append_printf (out, "%s  %s\n", snapshot->info->deployment_id, text);
  }
  /* Neither "" nor "\n" is a target's name. */
  if (g_strcmp0 (g_hash_table_lookup (seen, ""), snapshot->info->status) != 0) {
    g_autofree char *status = terminal_text_line (snapshot->info->status);
    g_string_append_printf (out, "%s  %s\n", snapshot->info->deployment_id, status);
    g_hash_table_replace (seen, g_strdup (""), g_strdup (snapshot->info->status));
  }
  return g_string_free (out, FALSE);
}
