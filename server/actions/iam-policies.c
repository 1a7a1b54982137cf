#include "proto/api-enums.h"
#include "proto/api-error.h"
#include "proto/policy-document.h"
#include "server/actions/iam-actions.h"
#include "server/actions/iam.h"
#include "server/actions/page.h"
#include "server/keyring.h"
#include "server/managed-policy.h"
#include "store/records/iam-policy.h"

#include <string.h>

/* Policies of users and roles: those that stand in one (inline), and managed ones that are attached. The operations come in
 * pairs that differ only in who has the policy. */

typedef struct {
  const char *arn;
  const char *what; /* "user", "role" */
  const char *name;
  gsize max_size; /* of all that stand in it, together */
} Owner;

static gboolean
owner_user (ApiCall *call, StoreTx *tx, const char *name, Owner *out, GError **error)
{
  Principal *user;
  if (!iam_find_user (call, tx, name, &user, error))
    return FALSE;
  *out = (Owner){ user->arn, "user", user->name, POLICY_DOCUMENT_USER_MAX };
  return TRUE;
}

static gboolean
owner_role (ApiCall *call, StoreTx *tx, const char *name, Owner *out, GError **error)
{
  IamRole *role;
  if (!iam_find_role (call, tx, name, &role, error))
    return FALSE;
  *out = (Owner){ role->arn, "role", role->name, POLICY_DOCUMENT_ROLE_MAX };
  return TRUE;
}

/* ---- inline ---- */

static gboolean
check_total (StoreTx *tx, const Owner *owner, Arena *arena, GError **error)
{
  IamPolicyList all;
  gsize size = 0;
  if (!iam_policy_record_all (tx, owner->arn, arena, &all, error))
    return FALSE;
  for (gsize i = 0; i < all.n; i++)
    size += policy_document_size (all.items[i]->document, strlen (all.items[i]->document));
  if (size > owner->max_size)
    api_error_set (error, API_ERR_LIMIT_EXCEEDED,
                   "Maximum policy size of %" G_GSIZE_FORMAT " bytes exceeded for %s %s",
                   owner->max_size, owner->what, owner->name);
  return size <= owner->max_size;
}

static gboolean
put_policy (ApiCall *call, StoreTx *tx, const Owner *owner, const char *name, const char *document,
            GError **error)
{
  keyring_forget (call->env->keyring, tx);
  return iam_check_document (document, POLICY_DOCUMENT_IDENTITY, owner->max_size, call->arena, NULL,
                             error) &&
         iam_policy_record_put (tx, owner->arn, name, document, error) &&
         check_total (tx, owner, call->arena, error);
}

static gboolean
refuse_unknown (const Owner *owner, const char *name, GError **error)
{
  api_error_set (error, API_ERR_NO_SUCH_ENTITY, "The %s policy with name %s cannot be found.",
                 owner->what, name);
  return FALSE;
}

static gboolean
get_policy (ApiCall *call, StoreTx *tx, const Owner *owner, const char *name, IamPolicyRecord **out,
            GError **error)
{
  return iam_policy_record_find (tx, owner->arn, name, call->arena, out, error) &&
         (*out != NULL || refuse_unknown (owner, name, error));
}

static gboolean
delete_policy (ApiCall *call, StoreTx *tx, const Owner *owner, const char *name, GError **error)
{
  gboolean found;
  keyring_forget (call->env->keyring, tx);
  return iam_policy_record_delete (tx, owner->arn, name, &found, error) &&
         (found || refuse_unknown (owner, name, error));
}

static const char *
name_position (gconstpointer items, gsize i, Arena *arena)
{
  return ((const char *const *)items)[i];
}

static gboolean
list_policies (ApiCall *call, StoreTx *tx, const Owner *owner, const char *marker,
               const gint64 *max_items, const ApiPolicyNameList **out, IamPage *out_page,
               GError **error)
{
  gsize size = iam_page_size (max_items);
  const char *after;
  NameList names;
  if (!page_begin (call, marker, &after, error) ||
      !iam_policy_record_names (tx, owner->arn, after, size + 1, call->arena, &names, error))
    return FALSE;
  *out_page = iam_page_end (call, names.n, size, name_position, names.items);
  ApiPolicyNameList *list = arena_new0 (call->arena, ApiPolicyNameList);
  *list = (ApiPolicyNameList){ out_page->n, names.items };
  *out = list;
  return TRUE;
}

/* ---- attached ---- */

static const ManagedPolicy *
find_managed (const char *arn, GError **error)
{
  const ManagedPolicy *policy = managed_policy_by_arn (arn);
  if (policy == NULL)
    api_error_set (error, API_ERR_NO_SUCH_ENTITY,
                   "Policy %s does not exist or is not attachable. ListPolicies names those that "
                   "this server has.",
                   arn);
  return policy;
}

