#include "server/caller-context.h"

#include "core/time-iso8601.h"

static const char *
format_time (gint64 time_ms, Arena *arena)
{
  char text[TIME_ISO8601_SIZE];
  time_format_iso8601 (time_ms, text);
  return arena_strdup (arena, text);
}

static void
add_principal (PolicyContext *context, const Identity *identity, const char *account_id,
               Arena *arena)
{
  const Principal *principal = identity->principal;
  gboolean session = principal->role_arn != NULL;
  /* Of a session it is the role that is compared with, so that a policy need not know its sessions. */
  policy_context_add (context, "aws:PrincipalArn", session ? principal->role_arn : principal->arn);
  policy_context_add (context, "aws:PrincipalAccount", account_id);
  policy_context_add (context, "aws:PrincipalType", session ? "AssumedRole" : "User");
  policy_context_add (context, "aws:userid", identity->user_id);
  if (!session)
    policy_context_add (context, "aws:username", principal->name);
  if (identity->issue_ms != 0) {
    policy_context_add (context, "aws:TokenIssueTime", format_time (identity->issue_ms, arena));
    /* There are no such devices here; of keys without an end AWS does not say it either. */
    policy_context_add (context, "aws:MultiFactorAuthPresent", "false");
  }
  for (gsize i = 0; i < identity->tags.n; i++)
    policy_context_add (context,
                        arena_printf (arena, "aws:PrincipalTag/%s", identity->tags.items[i].key),
                        identity->tags.items[i].value);
}

void
caller_context_fill (PolicyContext *context, const Caller *caller, const char *account_id,
                     gint64 now_ms, Arena *arena)
{
  add_principal (context, caller->identity, account_id, arena);
  policy_context_add (context, "aws:SourceIp", caller->source_ip);
  policy_context_add (context, "aws:UserAgent", caller->user_agent);
  policy_context_add (context, "aws:SecureTransport", caller->is_tls ? "true" : "false");
  policy_context_add (context, "aws:CurrentTime", format_time (now_ms, arena));
  policy_context_add (context, "aws:EpochTime",
                      arena_printf (arena, "%" G_GINT64_FORMAT, now_ms / 1000));
  policy_context_add (context, "aws:ViaAWSService", "false");
}

PolicyCaller
caller_context_who (const Caller *caller, const char *account_id)
{
  return (PolicyCaller){ .arn = caller->principal->arn,
                         .role_arn = caller->principal->role_arn,
                         .account_id = account_id };
}
