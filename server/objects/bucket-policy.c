#include "server/objects/bucket-policy.h"

#include <string.h>

#include "core/failure.h"
#include "proto/policy-document.h"
#include "server/objects/s3-error.h"

/* A statement, for messages, and whose rules it has to keep. */
typedef struct {
  const PolicyStatement *statement;
  gsize number; /* from 1 */
  const ArnScope *scope;
  Arena *arena;
} Check;

static gboolean
malformed (const Check *check, const char *what, GError **error)
{
  return failure_set (error, S3_ERROR, S3_ERR_MALFORMED_POLICY,
                      "%s (statement %" G_GSIZE_FORMAT ")", what, check->number);
}

/* Does the pattern begin with these characters as they are? */
static gboolean
begins_with (const PolicyPattern *pattern, const char *prefix, gboolean whole)
{
  const char *text = pattern->n > 0 ? pattern->pieces[0].text : NULL;
  gsize length = strlen (prefix);
  if (text == NULL || g_ascii_strncasecmp (text, prefix, length) != 0)
    return FALSE;
  return !whole || (pattern->n == 1 && text[length] == '\0');
}

static gboolean
check_actions (const Check *check, GError **error)
{
  const PolicyPatterns *actions = &check->statement->actions;
  for (gsize i = 0; i < actions->n; i++) {
    const PolicyPattern *action = &actions->items[i];
    gboolean is_any =
        policy_pattern_match (action, NULL, "any:thing", POLICY_COMPARE_TEXT) == POLICY_MATCH_YES;
    if (!is_any && !begins_with (action, "s3:", FALSE))
      return malformed (check, "Policy has invalid action: only those of s3 are for buckets",
                        error);
  }
  return TRUE;
}

static gboolean
is_ours (const Check *check, const PolicyPrincipal *principal)
{
  Arn arn;
  switch (principal->kind) {
  case POLICY_PRINCIPAL_ANYONE:
    return TRUE; /* judged with the conditions */
  case POLICY_PRINCIPAL_ACCOUNT:
    return strcmp (principal->name, check->scope->account_id) == 0;
  case POLICY_PRINCIPAL_ARN:
    return arn_parse (principal->name, check->arena, &arn) &&
           strcmp (arn.account_id, check->scope->account_id) == 0 &&
           (strcmp (arn.service, "iam") == 0 || strcmp (arn.service, "sts") == 0);
  case POLICY_PRINCIPAL_GONE:
    return TRUE; /* in one that is kept; a new one may not name it (policy-actions.c) */
  case POLICY_PRINCIPAL_SERVICE:
  case POLICY_PRINCIPAL_OTHER:
    break;
  }
  return FALSE;
}

static gboolean
check_principals (const Check *check, GError **error)
{
  const PolicyPrincipals *principals = &check->statement->principals;
  for (gsize i = 0; i < principals->n; i++) {
    const PolicyPrincipal *principal = &principals->items[i];
    if (is_ours (check, principal))
      continue;
    g_autofree char *what =
        g_strdup_printf ("Invalid principal in policy: \"%.200s\" is not of the account %s",
                         principal->name, check->scope->account_id);
    return malformed (check, what, error);
  }
  return TRUE;
}

/* Can the condition hold for principals of this account only? */
static gboolean
binds_to_account (const Check *check, const PolicyCondition *condition)
{
  const ArnScope *scope = check->scope;
  gboolean is_account = g_ascii_strcasecmp (condition->key, "aws:PrincipalAccount") == 0;
  gboolean is_arn = g_ascii_strcasecmp (condition->key, "aws:PrincipalArn") == 0;
  gboolean compares =
      condition->op->family == POLICY_FAMILY_STRING || condition->op->family == POLICY_FAMILY_ARN;
  if ((!is_account && !is_arn) || !compares || condition->op->negated || condition->if_exists ||
      condition->set == POLICY_SET_ALL)
    return FALSE;
  const char *user =
      arena_printf (check->arena, "arn:%s:iam::%s:", scope->partition, scope->account_id);
  const char *session =
      arena_printf (check->arena, "arn:%s:sts::%s:", scope->partition, scope->account_id);
  for (gsize i = 0; i < condition->n; i++) {
    const PolicyPattern *value = &condition->values[i].pattern;
    if (is_account ? !begins_with (value, scope->account_id, TRUE)
                   : !begins_with (value, user, FALSE) && !begins_with (value, session, FALSE))
      return FALSE;
  }
  return condition->n > 0;
}

static gboolean
is_public (const Check *check)
{
  const PolicyStatement *statement = check->statement;
  gboolean for_anyone = FALSE;
  if (statement->effect != POLICY_ALLOW)
    return FALSE;
  for (gsize i = 0; i < statement->principals.n; i++)
    for_anyone |= statement->principals.items[i].kind == POLICY_PRINCIPAL_ANYONE;
  for (gsize i = 0; for_anyone && i < statement->n_conditions; i++) {
    if (binds_to_account (check, &statement->conditions[i]))
      return FALSE;
  }
  return for_anyone;
}

static gboolean
check_public (const Check *check, GError **error)
{
  if (!is_public (check))
    return TRUE;
  return failure_set (error, S3_ERROR, S3_ERR_ACCESS_DENIED,
                      "public policies are blocked by BlockPublicPolicy: statement %" G_GSIZE_FORMAT
                      " allows everybody something; name users, roles or the account %s, or add a "
                      "condition on aws:PrincipalAccount",
                      check->number, check->scope->account_id);
}

const Policy *
bucket_policy_parse (const char *text, gsize n, const ArnScope *scope, const char *bucket,
                     Arena *arena, GError **error)
{
  g_autoptr (GError) cause = NULL;
  const Policy *policy = policy_document_parse (text, n, POLICY_DOCUMENT_RESOURCE,
                                                POLICY_DOCUMENT_BUCKET_MAX, arena, &cause);
  if (policy == NULL) {
    failure_record (error, S3_ERROR, S3_ERR_MALFORMED_POLICY, "%s", cause->message);
    return NULL;
  }
  const char *arn = arena_printf (arena, "arn:%s:s3:::%s", scope->partition, bucket);
  if (!policy_is_within (policy, arn)) {
    failure_record (error, S3_ERROR, S3_ERR_MALFORMED_POLICY,
                    "Policy has invalid resource: only %s and %s/... are of this bucket", arn, arn);
    return NULL;
  }
  for (gsize i = 0; i < policy->n; i++) {
    const Check check = { &policy->statements[i], i + 1, scope, arena };
    if (!check_actions (&check, error) || !check_principals (&check, error) ||
        !check_public (&check, error))
      return NULL;
  }
  return policy;
}
