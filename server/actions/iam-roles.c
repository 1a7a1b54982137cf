#include "proto/api-error.h"
#include "server/actions/iam-actions.h"
#include "server/actions/iam.h"
#include "server/actions/page.h"
#include "server/gone-principal.h"
#include "server/keyring.h"
#include "store/records/iam-policy.h"
#include "store/records/principal.h"
#include "store/records/resource-tag.h"

/* Roles: who may assume one is its trust policy; how that is judged is sts.c. */

#define DEFAULT_SESSION_S 3600

static gboolean
check_room (ApiCall *call, StoreTx *tx, GError **error)
{
  gint64 limit = call->env->quotas->roles;
  gint64 n = 0;
  if (!iam_role_record_count (tx, limit, &n, error))
    return FALSE;
  if (n >= limit)
    api_error_set (error, API_ERR_LIMIT_EXCEEDED,
                   "Cannot exceed quota for RolesPerAccount: %" G_GINT64_FORMAT, limit);
  return n < limit;
}

/* Ids of those who are gone stand in policies that are kept (server/gone-principal.h), not in new ones. */
static gboolean
check_nobody_is_gone (const Policy *policy, GError **error)
{
  for (gsize i = 0; i < policy->n; i++) {
    const PolicyPrincipals *principals = &policy->statements[i].principals;
    for (gsize k = 0; k < principals->n; k++)
      if (principals->items[k].kind == POLICY_PRINCIPAL_GONE) {
        api_error_set (error, API_ERR_MALFORMED_POLICY_DOCUMENT,
                       "Invalid principal in policy: \"AWS\":\"%s\"", principals->items[k].name);
        return FALSE;
      }
  }
  return TRUE;
}

static gboolean
check_trust (ApiCall *call, const char *document, GError **error)
{
  const Policy *policy;
  return iam_check_document (document, POLICY_DOCUMENT_TRUST, POLICY_DOCUMENT_TRUST_MAX,
                             call->arena, &policy, error) &&
         check_nobody_is_gone (policy, error);
}

gboolean
action_create_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiCreateRoleInput *input = call->input;
  ApiCreateRoleOutput *out = output;
  const gint64 *session_s = input->max_session_duration;
  const char *path;
  gboolean taken;
  TagList tags;
  if (!iam_refuse (input->permissions_boundary, "PermissionsBoundary", "permissions boundaries",
                   error) ||
      !iam_check_path (input->path, &path, error) ||
      !check_trust (call, input->assume_role_policy_document, error) ||
      !check_room (call, tx, error))
    return FALSE;
  const IamRole role = {
    .arn = arn_for_iam_role (call->arena, &call->env->arn, path, input->role_name),
    .path = path,
    .name = input->role_name,
    .description = input->description == NULL ? "" : input->description,
    .trust_policy = input->assume_role_policy_document,
    .max_session_s = session_s == NULL ? DEFAULT_SESSION_S : *session_s,
    .create_ms = call->now_ms,
  };
  if (!iam_role_record_insert (tx, &role, &taken, error))
    return FALSE;
  if (taken) {
    api_error_set (error, API_ERR_ENTITY_ALREADY_EXISTS, "Role with name %s already exists.",
                   role.name);
    return FALSE;
  }
  if (!iam_put_tags (call, tx, role.arn, input->tags, error) ||
      !resource_tag_record_list (tx, role.arn, call->arena, &tags, error))
    return FALSE;
  out->role = iam_show_role (&role, &tags, call->arena);
  return TRUE;
}

gboolean
action_get_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetRoleInput *input = call->input;
  ApiGetRoleOutput *out = output;
  IamRole *role;
  TagList tags;
  if (!iam_find_role (call, tx, input->role_name, &role, error) ||
      !resource_tag_record_list (tx, role->arn, call->arena, &tags, error))
    return FALSE;
  out->role = iam_show_role (role, &tags, call->arena);
  return TRUE;
}

