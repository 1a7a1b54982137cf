#pragma once

#include "proto/api-types.h"
#include "server/api-call.h"
#include "store/records/instance.h"

/* What the registration of an on-premises instance is made of, for the actions that register one. Inside an
 * action's transaction; nothing is undone here: a failing action is rolled back. */

/* Exactly one of the two ARNs is given. InstanceNameAlreadyRegistered, IamUserArnAlreadyRegistered,
 * IamSessionArnAlreadyRegistered. */
gboolean instances_register (ApiCall *call, StoreTx *tx, const char *name, const char *iam_user_arn,
                             const char *iam_session_arn, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes it out of service; what a running deployment does on it fails. *out NULL: no instance is registered under the name. */
gboolean instances_deregister (ApiCall *call, StoreTx *tx, const char *name,
                               const InstanceRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What decoding leaves: InvalidTag when a value is missing. tags may be NULL. */
gboolean instances_check_tags (const ApiTagList *tags, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* TagLimitExceeded. The instance is registered. tags may be NULL. */
gboolean instances_add_tags (ApiCall *call, StoreTx *tx, const char *name, const ApiTagList *tags,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
