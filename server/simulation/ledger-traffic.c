#include "server/simulation/ledger-private.h"

/* What balancers do with hosts at a deployment's word: held against what that deployment may ask for. What others ask for the same
 * hosts is theirs to answer for. */

/* ---- events ---- */

/* Between the two traffic events nothing may reach the host. */
void
rules_traffic_of_event (Ledger *ledger, const LedgerTarget *target, const char *command_id,
                        gsize step)
{
  gboolean after_block = FALSE, before_allow = FALSE;
  for (gsize i = 0; i < target->plan->n_events; i++) {
    after_block |= i < step && target->plan->events[i] == LIFECYCLE_BLOCK_TRAFFIC;
    before_allow |= i > step && target->plan->events[i] == LIFECYCLE_ALLOW_TRAFFIC;
  }
  if (after_block && before_allow && !g_hash_table_contains (ledger->blocked, target->name))
    ledger_break (ledger, RULE_TRAFFIC, "%s was begun while %s had traffic", command_id,
                  target->name);
}

/* Skipped, where the target has no such event. */
static EventStatus
status_of (const LedgerTarget *target, LifecycleEvent event)
{
  for (gsize i = 0; i < target->plan->n_events; i++)
    if (target->plan->events[i] == event)
      return target->events[i];
  return EVENT_SKIPPED;
}

/* A target gets its traffic at the end of its walk, or when its deployment ends before it has come far. */
void
rules_traffic_of_end (Ledger *ledger, const LedgerDeployment *deployment,
                      const LedgerTarget *target)
{
  gboolean got = status_of (target, LIFECYCLE_ALLOW_TRAFFIC) == EVENT_SUCCEEDED;
  gboolean lost = status_of (target, LIFECYCLE_BLOCK_TRAFFIC) == EVENT_SUCCEEDED;
  if (got && target->hand != HAND_IN)
    ledger_break (ledger, RULE_TRAFFIC, "%s was given its traffic in %s and has none", target->name,
                  deployment->id);
  if (!got && lost && target->status == TARGET_SUCCEEDED && target->hand != HAND_OUT)
    ledger_break (ledger, RULE_TRAFFIC, "%s succeeded in %s and still has traffic", target->name,
                  deployment->id);
}

/* ---- how many serve ---- */

static gint64
count_hand (const LedgerDeployment *deployment, TargetLabel label, LedgerHand hand)
{
  const GPtrArray *all = deployment->targets[label == TARGET_BLUE];
  gint64 n = 0;
  for (guint i = 0; i < all->len; i++)
    n += ((const LedgerTarget *)g_ptr_array_index (all, i))->hand == hand;
  return n;
}

/* In place: those that are out of service are those that run or have failed. */
static void
check_in_place (Ledger *ledger, const LedgerDeployment *d, const LedgerTarget *target)
{
  gint64 n_out = count_hand (d, TARGET_UNLABELLED, HAND_OUT);
  if (n_out > MAX (ledger_budget (d), 1))
    ledger_break (ledger, RULE_SERVING,
                  "%s loses its traffic: %" G_GINT64_FORMAT " of the %" G_GINT64_FORMAT
                  " hosts of %s have none, and %" G_GINT64_FORMAT " must serve",
                  target->name, n_out, d->n_targets, d->id, d->minimum);
}

/* A fleet that is replaced: those that take its place have the traffic first. In a rollback originals that were never touched
 * serve as well. */
static void
check_replaced (Ledger *ledger, const LedgerDeployment *d, const LedgerTarget *target)
{
  gboolean back = d->course == COURSE_BLUE_GREEN_BACK;
  TargetLabel entering = back ? TARGET_BLUE : TARGET_GREEN;
  const LedgerDeployment *undone =
      back && d->undoes != NULL ? ledger_find (ledger, d->undoes) : NULL;
  gint64 n_serve = count_hand (d, entering, HAND_IN);
  if (target->plan->label == entering)
    return;
  if (undone != NULL && undone->targets[1]->len == 0) /* it had replaced nobody */
    return;
  if (undone != NULL)
    n_serve += count_hand (undone, TARGET_BLUE, HAND_NONE);
  if (n_serve < MAX (d->must_serve, 1))
    ledger_break (ledger, RULE_SERVING,
                  "%s of %s loses its traffic while %" G_GINT64_FORMAT
                  " hosts serve in its place, and %" G_GINT64_FORMAT " must",
                  target->name, d->id, n_serve, MAX (d->must_serve, 1));
}

static void
set_hand (Ledger *ledger, const LedgerDeployment *d, LedgerTarget *target, LedgerHand hand)
{
  gboolean leaves = hand == HAND_OUT && target->hand != HAND_OUT;
  target->hand = hand;
  if (!leaves)
    return;
  if (ledger_replaces (d))
    check_replaced (ledger, d, target);
  else
    check_in_place (ledger, d, target);
}

gboolean
ledger_has_target (Ledger *ledger, const char *deployment_id, gint64 ordinal)
{
  LedgerDeployment *deployment = ledger_find (ledger, deployment_id);
  return deployment != NULL &&
         ordinal % LEDGER_FAR_ORDINAL < deployment->targets[ordinal >= LEDGER_FAR_ORDINAL]->len;
}

void
ledger_traffic (Ledger *ledger, const char *deployment_id, gint64 ordinal, LedgerTraffic traffic)
{
  LedgerDeployment *deployment = ledger_find (ledger, deployment_id);
  LedgerTarget *target = deployment != NULL ? ledger_target (deployment, ordinal) : NULL;
  if (target == NULL || !target->known) {
    ledger_break (ledger, RULE_SERVER, "a balancer is asked for target %" G_GINT64_FORMAT " of %s",
                  ordinal, deployment_id);
    return;
  }
  set_hand (ledger, deployment, target, traffic == LEDGER_TRAFFIC_ALLOWED ? HAND_IN : HAND_OUT);
  if (traffic == LEDGER_TRAFFIC_BLOCKED)
    g_hash_table_add (ledger->blocked, (gpointer)target->name);
  else if (traffic == LEDGER_TRAFFIC_ALLOWED)
    g_hash_table_remove (ledger->blocked, target->name);
}
