#pragma once

#include "core/appspec.h"

/*
 * The grammars of an AppSpec's "acls" and of the range in its "context" (agent.md 4.5). For appspec*.c and the tests; appspec.h has
 * the values that come out.
 *
 * Thread rule: any thread.
 */

/* One entry, [d|default:][type:][name]:perms; FALSE with *out_problem, a constant text, when it is not one. */
gboolean appspec_acl_parse (const char *text, Arena *arena, AppSpecAcl *out,
                            const char **out_problem) G_GNUC_WARN_UNUSED_RESULT;

/* The canonical form of an SELinux range such as s0-s3:c0.c2,c5; NULL when it is not one. */
char *appspec_range_canonical (const char *text, Arena *arena);
