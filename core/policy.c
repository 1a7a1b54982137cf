#include "core/policy.h"

#include <string.h>

#include "core/arn.h"
#include "core/failure.h"
#include "core/ids.h"

#define ACCOUNT_DIGITS 12
#define ARN_COLONS     5

/* ---- an administrator's ---- */

/* Nothing named, and of that the opposite: everything. */
static const PolicyStatement everything[] = {
  { .sid = "",
    .effect = POLICY_ALLOW,
    .actions = { .given = TRUE, .negated = TRUE },
    .resources = { .given = TRUE, .negated = TRUE } },
};
const Policy policy_of_administrators = { G_N_ELEMENTS (everything), everything };

/* ---- parts ---- */

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"

static gboolean
is_action (const char *text)
{
  static const char vendor_characters[] = LETTERS_AND_DIGITS;
  static const char name_characters[] = LETTERS_AND_DIGITS "*?";
  if (strcmp (text, "*") == 0)
    return TRUE;
  gsize vendor = *text == '*' ? 1 : strspn (text, vendor_characters);
  if (text[vendor] != ':' || vendor == 0 || vendor > 64)
    return FALSE;
  const char *name = text + vendor + 1;
  gsize length = strspn (name, name_characters);
  return length > 0 && length <= 128 && name[length] == '\0';
}

gboolean
policy_action_init (PolicyPattern *out, const char *text, Arena *arena, GError **error)
{
  if (!is_action (text))
    return failure_set (error, POLICY_ERROR, POLICY_ERROR_SYNTAX,
                        "\"%.80s\" is not an action: it is * or a service, a colon and a name, as "
                        "in codedeploy:Get*",
                        text);
  return policy_pattern_init (out, text, POLICY_PATTERN_WILDCARDS, arena, error);
}

/* Colons outside of variables. */
static guint
count_colons (const PolicyPattern *pattern)
{
  guint n = 0;
  for (gsize i = 0; i < pattern->n; i++)
    for (const char *c = pattern->pieces[i].text; c != NULL && *c != '\0'; c++)
      n += *c == ':';
  return n;
}

gboolean
policy_resource_init (PolicyPattern *out, const char *text, PolicyPatternFlags variables,
                      Arena *arena, GError **error)
{
  PolicyPatternFlags flags = POLICY_PATTERN_WILDCARDS | variables;
  if (strcmp (text, "*") != 0 && !g_str_has_prefix (text, "arn:"))
    return failure_set (error, POLICY_ERROR, POLICY_ERROR_SYNTAX,
                        "\"%.80s\" is not a resource: it is an ARN or *", text);
  if (!policy_pattern_init (out, text, flags, arena, error))
    return FALSE;
  if (text[0] == '*' || count_colons (out) >= ARN_COLONS)
    return TRUE;
  g_autoptr (GString) whole = g_string_new (text);
  for (guint n = count_colons (out); n < ARN_COLONS; n++)
    g_string_append (whole, ":*");
  return policy_pattern_init (out, whole->str, flags, arena, error);
}

static gboolean
is_account_id (const char *text)
{
  return strlen (text) == ACCOUNT_DIGITS && strspn (text, "0123456789") == ACCOUNT_DIGITS;
}

/* AIDA... or AROA..., of a role's session with a colon and its name (core/ids.h). */
static gboolean
is_unique_id (const char *text)
{
  static const gsize whole = IDS_PRINCIPAL_SIZE - 1;
  if (!g_str_has_prefix (text, "AIDA") && !g_str_has_prefix (text, "AROA"))
    return FALSE;
  gsize length = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
  return length == whole && (text[whole] == '\0' || text[whole] == ':');
}

static gboolean
init_aws_principal (PolicyPrincipal *out, const char *text, Arena *arena)
{
  Arn arn;
  if (strcmp (text, "*") == 0) {
    *out = (PolicyPrincipal){ POLICY_PRINCIPAL_ANYONE, NULL };
    return TRUE;
  }
  if (is_account_id (text)) {
    *out = (PolicyPrincipal){ POLICY_PRINCIPAL_ACCOUNT, arena_strdup (arena, text) };
    return TRUE;
  }
  if (is_unique_id (text)) {
    *out = (PolicyPrincipal){ POLICY_PRINCIPAL_GONE, arena_strdup (arena, text) };
    return TRUE;
  }
  if (strpbrk (text, "*?$") != NULL || !arn_parse (text, arena, &arn) ||
      !is_account_id (arn.account_id) ||
      (strcmp (arn.service, "iam") != 0 && strcmp (arn.service, "sts") != 0))
    return FALSE;
  if (strcmp (arn.resource, "root") == 0)
    *out = (PolicyPrincipal){ POLICY_PRINCIPAL_ACCOUNT, arn.account_id };
  else
    *out = (PolicyPrincipal){ POLICY_PRINCIPAL_ARN, arena_strdup (arena, text) };
  return TRUE;
}

