#include "server/engine/private.h"

/* A deployment ends while traffic is taken from a host, or right after. Nothing of the new revision has come there, so the host
 * gets its traffic back before the target ends: nobody else would see to that (deployments.md 4.7 says of the hosts only that
 * their state may be anything). No command is sent for it, BlockTraffic is not cut short, and a host on which more has happened stays
 * out: what runs there may be anything, too.
 *
 * Not done where a rollback follows, which deals with all hosts and should not wait; nor for a host whose last deployment did not
 * succeed, which its load balancers might never find healthy. */

gboolean
turn_back_judge (StoreTx *tx, const DeploymentRecord *deployment, const TargetRecord *record,
                 const Target *target, gsize n_ended, Arena *arena, gboolean *out, GError **error)
{
  TargetHealthRecord *health;
  gboolean rolls_back;
  *out = FALSE;
  if (record->attempt > 1 || !target_is_only_blocked (target, n_ended))
    return TRUE;
  if (!deployment_will_roll_back (tx, deployment, arena, &rolls_back, error) ||
      !target_health_record_get (tx, deployment->group_id, record->target_arn, arena, &health,
                                 error))
    return FALSE;
  *out = !rolls_back && health != NULL && health->healthy;
  return TRUE;
}

void
turn_back_tell (Target *target, Arena *arena)
{
  TargetEvent *last = NULL;
  for (gsize i = 0; i < target->n_events; i++)
    if (target->events[i].status == EVENT_SUCCEEDED || target->events[i].status == EVENT_FAILED)
      last = &target->events[i];
  const char *what = NULL;
  if (target_is_left_blocked (target))
    what = "the deployment ended here, and left the host without traffic: " TARGET_LEFT_BLOCKED;
  else if (target_has_turned_back (target) && last != NULL && last->status == EVENT_SUCCEEDED)
    what = "the deployment ended before anything of its revision came to the host, which has its "
           "traffic again";
  if (what == NULL || last == NULL)
    return;
  last->diagnostics.message = event_add_remark (last->diagnostics.message, what, arena);
}
