#pragma once

#include "core/enum-names.h"

/* The vocabularies of deployments, one list each (deployments.md 0.2): the enumerators are used everywhere, the texts only
 * at the edges, where they are written into API structures and into the store. Order matters nowhere.
 *
 * Thread rule: any thread. */

#define DEPLOYMENT_STATUS_LIST(X)                                                                  \
  X (DEPLOYMENT_CREATED, "Created")                                                                \
  X (DEPLOYMENT_QUEUED, "Queued")                                                                  \
  X (DEPLOYMENT_IN_PROGRESS, "InProgress")                                                         \
  X (DEPLOYMENT_BAKING, "Baking")                                                                  \
  X (DEPLOYMENT_READY, "Ready")                                                                    \
  X (DEPLOYMENT_SUCCEEDED, "Succeeded")                                                            \
  X (DEPLOYMENT_FAILED, "Failed")                                                                  \
  X (DEPLOYMENT_STOPPED, "Stopped")

ENUM_NAMES_TYPE (DeploymentStatus, DEPLOYMENT_STATUS_LIST);
ENUM_NAMES_DECLARE (DeploymentStatus, deployment_status)
#define DEPLOYMENT_N_STATUSES (DEPLOYMENT_STOPPED + 1)

#define TARGET_STATUS_LIST(X)                                                                      \
  X (TARGET_PENDING, "Pending")                                                                    \
  X (TARGET_IN_PROGRESS, "InProgress")                                                             \
  X (TARGET_SUCCEEDED, "Succeeded")                                                                \
  X (TARGET_FAILED, "Failed")                                                                      \
  X (TARGET_SKIPPED, "Skipped")                                                                    \
  X (TARGET_UNKNOWN, "Unknown")                                                                    \
  X (TARGET_READY, "Ready")

ENUM_NAMES_TYPE (TargetStatus, TARGET_STATUS_LIST);
ENUM_NAMES_DECLARE (TargetStatus, target_status)
#define TARGET_N_STATUSES (TARGET_READY + 1)

/* Which environment of a blue/green deployment a target is in. */
#define TARGET_LABEL_LIST(X)                                                                       \
  X (TARGET_UNLABELLED, "")                                                                        \
  X (TARGET_BLUE, "Blue")   /* original */                                                         \
  X (TARGET_GREEN, "Green") /* replacement */

ENUM_NAMES_TYPE (TargetLabel, TARGET_LABEL_LIST);
ENUM_NAMES_DECLARE (TargetLabel, target_label)

#define EVENT_STATUS_LIST(X)                                                                       \
  X (EVENT_PENDING, "Pending")                                                                     \
  X (EVENT_IN_PROGRESS, "InProgress")                                                              \
  X (EVENT_SUCCEEDED, "Succeeded")                                                                 \
  X (EVENT_FAILED, "Failed")                                                                       \
  X (EVENT_SKIPPED, "Skipped")                                                                     \
  X (EVENT_UNKNOWN, "Unknown")

ENUM_NAMES_TYPE (EventStatus, EVENT_STATUS_LIST);
ENUM_NAMES_DECLARE (EventStatus, event_status)
#define EVENT_N_STATUSES (EVENT_UNKNOWN + 1)

/* A host command: one lifecycle event on its way to one host. Waiting is ours: another deployment has the host. So is Held: its
 * deployment is paused. */
#define COMMAND_STATUS_LIST(X)                                                                     \
  X (COMMAND_WAITING, "Waiting")                                                                   \
  X (COMMAND_PENDING, "Pending")                                                                   \
  X (COMMAND_HELD, "Held")                                                                         \
  X (COMMAND_IN_PROGRESS, "InProgress")                                                            \
  X (COMMAND_SUCCEEDED, "Succeeded")                                                               \
  X (COMMAND_FAILED, "Failed")

ENUM_NAMES_TYPE (CommandStatus, COMMAND_STATUS_LIST);
ENUM_NAMES_DECLARE (CommandStatus, command_status)
#define COMMAND_N_STATUSES (COMMAND_FAILED + 1)

