#include "server/authorize.h"

#include <string.h>

#include "server/caller-context.h"
#include "server/host-identity.h"
#include "server/named-resources.h"
#include "server/permissions.h"
#include "store/records/instance.h"

/* ---- what conditions look at ---- */

static void
add_request_tags (PolicyContext *context, const Permission *permission, const ApiCall *call)
{
  const ApiTagList *tags = place_tags (&permission->tags, call->input);
  gsize n = 0;
  const char *const *keys = place_texts (&permission->tag_keys, call->input, &n);
  for (gsize i = 0; tags != NULL && i < tags->n; i++) {
    const ApiTag *tag = tags->items[i];
    policy_context_add (context, "aws:TagKeys", tag->key);
    policy_context_add (context, arena_printf (call->arena, "aws:RequestTag/%s", tag->key),
                        tag->value == NULL ? "" : tag->value);
  }
  for (gsize i = 0; i < n; i++)
    policy_context_add (context, "aws:TagKeys", keys[i]);
}

static PolicyContext *
call_context (const ApiCall *call, const PermissionNeed *need)
{
  const Permission *permission = permission_of (call->op->id);
  const ArnScope *scope = &call->env->arn;
  PolicyContext *context = policy_context_new (call->arena);
  caller_context_fill (context, call->caller, scope->account_id, call->now_ms, call->arena);
  policy_context_add (context, "aws:RequestedRegion", scope->region);
  add_request_tags (context, permission, call);
  for (gsize i = 0; i < G_N_ELEMENTS (permission->facts); i++)
    if (permission->facts[i].key != NULL)
      policy_context_add (context, permission->facts[i].key,
                          place_text (&permission->facts[i].place, call->input));
  policy_context_add (context, "iam:PassedToService", need->passed_to);
  return context;
}

/* ---- questions ---- */

static const char *
own_action (const ApiCall *call)
{
  return arena_printf (call->arena, "%s:%s", permission_prefix (call->op), call->op->name);
}

/* One resource of one need. */
static gboolean
check_resource (const ApiCall *call, const PermissionNeed *need, const NamedResource *resource,
                const PolicyContext *context, GError **error)
{
  AccessQuestion question = {
    .caller = call->caller,
    .scope = &call->env->arn,
    .action = need->action != NULL ? need->action : own_action (call),
    .n_resources = resource->n,
    .resources = resource->spellings,
    .context = context,
    .arena = call->arena,
  };
  PolicyVerdict verdict = access_verdict (&question);
  if (verdict.allowed)
    return TRUE;
  if (need->or_action != NULL) {
    AccessQuestion other = question;
    other.action = need->or_action;
    if (access_verdict (&other).allowed)
      return TRUE;
  }
  access_refuse (&question, &verdict, error);
  return FALSE;
}

