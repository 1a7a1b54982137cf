#include <string.h>

#include "proto/api-error.h"
#include "server/actions/iam-actions.h"
#include "server/actions/iam.h"
#include "server/actions/page.h"
#include "server/gone-principal.h"
#include "server/keyring.h"
#include "store/records/access-key.h"
#include "store/records/iam-policy.h"
#include "store/records/resource-tag.h"

/* Users: api.md 8.1. */

static gboolean
check_room (ApiCall *call, StoreTx *tx, GError **error)
{
  gint64 limit = call->env->quotas->users;
  gint64 n = 0;
  if (!principal_record_count (tx, limit, &n, error))
    return FALSE;
  if (n >= limit)
    api_error_set (error, API_ERR_LIMIT_EXCEEDED,
                   "Cannot exceed quota for UsersPerAccount: %" G_GINT64_FORMAT, limit);
  return n < limit;
}

gboolean
action_create_user (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiCreateUserInput *input = call->input;
  ApiCreateUserOutput *out = output;
  const char *path;
  gboolean taken;
  TagList tags;
  if (!iam_refuse (input->permissions_boundary, "PermissionsBoundary", "permissions boundaries",
                   error) ||
      !iam_check_path (input->path, &path, error) || !check_room (call, tx, error))
    return FALSE;
  const Principal user = {
    .arn = arn_for_iam_user (call->arena, &call->env->arn, path, input->user_name),
    .kind = strcmp (path, IAM_HOST_PATH) == 0 ? PRINCIPAL_HOST : PRINCIPAL_USER,
    .path = path,
    .name = input->user_name,
    .create_ms = call->now_ms,
  };
  if (!principal_record_insert (tx, &user, &taken, error))
    return FALSE;
  if (taken) {
    api_error_set (error, API_ERR_ENTITY_ALREADY_EXISTS, "User with name %s already exists.",
                   user.name);
    return FALSE;
  }
  if (!iam_put_tags (call, tx, user.arn, input->tags, error) ||
      !resource_tag_record_list (tx, user.arn, call->arena, &tags, error))
    return FALSE;
  out->user = iam_show_user (&user, &tags, call->arena);
  return TRUE;
}

gboolean
action_get_user (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetUserInput *input = call->input;
  ApiGetUserOutput *out = output;
  Principal *user;
  TagList tags;
  if (!iam_find_user (call, tx, input->user_name, &user, error) ||
      !resource_tag_record_list (tx, user->arn, call->arena, &tags, error))
    return FALSE;
  out->user = iam_show_user (user, &tags, call->arena);
  return TRUE;
}

static const char *
user_position (gconstpointer items, gsize i, Arena *arena)
{
  Principal *const *users = items;
  return principal_key (users[i]->name, arena);
}

gboolean
action_list_users (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListUsersInput *input = call->input;
  ApiListUsersOutput *out = output;
  gsize size = iam_page_size (input->max_items);
  const char *after;
  PrincipalList users;
  if (!page_begin (call, input->marker, &after, error) ||
      !principal_record_list (tx, input->path_prefix == NULL ? "/" : input->path_prefix, after,
                              size + 1, call->arena, &users, error))
    return FALSE;
  IamPage page = iam_page_end (call, users.n, size, user_position, users.items);
  ApiUserList *list = arena_new0 (call->arena, ApiUserList);
  list->n = page.n;
  list->items = arena_new0_n (call->arena, const ApiUser *, page.n + 1);
  for (gsize i = 0; i < page.n; i++)
    list->items[i] = iam_show_user (users.items[i], NULL, call->arena);
  out->users = list;
  out->is_truncated = page.truncated;
  out->marker = page.marker;
  return TRUE;
}