#define LIFECYCLE_EVENT_LIST(X)                                                                    \
  X (LIFECYCLE_BEFORE_BLOCK_TRAFFIC, "BeforeBlockTraffic")                                         \
  X (LIFECYCLE_BLOCK_TRAFFIC, "BlockTraffic")                                                      \
  X (LIFECYCLE_AFTER_BLOCK_TRAFFIC, "AfterBlockTraffic")                                           \
  X (LIFECYCLE_APPLICATION_STOP, "ApplicationStop")                                                \
  X (LIFECYCLE_DOWNLOAD_BUNDLE, "DownloadBundle")                                                  \
  X (LIFECYCLE_BEFORE_INSTALL, "BeforeInstall")                                                    \
  X (LIFECYCLE_INSTALL, "Install")                                                                 \
  X (LIFECYCLE_AFTER_INSTALL, "AfterInstall")                                                      \
  X (LIFECYCLE_APPLICATION_START, "ApplicationStart")                                              \
  X (LIFECYCLE_VALIDATE_SERVICE, "ValidateService")                                                \
  X (LIFECYCLE_BEFORE_ALLOW_TRAFFIC, "BeforeAllowTraffic")                                         \
  X (LIFECYCLE_ALLOW_TRAFFIC, "AllowTraffic")                                                      \
  X (LIFECYCLE_AFTER_ALLOW_TRAFFIC, "AfterAllowTraffic")

ENUM_NAMES_TYPE (LifecycleEvent, LIFECYCLE_EVENT_LIST);
ENUM_NAMES_DECLARE (LifecycleEvent, lifecycle_event)
#define LIFECYCLE_N_EVENTS (LIFECYCLE_AFTER_ALLOW_TRAFFIC + 1)

#define DIAGNOSTICS_CODE_LIST(X)                                                                   \
  X (DIAGNOSTICS_SUCCESS, "Success")                                                               \
  X (DIAGNOSTICS_SCRIPT_MISSING, "ScriptMissing")                                                  \
  X (DIAGNOSTICS_SCRIPT_NOT_EXECUTABLE, "ScriptNotExecutable")                                     \
  X (DIAGNOSTICS_SCRIPT_TIMED_OUT, "ScriptTimedOut")                                               \
  X (DIAGNOSTICS_SCRIPT_FAILED, "ScriptFailed")                                                    \
  X (DIAGNOSTICS_UNKNOWN_ERROR, "UnknownError")

ENUM_NAMES_TYPE (DiagnosticsCode, DIAGNOSTICS_CODE_LIST);
ENUM_NAMES_DECLARE (DiagnosticsCode, diagnostics_code)

#define DEPLOYMENT_CREATOR_LIST(X)                                                                 \
  X (CREATOR_USER, "user")                                                                         \
  X (CREATOR_AUTOSCALING, "autoscaling")                                                           \
  X (CREATOR_AUTOSCALING_TERMINATION, "autoscalingTermination")                                    \
  X (CREATOR_ROLLBACK, "codeDeployRollback")                                                       \
  X (CREATOR_CODE_DEPLOY, "CodeDeploy")                                                            \
  X (CREATOR_AUTO_UPDATE, "CodeDeployAutoUpdate")                                                  \
  X (CREATOR_CLOUD_FORMATION, "CloudFormation")                                                    \
  X (CREATOR_CLOUD_FORMATION_ROLLBACK, "CloudFormationRollback")

ENUM_NAMES_TYPE (DeploymentCreator, DEPLOYMENT_CREATOR_LIST);
ENUM_NAMES_DECLARE (DeploymentCreator, deployment_creator)