static gboolean
attach_policy (ApiCall *call, StoreTx *tx, const Owner *owner, const char *arn, GError **error)
{
  gint64 limit = call->env->quotas->attached_policies;
  NameList attached;
  keyring_forget (call->env->keyring, tx);
  if (find_managed (arn, error) == NULL ||
      !iam_attachment_record_add (tx, owner->arn, arn, error) ||
      !iam_attachment_record_list (tx, owner->arn, call->arena, &attached, error))
    return FALSE;
  if ((gint64)attached.n > limit)
    api_error_set (error, API_ERR_LIMIT_EXCEEDED,
                   "Cannot exceed quota for policies attached to %s %s: %" G_GINT64_FORMAT,
                   owner->what, owner->name, limit);
  return (gint64)attached.n <= limit;
}

static gboolean
detach_policy (ApiCall *call, StoreTx *tx, const Owner *owner, const char *arn, GError **error)
{
  gboolean found;
  keyring_forget (call->env->keyring, tx);
  if (!iam_attachment_record_remove (tx, owner->arn, arn, &found, error))
    return FALSE;
  if (!found)
    api_error_set (error, API_ERR_NO_SUCH_ENTITY, "Policy %s was not found.", arn);
  return found;
}

/* One page: the quota is small. */
static gboolean
list_attached (ApiCall *call, StoreTx *tx, const Owner *owner, const char *path_prefix,
               const ApiAttachedPolicyList **out, const gboolean **out_truncated, GError **error)
{
  NameList arns;
  if (!iam_attachment_record_list (tx, owner->arn, call->arena, &arns, error))
    return FALSE;
  ApiAttachedPolicyList *list = arena_new0 (call->arena, ApiAttachedPolicyList);
  list->items = arena_new0_n (call->arena, const ApiAttachedPolicy *, arns.n + 1);
  for (gsize i = 0; i < arns.n; i++) {
    const ManagedPolicy *policy = managed_policy_by_arn (arns.items[i]);
    if (policy == NULL || (path_prefix != NULL && !g_str_has_prefix (policy->path, path_prefix)))
      continue;
    ApiAttachedPolicy *shown = arena_new0 (call->arena, ApiAttachedPolicy);
    shown->policy_name = policy->name;
    shown->policy_arn = arns.items[i];
    list->items[list->n++] = shown;
  }
  *out = list;
  *out_truncated = arena_bool (call->arena, FALSE);
  return TRUE;
}

/* ---- the pairs ---- */

/* who: user, role; Who: User, Role; member: the one that names it. */
#define POLICY_ACTIONS(who, Who, member)                                                           \
  gboolean action_put_##who##_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error) \
  {                                                                                                \
    const ApiPut##Who##PolicyInput *input = call->input;                                           \
    Owner owner;                                                                                   \
    return owner_##who (call, tx, input->member, &owner, error) &&                                 \
           put_policy (call, tx, &owner, input->policy_name, input->policy_document, error);       \
  }                                                                                                \
  gboolean action_get_##who##_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error) \
  {                                                                                                \
    const ApiGet##Who##PolicyInput *input = call->input;                                           \
    ApiGet##Who##PolicyOutput *out = output;                                                       \
    Owner owner;                                                                                   \
    IamPolicyRecord *policy;                                                                       \
    if (!owner_##who (call, tx, input->member, &owner, error) ||                                   \
        !get_policy (call, tx, &owner, input->policy_name, &policy, error))                        \
      return FALSE;                                                                                \
    out->member = owner.name;                                                                      \
    out->policy_name = policy->name;                                                               \
    out->policy_document = policy->document;                                                       \
    return TRUE;                                                                                   \
  }                                                                                                \
  gboolean action_delete_##who##_policy (ApiCall *call, StoreTx *tx, gpointer output,              \
                                         GError **error)                                           \
  {                                                                                                \
    const ApiDelete##Who##PolicyInput *input = call->input;                                        \
    Owner owner;                                                                                   \
    return owner_##who (call, tx, input->member, &owner, error) &&                                 \
           delete_policy (call, tx, &owner, input->policy_name, error);                            \
  }                                                                                                \
  gboolean action_list_##who##_policies (ApiCall *call, StoreTx *tx, gpointer output,              \
                                         GError **error)                                           \
  {                                                                                                \
    const ApiList##Who##PoliciesInput *input = call->input;                                        \
    ApiList##Who##PoliciesOutput *out = output;                                                    \
    Owner owner;                                                                                   \
    IamPage page;                                                                                  \
    if (!owner_##who (call, tx, input->member, &owner, error) ||                                   \
        !list_policies (call, tx, &owner, input->marker, input->max_items, &out->policy_names,     \
                        &page, error))                                                             \
      return FALSE;                                                                                \
    out->is_truncated = page.truncated;                                                            \
    out->marker = page.marker;                                                                     \
    return TRUE;                                                                                   \
  }                                                                                                \
  gboolean action_attach_##who##_policy (ApiCall *call, StoreTx *tx, gpointer output,              \
                                         GError **error)                                           \
  {                                                                                                \
    const ApiAttach##Who##PolicyInput *input = call->input;                                        \
    Owner owner;                                                                                   \
    return owner_##who (call, tx, input->member, &owner, error) &&                                 \
           attach_policy (call, tx, &owner, input->policy_arn, error);                             \
  }                                                                                                \
  gboolean action_detach_##who##_policy (ApiCall *call, StoreTx *tx, gpointer output,              \
                                         GError **error)                                           \
  {                                                                                                \
    const ApiDetach##Who##PolicyInput *input = call->input;                                        \
    Owner owner;                                                                                   \
    return owner_##who (call, tx, input->member, &owner, error) &&                                 \
           detach_policy (call, tx, &owner, input->policy_arn, error);                             \
  }                                                                                                \
  gboolean action_list_attached_##who##_policies (ApiCall *call, StoreTx *tx, gpointer output,     \
                                                  GError **error)                                  \
  {                                                                                                \
    const ApiListAttached##Who##PoliciesInput *input = call->input;                                \
    ApiListAttached##Who##PoliciesOutput *out = output;                                            \
    Owner owner;                                                                                   \
    return owner_##who (call, tx, input->member, &owner, error) &&                                 \
           list_attached (call, tx, &owner, input->path_prefix, &out->attached_policies,           \
                          &out->is_truncated, error);                                              \
  }