static const char *
role_position (gconstpointer items, gsize i, Arena *arena)
{
  IamRole *const *roles = items;
  return principal_key (roles[i]->name, arena);
}

gboolean
action_list_roles (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListRolesInput *input = call->input;
  ApiListRolesOutput *out = output;
  gsize size = iam_page_size (input->max_items);
  const char *after;
  IamRoleList roles;
  if (!page_begin (call, input->marker, &after, error) ||
      !iam_role_record_list (tx, input->path_prefix == NULL ? "/" : input->path_prefix, after,
                             size + 1, call->arena, &roles, error))
    return FALSE;
  IamPage page = iam_page_end (call, roles.n, size, role_position, roles.items);
  ApiIamRoleList *list = arena_new0 (call->arena, ApiIamRoleList);
  list->n = page.n;
  list->items = arena_new0_n (call->arena, const ApiIamRole *, page.n + 1);
  for (gsize i = 0; i < page.n; i++)
    list->items[i] = iam_show_role (roles.items[i], NULL, call->arena);
  out->roles = list;
  out->is_truncated = page.truncated;
  out->marker = page.marker;
  return TRUE;
}

gboolean
action_update_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiUpdateRoleInput *input = call->input;
  IamRole *role;
  if (!iam_find_role (call, tx, input->role_name, &role, error))
    return FALSE;
  if (input->description != NULL)
    role->description = input->description;
  if (input->max_session_duration != NULL)
    role->max_session_s = *input->max_session_duration;
  return iam_role_record_update (tx, role, error);
}

gboolean
action_update_assume_role_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiUpdateAssumeRolePolicyInput *input = call->input;
  IamRole *role;
  if (!check_trust (call, input->policy_document, error) ||
      !iam_find_role (call, tx, input->role_name, &role, error))
    return FALSE;
  role->trust_policy = input->policy_document;
  return iam_role_record_update (tx, role, error);
}

gboolean
action_delete_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiDeleteRoleInput *input = call->input;
  IamRole *role;
  gboolean has_policies;
  if (!iam_find_role (call, tx, input->role_name, &role, error) ||
      !iam_policy_record_has_any (tx, role->arn, &has_policies, error))
    return FALSE;
  if (has_policies) {
    api_error_set (error, API_ERR_DELETE_CONFLICT,
                   "Cannot delete entity, must delete and detach all policies first.");
    return FALSE;
  }
  keyring_forget (call->env->keyring, tx); /* its sessions' keys go with it */
  return gone_principal_role (tx, role, &call->env->arn, error) &&
         iam_role_record_delete (tx, role->arn, error);
}

gboolean
action_tag_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiTagRoleInput *input = call->input;
  IamRole *role;
  keyring_forget (call->env->keyring, tx); /* policies may look at the tags */
  return iam_find_role (call, tx, input->role_name, &role, error) &&
         iam_put_tags (call, tx, role->arn, input->tags, error);
}

gboolean
action_untag_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiUntagRoleInput *input = call->input;
  IamRole *role;
  keyring_forget (call->env->keyring, tx);
  return iam_find_role (call, tx, input->role_name, &role, error) &&
         iam_remove_tags (tx, role->arn, input->tag_keys, error);
}

gboolean
action_list_role_tags (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListRoleTagsInput *input = call->input;
  ApiListRoleTagsOutput *out = output;
  IamRole *role;
  return iam_find_role (call, tx, input->role_name, &role, error) &&
         iam_list_tags (call, tx, role->arn, &out->tags, &out->is_truncated, error);
}

gboolean
action_list_instance_profiles_for_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  static const ApiNothingList nothing = { 0, NULL };
  const ApiListInstanceProfilesForRoleInput *input = call->input;
  ApiListInstanceProfilesForRoleOutput *out = output;
  IamRole *role;
  out->instance_profiles = &nothing;
  out->is_truncated = arena_bool (call->arena, FALSE);
  return iam_find_role (call, tx, input->role_name, &role, error);
}
