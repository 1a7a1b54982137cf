#pragma once

#include "core/arena.h"
#include "core/arn.h"
#include "core/policy.h"

/* What a bucket's policy may say here: S3's rules for its language, and that it gives nothing to anybody but this server's
 * own account. There are no other accounts and nothing is public, as in a bucket of S3 with BlockPublicPolicy.
 *
 * Pure; any thread. */

/* text: the document, n bytes. The policy lives in arena. Raises
 * - S3_ERR_MALFORMED_POLICY: not the language, too large, actions that are not of s3, resources outside of the bucket,
 *   principals that are not of this account;
 * - S3_ERR_ACCESS_DENIED: it would be public: an Allow for everybody (or for all but some) without a condition that binds
 *   it to the account: aws:PrincipalAccount or aws:PrincipalArn, compared with this account's. */
const Policy *bucket_policy_parse (const char *text, gsize n, const ArnScope *scope,
                                   const char *bucket, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
