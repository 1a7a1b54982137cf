#pragma once

#include "server/api-call.h"

/* The service role of a deployment group. It usually lives in AWS, where this server does not look; with the setting
 * check_service_roles it is one of this server's roles, and the service must be able to assume it (api.md 3.2).
 *
 * Inside a transaction, on its thread. */

/* What can be said of it, whatever the setting; for the engine, too. */
typedef enum {
  SERVICE_ROLE_GOOD,
  SERVICE_ROLE_MISSING,
  SERVICE_ROLE_UNTRUSTING /* the service may not assume it */
} ServiceRole;
gboolean service_role_look (StoreTx *tx, const char *role_arn, const ArnScope *scope, Arena *arena,
                            ServiceRole *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is wrong with one that is not good, after its ARN. A constant. */
const char *service_role_complain (ServiceRole role);

/* Raises InvalidRoleException; of an action. */
gboolean service_role_check (ApiCall *call, StoreTx *tx, const char *role_arn, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
