#include "server/actions/catalog.h"
#include "server/engine/effects.h"
#include "server/engine/private.h"
#include "server/engine/replacement.h"

#include <string.h>

/* Deployments that replace a fleet, until their targets are known: blue/green on hosts, and its rollback (deployments.md 1.3, 1.4,
 * 4.8, 5). What follows is core/course.h and phases.c; the two phases of the service are in replacement.c. */

BlueGreenOptions
blue_green_options (const Engine *engine, const ApiDeploymentInfo *info)
{
  const ApiBlueGreenDeploymentConfiguration *from = info->blue_green_deployment_configuration;
  BlueGreenOptions out = { .ready_minutes = 0 };
  if (from == NULL)
    return out;
  const ApiDeploymentReadyOption *ready = from->deployment_ready_option;
  const ApiBlueInstanceTerminationOption *blue =
      from->terminate_blue_instances_on_deployment_success;
  out.copies =
      from->green_fleet_provisioning_option != NULL &&
      g_strcmp0 (from->green_fleet_provisioning_option->action, "COPY_AUTO_SCALING_GROUP") == 0;
  out.stops_unless = ready != NULL && g_strcmp0 (ready->action_on_timeout, "STOP_DEPLOYMENT") == 0;
  if (out.stops_unless && ready->wait_time_in_minutes != NULL)
    out.ready_minutes = *ready->wait_time_in_minutes;
  if (out.ready_minutes == 0) /* a wait that is over at once could never be continued */
    out.ready_minutes = engine->config.quotas->ready_wait_minutes;
  out.terminates = blue != NULL && g_strcmp0 (blue->action, "TERMINATE") == 0;
  if (out.terminates && blue->termination_wait_time_in_minutes != NULL)
    out.termination_minutes = *blue->termination_wait_time_in_minutes;
  return out;
}

/* ---- hosts that no AWS service knows ---- */

static gboolean
carries (const Engine *engine, const char *kind, const char *name)
{
  return engine->config.carries_registered_hosts != NULL &&
         engine->config.carries_registered_hosts (engine->config.balancers_ctx, kind, name);
}

/* The first balancer that takes EC2 instances only; NULL: there is none. */
static const char *
find_balancer_of_ec2 (const Engine *engine, const ApiLoadBalancerInfo *info)
{
  for (gsize i = 0; info->elb_info_list != NULL && i < info->elb_info_list->n; i++)
    if (!carries (engine, "elb", info->elb_info_list->items[i]->name))
      return info->elb_info_list->items[i]->name;
  for (gsize i = 0; info->target_group_info_list != NULL && i < info->target_group_info_list->n;
       i++)
    if (!carries (engine, "targetGroup", info->target_group_info_list->items[i]->name))
      return info->target_group_info_list->items[i]->name;
  return NULL;
}

static const Candidate *
find_registered (const CandidateList *list)
{
  for (gsize i = 0; i < list->n; i++)
    if (!candidate_is_ec2 (list->items[i].host_arn))
      return &list->items[i];
  return NULL;
}

/* deployments.md 5.1: on-premises instances cannot take part, unless all balancers can send them traffic. */
static Refusal
judge_registered (const Engine *engine, const ApiDeploymentInfo *info, const CandidateList *list,
                  Arena *arena)
{
  const Candidate *registered = find_registered (list);
  const char *balancer =
      registered != NULL ? find_balancer_of_ec2 (engine, info->load_balancer_info) : NULL;
  if (balancer == NULL)
    return (Refusal){ DEPLOYMENT_ERROR_NONE, NULL };
  return (
      Refusal){ DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE,
                arena_printf (arena,
                              "Instance %s is an on-premises instance, and the load balancer %s "
                              "takes EC2 instances only, so it cannot take part in a blue/green "
                              "deployment; give the group a load balancer of integrations.yml that "
                              "takes registered instances (driver haproxy), or the type IN_PLACE",
                              registered->name, balancer) };
}

/* ---- discovered replacements ---- */

