#include "cli/plan-text.h"

#include "cli/progress.h"
#include "cli/terminal-text.h"

#define NAME_COLUMNS_MAX 40
#define INDENT           10

static gint64
number (const gint64 *value)
{
  return value != NULL ? *value : 0;
}

static const char *
plural (gint64 n, const char *one, const char *many)
{
  return n == 1 ? one : many;
}

gboolean
plan_text_is_blocked (const ApiPlanDeploymentOutput *plan)
{
  for (gsize i = 0; plan->findings != NULL && i < plan->findings->n; i++) {
    if (g_strcmp0 (plan->findings->items[i]->severity, "blocks") == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

/* How many get the revision: hosts that are there, or that are made. */
static gint64
count_hosts (const ApiPlanDeploymentOutput *plan)
{
  if (plan->copy != NULL) {
    return number (plan->copy->instances);
  }
  return plan->hosts != NULL ? (gint64)plan->hosts->n : 0;
}

static void
append_who (GString *out, const ApiPlanDeploymentOutput *plan)
{
  gint64 n = count_hosts (plan);
  if (plan->copy == NULL) {
    g_string_append_printf (out, "  %" G_GINT64_FORMAT " %s", n, plural (n, "host", "hosts"));
    return;
  }
  g_autofree char *group = terminal_text_line (plan->copy->auto_scaling_group_name);
  if (plan->copy->instances != NULL) {
    g_string_append_printf (out, "  %" G_GINT64_FORMAT " %s, a copy of Auto Scaling group %s,", n,
                            plural (n, "new host", "new hosts"), group);
  } else {
    g_string_append_printf (out, "  New hosts, a copy of Auto Scaling group %s,", group);
  }
}

static void
append_head (GString *out, const ApiPlanDeploymentOutput *plan)
{
  gint64 n = count_hosts (plan);
  gint64 batch = number (plan->batch_size), budget = number (plan->failure_budget);
  g_autofree char *config = terminal_text_line (plan->deployment_config_name);
  append_who (out, plan);
  g_string_append_printf (out,
                          " with %s: %" G_GINT64_FORMAT
                          " must stay healthy, up to %" G_GINT64_FORMAT " at a time\n",
                          config, number (plan->minimum_healthy_hosts), batch);
  if (budget > 0 && budget < n) {
    g_string_append_printf (
        out, "  It fails with failure number %" G_GINT64_FORMAT " while hosts are still to come\n",
        budget);
  }
}

/* ---- hosts ---- */

static void
append_host (GString *out, const ApiPlannedHost *host, gsize place, guint name_columns,
             gint64 now_ms)
{
  g_autofree char *safe = terminal_text_line (host->target_id);
  g_autofree char *name = terminal_text_fit (safe, name_columns);
  g_autofree char *health = terminal_text_line (host->health);
  g_autofree char *seen =
      host->last_seen_time != NULL ? progress_duration (now_ms - *host->last_seen_time) : NULL;
  g_autofree char *zone = terminal_text_line (host->zone);
  g_autofree char *seen_text =
      seen != NULL ? g_strdup_printf ("seen %s ago", seen) : g_strdup ("not seen");
  g_string_append_printf (out, "  %5" G_GSIZE_FORMAT "  %s  %-10s %-22s %s", place, name, health,
                          seen_text, zone);
  while (out->str[out->len - 1] == ' ') {
    g_string_truncate (out, out->len - 1);
  }
  g_string_append_c (out, '\n');
}

static guint
name_columns (const ApiPlannedHostList *hosts)
{
  guint columns = 4;
  for (gsize i = 0; hosts != NULL && i < hosts->n; i++) {
    const char *name = hosts->items[i]->target_id;
    guint length = name != NULL ? (guint)g_utf8_strlen (name, -1) : 0;
    columns = MAX (columns, MIN (length, NAME_COLUMNS_MAX));
  }
  return columns;
}

static void
append_stage (GString *out, const ApiPlannedStage *stage)
{
  gint64 n = number (stage->hosts);
  g_autofree char *name = terminal_text_line (stage->name);
  g_string_append_printf (out, "\n  %s %s: %" G_GINT64_FORMAT " %s",
                          g_strcmp0 (stage->kind, "zone") == 0 ? "Zone" : "Wave", name, n,
                          plural (n, "host", "hosts"));
  if (n > 0) {
    g_string_append_printf (out, ", up to %" G_GINT64_FORMAT " at a time",
                            number (stage->batch_size));
  }
  if (number (stage->minimum_healthy_hosts) > 0) {
    g_string_append_printf (out, ", %" G_GINT64_FORMAT " must stay healthy",
                            number (stage->minimum_healthy_hosts));
  }
  if (number (stage->must_succeed) > 0) {
    g_string_append_printf (out, ", %" G_GINT64_FORMAT " must succeed",
                            number (stage->must_succeed));
  }
  if (number (stage->wait_in_seconds) > 0) {
    g_string_append_printf (out, ", then %" G_GINT64_FORMAT " s of watching",
                            number (stage->wait_in_seconds));
  }
  if (stage->approval != NULL && *stage->approval) {
    g_string_append (out, ", then an approval");
  }
  g_string_append_c (out, '\n');
}

static void
append_hosts (GString *out, const ApiPlanDeploymentOutput *plan, gint64 now_ms)
{
  gsize n = plan->hosts != NULL ? plan->hosts->n : 0, at = 0;
  guint columns = name_columns (plan->hosts);
  for (gsize s = 0; plan->stages != NULL && s < plan->stages->n; s++) {
    append_stage (out, plan->stages->items[s]);
    for (gint64 i = 0; i < number (plan->stages->items[s]->hosts) && at < n; i++, at++) {
      append_host (out, plan->hosts->items[at], at + 1, columns, now_ms);
    }
  }
  if (plan->stages == NULL && n > 0) {
    g_string_append_c (out, '\n');
  }
  for (; at < n; at++) {
    append_host (out, plan->hosts->items[at], at + 1, columns, now_ms);
  }
}

static void
append_originals (GString *out, const ApiPlannedHostList *hosts, gint64 now_ms)
{
  guint columns = name_columns (hosts);
  if (hosts == NULL || hosts->n == 0) {
    return;
  }
  g_string_append_printf (out, "\n  Replaced, once traffic has moved: %" G_GSIZE_FORMAT " %s\n",
                          hosts->n, plural ((gint64)hosts->n, "host", "hosts"));
  for (gsize i = 0; i < hosts->n; i++) {
    append_host (out, hosts->items[i], i + 1, columns, now_ms);
  }
}

/* ---- findings ---- */

static void
append_findings (GString *out, const ApiPlanFindingList *findings, guint columns)
{
  for (gsize i = 0; findings != NULL && i < findings->n; i++) {
    const ApiPlanFinding *finding = findings->items[i];
    g_autofree char *severity = terminal_text_line (finding->severity);
    g_autofree char *code = terminal_text_line (finding->code);
    g_autofree char *text =
        g_strdup_printf ("%s: %s", code, finding->message != NULL ? finding->message : "");
    g_autofree char *lines = terminal_text_wrap (text, MAX (columns, INDENT + 20), INDENT);
    g_string_append_printf (out, "%s  %-7s %s\n", i == 0 ? "\n" : "", severity, lines);
  }
}

char *
plan_text (const ApiPlanDeploymentOutput *plan, guint columns, gint64 now_ms)
{
  g_autoptr (GString) out = g_string_new (NULL);
  append_head (out, plan);
  append_hosts (out, plan, now_ms);
  append_originals (out, plan->originals, now_ms);
  append_findings (out, plan->findings, columns);
  return g_strdup (out->str);
}
