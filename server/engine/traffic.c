#include "core/target-machine.h"
#include "proto/json-doc.h"
#include "server/engine/private.h"

#include <string.h>

/* BlockTraffic and AllowTraffic, the two events that the service performs itself (deployments.md 1.2, 6.1-6.3). A balancer is asked
 * by an errand, and the target keeps its host's turn meanwhile: its command is in progress, and no host is told of it. */

static const EventDiagnostics performed = { DIAGNOSTICS_SUCCESS, "", "Succeeded", "" };

gboolean
traffic_has_balancer (const ApiDeploymentInfo *info)
{
  const ApiLoadBalancerInfo *balancers = info->load_balancer_info;
  return balancers != NULL &&
         ((balancers->elb_info_list != NULL && balancers->elb_info_list->n > 0) ||
          (balancers->target_group_info_list != NULL && balancers->target_group_info_list->n > 0));
}

gboolean
traffic_is_controlled (const ApiDeploymentInfo *info)
{
  const ApiDeploymentStyle *style = info->deployment_style;
  return style != NULL && g_strcmp0 (style->deployment_option, "WITH_TRAFFIC_CONTROL") == 0 &&
         traffic_has_balancer (info);
}

static ErrandKind
errand_of (LifecycleEvent event)
{
  g_assert (lifecycle_event_performer (event) == LIFECYCLE_BY_SERVICE);
  return event == LIFECYCLE_BLOCK_TRAFFIC ? ERRAND_BLOCK_TRAFFIC : ERRAND_ALLOW_TRAFFIC;
}

static json_t *
balancers_to_json (const ApiLoadBalancerInfo *info)
{
  json_t *list = json_array ();
  for (gsize i = 0; info != NULL && info->elb_info_list != NULL && i < info->elb_info_list->n; i++)
    json_array_append_new (
        list, json_pack ("{s:s, s:s}", "kind", "elb", "name", info->elb_info_list->items[i]->name));
  for (gsize i = 0;
       info != NULL && info->target_group_info_list != NULL && i < info->target_group_info_list->n;
       i++)
    json_array_append_new (list, json_pack ("{s:s, s:s}", "kind", "targetGroup", "name",
                                            info->target_group_info_list->items[i]->name));
  return list;
}

/* Everything that a balancer's driver may want to know, so that the errand can be done without a look into the store. */
static char *
request_text (const DeploymentRecord *deployment, const ApiDeploymentInfo *info,
              const TargetRecord *target, Arena *arena)
{
  g_autoptr (json_t) request =
      json_pack ("{s:s, s:s, s:o, s:b}", "targetId", target->target_id, "targetArn",
                 target->target_arn, "balancers", balancers_to_json (info->load_balancer_info),
                 "autoScaling", deployment->creator == CREATOR_AUTOSCALING);
  char *text = json_dumps (request, JSON_COMPACT);
  g_assert (text != NULL); /* names come from the API, as UTF-8 */
  char *kept = arena_strdup (arena, text);
  free (text);
  return kept;
}

gint64
traffic_limit_ms (const Engine *engine, LifecycleEvent event)
{
  const EngineTimes *times = &engine->config.times;
  return errand_of (event) == ERRAND_BLOCK_TRAFFIC ? times->block_traffic_ms
                                                   : times->allow_traffic_ms;
}

gboolean
traffic_begin (Engine *engine, StoreTx *tx, HostCommandRecord *command, const TargetRecord *target,
               gint64 now_ms, Arena *arena, GError **error)
{
  CommandAction action;
  DeploymentRecord *deployment = deployment_load (tx, command->deployment_id, arena, error);
  const ApiDeploymentInfo *info =
      deployment != NULL ? engine_deployment_info (deployment, arena, error) : NULL;
  if (info == NULL)
    return FALSE;
  if (!command_machine_step (&command->status, COMMAND_EV_PERFORM, &action))
    g_assert_not_reached (); /* the caller has just made it Pending */
  command->acknowledge_ms = now_ms;
  const ErrandRecord errand = { .owner_id = command->deployment_id,
                                .ordinal = command->ordinal,
                                .kind = errand_of (command->event),
                                .request_json = request_text (deployment, info, target, arena),
                                .create_ms = now_ms,
                                .due_ms = now_ms };
  return engine_put_errand (engine, tx, &errand, error);
}

