#include "proto/api-types.h"
#include "server/simulation/ledger-private.h"

#include <string.h>

/* Fleets that are copied, take each other's place and end, and instances that come and go: what the cloud is asked for is held
 * against what the deployments are at. */

/* ---- what a deployment may ask for ---- */

static void
read_options (LedgerDeployment *d, const ApiDeploymentInfo *info)
{
  const ApiBlueGreenDeploymentConfiguration *from = info->blue_green_deployment_configuration;
  if (from == NULL)
    return;
  const ApiGreenFleetProvisioningOption *green = from->green_fleet_provisioning_option;
  const ApiBlueInstanceTerminationOption *blue =
      from->terminate_blue_instances_on_deployment_success;
  d->copies = green != NULL && g_strcmp0 (green->action, "COPY_AUTO_SCALING_GROUP") == 0;
  d->terminates = blue != NULL && g_strcmp0 (blue->action, "TERMINATE") == 0;
  if (d->terminates && blue->termination_wait_time_in_minutes != NULL)
    d->termination_ms = *blue->termination_wait_time_in_minutes * 60 * 1000;
}

void
rules_fleet_phase (Ledger *ledger, LedgerDeployment *d, const DeploymentRecord *row, gint64 now_ms)
{
  const ApiDeploymentInfo *info =
      d->course == COURSE_BLUE_GREEN ? engine_deployment_info (row, ledger->arena, NULL) : NULL;
  if (info != NULL)
    read_options (d, info);
  if (d->phase == DEPLOYMENT_PHASE_RETIRE && d->retire_ms == 0)
    d->retire_ms = now_ms;
}

void
ledger_wait_skipped (Ledger *ledger, const char *deployment_id)
{
  LedgerDeployment *d = ledger_find (ledger, deployment_id);
  if (d != NULL)
    d->skipped |= d->phase == DEPLOYMENT_PHASE_RETIRE;
}

gboolean
ledger_is_way_back (Ledger *ledger, const char *deployment_id)
{
  const LedgerDeployment *d = ledger_find (ledger, deployment_id);
  return d != NULL && d->course == COURSE_BLUE_GREEN_BACK;
}

const char *
ledger_pick_moving (const Ledger *ledger, guint64 number)
{
  for (guint i = 0; i < ledger->active->len; i++) {
    const LedgerDeployment *d =
        g_ptr_array_index (ledger->active, (i + number) % ledger->active->len);
    if (d->course == COURSE_BLUE_GREEN && d->phase != DEPLOYMENT_PHASE_INSTALL)
      return d->id;
  }
  return NULL;
}

static const LedgerDeployment *
undone_by (Ledger *ledger, const LedgerDeployment *d)
{
  return d->undoes != NULL ? ledger_find (ledger, d->undoes) : NULL;
}

static gboolean
has_to_do_with (const LedgerDeployment *d, const char *fleet)
{
  return d != NULL && (g_strcmp0 (d->source, fleet) == 0 || g_strcmp0 (d->copy, fleet) == 0);
}

gboolean
ledger_needs_fleet (Ledger *ledger, const char *fleet)
{
  for (guint i = 0; i < ledger->active->len; i++) {
    const LedgerDeployment *d = g_ptr_array_index (ledger->active, i);
    if (has_to_do_with (d, fleet) || has_to_do_with (undone_by (ledger, d), fleet))
      return TRUE;
  }
  return FALSE;
}

/* ---- copies ---- */

void
ledger_fleet_copied (Ledger *ledger, const char *deployment_id, const char *source,
                     const char *fleet)
{
  LedgerDeployment *d = ledger_find (ledger, deployment_id);
  if (d == NULL || !d->copies || d->complete_ms != 0 || d->phase != DEPLOYMENT_PHASE_INSTALL ||
      d->targets[0]->len > 0)
    ledger_break (ledger, RULE_COPIED, "%s is copied for %s, which asks for no copy", source,
                  deployment_id);
  else if (d->copy != NULL)
    ledger_break (ledger, RULE_COPIED, "%s is made for %s, which has %s already", fleet,
                  deployment_id, d->copy);
  if (d == NULL)
    return;
  ledger->counts.copies++;
  d->source = g_intern_string (source);
  d->copy = g_intern_string (fleet);
}

/* ---- ends ---- */

static const LedgerTarget *
find_name (const LedgerDeployment *d, TargetLabel label, const char *name)
{
  const GPtrArray *all = d->targets[label == TARGET_BLUE];
  for (guint i = 0; i < all->len; i++) {
    const LedgerTarget *target = g_ptr_array_index (all, i);
    if (g_strcmp0 (target->name, name) == 0)
      return target;
  }
  return NULL;
}