POLICY_ACTIONS (user, User, user_name)
POLICY_ACTIONS (role, Role, role_name)
#undef POLICY_ACTIONS

/* ---- managed ---- */

static gboolean
show_managed (ApiCall *call, StoreTx *tx, const ManagedPolicy *policy, const ApiPolicy **out,
              GError **error)
{
  gint64 n = 0;
  ApiPolicy *shown = arena_new0 (call->arena, ApiPolicy);
  shown->arn = managed_policy_arn (policy, &call->env->arn, call->arena);
  if (!iam_attachment_record_count (tx, shown->arn, &n, error))
    return FALSE;
  shown->policy_name = policy->name;
  shown->policy_id = managed_policy_id (policy, call->arena);
  shown->path = policy->path;
  shown->default_version_id = MANAGED_POLICY_VERSION;
  shown->attachment_count = arena_int64 (call->arena, n);
  shown->permissions_boundary_usage_count = arena_int64 (call->arena, 0);
  shown->is_attachable = arena_bool (call->arena, TRUE);
  shown->description = policy->description;
  shown->create_date = arena_int64 (call->arena, MANAGED_POLICY_CREATE_MS);
  shown->update_date = shown->create_date;
  *out = shown;
  return TRUE;
}

static gboolean
is_listed (const ApiListPoliciesInput *input, const ManagedPolicy *policy, const ApiPolicy *shown)
{
  if (api_policy_scope_from_name (input->scope) == API_POLICY_SCOPE_LOCAL ||
      api_policy_usage_from_name (input->policy_usage_filter) ==
          API_POLICY_USAGE_PERMISSIONS_BOUNDARY)
    return FALSE;
  return (input->path_prefix == NULL || g_str_has_prefix (policy->path, input->path_prefix)) &&
         (input->only_attached == NULL || !*input->only_attached || *shown->attachment_count > 0);
}

/* One page: the table is short. */
gboolean
action_list_policies (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListPoliciesInput *input = call->input;
  ApiListPoliciesOutput *out = output;
  ApiPolicyList *list = arena_new0 (call->arena, ApiPolicyList);
  gsize n = 0;
  while (managed_policy_row (n) != NULL)
    n++;
  list->items = arena_new0_n (call->arena, const ApiPolicy *, n);
  for (gsize i = 0; i < n; i++) {
    const ApiPolicy *shown;
    if (!show_managed (call, tx, managed_policy_row (i), &shown, error))
      return FALSE;
    if (is_listed (input, managed_policy_row (i), shown))
      list->items[list->n++] = shown;
  }
  out->policies = list;
  out->is_truncated = arena_bool (call->arena, FALSE);
  return TRUE;
}

gboolean
action_get_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetPolicyInput *input = call->input;
  ApiGetPolicyOutput *out = output;
  const ManagedPolicy *policy = find_managed (input->policy_arn, error);
  return policy != NULL && show_managed (call, tx, policy, &out->policy, error);
}

gboolean
action_get_policy_version (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiGetPolicyVersionInput *input = call->input;
  ApiGetPolicyVersionOutput *out = output;
  const ManagedPolicy *policy = find_managed (input->policy_arn, error);
  if (policy == NULL)
    return FALSE;
  if (strcmp (input->version_id, MANAGED_POLICY_VERSION) != 0) {
    api_error_set (error, API_ERR_NO_SUCH_ENTITY,
                   "Policy %s version %s does not exist or is not attachable.", input->policy_arn,
                   input->version_id);
    return FALSE;
  }
  ApiPolicyVersion *version = arena_new0 (call->arena, ApiPolicyVersion);
  version->document = policy->document;
  version->version_id = MANAGED_POLICY_VERSION;
  version->is_default_version = arena_bool (call->arena, TRUE);
  version->create_date = arena_int64 (call->arena, MANAGED_POLICY_CREATE_MS);
  out->policy_version = version;
  return TRUE;
}