gboolean
policy_principal_init (PolicyPrincipal *out, const char *kind, const char *text, Arena *arena,
                       GError **error)
{
  gboolean ok = FALSE;
  if (strcmp (kind, "AWS") == 0) {
    ok = init_aws_principal (out, text, arena);
  } else if (strcmp (kind, "Service") == 0) {
    ok = strchr (text, '.') != NULL && strpbrk (text, "*?$/: ") == NULL;
    *out = (PolicyPrincipal){ POLICY_PRINCIPAL_SERVICE, arena_strdup (arena, text) };
  } else if (strcmp (kind, "Federated") == 0 || strcmp (kind, "CanonicalUser") == 0) {
    ok = *text != '\0' && strpbrk (text, "*?$ ") == NULL;
    *out = (PolicyPrincipal){ POLICY_PRINCIPAL_OTHER, arena_strdup (arena, text) };
  } else {
    return failure_set (
        error, POLICY_ERROR, POLICY_ERROR_PRINCIPAL,
        "\"%.40s\" is not a kind of principal: AWS, Service, Federated or CanonicalUser", kind);
  }
  if (ok)
    return TRUE;
  return failure_set (error, POLICY_ERROR, POLICY_ERROR_PRINCIPAL,
                      "\"%.200s\" is not a principal of kind %s%s", text, kind,
                      strcmp (kind, "AWS") == 0 ? ": it is *, an account id, or the whole ARN of a "
                                                  "user, role or role session"
                                                : "");
}

/* ---- deciding ---- */

/* How closely a policy with principals means the caller. */
typedef enum {
  MEANT_NOT,
  MEANT_BY_ACCOUNT,
  MEANT_BY_IDENTITY, /* the user, or the role of the session, or anyone */
  MEANT_ITSELF,      /* the session; also: a policy of the caller's own */
} Meant;

static Meant
principal_means (const PolicyPrincipal *principal, const PolicyCaller *caller)
{
  switch (principal->kind) {
  case POLICY_PRINCIPAL_ANYONE: /* as its role: "*" does not lift a session's limits */
    return MEANT_BY_IDENTITY;
  case POLICY_PRINCIPAL_ACCOUNT:
    return g_strcmp0 (principal->name, caller->account_id) == 0 ? MEANT_BY_ACCOUNT : MEANT_NOT;
  case POLICY_PRINCIPAL_ARN:
    if (g_strcmp0 (principal->name, caller->arn) == 0)
      return caller->role_arn != NULL ? MEANT_ITSELF : MEANT_BY_IDENTITY;
    return g_strcmp0 (principal->name, caller->role_arn) == 0 ? MEANT_BY_IDENTITY : MEANT_NOT;
  case POLICY_PRINCIPAL_SERVICE:
    return g_strcmp0 (principal->name, caller->service) == 0 ? MEANT_ITSELF : MEANT_NOT;
  case POLICY_PRINCIPAL_GONE:
  case POLICY_PRINCIPAL_OTHER:
    break;
  }
  return MEANT_NOT;
}

static Meant
principals_mean (const PolicyPrincipals *principals, const PolicyCaller *caller)
{
  Meant best = MEANT_NOT;
  if (!principals->given)
    return MEANT_ITSELF;
  for (gsize i = 0; i < principals->n; i++)
    best = MAX (best, principal_means (&principals->items[i], caller));
  if (principals->negated)
    return best == MEANT_NOT ? MEANT_ITSELF : MEANT_NOT;
  return best;
}

static gboolean
actions_fit (const PolicyPatterns *actions, const char *action)
{
  for (gsize i = 0; i < actions->n; i++)
    if (policy_pattern_match (&actions->items[i], NULL, action, POLICY_COMPARE_IGNORE_CASE) ==
        POLICY_MATCH_YES)
      return !actions->negated;
  return actions->negated;
}

static gboolean
resources_fit (const PolicyPatterns *resources, const PolicyRequest *request,
               PolicyUnresolved unresolved)
{
  if (!resources->given)
    return TRUE;
  for (gsize i = 0; i < resources->n; i++)
    for (gsize j = 0; j < request->n_resources; j++) {
      PolicyMatch match = policy_pattern_match (&resources->items[i], request->context,
                                                request->resources[j], POLICY_COMPARE_TEXT);
      if (match == POLICY_MATCH_YES || (match == POLICY_MATCH_UNRESOLVED && resources->negated &&
                                        unresolved == POLICY_UNRESOLVED_EQUALS))
        return !resources->negated;
    }
  return resources->negated;
}

static Meant
statement_applies (const PolicyStatement *statement, const PolicyRequest *request)
{
  PolicyUnresolved unresolved =
      statement->effect == POLICY_ALLOW ? POLICY_UNRESOLVED_EQUALS : POLICY_UNRESOLVED_DIFFERS;
  Meant meant = principals_mean (&statement->principals, &request->caller);
  if (meant == MEANT_NOT || !actions_fit (&statement->actions, request->action) ||
      !resources_fit (&statement->resources, request, unresolved))
    return MEANT_NOT;
  for (gsize i = 0; i < statement->n_conditions; i++)
    if (!policy_condition_holds (&statement->conditions[i], request->context, unresolved))
      return MEANT_NOT;
  return meant;
}

