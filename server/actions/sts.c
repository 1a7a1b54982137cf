#include <string.h>

#include "proto/api-error.h"
#include "server/access.h"
#include "server/actions/iam-actions.h"
#include "server/actions/iam.h"
#include "server/caller-context.h"
#include "server/keyring.h"
#include "server/managed-policy.h"
#include "store/records/iam-policy.h"
#include "store/records/resource-tag.h"

/* Temporary keys: api.md 8.5, and the session credentials of on-premises hosts (agent.md 6.7). */

#define DEFAULT_ROLE_S    3600
#define DEFAULT_SESSION_S 43200
#define MAX_CHAINED_S     3600 /* of a session that a session asks for */
#define SESSION_POLICY    "session"

gboolean
action_get_caller_identity (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  ApiGetCallerIdentityOutput *out = output;
  out->user_id = call->caller->identity->user_id;
  out->account = call->env->arn.account_id;
  out->arn = call->principal->arn;
  return TRUE;
}

static const ApiCredentials *
show_credentials (ApiCall *call, const KeyringNewSession *made, gint64 lifetime_s)
{
  ApiCredentials *shown = arena_new0 (call->arena, ApiCredentials);
  shown->access_key_id = arena_strdup (call->arena, made->key.id);
  shown->secret_access_key = arena_strdup (call->arena, made->key.secret);
  shown->session_token = arena_strdup (call->arena, made->token);
  shown->expiration = arena_int64 (call->arena, call->now_ms + lifetime_s * 1000);
  return shown;
}

gboolean
action_get_session_token (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetSessionTokenInput *input = call->input;
  ApiGetSessionTokenOutput *out = output;
  gint64 lifetime_s =
      input->duration_seconds == NULL ? DEFAULT_SESSION_S : *input->duration_seconds;
  KeyringNewSession made;
  if (!iam_refuse (input->serial_number, "SerialNumber", "multi-factor devices", error) ||
      !iam_refuse (input->token_code, "TokenCode", "multi-factor devices", error))
    return FALSE;
  if (call->caller->identity->issue_ms != 0) {
    api_error_set (error, API_ERR_ACCESS_DENIED,
                   "Cannot call GetSessionToken with session credentials");
    return FALSE;
  }
  if (!keyring_create_session (call->env->keyring, tx, call->principal, call->now_ms, lifetime_s,
                               &made, error))
    return FALSE;
  out->credentials = show_credentials (call, &made, lifetime_s);
  return TRUE;
}

/* ---- may the caller assume the role? ---- */

static const PolicyContext *
assume_context (ApiCall *call, const TagList *role_tags)
{
  const ApiAssumeRoleInput *input = call->input;
  PolicyContext *context = policy_context_new (call->arena);
  caller_context_fill (context, call->caller, call->env->arn.account_id, call->now_ms, call->arena);
  policy_context_add (context, "aws:RequestedRegion", call->env->arn.region);
  policy_context_add (context, "sts:ExternalId", input->external_id);
  policy_context_add (context, "sts:RoleSessionName", input->role_session_name);
  access_add_tags (context, "aws:ResourceTag", role_tags, call->arena);
  access_add_tags (context, "iam:ResourceTag", role_tags, call->arena);
  for (gsize i = 0; input->tags != NULL && i < input->tags->n; i++) {
    const ApiIamTag *tag = input->tags->items[i];
    policy_context_add (context, "aws:TagKeys", tag->key);
    policy_context_add (context, arena_printf (call->arena, "aws:RequestTag/%s", tag->key),
                        tag->value);
  }
  return context;
}

static gboolean
refuse_caller (ApiCall *call, const char *action, GError **error)
{
  const ApiAssumeRoleInput *input = call->input;
  api_error_set (error, API_ERR_ACCESS_DENIED,
                 "User: %s is not authorized to perform: %s on resource: %s", call->principal->arn,
                 action, input->role_arn);
  return FALSE;
}

/* The role's trust policy has to allow it, and the caller's own policies if the trust policy leaves it to them. */
static gboolean
check_trusted (ApiCall *call, const IamRole *role, const TagList *role_tags, GError **error)
{
  const ApiAssumeRoleInput *input = call->input;
  const Identity *identity = call->caller->identity;
  const char *const actions[] = { "sts:AssumeRole", input->tags == NULL ? NULL : "sts:TagSession" };
  const Policy *trust;
  if (!iam_check_document (role->trust_policy, POLICY_DOCUMENT_TRUST, G_MAXSIZE, call->arena,
                           &trust, error))
    return FALSE;
  const PolicySources sources = { .identity = identity->policies,
                                  .session = identity->session_policies,
                                  .resource = trust,
                                  .resource_rule = POLICY_RESOURCE_MUST_ALLOW };
  const PolicyContext *context = assume_context (call, role_tags);
  for (gsize i = 0; i < G_N_ELEMENTS (actions) && actions[i] != NULL; i++) {
    const PolicyRequest request = {
      .action = actions[i],
      .n_resources = 1,
      .resources = &role->arn,
      .caller = caller_context_who (call->caller, call->env->arn.account_id),
      .context = context,
    };
    if (!policy_decide (&sources, &request).allowed)
      return refuse_caller (call, actions[i], error);
  }
  return TRUE;
}