/* Why a deployment may not end its originals; NULL: it may. */
static const char *
find_hindrance (const LedgerDeployment *d, const char *fleet, const char *const *instances,
                gint64 now_ms)
{
  if (d->phase != DEPLOYMENT_PHASE_RETIRE || d->complete_ms != 0)
    return "it has not come so far, or has ended";
  if (!d->terminates)
    return "they are to be kept";
  if (!d->skipped && now_ms < d->retire_ms + d->termination_ms)
    return "its wait is not over";
  if (fleet != NULL && g_strcmp0 (fleet, d->source) != 0)
    return "they are of another group than the one that was copied";
  for (guint i = 0; i < d->targets[1]->len; i++) {
    const LedgerTarget *target = g_ptr_array_index (d->targets[1], i);
    if (target->status != TARGET_SUCCEEDED || target->hand != HAND_OUT)
      return "some of them still have traffic";
  }
  for (gsize i = 0; instances[i] != NULL; i++)
    if (find_name (d, TARGET_BLUE, instances[i]) == NULL)
      return "one of them is no original of it";
  return NULL;
}

/* The same of a rollback, which ends what was made. */
static const char *
find_hindrance_back (Ledger *ledger, const LedgerDeployment *d, const char *fleet)
{
  const LedgerDeployment *undone = undone_by (ledger, d);
  if (d->phase != DEPLOYMENT_PHASE_RETIRE || d->complete_ms != 0)
    return "it has not come so far, or has ended";
  if (undone == NULL || fleet == NULL)
    return "nothing was made";
  if (undone->copy != NULL && strcmp (fleet, undone->copy) != 0)
    return "they are not what was made";
  for (guint i = 0; i < d->targets[0]->len; i++)
    if (((const LedgerTarget *)g_ptr_array_index (d->targets[0], i))->hand != HAND_OUT)
      return "some of them still have traffic";
  return NULL;
}

void
ledger_fleet_retired (Ledger *ledger, const char *deployment_id, const char *fleet,
                      const char *const *instances, gint64 now_ms)
{
  LedgerDeployment *d = ledger_find (ledger, deployment_id);
  const char *why = d == NULL ? "there is none"
                    : d->course == COURSE_BLUE_GREEN_BACK
                        ? find_hindrance_back (ledger, d, fleet)
                        : find_hindrance (d, fleet, instances, now_ms);
  if (why != NULL)
    ledger_break (ledger, RULE_RETIRED, "%s end at the word of %s: %s",
                  fleet != NULL ? fleet : "instances", deployment_id, why);
  if (d == NULL)
    return;
  ledger->counts.retired += !d->retired;
  d->retired = TRUE;
}

/* What it took out of service has its traffic again, by its rollback. */
static void
check_originals (Ledger *ledger, const LedgerDeployment *back, const LedgerDeployment *undone)
{
  for (guint i = 0; i < undone->targets[1]->len; i++) {
    const LedgerTarget *original = g_ptr_array_index (undone->targets[1], i);
    const LedgerTarget *again = find_name (back, TARGET_BLUE, original->name);
    LedgerHand hand = again != NULL ? again->hand : original->hand;
    if (hand == HAND_OUT)
      ledger_break (ledger, RULE_ORIGINALS, "%s has taken %s back, and %s has no traffic", back->id,
                    undone->id, original->name);
  }
}

void
rules_fleet_end (Ledger *ledger, LedgerDeployment *d, const DeploymentRecord *row)
{
  const LedgerDeployment *undone = undone_by (ledger, d);
  gboolean well = d->status == DEPLOYMENT_SUCCEEDED;
  if (d->course == COURSE_BLUE_GREEN && d->retired && !well)
    ledger_break (ledger, RULE_ORIGINALS, "%s is %s, and its originals have ended", d->id,
                  deployment_status_name (d->status));
  if (d->course == COURSE_BLUE_GREEN && well && d->terminates && d->copies && !d->retired &&
      row->note == NULL)
    ledger_break (ledger, RULE_RETIRED, "%s has succeeded, and its originals were not ended",
                  d->id);
  if (d->course == COURSE_BLUE_GREEN_BACK && well && undone != NULL) {
    check_originals (ledger, d, undone);
    if (undone->copy != NULL && !d->retired && row->note == NULL)
      ledger_break (ledger, RULE_RETIRED, "%s has taken %s back, and %s is still there", d->id,
                    undone->id, undone->copy);
  }
}

