#pragma once

#include "server/api-call.h"

/* The actions of deployments, their targets and host commands, by the file they are in; each is a row of registry.c.
 * See ApiAction and ApiParkedAction. */

#define DEPLOYMENT_ACTION(name)                                                                    \
  gboolean name (ApiCall *call, StoreTx *tx, gpointer output, GError **error)                      \
      G_GNUC_WARN_UNUSED_RESULT;

/* create-deployment.c: STORE_WRITE */
DEPLOYMENT_ACTION (action_create_deployment)

/* deployments.c: STORE_READ */
DEPLOYMENT_ACTION (action_get_deployment)
DEPLOYMENT_ACTION (action_batch_get_deployments)
DEPLOYMENT_ACTION (action_list_deployments)
/* STORE_WRITE */
DEPLOYMENT_ACTION (action_stop_deployment)
DEPLOYMENT_ACTION (action_continue_deployment)
/* STORE_READ: no deployment of this version waits for that */
DEPLOYMENT_ACTION (action_skip_wait_time_for_instance_termination)

/* plan.c: STORE_READ */
DEPLOYMENT_ACTION (action_plan_deployment)

/* deployment-control.c: STORE_WRITE */
DEPLOYMENT_ACTION (action_pause_deployment)
DEPLOYMENT_ACTION (action_resume_deployment)
DEPLOYMENT_ACTION (action_approve_deployment)

/* lifecycle-hooks.c: STORE_WRITE */
DEPLOYMENT_ACTION (action_put_lifecycle_event_hook_execution_status)

/* deployment-targets.c: STORE_READ */
DEPLOYMENT_ACTION (action_list_deployment_targets)
DEPLOYMENT_ACTION (action_get_deployment_target)
DEPLOYMENT_ACTION (action_batch_get_deployment_targets)
/* deployment-instances.c: STORE_READ */
DEPLOYMENT_ACTION (action_list_deployment_instances)
DEPLOYMENT_ACTION (action_get_deployment_instance)
DEPLOYMENT_ACTION (action_batch_get_deployment_instances)

/* host-commands/host-command-actions.c */
void action_poll_host_command (ApiCall *call);              /* parked */
void action_get_deployment_specification (ApiCall *call);   /* parked */
DEPLOYMENT_ACTION (action_put_host_command_acknowledgement) /* STORE_WRITE */
void finish_put_host_command_acknowledgement (ApiCall *call, gpointer output);
DEPLOYMENT_ACTION (action_put_host_command_complete) /* STORE_WRITE */
void finish_put_host_command_complete (ApiCall *call, gpointer output);
DEPLOYMENT_ACTION (action_post_host_command_update) /* STORE_WRITE */

#undef DEPLOYMENT_ACTION
