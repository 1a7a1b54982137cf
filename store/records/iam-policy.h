#pragma once

#include "core/arena.h"
#include "store/records/name-list.h"
#include "store/store.h"

/* Policies that stand in a user or a role, and managed policies that are attached to one, as rows. The owner is the ARN of
 * the user or role; of the policies that a session was limited with, the id of its access key. Documents are text, judged
 * above the store.
 *
 * Every function runs inside a work (see store.h), on its thread; results live in the caller's arena. */

typedef struct {
  const char *name;
  const char *document;
} IamPolicyRecord;

typedef struct {
  gsize n;
  IamPolicyRecord **items; /* in order of name */
} IamPolicyList;

/* One that is there under the name is replaced. */
gboolean iam_policy_record_put (StoreTx *tx, const char *owner, const char *name,
                                const char *document, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* *out NULL: there is none. */
gboolean iam_policy_record_find (StoreTx *tx, const char *owner, const char *name, Arena *arena,
                                 IamPolicyRecord **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean iam_policy_record_all (StoreTx *tx, const char *owner, Arena *arena, IamPolicyList *out,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean iam_policy_record_names (StoreTx *tx, const char *owner, const char *after, gsize limit,
                                  Arena *arena, NameList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean iam_policy_record_delete (StoreTx *tx, const char *owner, const char *name,
                                   gboolean *out_found, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One that is attached already stays so. */
gboolean iam_attachment_record_add (StoreTx *tx, const char *owner, const char *policy_arn,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean iam_attachment_record_remove (StoreTx *tx, const char *owner, const char *policy_arn,
                                       gboolean *out_found, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* ARNs of policies, in order. */
gboolean iam_attachment_record_list (StoreTx *tx, const char *owner, Arena *arena, NameList *out,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many users and roles have a policy; sessions are not counted. */
gboolean iam_attachment_record_count (StoreTx *tx, const char *policy_arn, gint64 *out,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the owner has a policy of either kind. */
gboolean iam_policy_record_has_any (StoreTx *tx, const char *owner, gboolean *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Takes all policies of both kinds away. */
gboolean iam_policy_record_clear (StoreTx *tx, const char *owner, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
