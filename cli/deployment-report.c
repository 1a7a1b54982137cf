#include "cli/deployment-report.h"

#include "cli/exit-status.h"
#include "cli/s3-url.h"
#include "cli/terminal-text.h"

/* A fleet that fails as a whole fails for one reason: the first hosts tell it. */
#define FAILED_HOSTS_SHOWN 3
#define NAMES_SHOWN        8

static const char *
bold (ProgressStyle style, const char *code)
{
  return style & PROGRESS_COLOURS ? code : "";
}

static void
append_names (GString *out, const DeploymentSnapshot *snapshot, ApiTargetStatus status,
              const char *what)
{
  guint n = 0;
  g_autoptr (GString) names = g_string_new (NULL);
  for (gsize i = 0; i < snapshot->n_targets; i++) {
    if (api_target_status_from_name (snapshot->targets[i]->status) != status) {
      continue;
    }
    if (n < NAMES_SHOWN) {
      g_autofree char *name = terminal_text_line (snapshot->targets[i]->target_id);
      g_string_append_printf (names, "%s%s", n > 0 ? ", " : "", name);
    }
    n++;
  }
  if (n > 0) {
    g_string_append_printf (out, "  %u host%s %s: %s%s\n", n, n == 1 ? "" : "s", what, names->str,
                            n > NAMES_SHOWN ? ", ..." : "");
  }
}

/* It has no failed event when the deployment ended, as by a stop, before all of its events were run. */
static void
append_unfinished_host (GString *out, const ApiInstanceTarget *target, ProgressStyle style)
{
  const char *next = NULL;
  for (gsize i = 0; target->lifecycle_events != NULL && i < target->lifecycle_events->n; i++) {
    const ApiLifecycleEvent *event = target->lifecycle_events->items[i];
    if (api_lifecycle_event_status_from_name (event->status) !=
        API_LIFECYCLE_EVENT_STATUS_SUCCEEDED) {
      next = event->lifecycle_event_name;
      break;
    }
  }
  g_autofree char *name = terminal_text_line (target->target_id);
  g_autofree char *event_name = terminal_text_line (next);
  g_string_append_printf (out, "\n  %s%s: %s%s%s\n", bold (style, "\033[31;1m"), name,
                          next != NULL ? "the deployment ended before " : "the deployment failed",
                          event_name, bold (style, "\033[0m"));
}

static void
append_failed_host (GString *out, const ApiInstanceTarget *target, ProgressStyle style)
{
  const ApiLifecycleEvent *event = target_event_of_interest (target);
  if (event == NULL) {
    append_unfinished_host (out, target, style);
    return;
  }
  const ApiDiagnostics *why = event->diagnostics;
  g_autofree char *name = terminal_text_line (target->target_id);
  g_autofree char *event_name = terminal_text_line (event->lifecycle_event_name);
  g_string_append_printf (out, "\n  %s%s: %s failed%s", bold (style, "\033[31;1m"), name,
                          event_name, bold (style, "\033[0m"));
  if (why == NULL) {
    g_string_append_c (out, '\n');
    return;
  }
  g_autofree char *code = terminal_text_line (why->error_code);
  g_autofree char *script = terminal_text_line (why->script_name);
  g_autofree char *message = terminal_text_line (why->message);
  if (*code != '\0') {
    g_string_append_printf (out, " (%s)", code);
  }
  g_string_append_c (out, '\n');
  if (*script != '\0') {
    g_string_append_printf (out, "    script   %s\n", script);
  }
  if (*message != '\0') {
    g_string_append_printf (out, "    message  %s\n", message);
  }
  if (why->log_tail != NULL && *why->log_tail != '\0') {
    g_autofree char *log = terminal_text_block (why->log_tail, "    | ");
    g_string_append (out, log);
  }
}

static void
append_failures (GString *out, const DeploymentSnapshot *snapshot, ProgressStyle style)
{
  guint shown = 0, failed = 0;
  for (gsize i = 0; i < snapshot->n_targets; i++) {
    if (api_target_status_from_name (snapshot->targets[i]->status) != API_TARGET_STATUS_FAILED) {
      continue;
    }
    failed++;
    if (shown < FAILED_HOSTS_SHOWN) {
      append_failed_host (out, snapshot->targets[i], style);
      shown++;
    }
  }
  if (failed > shown) {
    g_string_append_printf (out, "\n  and %u more failed\n", failed - shown);
  }
}

static void
append_rollback (GString *out, const ApiDeploymentInfo *info)
{
  const ApiRollbackInfo *rollback = info->rollback_info;
  if (rollback == NULL) {
    return;
  }
  g_autofree char *message = terminal_text_line (rollback->rollback_message);
  if (rollback->rollback_deployment_id != NULL) {
    g_string_append_printf (
        out, "\nRollback: deployment %s was started%s%s\n  slipway status %s --wait\n",
        rollback->rollback_deployment_id, *message != '\0' ? ": " : "", message,
        rollback->rollback_deployment_id);
  } else if (rollback->rollback_triggering_deployment_id == NULL && *message != '\0') {
    g_string_append_printf (out, "\nRollback: %s\n", message);
  }
}

char *
deployment_report (const DeploymentSnapshot *snapshot, ProgressStyle style)
{
  const ApiDeploymentInfo *info = snapshot->info;
  GString *out = g_string_new (NULL);
  ApiDeploymentStatus status = deployment_snapshot_status (snapshot);
  gboolean good = status == API_DEPLOYMENT_STATUS_SUCCEEDED;
  const char *words = good                                      ? "succeeded"
                      : status == API_DEPLOYMENT_STATUS_STOPPED ? "was stopped"
                      : status == API_DEPLOYMENT_STATUS_FAILED  ? "failed"
                                                                : "goes on";
  g_string_append_printf (out, "%sDeployment %s %s%s",
                          bold (style, good ? "\033[32;1m" : "\033[31;1m"), info->deployment_id,
                          words, bold (style, "\033[0m"));
  if (info->complete_time != NULL && info->create_time != NULL) {
    g_autofree char *took = progress_duration (*info->complete_time - *info->create_time);
    g_string_append_printf (out, " after %s", took);
  }
  g_string_append_c (out, '\n');
  if (info->error_information != NULL) {
    g_autofree char *code = terminal_text_line (info->error_information->code);
    g_autofree char *message = terminal_text_line (info->error_information->message);
    g_string_append_printf (out, "  %s%s%s\n", code, *code != '\0' && *message != '\0' ? ": " : "",
                            message);
    if (g_str_equal (code, "MANUAL_STOP")) {
      g_string_append_printf (out, "  who it was: slipway audit --resource %s\n",
                              info->deployment_id);
    }
  }
  append_failures (out, snapshot, style);
  if (!good) {
    append_names (out, snapshot, API_TARGET_STATUS_SUCCEEDED, "got the revision");
    append_names (out, snapshot, API_TARGET_STATUS_SKIPPED, "not tried");
  }
  append_rollback (out, info);
  return g_string_free (out, FALSE);
}

int
deployment_report_exit (const DeploymentSnapshot *snapshot)
{
  return deployment_snapshot_status (snapshot) == API_DEPLOYMENT_STATUS_SUCCEEDED
             ? CLI_EXIT_OK
             : CLI_EXIT_DEPLOYMENT;
}