static gboolean
check_need (const ApiCall *call, StoreTx *tx, const PermissionNeed *need, GError **error)
{
  NamedResources resources;
  gboolean with_tags = access_mentions (call->caller, "aws:ResourceTag/") ||
                       access_mentions (call->caller, "iam:ResourceTag/");
  if (!named_resources_of (call, tx, need, &resources, error))
    return FALSE;
  PolicyContext *context = call_context (call, need);
  for (gsize i = 0; i < resources.n; i++) {
    const NamedResource *resource = &resources.items[i];
    TagList tags;
    if (with_tags) {
      if (!named_resource_tags (call, tx, resource, &tags, error))
        return FALSE;
      context = call_context (call, need);
      access_add_tags (context, "aws:ResourceTag", &tags, call->arena);
      if (resource->owner != NULL)
        access_add_tags (context, "iam:ResourceTag", &tags, call->arena);
    }
    if (!check_resource (call, need, resource, context, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_needs (const ApiCall *call, StoreTx *tx, const Permission *permission, GError **error)
{
  for (guint i = 0; i < permission->n_needs; i++) {
    const PermissionNeed *need = &permission->needs[i];
    gboolean applies =
        need->when.kind == PLACE_NOWHERE || place_is_given (&need->when, call->input);
    if (applies && !check_need (call, tx, need, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- hosts ---- */

static const char *const anything[] = { "*" };

static AccessQuestion
host_question (const ApiCall *call)
{
  static const PermissionNeed need = { .kind = RESOURCE_ANY };
  return (AccessQuestion){
    .caller = call->caller,
    .scope = &call->env->arn,
    .action = own_action (call),
    .n_resources = G_N_ELEMENTS (anything),
    .resources = anything,
    .context = call_context (call, &need),
    .arena = call->arena,
  };
}

/* Policies can take the right of a registered host away, but not give it. */
static gboolean
check_not_denied (const ApiCall *call, GError **error)
{
  const AccessQuestion question = host_question (call);
  PolicyVerdict verdict = access_verdict (&question);
  if (!verdict.explicit_deny)
    return TRUE;
  access_refuse (&question, &verdict, error);
  return FALSE;
}

static gboolean
check_host (const ApiCall *call, StoreTx *tx, GError **error)
{
  InstanceRecord *instance = NULL;
  gboolean is_host = call->principal->kind == PRINCIPAL_HOST;
  /* An EC2 instance: nothing is registered, so its role has to have the right. Else whoever may name sessions could be any of
   * them. */
  if (host_identity_is_instance (call->principal)) {
    const AccessQuestion question = host_question (call);
    return access_check (&question, error);
  }
  if (!is_host) {
    if (!instance_record_by_iam_arn (tx, call->principal->arn, call->arena, &instance, error))
      return FALSE;
    is_host = instance != NULL;
  }
  if (!is_host) {
    api_error_set (error, API_ERR_ACCESS_DENIED,
                   "User: %s is not authorized to perform: %s on resource: * because it is not the "
                   "identity of a registered on-premises instance",
                   call->principal->arn, own_action (call));
    return FALSE;
  }
  return !access_has_policies (call->caller) || check_not_denied (call, error);
}

/* ---- temporary keys of users ---- */

/* As AWS has it (STS, GetSessionToken): without a second factor they are for work, not for identities. Who gets hold of one cannot
 * make of it a key that stays. */
static gboolean
check_temporary (const ApiCall *call, GError **error)
{
  const Caller *caller = call->caller;
  gboolean is_of_user = caller->identity->issue_ms != 0 && caller->principal->role_arn == NULL;
  if (!is_of_user || strcmp (call->op->signing_name, "iam") != 0)
    return TRUE;
  api_error_set (error, API_ERR_ACCESS_DENIED,
                 "User: %s is not authorized to perform: %s with a temporary key of "
                 "GetSessionToken: it takes a key without an end, or a role's session",
                 caller->principal->arn, own_action (call));
  return FALSE;
}

/* ---- calls ---- */

gboolean
authorize_needs_store (const ApiCall *call)
{
  return permission_of (call->op->id)->rule != PERMISSION_HOST ||
         call->principal->kind != PRINCIPAL_HOST;
}

gboolean
authorize_call (const ApiCall *call, StoreTx *tx, GError **error)
{
  static const PermissionNeed unknown = { .kind = RESOURCE_ANY };
  const Permission *permission = permission_of (call->op->id);
  if (permission->rule == PERMISSION_HOST)
    return check_host (call, tx, error);
  if (!check_temporary (call, error))
    return FALSE;
  if (access_is_unlimited (call->caller))
    return TRUE;
  switch (permission->rule) {
  case PERMISSION_FREE:
  case PERMISSION_BY_ACTION:
    return TRUE;
  case PERMISSION_NEEDED:
    return check_needs (call, tx, permission, error);
  case PERMISSION_UNKNOWN:
    return check_need (call, tx, &unknown, error);
  case PERMISSION_HOST:
    break;
  }
  g_assert_not_reached ();
}

/* ---- objects ---- */

PolicyContext *
authorize_object_context (const Caller *caller, const ArnScope *scope, gint64 now_ms, Arena *arena)
{
  PolicyContext *context = policy_context_new (arena);
  caller_context_fill (context, caller, scope->account_id, now_ms, arena);
  policy_context_add (context, "aws:RequestedRegion", scope->region);
  return context;
}

gboolean
authorize_object (const ObjectDeed *deed, GError **error)
{
  const char *resource = "*";
  if (access_is_unlimited (deed->caller))
    return TRUE;
  if (deed->bucket != NULL)
    resource =
        arena_printf (deed->arena, "arn:%s:s3:::%s%s%s", deed->scope->partition, deed->bucket,
                      deed->key == NULL ? "" : "/", deed->key == NULL ? "" : deed->key);
  const AccessQuestion question = {
    .caller = deed->caller,
    .scope = deed->scope,
    .action = deed->action,
    .n_resources = 1,
    .resources = &resource,
    .context = deed->facts,
    .resource_policy = deed->bucket_policy,
    .arena = deed->arena,
  };
  return access_check (&question, error);
}
