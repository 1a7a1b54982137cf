#pragma once

#include <glib.h>

/* The limits of api.md 2.5 as one table: name, default (the public service's), smallest, greatest, and what is counted. The name
 * is the setting's name ("quota-" before it).
 *
 * The actions apply them, with the error that api.md names; neither proto/api/ nor core/ has a second copy of one. Not here:
 * what is no quota but arithmetic (percentages), one active deployment in a group, one group to an ECS service, and the
 * clocks of hosts, which are settings of their own (settings.h).
 *
 * Values are fixed after start; any thread may read them. */
#define QUOTA_LIST(X)                                                                              \
  X (applications, 1000, 1, 10000000, "applications")                                              \
  X (deployment_groups, 1000, 1, 10000000, "deployment groups in one application")                 \
  X (deployment_configs, 50, 0, 1000000, "custom deployment configurations")                       \
  X (concurrent_deployments, 1300, 1, 10000000, "deployments that run at the same time")           \
  X (instances_per_deployment, 1000, 1, 10000000, "targets of one deployment")                     \
  X (concurrent_instances, 1000, 1, 100000000,                                                     \
     "targets of all deployments that run at the same time; never less than those of one")         \
  X (auto_scaling_groups, 10, 0, 10000, "Auto Scaling groups of one deployment group")             \
  X (alarms, 50, 0, 10000, "alarms of one deployment group")                                       \
  X (triggers, 10, 0, 10000, "triggers of one deployment group")                                   \
  X (tag_groups, 3, 0, 1000, "groups of tag filters in one tag set")                               \
  X (tag_filters, 10, 0, 1000, "tag filters in one group or one flat list")                        \
  X (listeners, 1, 1, 100, "listeners of one traffic route")                                       \
  X (resource_tags, 50, 0, 10000, "tags of one application or deployment group")                   \
  X (instance_tags, 10, 0, 10000, "tags of one on-premises instance")                              \
  X (instances_per_tag_call, 100, 1, 10000, "instances named in one call that changes tags")       \
  X (batch_applications, 100, 1, 10000, "names in one BatchGetApplications")                       \
  X (batch_deployment_groups, 100, 1, 10000, "names in one BatchGetDeploymentGroups")              \
  X (batch_deployments, 100, 1, 10000, "ids in one BatchGetDeployments")                           \
  X (batch_deployment_instances, 25, 1, 10000, "ids in one BatchGetDeploymentInstances")           \
  X (batch_deployment_targets, 25, 1, 10000, "ids in one BatchGetDeploymentTargets")               \
  X (batch_instances, 100, 1, 10000, "names in one BatchGetOnPremisesInstances")                   \
  X (batch_revisions, 25, 1, 10000, "revisions in one BatchGetApplicationRevisions")               \
  X (github_tokens, 25, 0, 10000, "tokens for GitHub accounts")                                    \
  X (ready_wait_minutes, 2880, 0, 525600, "waitTimeInMinutes of a Server or Lambda group")         \
  X (ready_wait_minutes_ecs, 7200, 0, 525600, "waitTimeInMinutes of an ECS group")                 \
  X (termination_wait_minutes, 2880, 0, 525600, "terminationWaitTimeInMinutes")                    \
  X (traffic_shift_minutes, 2880, 1, 525600, "how long a canary or linear shift may take")         \
  X (users, 5000, 1, 10000000, "users, hosts among them")                                          \
  X (roles, 1000, 0, 10000000, "roles")                                                            \
  X (access_keys, 2, 1, 1000, "access keys of one user")                                           \
  X (attached_policies, 10, 0, 1000, "managed policies of one user or role")                       \
  X (names_per_page, 1000, 1, 10000, "names in one page of a list")                                \
  X (items_per_page, 100, 1, 10000, "deployments, targets or revisions in one page of a list")

#define QUOTA_MEMBER(name, fallback, smallest, greatest, what) gint64 name;
typedef struct {
  QUOTA_LIST (QUOTA_MEMBER)
} Quotas;

void quotas_init (Quotas *quotas);

#define QUOTAS_ERROR (quotas_error_quark ())
GQuark quotas_error_quark (void);
typedef enum {
  QUOTAS_ERROR_NAME, /* no such quota */
  QUOTAS_ERROR_VALUE /* outside its range */
} QuotasError;

/* name with '-' or '_' between words. */
gboolean quotas_set (Quotas *quotas, const char *name, gint64 value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The table, for help and samples; NULL after the last one. */
typedef struct {
  const char *name;
  gint64 fallback, smallest, greatest;
  const char *what;
} QuotaRow;
const QuotaRow *quotas_row (gsize index);
