#include "server/gone-principal.h"

#include "core/ids.h"
#include "proto/policy-disown.h"
#include "store/records/bucket.h"

static gboolean
disown_in_roles (StoreTx *tx, const char *name, const PolicyDisowned *gone, Arena *arena,
                 GError **error)
{
  IamRoleList roles;
  if (!iam_role_record_naming (tx, name, arena, &roles, error))
    return FALSE;
  for (gsize i = 0; i < roles.n; i++) {
    g_autofree char *document = policy_disown (roles.items[i]->trust_policy, gone);
    if (document == NULL)
      continue;
    roles.items[i]->trust_policy = document;
    if (!iam_role_record_update (tx, roles.items[i], error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
disown_in_buckets (StoreTx *tx, const char *name, const PolicyDisowned *gone, Arena *arena,
                   GError **error)
{
  BucketPolicyList policies;
  if (!bucket_record_policies_naming (tx, name, arena, &policies, error))
    return FALSE;
  for (gsize i = 0; i < policies.n; i++) {
    g_autofree char *document = policy_disown (policies.items[i]->document, gone);
    if (document != NULL && !bucket_record_set_document (tx, policies.items[i]->bucket,
                                                         BUCKET_DOCUMENT_POLICY, document, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
disown (StoreTx *tx, const char *name, const PolicyDisowned *gone, Arena *arena, GError **error)
{
  return disown_in_roles (tx, name, gone, arena, error) &&
         disown_in_buckets (tx, name, gone, arena, error);
}

gboolean
gone_principal_user (StoreTx *tx, const Principal *user, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  char id[IDS_PRINCIPAL_SIZE];
  ids_for_principal ("AIDA", user->arn, user->create_ms, id);
  const PolicyDisowned gone = { .arn = user->arn, .id = id };
  return disown (tx, user->name, &gone, arena, error);
}

gboolean
gone_principal_role (StoreTx *tx, const IamRole *role, const ArnScope *scope, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  char id[IDS_PRINCIPAL_SIZE];
  ids_for_principal ("AROA", role->arn, role->create_ms, id);
  const PolicyDisowned gone = { .arn = role->arn,
                                .id = id,
                                .sessions = arn_for_sts_session (arena, scope, role->name, "") };
  return disown (tx, role->name, &gone, arena, error);
}
