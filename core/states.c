#include "core/states.h"

ENUM_NAMES_DEFINE (DeploymentStatus, deployment_status, DEPLOYMENT_STATUS_LIST)
ENUM_NAMES_DEFINE (TargetStatus, target_status, TARGET_STATUS_LIST)
ENUM_NAMES_DEFINE (TargetLabel, target_label, TARGET_LABEL_LIST)
ENUM_NAMES_DEFINE (EventStatus, event_status, EVENT_STATUS_LIST)
ENUM_NAMES_DEFINE (CommandStatus, command_status, COMMAND_STATUS_LIST)
ENUM_NAMES_DEFINE (LifecycleEvent, lifecycle_event, LIFECYCLE_EVENT_LIST)
ENUM_NAMES_DEFINE (DiagnosticsCode, diagnostics_code, DIAGNOSTICS_CODE_LIST)
ENUM_NAMES_DEFINE (DeploymentCreator, deployment_creator, DEPLOYMENT_CREATOR_LIST)
ENUM_NAMES_DEFINE (DeploymentError, deployment_error, DEPLOYMENT_ERROR_LIST)
ENUM_NAMES_DEFINE (DeploymentPhase, deployment_phase, DEPLOYMENT_PHASE_LIST)
ENUM_NAMES_DEFINE (DeploymentWait, deployment_wait, DEPLOYMENT_WAIT_LIST)
