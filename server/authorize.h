#pragma once

#include "server/api-call.h"

/* May this caller do this? Administrators may use everything; hosts only the host command service, where
 * the actions themselves see to it that a host acts only as itself.
 *
 * Raises AccessDeniedException, which names the caller, the action and the resource.
 *
 * Thread rule: inside the action's transaction, before the action. */
gboolean authorize_call (const ApiCall *call, StoreTx *tx, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
