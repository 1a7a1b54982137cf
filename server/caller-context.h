#pragma once

#include "core/policy.h"
#include "server/caller.h"

/* What policies' conditions and variables can look at whatever the action is: the global condition keys of AWS (aws:SourceIp,
 * aws:username, aws:CurrentTime, ...), as far as they make sense here. docs/identity.md lists them.
 *
 * Thread rule: any thread; nothing blocks. */
void caller_context_fill (PolicyContext *context, const Caller *caller, const char *account_id,
                          gint64 now_ms, Arena *arena);

/* The caller as principals of policies name it. */
PolicyCaller caller_context_who (const Caller *caller, const char *account_id);
