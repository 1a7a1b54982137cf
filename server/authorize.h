#pragma once

#include "server/access.h"
#include "server/api-call.h"

/* May this caller make this call? All that api.md 7 asks for an operation is asked, one question a resource
 * (server/permissions.h, server/access.h); one refusal refuses the call. docs/identity.md tells the rules.
 *
 * Administrators may use everything, unless their policies deny it or their session is limited, but the host command service: that is for hosts, and
 * for users and sessions that are registered as an on-premises instance, and for sessions that are an EC2 instance
 * (server/host-identity.h) of a role that may use it; each as itself only (the actions compare the identifier).
 *
 * The temporary keys of a user (GetSessionToken) are not for iam.
 *
 * Raises AccessDeniedException, which names the caller, the action and the resource.
 *
 * Thread rule: inside the action's transaction, before the action. tx may be NULL when authorize_needs_store says so. */
gboolean authorize_call (const ApiCall *call, StoreTx *tx, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* FALSE for what is asked all the time, a host's poll: it is judged from memory alone. */
gboolean authorize_needs_store (const ApiCall *call);

/* A request for objects. */
typedef struct {
  const Caller *caller;
  const ArnScope *scope;
  const char *action;          /* "s3:GetObject" */
  const char *bucket;          /* NULL: the action has no resource (s3:ListAllMyBuckets) */
  const char *key;             /* NULL: the bucket itself */
  const Policy *bucket_policy; /* NULL: it has none */
  const PolicyContext
      *facts; /* s3:prefix ...: from authorize_object_context, with the action's own added */
  Arena *arena;
} ObjectDeed;

/* What conditions may look at in any request; the caller adds s3:prefix, s3:delimiter, s3:max-keys, s3:VersionId ... */
PolicyContext *authorize_object_context (const Caller *caller, const ArnScope *scope, gint64 now_ms,
                                         Arena *arena);
/* Administrators may do everything, hosts may read, everyone else what their policies or the bucket's allow; an explicit
 * denial of either decides. Raises API_ERR_ACCESS_DENIED. Any thread; nothing blocks. */
gboolean authorize_object (const ObjectDeed *deed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