/* *out_allowed: the closest that an allowing statement means the caller. TRUE: explicitly denied. */
static gboolean
look_at (const Policy *const *policies, gsize n, const PolicyRequest *request, Meant *out_allowed)
{
  *out_allowed = MEANT_NOT;
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < policies[i]->n; j++) {
      const PolicyStatement *statement = &policies[i]->statements[j];
      Meant meant = statement_applies (statement, request);
      if (meant == MEANT_NOT)
        continue;
      if (statement->effect == POLICY_DENY)
        return TRUE;
      *out_allowed = MAX (*out_allowed, meant);
    }
  return FALSE;
}

PolicyDecision
policy_evaluate (const Policy *const *policies, gsize n, const PolicyRequest *request)
{
  Meant allowed;
  if (look_at (policies, n, request, &allowed))
    return POLICY_DENIED;
  switch (allowed) {
  case MEANT_NOT:
    break;
  case MEANT_BY_ACCOUNT:
    return POLICY_DELEGATED;
  case MEANT_BY_IDENTITY:
  case MEANT_ITSELF:
    return POLICY_ALLOWED;
  }
  return POLICY_NOT_ALLOWED;
}

static PolicyVerdict
denied (PolicySource by)
{
  return (PolicyVerdict){ .explicit_deny = TRUE, .by = by };
}

static PolicyVerdict
not_allowed (PolicySource by)
{
  return (PolicyVerdict){ .by = by };
}

PolicyVerdict
policy_decide (const PolicySources *sources, const PolicyRequest *request)
{
  const PolicyList *identity = &sources->identity;
  const PolicyList *session = &sources->session;
  Meant by_identity, by_session, by_resource;

  if (look_at (identity->policies, identity->n, request, &by_identity))
    return denied (POLICY_BY_IDENTITY);
  if (look_at (session->policies, session->n, request, &by_session))
    return denied (POLICY_BY_SESSION);
  if (look_at (&sources->resource, sources->resource == NULL ? 0 : 1, request, &by_resource))
    return denied (POLICY_BY_RESOURCE);

  if (by_resource == MEANT_NOT && sources->resource_rule == POLICY_RESOURCE_MUST_ALLOW)
    return not_allowed (POLICY_BY_RESOURCE);
  if (by_resource == MEANT_ITSELF)
    return (PolicyVerdict){ .allowed = TRUE };
  if (by_resource != MEANT_BY_IDENTITY && by_identity == MEANT_NOT)
    return not_allowed (POLICY_BY_IDENTITY);
  if (session->n > 0 && by_session == MEANT_NOT)
    return not_allowed (POLICY_BY_SESSION);
  return (PolicyVerdict){ .allowed = TRUE };
}

/* ---- what is looked at ---- */

/* Begins with the ARN, and goes on with a path or not at all. */
static gboolean
is_within (const PolicyPattern *resource, const char *arn)
{
  const char *text = resource->n == 0 ? NULL : resource->pieces[0].text;
  gsize length = strlen (arn);
  if (text == NULL || strncmp (text, arn, length) != 0)
    return FALSE;
  return text[length] == '/' || (text[length] == '\0' && resource->n == 1);
}

gboolean
policy_is_within (const Policy *policy, const char *arn)
{
  for (gsize i = 0; i < policy->n; i++)
    for (gsize j = 0; j < policy->statements[i].resources.n; j++)
      if (!is_within (&policy->statements[i].resources.items[j], arn))
        return FALSE;
  return TRUE;
}

static gboolean
has_prefix (const char *key, const char *prefix)
{
  return g_ascii_strncasecmp (key, prefix, strlen (prefix)) == 0;
}

static gboolean
pattern_mentions (const PolicyPattern *pattern, const char *prefix)
{
  for (gsize i = 0; i < pattern->n; i++)
    if (pattern->pieces[i].key != NULL && has_prefix (pattern->pieces[i].key, prefix))
      return TRUE;
  return FALSE;
}

static gboolean
statement_mentions (const PolicyStatement *statement, const char *prefix)
{
  for (gsize i = 0; i < statement->resources.n; i++)
    if (pattern_mentions (&statement->resources.items[i], prefix))
      return TRUE;
  for (gsize i = 0; i < statement->n_conditions; i++) {
    const PolicyCondition *condition = &statement->conditions[i];
    if (has_prefix (condition->key, prefix))
      return TRUE;
    for (gsize j = 0; j < condition->n; j++)
      if (pattern_mentions (&condition->values[j].pattern, prefix))
        return TRUE;
  }
  return FALSE;
}

gboolean
policy_mentions (const Policy *const *policies, gsize n, const char *key_prefix)
{
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < policies[i]->n; j++)
      if (statement_mentions (&policies[i]->statements[j], key_prefix))
        return TRUE;
  return FALSE;
}