/* A host that serves already is no replacement of itself. */
static void
leave_out_originals (CandidateList *green, const CandidateList *blue)
{
  g_autoptr (GHashTable) originals = g_hash_table_new (g_str_hash, g_str_equal);
  gsize n = 0;
  for (gsize i = 0; i < blue->n; i++)
    g_hash_table_add (originals, (gpointer)blue->items[i].host_arn);
  for (gsize i = 0; i < green->n; i++)
    if (!g_hash_table_contains (originals, green->items[i].host_arn))
      green->items[n++] = green->items[i];
  green->n = n;
}

static gboolean
find_discovered (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                 const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                 const FleetTold *told, const CandidateList *blue, Arena *arena,
                 CandidateList *green, Refusal *out, GError **error)
{
  if (!candidates_resolve_replacement (engine, tx, deployment, info, group, told, arena, green,
                                       error))
    return FALSE;
  gsize n_selected = green->n_selected;
  leave_out_originals (green, blue);
  const char *nothing = arena_printf (
      arena,
      n_selected == 0
          ? "The deployment's targetInstances select no instance that could replace those of "
            "deployment group %s; compare their filters with the tags of the instances"
          : "All instances that the deployment's targetInstances select are in deployment group %s "
            "already; a replacement must be another instance",
      deployment->group_name);
  if (!candidates_judge (engine, tx, deployment, green, nothing, arena, out, error))
    return FALSE;
  if (out->code == DEPLOYMENT_ERROR_NONE)
    *out = judge_registered (engine, info, green, arena);
  return TRUE;
}

static gboolean
discover (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, const ApiDeploymentInfo *info,
          const DeploymentGroupRecord *group, const CandidateList *blue, gint64 now_ms,
          Arena *arena, GError **error)
{
  CandidateList green;
  Refusal refusal;
  if (!find_discovered (engine, tx, deployment, info, group, NULL, blue, arena, &green, &refusal,
                        error))
    return FALSE;
  if (refusal.code != DEPLOYMENT_ERROR_NONE)
    return deployment_close (engine, tx, deployment, refusal.code, refusal.message, now_ms, arena,
                             error);
  return candidates_insert (tx, deployment, blue, LIFECYCLE_PLAN_BLUE, now_ms, error) &&
         deployment_begin (engine, tx, deployment, info, &green, LIFECYCLE_PLAN_GREEN, now_ms,
                           arena, error);
}

/* ---- copied replacements ---- */

/* The group's only Auto Scaling group; NULL: it has none any more. */
static const char *
source_fleet (const DeploymentGroupRecord *group, Arena *arena)
{
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, arena, NULL);
  return settings != NULL && settings->auto_scaling_groups != NULL &&
                 settings->auto_scaling_groups->n > 0
             ? settings->auto_scaling_groups->items[0]->name
             : NULL;
}

static Refusal
refuse_without_source (const DeploymentRecord *deployment, Arena *arena)
{
  return (Refusal){ DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION,
                    arena_printf (arena,
                                  "Deployment group %s has the option COPY_AUTO_SCALING_GROUP and "
                                  "no Auto Scaling group that could be copied; give it one",
                                  deployment->group_name) };
}

static gboolean
copy (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, const DeploymentGroupRecord *group,
      const CandidateList *blue, gint64 now_ms, Arena *arena, GError **error)
{
  DeploymentAction action;
  const char *source = source_fleet (group, arena);
  if (source == NULL) {
    const Refusal refusal = refuse_without_source (deployment, arena);
    return deployment_close (engine, tx, deployment, refusal.code, refusal.message, now_ms, arena,
                             error);
  }
  if (!deployment_machine_step (&deployment->status, DEPLOYMENT_EV_START, &action))
    return TRUE;
  deployment->start_ms = now_ms;
  deployment->n_targets = deployment->n_pending = (gint64)blue->n;
  deployment->copied_fleet = source;
  deployment->fleet_name =
      arena_printf (arena, "CodeDeploy_%s_%s", deployment->group_name, deployment->id);
  return candidates_insert (tx, deployment, blue, LIFECYCLE_PLAN_BLUE, now_ms, error) &&
         engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_TOTAL,
                           now_ms + deployment_total_ms (engine, deployment), error) &&
         replacement_ask (engine, tx, deployment, ERRAND_COPY_FLEET,
                          json_pack ("{s:s, s:s, s:s}", "autoScalingGroup", source, "name",
                                     deployment->fleet_name, "deploymentId", deployment->id),
                          now_ms, arena, error);
}

