#pragma once

#include "server/api-call.h"

/* The service role of a deployment group. It usually lives in AWS, where this server does not look; with the setting
 * check_service_roles it is one of this server's roles, and the service must be able to assume it (api.md 3.2).
 *
 * Raises InvalidRoleException. Inside an action's transaction. */
gboolean service_role_check (ApiCall *call, StoreTx *tx, const char *role_arn, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
