#pragma once

#include "core/arena.h"
#include "store/store.h"

/* Roles, as rows. A role's name is unique whatever its case and its path.
 *
 * Every function runs inside a work (see store.h), on its thread. Lookups return TRUE with *out NULL when there is no such
 * row; strings of a record live in the caller's arena. */

typedef struct {
  const char *arn; /* arn:aws:iam::<account>:role<path><name> */
  const char *path;
  const char *name;
  const char *description;  /* "" for none */
  const char *trust_policy; /* who may assume it: a document */
  gint64 max_session_s;
  gint64 create_ms;
} IamRole;

/* *out_taken: a role has the name; nothing was added. */
gboolean iam_role_record_insert (StoreTx *tx, const IamRole *role, gboolean *out_taken,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* In any case of the name. */
gboolean iam_role_record_by_name (StoreTx *tx, const char *name, Arena *arena, IamRole **out,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean iam_role_record_by_arn (StoreTx *tx, const char *arn, Arena *arena, IamRole **out,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  gsize n;
  IamRole **items;
} IamRoleList;

/* Those whose path begins with the prefix, at most limit, in order of principal_key (name). */
gboolean iam_role_record_list (StoreTx *tx, const char *path_prefix, const char *after, gsize limit,
                               Arena *arena, IamRoleList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* How many there are, counting up to limit. */
gboolean iam_role_record_count (StoreTx *tx, gint64 limit, gint64 *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Those whose trust policy may name a user or role of this name; some that do not are among them. */
gboolean iam_role_record_naming (StoreTx *tx, const char *name, Arena *arena, IamRoleList *out,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes description, trust_policy and max_session_s of a role that is there. */
gboolean iam_role_record_update (StoreTx *tx, const IamRole *role, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* With its policies, tags and sessions. */
gboolean iam_role_record_delete (StoreTx *tx, const char *arn, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
