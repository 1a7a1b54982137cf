#include "server/simulation/ledger-private.h"
#include "store/records/row-read.h"

#include <string.h>

/* Reading what a commit changes. */

#define TOUCH(when, table, id, ordinal)                                                            \
  "CREATE TEMP TRIGGER touch_" table "_" when " AFTER " when " ON main." table                     \
  " BEGIN INSERT INTO touched (what, id, ordinal) VALUES ('" table "', " id ", " ordinal "); END"

gboolean
ledger_prepare (StoreTx *tx, GError **error)
{
  static const char *const statements[] = {
    "CREATE TEMP TABLE touched (what TEXT NOT NULL, id TEXT NOT NULL, ordinal BIGINT NOT NULL)",
    TOUCH ("INSERT", "deployment", "NEW.id", "-1"),
    TOUCH ("UPDATE", "deployment", "NEW.id", "-1"),
    TOUCH ("DELETE", "deployment", "OLD.id", "-1"),
    TOUCH ("INSERT", "target", "NEW.deployment_id", "NEW.ordinal"),
    TOUCH ("UPDATE", "target", "NEW.deployment_id", "NEW.ordinal"),
    TOUCH ("DELETE", "target", "OLD.deployment_id", "OLD.ordinal"),
    TOUCH ("INSERT", "host_command", "NEW.deployment_id", "NEW.ordinal"),
    TOUCH ("UPDATE", "host_command", "NEW.deployment_id", "NEW.ordinal"),
    TOUCH ("DELETE", "host_command", "OLD.deployment_id", "OLD.ordinal"),
    TOUCH ("INSERT", "timer", "NEW.deployment_id", "NEW.ordinal"),
    TOUCH ("UPDATE", "timer", "NEW.deployment_id", "NEW.ordinal"),
    TOUCH ("DELETE", "timer", "OLD.deployment_id", "OLD.ordinal"),
    TOUCH ("INSERT", "errand", "NEW.owner_id", "NEW.ordinal"),
    TOUCH ("DELETE", "errand", "OLD.owner_id", "OLD.ordinal"),
  };
  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!store_exec (tx, statements[i], STORE_NO_ARGS, NULL, error))
      return FALSE;
  return letters_prepare (tx, error) && fleets_prepare (tx, error);
}

/* ---- rows ---- */

static gint64
expected_minimum (const DeploymentRecord *row)
{
  gint64 n = row->n_targets, value = row->healthy.value;
  gboolean one = n == 1 && strcmp (row->config_name, "CodeDeployDefault.HalfAtATime") == 0;
  switch (row->healthy.type) {
  case MINIMUM_HEALTHY_HOST_COUNT:
    return value;
  case MINIMUM_HEALTHY_FLEET_PERCENT:
    return one ? 0 : (n * value + 99) / 100;
  case MINIMUM_HEALTHY_MOST_CONCURRENCY:
    return n == 1 ? 0 : n - value;
  }
  g_assert_not_reached ();
}

static guint
hash_text (guint hash, const char *text)
{
  return hash * 31 + (text != NULL ? g_str_hash (text) : 7);
}

static guint
hash_deployment (const DeploymentRecord *row)
{
  const gint64 numbers[] = { row->status,      row->start_ms,      row->complete_ms,
                             row->n_targets,   row->n_pending,     row->n_running,
                             row->n_succeeded, row->n_failed,      row->n_skipped,
                             row->phase,       row->stage,         row->wait,
                             row->paused_ms,   row->wait_until_ms, row->minimum_healthy,
                             row->ending,      row->stop_rollback, row->error_code,
                             row->creator,     row->create_ms,     row->revision_number };
  guint hash = 5;
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    hash = hash * 31 + g_int64_hash (&numbers[i]);
  hash = hash_text (hash, row->info_json);
  hash = hash_text (hash, row->error_message);
  hash = hash_text (hash, row->first_failure);
  hash = hash_text (hash, row->rollback_id);
  hash = hash_text (hash, row->rollback_of);
  return hash_text (hash, row->rollback_message);
}