/* ---- instances that come and go ---- */

gboolean
fleets_prepare (StoreTx *tx, GError **error)
{
  static const char *const statements[] = {
    "CREATE TEMP TABLE waits (n INTEGER PRIMARY KEY, key TEXT NOT NULL, deployment_id TEXT)",
    "CREATE TEMP TRIGGER wait_put AFTER INSERT ON main.scaling_wait BEGIN INSERT INTO waits"
    " (key, deployment_id) VALUES (NEW.hook || ':' || NEW.instance_id,"
    " COALESCE (NEW.deployment_id, '')); END",
    "CREATE TEMP TRIGGER wait_gone AFTER DELETE ON main.scaling_wait BEGIN INSERT INTO waits"
    " (key) VALUES (OLD.hook || ':' || OLD.instance_id); END",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!store_exec (tx, statements[i], STORE_NO_ARGS, NULL, error))
      return FALSE;
  return TRUE;
}

gboolean
fleets_look (Ledger *ledger, StoreTx *tx, GError **error)
{
  static const char read[] = "SELECT key, deployment_id FROM temp.waits ORDER BY n";
  g_autoptr (GError) failure = NULL;
  gsize n = 0;
  g_autoptr (StoreRows) rows = store_query (tx, read, STORE_NO_ARGS, error);
  if (rows == NULL)
    return FALSE;
  for (; store_rows_next (rows, &failure); n++) {
    const char *key = store_rows_text (rows, 0), *id = store_rows_text (rows, 1);
    if (id == NULL)
      g_hash_table_remove (ledger->waits, key);
    else
      g_hash_table_insert (ledger->waits, g_strdup (key), g_strdup (id));
  }
  g_clear_pointer (&rows, store_rows_free);
  if (failure != NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  return n == 0 || store_exec (tx, "DELETE FROM temp.waits", STORE_NO_ARGS, NULL, error);
}

/* What an instance is told follows from its deployment; without one it goes on. */
static const char *
right_result (Ledger *ledger, const char *deployment_id)
{
  const LedgerDeployment *d = ledger_find (ledger, deployment_id);
  if (d == NULL)
    return "CONTINUE";
  if (d->complete_ms == 0)
    return NULL;
  return d->status == DEPLOYMENT_SUCCEEDED || d->creator == CREATOR_AUTOSCALING_TERMINATION
             ? "CONTINUE"
             : "ABANDON";
}

void
ledger_action (Ledger *ledger, const char *hook, const char *instance_id, const char *result)
{
  g_autofree char *key = g_strdup_printf ("%s:%s", hook, instance_id);
  const char *id = g_hash_table_lookup (ledger->waits, key);
  if (id == NULL) {
    ledger_break (ledger, RULE_SCALED, "Auto Scaling is told of %s, which waits for nothing",
                  instance_id);
    return;
  }
  const char *right = right_result (ledger, id);
  if (g_strcmp0 (result, right) != 0)
    ledger_break (ledger, RULE_SCALED, "%s is told %s, where its deployment \"%s\" says %s",
                  instance_id, result != NULL ? result : "to wait", id,
                  right != NULL ? right : "to wait");
}

/* ---- what instances have ---- */

/* deployments.md 6.5: repeated until none is outdated, so often at most. */
#define MOST_FOLLOW_UPS 10

void
rules_fleet_target (LedgerDeployment *d, const LedgerTarget *target)
{
  if (d->group == NULL || target->status == TARGET_SKIPPED ||
      !lifecycle_plan_installs (target->plan))
    return;
  g_hash_table_remove (d->group->arrivals, target->name);
  if (d->creator != CREATOR_AUTOSCALING || target->status != TARGET_SUCCEEDED)
    return;
  LedgerArrival *arrival = g_new0 (LedgerArrival, 1);
  arrival->revision = d->revision;
  arrival->deployment = d;
  g_hash_table_insert (d->group->arrivals, (gpointer)target->name, arrival);
}

gboolean
ledger_is_up_to_date (Ledger *ledger, const char *group_id, const char *instance_id)
{
  const LedgerGroup *group = ledger_group (ledger, group_id);
  const LedgerArrival *arrival = g_hash_table_lookup (group->arrivals, instance_id);
  return arrival == NULL || arrival->revision == group->good_revision || !group->ended_well ||
         group->n_follow_ups >= MOST_FOLLOW_UPS ||
         arrival->deployment->complete_ms < group->good_create_ms;
}
