#pragma once

#include "server/api-call.h"

/* May this principal use this operation at all? Administrators may use everything; hosts only the host command service, where
 * the actions themselves see to it that a host acts only as itself.
 *
 * Raises AccessDeniedException, which names the caller, the action and the resource.
 *
 * Thread rule: any thread. Never blocks. */
gboolean authorize (const ApiCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