static void
take_deployment (Ledger *ledger, LedgerDeployment *deployment, const DeploymentRecord *row)
{
  if (deployment->group == NULL) { /* what never changes */
    gint64 minutes = row->options.timeout_minutes;
    deployment->group = ledger_group (ledger, row->group_id);
    deployment->batch = row->options.maximum_batch;
    deployment->undoes = row->rollback_of != NULL ? g_intern_string (row->rollback_of) : NULL;
    deployment->total_ms = minutes > 0
                               ? minutes * 60 * 1000
                               : MAX (ledger->times.total_ms, ledger->times.blue_green_total_ms);
  }
  deployment->status = row->status;
  deployment->ending = row->ending;
  deployment->creator = row->creator;
  deployment->create_ms = row->create_ms;
  deployment->start_ms = row->start_ms;
  deployment->complete_ms = row->complete_ms;
  deployment->revision = row->revision_number;
  deployment->n_targets = row->n_targets;
  deployment->n_pending = row->n_pending;
  deployment->n_running = row->n_running;
  deployment->n_succeeded = row->n_succeeded;
  deployment->n_failed = row->n_failed;
  deployment->n_skipped = row->n_skipped;
  deployment->minimum = expected_minimum (row);
  deployment->course = row->course;
  gboolean elsewhere = deployment->phase != row->phase;
  deployment->phase = row->phase;
  if (elsewhere)
    rules_enter_phase (deployment);
  deployment->wait = row->wait;
  deployment->paused = row->paused_ms != 0;
  deployment->has_baked |= row->wait == DEPLOYMENT_WAIT_BAKE;
  deployment->was_kept |= ledger_is_kept (deployment);
  deployment->n_stages = row->n_stages;
  deployment->row_hash = hash_deployment (row);
}

static void
announce_deployment_change (Ledger *ledger, const LedgerDeployment *deployment,
                            const DeploymentRecord *row)
{
  if (deployment->group == NULL)
    letters_expect (ledger, deployment, ANNOUNCEMENT_DEPLOYMENT_START, NULL);
  if (deployment->group != NULL && deployment->status == row->status)
    return;
  if (row->status == DEPLOYMENT_READY)
    letters_expect (ledger, deployment, ANNOUNCEMENT_DEPLOYMENT_READY, NULL);
  if (row->complete_ms != 0)
    letters_expect (ledger, deployment,
                    row->status == DEPLOYMENT_SUCCEEDED ? ANNOUNCEMENT_DEPLOYMENT_SUCCESS
                    : row->status == DEPLOYMENT_STOPPED ? ANNOUNCEMENT_DEPLOYMENT_STOP
                                                        : ANNOUNCEMENT_DEPLOYMENT_FAILURE,
                    NULL);
}

static gboolean
look_at_deployment (Ledger *ledger, StoreTx *tx, LedgerDeployment *deployment, GError **error)
{
  DeploymentRecord *row;
  if (!deployment_record_by_id (tx, deployment->id, ledger->arena, &row, error))
    return FALSE;
  if (row == NULL) {
    ledger_break (ledger, RULE_DEPLOYMENT_END, "the row of %s is gone", deployment->id);
    return TRUE;
  }
  if (deployment->complete_ms != 0) {
    if (deployment->row_hash != hash_deployment (row))
      ledger_break (ledger, RULE_DEPLOYMENT_END, "%s, which has ended, was changed",
                    deployment->id);
    return TRUE;
  }
  gboolean staged =
      row->n_stages > 0 && (deployment->n_stages == 0 || deployment->stage != row->stage);
  rules_deployment_row (ledger, deployment, row);
  announce_deployment_change (ledger, deployment, row);
  gboolean elsewhere = deployment->phase != row->phase || deployment->course != row->course;
  take_deployment (ledger, deployment, row);
  if (elsewhere)
    rules_fleet_phase (ledger, deployment, row, ledger->now_ms);
  deployment->stage = row->stage;
  if (staged && !rules_stage (ledger, tx, deployment, error))
    return FALSE;
  return row->complete_ms == 0 || rules_deployment_end (ledger, tx, deployment, row, error);
}

static guint
hash_target (const TargetRecord *row)
{
  guint hash = hash_text ((guint)row->status, row->events_json);
  hash = hash_text (hash, row->failed_events_json);
  hash = hash_text (hash, row->host_arn);
  return hash * 31 + (guint)row->attempt;
}

static void
take_events (LedgerTarget *target, const Target *events)
{
  target->n_ended = 0;
  for (gsize i = 0; i < events->n_events; i++) {
    target->events[i] = events->events[i].status;
    if (target->n_ended == i &&
        (target->events[i] == EVENT_SUCCEEDED || target->events[i] == EVENT_FAILED))
      target->n_ended++;
  }
}

