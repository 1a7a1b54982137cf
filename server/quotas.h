#pragma once

#include <glib.h>

/* The limits of api.md 2.5 that count stored things, as one table: name, default, smallest, greatest, and what is
 * counted. The name is the setting's name ("quota-" before it). Limits of one request (names in a batch call) are
 * in the API's description table instead.
 *
 * Values are fixed after start; any thread may read them. */
#define QUOTA_LIST(X)                                                                              \
  X (applications, 1000, 1, 10000000, "applications")                                              \
  X (deployment_groups, 1000, 1, 10000000, "deployment groups in one application")                 \
  X (deployment_configs, 50, 0, 1000000, "custom deployment configurations")                       \
  X (concurrent_deployments, 1300, 1, 10000000, "deployments that run at the same time")           \
  X (instances_per_deployment, 1000, 1, 10000000, "targets of one deployment")                     \
  X (auto_scaling_groups, 10, 0, 10000, "Auto Scaling groups of one deployment group")             \
  X (alarms, 50, 0, 10000, "alarms of one deployment group")                                       \
  X (triggers, 10, 0, 10000, "triggers of one deployment group")                                   \
  X (resource_tags, 50, 0, 10000, "tags of one application or deployment group")                   \
  X (instance_tags, 10, 0, 10000, "tags of one on-premises instance")                              \
  X (instances_per_tag_call, 100, 1, 100000, "instances named in one call that changes tags")      \
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
