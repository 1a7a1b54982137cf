#pragma once

#include "proto/api-types.h"
#include "server/api-call.h"
#include "store/records/target.h"

/* What a target waits for before its next event begins: another deployment that is at its host, or the host itself. Of an event that
 * has begun, its diagnostics tell. Runs inside an action's transaction. */

/* A phrase behind "waits for", in call->arena; *out NULL: for nothing, or for no longer than a poll takes. */
gboolean target_wait_describe (ApiCall *call, StoreTx *tx, const TargetRecord *target,
                               const char **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