/* A replacement may come to be Ready and go on in one commit, and is told to have started once. */
static void
announce_target_change (Ledger *ledger, const LedgerDeployment *deployment,
                        const LedgerTarget *before, const LedgerTarget *now)
{
  gboolean passes = now->plan->gate > 0 && before->n_ended < now->plan->gate &&
                    now->n_ended >= now->plan->gate && now->status != TARGET_FAILED;
  gboolean moves = now->status != before->status || passes;
  if (passes)
    letters_expect (ledger, deployment, ANNOUNCEMENT_INSTANCE_READY, now->name);
  gboolean at_once = before->status == TARGET_PENDING &&
                     (now->status == TARGET_SUCCEEDED || now->status == TARGET_FAILED);
  if (now->just_started || at_once)
    letters_expect (ledger, deployment, ANNOUNCEMENT_INSTANCE_START, now->name);
  if (moves && now->status == TARGET_SUCCEEDED)
    letters_expect (ledger, deployment, ANNOUNCEMENT_INSTANCE_SUCCESS, now->name);
  if (moves && now->status == TARGET_FAILED)
    letters_expect (ledger, deployment, ANNOUNCEMENT_INSTANCE_FAILURE, now->name);
}

static gboolean
look_at_target (Ledger *ledger, StoreTx *tx, LedgerDeployment *deployment, gint64 ordinal,
                GError **error)
{
  TargetRecord *row;
  Target events;
  if (!target_record_get (tx, deployment->id, ordinal, ledger->arena, &row, error))
    return FALSE;
  if (row == NULL) {
    ledger_break (ledger, RULE_TARGET_END, "the row of target %" G_GINT64_FORMAT " of %s is gone",
                  ordinal, deployment->id);
    return TRUE;
  }
  if (!engine_read_target (row, ledger->arena, &events, error))
    return FALSE;
  LedgerTarget *target = ledger_target (deployment, ordinal), now = *target;
  gsize far = ordinal >= LEDGER_FAR_ORDINAL;
  now.known = TRUE;
  now.host_arn = g_intern_string (row->host_arn);
  now.name = g_intern_string (row->target_id);
  now.plan = lifecycle_plan (row->plan);
  now.just_started = row->status == TARGET_IN_PROGRESS && target->status == TARGET_PENDING;
  now.status = row->status;
  now.attempt = row->attempt;
  now.row_hash = hash_target (row);
  take_events (&now, &events);
  if (now.plan == lifecycle_plan (LIFECYCLE_PLAN_GREEN) ||
      now.plan == lifecycle_plan (LIFECYCLE_PLAN_ROLLBACK_BLUE))
    deployment->entering_open +=
        ledger_has_ended (target->status, !target->known) - ledger_has_ended (now.status, FALSE);
  if (target->known) {
    rules_target_row (ledger, deployment, target, &now, ordinal);
    deployment->tally[far][target->status]--;
  } else {
    ledger->counts.targets++;
  }
  deployment->tally[far][now.status]++;
  announce_target_change (ledger, deployment, target, &now);
  if (now.status != target->status && now.started_attempt > 0 &&
      now.status == (now.plan->gate > 0 ? TARGET_READY : TARGET_SUCCEEDED))
    deployment->disturbed--;
  if (now.status != target->status && ledger_has_ended (now.status, FALSE))
    rules_fleet_target (deployment, &now);
  if (ledger_has_ended (now.status, FALSE) && !ledger_has_ended (target->status, !target->known))
    rules_traffic_of_end (ledger, deployment, &now);
  *target = now;
  return TRUE;
}

static gboolean
look_at_command (Ledger *ledger, StoreTx *tx, LedgerDeployment *deployment, gint64 ordinal,
                 GError **error)
{
  HostCommandRecord *row;
  if (!host_command_record_get (tx, deployment->id, ordinal, ledger->arena, &row, error))
    return FALSE;
  LedgerTarget *target = ledger_target (deployment, ordinal);
  target->has_command = row != NULL;
  if (row == NULL)
    return TRUE;
  target->command_status = row->status;
  target->command_attempt = row->attempt;
  target->command_step = row->step;
  target->since_ms = row->since_ms;
  target->acknowledge_ms = row->acknowledge_ms;
  return TRUE;
}

