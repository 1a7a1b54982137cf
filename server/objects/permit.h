#pragma once

#include "server/caller.h"
#include "server/keyring.h"
#include "server/objects/object-find.h"
#include "server/objects/request.h"

/* What the caller of a request may do: S3's permissions for each operation, asked of the caller's own policies and of the
 * bucket's (server/authorize.h), with the facts that conditions look at.
 *
 * Administrators may do everything. Hosts may read objects. Everyone else needs a policy that allows it. Nobody who may not list
 * a bucket learns that a key is not there (permit_may_know_missing).
 *
 * It looks only at what does not change while the body comes, so a request's permit can be asked on a thread of the
 * pool meanwhile. One thread at a time; blocks on the store. */
typedef struct Permit Permit;

/* key: the caller's, kept until permit_free. Everything lives in arena. */
Permit *permit_new (const S3Request *request, KeyringKey *key, Arena *arena);
void permit_free (Permit *permit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Permit, permit_free)

/* Who asks; lives as long as the permit. */
const Caller *permit_caller (const Permit *permit);
const Principal *permit_principal (const Permit *permit);

/* May who has this key do everything? Any thread; never blocks. */
gboolean permit_is_unlimited (const KeyringKey *key);

/* All that the operation asks for by itself. Not what only its body or the object says: the keys of DeleteObjects, the tags
 * of a copy's source. Raises S3_ERR_ACCESS_DENIED. */
gboolean permit_request (Permit *permit, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One action on a bucket (key NULL) or an object. Raises S3_ERR_ACCESS_DENIED. */
gboolean permit_check (Permit *permit, const char *action, const ObjectName *on, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* May the caller be told that there is no such key? Else it is AccessDenied. */
gboolean permit_may_know_missing (Permit *permit, const char *bucket);