gboolean
blue_green_copied (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                   const char *answer_json, gint64 now_ms, Arena *arena, GError **error)
{
  CandidateList green;
  DeploymentGroupRecord *group;
  Refusal refusal;
  const ApiDeploymentInfo *info = engine_deployment_info (deployment, arena, error);
  const char *nothing =
      arena_printf (arena,
                    "The Auto Scaling group %s, which was made for the deployment, has no "
                    "instance in service",
                    deployment->fleet_name);
  if (info == NULL ||
      !deployment_group_record_by_id (tx, deployment->group_id, arena, &group, error) ||
      !fleet_keep (tx, deployment->id, FLEET_REPLACEMENT, answer_json, NULL, now_ms, arena,
                   &refusal, error))
    return FALSE;
  if (refusal.code == DEPLOYMENT_ERROR_NONE &&
      (!candidates_resolve_replacement (engine, tx, deployment, info, group, NULL, arena, &green,
                                        error) ||
       !candidates_judge (engine, tx, deployment, &green, nothing, arena, &refusal, error)))
    return FALSE;
  if (refusal.code != DEPLOYMENT_ERROR_NONE)
    return deployment_close (engine, tx, deployment, refusal.code, refusal.message, now_ms, arena,
                             error);
  return deployment_begin (engine, tx, deployment, info, &green, LIFECYCLE_PLAN_GREEN, now_ms,
                           arena, error);
}

gboolean
blue_green_start (Engine *engine, StoreTx *tx, DeploymentRecord *deployment,
                  const ApiDeploymentInfo *info, const DeploymentGroupRecord *group, gint64 now_ms,
                  Arena *arena, GError **error)
{
  CandidateList blue;
  deployment->course = COURSE_BLUE_GREEN;
  if (!candidates_resolve (engine, tx, deployment, info, group, NULL, arena, &blue, error))
    return FALSE;
  const Refusal refusal = judge_registered (engine, info, &blue, arena);
  if (refusal.code != DEPLOYMENT_ERROR_NONE)
    return deployment_close (engine, tx, deployment, refusal.code, refusal.message, now_ms, arena,
                             error);
  if (blue_green_options (engine, info).copies)
    return copy (engine, tx, deployment, group, &blue, now_ms, arena, error);
  return discover (engine, tx, deployment, info, group, &blue, now_ms, arena, error);
}

/* ---- what it would be ---- */

static gboolean
preview_copy (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
              const DeploymentGroupRecord *group, const FleetTold *told, Arena *arena,
              StartPreview *out, GError **error)
{
  Refusal refusal;
  out->copied = source_fleet (group, arena);
  out->n_copied = told != NULL ? told->n_in_service : 0;
  if (out->copied == NULL)
    refusal = refuse_without_source (deployment, arena);
  else if (!engine->config.lists_instances)
    refusal =
        (Refusal){ DEPLOYMENT_ERROR_INTERNAL_ERROR,
                   arena_printf (arena,
                                 "This server does not copy Auto Scaling group %s: that takes a "
                                 "section aws, and inventory: {ec2: true}, in its integrations.yml",
                                 out->copied) };
  else {
    const CandidateList made = { .n = out->n_copied };
    const char *nothing = arena_printf (
        arena, "No instance of Auto Scaling group %s is in service, so a copy would have none",
        out->copied);
    if (!candidates_judge (engine, tx, deployment, &made, nothing, arena, &refusal, error))
      return FALSE;
  }
  preview_refuse (out, refusal);
  return TRUE;
}

