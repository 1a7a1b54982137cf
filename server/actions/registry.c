#include "server/actions/registry.h"

#include "server/actions/catalog-actions.h"
#include "server/actions/deployment-actions.h"
#include "server/actions/iam-actions.h"

#define READS(name)                                                                                \
  {                                                                                                \
    STORE_READ, action_##name, NULL, NULL                                                          \
  }
#define WRITES(name)                                                                               \
  {                                                                                                \
    STORE_WRITE, action_##name, NULL, NULL                                                         \
  }

#define WRITES_AND_FINISHES(name)                                                                  \
  {                                                                                                \
    STORE_WRITE, action_##name, finish_##name, NULL                                                \
  }
#define PARKS(name)                                                                                \
  {                                                                                                \
    STORE_READ, NULL, NULL, action_##name                                                          \
  }

static const ActionRow rows[API_N_OPS] = {
  [API_OP_CREATE_APPLICATION] = WRITES (create_application),
  [API_OP_GET_APPLICATION] = READS (get_application),
  [API_OP_BATCH_GET_APPLICATIONS] = READS (batch_get_applications),
  [API_OP_LIST_APPLICATIONS] = READS (list_applications),
  [API_OP_UPDATE_APPLICATION] = WRITES (update_application),
  [API_OP_DELETE_APPLICATION] = WRITES (delete_application),

  [API_OP_CREATE_DEPLOYMENT_GROUP] = WRITES (create_deployment_group),
  [API_OP_GET_DEPLOYMENT_GROUP] = READS (get_deployment_group),
  [API_OP_BATCH_GET_DEPLOYMENT_GROUPS] = READS (batch_get_deployment_groups),
  [API_OP_LIST_DEPLOYMENT_GROUPS] = READS (list_deployment_groups),
  [API_OP_UPDATE_DEPLOYMENT_GROUP] = WRITES (update_deployment_group),
  [API_OP_DELETE_DEPLOYMENT_GROUP] = WRITES (delete_deployment_group),

  [API_OP_CREATE_DEPLOYMENT_CONFIG] = WRITES (create_deployment_config),
  [API_OP_GET_DEPLOYMENT_CONFIG] = READS (get_deployment_config),
  [API_OP_LIST_DEPLOYMENT_CONFIGS] = READS (list_deployment_configs),
  [API_OP_DELETE_DEPLOYMENT_CONFIG] = WRITES (delete_deployment_config),

  [API_OP_REGISTER_APPLICATION_REVISION] = WRITES (register_application_revision),
  [API_OP_GET_APPLICATION_REVISION] = READS (get_application_revision),
  [API_OP_BATCH_GET_APPLICATION_REVISIONS] = READS (batch_get_application_revisions),
  [API_OP_LIST_APPLICATION_REVISIONS] = READS (list_application_revisions),

  [API_OP_REGISTER_ON_PREMISES_INSTANCE] = WRITES (register_on_premises_instance),
  [API_OP_GET_ON_PREMISES_INSTANCE] = READS (get_on_premises_instance),
  [API_OP_BATCH_GET_ON_PREMISES_INSTANCES] = READS (batch_get_on_premises_instances),
  [API_OP_LIST_ON_PREMISES_INSTANCES] = READS (list_on_premises_instances),
  [API_OP_DEREGISTER_ON_PREMISES_INSTANCE] = WRITES (deregister_on_premises_instance),
  [API_OP_ADD_TAGS_TO_ON_PREMISES_INSTANCES] = WRITES (add_tags_to_on_premises_instances),
  [API_OP_REMOVE_TAGS_FROM_ON_PREMISES_INSTANCES] = WRITES (remove_tags_from_on_premises_instances),

  [API_OP_TAG_RESOURCE] = WRITES (tag_resource),
  [API_OP_UNTAG_RESOURCE] = WRITES (untag_resource),
  [API_OP_LIST_TAGS_FOR_RESOURCE] = READS (list_tags_for_resource),

  [API_OP_LIST_GIT_HUB_ACCOUNT_TOKEN_NAMES] = READS (list_git_hub_account_token_names),
  [API_OP_DELETE_GIT_HUB_ACCOUNT_TOKEN] = WRITES (delete_git_hub_account_token),
  [API_OP_DELETE_RESOURCES_BY_EXTERNAL_ID] = WRITES (delete_resources_by_external_id),

  [API_OP_CREATE_DEPLOYMENT] = WRITES (create_deployment),
  [API_OP_GET_DEPLOYMENT] = READS (get_deployment),
  [API_OP_BATCH_GET_DEPLOYMENTS] = READS (batch_get_deployments),
  [API_OP_LIST_DEPLOYMENTS] = READS (list_deployments),
  [API_OP_STOP_DEPLOYMENT] = WRITES (stop_deployment),
  [API_OP_CONTINUE_DEPLOYMENT] = WRITES (continue_deployment),
  [API_OP_SKIP_WAIT_TIME_FOR_INSTANCE_TERMINATION] =
      WRITES (skip_wait_time_for_instance_termination),
  [API_OP_PUT_LIFECYCLE_EVENT_HOOK_EXECUTION_STATUS] =
      WRITES (put_lifecycle_event_hook_execution_status),

  [API_OP_LIST_DEPLOYMENT_TARGETS] = READS (list_deployment_targets),
  [API_OP_GET_DEPLOYMENT_TARGET] = READS (get_deployment_target),
  [API_OP_BATCH_GET_DEPLOYMENT_TARGETS] = READS (batch_get_deployment_targets),
  [API_OP_LIST_DEPLOYMENT_INSTANCES] = READS (list_deployment_instances),
  [API_OP_GET_DEPLOYMENT_INSTANCE] = READS (get_deployment_instance),
  [API_OP_BATCH_GET_DEPLOYMENT_INSTANCES] = READS (batch_get_deployment_instances),

  [API_OP_POLL_HOST_COMMAND] = PARKS (poll_host_command),
  [API_OP_GET_DEPLOYMENT_SPECIFICATION] = PARKS (get_deployment_specification),
  [API_OP_PUT_HOST_COMMAND_ACKNOWLEDGEMENT] =
      WRITES_AND_FINISHES (put_host_command_acknowledgement),
  [API_OP_PUT_HOST_COMMAND_COMPLETE] = WRITES_AND_FINISHES (put_host_command_complete),
  [API_OP_POST_HOST_COMMAND_UPDATE] = WRITES (post_host_command_update),

  [API_OP_LOOKUP_EVENTS] = READS (lookup_events),

  [API_OP_REGISTER_HOST] = WRITES (register_host),
  [API_OP_DEREGISTER_HOST] = WRITES (deregister_host),
  [API_OP_PUT_GIT_HUB_ACCOUNT_TOKEN] = WRITES (put_git_hub_account_token),
  [API_OP_LINK_APPLICATION_TO_GIT_HUB] = WRITES (link_application_to_git_hub),
  [API_OP_PLAN_DEPLOYMENT] = READS (plan_deployment),
  [API_OP_PAUSE_DEPLOYMENT] = WRITES (pause_deployment),
  [API_OP_RESUME_DEPLOYMENT] = WRITES (resume_deployment),
  [API_OP_APPROVE_DEPLOYMENT] = WRITES (approve_deployment),
  [API_OP_DESCRIBE_SERVER] = READS (describe_server),
  [API_OP_LIST_NOTIFICATIONS] = READS (list_notifications),
  [API_OP_RETRY_NOTIFICATION] = WRITES (retry_notification),
  [API_OP_DROP_NOTIFICATION] = WRITES (drop_notification),

  [API_OP_CREATE_USER] = WRITES (create_user),
  [API_OP_GET_USER] = READS (get_user),
  [API_OP_LIST_USERS] = READS (list_users),
  [API_OP_DELETE_USER] = WRITES (delete_user),
  [API_OP_TAG_USER] = WRITES (tag_user),
  [API_OP_UNTAG_USER] = WRITES (untag_user),
  [API_OP_LIST_USER_TAGS] = READS (list_user_tags),
  [API_OP_CREATE_ACCESS_KEY] = WRITES (create_access_key),
  [API_OP_LIST_ACCESS_KEYS] = READS (list_access_keys),
  [API_OP_UPDATE_ACCESS_KEY] = WRITES (update_access_key),
  [API_OP_DELETE_ACCESS_KEY] = WRITES (delete_access_key),
  [API_OP_PUT_USER_POLICY] = WRITES (put_user_policy),
  [API_OP_GET_USER_POLICY] = READS (get_user_policy),
  [API_OP_LIST_USER_POLICIES] = READS (list_user_policies),
  [API_OP_DELETE_USER_POLICY] = WRITES (delete_user_policy),
  [API_OP_ATTACH_USER_POLICY] = WRITES (attach_user_policy),
  [API_OP_DETACH_USER_POLICY] = WRITES (detach_user_policy),
  [API_OP_LIST_ATTACHED_USER_POLICIES] = READS (list_attached_user_policies),
  [API_OP_PUT_ROLE_POLICY] = WRITES (put_role_policy),
  [API_OP_GET_ROLE_POLICY] = READS (get_role_policy),
  [API_OP_LIST_ROLE_POLICIES] = READS (list_role_policies),
  [API_OP_DELETE_ROLE_POLICY] = WRITES (delete_role_policy),
  [API_OP_ATTACH_ROLE_POLICY] = WRITES (attach_role_policy),
  [API_OP_DETACH_ROLE_POLICY] = WRITES (detach_role_policy),
  [API_OP_LIST_ATTACHED_ROLE_POLICIES] = READS (list_attached_role_policies),
  [API_OP_LIST_POLICIES] = READS (list_policies),
  [API_OP_GET_POLICY] = READS (get_policy),
  [API_OP_GET_POLICY_VERSION] = READS (get_policy_version),
  [API_OP_CREATE_ROLE] = WRITES (create_role),
  [API_OP_GET_ROLE] = READS (get_role),
  [API_OP_LIST_ROLES] = READS (list_roles),
  [API_OP_UPDATE_ROLE] = WRITES (update_role),
  [API_OP_UPDATE_ASSUME_ROLE_POLICY] = WRITES (update_assume_role_policy),
  [API_OP_DELETE_ROLE] = WRITES (delete_role),
  [API_OP_TAG_ROLE] = WRITES (tag_role),
  [API_OP_UNTAG_ROLE] = WRITES (untag_role),
  [API_OP_LIST_ROLE_TAGS] = READS (list_role_tags),
  [API_OP_LIST_GROUPS_FOR_USER] = READS (list_groups_for_user),
  [API_OP_LIST_MFA_DEVICES] = READS (list_mfa_devices),
  [API_OP_LIST_SSH_PUBLIC_KEYS] = READS (list_ssh_public_keys),
  [API_OP_LIST_SERVICE_SPECIFIC_CREDENTIALS] = READS (list_service_specific_credentials),
  [API_OP_LIST_SIGNING_CERTIFICATES] = READS (list_signing_certificates),
  [API_OP_LIST_INSTANCE_PROFILES_FOR_ROLE] = READS (list_instance_profiles_for_role),
  [API_OP_GET_LOGIN_PROFILE] = READS (get_login_profile),
  [API_OP_DELETE_LOGIN_PROFILE] = WRITES (delete_login_profile),

  [API_OP_GET_CALLER_IDENTITY] = READS (get_caller_identity),
  [API_OP_ASSUME_ROLE] = WRITES (assume_role),
  [API_OP_GET_SESSION_TOKEN] = WRITES (get_session_token),
};

const ActionRow *
action_registry_row (ApiOp op)
{
  if ((guint)op >= API_N_OPS || (rows[op].action == NULL && rows[op].parked == NULL))
    return NULL;
  return &rows[op];
}
