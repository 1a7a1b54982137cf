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
service_role_look (StoreTx *tx, const char *role_arn, const ArnScope *scope, Arena *arena,
                   ServiceRole *out, GError **error)
{
  IamRole *role;
  *out = SERVICE_ROLE_MISSING;
  if (!iam_role_record_by_arn (tx, role_arn, arena, &role, error))
    return FALSE;
  if (role == NULL)
    return TRUE;
  const Policy *trust = policy_document_parse (role->trust_policy, strlen (role->trust_policy),
                                               POLICY_DOCUMENT_TRUST, G_MAXSIZE, arena, error);
  if (trust == NULL)
    return FALSE;
  *out =
      trusts_service (trust, role_arn, scope, arena) ? SERVICE_ROLE_GOOD : SERVICE_ROLE_UNTRUSTING;
  return TRUE;
}

const char *
service_role_complain (ServiceRole role)
{
  return role == SERVICE_ROLE_MISSING ? "is not a role of this server"
                                      : "does not trust " SERVICE ".amazonaws.com";
}

gboolean
service_role_check (ApiCall *call, StoreTx *tx, const char *role_arn, GError **error)
{
  ServiceRole role;
  if (!call->env->settings->check_service_roles)
    return TRUE;
  if (!service_role_look (tx, role_arn, &call->env->arn, call->arena, &role, error))
    return FALSE;
  if (role == SERVICE_ROLE_GOOD)
    return TRUE;
  /* Clients look for the first sentence (api.md 3). */
  api_error_set (error, API_ERR_INVALID_ROLE, "Cannot assume role provided. %s %s", role_arn,
                 service_role_complain (role));
  return FALSE;
}