gboolean
blue_green_preview (Engine *engine, StoreTx *tx, const DeploymentRecord *deployment,
                    const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                    const FleetTold *told, Arena *arena, StartPreview *out, GError **error)
{
  CandidateList *blue = &out->originals;
  Refusal refusal;
  if (!candidates_resolve (engine, tx, deployment, info, group, told, arena, blue, error))
    return FALSE;
  preview_refuse (out, judge_registered (engine, info, blue, arena));
  if (blue_green_options (engine, info).copies)
    return preview_copy (engine, tx, deployment, group, told, arena, out, error);
  if (!find_discovered (engine, tx, deployment, info, group, told, blue, arena, &out->candidates,
                        &refusal, error))
    return FALSE;
  preview_refuse (out, refusal);
  return TRUE;
}

/* ---- the way back ---- */

/* Whether anything was done to its traffic. */
static gboolean
was_rerouted (const TargetRecord *record, Arena *arena, gboolean *out, GError **error)
{
  Target target;
  if (!engine_read_target (record, arena, &target, error))
    return FALSE;
  *out = FALSE;
  for (gsize i = target.gate; i < target.n_events; i++)
    if (target.events[i].status == EVENT_SUCCEEDED || target.events[i].status == EVENT_FAILED)
      *out = TRUE;
  return TRUE;
}

static gboolean
take_over (StoreTx *tx, const DeploymentRecord *deployment, TargetLabel label,
           LifecyclePlanKind plan, gint64 now_ms, Arena *arena, gint64 *n_taken, GError **error)
{
  TargetRecordList targets;
  if (!target_record_of_label (tx, deployment->rollback_of, label, arena, &targets, error))
    return FALSE;
  CandidateList taken = { 0, arena_new0_n (arena, Candidate, targets.n), targets.n };
  for (gsize i = 0; i < targets.n; i++) {
    const TargetRecord *from = targets.items[i];
    gboolean rerouted;
    if (!was_rerouted (from, arena, &rerouted, error))
      return FALSE;
    if (rerouted)
      taken.items[taken.n++] = (Candidate){ .name = from->target_id,
                                            .target_arn = from->target_arn,
                                            .host_arn = from->host_arn,
                                            .zone = from->zone };
  }
  *n_taken += (gint64)taken.n;
  return candidates_insert (tx, deployment, &taken, plan, now_ms, error);
}

/* Its targets are those whose traffic was touched. There may be none: then nothing has to be moved, and what the deployment made
 * goes. */
gboolean
blue_green_start_back (Engine *engine, StoreTx *tx, DeploymentRecord *deployment, gint64 now_ms,
                       Arena *arena, GError **error)
{
  DeploymentAction action;
  gint64 n = 0;
  deployment->course = COURSE_BLUE_GREEN_BACK;
  if (!take_over (tx, deployment, TARGET_BLUE, LIFECYCLE_PLAN_ROLLBACK_BLUE, now_ms, arena, &n,
                  error) ||
      !take_over (tx, deployment, TARGET_GREEN, LIFECYCLE_PLAN_ROLLBACK_GREEN, now_ms, arena, &n,
                  error))
    return FALSE;
  if (!deployment_machine_step (&deployment->status, DEPLOYMENT_EV_START, &action))
    return TRUE;
  deployment->start_ms = now_ms;
  deployment->n_targets = deployment->n_pending = n;
  return announce_deployment (engine, tx, deployment, ANNOUNCEMENT_DEPLOYMENT_ROLLBACK, now_ms,
                              arena, error) &&
         engine_set_timer (engine, tx, deployment->id, TIMER_NO_TARGET, TIMER_TOTAL,
                           now_ms + deployment_total_ms (engine, deployment), error) &&
         phase_enter (engine, tx, deployment, course_first_phase (deployment->course), now_ms,
                      arena, error);
}
