#pragma once

#include "core/arena.h"
#include "core/enum-names.h"
#include "store/store.h"

/* Principals, as rows: who may sign requests.
 *
 * A user's name is unique whatever its case and its path. A role's session is a principal while it has keys.
 *
 * Every function runs inside a work (see store.h), on its thread. Lookups return TRUE with *out NULL when there is
 * no such row; strings of a record live in the caller's arena. */

#define PRINCIPAL_KIND_LIST(X)                                                                     \
  X (PRINCIPAL_ADMINISTRATOR, "administrator") /* everything */                                    \
  X (PRINCIPAL_HOST, "host")                   /* host commands as itself, and reading objects */  \
  X (PRINCIPAL_USER, "user")                   /* what its policies allow */                       \
  X (PRINCIPAL_SESSION, "session")             /* of a role: what the role's policies allow */

ENUM_NAMES_TYPE (PrincipalKind, PRINCIPAL_KIND_LIST);
ENUM_NAMES_DECLARE (PrincipalKind, principal_kind)

typedef struct {
  const char
      *arn; /* arn:aws:iam::<account>:user<path><name>; of a host: also its HostIdentifier; of a
                      session arn:aws:sts::<account>:assumed-role/<role>/<name> */
  PrincipalKind kind;
  const char *path; /* begins and ends with '/' */
  const char *name;
  const char *role_arn; /* of a session; else NULL */
  gint64 create_ms;
} Principal;

/* *out_principal: the one that is there now with this ARN (one that was there before keeps what it is); NULL when another
 * user has the name. */
gboolean principal_record_ensure (StoreTx *tx, const Principal *principal, Arena *arena,
                                  Principal **out_principal, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* *out_taken: a user has the name; nothing was added. */
gboolean principal_record_insert (StoreTx *tx, const Principal *principal, gboolean *out_taken,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean principal_record_by_arn (StoreTx *tx, const char *arn, Arena *arena, Principal **out,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A user of that name in any case; never a session. */
gboolean principal_record_by_name (StoreTx *tx, const char *name, Arena *arena, Principal **out,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  gsize n;
  Principal **items;
} PrincipalList;

/* Users (administrators and hosts among them) whose path begins with the prefix, at most limit, in order of their key:
 * that of the last one (principal_key) is where the next page begins. after NULL: from the first. */
gboolean principal_record_list (StoreTx *tx, const char *path_prefix, const char *after,
                                gsize limit, Arena *arena, PrincipalList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What users are ordered by and looked up with. */
char *principal_key (const char *name, Arena *arena);

/* How many users there are, counting up to limit. */
gboolean principal_record_count (StoreTx *tx, gint64 limit, gint64 *out_count, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* With all its access keys, policies and tags. *out_deleted FALSE: there was none. */
gboolean principal_record_delete (StoreTx *tx, const char *arn, gboolean *out_deleted,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All the sessions of a role, with their keys. */
gboolean principal_record_delete_sessions (StoreTx *tx, const char *role_arn, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* A session that has no key any more. */
gboolean principal_record_delete_idle_session (StoreTx *tx, const char *arn, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