/* Why a deployment failed or was stopped (deployments.md 3.3): those that this version can raise. */
#define DEPLOYMENT_ERROR_LIST(X)                                                                   \
  X (DEPLOYMENT_ERROR_NONE, "")                                                                    \
  X (DEPLOYMENT_ERROR_HEALTH_CONSTRAINTS, "HEALTH_CONSTRAINTS")                                    \
  X (DEPLOYMENT_ERROR_HEALTH_CONSTRAINTS_INVALID, "HEALTH_CONSTRAINTS_INVALID")                    \
  X (DEPLOYMENT_ERROR_NO_INSTANCES, "NO_INSTANCES")                                                \
  X (DEPLOYMENT_ERROR_OVER_MAX_INSTANCES, "OVER_MAX_INSTANCES")                                    \
  X (DEPLOYMENT_ERROR_IAM_ROLE_MISSING, "IAM_ROLE_MISSING")                                        \
  X (DEPLOYMENT_ERROR_IAM_ROLE_PERMISSIONS, "IAM_ROLE_PERMISSIONS")                                \
  X (DEPLOYMENT_ERROR_NO_EC2_SUBSCRIPTION, "NO_EC2_SUBSCRIPTION")                                  \
  X (DEPLOYMENT_ERROR_THROTTLED, "THROTTLED")                                                      \
  X (DEPLOYMENT_ERROR_RESOURCE_LIMIT_EXCEEDED, "RESOURCE_LIMIT_EXCEEDED")                          \
  X (DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION, "AUTO_SCALING_CONFIGURATION")                    \
  X (DEPLOYMENT_ERROR_AUTO_SCALING_IAM_ROLE_PERMISSIONS, "AUTO_SCALING_IAM_ROLE_PERMISSIONS")      \
  X (DEPLOYMENT_ERROR_AUTOSCALING_VALIDATION_ERROR, "AUTOSCALING_VALIDATION_ERROR")                \
  X (DEPLOYMENT_ERROR_CUSTOMER_APPLICATION_UNHEALTHY, "CUSTOMER_APPLICATION_UNHEALTHY")            \
  X (DEPLOYMENT_ERROR_TIMEOUT, "TIMEOUT")                                                          \
  X (DEPLOYMENT_ERROR_REVISION_MISSING, "REVISION_MISSING")                                        \
  X (DEPLOYMENT_ERROR_APPLICATION_MISSING, "APPLICATION_MISSING")                                  \
  X (DEPLOYMENT_ERROR_DEPLOYMENT_GROUP_MISSING, "DEPLOYMENT_GROUP_MISSING")                        \
  X (DEPLOYMENT_ERROR_MANUAL_STOP, "MANUAL_STOP")                                                  \
  X (DEPLOYMENT_ERROR_INTERNAL_ERROR, "INTERNAL_ERROR")                                            \
  X (DEPLOYMENT_ERROR_AGENT_ISSUE, "AGENT_ISSUE")                                                  \
  X (DEPLOYMENT_ERROR_ALARM_ACTIVE, "ALARM_ACTIVE")                                                \
  X (DEPLOYMENT_ERROR_INVALID_LAMBDA_CONFIGURATION, "INVALID_LAMBDA_CONFIGURATION")                \
  X (DEPLOYMENT_ERROR_INVALID_ECS_SERVICE, "INVALID_ECS_SERVICE")                                  \
  X (DEPLOYMENT_ERROR_MISSING_ELB_INFORMATION, "MISSING_ELB_INFORMATION")                          \
  X (DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID, "ELASTIC_LOAD_BALANCING_INVALID")            \
  X (DEPLOYMENT_ERROR_MISSING_BLUE_GREEN_CONFIGURATION,                                            \
     "MISSING_BLUE_GREEN_DEPLOYMENT_CONFIGURATION")                                                \
  X (DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE, "ELB_INVALID_INSTANCE")                                \
  X (DEPLOYMENT_ERROR_MISSING_GITHUB_TOKEN, "MISSING_GITHUB_TOKEN")                                \
  X (DEPLOYMENT_ERROR_PLAN_IS_STALE, "PLAN_IS_STALE") /* ours */

ENUM_NAMES_TYPE (DeploymentError, DEPLOYMENT_ERROR_LIST);
ENUM_NAMES_DECLARE (DeploymentError, deployment_error)

/* Which walk of its targets a deployment is at (core/course.h). Ours; only fleets that are replaced have more than the
 * first (deployments.md 1.3). */
#define DEPLOYMENT_PHASE_LIST(X)                                                                   \
  X (DEPLOYMENT_PHASE_INSTALL, "install")       /* the revision gets onto the hosts */             \
  X (DEPLOYMENT_PHASE_REROUTE, "reroute")       /* traffic goes to the new hosts */                \
  X (DEPLOYMENT_PHASE_DEREGISTER, "deregister") /* and no more to the old ones */                  \
  X (DEPLOYMENT_PHASE_SWAP, "swap")             /* the group selects the new hosts from now on */  \
  X (DEPLOYMENT_PHASE_RETIRE, "retire")         /* the old ones are kept for a while, then end */

ENUM_NAMES_TYPE (DeploymentPhase, DEPLOYMENT_PHASE_LIST);
ENUM_NAMES_DECLARE (DeploymentPhase, deployment_phase)

/* What a deployment waits for as a whole, while no target of it may start. Ours. */
#define DEPLOYMENT_WAIT_LIST(X)                                                                    \
  X (DEPLOYMENT_WAIT_NONE, "none")                                                                 \
  X (DEPLOYMENT_WAIT_FLEET, "fleet")             /* for the list of its hosts, or for new ones */  \
  X (DEPLOYMENT_WAIT_READY, "ready")             /* READY_WAIT */                                  \
  X (DEPLOYMENT_WAIT_TERMINATION, "termination") /* TERMINATION_WAIT */                            \
  X (DEPLOYMENT_WAIT_MONITOR, "monitor")         /* a zone, or wave, is being watched */           \
  X (DEPLOYMENT_WAIT_APPROVAL, "approval")       /* for a person's word */                         \
  X (DEPLOYMENT_WAIT_BAKE, "bake")               /* all hosts are done, alarms are watched */

ENUM_NAMES_TYPE (DeploymentWait, DEPLOYMENT_WAIT_LIST);
ENUM_NAMES_DECLARE (DeploymentWait, deployment_wait)
