#include "store/records/fleet.h"
#include "server/actions/catalog.h"
#include "server/engine/effects.h"
#include "server/engine/follow-ups.h"
#include "server/engine/private.h"

/* The EC2 instances of a deployment (deployments.md 8.1): asked for when it starts, kept as rows until its targets are written
 * down. Until they are told it stays Created, and waits for its fleet. */

/* A list with more on it is not kept: no deployment may have so many. */
#define FLEET_MOST 20000

/* Errands of a deployment as a whole; one a list. */
static gint64
ordinal_of (FleetSide side)
{
  return side == FLEET_REPLACEMENT ? ERRAND_NO_TARGET - 1 : ERRAND_NO_TARGET;
}

static FleetSide
side_of (gint64 ordinal)
{
  return ordinal == ERRAND_NO_TARGET ? FLEET_ORIGINAL : FLEET_REPLACEMENT;
}

gboolean
fleet_is_given (const DeploymentRecord *deployment)
{
  return deployment->creator == CREATOR_AUTOSCALING ||
         deployment->creator == CREATOR_AUTOSCALING_TERMINATION;
}

static gboolean
ask (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment, FleetSide side,
     const FleetSelector *selector, gint64 now_ms, Arena *arena, gboolean *listed, GError **error)
{
  FleetInstanceList list;
  ErrandRecord *asked;
  gint64 list_ms;
  if (fleet_selector_is_empty (selector))
    return TRUE;
  if (!fleet_record_get (tx, deployment->id, side, arena, &list, &list_ms, error))
    return FALSE;
  if (list_ms != 0)
    return TRUE;
  *listed = FALSE;
  if (!errand_record_get (tx, deployment->id, ordinal_of (side), ERRAND_LIST_FLEET, arena, &asked,
                          error))
    return FALSE;
  if (asked != NULL)
    return TRUE;
  const ErrandRecord errand = { .owner_id = deployment->id,
                                .ordinal = ordinal_of (side),
                                .kind = ERRAND_LIST_FLEET,
                                .request_json = fleet_selector_to_text (selector, arena),
                                .create_ms = now_ms,
                                .due_ms = now_ms };
  return engine_put_errand (engine, tx, &errand, error);
}

gboolean
fleet_ensure_listed (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                     const ApiDeploymentInfo *info, DeploymentGroupRecord *group, gint64 now_ms,
                     Arena *arena, gboolean *out_listed, GError **error)
{
  *out_listed = TRUE;
  if (!engine->config.lists_instances || fleet_is_given (deployment))
    return TRUE;
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, arena, error);
  if (settings == NULL)
    return FALSE;
  if (!scaling_ensure (engine, tx, group, settings, now_ms, arena, error))
    return FALSE;
  const FleetSelector original = fleet_selector_of_group (settings, arena);
  if (!ask (engine, tx, deployment, FLEET_ORIGINAL, &original, now_ms, arena, out_listed, error))
    return FALSE;
  if (info->target_instances != NULL) {
    const FleetSelector replacement =
        fleet_selector_of_target_instances (info->target_instances, arena);
    if (!ask (engine, tx, deployment, FLEET_REPLACEMENT, &replacement, now_ms, arena, out_listed,
              error))
      return FALSE;
  }
  if (*out_listed || deployment->wait == DEPLOYMENT_WAIT_FLEET)
    return TRUE;
  deployment->wait = DEPLOYMENT_WAIT_FLEET;
  deployment->wait_until_ms = now_ms + engine->config.times.fleet_ms;
  return engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_FLEET,
                           deployment->wait_until_ms, error) &&
         deployment_record_update (tx, deployment, error);
}

/* ---- what was told ---- */

void
fleet_read (const char *members_json, const FleetSelector *selector, Arena *arena,
            FleetInstanceList *out, Refusal *out_refusal)
{
  FleetMemberList members;
  g_autoptr (GError) malformed = NULL;
  *out = (FleetInstanceList){ 0, NULL };
  *out_refusal = (Refusal){ DEPLOYMENT_ERROR_NONE, NULL };
  if (!fleet_members_parse (members_json, arena, &members, &malformed)) {
    *out_refusal = (Refusal){ DEPLOYMENT_ERROR_INTERNAL_ERROR,
                              arena_printf (arena, "The list of EC2 instances cannot be read: %s",
                                            malformed->message) };
    return;
  }
  FleetInstance *kept = arena_new0_n (arena, FleetInstance, MAX (members.n, 1));
  *out = (FleetInstanceList){ 0, arena_new0_n (arena, FleetInstance *, MAX (members.n, 1)) };
  for (gsize i = 0; i < members.n; i++) {
    const FleetMember *member = &members.items[i];
    if (selector != NULL && !fleet_selector_takes (selector, member))
      continue;
    kept[out->n] = (FleetInstance){ member->id, member->arn, member->zone,
                                    fleet_tags_to_text (member->tags, member->n_tags, arena) };
    out->items[out->n] = &kept[out->n];
    out->n++;
  }
  if (out->n > FLEET_MOST)
    *out_refusal =
        (Refusal){ DEPLOYMENT_ERROR_OVER_MAX_INSTANCES,
                   arena_printf (arena, "%" G_GSIZE_FORMAT " EC2 instances are selected", out->n) };
}

