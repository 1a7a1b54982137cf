#include "server/simulation/ledger-private.h"

/* A deployment's counters, those that its targets give, and what both must come to. */

/* ---- of the present phase ---- */

void
rules_enter_phase (LedgerDeployment *d)
{
  gboolean forth = d->course == COURSE_BLUE_GREEN;
  d->failed_before = forth ? d->tally[0][TARGET_FAILED] : 0;
  if (d->phase == DEPLOYMENT_PHASE_REROUTE)
    d->must_serve = MIN (d->minimum, d->n_targets);
}

typedef struct {
  gint64 pending, running, succeeded, failed, skipped;
} Counts;

/* Which of a replaced fleet's targets walk, and as what they are counted. */
static Counts
counts_of_phase (const LedgerDeployment *d)
{
  gboolean forth = d->course == COURSE_BLUE_GREEN;
  gboolean originals = forth == (d->phase == DEPLOYMENT_PHASE_DEREGISTER);
  gboolean reroutes = forth && d->phase == DEPLOYMENT_PHASE_REROUTE;
  gboolean installs = forth && d->phase == DEPLOYMENT_PHASE_INSTALL;
  const gint64 *tally = d->tally[originals];
  return (Counts){ .pending = tally[reroutes ? TARGET_READY : TARGET_PENDING],
                   .running = tally[TARGET_IN_PROGRESS],
                   .succeeded = tally[installs ? TARGET_READY : TARGET_SUCCEEDED],
                   .failed = tally[TARGET_FAILED] - (reroutes ? d->failed_before : 0),
                   .skipped = tally[TARGET_SKIPPED] };
}

static Counts
counts_of_all (const LedgerDeployment *d)
{
  gint64 n[TARGET_N_STATUSES];
  for (gsize i = 0; i < TARGET_N_STATUSES; i++)
    n[i] = d->tally[0][i] + d->tally[1][i];
  return (Counts){ n[TARGET_PENDING], n[TARGET_IN_PROGRESS], n[TARGET_SUCCEEDED], n[TARGET_FAILED],
                   n[TARGET_SKIPPED] };
}

/* Until a fleet was copied there is nobody to count; the service's phases count nobody. */
static gboolean
counts_nobody (const LedgerDeployment *d)
{
  return ledger_replaces (d) && d->complete_ms == 0 &&
         (d->phase == DEPLOYMENT_PHASE_SWAP || d->phase == DEPLOYMENT_PHASE_RETIRE ||
          d->targets[0]->len == 0);
}

void
rules_counters (Ledger *ledger, const LedgerDeployment *d)
{
  if (counts_nobody (d))
    return;
  Counts t = d->complete_ms == 0 && ledger_replaces (d) ? counts_of_phase (d) : counts_of_all (d);
  if (d->n_pending + d->n_running + d->n_succeeded + d->n_failed + d->n_skipped != d->n_targets ||
      d->n_pending != t.pending || d->n_running != t.running || d->n_succeeded != t.succeeded ||
      d->n_failed != t.failed || d->n_skipped != t.skipped)
    ledger_break (ledger, RULE_COUNTERS,
                  "%s (%s) counts %" G_GINT64_FORMAT "/%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT
                  "/%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                  ", its targets are %" G_GINT64_FORMAT "/%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT
                  "/%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT,
                  d->id, deployment_phase_name (d->phase), d->n_pending, d->n_running,
                  d->n_succeeded, d->n_failed, d->n_skipped, d->n_targets, t.pending, t.running,
                  t.succeeded, t.failed, t.skipped);
}

/* Originals let their traffic go all at once. While traffic moves no host is down, so one may always be at it. */
static gint64
budget_of_phase (const LedgerDeployment *d)
{
  switch (d->phase) {
  case DEPLOYMENT_PHASE_INSTALL:
    return MAX (ledger_budget (d), 0);
  case DEPLOYMENT_PHASE_REROUTE:
    return MAX (ledger_budget (d), 1);
  default:
    return d->n_targets;
  }
}

void
rules_budget (Ledger *ledger, const LedgerDeployment *d)
{
  if (d->n_running + d->n_failed > budget_of_phase (d))
    ledger_break (ledger, RULE_BUDGET,
                  "%" G_GINT64_FORMAT " run and %" G_GINT64_FORMAT
                  " have failed in %s (%s), whose budget is %" G_GINT64_FORMAT,
                  d->n_running, d->n_failed, d->id, deployment_phase_name (d->phase),
                  budget_of_phase (d));
}

/* ---- its end ---- */

/* Who is always killed while he reads them tells nothing of alarms. */
#define SILENCES_IN_A_ROW 2

/* Enough have the traffic, and nobody whom they replace kept it. A rollback may have had nothing to move. */
static gboolean
has_moved (const LedgerDeployment *d)
{
  gboolean forth = d->course == COURSE_BLUE_GREEN;
  gint64 leaving_failed = d->tally[forth][TARGET_FAILED];
  gint64 entered = d->tally[!forth][TARGET_SUCCEEDED];
  return leaving_failed == 0 && entered >= (forth ? MAX (d->must_serve, 1) : d->must_serve);
}

void
rules_verdict (Ledger *ledger, const LedgerDeployment *d, const DeploymentRecord *row)
{
  gboolean in_place = !ledger_replaces (d);
  gboolean enough = in_place ? d->n_succeeded >= MAX (d->minimum, 1) : has_moved (d);
  if (d->status == DEPLOYMENT_SUCCEEDED && (!enough || (in_place && d->n_skipped > 0)))
    ledger_break (ledger, RULE_VERDICT,
                  "%s succeeded with %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, d->id,
                  d->n_succeeded, d->n_targets);
  gboolean whole = in_place && d->n_stages == 0; /* a stage, or phase, may fail by itself */
  if (row->error_code == DEPLOYMENT_ERROR_HEALTH_CONSTRAINTS && whole && enough &&
      d->n_skipped == 0)
    ledger_break (ledger, RULE_VERDICT, "%s failed with enough successes", d->id);
  if (row->error_code == DEPLOYMENT_ERROR_HEALTH_CONSTRAINTS && whole && d->n_skipped > 0 &&
      d->n_failed < ledger_budget (d))
    ledger_break (ledger, RULE_VERDICT, "%s failed with budget left", d->id);
  if ((row->error_code == DEPLOYMENT_ERROR_NONE) != (d->status == DEPLOYMENT_SUCCEEDED))
    ledger_break (ledger, RULE_VERDICT, "%s is %s with code \"%s\"", d->id,
                  deployment_status_name (d->status), deployment_error_name (row->error_code));
  if (row->error_code == DEPLOYMENT_ERROR_ALARM_ACTIVE && !d->alarmed &&
      d->silences < SILENCES_IN_A_ROW)
    ledger_break (ledger, RULE_ALARMS, "%s was stopped: %s", d->id, row->error_message);
  if (row->error_code == DEPLOYMENT_ERROR_INTERNAL_ERROR)
    ledger_break (ledger, RULE_SERVER, "%s: %s", d->id, row->error_message);
}
