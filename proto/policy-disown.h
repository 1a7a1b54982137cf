#pragma once

#include <glib.h>

/*
 * What policies with principals say of a user or role that is deleted. Its ARN could be given to somebody else, who must not inherit
 * what it was allowed; so the ARN is replaced by the id, which nobody gets again, as AWS does (IAM User Guide, "AWS JSON policy
 * elements: Principal").
 *
 * Thread rule: any thread. Nothing blocks.
 */
typedef struct {
  const char *arn; /* of the user or role */
  const char *id;  /* AIDA..., AROA... */
  /* Of a role: what its sessions' ARNs begin with, "arn:aws:sts::123456789012:assumed-role/NAME/"; they become "AROA...:session". NULL: of
   * a user. */
  const char *sessions;
} PolicyDisowned;

/* The document (a bucket's, or a role's trust policy) without the ARN, or NULL when no principal of it is that. A document that cannot
 * be read has none. */
char *policy_disown (const char *document, const PolicyDisowned *gone) G_GNUC_WARN_UNUSED_RESULT;