static gboolean
look_at_timers (StoreTx *tx, LedgerDeployment *deployment, gint64 ordinal, GError **error)
{
  static const char sql[] =
      "SELECT kind, due_ms FROM timer WHERE deployment_id = $1 AND ordinal = $2";
  gint64 found[LEDGER_N_TIMERS] = { 0 };
  TimerKind kind;
  g_autoptr (GError) failure = NULL;
  g_autoptr (StoreRows) rows =
      store_query (tx, sql, STORE_ARGS (store_text (deployment->id), store_int (ordinal)), error);
  if (rows == NULL)
    return FALSE;
  while (store_rows_next (rows, &failure))
    if (timer_kind_from_name (store_rows_text (rows, 0), &kind))
      found[kind] = store_rows_int (rows, 1);
  if (failure != NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  if (ordinal == TIMER_NO_TARGET)
    memcpy (deployment->timers, found, sizeof found);
  else
    ledger_target (deployment, ordinal)->timer_ms = found[TIMER_TARGET];
  return TRUE;
}

static gboolean
count_left (StoreTx *tx, LedgerDeployment *deployment, GError **error)
{
  static const char sql[] = "SELECT (SELECT COUNT (*) FROM timer WHERE deployment_id = $1)"
                            " + (SELECT COUNT (*) FROM host_command WHERE deployment_id = $1)"
                            " + (SELECT COUNT (*) FROM errand WHERE owner_id = $1)";
  g_autoptr (StoreRows) rows =
      store_query (tx, sql, STORE_ARGS (store_text (deployment->id)), error);
  if (rows == NULL || !store_rows_next (rows, error))
    return FALSE;
  deployment->n_left = store_rows_int (rows, 0);
  return TRUE;
}

/* ---- a look ---- */

typedef struct {
  const char *what;
  LedgerDeployment *deployment;
  gint64 ordinal;
} Touched;

static GArray *
read_touched (Ledger *ledger, StoreTx *tx, GError **error)
{
  static const char read[] = "SELECT DISTINCT what, id, ordinal FROM temp.touched ORDER BY 1, 2, 3";
  static const char forget[] = "DELETE FROM temp.touched";
  g_autoptr (GError) failure = NULL;
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (Touched));
  g_autoptr (StoreRows) rows = store_query (tx, read, STORE_NO_ARGS, error);
  if (rows == NULL)
    return NULL;
  while (store_rows_next (rows, &failure)) {
    const char *what = g_intern_string (store_rows_text (rows, 0)), *id = store_rows_text (rows, 1);
    Touched touched = { what, ledger_find (ledger, id), store_rows_int (rows, 2) };
    /* Deployments come first. */
    if (touched.deployment == NULL && strcmp (what, "deployment") == 0)
      touched.deployment = ledger_add (ledger, id);
    if (touched.deployment != NULL)
      g_array_append_val (out, touched);
    else if (strcmp (what, "errand") != 0) /* those have other owners, too */
      ledger_break (ledger, RULE_LEFTOVERS, "a %s of %s was written, which is not there", what, id);
  }
  g_clear_pointer (&rows, store_rows_free);
  if (failure != NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return NULL;
  }
  return store_exec (tx, forget, STORE_NO_ARGS, NULL, error) ? g_steal_pointer (&out) : NULL;
}

static gboolean
look_at (Ledger *ledger, StoreTx *tx, const Touched *touched, GError **error)
{
  LedgerDeployment *deployment = touched->deployment;
  if (strcmp (touched->what, "target") == 0)
    return look_at_target (ledger, tx, deployment, touched->ordinal, error);
  if (strcmp (touched->what, "host_command") == 0)
    return look_at_command (ledger, tx, deployment, touched->ordinal, error);
  if (strcmp (touched->what, "timer") == 0)
    return look_at_timers (tx, deployment, touched->ordinal, error);
  return TRUE;
}

/* Who has its host now. First who has it no more. */
static void
pass_hosts (Ledger *ledger, const GArray *all)
{
  for (int pass = 0; pass < 2; pass++) {
    for (guint i = 0; i < all->len; i++) {
      const Touched *touched = &g_array_index (all, Touched, i);
      if (strcmp (touched->what, "host_command") != 0)
        continue;
      LedgerTarget *target = ledger_target (touched->deployment, touched->ordinal);
      const LedgerTarget *owner = g_hash_table_lookup (ledger->busy_hosts, target->host_arn);
      gboolean has = target->has_command && target->command_status != COMMAND_WAITING;
      if (pass == 0 && !has && owner == target)
        g_hash_table_remove (ledger->busy_hosts, target->host_arn);
      if (pass == 1 && has && owner != NULL && owner != target)
        ledger_break (ledger, RULE_ONE_COMMAND, "%s has two commands, one of %s", target->host_arn,
                      touched->deployment->id);
      if (pass == 1 && has)
        g_hash_table_insert (ledger->busy_hosts, (gpointer)target->host_arn, target);
    }
  }
}

