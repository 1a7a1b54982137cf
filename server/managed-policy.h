#pragma once

#include "core/arn.h"

/* Managed policies: a constant table with AWS's names and ARNs, so that what attaches them elsewhere works here. The documents
 * are ours: what each name promises, for the services that this server has.
 *
 * Thread rule: any thread; what is returned is constant or lives in arena. */
typedef struct {
  const char *name;
  const char *path;
  const char *description;
  const char *document;
} ManagedPolicy;

#define MANAGED_POLICY_VERSION   "v1"                                /* each has this one */
#define MANAGED_POLICY_CREATE_MS (G_GINT64_CONSTANT (1412553600000)) /* 2014-10-06, as the API */

/* Those there are, in order of name; NULL after the last one. */
const ManagedPolicy *managed_policy_row (gsize index);
/* NULL: there is none with that ARN. Partitions are not compared. */
const ManagedPolicy *managed_policy_by_arn (const char *arn);
char *managed_policy_arn (const ManagedPolicy *policy, const ArnScope *scope, Arena *arena);
/* ANPA and seventeen characters. */
char *managed_policy_id (const ManagedPolicy *policy, Arena *arena);