gboolean
traffic_forget (StoreTx *tx, const HostCommandRecord *command, GError **error)
{
  return errand_record_delete (tx, command->deployment_id, command->ordinal,
                               errand_of (command->event), error);
}

gboolean
traffic_expiry_message (Engine *engine, StoreTx *tx, const HostCommandRecord *command, Arena *arena,
                        const char **out, GError **error)
{
  ErrandRecord *errand;
  if (!errand_record_get (tx, command->deployment_id, command->ordinal, errand_of (command->event),
                          arena, &errand, error))
    return FALSE;
  const char *waits_for = errand != NULL ? errand->waits_for : NULL;
  *out = arena_printf (
      arena, "%s was not done within %" G_GINT64_FORMAT " s; the last that was heard: %s",
      lifecycle_event_name (command->event), traffic_limit_ms (engine, command->event) / 1000,
      waits_for != NULL ? waits_for : "no load balancer was reached");
  return TRUE;
}

/* A balancer that is not there, or of the wrong kind, or keys that may not ask it, fail every target: the deployment ends with that
 * (deployments.md 3.3). */
static gboolean
end_for_all (Engine *engine, StoreTx *tx, const HostCommandRecord *command,
             const ErrandResult *result, gint64 now_ms, Arena *arena, GError **error)
{
  if (result->code != DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID &&
      result->code != DEPLOYMENT_ERROR_IAM_ROLE_PERMISSIONS)
    return TRUE;
  DeploymentRecord *deployment = deployment_load (tx, command->deployment_id, arena, error);
  if (deployment == NULL)
    return FALSE;
  return deployment->ending != DEPLOYMENT_ERROR_NONE ||
         deployment_begin_ending (engine, tx, deployment, result->code, result->message, now_ms,
                                  arena, error);
}

gboolean
traffic_settle (Engine *engine, StoreTx *tx, const ErrandRecord *errand, const ErrandResult *result,
                gint64 now_ms, Arena *arena, GError **error)
{
  HostCommandRecord *command;
  CommandAction action;
  gboolean done = result->outcome == ERRAND_DONE;
  if (!host_command_record_get (tx, errand->owner_id, errand->ordinal, arena, &command, error))
    return FALSE;
  if (command == NULL || lifecycle_event_performer (command->event) != LIFECYCLE_BY_SERVICE ||
      errand_of (command->event) != errand->kind)
    return TRUE; /* the target has ended, or has gone on without it */
  if (!done && !end_for_all (engine, tx, command, result, now_ms, arena, error))
    return FALSE;
  if (!command_machine_step (&command->status, done ? COMMAND_EV_SUCCEED : COMMAND_EV_FAIL,
                             &action))
    return TRUE;
  const EventDiagnostics refused = { DIAGNOSTICS_UNKNOWN_ERROR, "",
                                     result->message != NULL ? result->message : "refused", "" };
  return target_report_end (engine, tx, command, action, done ? &performed : &refused, now_ms,
                            arena, error);
}

gboolean
engine_observe_target (StoreTx *tx, const TargetRecord *record, Arena *arena, Target *out,
                       GError **error)
{
  ErrandRecord *errand;
  if (!engine_read_target (record, arena, out, error))
    return FALSE;
  gsize step = target_step (out);
  if (step == out->n_events)
    return TRUE;
  TargetEvent *event = &out->events[step];
  if (event->status != EVENT_IN_PROGRESS ||
      lifecycle_event_performer (event->event) != LIFECYCLE_BY_SERVICE)
    return TRUE;
  if (!errand_record_get (tx, record->deployment_id, record->ordinal, errand_of (event->event),
                          arena, &errand, error))
    return FALSE;
  if (errand == NULL || errand->waits_for == NULL)
    return TRUE;
  event->has_diagnostics = TRUE;
  event->diagnostics = (EventDiagnostics){ DIAGNOSTICS_SUCCESS, "", errand->waits_for, "" };
  return TRUE;
}
