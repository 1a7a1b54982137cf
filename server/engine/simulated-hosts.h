#pragma once

/* For the engine's tests only: the hosts of a simulated fleet, which do what they are told, and the clock that moves with them. */

#include "server/engine/simulated-errands.h"
#include "server/engine/simulated-fleet.h"
#include "server/host-commands/command-id.h"

G_GNUC_UNUSED static void
fleet_tell (Fleet *fleet, const char *host, LifecycleEvent event, Deed deed)
{
  const Rule rule = { host, event, deed, FLEET_ALWAYS };
  g_array_prepend_val (fleet->rules, rule); /* the latest counts */
}

/* Only so many times; then what was told before. */
G_GNUC_UNUSED static void
fleet_tell_times (Fleet *fleet, const char *host, LifecycleEvent event, Deed deed, int times)
{
  const Rule rule = { host, event, deed, times };
  g_array_prepend_val (fleet->rules, rule);
}

/* What the host does with its command; asked once for each. */
static Deed
fleet_deed (Fleet *fleet, const SimHost *host)
{
  for (guint i = 0; i < fleet->rules->len; i++) {
    Rule *rule = &g_array_index (fleet->rules, Rule, i);
    if (rule->times == 0 || rule->event != host->event ||
        (rule->host != NULL && strcmp (rule->host, host->name) != 0))
      continue;
    if (rule->times > 0)
      rule->times--;
    return rule->deed;
  }
  return DEED_SUCCEED;
}

static SimHost *
fleet_host (Fleet *fleet, const char *name)
{
  for (guint i = 0; i < fleet->hosts->len; i++) {
    SimHost *host = g_ptr_array_index (fleet->hosts, i);
    if (strcmp (host->name, name) == 0)
      return host;
  }
  g_error ("no host %s", name);
}

static void
fleet_take_command (gpointer data, const HubCommand *command)
{
  SimHost *host = data;
  host->polling = FALSE;
  if (command == NULL)
    return;
  g_assert_cmpstr (command->host_arn, ==, host->arn);
  g_free (host->command_id);
  host->command_id = g_strdup (command->command_id);
  g_assert_true (lifecycle_event_from_name (command->name, &host->event));
}

typedef struct {
  Fleet *fleet;
  const char *host_arn, *command_id;
  EngineReport report;
  EngineAnswer answer;
} FleetReport;

static void
fleet_report_body (StoreTx *tx, gpointer data)
{
  static const EventDiagnostics fine = { DIAGNOSTICS_SUCCESS, "", "Succeeded: ", "" };
  static const EventDiagnostics broken = { DIAGNOSTICS_SCRIPT_FAILED, "scripts/check.sh",
                                           "failed with exit code 3", "[stderr]no\n" };
  FleetReport *report = data;
  g_autoptr (GError) error = NULL;
  const EventDiagnostics *diagnostics = report->report == ENGINE_REPORT_SUCCEEDED ? &fine
                                        : report->report == ENGINE_REPORT_FAILED  ? &broken
                                                                                  : NULL;
  FLEET_CHECK (engine_report (report->fleet->engine, tx, report->host_arn, report->command_id,
                              report->report, diagnostics, report->fleet->fake.now_ms,
                              &report->answer, &error),
               error);
}

static EngineAnswer
fleet_report (Fleet *fleet, const char *host, const char *command_id, EngineReport what)
{
  FleetReport report = { .fleet = fleet,
                         .host_arn = fleet_host (fleet, host)->arn,
                         .command_id = command_id,
                         .report = what };
  fleet_in_tx (fleet, STORE_WRITE, fleet_report_body, &report);
  return report.answer;
}

static void
fleet_host_acts (Fleet *fleet, SimHost *host)
{
  g_autofree char *id = g_steal_pointer (&host->command_id);
  Deed deed = fleet_deed (fleet, host);
  if (deed == DEED_IGNORE)
    return;
  if (deed != DEED_FAIL_AT_ONCE) {
    EngineAnswer answer = fleet_report (
        fleet, host->name, id, deed == DEED_NOOP ? ENGINE_REPORT_NOOP : ENGINE_REPORT_ACKNOWLEDGED);
    if (answer != ENGINE_ANSWER_IN_PROGRESS)
      return;
    CommandId parts;
    g_assert_true (command_id_parse (id, &parts));
    g_ptr_array_add (fleet->journal,
                     g_strdup_printf ("%s %s %s %d", host->name, lifecycle_event_name (host->event),
                                      parts.deployment_id, (int)parts.attempt));
  }
  fleet->fake.now_ms += 10;
  switch (deed) {
  case DEED_HANG:
    return;
  case DEED_FAIL:
  case DEED_FAIL_AT_ONCE:
    g_assert_cmpint (fleet_report (fleet, host->name, id, ENGINE_REPORT_FAILED), ==,
                     ENGINE_ANSWER_FAILED);
    g_assert_cmpint (fleet_report (fleet, host->name, id, ENGINE_REPORT_FAILED), ==,
                     ENGINE_ANSWER_FAILED);
    return;
  default:
    g_assert_cmpint (fleet_report (fleet, host->name, id, ENGINE_REPORT_SUCCEEDED), ==,
                     ENGINE_ANSWER_SUCCEEDED);
  }
}

/* Fires what is due, performs errands, and lets every host poll; then each that has a command does it. FALSE: nothing moved. */
static gboolean
fleet_turn (Fleet *fleet)
{
  g_autoptr (GError) error = NULL;
  gboolean moved = FALSE;
  gint64 holding = 0;
  FLEET_CHECK (engine_run_due (fleet->engine, NULL, &error), error);
  moved = fleet_perform_errands (fleet);
  command_hub_tick (fleet->hub);
  for (guint i = 0; i < fleet->hosts->len; i++) {
    SimHost *host = g_ptr_array_index (fleet->hosts, i);
    if (!host->dead && !host->polling && host->command_id == NULL) {
      host->polling = TRUE;
      command_hub_poll (fleet->hub, host->arn, &(HubPoll){ fleet_take_command, NULL, host });
    }
    holding += host->command_id != NULL;
  }
  fleet->most_running = MAX (fleet->most_running, holding);
  for (guint i = 0; i < fleet->hosts->len; i++) {
    SimHost *host = g_ptr_array_index (fleet->hosts, i);
    if (host->command_id != NULL) {
      moved = TRUE;
      fleet_host_acts (fleet, host);
    }
  }
  return moved;
}

G_GNUC_UNUSED static void
fleet_run (Fleet *fleet)
{
  int turns = 0;
  while (fleet_turn (fleet))
    g_assert_cmpint (++turns, <, 100000);
}

/* Moves the clock and runs. */
G_GNUC_UNUSED static void
fleet_later (Fleet *fleet, gint64 seconds)
{
  fleet->fake.now_ms += seconds * 1000;
  fleet_run (fleet);
}