static gboolean
apply_rules (Ledger *ledger, StoreTx *tx, const GArray *all, LedgerEffects effects, GError **error)
{
  for (guint i = 0; i < all->len; i++) {
    const Touched *touched = &g_array_index (all, Touched, i);
    LedgerDeployment *deployment = touched->deployment;
    gboolean of_target = touched->ordinal >= 0 && strcmp (touched->what, "errand") != 0;
    if (of_target) {
      LedgerTarget *target = ledger_target (deployment, touched->ordinal);
      if (effects == LEDGER_EFFECTS_LOST)
        target->effects_lost = TRUE;
      rules_target (ledger, deployment, target, touched->ordinal);
    }
    if (i > 0 && g_array_index (all, Touched, i - 1).deployment == deployment &&
        strcmp (touched->what, g_array_index (all, Touched, i - 1).what) == 0)
      continue;
    if ((deployment->complete_ms != 0 || ledger_replaces (deployment)) &&
        !count_left (tx, deployment, error))
      return FALSE;
    rules_deployment (ledger, deployment);
  }
  return TRUE;
}

/* First those that were there: one that ends makes room for another. */
static gboolean
look_at_deployments (Ledger *ledger, StoreTx *tx, const GArray *all, GError **error)
{
  g_autoptr (GPtrArray) added = g_ptr_array_new ();
  for (guint i = 0; i < all->len; i++) {
    const Touched *touched = &g_array_index (all, Touched, i);
    if (strcmp (touched->what, "deployment") != 0)
      continue;
    if (touched->deployment->group == NULL)
      g_ptr_array_add (added, touched->deployment);
    else if (!look_at_deployment (ledger, tx, touched->deployment, error))
      return FALSE;
  }
  for (guint i = 0; i < added->len; i++)
    if (!look_at_deployment (ledger, tx, g_ptr_array_index (added, i), error))
      return FALSE;
  return TRUE;
}

gboolean
ledger_look (Ledger *ledger, StoreTx *tx, LedgerEffects effects, gint64 now_ms, GError **error)
{
  arena_reset (ledger->arena);
  g_array_set_size (ledger->changes, 0);
  ledger->counts.commits++;
  ledger->now_ms = now_ms;
  g_autoptr (GArray) all = read_touched (ledger, tx, error);
  if (all == NULL)
    return FALSE;
  for (guint i = 0; i < all->len; i++)
    if (!look_at (ledger, tx, &g_array_index (all, Touched, i), error))
      return FALSE;
  pass_hosts (ledger, all);
  return look_at_deployments (ledger, tx, all, error) &&
         apply_rules (ledger, tx, all, effects, error) && fleets_look (ledger, tx, error) &&
         letters_look (ledger, tx, now_ms, error);
}

/* ---- after a kill ---- */

static gboolean
compare_targets (Ledger *ledger, StoreTx *tx, LedgerDeployment *deployment, GError **error)
{
  guint n = deployment->targets[0]->len;
  for (guint i = 0; i < n + deployment->targets[1]->len; i++) {
    const LedgerTarget *target = ledger_target_at (deployment, i);
    gint64 ordinal = i < n ? i : LEDGER_FAR_ORDINAL + i - n;
    TargetRecord *row;
    if (!target_record_get (tx, deployment->id, ordinal, ledger->arena, &row, error))
      return FALSE;
    if (row == NULL || hash_target (row) != target->row_hash ||
        row->has_command != target->has_command)
      ledger_break (ledger, RULE_REOPENED,
                    "target %" G_GINT64_FORMAT " of %s is not as it was committed", ordinal,
                    deployment->id);
  }
  return TRUE;
}

gboolean
ledger_compare (Ledger *ledger, StoreTx *tx, GError **error)
{
  arena_reset (ledger->arena);
  for (guint i = 0; i < ledger->active->len; i++) {
    LedgerDeployment *deployment = g_ptr_array_index (ledger->active, i);
    DeploymentRecord *row;
    if (!deployment_record_by_id (tx, deployment->id, ledger->arena, &row, error))
      return FALSE;
    if (row == NULL || hash_deployment (row) != deployment->row_hash)
      ledger_break (ledger, RULE_REOPENED, "%s is not as it was committed", deployment->id);
    if (!compare_targets (ledger, tx, deployment, error))
      return FALSE;
  }
  return TRUE;
}
