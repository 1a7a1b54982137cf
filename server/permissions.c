#include "server/permissions.h"

#include "proto/api-types.h"

/* ---- places ---- */

/* Stops the build when the member is not of that type. */
#define IS_TYPE(op, member, Type)                                                                  \
  (0 *                                                                                             \
   sizeof (char[__builtin_types_compatible_p (__typeof__ (((Api##op##Input *)NULL)->member), Type) \
                    ? 1                                                                            \
                    : -1]))
#define VALUE(op, member)                                                                          \
  {                                                                                                \
    .kind = PLACE_VALUE, .offset = G_STRUCT_OFFSET (Api##op##Input, member)                        \
  }
#define TEXT(op, member)                                                                           \
  {                                                                                                \
    .kind = PLACE_TEXT,                                                                            \
    .offset = G_STRUCT_OFFSET (Api##op##Input, member) + IS_TYPE (op, member, const char *)        \
  }
#define TEXTS(op, member, List)                                                                    \
  {                                                                                                \
    .kind = PLACE_TEXTS,                                                                           \
    .offset = G_STRUCT_OFFSET (Api##op##Input, member) + IS_TYPE (op, member, const List *)        \
  }
#define TAGS(op, member, List)                                                                     \
  {                                                                                                \
    .kind = PLACE_TAGS,                                                                            \
    .offset = G_STRUCT_OFFSET (Api##op##Input, member) + IS_TYPE (op, member, const List *)        \
  }

/* How every list of texts looks, and every list of tags. */
typedef struct {
  gsize n;
  const char **items;
} TextList;
G_STATIC_ASSERT (sizeof (TextList) == sizeof (ApiInstanceNameList));
G_STATIC_ASSERT (sizeof (ApiTagList) == sizeof (ApiIamTagList));
G_STATIC_ASSERT (sizeof (ApiTag) == sizeof (ApiIamTag));

static gconstpointer
value_at (const Place *place, const void *input)
{
  return *(const gconstpointer *)((const char *)input + place->offset);
}

gboolean
place_is_given (const Place *place, const void *input)
{
  if (place->kind == PLACE_NOWHERE || value_at (place, input) == NULL)
    return FALSE;
  return place->kind != PLACE_TAGS || place_tags (place, input)->n > 0;
}

const char *const *
place_texts (const Place *place, const void *input, gsize *out_n)
{
  const TextList *list;
  *out_n = 0;
  switch (place->kind) {
  case PLACE_TEXT:
    *out_n = value_at (place, input) != NULL ? 1 : 0;
    return (const char *const *)((const char *)input + place->offset);
  case PLACE_TEXTS:
    list = value_at (place, input);
    *out_n = list == NULL ? 0 : list->n;
    return list == NULL ? NULL : list->items;
  default:
    return NULL;
  }
}

const char *
place_text (const Place *place, const void *input)
{
  return place->kind == PLACE_TEXT ? value_at (place, input) : NULL;
}

const ApiTagList *
place_tags (const Place *place, const void *input)
{
  return place->kind == PLACE_TAGS ? value_at (place, input) : NULL;
}

/* ---- the table ---- */

#define NEEDS(...)                                                                                 \
  .rule = PERMISSION_NEEDED, .needs = { __VA_ARGS__ },                                             \
  .n_needs = sizeof ((PermissionNeed[]){ __VA_ARGS__ }) / sizeof (PermissionNeed)

#define ON_ANYTHING                                                                                \
  {                                                                                                \
    NEEDS ({ .kind = RESOURCE_ANY })                                                               \
  }
#define ON_APPLICATION(op)                                                                         \
  {                                                                                                \
    NEEDS ({ .kind = RESOURCE_APPLICATION, .name = TEXT (op, application_name) })                  \
  }
#define GROUP(op) .kind = RESOURCE_GROUP, .of = TEXT (op, application_name)
#define ON_GROUP(op)                                                                               \
  {                                                                                                \
    NEEDS ({ GROUP (op), .name = TEXT (op, deployment_group_name) })                               \
  }
#define ON_CONFIG(op)                                                                              \
  {                                                                                                \
    NEEDS ({ .kind = RESOURCE_CONFIG, .name = TEXT (op, deployment_config_name) })                 \
  }
#define ON_DEPLOYMENT(op)                                                                          \
  {                                                                                                \
    NEEDS ({ .kind = RESOURCE_DEPLOYMENT, .name = TEXT (op, deployment_id) })                      \
  }
#define ON_INSTANCE(op)                                                                            \
  {                                                                                                \
    NEEDS ({ .kind = RESOURCE_INSTANCE, .name = TEXT (op, instance_name) })                        \
  }
#define ON_INSTANCES(op)                                                                           \
  {                                                                                                \
    NEEDS ({ .kind = RESOURCE_INSTANCE, .name = TEXTS (op, instance_names, ApiInstanceNameList) }) \
  }
#define ON_USER(op)                                                                                \
  {                                                                                                \
    NEEDS ({ .kind = RESOURCE_USER, .name = TEXT (op, user_name) })                                \
  }
#define ON_USER_WITH_POLICY(op)                                                                    \
  {                                                                                                \
    NEEDS ({ .kind = RESOURCE_USER, .name = TEXT (op, user_name) }), .facts = {                    \
      { "iam:PolicyARN", TEXT (op, policy_arn) }                                                   \
    }                                                                                              \
  }
#define ON_ROLE(op)                                                                                \
  {                                                                                                \
    NEEDS ({ .kind = RESOURCE_ROLE, .name = TEXT (op, role_name) })                                \
  }
#define ON_ROLE_WITH_POLICY(op)                                                                    \
  {                                                                                                \
    NEEDS ({ .kind = RESOURCE_ROLE, .name = TEXT (op, role_name) }), .facts = {                    \
      { "iam:PolicyARN", TEXT (op, policy_arn) }                                                   \
    }                                                                                              \
  }
#define ON_POLICY(op)                                                                              \
  {                                                                                                \
    NEEDS ({ .kind = RESOURCE_GIVEN, .name = TEXT (op, policy_arn) })                              \
  }
#define FOR_ANYONE                                                                                 \
  {                                                                                                \
    .rule = PERMISSION_FREE                                                                        \
  }
#define FOR_HOSTS                                                                                  \
  {                                                                                                \
    .rule = PERMISSION_HOST                                                                        \
  }

/* What more is needed, beside the operation's own action. */
#define PASS_ROLE(op)                                                                              \
  {                                                                                                \
    .action = "iam:PassRole", .kind = RESOURCE_GIVEN, .name = TEXT (op, service_role_arn),         \
    .when = TEXT (op, service_role_arn), .passed_to = "codedeploy.amazonaws.com"                   \
  }

static const Permission permissions[API_N_OPS] = {
  /* applications */
  [API_OP_CREATE_APPLICATION] = { NEEDS ({ .kind = RESOURCE_APPLICATION,
                                           .name = TEXT (CreateApplication, application_name) },
                                         { .action = "codedeploy:TagResource",
                                           .kind = RESOURCE_APPLICATION,
                                           .name = TEXT (CreateApplication, application_name),
                                           .when = TAGS (CreateApplication, tags, ApiTagList) }),
                                  .tags = TAGS (CreateApplication, tags, ApiTagList) },
  [API_OP_GET_APPLICATION] = ON_APPLICATION (GetApplication),
  [API_OP_BATCH_GET_APPLICATIONS] = { NEEDS (
      { .kind = RESOURCE_APPLICATION,
        .name = TEXTS (BatchGetApplications, application_names, ApiApplicationsList) }) },
  [API_OP_LIST_APPLICATIONS] = ON_ANYTHING,
  [API_OP_UPDATE_APPLICATION] = { NEEDS (
      { .kind = RESOURCE_APPLICATION, .name = TEXT (UpdateApplication, application_name) },
      { .kind = RESOURCE_APPLICATION,
        .name = TEXT (UpdateApplication, new_application_name),
        .when = TEXT (UpdateApplication, new_application_name) }) },
  [API_OP_DELETE_APPLICATION] = ON_APPLICATION (DeleteApplication),

  /* deployment groups */
  [API_OP_CREATE_DEPLOYMENT_GROUP] = { NEEDS ({ GROUP (CreateDeploymentGroup),
                                                .name = TEXT (CreateDeploymentGroup,
                                                              deployment_group_name) },
                                              PASS_ROLE (CreateDeploymentGroup),
                                              { .action = "codedeploy:TagResource",
                                                GROUP (CreateDeploymentGroup),
                                                .name = TEXT (CreateDeploymentGroup,
                                                              deployment_group_name),
                                                .when = TAGS (CreateDeploymentGroup, tags,
                                                              ApiTagList) }),
                                       .tags = TAGS (CreateDeploymentGroup, tags, ApiTagList) },
  [API_OP_GET_DEPLOYMENT_GROUP] = ON_GROUP (GetDeploymentGroup),
  [API_OP_BATCH_GET_DEPLOYMENT_GROUPS] = { NEEDS (
      { GROUP (BatchGetDeploymentGroups),
        .name =
            TEXTS (BatchGetDeploymentGroups, deployment_group_names, ApiDeploymentGroupsList) }) },
  [API_OP_LIST_DEPLOYMENT_GROUPS] = ON_APPLICATION (ListDeploymentGroups),
  [API_OP_UPDATE_DEPLOYMENT_GROUP] = { NEEDS (
      { GROUP (UpdateDeploymentGroup),
        .name = TEXT (UpdateDeploymentGroup, current_deployment_group_name) },
      { GROUP (UpdateDeploymentGroup),
        .name = TEXT (UpdateDeploymentGroup, new_deployment_group_name),
        .when = TEXT (UpdateDeploymentGroup, new_deployment_group_name) },
      PASS_ROLE (UpdateDeploymentGroup)) },
  [API_OP_DELETE_DEPLOYMENT_GROUP] = ON_GROUP (DeleteDeploymentGroup),

  /* deployment configurations */
  [API_OP_CREATE_DEPLOYMENT_CONFIG] = ON_CONFIG (CreateDeploymentConfig),
  [API_OP_GET_DEPLOYMENT_CONFIG] = ON_CONFIG (GetDeploymentConfig),
  [API_OP_LIST_DEPLOYMENT_CONFIGS] = ON_ANYTHING,
  [API_OP_DELETE_DEPLOYMENT_CONFIG] = ON_CONFIG (DeleteDeploymentConfig),

  /* revisions */
  [API_OP_REGISTER_APPLICATION_REVISION] = ON_APPLICATION (RegisterApplicationRevision),
  [API_OP_GET_APPLICATION_REVISION] = ON_APPLICATION (GetApplicationRevision),
  [API_OP_BATCH_GET_APPLICATION_REVISIONS] = ON_APPLICATION (BatchGetApplicationRevisions),
  [API_OP_LIST_APPLICATION_REVISIONS] = ON_APPLICATION (ListApplicationRevisions),

  /* deployments */
  [API_OP_CREATE_DEPLOYMENT] = { NEEDS (
      { GROUP (CreateDeployment), .name = TEXT (CreateDeployment, deployment_group_name) },
      { .action = "codedeploy:GetDeploymentConfig",
        .kind = RESOURCE_USED_CONFIG,
        .name = TEXT (CreateDeployment, deployment_config_name),
        .of = TEXT (CreateDeployment, application_name),
        .within = TEXT (CreateDeployment, deployment_group_name) },
      { .action = "codedeploy:GetApplicationRevision",
        .or_action = "codedeploy:RegisterApplicationRevision",
        .kind = RESOURCE_APPLICATION,
        .name = TEXT (CreateDeployment, application_name) },
      { .action = "codedeploy:UpdateDeploymentGroup",
        GROUP (CreateDeployment),
        .name = TEXT (CreateDeployment, deployment_group_name),
        .when = VALUE (CreateDeployment, override_alarm_configuration) }) },
  [API_OP_GET_DEPLOYMENT] = ON_DEPLOYMENT (GetDeployment),
  [API_OP_BATCH_GET_DEPLOYMENTS] = { NEEDS (
      { .kind = RESOURCE_DEPLOYMENT,
        .name = TEXTS (BatchGetDeployments, deployment_ids, ApiDeploymentsList) }) },
  /* Without names on "*". */
  [API_OP_LIST_DEPLOYMENTS] = ON_GROUP (ListDeployments),
  [API_OP_STOP_DEPLOYMENT] = ON_DEPLOYMENT (StopDeployment),
  [API_OP_CONTINUE_DEPLOYMENT] = ON_DEPLOYMENT (ContinueDeployment),
  [API_OP_SKIP_WAIT_TIME_FOR_INSTANCE_TERMINATION] =
      ON_DEPLOYMENT (SkipWaitTimeForInstanceTermination),
  [API_OP_PUT_LIFECYCLE_EVENT_HOOK_EXECUTION_STATUS] =
      ON_DEPLOYMENT (PutLifecycleEventHookExecutionStatus),
  [API_OP_LIST_DEPLOYMENT_TARGETS] = ON_DEPLOYMENT (ListDeploymentTargets),
  [API_OP_GET_DEPLOYMENT_TARGET] = ON_DEPLOYMENT (GetDeploymentTarget),
  [API_OP_BATCH_GET_DEPLOYMENT_TARGETS] = ON_DEPLOYMENT (BatchGetDeploymentTargets),
  [API_OP_LIST_DEPLOYMENT_INSTANCES] = ON_DEPLOYMENT (ListDeploymentInstances),
  [API_OP_GET_DEPLOYMENT_INSTANCE] = ON_DEPLOYMENT (GetDeploymentInstance),
  [API_OP_BATCH_GET_DEPLOYMENT_INSTANCES] = ON_DEPLOYMENT (BatchGetDeploymentInstances),

  /* on-premises instances */
  [API_OP_REGISTER_ON_PREMISES_INSTANCE] = ON_INSTANCE (RegisterOnPremisesInstance),
  [API_OP_GET_ON_PREMISES_INSTANCE] = ON_INSTANCE (GetOnPremisesInstance),
  [API_OP_BATCH_GET_ON_PREMISES_INSTANCES] = ON_INSTANCES (BatchGetOnPremisesInstances),
  [API_OP_LIST_ON_PREMISES_INSTANCES] = ON_ANYTHING,
  [API_OP_DEREGISTER_ON_PREMISES_INSTANCE] = ON_INSTANCE (DeregisterOnPremisesInstance),
  [API_OP_ADD_TAGS_TO_ON_PREMISES_INSTANCES] = ON_INSTANCES (AddTagsToOnPremisesInstances),
  [API_OP_REMOVE_TAGS_FROM_ON_PREMISES_INSTANCES] =
      ON_INSTANCES (RemoveTagsFromOnPremisesInstances),

  /* resource tags, and the rest */
  [API_OP_TAG_RESOURCE] = { NEEDS (
                                { .kind = RESOURCE_ARN, .name = TEXT (TagResource, resource_arn) }),
                            .tags = TAGS (TagResource, tags, ApiTagList) },
  [API_OP_UNTAG_RESOURCE] = { NEEDS ({ .kind = RESOURCE_ARN,
                                       .name = TEXT (UntagResource, resource_arn) }),
                              .tag_keys = TEXTS (UntagResource, tag_keys, ApiTagKeyList) },
  [API_OP_LIST_TAGS_FOR_RESOURCE] = { NEEDS (
      { .kind = RESOURCE_ARN, .name = TEXT (ListTagsForResource, resource_arn) }) },
  [API_OP_LIST_GIT_HUB_ACCOUNT_TOKEN_NAMES] = ON_ANYTHING,
  [API_OP_DELETE_GIT_HUB_ACCOUNT_TOKEN] = ON_ANYTHING,
  [API_OP_DELETE_RESOURCES_BY_EXTERNAL_ID] = ON_ANYTHING,

  /* hosts */
  [API_OP_POLL_HOST_COMMAND] = FOR_HOSTS,
  [API_OP_GET_DEPLOYMENT_SPECIFICATION] = FOR_HOSTS,
  [API_OP_PUT_HOST_COMMAND_ACKNOWLEDGEMENT] = FOR_HOSTS,
  [API_OP_PUT_HOST_COMMAND_COMPLETE] = FOR_HOSTS,
  [API_OP_POST_HOST_COMMAND_UPDATE] = FOR_HOSTS,

  /* our own */
  [API_OP_REGISTER_HOST] = ON_INSTANCE (RegisterHost),
  [API_OP_DEREGISTER_HOST] = ON_INSTANCE (DeregisterHost),
  [API_OP_DESCRIBE_SERVER] = ON_ANYTHING,
  [API_OP_LIST_NOTIFICATIONS] = ON_ANYTHING,
  [API_OP_RETRY_NOTIFICATION] = ON_ANYTHING,
  [API_OP_DROP_NOTIFICATION] = ON_ANYTHING,
  [API_OP_PUT_GIT_HUB_ACCOUNT_TOKEN] = { NEEDS (
      { .kind = RESOURCE_ANY }, { .action = "slipway:LinkApplicationToGitHub",
                                  .kind = RESOURCE_APPLICATION,
                                  .name = TEXT (PutGitHubAccountToken, application_name),
                                  .when = TEXT (PutGitHubAccountToken, application_name) }) },
  [API_OP_PLAN_DEPLOYMENT] = ON_GROUP (PlanDeployment),
  [API_OP_PAUSE_DEPLOYMENT] = ON_DEPLOYMENT (PauseDeployment),
  [API_OP_RESUME_DEPLOYMENT] = ON_DEPLOYMENT (ResumeDeployment),
  [API_OP_APPROVE_DEPLOYMENT] = ON_DEPLOYMENT (ApproveDeployment),
  /* Who deploys the application gets the token by way of a host: it takes a permission of its own. */
  [API_OP_LINK_APPLICATION_TO_GIT_HUB] = { NEEDS ({ .kind = RESOURCE_APPLICATION,
                                                    .name = TEXT (LinkApplicationToGitHub,
                                                                  application_name) },
                                                  { .action = "slipway:UseGitHubAccountToken",
                                                    .kind = RESOURCE_ANY,
                                                    .when = TEXT (LinkApplicationToGitHub,
                                                                  token_name) }),
                                           .facts = { { "slipway:GitHubAccountTokenName",
                                                        TEXT (LinkApplicationToGitHub,
                                                              token_name) } } },
  [API_OP_LOOKUP_EVENTS] = ON_ANYTHING,

  /* users */
  [API_OP_CREATE_USER] = { NEEDS ({ .kind = RESOURCE_NEW_USER,
                                    .of = TEXT (CreateUser, path),
                                    .name = TEXT (CreateUser, user_name) },
                                  { .action = "iam:TagUser",
                                    .kind = RESOURCE_NEW_USER,
                                    .of = TEXT (CreateUser, path),
                                    .name = TEXT (CreateUser, user_name),
                                    .when = TAGS (CreateUser, tags, ApiIamTagList) }),
                           .tags = TAGS (CreateUser, tags, ApiIamTagList) },
  [API_OP_GET_USER] = ON_USER (GetUser),
  [API_OP_LIST_USERS] = ON_ANYTHING,
  [API_OP_DELETE_USER] = ON_USER (DeleteUser),
  [API_OP_TAG_USER] = { NEEDS ({ .kind = RESOURCE_USER, .name = TEXT (TagUser, user_name) }),
                        .tags = TAGS (TagUser, tags, ApiIamTagList) },
  [API_OP_UNTAG_USER] = { NEEDS ({ .kind = RESOURCE_USER, .name = TEXT (UntagUser, user_name) }),
                          .tag_keys = TEXTS (UntagUser, tag_keys, ApiIamTagKeyList) },
  [API_OP_LIST_USER_TAGS] = ON_USER (ListUserTags),
  [API_OP_CREATE_ACCESS_KEY] = ON_USER (CreateAccessKey),
  [API_OP_LIST_ACCESS_KEYS] = ON_USER (ListAccessKeys),
  [API_OP_UPDATE_ACCESS_KEY] = ON_USER (UpdateAccessKey),
  [API_OP_DELETE_ACCESS_KEY] = ON_USER (DeleteAccessKey),
  [API_OP_PUT_USER_POLICY] = ON_USER (PutUserPolicy),
  [API_OP_GET_USER_POLICY] = ON_USER (GetUserPolicy),
  [API_OP_LIST_USER_POLICIES] = ON_USER (ListUserPolicies),
  [API_OP_DELETE_USER_POLICY] = ON_USER (DeleteUserPolicy),
  [API_OP_ATTACH_USER_POLICY] = ON_USER_WITH_POLICY (AttachUserPolicy),
  [API_OP_DETACH_USER_POLICY] = ON_USER_WITH_POLICY (DetachUserPolicy),
  [API_OP_LIST_ATTACHED_USER_POLICIES] = ON_USER (ListAttachedUserPolicies),
  [API_OP_LIST_GROUPS_FOR_USER] = ON_USER (ListGroupsForUser),
  [API_OP_LIST_MFA_DEVICES] = ON_USER (ListMFADevices),
  [API_OP_LIST_SSH_PUBLIC_KEYS] = ON_USER (ListSSHPublicKeys),
  [API_OP_LIST_SERVICE_SPECIFIC_CREDENTIALS] = ON_USER (ListServiceSpecificCredentials),
  [API_OP_LIST_SIGNING_CERTIFICATES] = ON_USER (ListSigningCertificates),
  [API_OP_GET_LOGIN_PROFILE] = ON_USER (GetLoginProfile),
  [API_OP_DELETE_LOGIN_PROFILE] = ON_USER (DeleteLoginProfile),

  /* roles and managed policies */
  [API_OP_CREATE_ROLE] = { NEEDS ({ .kind = RESOURCE_NEW_ROLE,
                                    .of = TEXT (CreateRole, path),
                                    .name = TEXT (CreateRole, role_name) },
                                  { .action = "iam:TagRole",
                                    .kind = RESOURCE_NEW_ROLE,
                                    .of = TEXT (CreateRole, path),
                                    .name = TEXT (CreateRole, role_name),
                                    .when = TAGS (CreateRole, tags, ApiIamTagList) }),
                           .tags = TAGS (CreateRole, tags, ApiIamTagList) },
  [API_OP_GET_ROLE] = ON_ROLE (GetRole),
  [API_OP_LIST_ROLES] = ON_ANYTHING,
  [API_OP_UPDATE_ROLE] = ON_ROLE (UpdateRole),
  [API_OP_UPDATE_ASSUME_ROLE_POLICY] = ON_ROLE (UpdateAssumeRolePolicy),
  [API_OP_DELETE_ROLE] = ON_ROLE (DeleteRole),
  [API_OP_TAG_ROLE] = { NEEDS ({ .kind = RESOURCE_ROLE, .name = TEXT (TagRole, role_name) }),
                        .tags = TAGS (TagRole, tags, ApiIamTagList) },
  [API_OP_UNTAG_ROLE] = { NEEDS ({ .kind = RESOURCE_ROLE, .name = TEXT (UntagRole, role_name) }),
                          .tag_keys = TEXTS (UntagRole, tag_keys, ApiIamTagKeyList) },
  [API_OP_LIST_ROLE_TAGS] = ON_ROLE (ListRoleTags),
  [API_OP_PUT_ROLE_POLICY] = ON_ROLE (PutRolePolicy),
  [API_OP_GET_ROLE_POLICY] = ON_ROLE (GetRolePolicy),
  [API_OP_LIST_ROLE_POLICIES] = ON_ROLE (ListRolePolicies),
  [API_OP_DELETE_ROLE_POLICY] = ON_ROLE (DeleteRolePolicy),
  [API_OP_ATTACH_ROLE_POLICY] = ON_ROLE_WITH_POLICY (AttachRolePolicy),
  [API_OP_DETACH_ROLE_POLICY] = ON_ROLE_WITH_POLICY (DetachRolePolicy),
  [API_OP_LIST_ATTACHED_ROLE_POLICIES] = ON_ROLE (ListAttachedRolePolicies),
  [API_OP_LIST_INSTANCE_PROFILES_FOR_ROLE] = ON_ROLE (ListInstanceProfilesForRole),
  [API_OP_LIST_POLICIES] = ON_ANYTHING,
  [API_OP_GET_POLICY] = ON_POLICY (GetPolicy),
  [API_OP_GET_POLICY_VERSION] = ON_POLICY (GetPolicyVersion),

  /* sessions */
  [API_OP_GET_CALLER_IDENTITY] = FOR_ANYONE,
  [API_OP_GET_SESSION_TOKEN] = FOR_ANYONE,
  [API_OP_ASSUME_ROLE] = { .rule = PERMISSION_BY_ACTION },
};

const Permission *
permission_of (ApiOp op)
{
  return &permissions[op];
}

const char *
permission_prefix (const ApiOperation *op)
{
  switch (op->service) {
  case API_SERVICE_SLIPWAY:
    return "slipway";
  case API_SERVICE_HOST_COMMANDS:
    return "codedeploy-commands-secure";
  default: /* the name that requests are signed for */
    return op->signing_name;
  }
}