/* ---- what the session gets ---- */

static gboolean
check_duration (ApiCall *call, const IamRole *role, gint64 *out_s, GError **error)
{
  const ApiAssumeRoleInput *input = call->input;
  *out_s = input->duration_seconds == NULL ? DEFAULT_ROLE_S : *input->duration_seconds;
  if (*out_s > role->max_session_s) {
    api_error_set (
        error, API_ERR_VALIDATION_ERROR,
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    return FALSE;
  }
  if (call->principal->role_arn != NULL && *out_s > MAX_CHAINED_S) {
    api_error_set (error, API_ERR_VALIDATION_ERROR,
                   "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                   "assumed by role chaining");
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_session_policies (ApiCall *call, GError **error)
{
  const ApiAssumeRoleInput *input = call->input;
  g_autoptr (GError) problem = NULL;
  for (gsize i = 0; input->policy_arns != NULL && i < input->policy_arns->n; i++) {
    const char *arn = input->policy_arns->items[i]->arn;
    if (arn == NULL || managed_policy_by_arn (arn) == NULL) {
      api_error_set (error, API_ERR_MALFORMED_POLICY_DOCUMENT,
                     "PolicyArns: there is no managed policy %s", arn == NULL ? "" : arn);
      return FALSE;
    }
  }
  if (input->policy == NULL ||
      iam_check_document (input->policy, POLICY_DOCUMENT_IDENTITY, POLICY_DOCUMENT_SESSION_MAX,
                          call->arena, NULL, &problem))
    return TRUE;
  if (api_error_code (problem) == API_ERR_LIMIT_EXCEEDED)
    api_error_set (error, API_ERR_PACKED_POLICY_TOO_LARGE, "%s", problem->message);
  else
    g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* The policies and tags of a session are its key's. */
static gboolean
put_limits (ApiCall *call, StoreTx *tx, const char *key_id, GError **error)
{
  const ApiAssumeRoleInput *input = call->input;
  if (input->policy != NULL &&
      !iam_policy_record_put (tx, key_id, SESSION_POLICY, input->policy, error))
    return FALSE;
  for (gsize i = 0; input->policy_arns != NULL && i < input->policy_arns->n; i++)
    if (!iam_attachment_record_add (tx, key_id, input->policy_arns->items[i]->arn, error))
      return FALSE;
  return iam_put_tags (call, tx, key_id, input->tags, error);
}

static const ApiAssumedRoleUser *
show_session (ApiCall *call, const IamRole *role, const Principal *session)
{
  ApiAssumedRoleUser *shown = arena_new0 (call->arena, ApiAssumedRoleUser);
  shown->assumed_role_id = arena_printf (
      call->arena, "%s:%s", iam_show_role (role, NULL, call->arena)->role_id, session->name);
  shown->arn = session->arn;
  return shown;
}

static gboolean
check_members (const ApiAssumeRoleInput *input, GError **error)
{
  return iam_refuse (input->serial_number, "SerialNumber", "multi-factor devices", error) &&
         iam_refuse (input->token_code, "TokenCode", "multi-factor devices", error) &&
         iam_refuse (input->source_identity, "SourceIdentity", "source identities", error) &&
         iam_refuse (input->transitive_tag_keys, "TransitiveTagKeys", "transitive session tags",
                     error) &&
         iam_check_tags (input->tags, error);
}

gboolean
action_assume_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiAssumeRoleInput *input = call->input;
  ApiAssumeRoleOutput *out = output;
  IamRole *role;
  TagList role_tags;
  KeyringNewSession made;
  gint64 lifetime_s = 0;
  if (!check_members (input, error) ||
      !iam_role_record_by_arn (tx, input->role_arn, call->arena, &role, error))
    return FALSE;
  if (role == NULL) /* whether there is one is nobody's business who may not assume it */
    return refuse_caller (call, "sts:AssumeRole", error);
  if (!resource_tag_record_list (tx, role->arn, call->arena, &role_tags, error) ||
      !check_trusted (call, role, &role_tags, error) ||
      !check_duration (call, role, &lifetime_s, error) || !check_session_policies (call, error))
    return FALSE;
  const Principal session = {
    .arn = arn_for_sts_session (call->arena, &call->env->arn, role->name, input->role_session_name),
    .kind = PRINCIPAL_SESSION,
    .path = "/",
    .name = input->role_session_name,
    .role_arn = role->arn,
    .create_ms = call->now_ms,
  };
  if (!keyring_create_session (call->env->keyring, tx, &session, call->now_ms, lifetime_s, &made,
                               error) ||
      !put_limits (call, tx, made.key.id, error))
    return FALSE;
  out->credentials = show_credentials (call, &made, lifetime_s);
  out->assumed_role_user = show_session (call, role, &session);
  if (input->policy != NULL) /* per cent of what it may be */
    out->packed_policy_size = arena_int64 (
        call->arena, (gint64)(policy_document_size (input->policy, strlen (input->policy)) * 100 /
                              POLICY_DOCUMENT_SESSION_MAX));
  return TRUE;
}
