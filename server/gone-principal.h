#pragma once

#include "core/arn.h"
#include "store/records/iam-role.h"
#include "store/records/principal.h"

/* What goes with a user or a role when it is deleted, beyond its own rows: trust policies and buckets' policies that name its ARN
 * name its id from then on (proto/policy-disown.h), lest who is made anew under the name inherit what it was allowed.
 *
 * Thread rule: inside the work that deletes it. */
gboolean gone_principal_user (StoreTx *tx, const Principal *user, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean gone_principal_role (StoreTx *tx, const IamRole *role, const ArnScope *scope,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
