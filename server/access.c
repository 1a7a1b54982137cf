#include "server/access.h"

#include <string.h>

#include "proto/api-error.h"
#include "server/caller-context.h"

gboolean
access_is_unlimited (const Caller *caller)
{
  const PolicyList *own = &caller->identity->policies;
  if (caller->principal->kind != PRINCIPAL_ADMINISTRATOR ||
      caller->identity->session_policies.n > 0)
    return FALSE;
  for (gsize i = 0; i < own->n; i++)
    if (own->policies[i] != &policy_of_administrators)
      return FALSE;
  return TRUE;
}

gboolean
access_has_policies (const Caller *caller)
{
  return caller->identity->policies.n > 0 || caller->identity->session_policies.n > 0;
}

gboolean
access_mentions (const Caller *caller, const char *key_prefix)
{
  const PolicyList *own = &caller->identity->policies;
  const PolicyList *session = &caller->identity->session_policies;
  return policy_mentions (own->policies, own->n, key_prefix) ||
         policy_mentions (session->policies, session->n, key_prefix);
}

void
access_add_tags (PolicyContext *context, const char *prefix, const TagList *tags, Arena *arena)
{
  for (gsize i = 0; i < tags->n; i++)
    policy_context_add (context, arena_printf (arena, "%s/%s", prefix, tags->items[i].key),
                        tags->items[i].value);
}

/* ---- deciding ---- */

static gboolean
is_object_read (const char *action)
{
  return strcmp (action, "s3:GetObject") == 0 || strcmp (action, "s3:GetObjectVersion") == 0;
}

/* The caller's own policies, and what its kind adds. */
static PolicyList
own_policies (const AccessQuestion *question)
{
  const Principal *principal = question->caller->principal;
  PolicyList own = question->caller->identity->policies;
  if (principal->kind != PRINCIPAL_HOST || !is_object_read (question->action))
    return own;
  const Policy **policies = arena_new0_n (question->arena, const Policy *, own.n + 1);
  if (own.n > 0)
    memcpy (policies, own.policies, own.n * sizeof *policies);
  policies[own.n] = &policy_of_administrators;
  return (PolicyList){ own.n + 1, policies };
}

PolicyVerdict
access_verdict (const AccessQuestion *question)
{
  const Caller *caller = question->caller;
  if (access_is_unlimited (caller) && question->resource_rule == POLICY_RESOURCE_MAY_ALLOW)
    return (PolicyVerdict){ .allowed = TRUE };
  const PolicySources sources = {
    .identity = own_policies (question),
    .session = caller->identity->session_policies,
    .resource = question->resource_policy,
    .resource_rule = question->resource_rule,
  };
  const PolicyRequest request = {
    .action = question->action,
    .n_resources = question->n_resources,
    .resources = question->resources,
    .caller = caller_context_who (caller, question->scope->account_id),
    .context = question->context,
  };
  return policy_decide (&sources, &request);
}

static const char *
source_text (PolicySource source)
{
  switch (source) {
  case POLICY_BY_IDENTITY:
    return "identity-based";
  case POLICY_BY_SESSION:
    return "session";
  case POLICY_BY_RESOURCE:
    return "resource-based";
  }
  g_assert_not_reached ();
}

void
access_refuse (const AccessQuestion *question, const PolicyVerdict *verdict, GError **error)
{
  const char *who = question->caller->principal->arn;
  const char *source = source_text (verdict->by);
  if (verdict->explicit_deny)
    api_error_set (error, API_ERR_ACCESS_DENIED,
                   "User: %s is not authorized to perform: %s on resource: %s with an explicit "
                   "deny in %s %s policy",
                   who, question->action, question->resources[0],
                   verdict->by == POLICY_BY_IDENTITY ? "an" : "a", source);
  else
    api_error_set (error, API_ERR_ACCESS_DENIED,
                   "User: %s is not authorized to perform: %s on resource: %s because no %s "
                   "policy allows the %s action",
                   who, question->action, question->resources[0], source, question->action);
}

gboolean
access_check (const AccessQuestion *question, GError **error)
{
  PolicyVerdict verdict = access_verdict (question);
  if (verdict.allowed)
    return TRUE;
  access_refuse (question, &verdict, error);
  return FALSE;
}