gboolean
fleet_keep (StoreTx *tx, const char *owner_id, FleetSide side, const char *members_json,
            const FleetSelector *selector, gint64 now_ms, Arena *arena, Refusal *out_refusal,
            GError **error)
{
  FleetInstanceList list;
  fleet_read (members_json, selector, arena, &list, out_refusal);
  return out_refusal->code != DEPLOYMENT_ERROR_NONE ||
         fleet_record_put (tx, owner_id, side, &list, now_ms, error);
}

static gboolean
go_on_when_all_is_told (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, FleetSide other,
                        gint64 now_ms, Arena *arena, GError **error)
{
  ErrandRecord *open;
  if (!errand_record_get (tx, deployment->id, ordinal_of (other), ERRAND_LIST_FLEET, arena, &open,
                          error))
    return FALSE;
  if (open != NULL)
    return TRUE;
  deployment->wait = DEPLOYMENT_WAIT_NONE;
  deployment->wait_until_ms = 0;
  /* As a timer: a start that fails ends the deployment, where a result that cannot be taken would be told again. */
  return timer_record_delete (tx, deployment->id, TIMER_NO_TARGET, TIMER_FLEET, error) &&
         deployment_record_update (tx, deployment, error) &&
         engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_START, now_ms, error);
}

Refusal
fleet_refusal (const ErrandResult *result, const FleetSelector *selector, Arena *arena)
{
  return (Refusal){
    result->code != DEPLOYMENT_ERROR_NONE ? result->code : DEPLOYMENT_ERROR_INTERNAL_ERROR,
    arena_printf (arena, "The %s cannot be listed: %s", fleet_selector_describe (selector, arena),
                  result->message != NULL ? result->message : "no reason")
  };
}

gboolean
fleet_settle_list (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                   const ErrandResult *result, gint64 now_ms, Arena *arena, GError **error)
{
  FleetSide side = side_of (errand->ordinal);
  FleetSide other = side == FLEET_ORIGINAL ? FLEET_REPLACEMENT : FLEET_ORIGINAL;
  FleetSelector selector;
  Refusal refusal = { DEPLOYMENT_ERROR_NONE, NULL };
  DeploymentRecord *deployment = deployment_load (tx, errand->owner_id, arena, error);
  if (deployment == NULL || !fleet_selector_parse (errand->request_json, arena, &selector, error))
    return FALSE;
  if (deployment->status != DEPLOYMENT_CREATED || deployment->wait != DEPLOYMENT_WAIT_FLEET)
    return TRUE;
  if (result->outcome == ERRAND_REFUSED)
    refusal = fleet_refusal (result, &selector, arena);
  else if (!fleet_keep (tx, deployment->id, side, result->answer_json, &selector, now_ms, arena,
                        &refusal, error))
    return FALSE;
  if (refusal.code != DEPLOYMENT_ERROR_NONE)
    return deployment_close (engine, tx, deployment, refusal.code, refusal.message, now_ms, arena,
                             error);
  return go_on_when_all_is_told (engine, tx, deployment, other, now_ms, arena, error);
}

gboolean
fleet_expire (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
              Arena *arena, GError **error)
{
  ErrandRecord *errand = NULL;
  if (deployment->status != DEPLOYMENT_CREATED || deployment->wait != DEPLOYMENT_WAIT_FLEET)
    return TRUE;
  for (FleetSide side = FLEET_ORIGINAL; errand == NULL && side <= FLEET_REPLACEMENT; side++)
    if (!errand_record_get (tx, deployment->id, ordinal_of (side), ERRAND_LIST_FLEET, arena,
                            &errand, error))
      return FALSE;
  return deployment_close (
      engine, tx, deployment, DEPLOYMENT_ERROR_TIMEOUT,
      arena_printf (arena, "The EC2 instances were not listed within %" G_GINT64_FORMAT " s%s%s",
                    engine->config.times.fleet_ms / 1000,
                    errand != NULL && errand->waits_for != NULL ? ": " : "",
                    errand != NULL && errand->waits_for != NULL ? errand->waits_for : ""),
      now_ms, arena, error);
}