/* What has to go before a user may: tools count on being told. */
static gboolean
check_bare (ApiCall *call, StoreTx *tx, const Principal *user, GError **error)
{
  AccessKeyList keys;
  gboolean has_policies;
  if (!access_key_record_list (tx, user->arn, NULL, 1, call->arena, &keys, error) ||
      !iam_policy_record_has_any (tx, user->arn, &has_policies, error))
    return FALSE;
  if (keys.n == 0 && !has_policies)
    return TRUE;
  api_error_set (error, API_ERR_DELETE_CONFLICT, "Cannot delete entity, must %s first.",
                 keys.n > 0 ? "delete access keys" : "delete and detach all policies");
  return FALSE;
}

gboolean
action_delete_user (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiDeleteUserInput *input = call->input;
  Principal *user;
  return iam_find_user (call, tx, input->user_name, &user, error) &&
         check_bare (call, tx, user, error) && gone_principal_user (tx, user, error) &&
         keyring_delete_principal (call->env->keyring, tx, user->arn, error);
}

/* ---- tags ---- */

gboolean
action_tag_user (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiTagUserInput *input = call->input;
  Principal *user;
  keyring_forget (call->env->keyring, tx); /* policies may look at the tags */
  return iam_find_user (call, tx, input->user_name, &user, error) &&
         iam_put_tags (call, tx, user->arn, input->tags, error);
}

gboolean
action_untag_user (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiUntagUserInput *input = call->input;
  Principal *user;
  keyring_forget (call->env->keyring, tx);
  return iam_find_user (call, tx, input->user_name, &user, error) &&
         iam_remove_tags (tx, user->arn, input->tag_keys, error);
}

gboolean
action_list_user_tags (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListUserTagsInput *input = call->input;
  ApiListUserTagsOutput *out = output;
  Principal *user;
  return iam_find_user (call, tx, input->user_name, &user, error) &&
         iam_list_tags (call, tx, user->arn, &out->tags, &out->is_truncated, error);
}

/* ---- what users do not have here ---- */

static const ApiNothingList nothing = { 0, NULL };

/* Of an operation that lists what a user does not have: sets the list, and that it is whole. */
#define LISTS_NOTHING(name, Name, member)                                                          \
  gboolean action_##name (ApiCall *call, StoreTx *tx, gpointer output, GError **error)             \
  {                                                                                                \
    const Api##Name##Input *input = call->input;                                                   \
    Api##Name##Output *out = output;                                                               \
    Principal *user;                                                                               \
    if (!iam_find_user (call, tx, input->user_name, &user, error))                                 \
      return FALSE;                                                                                \
    out->member = &nothing;                                                                        \
    out->is_truncated = arena_bool (call->arena, FALSE);                                           \
    return TRUE;                                                                                   \
  }
LISTS_NOTHING (list_groups_for_user, ListGroupsForUser, groups)
LISTS_NOTHING (list_mfa_devices, ListMFADevices, mfa_devices)
LISTS_NOTHING (list_ssh_public_keys, ListSSHPublicKeys, ssh_public_keys)
LISTS_NOTHING (list_signing_certificates, ListSigningCertificates, certificates)

gboolean
action_list_service_specific_credentials (ApiCall *call, StoreTx *tx, gpointer output,
                                          GError **error)
{
  const ApiListServiceSpecificCredentialsInput *input = call->input;
  ApiListServiceSpecificCredentialsOutput *out = output;
  Principal *user;
  out->service_specific_credentials = &nothing;
  return iam_find_user (call, tx, input->user_name, &user, error);
}

static gboolean
refuse_login_profile (ApiCall *call, StoreTx *tx, const char *name, GError **error)
{
  Principal *user;
  if (iam_find_user (call, tx, name, &user, error))
    api_error_set (error, API_ERR_NO_SUCH_ENTITY, "Login Profile for User %s cannot be found.",
                   user->name);
  return FALSE;
}

gboolean
action_get_login_profile (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetLoginProfileInput *input = call->input;
  return refuse_login_profile (call, tx, input->user_name, error);
}

gboolean
action_delete_login_profile (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiDeleteLoginProfileInput *input = call->input;
  return refuse_login_profile (call, tx, input->user_name, error);
}
