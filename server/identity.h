#pragma once

#include "core/policy.h"
#include "store/records/access-key.h"
#include "store/records/tag-list.h"

/* Who an access key stands for, with all that judging a request of his needs: read once, when the key is, and kept with it
 * (server/keyring.h). What changes any of it makes the keyring forget.
 *
 * Thread rule: a value; constant once loaded. identity_load runs inside a store work. */
typedef struct {
  const Principal *principal;
  const char *user_id; /* AIDA...; of a role's session AROA...:<its name> */
  gint64 issue_ms;     /* when a temporary key was made; 0 for a key without an end */
  PolicyList
      policies; /* of the user, or of the session's role; an administrator's besides policy_of_administrators */
  PolicyList session_policies; /* none: no further limit */
  TagList tags;                /* of the user or the role; those of the session over them */
} Identity;

/* key NULL: the principal by itself. Everything lives in arena, but principal, which is kept as it is. A stored policy that cannot be
 * read fails the load: it might deny something. */
gboolean identity_load (StoreTx *tx, const Principal *principal, const AccessKey *key, Arena *arena,
                        Identity *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
