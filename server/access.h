#pragma once

#include "core/arn.h"
#include "core/policy.h"
#include "server/caller.h"
#include "store/records/tag-list.h"

/* One question and its answer: may this caller do this action on this resource? server/authorize.h knows which
 * questions a request raises.
 *
 * A caller's own policies are, for
 * - an administrator: everything is allowed that its policies do not deny;
 * - a host: what its policies allow, and to read objects;
 * - a user or a role's session: what their policies allow.
 * The policies of a session limit all of them.
 *
 * Thread rule: any thread; nothing blocks. What is returned lives in the arena given. */

/* Nothing can be refused to this caller: an administrator, unless it or its session has policies, which may deny something. */
gboolean access_is_unlimited (const Caller *caller);

/* prefix/<key> for each tag: "aws:ResourceTag". */
void access_add_tags (PolicyContext *context, const char *prefix, const TagList *tags,
                      Arena *arena);

/* Whether there is any policy that could deny something. */
gboolean access_has_policies (const Caller *caller);
/* Does one of the caller's policies look at keys that begin with this? */
gboolean access_mentions (const Caller *caller, const char *key_prefix);

typedef struct {
  const Caller *caller;
  const ArnScope *scope;
  const char *action; /* "codedeploy:GetApplication" */
  /* The resource's ARN in all its spellings; the first is shown. */
  gsize n_resources;
  const char *const *resources;
  const PolicyContext *context;
  const Policy *resource_policy; /* a bucket's, or a role's trust policy; NULL: none */
  PolicyResourceRule resource_rule;
  Arena *arena;
} AccessQuestion;

PolicyVerdict access_verdict (const AccessQuestion *question);

/* Sets AccessDeniedException in IAM's words, which name the caller, the action, the resource and why (api.md 1.4). */
void access_refuse (const AccessQuestion *question, const PolicyVerdict *verdict, GError **error);

/* Both: FALSE is a refusal. */
gboolean access_check (const AccessQuestion *question, GError **error) G_GNUC_WARN_UNUSED_RESULT;
