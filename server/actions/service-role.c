#include "server/actions/service-role.h"

#include <string.h>

#include "proto/api-error.h"
#include "proto/policy-document.h"
#include "store/records/iam-role.h"

#define SERVICE "codedeploy"

/* A trust policy names the service as a whole or the region's. */
static gboolean
trusts_service (const Policy *trust, const char *role_arn, const ArnScope *scope, Arena *arena)
{
  const char *const names[] = {
    SERVICE ".amazonaws.com",
    arena_printf (arena, SERVICE ".%s.amazonaws.com", scope->region),
  };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    const PolicyRequest request = { .action = "sts:AssumeRole",
                                    .n_resources = 1,
                                    .resources = &role_arn,
                                    .caller = { .service = names[i] } };
    if (policy_evaluate (&trust, 1, &request) == POLICY_ALLOWED)
      return TRUE;
  }
  return FALSE;
}

gboolean
service_role_check (ApiCall *call, StoreTx *tx, const char *role_arn, GError **error)
{
  IamRole *role;
  const Policy *trust = NULL;
  if (!call->env->settings->check_service_roles)
    return TRUE;
  if (!iam_role_record_by_arn (tx, role_arn, call->arena, &role, error))
    return FALSE;
  if (role != NULL) {
    trust = policy_document_parse (role->trust_policy, strlen (role->trust_policy),
                                   POLICY_DOCUMENT_TRUST, G_MAXSIZE, call->arena, error);
    if (trust == NULL)
      return FALSE;
    if (trusts_service (trust, role_arn, &call->env->arn, call->arena))
      return TRUE;
  }
  /* Clients look for the first sentence (api.md 3). */
  api_error_set (error, API_ERR_INVALID_ROLE, "Cannot assume role provided. %s %s", role_arn,
                 role == NULL ? "is not a role of this server"
                              : "does not trust " SERVICE ".amazonaws.com");
  return FALSE;
}
