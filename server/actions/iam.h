#pragma once

#include "proto/api-types.h"
#include "proto/policy-document.h"
#include "server/api-call.h"
#include "store/records/iam-role.h"
#include "store/records/tag-list.h"

/* What the actions of identity have in common: finding users and roles with IAM's own words for those that are not there, and
 * the way they are shown. docs/identity.md says what is modelled.
 *
 * Thread rule: inside an action's transaction; all results live in the call's arena. */

/* Users with this path are hosts: the AWS CLI makes them there (api.md 8.1), and RegisterHost. */
#define IAM_HOST_PATH "/AWS/CodeDeploy/"

/* A user by name; NULL: the caller, which must be one then. NoSuchEntity; ValidationError. */
gboolean iam_find_user (ApiCall *call, StoreTx *tx, const char *name, Principal **out,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean iam_find_role (ApiCall *call, StoreTx *tx, const char *name, IamRole **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* NULL stands for "/". A path begins and ends with a slash: ValidationError. */
gboolean iam_check_path (const char *path, const char **out_path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What the server does not have must not be taken silently: ValidationError naming the member when value is not NULL. */
gboolean iam_refuse (gconstpointer value, const char *member, const char *what, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A policy's text; out_policy (may be NULL) gets it read. MalformedPolicyDocument; LimitExceeded. */
gboolean iam_check_document (const char *text, PolicyDocumentKind kind, gsize max_size,
                             Arena *arena, const Policy **out_policy, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* ---- tags ---- */

/* ValidationError for reserved keys, and for two that are the same but for their case. */
gboolean iam_check_tags (const ApiIamTagList *tags, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Adds tags to what has the ARN. LimitExceeded. */
gboolean iam_put_tags (ApiCall *call, StoreTx *tx, const char *arn, const ApiIamTagList *tags,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean iam_remove_tags (StoreTx *tx, const char *arn, const ApiIamTagKeyList *keys,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* NULL for none: an element that is not there. */
const ApiIamTagList *iam_show_tags (const TagList *tags, Arena *arena);
/* One page: a resource has few tags. */
gboolean iam_list_tags (ApiCall *call, StoreTx *tx, const char *arn, const ApiIamTagList **out,
                        const gboolean **out_truncated, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- pages ---- */

/* How many items a page has: what was asked for, or IAM's 100. */
gsize iam_page_size (const gint64 *max_items);
/* n items were read, one more than the page's size if there are that many: how many to show, with *out_truncated and, with
 * `last` (the position of the last one shown), *out_marker set. */
typedef struct {
  gsize n;
  const gboolean *truncated;
  const char *marker;
} IamPage;
IamPage iam_page_end (ApiCall *call, gsize n, gsize size,
                      const char *(*position) (gconstpointer items, gsize i, Arena *arena),
                      gconstpointer items);

/* ---- views ---- */

/* tags may be NULL. */
const ApiUser *iam_show_user (const Principal *user, const TagList *tags, Arena *arena);
const ApiIamRole *iam_show_role (const IamRole *role, const TagList *tags, Arena *arena);
